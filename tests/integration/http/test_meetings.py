"""The meetings of the shipped 2019 scheme, told over HTTP clause by clause: C4.1 to C4.4."""

import hashlib
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from docx import Document
from werkzeug.test import TestResponse

from services.workflow.adapters.files import scheme_file
from services.workflow.application.boards.agenda import Heard
from services.workflow.domain.authority import PAGE_SCOPES, Actor
from tests.builders import called, passed
from tests.integration.http.service import ORGANISATION, SCHEME, Service, start
from tests.integration.http.test_sights import signed_in
from tests.made_files import pdf
from tests.texts import ROOT

SHIPPED = scheme_file.load(
    (ROOT / f"services/workflow/schemes/{SCHEME}.yaml").read_text(encoding="utf-8"), SCHEME
)
HOSTS = {"w": "w.lia", "c": "c.off", "c-h1": "c-h1.off", "c-h2": "c-h2.off"}
SECOND = {"w": "w.dep", "c": "c.sec", "c-h1": "c-h1.sec", "c-h2": "c-h2.sec"}
# Who is heard by whom: the province hears tier A, the commission B, a unit its own branches, C.
HEARD = {"w": ["c"], "c": ["c-b1", "c-h1", "c-h2"], "c-h1": ["c-h1-a", "c-h1-b"]}
HEARD["c-h2"] = ["c-h2-a"]
AUDITS = {"c": ["w.lia"], "c-b1": ["c.off"], "c-h1": ["c-h1.dep", "c.off"]}
# Who keeps the minutes of one meeting, and who lets them stand, have one name.
ALIKE, NAMESAKE = ("c-h1.off", "c-h1.sec"), "同名某"
AUDITS["c-h2"] = ["c-h2.dep", "c.off"]


def texts(document: str, *parts: str) -> dict[str, Any]:
    return {"documents": {document: {"parts": dict.fromkeys(parts, "写明的内容")}}}


REPORT = texts("report", "achievements", "problems", "tasks")


