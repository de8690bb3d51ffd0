"""Pages of those who gather know no word of a scheme: with all of them called otherwise, they read.

The notice of 2019 itself is taken, with a suffix behind every name and every label it gives.
"""

import re
import secrets
from pathlib import Path
from string import ascii_lowercase
from typing import Any
from uuid import uuid4

import pytest

from services.workflow.adapters.files import drafts
from services.workflow.application.firing.commands import CaseCommand
from services.workflow.application.firing.port import Wanted
from services.workflow.domain.case.head import Case
from tests.builders import called, passed
from tests.end_to_end.pages.site import Site, china
from tests.texts import POLICY, publish_shipped
from tests.unit.workflow.case.played import NOTICE
from tests.unit.workflow.language.renamed import relabelled, renamed, words_of
from tests.unit.workflow.web.visitor import Visitor

SUFFIX = "_" + "".join(secrets.choice(ascii_lowercase) for _ in range(6))
LIAISON, SECRETARY, UNIT = "p-0001", "p-0008", "u-work-committee"
# What the organisation's own words are stays as it is: other schemes run there too.
OF_UNITS = re.compile(
    r"[a-z_]*(committee|branch|group)|[a-z_]*secretary|[a-z_]*member|office|liaison|inspector|head|staff|founded|public_hospital"
)
WORDS = frozenset(word for word in words_of(NOTICE) if not OF_UNITS.fullmatch(word))
LABELS = frozenset(re.findall(r"label: ([^,}\n#]+?)(?= *[,}\n#])", NOTICE.read_text("utf-8")))
FOREIGN = ("述职", "述评", "会议", "点评", "测评", "党组织")


def otherwise(text: str) -> str:
    return renamed(text, WORDS, SUFFIX)


def publish(publishing: Any) -> None:
    publish_shipped(publishing)
    text = relabelled(otherwise(NOTICE.read_text(encoding="utf-8")), LABELS, SUFFIX)
    text = text.replace("subject: 述职人", "subject: 当事者").replace("case: 述评", "case: 一件")
    file = FOLDER[0] / "scheme.yaml"
    file.write_text(text.replace("hearing: 听取述职", "hearing: 听取"), encoding="utf-8")
    publishing.publish([drafts.load("scheme", str(file))])
    policy = FOLDER[0] / "policy.yaml"
    policy.write_text(otherwise(POLICY), encoding="utf-8")
    publishing.publish([drafts.load("policy", str(policy))])


FOLDER: list[Path] = []


class Renamed(Site):
    publish = staticmethod(publish)

    def meeting(self) -> Case:
        return next(one for one in self.all("meeting") if one.unit == UNIT)

    def all(self, kind: str) -> list[Case]:
        wanted = Wanted(cycle=self.cycle, whole=True)
        heads = self.parts.database.store.standing([wanted]).heads[self.cycle]
        return [one for one in heads.cases.values() if one.kind == kind + self.end(kind)]

    def end(self, word: str) -> str:
        return SUFFIX if word in WORDS else ""

    def done(self, case: Case, trigger: str, by: str, **data: Any) -> None:
        command = CaseCommand(
            case=case.stream,
            trigger=trigger + self.end(trigger),
            actor=self.actor(by),
            data=renamed_keys(data),
            key=str(uuid4()),
        )
        answer = self.parts.firing.fire(command)
        assert answer.outcome == "done", (trigger, answer.blockers, answer.faults)


def renamed_keys(data: Any) -> Any:
    """Return data with the names of the scheme called as it calls them here."""
    if isinstance(data, dict):
        return {
            key + (SUFFIX if key in WORDS else ""): renamed_keys(one) for key, one in data.items()
        }
    if isinstance(data, list):
        return [renamed_keys(one) for one in data]
    return data + SUFFIX if data in WORDS else data


