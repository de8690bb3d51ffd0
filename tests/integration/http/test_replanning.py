"""What a new calendar moves: open cases whose deadline counts working days, and no others."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from schemas import calendars
from schemas.calendar import WorkingDays, end_of_day
from schemas.document import Faults
from schemas.envelope import open_envelope
from services.workflow.adapters.http import documents
from services.workflow.application.editions import Draft
from services.workflow.application.firing.keeping_up import KeepingUp
from services.workflow.application.firing.replanning import Beyond, Move
from services.workflow.application.firing.rules import ZONE
from services.workflow.bootstrap.web import Web
from services.workflow.console import Arguments
from services.workflow.domain.refusals import StoreUnavailable
from services.workflow.text_commands import run_import
from tests.integration.http.service import Service

BEFORE = WorkingDays.from_json(calendars.read(version=calendars.versions()[0]))
SCORES = {"ballot_score": "90.00", "superior_score": "90.00"}


@pytest.fixture
def presented(service: Service) -> Service:
    """The case of c-b1 was presented on 22 January: three working days, over Spring Festival."""
    assert service.submit("c-b1").status_code == 201
    service.clock.at = datetime(2020, 1, 13, 2, tzinfo=UTC)
    assert service.fire("c-b1", "pass_organ_audit", "c.off").status_code == 201
    service.clock.at = datetime(2020, 1, 22, 2, tzinfo=UTC)
    assert service.fire("c-b1", "present", "c.off").status_code == 201
    return service


def previewed(service: Service, calendar: WorkingDays) -> list[Move | Beyond]:
    parts = service.parts
    return list(parts.replanning.preview_calendar(calendar, parts.database.work_list))


def moves(service: Service, calendar: WorkingDays = BEFORE) -> list[tuple[str, date, date]]:
    def last(at: datetime | None) -> date:
        assert at is not None
        return next(
            day
            for day in map(date.fromordinal, range(737_400, 737_500))
            if end_of_day(day, ZONE) == at
        )

    return [
        (move.case.unit, last(one.desk.due.at), last(one.due.at))
        for move in previewed(service, calendar)
        if isinstance(move, Move)
        for one in move.moved
    ]


def test_a_deadline_over_the_changed_days_moves_and_a_day_of_the_notice_stays(presented: Service):
    assert moves(presented) == [("c-b1", date(2020, 2, 4), date(2020, 2, 1))]


def test_the_same_days_move_nothing(presented: Service):
    assert moves(presented, WorkingDays.from_json(calendars.read())) == []


def test_a_calendar_of_another_id_moves_nothing(presented: Service):
    tree = json.loads(BEFORE.canonical) | {"id": "another"}
    assert moves(presented, WorkingDays(tree)) == []


@pytest.mark.parametrize(
    ("trigger", "more"),
    [
        ("suspend", {"reason": "疫情防控"}),
        ("change_deadline", {"reason": "疫情防控", "data": {"due_at": "2020-02-05T16:00:00Z"}}),
        ("withdraw", {"reason": "撤销"}),
    ],
)
def test_what_is_suspended_set_by_hand_or_ended_stays(
    presented: Service, trigger: str, more: dict[str, Any]
):
    answer = presented.fire("c-b1", trigger, "c.off", **more)
    assert answer.status_code == 201, answer.text
    assert moves(presented) == []


@pytest.fixture
def asked(tmp_path: Path) -> Callable[[WorkingDays], Arguments]:
    def ask(calendar: WorkingDays) -> Arguments:
        (tmp_path / "calendar.json").write_bytes(calendar.canonical)
        file = str(tmp_path / "calendar.json")
        return Arguments(file=file, dry_run=True, json=False)

    return ask


def test_a_rehearsal_says_who_moves_from_when_to_when(
    presented: Service,
    asked: Callable[[WorkingDays], Arguments],
    capsys: pytest.CaptureFixture[str],
):
    assert run_import("calendar", presented.parts, asked(BEFORE)) == 0
    said = capsys.readouterr().out
    number = presented.get(f"/v1/reviews/{presented.reviews['c-b1']}").json["number"]
    assert f"{number}（示例委直属机关党委）：2020-02-04 → 2020-02-01" in said


def test_a_calendar_without_the_days_of_open_cases_is_refused(
    presented: Service, asked: Callable[[WorkingDays], Arguments]
):
    tree = json.loads(BEFORE.canonical)
    short = WorkingDays(tree | {"years": tree["years"][:1]})
    assert {type(one) for one in previewed(presented, short)} == {Beyond}
    with pytest.raises(Faults) as refused:
        run_import("calendar", presented.parts, asked(short))
    assert "2020-01-22" in str(refused.value)


def moved_deadlines(service: Service, calendar: WorkingDays, **others: Any) -> Any:
    return ask_moved(service, json.loads(calendar.canonical), **others)


def ask_moved(service: Service, tree: Any, query: str = "", **others: Any) -> Any:
    body, path = {"calendar": tree}, "/v1/moved-deadlines"
    answer = service.call("POST", path + (f"?{query}" if query else ""), body, **others)
    if answer.status_code == 200:
        documents.MOVED_DEADLINES.load(answer.json)
    return answer


@pytest.fixture
def notifier(service: Service) -> str:
    return service.parts.accounts.create_token("notifier", frozenset({"notify"}), "w")


def test_the_notifier_is_told_what_clocks_read_of_the_events_of_an_import(
    presented: Service, asked: Callable[[WorkingDays], Arguments], notifier: str
):
    (told,) = moved_deadlines(presented, BEFORE, token=notifier).json["items"]
    assert deadlines_moved(presented) == []
    arguments = asked(BEFORE)
    arguments.dry_run = False
    assert run_import("calendar", presented.parts, arguments) == 0
    (event,) = deadlines_moved(presented)
    kept = {"desk", "due_at", "previous_due_at", "waits_for"}
    dues = [{name: due[name] for name in due.keys() & kept} for due in event.data["dues"]]
    assert told == {"subject": event.subject, "data": event.data | {"dues": dues}}


@pytest.fixture
def submitted(service: Service) -> Service:
    """Six cases were submitted three days before the holiday; two count working days over it."""
    service.clock.at = datetime(2020, 1, 21, 2, tzinfo=UTC)
    for unit in ("c-b1", "c-h1-a", "c-h2-a", "c-h1", "c-h2", "c"):
        assert service.submit(unit).status_code == 201
    return service


def test_what_would_move_comes_in_pages_which_together_say_the_same_as_one(
    submitted: Service, notifier: str
):
    tree = json.loads(BEFORE.canonical)
    whole = ask_moved(submitted, tree, token=notifier).json
    assert (len(whole["items"]), whole["next"]) == (2, None)
    pages = [ask_moved(submitted, tree, "limit=1", token=notifier).json]
    while (after := pages[-1]["next"]) is not None:
        pages.append(ask_moved(submitted, tree, f"limit=1&after={after}", token=notifier).json)
    assert all(len(page["items"]) <= 1 for page in pages)
    assert [one for page in pages for one in page["items"]] == whole["items"]


@pytest.mark.parametrize(
    ("query", "field"), [("limit=0", "limit"), ("limit=501", "limit"), ("after=abcdefgh", "after")]
)
def test_a_page_of_what_would_move_is_bounded_and_goes_on_from_its_own_cursor(
    submitted: Service, notifier: str, query: str, field: str
):
    answer = ask_moved(submitted, json.loads(BEFORE.canonical), query, token=notifier)
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (400, field)


def test_the_notifier_is_told_of_days_that_a_calendar_has_no_table_for(
    presented: Service, notifier: str
):
    tree = json.loads(BEFORE.canonical)
    short = WorkingDays(tree | {"years": tree["years"][:1]})
    told = moved_deadlines(presented, short, token=notifier).json
    assert (told["items"], {type(one["day"]) for one in told["beyond"]}) == ([], {str})
    assert "2020-01-22" in {one["day"][-10:] for one in told["beyond"]}


def test_what_is_no_calendar_is_refused_with_every_fault(presented: Service, notifier: str):
    tree = json.loads(BEFORE.canonical)
    tree["years"][0] |= {"year": "2019", "source": ""}
    answer = ask_moved(presented, tree, token=notifier)
    assert (answer.status_code, answer.json["code"]) == (400, "malformed")
    faults = answer.json["errors"]
    assert {one["code"] for one in faults} == {"not_a_calendar"}
    assert {"calendar.years[0].year", "calendar.years[0].source"} <= {
        one["field"] for one in faults
    }


def test_what_a_calendar_would_move_is_for_the_notifier_alone(presented: Service):
    reader = presented.parts.accounts.create_token("reader", frozenset({"read", "log"}), "w")
    assert moved_deadlines(presented, BEFORE, token=reader).status_code == 403
    elsewhere = presented.parts.accounts.create_token("n", frozenset({"notify"}), "c-h1")
    assert moved_deadlines(presented, BEFORE, token=elsewhere).status_code == 403


@pytest.fixture
def imported(presented: Service, asked: Callable[[WorkingDays], Arguments]) -> Service:
    """The calendar with other days was imported."""
    arguments = asked(BEFORE)
    arguments.dry_run = False
    assert run_import("calendar", presented.parts, arguments) == 0
    return presented


def deadlines_moved(service: Service) -> list[Any]:
    stream = f"review/{service.reviews['c-b1']}"
    told = (open_envelope(one.body) for one in service.parts.database.reads.stream(stream))
    return [one for one in told if one.fact == "deadline_changed"]


def test_importing_a_calendar_moves_what_it_moves_and_says_why(imported: Service):
    case = imported.get(f"/v1/reviews/{imported.reviews['c-b1']}").json
    assert case["due_on"] == "2020-02-01"
    (event,) = deadlines_moved(imported)
    edition = imported.parts.editions.in_force("calendar")[BEFORE.id]
    assert (event.client, event.actor, event.causationid) == ("replanning", None, edition.event)
    assert event.data["dues"][0]["calendar"]["hash"] == BEFORE.hash


def test_importing_it_again_moves_nothing_again(
    imported: Service, asked: Callable[[WorkingDays], Arguments]
):
    arguments = asked(BEFORE)
    arguments.dry_run = False
    assert run_import("calendar", imported.parts, arguments) == 0
    assert len(deadlines_moved(imported)) == 1


def test_what_is_decided_from_then_on_is_counted_by_it(imported: Service):
    answer = imported.fire("c-b1", "score", "c.off", data=SCORES)
    assert answer.status_code == 201, answer.text
    (holder,) = answer.json["event"]["data"]["holders"]
    assert holder["calendar"]["hash"] == BEFORE.hash


def test_who_keeps_up_finds_what_an_import_left_undone(presented: Service):
    edition = Draft(kind="calendar", id=BEFORE.id, hash=BEFORE.hash, canonical=BEFORE.canonical)
    presented.parts.publishing.publish([edition])  # and its process was killed
    assert presented.parts.keeping_up.step() == 1
    assert presented.parts.keeping_up.step() == 0
    assert len(deadlines_moved(presented)) == 1


class _Counted:
    """Replanning of which is told how often all deadlines were asked about."""

    def __init__(self) -> None:
        self.n_times, self.is_away = 0, False

    def follow_calendar(self, work: object, cause: str | None = None) -> int:  # noqa: ARG002
        self.n_times += 1
        if self.is_away:
            raise StoreUnavailable("away")
        return 0

    def follow_days(self, work: object, since: datetime) -> int:  # noqa: ARG002
        return 0


def test_all_deadlines_are_asked_about_when_a_calendar_is_new_and_once_more_a_minute_later(
    presented: Service,
):
    parts, counted, passed = presented.parts, _Counted(), iter((0.0, 5.0, 59.9, 60.0, 65.0, 300.0))
    keeping_up = KeepingUp(
        replanning=counted,  # type: ignore[arg-type]
        work=parts.database.work_list,
        calendars=lambda: parts.editions.of("calendar"),
        now=presented.clock,  # which stands still, as a rehearsal's does
        monotonic_s=lambda: next(passed),
    )
    asked_about = []
    for _ in range(5):
        keeping_up.step()
        asked_about.append(counted.n_times)
    assert asked_about == [1, 1, 1, 2, 2]
    edition = Draft(kind="calendar", id=BEFORE.id, hash=BEFORE.hash, canonical=BEFORE.canonical)
    parts.publishing.publish([edition])
    keeping_up.step()
    assert counted.n_times == 3


def test_a_calendar_that_could_not_be_followed_is_followed_in_the_next_pass(presented: Service):
    parts, counted = presented.parts, _Counted()
    keeping_up = KeepingUp(
        replanning=counted,  # type: ignore[arg-type]
        work=parts.database.work_list,
        calendars=lambda: parts.editions.of("calendar"),
        now=presented.clock,
        monotonic_s=lambda: 0.0,
    )
    counted.is_away = True
    with pytest.raises(StoreUnavailable):
        keeping_up.step()
    counted.is_away = False
    for _ in range(2):
        keeping_up.step()
    assert counted.n_times == 2


@pytest.mark.parametrize("page", ["/v1/reviews/{case}", "/v1/reviews"])
def test_a_process_that_only_reads_counts_by_the_newest_calendar(presented: Service, page: str):
    reader, app = Web(presented.parts.settings), presented.app
    cycle = presented.parts.database.reads.cycles()[0].id
    before = reader.rulebook.of(cycle).calendar.hash
    edition = Draft(kind="calendar", id=BEFORE.id, hash=BEFORE.hash, canonical=BEFORE.canonical)
    presented.parts.publishing.publish([edition])
    presented.app, reader.now = reader.app(), presented.clock
    answer = presented.get(page.format(case=presented.reviews["c-b1"]), "c.off")
    presented.app = app
    assert answer.status_code == 200, answer.text
    assert reader.rulebook.of(cycle).calendar.hash == BEFORE.hash != before
    reader.database.close()
