"""The page on which a document is written: what it shows, and what it saves."""

import re

import pytest
from werkzeug.test import TestResponse

from tests.builders import assessed
from tests.end_to_end.pages.site import OFFICE, Site
from tests.unit.workflow.web.conftest import AUDITOR, counted
from tests.unit.workflow.web.visitor import Visitor

UNIT, SCHOOL = "u-hospital-1-11", "u-school-03"
PART = "documents.report.parts."
COMMENT = "documents.comment_draft.parts."
AREAS = "documents.report.covers."
JSON = "application/json"


@pytest.fixture
def writer(site: Site, visitor: Visitor) -> Visitor:
    person = site.review_of(UNIT).person
    site.password(person or "")
    return visitor.sign_in(person or "")


def page_of(site: Site, unit: str = UNIT) -> str:
    return f"/cases/{site.review_of(unit).id}/documents/report"


def save(site: Site, writer: Visitor, text: str, tag: str = "", accept: str = JSON) -> TestResponse:
    """Save a part, as the script of the page does; with another *accept* as its button."""
    page = page_of(site)
    csrf = writer.text(page).partition('name="csrf" value="')[2][:64]
    fields = {
        "csrf": csrf,
        "save": "1",
        "draft.report": tag,
        "trigger": "submit",
        f"{PART}tasks": text,
    }
    return writer.send(page, fields, Origin=writer.base, Accept=accept)


def test_a_save_tells_which_it_is_and_the_next_goes_on_from_it(site: Site, writer: Visitor):
    first = save(site, writer, "一", tag="").json["saved"]["report"]
    second = save(site, writer, "二", tag=first["tag"])
    assert (first["at"], second.status_code) == ("09:12", 200)
    assert ">\n二</textarea>" in writer.text(page_of(site))


def test_a_save_that_another_came_before_is_told_what_that_left(site: Site, writer: Visitor):
    last = site.parts.drafts.read(
        site.actor(site.review_of(UNIT).person or ""), site.review_of(UNIT).id, "report"
    )
    first = save(site, writer, "先存的", tag=last.tag if last else "").json["saved"]["report"]
    assert save(site, writer, "再存的", tag=first["tag"]).status_code == 200
    late = save(site, writer, "另写的", tag=first["tag"])
    assert late.status_code == 412
    assert late.json["moved"]["report"]["typed"] == {f"{PART}tasks": "再存的"}
    shown = save(site, writer, "另写的", tag=first["tag"], accept="text/html")
    assert shown.status_code == 412
    for text in ("另写的", "再存的"):
        assert f"{text}</textarea>" in shown.text


@pytest.mark.parametrize(
    ("text", "status"), [("\x1b", 400), ("长" * 25_000, 400), ("实" * 21_900, 400)]
)
def test_what_no_document_takes_is_no_draft(site: Site, writer: Visitor, text: str, status: int):
    assert save(site, writer, text, tag="*").status_code == status


def test_why_nothing_was_saved_is_told_to_the_script_with_the_fields(site: Site, writer: Visitor):
    told = save(site, writer, "\x1b", tag="").json
    assert list(told["fields"]) == [f"{PART}tasks"]
    stranger = Visitor(site).sign_in(AUDITOR)
    told = save(site, stranger, "改别人的")
    assert (told.status_code, told.json["code"]) == (403, "no_post")
    assert told.json["reason"]


def test_only_who_may_hand_it_in_writes_it(site: Site, visitor: Visitor):
    visitor.sign_in(AUDITOR)
    assert visitor.get(page_of(site)).status_code == 403
    assert save(site, visitor, "改别人的").status_code == 403


def test_a_document_that_is_none_or_a_trigger_that_takes_none_is_not_found(
    site: Site, writer: Visitor
):
    case = f"/cases/{site.review_of(UNIT).id}"
    for path in (f"{case}/documents/nothing", f"{page_of(site)}?trigger=recall"):
        assert writer.get(path).status_code == 404, path


@pytest.mark.parametrize(("unit", "asked"), [("u-hospital-1", True), (SCHOOL, False)])
def test_an_area_of_hospitals_alone_is_asked_of_them_alone(
    site: Site, visitor: Visitor, unit: str, asked: bool
):
    person = site.review_of(unit).person or ""
    site.password(person)
    text = visitor.sign_in(person).text(page_of(site, unit))
    assert f'name="{AREAS}7"' in text
    assert (f'name="{AREAS}8"' in text) is asked


