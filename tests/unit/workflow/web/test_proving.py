"""Proof of notice: a workbook and a paper that say, line by line, what the log has of notices."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import orjson
import pytest
from openpyxl import load_workbook

from services.workflow.adapters.files import scheme_file
from services.workflow.adapters.web import proving
from services.workflow.application.boards import proof
from services.workflow.application.boards.case import seen_case
from tests.end_to_end.pages.site import INSPECTOR, OFFICE, Shipped, Site, china
from tests.texts import publish_schemes, publish_shipped
from tests.unit.workflow.case.played import NOTICE
from tests.unit.workflow.web.visitor import Visitor

UNIT, OTHER = "u-hospital-1-05", "u-hospital-1-06"
IN_PART = "p-0012"  # of the committee that hears the report


def publish_in_part(publishing: Any) -> None:
    """Publish what is shipped, with drafts left to few; who hears a report still reads it."""
    publish_shipped(publishing)
    text = NOTICE.read_text(encoding="utf-8")
    state = "      - name: drafting\n"
    few = "        seen_by: [{party: own_unit, roles: [secretary]}]\n"
    assert state in text
    text = text.replace(state, state + few, 1)
    publish_schemes(publishing, scheme_file.load(text, "scheme.yaml"))


class InPart(Site):
    publish = staticmethod(publish_in_part)


ABOVE = {"person": "p-0035", "unit": "u-hospital-1", "role": "deputy_secretary"}


@pytest.fixture
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A case with a notice that was read, one that failed and one that was not sent."""
    site = Shipped(tmp_path_factory.mktemp("proof"), china("01-08", "08:30"))
    person = site.review_of(UNIT).person
    own = {"person": person, "unit": UNIT, "role": "secretary"}
    skipped = [{"unit": "u-hospital-1", "role": "secretary", "reason": "vacant"}]
    tell(site, "reminder", own)
    failed = {"channel": "email", "outcome": "failed", "reason": "no_address", "attempts": 3}
    hashes = {"wordshash": "cd" * 32, "policyhash": "ab" * 32}
    tell(site, "escalation", ABOVE, skipped=skipped, rung="=1+1", **failed, **hashes)
    tell(site, "reminder", None, outcome="not_sent", reason="overtaken", text=None)
    (row, *_) = site.parts.database.reads.inbox(person, 1, None)
    site.parts.answers.read(site.actor(person), [row["notice"]], "test")
    for one in (person, site.review_of(OTHER).person, OFFICE, INSPECTOR):
        site.password(one)
    site.sequence()
    return site


def tell(site: Site, kind: str, to: dict[str, str] | None, **others: Any) -> None:
    site.move_to(site.parts.now() + timedelta(days=1))
    site.notify(UNIT, kind, to, site.parts.now(), **others)


def address(site: Site, ending: str = "xlsx", query: str = "") -> str:
    return f"/cases/{site.review_of(UNIT).id}/notices.{ending}{query}"


def lines(visitor: Visitor, path: str) -> list[dict[str, Any]]:
    """Return the lines of the workbook at *path*, each by what its columns are called."""
    answer = visitor.get(path)
    assert answer.status_code == 200, answer.text
    headings, *rows = load_workbook(BytesIO(answer.data)).active.iter_rows(values_only=True)
    return [dict(zip(headings, row, strict=True)) for row in rows]


def test_every_notice_is_a_line_with_its_outcome_who_read_it_and_the_digests(ledger: Site):
    sent, failed, unsent = lines(Visitor(ledger).sign_in(OFFICE), address(ledger))
    assert (sent["结果"], sent["种类"], sent["渠道"]) == ("已发出", "提醒", "站内通知")
    assert sent["阅读时间"] is not None
    assert sent["拟发时间"].isoformat() == "2020-01-09T08:30:00"
    assert len(sent["用语摘要（哈希）"]) == 64
    assert (failed["结果"], failed["原因"], failed["发送次数"]) == ("未送达", "没有可用地址", 3)
    assert (failed["所据规则（哈希）"], failed["用语摘要（哈希）"]) == ("ab" * 32, "cd" * 32)
    assert "岗位空缺" in failed["跳过的人"]
    assert failed["阅读时间"] is None
    assert (unsent["结果"], unsent["原因"], unsent["收件人"]) == (
        "未发送",
        "事项已办，无需再发",
        "无人",
    )
    assert sent["日志位置"] < failed["日志位置"] < unsent["日志位置"]