def parts(document: str, *names: str) -> dict[str, Any]:
    return {"documents": {document: {"parts": dict.fromkeys(names, "写明的内容")}}}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Renamed:
    FOLDER.append(tmp_path_factory.mktemp("renamed"))
    made = Renamed(FOLDER[0], china("01-08", "08:30"))
    review = next(one for one in made.all("review") if one.unit == "u-organ")
    made.done(review, "submit", SECRETARY, **parts("report", "achievements", "problems", "tasks"))
    made.done(review, "pass_organ_audit", LIAISON, **passed())
    made.done(made.meeting(), "schedule", LIAISON, **called("2020-01-20", "一处"))
    made.move_to(china("01-20", "09:12"))
    made.done(made.meeting(), "open_session", LIAISON)
    guests = [{"capacity": "invited", "guest": name} for name in ("来宾甲", "来宾乙")]
    made.done(made.meeting(), "list_attendants", LIAISON, rosters={"attendance": {"rows": guests}})
    moves = [{"row": row, "way": "in"} for row in (1, 2, 3)]
    made.done(made.meeting(), "take_attendance", LIAISON, presence={"attendance": {"moves": moves}})
    made.done(review, "present", LIAISON)
    made.done(review, "comment", LIAISON, **parts("comment", "comment"))
    rows = [{"heard": review.stream, "point": "一项"}]
    made.done(made.meeting(), "hear", LIAISON, documents={"agenda_point": {"rows": rows}})
    made.done(made.meeting(), "conclude", LIAISON, **parts("concluding_speech", "speech"))
    made.password(LIAISON)
    made.sequence()
    return made


def read(site: Renamed, path: str) -> str:
    """Return what stands on a page, its shell and the units' names left out."""
    text = Visitor(site).sign_in(LIAISON).text(path)
    main = text[text.index('<main id="main">') :]
    units = site.parts.directory.current().units.values()
    for name in sorted((one.name for one in units), key=len, reverse=True):
        main = main.replace(name, "")
    return main


@pytest.mark.parametrize("page", ["gathering", "roster", "sheet", "code"])
def test_each_page_says_what_the_scheme_says_and_no_word_of_another(site: Renamed, page: str):
    text = read(site, f"/cases/{site.meeting().id}/{page}")
    assert SUFFIX in text
    for label in sorted(LABELS, key=len, reverse=True):
        text = text.replace(label + SUFFIX, "")
    assert [word for word in FOREIGN if word in text] == []


@pytest.mark.parametrize("page", ["gathering", "roster", "sheet"])
def test_each_page_says_when_on_its_day_and_where(site: Renamed, page: str):
    text = read(site, f"/cases/{site.meeting().id}/{page}")
    assert '<span class="num">2020-01-20 周一 14:00—17:20</span> · 一处' in text


def test_the_list_says_when(site: Renamed):
    assert "2020-01-20 周一 14:00—17:20" in read(site, "/gatherings")


def test_the_room_is_called_as_what_people_gather_for(site: Renamed):
    text = read(site, "/gatherings")
    assert f"述评会议{SUFFIX}" in text
    assert f"述职中{SUFFIX}" in text
    assert "进行中 1 件" in text


def test_what_was_gone_through_is_told_in_the_schemes_words(site: Renamed):
    text = read(site, f"/cases/{site.meeting().id}/gathering")
    assert "听取：次序与结果" in text
    for label in ("登记述评议程", "本人回避", "点评", "总结讲话", "开始测评", "各党组织书记"):
        assert label + SUFFIX in text, label


def test_minutes_say_when_where_and_who_came_as_it_was_recorded(
    site: Renamed,
):
    for trigger in ("start_balloting", "finish"):
        site.done(site.meeting(), trigger, LIAISON)
    record = read(site, f"/cases/{site.meeting().id}/gathering").partition('id="record"')[2]
    assert "时间：2020-01-20 周一 14:00—17:20；地点：一处。\n应到 3 人，到场 3 人。" in record


def test_what_was_drafted_of_the_records_goes_on_where_documents_are_written_and_back(
    site: Renamed,
):
    """Comes after the meeting of the test before is over."""
    host, case = Visitor(site).sign_in(LIAISON), f"/cases/{site.meeting().id}"
    shown = host.text(f"{case}/gathering").partition('id="record"')[2]
    (path,) = re.findall(f'formaction="({case}/documents/[^"]+)"', shown)
    assert f'href="{case}/gathering#record"' in host.text(path)
    trigger = re.findall('name="trigger" value="([^"]+)"', shown)[0]
    texts = dict(re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>([^<]+)<', shown))
    assert len(texts) == 2
    kept = host.post(path, f"{case}/gathering", save="1", trigger=trigger, **texts)
    assert (kept.status_code, kept.location) == (303, path)
    for begun in texts.values():
        assert begun.strip() in host.text(path)
