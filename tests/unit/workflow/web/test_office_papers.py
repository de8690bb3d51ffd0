"""What the office files, prints and sends is in its scheme's own words, whoever asks for it."""

import re
import sys
from io import BytesIO
from types import SimpleNamespace

import pytest
from docx import Document

from schemas.envelope import peek
from services.workflow.adapters.web.minutes import course
from tests.end_to_end.pages.site import OFFICE
from tests.end_to_end.pages.whole import AUDITOR, LIAISON, Whole
from tests.unit.workflow.web.visitor import Visitor

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
DRAFTED = re.compile(r"<textarea[^>]*name=\"documents\.proceedings\.[^>]*>([^<]*)<")


class Held(Whole):
    """The same, and its meeting is over: what was recorded of it is the draft of its minutes."""

    def gather(self) -> None:
        meeting = self.meeting
        guests = [{"capacity": "invited", "guest": name} for name in ("来宾甲", "来宾乙")]
        self.done(meeting, "list_attendants", LIAISON, rosters={"attendance": {"rows": guests}})
        moves = [{"row": row, "way": "in"} for row in (2, 3, 4)]
        self.done(meeting, "take_attendance", LIAISON, presence={"attendance": {"moves": moves}})
        rows = [{"heard": self.review_of("u-organ").stream, "point": "一项"}]
        self.done(meeting, "hear", LIAISON, documents={"agenda_point": {"rows": rows}})
        spoken = {"concluding_speech": {"parts": {"speech": "讲了三点。"}}}
        self.done(meeting, "conclude", LIAISON, documents=spoken)
        for trigger in ("start_balloting", "finish"):
            self.done(meeting, trigger, LIAISON)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Held:
    held = Held(tmp_path_factory.mktemp("held"))
    held.gather()
    return held