@pytest.mark.parametrize("ending", ["xlsx", "docx"])
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?from=2020-03-01&until=2020-02-01", "until"),
        ("?person=nope", "person"),
        ("?from=2020-01-32", "from"),
    ],
)
def test_what_nothing_can_be_found_by_is_refused_and_proves_nothing(
    ledger: Site, ending: str, query: str, field: str
):
    answer = Visitor(ledger).sign_in(OFFICE).get(address(ledger, ending, query))
    assert answer.status_code == 400
    assert field in answer.text


def test_that_somebody_was_told_nothing_is_proved_by_an_empty_file(ledger: Site):
    nobody = f"?person={OFFICE}&from=2020-01-08&until=2020-01-08"
    assert lines(Visitor(ledger).sign_in(OFFICE), address(ledger, query=nobody)) == []


def test_what_stands_in_for_a_channel_names_the_line_it_stands_in_for(ledger: Site):
    office = Visitor(ledger).sign_in(OFFICE)
    _sent, failed, _unsent = lines(office, address(ledger))
    told = ledger.parts.database.reads.events_of([f"{ledger.review_of(UNIT).stream}/notices"], 10)
    data = [orjson.loads(one.body)["data"] for one in told]
    (notice,) = [one["notice"] for one in data if one.get("outcome") == "failed"]
    tell(ledger, "escalation", ABOVE, channel="wecom_app", text=None, instead_of=notice)
    *_, second = lines(office, address(ledger))
    assert (failed["代替的行"], second["代替的行"]) == (None, failed["行"])
    assert "代第 2 行的渠道" in written(office.get(address(ledger, "docx")).data)


def test_what_was_to_be_acknowledged_says_so_and_whether_it_was(ledger: Site):
    person, office = ledger.review_of(UNIT).person, Visitor(ledger).sign_in(OFFICE)
    own = {"person": person, "unit": UNIT, "role": "secretary"}
    tell(ledger, "reminder", own, acknowledgement=True)
    tell(ledger, "escalation", ABOVE, acknowledgement=True, outcome="not_sent", text=None)
    *_, asked, unsent = lines(office, address(ledger))
    assert asked["原因"].endswith("请其确认，未见答复")
    assert asked["阅读时间"] is None
    assert "请其确认" not in unsent["原因"]
    (row, *_) = ledger.parts.database.reads.inbox(person, 1, None)
    theirs, at = Visitor(ledger).sign_in(person), f"/inbox/{row['notice']}"
    until = (ledger.parts.now() + timedelta(days=1)).date().isoformat()
    assert theirs.post(f"{at}/promise", shown_at=at, until=until).status_code == 303
    ledger.sequence()
    *_, asked, _unsent = lines(office, address(ledger))
    assert "已答复" in asked["原因"]
    assert asked["阅读时间"] is not None, "who answers has read it"
    assert "已答复" in written(office.get(address(ledger, "docx")).data)


def test_the_paper_says_the_same_and_the_digests_in_a_table_of_their_own(ledger: Site):
    answer = Visitor(ledger).sign_in(OFFICE).get(address(ledger, "docx"))
    assert answer.status_code == 200
    text = written(answer.data)
    counted = (
        "日志记有通知 3 条",
        *("已发出 1 条", "未发出或未成 2 条", "结果不明 0 条", "已阅 1 条"),
    )
    told = ("通知送达证明", "没有可用地址", "事项已办，无需再发", "ab" * 32, "cd" * 32)
    for said in (*counted, *told):
        assert said in text, said


def written(paper: bytes) -> str:
    return ZipFile(BytesIO(paper)).read("word/document.xml").decode()


def test_of_whom_nobody_knows_the_paper_does_not_say_that_they_were_not_told(ledger: Site):
    tell(ledger, "reminder", ABOVE, outcome="unknown", channel="email", reason="no_answer")
    text = written(Visitor(ledger).sign_in(OFFICE).get(address(ledger, "docx")).data)
    for said in ("已发出 1 条", "未发出或未成 2 条", "结果不明 1 条"):
        assert said in text, said


def test_of_what_was_published_neither_says_that_it_was_not_read(ledger: Site):
    office, bulletin = Visitor(ledger).sign_in(OFFICE), "通报由谁阅读，日志不记：其中通报 1 条"
    assert "通报由谁阅读" not in written(office.get(address(ledger, "docx")).data)
    tell(ledger, "bulletin", ABOVE, track="bulletin", rung="results", reason="published")
    *_, last, remark = lines(office, address(ledger))
    assert (last["种类"], last["阅读时间"]) == ("通报", "不记")
    assert bulletin in remark["行"]
    text = written(office.get(address(ledger, "docx")).data)
    assert "已阅 1 条" in text
    assert text.count("不记") == 2
    assert bulletin in text


