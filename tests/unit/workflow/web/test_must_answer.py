"""What a document has to answer stands on its page, each with the box for its answer."""

from uuid import uuid4

import pytest

from services.workflow.application.firing.commands import CaseCommand, OpenCommand
from services.workflow.domain.case.head import Case
from tests.end_to_end.pages.site import OFFICE, Site
from tests.unit.workflow.web.visitor import Visitor

UNIT = "u-hospital-2"
AT = "documents.report.answers.0."
PARTS = {
    f"documents.report.parts.{one}": "写到的。" for one in ("achievements", "problems", "tasks")
}


@pytest.fixture(scope="module")
def visit(shipped: Site) -> Case:
    """A visit that was fed back to the unit."""
    fire, office = shipped.parts.firing.fire, shipped.actor(OFFICE)
    opened = fire(
        OpenCommand(cycle=shipped.cycle, kind="visit", unit=UNIT, actor=office, key=str(uuid4()))
    )
    assert opened.case is not None, opened
    went = {"place": "二楼", "day": "2020-01-08", "announced": False}
    rows = [{"finding": "台账缺两个月。", "severity": "grave"}]
    documents = {"visit_record": {"rows": [went]}, "visit_report": {"rows": rows}}
    for trigger, data in (("record", {"documents": documents}), ("feed_back", {})):
        stream = opened.case.stream
        command = CaseCommand(
            case=stream, trigger=trigger, data=data, actor=office, key=str(uuid4())
        )
        answer = fire(command)
        assert answer.outcome == "done", answer
    return opened.case


@pytest.fixture
def writer(shipped: Site) -> Visitor:
    person = shipped.review_of(UNIT).person or ""
    shipped.password(person)
    return Visitor(shipped).sign_in(person)


def test_what_a_report_must_answer_has_its_box_beside_it(
    shipped: Site, visit: Case, writer: Visitor
):
    page = f"/cases/{shipped.review_of(UNIT).id}/documents/report"
    text = writer.text(page)
    assert f'name="{AT}case" value="{visit.stream}"' in text
    assert f'name="{AT}row" value="1"' in text
    assert f'name="{AT}text"' in text
    assert "台账缺两个月。（程度：严重）" in text
    assert f'href="/cases/{visit.id}"' in text


def test_without_its_answer_the_report_is_refused_and_with_it_taken(
    shipped: Site, visit: Case, writer: Visitor
):
    page = f"/cases/{shipped.review_of(UNIT).id}/documents/report"
    answer = {f"{AT}case": visit.stream, f"{AT}row": "1", f"{AT}text": ""}
    typed = {"trigger": "submit", **answer, **PARTS}
    refused = writer.post(page, shown_at=page, **typed)
    assert refused.status_code == 422
    assert f"答复{visit.number} #1 · 答复：必须填写" in refused.text
    assert 'aria-invalid="true"' in refused.text.partition(f'name="{AT}text"')[2][:200]
    done = writer.post(page, shown_at=page, **typed | {f"{AT}text": "已补齐。"})
    assert done.status_code == 303, done.text


def test_who_audits_reads_each_finding_with_its_severity_and_its_answer(
    shipped: Site, visit: Case, writer: Visitor
):
    review = shipped.review_of(UNIT)
    if not review.documents:
        page, answer = f"/cases/{review.id}/documents/report", {f"{AT}case": visit.stream}
        answer |= {f"{AT}row": "1", f"{AT}text": "已补齐。"}
        writer.post(page, shown_at=page, trigger="submit", **answer, **PARTS)
    shipped.password(OFFICE)
    text = Visitor(shipped).sign_in(OFFICE).text(f"/cases/{review.id}/reading")
    found = text.partition(f"{visit.number} #1")[2]
    assert "台账缺两个月。（程度：严重）" in found[:100]
    assert "<b>答</b> 已补齐。" in found[:200]


def test_a_file_that_a_version_names_is_saved_from_the_page_of_its_case(shipped: Site):
    unit = "u-school-01"
    review, content = shipped.review_of(unit), b"%PDF-1.7\n<< /Type /Page >>\n%%EOF\n"
    actor = shipped.actor(review.person or "")
    file = shipped.parts.attachments.bring(actor, review.id, "report", "报告", content)
    report = {
        "parts": {one.rpartition(".")[2]: text for one, text in PARTS.items()},
        "files": [{"sha256": file.sha256, "length": len(content)}],
    }
    answer = shipped.fire(unit, "submit", data={"documents": {"report": report}})
    assert answer.outcome == "done", answer
    shipped.password(OFFICE)
    office, address = Visitor(shipped).sign_in(OFFICE), f"/cases/{review.id}/files/{file.sha256}"
    assert f'href="{address}"' in office.text(f"/cases/{review.id}")
    saved = office.get(address)
    assert (saved.data, saved.mimetype) == (content, "application/octet-stream")
    assert saved.headers["Content-Disposition"].startswith("attachment")
    assert office.get(f"/cases/{review.id}/files/{'0' * 64}").status_code == 404


def test_what_was_answered_before_is_told_without_gaps(shipped: Site, visit: Case, writer: Visitor):
    page, path = f"/cases/{shipped.review_of(UNIT).id}/documents/report", shipped.review_of(UNIT).id
    answer = {f"{AT}case": visit.stream, f"{AT}row": "1", f"{AT}text": "已补齐。"}
    if not shipped.review_of(UNIT).documents:
        writer.post(page, shown_at=page, trigger="submit", **answer, **PARTS)
    case = f"/cases/{path}"
    assert writer.post(f"{case}/transitions", shown_at=case, trigger="recall").status_code == 303
    again = writer.post(page, shown_at=page, trigger="submit", **answer, **PARTS)
    assert again.status_code == 303
    line = writer.text(case).partition('id="line"')[2].partition('class="today"')[0]
    assert "那时它所处的状态或条件不适用" not in line
    assert "…" not in line
    assert line.count("已补齐。") == 2