class Year:
    """One round, played by its clock; *alike* is what two people of it are both called."""

    alike = ""

    def __init__(self, service: Service) -> None:
        self.service = service

    def on(self, day: str, clock: str = "01:00") -> None:
        self.service.clock.at = datetime.fromisoformat(f"2020-{day}T{clock}:00").replace(tzinfo=UTC)

    def case(self, kind: str, unit: str) -> dict[str, Any]:
        """Return the newest case of a kind at a unit."""
        path = f"/v1/cases?kind={kind}&unit={unit}&limit=200"
        items = self.service.get(path).json["items"]
        own = [one for one in items if one["unit"] == unit]
        return max(own, key=lambda one: str(one["number"]))

    def ask(self, case: dict[str, Any], trigger: str, by: str, **more: Any) -> TestResponse:
        self.service.clock.pass_by(minutes=1)
        path = f"/v1/cases/{case['id']}/transitions"
        return self.service.call("POST", path, {"trigger": trigger, **more}, person=by)

    def done(self, case: dict[str, Any], trigger: str, by: str, **more: Any) -> dict[str, Any]:
        """Fire what has to be taken; return the data of its event."""
        answer = self.ask(case, trigger, by, **more)
        assert answer.status_code == 201, (trigger, answer.text)
        return orjson.loads(orjson.dumps(answer.json["event"]))["data"]

    def codes(self, case: dict[str, Any], trigger: str, by: str, **more: Any) -> list[str]:
        answer = self.ask(case, trigger, by, **more)
        assert answer.status_code in (403, 409, 422), answer.text
        return [one["code"] for one in answer.json["errors"]]

    # --- What every meeting goes through ---

    def meeting(self, unit: str) -> dict[str, Any]:
        return self.case("meeting", unit)

    def meet(self, unit: str, trigger: str, **more: Any) -> dict[str, Any]:
        return self.done(self.meeting(unit), trigger, HOSTS[unit], **more)

    def pass_reports(self, *units: str) -> None:
        for unit in units:
            told = self.done(self.case("review", unit), "submit", f"{unit}.sec", data=REPORT)
            read = passed(told["documents"][0]["version"])
            for by in AUDITS.get(unit, [f"{unit.rpartition('-')[0]}.dep"]):
                state = self.case("review", unit)["state"]
                self.done(self.case("review", unit), f"pass_{state}", by, data=read)

    def prepare(self, unit: str) -> None:
        """File plan and materials of a unit's own meeting, and have them approved."""
        self.meet(unit, "file_plan", data=texts("plan", "plan"))
        self.done(self.meeting(unit), "approve_plan", "c.off")
        self.meet(unit, "file_materials", data=texts("materials", "script", "speech"))
        self.done(self.meeting(unit), "approve_materials", "c.off")

    def schedule(self, unit: str, day: str) -> None:
        data = called(f"2020-{day}")
        told = {"planned": data["planned"]} if unit == "w" else data
        self.meet(unit, "schedule", data=told)

    def gather(self, unit: str) -> int:
        """List who is expected, and let all of them come; return how many they are."""
        guest = [{"capacity": "invited", "guest": "来宾甲"}]
        told = self.meet(unit, "list_attendants", data={"rosters": {"attendance": {"rows": guest}}})
        n = int(told["rosters"]["attendance"]["n_expected"])
        moves = [{"row": row, "way": "in"} for row in range(1, n + 1)]
        self.meet(unit, "take_attendance", data={"presence": {"attendance": {"moves": moves}}})
        return n

    def hear(self, unit: str) -> dict[str, dict[str, Any]]:
        """Have each case shown, commented on, and kept as a point; return what the points kept."""
        kept = {}
        for one in HEARD[unit]:
            review, by = self.case("review", one), HOSTS[unit]
            rows = [{"heard": f"review/{review['id']}", "point": "述职、点评"}]
            data = {"documents": {"agenda_point": {"rows": rows}}}
            kept[one] = self.meet(unit, "hear", data=data)["presence"]["attendance"]
            self.done(review, "present", by)
            self.done(review, "comment", by, data=texts("comment", "comment"))
        return kept

    def vote(self, unit: str) -> dict[str, Any]:
        self.meet(unit, "conclude", data=texts("concluding_speech", "speech"))
        told = self.meet(unit, "start_balloting")
        self.meet(unit, "finish")
        return told

    def hold(self, unit: str) -> dict[str, Any]:
        """Hold a meeting whose day is set, on that day; return what the vote kept."""
        self.meet(unit, "open_session")
        self.gather(unit)
        self.hear(unit)
        return self.vote(unit)


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Year]:
    """All reports have passed; the province's meeting and the commission's have their days."""
    folder: Path = tmp_path_factory.mktemp("meetings")
    tree = yaml.safe_load(ORGANISATION.read_text(encoding="utf-8"))
    for one in tree["people"]:
        one["name"] = NAMESAKE if one["id"] in ALIKE else one["name"]
    organisation = folder / "organisation.yaml"
    organisation.write_text(yaml.safe_dump(tree, allow_unicode=True), encoding="utf-8")
    service = start(
        f"sqlite:///{folder}/workflow.db", None, folder, organisation, schemes=[SHIPPED]
    )
    made = Year(service)
    made.alike = NAMESAKE
    made.on("01-09")
    made.pass_reports("c", "c-b1", "c-h1", "c-h2", "c-h1-a", "c-h1-b", "c-h2-a")
    made.schedule("w", "01-20")
    made.schedule("c", "01-21")
    yield made
    service.parts.database.close()


def test_the_year_goes_through_its_meetings(year: Year) -> None:
    """One story, in the order of its days; each part below is named for its clause."""
    c4_1_a_units_plan_and_materials_have_their_days_and_are_approved(year)
    c4_1_the_commissions_meeting_waits_for_the_provinces(year)
    c4_3_the_roster_is_by_capacity_and_absences_have_reasons(year)
    c4_4_nothing_is_out_of_its_order(year)
    c4_1_a_units_meeting_comes_after_and_is_over_in_time(year)
    c4_2_a_units_whole_round_is_done_again(year)
    c4_1_minutes_and_summary_are_in(year)


