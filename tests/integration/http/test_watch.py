"""What auditors open leaves a trace, on every way in, and is not shown where it cannot."""

from collections.abc import Callable
from typing import Any

import pytest

from services.workflow.application.boards import Boards
from services.workflow.domain.authority import PAGE_SCOPES, Actor
from services.workflow.domain.refusals import StoreUnavailable
from tests.integration.http.service import REPORT, Service
from tests.integration.http.test_sights import signed_in


def traces(service: Service) -> list[tuple[str, str, str]]:
    with service.parts.database._connections.reading() as connection:
        statement = "SELECT person, subject, day FROM read_audit ORDER BY day, person, subject"
        return [tuple(row) for row in connection.exec_driver_sql(statement)]


def history(service: Service, unit: str, person: str, more: str = "") -> int:
    where = f"/v1/reviews/{service.reviews[unit]}/events{more}"
    return service.get(where, person).status_code


def test_each_day_an_auditor_opens_a_case_leaves_one_row(service: Service):
    case, other = service.reviews["c-h1-a"], service.reviews["c-b1"]
    for more in ("", "?refused=true", "?limit=1"):
        assert history(service, "c-h1-a", "c.insp", more) == 200
    history(service, "c-b1", "c.insp")
    history(service, "c-h1-a", "c-h1.dis")
    service.clock.pass_by(days=1)
    history(service, "c-h1-a", "c.insp")
    assert traces(service) == [
        ("c-h1.dis", case, "2020-01-08"),
        *sorted(("c.insp", one, "2020-01-08") for one in (case, other)),
        ("c.insp", case, "2020-01-09"),
    ]


@pytest.mark.parametrize("person", ["c.off", "c-h1-a.sec", None])
def test_who_decides_and_who_is_no_person_leave_none(service: Service, person: str | None):
    assert service.get(f"/v1/reviews/{service.reviews['c-h1-a']}/events", person).status_code == 200
    assert traces(service) == []


def test_neither_lists_nor_what_is_refused_leave_any(service: Service):
    assert service.get("/v1/reviews", "c.insp").status_code == 200
    assert service.get(f"/v1/reviews/{service.reviews['c-h1-a']}", "c.insp").status_code == 200
    assert history(service, "c-h2", "c-h1.insp") == 404
    assert traces(service) == []


def by_api(service: Service, review: str) -> Any:
    answer = service.get(f"/v1/reviews/{review}/events", "c.insp")
    if answer.status_code == 503:
        raise StoreUnavailable(answer.text)
    return answer.text


def by_page(service: Service, review: str) -> Any:
    boards: Boards = service.parts.boards
    actor = Actor(client="web", person="c.insp", scopes=PAGE_SCOPES, scope_unit="w")
    return str(boards.case(boards.look(actor, service.clock()), review))


@pytest.mark.parametrize("read", [by_api, by_page])
def test_where_no_trace_can_be_left_nothing_is_shown(
    service: Service, monkeypatch: pytest.MonkeyPatch, read: Callable[[Service, str], Any]
):
    service.submit("c-h1-a")
    review = service.reviews["c-h1-a"]
    assert REPORT["tasks"] in read(service, review)

    def fails(*_: object) -> None:
        raise StoreUnavailable("disk full")

    monkeypatch.setattr(service.parts.database.identity, "record_read", fails)
    with pytest.raises(StoreUnavailable) as told:
        read(service, review)
    assert REPORT["tasks"] not in str(told.value)


def test_a_case_read_again_on_a_page_leaves_the_one_row_of_the_day(service: Service):
    for read in (by_page, by_api, by_page):
        read(service, service.reviews["c-h1-a"])
    assert traces(service) == [("c.insp", service.reviews["c-h1-a"], "2020-01-08")]


def test_whoever_takes_a_list_away_leaves_one_row_for_the_list_and_day(service: Service):
    for person in ("c.insp", "c.off", None):
        for path in ("/v1/cases.xlsx", "/v1/cases.xlsx?kind=review", "/v1/cases.xlsx?limit=x"):
            service.get(path, person)
    browser = signed_in(service, "c.off")
    outcome = f"/cycles/{service.cycle}/outcome"
    for path in ("/cases.xlsx", "/stuck.xlsx", "/tasks.xlsx", "/ledgers/nothing.xlsx"):
        browser.open(path)
    assert service.get(f"/v1{outcome}.docx", "c.off").status_code == 200
    assert browser.open(f"{outcome}.xlsx").status_code == 200
    service.clock.pass_by(days=1)
    assert service.get("/v1/cases.xlsx", "c.off").status_code == 200
    day = "2020-01-08"
    assert traces(service) == [
        ("c.insp", "cases", day),
        *(("c.off", one, day) for one in ("cases", f"outcome/{service.cycle}", "stuck", "tasks")),
        ("c.off", "cases", "2020-01-09"),
    ]


@pytest.mark.parametrize("by", ["api", "page", "kept", "report"])
def test_a_list_is_not_handed_out_where_it_cannot_be_kept_who_took_it(
    service: Service, monkeypatch: pytest.MonkeyPatch, by: str
):
    def fails(*_: object) -> None:
        raise StoreUnavailable("disk full")

    browser = signed_in(service, "c.off")
    monkeypatch.setattr(service.parts.database.identity, "record_read", fails)
    if by == "api":
        answer = service.get("/v1/cases.xlsx", "c.off")
        assert (answer.status_code, answer.json["code"]) == (503, "unavailable")
    else:
        of_round = f"/cycles/{service.cycle}/outcome.xlsx"
        answer = browser.open({"page": "/stuck.xlsx", "kept": "/tasks.xlsx"}.get(by, of_round))
        assert answer.status_code == 503
    assert not answer.data.startswith(b"PK")