@pytest.fixture
def laid_out(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What would be set as a PDF, whether or not this machine can."""
    texts = list[str]()

    def html(string: str, **_: object) -> SimpleNamespace:
        texts.append(string)
        return SimpleNamespace(write_pdf=lambda **_: b"%PDF")

    monkeypatch.setitem(sys.modules, "weasyprint", SimpleNamespace(HTML=html))
    return texts


def reader(site: Held, language: str, person: str = LIAISON) -> Visitor:
    visitor = Visitor(site).sign_in(person)
    visitor.post("/language", "/cases", language=language, next="/cases")
    return visitor


def said_on(paper: bytes) -> list[str]:
    document = Document(BytesIO(paper))
    cells = [cell.text for table in document.tables for cell in table._cells]
    return [*(one.text for one in document.paragraphs), *cells]


def test_minutes_begin_in_the_words_of_the_scheme(site: Held):
    page = f"/cases/{site.meeting.id}/gathering"
    own, english = (DRAFTED.findall(reader(site, one).text(page)) for one in ("zh", "en"))
    assert "点评 1 条" in "".join(own)
    assert english == own


def test_minutes_are_gone_on_with_in_the_editor_where_the_records_leave_off(site: Held):
    case, visitor = site.meeting, reader(site, "en")
    page = f"/cases/{case.id}/documents/proceedings"
    shown = visitor.text(page)
    drafted = DRAFTED.findall(visitor.text(f"/cases/{case.id}/gathering"))
    assert [text.strip() for text in DRAFTED.findall(shown)] == drafted
    assert "点评 1 条" in drafted[1]
    typed = {f"documents.proceedings.parts.{name}": "另写" for name in ("course", "outcome")}
    fields = {**dict(HIDDEN.findall(shown)), **typed, "save": "1"}
    assert visitor.send(page, fields, Origin=visitor.base).status_code == 303
    # What somebody has begun is theirs.
    assert [text.strip() for text in DRAFTED.findall(visitor.text(page))] == ["另写", "另写"]


def test_the_course_of_minutes_tells_what_was_presented_commented_on_and_voted_in_order(site: Held):
    look = site.parts.boards.look(site.actor(LIAISON), site.parts.now())
    board = site.parts.boards.gathering(look, site.meeting.id, "whole")
    told = [line.partition(" ")[2].partition(" ")[2] for line in course(board).splitlines()]
    (heard,) = board.agenda
    assert [one.partition("（")[0].rstrip("。") for one in told] == [
        "开会",
        f"登记述职：1. {heard.name}",
        f"登记点评：1. {heard.name}",
        "登记述评议程：一项",
        "登记总结讲话",
        "开始测评",
        "会议结束",
    ]
    assert told[1].endswith("（第 1 稿）。")
    assert "联络员" in told[2]


def test_a_reminder_says_where_a_case_stands_in_the_words_of_its_scheme(site: Held):
    case = site.review_of("u-school-01").id
    visitor = reader(site, "en", OFFICE)
    chosen = {"text": "请快办。", f"case.{case}": "1", "step": "look"}
    letters = visitor.post("/bulk", "/bulk?due=over", **chosen).get_data(as_text=True)
    hidden = dict(HIDDEN.findall(letters[letters.index('action="/bulk"') :]))
    visitor.send("/bulk", hidden, Origin=visitor.base)
    reads = site.parts.database.reads
    (event,) = reads.stream(f"review/{case}/notices")
    sha256 = bytes.fromhex(peek(event.body).data["text"]["sha256"])
    assert reads.texts([sha256])[sha256].content.decode() == "起草（期限 01-14）：请快办。"


@pytest.mark.parametrize("paper", ["report", "letter", "bulletin"])
def test_a_paper_is_the_same_in_every_language(site: Held, paper: str):
    review = f"/cases/{site.review_of('u-organ').id}"
    path = {
        "report": f"{review}/documents/report/1.docx",
        "letter": f"{review}/letter.docx",
        "bulletin": f"/bulletins/{site.one('bulletin', 'u-work-committee').id}.docx",
    }[paper]
    own, english = (said_on(reader(site, one).get(path).data) for one in ("zh", "en"))
    assert len(own) > 3
    assert english == own


def test_a_paper_is_signed_by_the_body_of_whoever_filed_it(site: Held):
    """A report by its own branch, a comment of those above it by theirs: it is on the branch."""
    review = site.review_of("u-organ")
    own, above = "示例省卫生健康委直属机关党委", "省直机关工委（演示）"
    for document, unit in (("report", own), ("comment", above)):
        paper = reader(site, "zh").get(f"/cases/{review.id}/documents/{document}/1.docx")
        *_, signed, _day, _blank, _number = said_on(paper.data)
        assert (document, signed) == (document, unit)


@pytest.mark.parametrize("paper", ["/documents/report/1.pdf", "/letter.pdf"])
def test_what_is_printed_is_the_same_in_every_language(site: Held, laid_out: list[str], paper: str):
    path = f"/cases/{site.review_of('u-organ').id}{paper}"
    for language in ("zh", "en"):
        assert reader(site, language).get(path).status_code == 200
    own, english = laid_out
    assert english == own


def test_a_bulletin_as_a_page_to_keep_is_the_same_in_every_language(site: Held):
    path = f"/bulletins/{site.one('bulletin', 'u-work-committee').id}.html"
    own, english = (reader(site, one).text(path) for one in ("zh", "en"))
    assert "列名" in own
    assert english == own


def test_slips_say_in_the_words_of_the_scheme_who_votes_on_what(site: Held, laid_out: list[str]):
    path = f"/cases/{site.voting.id}/polls"
    typed = {"poll": "hall", "electorate": "members", "n": "1"}
    for language in ("zh", "en"):
        visitor = reader(site, language, AUDITOR)
        csrf = dict(HIDDEN.findall(visitor.text(path)))["csrf"]
        answer = visitor.send(f"{path}/slips", {**typed, "csrf": csrf}, Origin=visitor.base)
        assert answer.mimetype == "application/pdf", answer.get_data(as_text=True)
    own, english = (re.findall(r'<h2>.*?</h2><p class="box">.*?</p>', one) for one in laid_out)
    assert len(own) == 1
    assert english == own