def c4_1_a_units_plan_and_materials_have_their_days_and_are_approved(year: Year) -> None:
    for unit in ("c-h1", "c-h2"):
        assert year.meeting(unit)["due_on"] == "2020-01-14"
    plan = year.meeting("c-h1")
    year.meet("c-h1", "file_plan", data=texts("plan", "plan"))
    assert year.codes(plan, "approve_plan", "c-h1.off") != []
    year.done(plan, "approve_plan", "c.off")
    assert year.meeting("c-h1")["due_on"] == "2020-01-17"
    year.meet("c-h1", "file_materials", data=texts("materials", "script", "speech"))
    year.done(plan, "approve_materials", "c.off")
    year.prepare("c-h2")
    later = called("2020-02-16")
    assert year.codes(plan, "schedule", "c-h1.off", data=later) == ["planned_too_late"]
    year.schedule("c-h1", "02-12")
    year.schedule("c-h2", "02-13")


def c4_1_the_commissions_meeting_waits_for_the_provinces(year: Year) -> None:
    year.on("01-20")
    too_early = ["link_not_reached", "too_early"]  # its day is the twenty-first
    assert year.codes(year.meeting("c"), "open_session", "c.off") == too_early
    told = year.hold("w")
    assert told["presence"]["attendance"] if "presence" in told else told["to"] == "balloting"


def c4_3_the_roster_is_by_capacity_and_absences_have_reasons(year: Year) -> None:
    year.on("01-21")
    meeting = year.meeting("c")
    n = year.done(meeting, "list_attendants", "c.off", data={"rosters": {"attendance": {}}})
    expected = n["rosters"]["attendance"]["n_expected"]
    away = {"person": "c.dis", "way": "excused", "why": "sick", "reason": "住院"}
    data = {"presence": {"attendance": {"moves": [away]}}}
    told = year.done(meeting, "excuse", "c.off", data=data)["presence"]["attendance"]
    assert (told["n_present"], told["n_expected"]) == (0, expected)
    assert (told["moves"][0]["way"], told["moves"][0]["why"]) == ("excused", "sick")
    assert "住院" not in orjson.dumps(told).decode()


