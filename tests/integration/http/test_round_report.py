"""How a round went, C1, C7 and C9, as each reader is told of it: of what is theirs to see."""

from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import yaml
from openpyxl import load_workbook

from services.workflow.domain.organisation import Delegation
from services.workflow.domain.organisation.deputising import Wish
from tests.integration.http.aftermath import AVERAGE, OFFICE, Aftermath
from tests.integration.http.service import ORGANISATION, Service, start
from tests.integration.http.test_bulletins import fed_back
from tests.integration.http.test_clauses_of_items import after, items, page, row
from tests.integration.http.test_granted import BESIDE, OPENER, Rooms, rooms
from tests.integration.http.test_sights import signed_in
from tests.integration.http.test_watch import traces
from tests.unit.workflow.web.conftest import counted

__all__ = ["after", "rooms"]  # fixtures
INSPECTOR, DEPUTY = "c.insp", "c-h2.head"


def cycle_of(after: Aftermath | Rooms) -> str:
    return after.cycle if isinstance(after, Rooms) else after.service.cycle


def outcome(after: Aftermath | Rooms, by: str) -> dict[str, Any]:
    answer = after.service.get(f"/v1/cycles/{cycle_of(after)}/outcome", by)
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


def marked(after: Aftermath) -> dict[str, Any]:
    """Return a review that was marked as a model, with what it left open."""
    review = items(after, row("甲题", "2020-03-31"))[0]
    after.done(review, "mark", OFFICE, data={"flags": {"model": True}}, reason="一以贯之")
    return review


def test_a_mark_of_long_ago_is_told_with_its_note(
    after: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    review = marked(after)
    for raised in (True, False, True):
        flags = {"flags": {"discipline_problem": raised}}
        after.done(review, "mark", OFFICE, data=flags, reason="另一件事")
    monkeypatch.setattr("services.workflow.application.round_report.AT_ONCE", 2)
    (model,) = outcome(after, OFFICE)["models"]
    assert (model["note"], model["by"]) == ("一以贯之", OFFICE)
    assert outcome(after, OFFICE)["n_models"] == 1


@pytest.mark.parametrize("by", [INSPECTOR, DEPUTY])
def test_a_list_shows_who_reads_and_decides_nothing_no_text_and_leaves_no_trace(
    after: Aftermath, by: str
) -> None:
    marked(after)
    if by == DEPUTY:
        today = after.service.clock.at.date()
        entry = Delegation(
            deputy=DEPUTY,
            person=INSPECTOR,
            unit="c",
            roles=frozenset({"inspector"}),
            since=today,
            until=today,
        )
        assert after.service.parts.deputies.record(None, Wish(entry=entry)).changed
    (model,) = outcome(after, by)["models"]
    assert (model["note"], model["by"]) == (None, OFFICE)
    assert "甲题" not in page(after, "/ledgers/item", by)
    assert traces(after.service) == []
    assert "甲题" in page(after, "/ledgers/item", OFFICE)


def test_a_body_with_a_part_in_a_round_is_told_of_its_own_cases_alone(rooms: Rooms) -> None:
    whole, part = outcome(rooms, OPENER), outcome(rooms, BESIDE)
    assert (whole["whole"], part["whole"]) == (True, False)
    seen = {one["kind"]: one["n"] for one in part["sums"]}
    assert seen == {"room": len(rooms.listed(BESIDE, "room"))}
    assert {one["expected"] for one in part["sums"]} == {None}
    assert part["lacking"] == []
    told = signed_in(rooms.service, BESIDE).open(f"/cycles/{rooms.cycle}/outcome").text
    assert "只就这些案件统计" in told
    assert "没有立案的单位" not in told
    assert (
        "没有立案的单位"
        in signed_in(rooms.service, OPENER).open(f"/cycles/{rooms.cycle}/outcome").text
    )


def test_the_report_asks_the_same_few_statements_however_many_are_graded(after: Aftermath) -> None:
    def asked() -> int:
        outcome(after, OFFICE)
        with counted() as statements:
            outcome(after, OFFICE)
        return len(statements)

    fed_back(after, "c-b1", AVERAGE)
    few = asked()
    for unit in ("c-h1", "c-h2"):
        fed_back(after, unit, AVERAGE)
    assert asked() == few


def test_the_files_of_a_report_name_people_to_whom_names_are_told(service: Service) -> None:
    path = f"/v1/cycles/{service.cycle}/outcome.xlsx"
    unnamed = service.parts.accounts.create_token("reader", frozenset({"read"}), "w")
    both = [cells(service.get(path, token=token).data) for token in (service.token, unnamed)]
    person = service.get("/v1/reviews?expand=names&limit=1").json["items"][0]
    assert [person["person_name"] in one for one in both] == [True, False]
    assert all(person["number"] in one for one in both)
    docx = service.get(path.replace(".xlsx", ".docx"), token=unnamed)
    assert person["person_name"] not in text_of(docx.data)


def test_the_paper_counts_as_opened_what_is_expected_and_not_lacking(tmp_path: Path) -> None:
    tree = yaml.safe_load(ORGANISATION.read_text(encoding="utf-8"))
    tree["posts"] = [post for post in tree["posts"] if post["unit"] != "c-h2-a"]
    vacant = tmp_path / "organisation.yaml"
    vacant.write_text(yaml.safe_dump(tree, allow_unicode=True), encoding="utf-8")
    service = start(f"sqlite:///{tmp_path}/workflow.db", None, tmp_path, vacant)
    path = f"/v1/cycles/{service.cycle}/outcome"
    told = service.get(path).json
    assert [one["unit"] for one in told["lacking"]] == ["c-h2-a"]
    expected = sum(one["expected"] or 0 for one in told["sums"])
    paper = text_of(service.get(f"{path}.docx").data)
    service.parts.database.close()
    assert f"应立案{expected}，已立案{expected - 1}，" in paper


def test_a_ledger_tells_no_notices_and_asks_for_none(after: Aftermath) -> None:
    items(after, row("甲题", "2020-03-31"))
    person = signed_in(after.service, OFFICE)
    with counted() as statements:
        assert "甲题" in person.open("/ledgers/item").text
    assert not [one for one in statements if "notice AS newer" in one]
    with counted() as statements:
        person.open("/cases?kind=item")
    assert [one for one in statements if "notice AS newer" in one]


def cells(workbook: bytes) -> set[Any]:
    book = load_workbook(BytesIO(workbook))
    return {cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}


def text_of(paper: bytes) -> str:
    with ZipFile(BytesIO(paper)) as parts:
        return parts.read("word/document.xml").decode()