def test_the_paper_is_signed_by_who_appraises_and_not_by_whom_it_is_about(ledger: Site):
    text = written(Visitor(ledger).sign_in(OFFICE).get(address(ledger, "docx")).data)
    case, units = ledger.review_of(UNIT), ledger.parts.directory.current().units
    below = text[text.index("与日志核对") :]
    assert units[case.parties["hearing_body"]].name in below
    assert units[UNIT].name not in below


def test_one_persons_notices_or_those_of_some_days_are_proved_alone(ledger: Site):
    office = Visitor(ledger).sign_in(OFFICE)
    (above,) = lines(office, address(ledger, query="?person=p-0035"))
    assert above["种类"] == "督办"
    (first,) = lines(office, address(ledger, query="?until=2020-01-09"))
    assert first["结果"] == "已发出"
    later = lines(office, address(ledger, query="?from=2020-01-10"))
    assert [one["结果"] for one in later] == ["未送达", "未发送"]
    assert lines(office, address(ledger, query="?from=2020-02-01")) == []


@pytest.mark.parametrize("query", ["from=x", "until=2020-13-01", "person=%00", "from=x&from=x"])
def test_a_day_or_a_person_that_is_none_is_refused(ledger: Site, query: str):
    assert (
        Visitor(ledger).sign_in(OFFICE).get(address(ledger, query=f"?{query}")).status_code == 400
    )


def test_who_sees_a_part_of_the_case_proves_nothing_of_it(tmp_path: Path):
    site = InPart(tmp_path, china("01-08", "08:30"))
    boards, case = site.parts.boards, site.review_of("u-hospital-1").id
    look = boards.look(site.actor(IN_PART), site.parts.now())
    assert seen_case(boards.sources, look, case).extent.shown == {"report"}
    site.password(IN_PART)
    member = Visitor(site).sign_in(IN_PART)
    for ending in ("xlsx", "docx"):
        assert member.get(f"/cases/{case}/notices.{ending}").status_code == 404
    assert taken_away(site) == []


def test_what_could_not_be_made_was_taken_away_by_nobody(
    ledger: Site, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(proving, "_tables", lambda *_: [1 / 0])
    answer = Visitor(ledger).sign_in(INSPECTOR).get(address(ledger))
    assert answer.status_code == 500
    assert taken_away(ledger) == []


@pytest.mark.parametrize("ending", ["xlsx", "docx"])
def test_who_does_not_see_the_case_proves_nothing_of_it(ledger: Site, ending: str):
    stranger = Visitor(ledger).sign_in(ledger.review_of(OTHER).person)
    assert stranger.get(address(ledger, ending)).status_code == 404
    assert taken_away(ledger) == []


def test_who_takes_a_proof_away_is_kept(ledger: Site):
    assert Visitor(ledger).sign_in(INSPECTOR).get(address(ledger)).status_code == 200
    case = ledger.review_of(UNIT).id
    assert taken_away(ledger) == [(INSPECTOR, f"notices/{case}.xlsx")]


def taken_away(site: Site) -> list[tuple[str, str]]:
    with site.parts.database._connections.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT person, subject FROM read_audit WHERE what = 'export'"
        )
        return [tuple(row) for row in rows]


def test_what_looks_like_a_formula_is_a_text(ledger: Site):
    answer = Visitor(ledger).sign_in(OFFICE).get(address(ledger))
    cells = [cell for row in load_workbook(BytesIO(answer.data)).active for cell in row]
    assert "f" not in {cell.data_type for cell in cells}
    assert "=1+1" in {cell.value for cell in cells}


def test_a_proof_that_is_cut_says_so(ledger: Site, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(proof, "MOST_PROVED", 1)
    first, cut = lines(Visitor(ledger).sign_in(OFFICE), address(ledger))
    assert first["结果"] == "已发出"
    assert "后面还有" in cut["行"]


def test_the_page_of_a_case_leads_to_the_proof(ledger: Site):
    text = Visitor(ledger).sign_in(OFFICE).text(f"/cases/{ledger.review_of(UNIT).id}")
    for ending in ("xlsx", "docx"):
        assert f'href="{address(ledger, ending)}"' in text