def c4_4_nothing_is_out_of_its_order(year: Year) -> None:
    waits = ["link_not_there", "not_heard_yet", "quorum_lacking"]
    assert year.codes(year.case("review", "c-b1"), "present", "c.off") == waits
    year.meet("c", "open_session")
    point = {"documents": {"agenda_point": {"rows": [{"point": "宣布到会人数"}]}}}
    assert year.codes(year.meeting("c"), "hear", "c.off", data=point) == ["quorum_lacking"]
    n = year.gather("c")
    review = year.case("review", "c-b1")
    comment = texts("comment", "comment")
    assert year.codes(review, "comment", "c.off", data=comment) == ["wrong_state"]
    speech = texts("concluding_speech", "speech")
    lacks = year.codes(year.meeting("c"), "conclude", "c.off", data=speech)
    assert lacks == ["link_not_all_reached"]
    year.done(review, "set_order", "c.off", data={"order": 1})
    other = year.case("review", "c-h1")
    assert year.codes(other, "set_order", "c.off", data={"order": 1}) == ["order_taken"]
    leaves = {"presence": {"attendance": {"moves": [{"row": 1, "way": "out"}]}}}
    assert year.codes(year.meeting("c"), "take_attendance", "c.off", data=leaves) == [
        "absence_unexplained"
    ]
    kept = year.hear("c")
    heard = [{"heard": f"review/{review['id']}", "point": "再述"}]
    again = {"documents": {"agenda_point": {"rows": heard}}}
    assert year.codes(year.meeting("c"), "hear", "c.off", data=again) == ["heard_before"]
    # Whom a point is about is not counted, and comes in again.
    assert {one["n_present"] for one in kept.values()} == {n - 1}
    assert [move["way"] for move in kept["c-b1"]["moves"]] == ["out", "in"]
    assert year.codes(year.meeting("c"), "start_balloting", "c.off") == ["document_lacking"]
    vote = year.vote("c")["presence"]["attendance"]
    assert (vote["n_present"], vote["n_expected"], vote["n_needed"]) == (n, n, -(-2 * n // 3))
    pins = [
        one["event"]["data"].get("pins")
        for one in year.service.get(f"/v1/cases/{review['id']}/events").json["items"]
        if one["event"]["data"].get("trigger") == "present"
    ]
    assert [(one["document"], one["version"]) for one in pins[0]] == [("report", 1)]


def c4_1_a_units_meeting_comes_after_and_is_over_in_time(year: Year) -> None:
    year.on("02-12")
    year.hold("c-h1")
    assert year.meeting("c-h1")["due_on"] == "2020-02-20"
    year.on("02-13")
    year.hold("c-h2")


def agenda(year: Year, meeting: dict[str, Any]) -> Sequence[Heard]:
    """Return the cases of a meeting as its page shows them."""
    parts = year.service.parts
    root = parts.directory.current().root or ""
    who = Actor(client="web", person="c.off", scopes=PAGE_SCOPES, scope_unit=root)
    look = parts.boards.look(who, parts.now())
    return parts.boards.gathering(look, meeting["id"], 0).agenda


def c4_2_a_units_whole_round_is_done_again(year: Year) -> None:
    first, heard = year.meeting("c-h2"), year.case("review", "c-h2-a")
    untouched = year.case("review", "c-h1-a")
    data = {"due_at": "2020-02-17T16:00:00Z"}
    year.done(first, "redo", "c.sec", reason="走过场", data=data)
    again = year.case("review", "c-h2-a")
    assert (again["id"], again["state"], again["due_on"]) == (heard["id"], "drafting", "2020-02-17")
    assert year.meeting("c-h2")["number"] != first["number"]
    assert year.case("review", "c-h1-a")["state"] == untouched["state"]
    # What was read and said stays with the meeting that is over; the next one begins anew.
    was, comes = (agenda(year, one) for one in (first, year.meeting("c-h2")))
    assert {(one.again, one.version, len(one.comments)) for one in was} == {(True, 1, 1)}
    assert {(one.again, one.version, len(one.comments)) for one in comes} == {(False, None, 0)}
    assert not any(one.graded or one.case.components for one in was)
    # One review alone, too: of the commission's round.
    year.done(year.case("review", "c-b1"), "redo", "c.off", data=data)
    assert year.case("review", "c-b1")["state"] == "drafting"
    assert year.case("review", "c-h1")["state"] == "commented"
    a_meeting_that_was_held_keeps_what_was_heard_there(year, year.meeting("c"))


def a_meeting_that_was_held_keeps_what_was_heard_there(year: Year, first: dict[str, Any]) -> None:
    redone = year.case("review", "c-b1")

    def shown(meeting: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
        told = agenda(year, meeting)
        return {
            one.case.unit: (one.again, one.version, len(one.comments), len(one.acts))
            for one in told
        }

    stood = shown(first)["c-b1"]
    assert stood == (True, 1, 1, 0)
    year.pass_reports("c-b1")
    year.done(redone, "call_meeting", "c.off")
    second = year.meeting("c")
    assert second["number"] != first["number"]
    assert shown(first).keys() == set(HEARD["c"])
    assert shown(first)["c-b1"] == stood
    assert {unit: told[:3] for unit, told in shown(second).items()} == {"c-b1": (False, 2, 0)}
    page = signed_in(year.service, "c.off").open(f"/cases/{first['id']}/gathering").text
    assert page.count(f'<form method="post" action="/cases/{redone["id"]}/transitions">') == 0


def c4_1_minutes_and_summary_are_in(year: Year) -> None:
    meeting, proceedings = year.meeting("c-h1"), ("course", "outcome")
    assert year.codes(meeting, "file_summary", "c-h1.off", data=texts("summary", "summary")) == [
        "wrong_state"
    ]
    assert year.codes(meeting, "approve_minutes", "c-h1.sec") == ["document_lacking"]
    counted = texts("proceedings", "attendance", *proceedings)  # nobody types how many came
    (unknown,) = year.ask(meeting, "file_minutes", "c-h1.off", data=counted).json["errors"]
    assert unknown["code"] == "unknown_field"
    year.meet("c-h1", "file_minutes", data=texts("proceedings", *proceedings))
    assert year.codes(meeting, "approve_minutes", "c-h1.off") == ["four_eyes"]
    year.done(meeting, "approve_minutes", "c-h1.sec")
    again = texts("proceedings", *proceedings)
    assert year.codes(meeting, "file_minutes", "c-h1.off", data=again) == ["wrong_state"]
    for correction in ("首处更正", "又一处更正"):
        annex = {"documents": {"annex": {"parts": {"correction": correction}}}}
        told = year.meet("c-h1", "correct_minutes", data=annex, reason="记录有误")
        assert told["documents"][0]["about"] == {"document": "proceedings", "version": 1}
    the_minutes_tell_who_came_and_who_approved_with_each_annex(year, meeting["id"])
    year.meet("c-h1", "file_summary", data=texts("summary", "summary"))
    year.done(meeting, "close", "c.off")
    assert year.meeting("c-h1")["final"] == "completed"


def the_minutes_tell_who_came_and_who_approved_with_each_annex(year: Year, meeting: str) -> None:
    browser = signed_in(year.service, "c-h1.off")
    shown = browser.open(f"/cases/{meeting}/gathering").text
    for told in ("；审定：", "纪要更正之1", "首处更正", "纪要更正之2", "又一处更正"):
        assert told in shown
    paper = browser.open(f"/cases/{meeting}/documents/proceedings/1.docx").data
    lines = [one.text for one in Document(BytesIO(paper)).paragraphs]
    assert [one for one in lines if one.startswith(("时间：", "应到 "))]
    assert [one for one in lines if one.startswith("审定：") and "尚未" not in one]
    corrected = ["纪要更正之1", "首处更正", "纪要更正之2", "又一处更正"]
    assert [one for one in lines if one in corrected] == corrected
    printed = browser.open(f"/cases/{meeting}/documents/proceedings/1.pdf").data
    for said in (shown, "\n".join(lines), *texts_of(printed)) if year.alike else ():
        named = re.findall(f"{year.alike}(.?)", "".join(said.split()))
        assert named
        assert set(named) <= {"（"}, said
    # Whoever came is told by name, not by the row of a list that nobody reads beside it.
    history = browser.open(f"/cases/{meeting}").text
    assert " 到场" in history
    assert re.search("第 [0-9]+ 行到场", history) is None


def texts_of(printed: bytes) -> Iterator[str]:
    """Yield what a paper reads as; nothing where nothing here prints one, or reads it."""
    program = shutil.which("pdftotext")
    if program is not None and printed.startswith(b"%PDF"):
        command = [program, "-", "-"]
        read = subprocess.run(command, input=printed, check=True, capture_output=True)
        yield read.stdout.decode()


@pytest.mark.parametrize(("staff", "everybody"), [(99, True), (100, False)])
def test_everybody_is_expected_where_fewer_than_100_work(
    tmp_path: Path, staff: int, everybody: bool
) -> None:
    """C4.3: by their posts, without anybody being named; absences have reasons."""
    text = ORGANISATION.read_text(encoding="utf-8")
    of_h1 = "name: 第一示例医院党委, kind: unit_committee, staff: "
    assert f"{of_h1}900" in text
    organisation = tmp_path / "organisation.yaml"
    organisation.write_text(text.replace(f"{of_h1}900", f"{of_h1}{staff}"), encoding="utf-8")
    url = f"sqlite:///{tmp_path}/workflow.db"
    year = Year(start(url, None, tmp_path, organisation, schemes=[SHIPPED]))
    told = year.meet("c-h1", "list_attendants", data={"rosters": {"attendance": {}}})
    n, clerk = told["rosters"]["attendance"]["n_expected"], {"person": "c-h1.clerk", "way": "in"}
    data = {"presence": {"attendance": {"moves": [clerk | {"way": "excused", "why": "sick"}]}}}
    year.prepare("c-h1")
    excused = year.ask(year.meeting("c-h1"), "excuse", "c-h1.off", data=data)
    assert excused.status_code == (201 if everybody else 422)
    assert (n == len(_posted(organisation, "c-h1"))) is everybody
    year.service.parts.database.close()


def _posted(organisation: Path, unit: str) -> set[str]:
    """Return who holds a post at a unit or below it during the round."""
    posts = yaml.safe_load(organisation.read_text(encoding="utf-8"))["posts"]
    now = (one for one in posts if one["until"].isoformat() > "2020-02-20")
    return {one["person"] for one in now if one["unit"].startswith(unit)}


def test_comment_drafts_of_those_on_site_are_due_with_the_report(tmp_path: Path) -> None:
    """C8: highlights, problems and suggestions, by whoever is drawn to present on site."""
    url = f"sqlite:///{tmp_path}/workflow.db"
    year = Year(start(url, None, tmp_path, ORGANISATION, schemes=[SHIPPED]))
    review = year.case("review", "c-b1")
    assert review["due_on"] == "2020-01-10"
    draft = texts("comment_draft", "highlights", "problems", "suggestions")
    assert year.codes(review, "file_comment_draft", "c-b1.sec", data=draft) == ["not_for_this_case"]
    year.done(review, "set_mode", "c.off", data={"mode": "on_site"})
    told = year.done(
        review, "submit", "c-b1.sec", data={"documents": REPORT["documents"] | draft["documents"]}
    )
    assert [one["name"] for one in told["documents"]] == ["report", "comment_draft"]
    year.service.parts.database.close()


def test_scripts_and_speeches_come_as_files_and_are_read_by_whom_the_meeting_is_open_to(
    tmp_path: Path,
) -> None:
    """C4.1: the host's script and the leader's speech, by 17 January."""
    url = f"sqlite:///{tmp_path}/workflow.db"
    year = Year(start(url, None, tmp_path, ORGANISATION, schemes=[SHIPPED]))
    year.meet("c-h1", "file_plan", data=texts("plan", "plan"))
    year.done(year.meeting("c-h1"), "approve_plan", "c.off")
    meeting, content = year.meeting("c-h1"), pdf()
    assert meeting["due_on"] == "2020-01-17"
    sha256 = hashlib.sha256(content).hexdigest()
    path = f"/v1/cases/{meeting['id']}/files/{sha256}"
    brought = year.service.call(
        "PUT",
        f"{path}?document=materials&name=script.pdf",
        raw=content,
        person="c-h1.off",
        headers={"Content-Type": "application/octet-stream"},
    )
    assert brought.status_code in (200, 201, 204), brought.text
    filed = {"documents": {"materials": {"parts": {"script": "", "speech": ""}}}}
    assert year.codes(meeting, "file_materials", "c-h1.off", data=filed) == ["part_empty"] * 2
    filed["documents"]["materials"]["files"] = [{"sha256": sha256, "length": len(content)}]
    told = year.meet("c-h1", "file_materials", data=filed)
    assert told["documents"][0]["files"] == [{"sha256": sha256, "length": len(content)}]
    assert year.service.get(path, person="c.off").data == content
    assert year.service.get(path, person="c-h2.off").status_code == 404
    year.service.parts.database.close()