def test_the_auditor_sees_which_areas_are_missing(site: Site, visitor: Visitor):
    unit = "u-hospital-1-12"
    texts = dict.fromkeys(("achievements", "problems", "tasks"), "写到的。")
    data = {"documents": {"report": {"parts": texts, "covers": [1, 2, 3, 4, 5, 7, 9, 10]}}}
    assert site.fire(unit, "submit", data=data).outcome == "done"
    text = visitor.sign_in(AUDITOR).text(f"/cases/{site.review_of(unit).id}")
    title = site.parts.rulebook.of(site.cycle).scheme.documents["report"].content_areas[5].title
    assert "没有写到 1 项" in text
    assert f"<li>{title}</li>" in text


def test_the_page_asks_the_database_no_more_than_that_of_a_case_and_twice(
    site: Site, writer: Visitor
):
    case = f"/cases/{site.review_of(UNIT).id}"
    for path in (case, page_of(site)):
        writer.get(path)
    with counted() as plain:
        writer.get(case)
    with counted() as page:
        writer.get(page_of(site))
    assert len(page) <= len(plain) + 2


def test_every_address_that_a_form_is_sent_to_is_a_page_when_it_is_asked_for(
    site: Site, writer: Visitor
):
    case = site.review_of(UNIT).id
    known = {"case_id": case, "document": "report", "poll": "hall"}
    known |= {"secret": "x" * 43, "notice": case, "cycle_id": site.cycle}
    for rule in site.app.url_map.iter_rules():
        if rule.endpoint.startswith("pages.") and "POST" in (rule.methods or ()):
            made = rule.build({name: known[name] for name in rule.arguments})
            assert made is not None
            answer = writer.get(made[1], Accept="text/html")
            assert answer.mimetype == "text/html", made[1]
            assert "{" not in answer.text[:20], made[1]


def test_any_two_versions_and_the_draft_are_told_by_characters(site: Site, visitor: Visitor):
    unit = "u-hospital-1-08"
    for text in ("一年谈心。", "一季谈心。"):
        site.submit(unit, tasks=text)
        site.fire(unit, "recall")
    review = site.review_of(unit)
    site.password(review.person or "")
    drafted = {"parts.tasks": "一月谈心。"}
    actor = site.actor(review.person or "")
    site.parts.drafts.save(actor, review.id, "report", drafted, None)
    visitor.sign_in(review.person or "")
    asked = f"/cases/{review.id}/versions?document=report&old="
    assert "一<del>年</del><ins>季</ins>谈心。" in visitor.text(f"{asked}1&new=2")
    assert "一<del>季</del><ins>月</ins>谈心。" in visitor.text(f"{asked}2&new=draft")
    other = Visitor(site).sign_in(AUDITOR)
    assert other.get(f"{asked}2&new=2").status_code == 200
    assert other.get(f"{asked}2&new=draft").status_code == 403


def test_what_is_written_is_compared_with_any_version_before_it(shipped: Site):
    unit = "u-hospital-1-08"
    person = shipped.review_of(unit).person or ""
    for text in ("一年谈心。", "一季谈心。"):
        texts = {"achievements": "一段。", "problems": "一段。", "tasks": text}
        handed_in = {"documents": {"report": {"parts": texts}}}
        assert shipped.fire(unit, "submit", data=handed_in).outcome == "done"
        assert shipped.fire(unit, "recall").outcome == "done"
    shipped.password(person)
    writer, page = Visitor(shipped).sign_in(person), page_of(shipped, unit)
    typed = {f"{PART}tasks": "一周谈心。", "trigger": "submit", "save": "1"}
    saved = writer.post(f"{page}?against=1", shown_at=page, **typed)
    # Choosing saves, so that without a script nothing that was typed is lost by it.
    assert saved.location == f"{page}?against=1#before"
    assert "一<del>年</del><ins>周</ins>谈心。" in writer.text(f"{page}?against=1")
    for other in ("", "?against=2", "?against=99", "?against=x"):
        assert "一<del>季</del><ins>周</ins>谈心。" in writer.text(page + other)


def test_every_document_of_the_act_is_kept_each_in_a_draft_of_its_own(shipped: Site):
    unit = "u-hospital-1"
    review = shipped.review_of(unit)
    office = {"trigger": "set_mode", "data": {"mode": "on_site"}}
    assert shipped.fire(unit, person=OFFICE, **office).outcome == "done"
    shipped.password(review.person or "")
    writer, page = Visitor(shipped).sign_in(review.person or ""), page_of(shipped, unit)
    told = {f"{PART}tasks": "清单", f"{COMMENT}problems": "点评初稿"}
    assert writer.post(page, page, save="1", trigger="submit", **told).status_code == 303
    text = writer.text(page)
    for typed in told.values():
        assert f">\n{typed}</textarea>" in text or f">{typed}</textarea>" in text
    actor = shipped.actor(review.person or "")
    kept = shipped.parts.drafts.read(actor, review.id, "comment_draft")
    assert kept is not None
    assert kept.typed["parts.problems"] == "点评初稿"


def test_of_a_document_for_which_nothing_was_typed_no_draft_is_kept(shipped: Site):
    review = shipped.review_of("u-hospital-1")
    writer, page = Visitor(shipped).sign_in(review.person or ""), page_of(shipped, "u-hospital-1")
    actor = shipped.actor(review.person or "")
    shipped.parts.drafts.discard(actor, review.id, "comment_draft", None)
    empty = {f"{PART}tasks": "清单", f"{COMMENT}problems": " "}
    assert writer.post(page, page, save="1", trigger="submit", **empty).status_code in (303, 412)
    assert shipped.parts.drafts.read(actor, review.id, "comment_draft") is None


def test_what_was_found_stands_at_its_part_where_the_next_version_is_written(shipped: Site):
    unit, auditor = "u-hospital-1-05", shipped.actor(AUDITOR)
    review = shipped.review_of(unit)
    texts = dict.fromkeys(("achievements", "problems", "tasks"), "这是写在这里的一段。")
    handed_in = {"documents": {"report": {"parts": texts}}}
    assert shipped.fire(unit, "submit", data=handed_in).outcome == "done"
    row = {"place": "problems", "paragraph": "1", "finding": "没有原因。"}
    found = {"documents": {"findings": {"rows": [row]}, **assessed("unmet")["documents"]}}
    sent_back = shipped.fire(unit, "return_unit_audit", auditor.person or "", data=found)
    assert sent_back.outcome == "done"
    shipped.password(review.person or "")
    writer = Visitor(shipped).sign_in(review.person or "")
    card = writer.text(page_of(shipped, unit)).partition('data-part="problems"')[2]
    assert "总结成绩是否实事求是：评定：不符合" in card
    assert re.search("第 1 段</span> 没有原因。.*○ 该段未改", card.partition("</section>")[0])
    typed = {f"{PART}{name}": "这是写在这里的一段。" for name in texts} | {
        f"{PART}problems": "这是写在这里的一段有原因。"
    }
    writer.post(page_of(shipped, unit), page_of(shipped, unit), save="1", trigger="submit", **typed)
    shown = writer.text(page_of(shipped, unit))
    assert re.search("第 1 段</span> 没有原因。.*✓ 已改", shown)
    before = shown.partition('id="before"')[2]
    assert "加 3 字" in before
    assert "这是写在这里的一段<ins>有原因</ins>。" in before
    assert "成绩清单 第 1 段" not in before
    (tag,) = re.findall('name="draft.report" value="([^"]+)"', shown)
    typed |= {
        f"{PART}problems": "另写。",
        f"{PART}tasks": "这是写在这里的一段。\n这是写在这里的一段。",
        "draft.report": tag,
    }
    writer.post(page_of(shipped, unit), page_of(shipped, unit), save="1", trigger="submit", **typed)
    shown = writer.text(page_of(shipped, unit))
    for part in ("problems", "tasks"):
        card = shown.partition(f'data-found="{part}"')[2].partition("</section>")[0]
        assert "由问题清单第 1 段移到了" in card


def test_why_somebody_cannot_do_several_things_with_their_own_case_is_said_once(
    site: Site, writer: Visitor
):
    shown = writer.text(f"/cases/{site.review_of(UNIT).id}")
    assert shown.count("不得办理本人的") == 1
