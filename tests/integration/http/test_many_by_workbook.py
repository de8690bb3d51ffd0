"""One trigger for many cases by a workbook, over HTTP and on both stores: all of them or none."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from werkzeug.test import TestResponse

from services.workflow.adapters.http import documents
from services.workflow.adapters.http.access import DOOR
from services.workflow.application.rate import RateLimit
from services.workflow.application.workbooks import MEDIA
from tests.integration.http.conftest import STORES
from tests.integration.http.forms import Browser, Form, Page
from tests.integration.http.service import begin
from tests.integration.http.test_bad_input import require_problem
from tests.integration.http.test_meetings import HEARD, SHIPPED, Year
from tests.integration.http.test_sights import signed_in

HOST = "c.off"
SCORE = "kind=review&trigger=score"
CORRECT = "kind=review&trigger=correct_score"
FIGURES = {
    "现场评议得分": "９１．5",
    "星级达标创建": 90,
    "年度考核": "085.50",
    "日常掌握情况": 80.1,
}
LISTED = {"问题": "学习不够", "发现途径": "自己查摆", "责任人": "c-h1.sec", "措施": "每月一次"}
LISTED |= {"整改类型": "立行立改", "期限": "2020年3月2日"}


@pytest.fixture(params=STORES, scope="module")
def year(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Year]:
    """The commission's meeting has heard three, whose figures are to be given."""
    folder = tmp_path_factory.mktemp("many")
    made = Year(begin(request.param, folder, request, schemes=[SHIPPED]))
    made.on("01-09")
    made.pass_reports("c", *HEARD["c"])
    for unit, day in (("w", "01-20"), ("c", "01-21")):
        made.schedule(unit, day)
    made.on("01-20")
    made.hold("w")
    made.on("01-21")
    made.meet("c", "open_session")
    made.gather("c")
    made.hear("c")
    yield made
    made.service.parts.database.close()


def path(year: Year, query: str) -> str:
    return f"/v1/cycles/{year.service.cycle}/workbook?{query}"


def template(year: Year, query: str = SCORE, person: str = HOST) -> TestResponse:
    return year.service.get(path(year, query), person)


def filled(
    year: Year,
    fill: Callable[[Any, dict[str, int]], None],
    query: str = SCORE,
    person: str = HOST,
) -> bytes:
    """Return the template as somebody fills it in, who finds columns by their headings."""
    book = load_workbook(BytesIO(template(year, query, person).data))
    sheet = book.active
    fill(sheet, {cell.value: cell.column for cell in sheet[1]})
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def scored(sheet: Any, at: dict[str, int]) -> None:
    for row in range(2, sheet.max_row + 1):
        for heading, value in FIGURES.items():
            sheet.cell(row, at[heading], value)


def bring(year: Year, content: bytes, query: str = SCORE, **more: Any) -> TestResponse:
    headers = {"Content-Type": MEDIA}
    more = {"person": HOST} | more
    return year.service.call("POST", path(year, query), raw=content, headers=headers, **more)


def told(answer: TestResponse) -> list[tuple[str, str]]:
    require_problem(answer, 422)
    return [(one["field"], one["code"]) for one in answer.json["errors"]]


def test_the_template_has_a_line_for_each_case_that_waits(year: Year):
    sheet = load_workbook(BytesIO(template(year).data)).active
    first, *rows = sheet.iter_rows(values_only=True)
    assert first[:3] == ("案号", "单位", "当事人")
    assert set(FIGURES) < set(first)
    waiting = {year.case("review", unit)["number"] for unit in HEARD["c"]}
    assert {row[0] for row in rows} == waiting
    assert all(row[1] and row[2] for row in rows)
    require_problem(template(year, person="c-h1.sec"), 422)  # nothing waits for them
    require_problem(template(year, "kind=review&trigger=nothing"), 422)
    require_problem(template(year, "kind=review&trigger=acknowledge"), 422)  # it takes nothing


def test_every_fault_is_told_at_its_cell_and_none_of_the_others_is_done(year: Year):
    def badly(sheet: Any, at: dict[str, int]) -> None:
        scored(sheet, at)
        sheet.cell(2, at["星级达标创建"], 101)
        sheet.cell(3, at["年度考核"]).value = None
        sheet.cell(3, at["单位"], "别的单位")
        sheet.cell(4, at["案号"], "2019-C-9999")
        sheet.append([sheet.cell(3, 1).value, None, None, 90])
        sheet.append(["=A2", None, None, 90])

    n_before = year.service.n_events()
    content = filled(year, badly)
    wrong = told(bring(year, content))
    assert wrong == [
        ("登记得分!E2", "out_of_range"),
        ("登记得分!B3", "not_of_this_number"),
        ("登记得分!F3", "required"),
        ("登记得分!A4", "case_unknown"),
        ("登记得分!A5", "case_repeated"),
        ("登记得分!A6", "cell_formula"),
    ]
    assert told(bring(year, content, query=f"{SCORE}&dry_run=true", key=None)) == wrong

    def worse(sheet: Any, at: dict[str, int]) -> None:
        scored(sheet, at)
        sheet.cell(2, at["星级达标创建"], 101)
        sheet.cell(3, at["年度考核"]).value = None

    content = filled(year, worse)
    wrong = set(told(bring(year, content)))
    assert wrong == {("登记得分!E2", "out_of_range"), ("登记得分!F3", "required")}
    assert told(bring(year, content, query=f"{SCORE}&dry_run=true", key=None))
    assert year.service.n_events() == n_before


def test_a_cell_that_is_no_score_is_told_in_which_way_and_what_would_be_one(year: Year):
    wrong = {91.555: "小数位数过多", -1: "超出范围", "九十": "不是有效的分数"}

    def badly(sheet: Any, at: dict[str, int]) -> None:
        scored(sheet, at)
        for row, value in enumerate(wrong, 2):
            sheet.cell(row, at["年度考核"], value)

    errors = bring(year, filled(year, badly)).json["errors"]
    assert [one["reason"] for one in errors] == [*wrong.values()]
    assert {one["accepted"] for one in errors} == {'0 到 100，至多两位小数，写作 "91.50"'}


def test_yes_and_no_are_asked_for_in_words(year: Year):
    query = "kind=review&trigger=mark"

    def marked(sheet: Any, at: dict[str, int]) -> None:
        sheet.cell(2, at["问题较多"], "maybe")
        sheet.cell(3, at["问题较多"], "是")
        for row in (2, 3):
            sheet.cell(row, at["理由"], "群众反映")

    answer = bring(year, filled(year, marked, query), query)
    assert told(answer) == [("标注问题或典型!E2", "not_yes_or_no")]
    assert answer.json["errors"][0]["reason"] == "应为“是”或“否”"


def test_a_cell_that_is_no_value_has_nothing_done_though_all_others_are_right(year: Year):
    def summed(sheet: Any, at: dict[str, int]) -> None:
        scored(sheet, at)
        sheet.cell(3, at["当事人"], "=C2")

    n_before = year.service.n_events()
    assert told(bring(year, filled(year, summed))) == [("登记得分!C3", "cell_formula")]
    assert year.service.n_events() == n_before


def test_a_copy_of_the_sheet_beside_it_is_told_and_none_is_done(year: Year):
    def copied(sheet: Any, at: dict[str, int]) -> None:
        scored(sheet, at)
        sheet.parent.copy_worksheet(sheet)

    n_before = year.service.n_events()
    assert told(bring(year, filled(year, copied))) == [("登记得分 Copy!A1", "sheet_unknown")]
    assert year.service.n_events() == n_before


def test_a_person_beside_a_number_may_be_named_without_their_post_and_by_their_id(year: Year):
    """As a list says it that was taken before another of that name came."""

    def spelled(sheet: Any, at: dict[str, int]) -> None:
        scored(sheet, at)
        first, second = (sheet.cell(row, at["当事人"]) for row in (2, 3))
        first.value = first.value.partition("（")[0]
        heard = (year.case("review", unit) for unit in HEARD["c"])
        people = {one["number"]: one["person"] for one in heard}
        second.value = people[sheet.cell(3, 1).value]

    content = filled(year, spelled)
    assert bring(year, content, query=f"{SCORE}&dry_run=true", key=None).status_code == 200


@pytest.mark.parametrize(("heading", "column"), [("当事人", "C"), ("单位", "B")])
def test_another_name_beside_a_number_is_told_and_none_is_done(
    year: Year, heading: str, column: str
):
    def apart(sheet: Any, at: dict[str, int]) -> None:
        scored(sheet, at)
        first, second, third = (sheet.cell(row, at[heading]) for row in (2, 3, 4))
        first.value, second.value = second.value, first.value
        third.value = None  # says nothing

    n_before = year.service.n_events()
    content = filled(year, apart)
    wrong = [(f"登记得分!{column}{row}", "not_of_this_number") for row in (2, 3)]
    assert told(bring(year, content)) == wrong
    assert told(bring(year, content, query=f"{SCORE}&dry_run=true", key=None)) == wrong
    assert year.service.n_events() == n_before


def test_an_empty_one_one_of_another_person_and_none_at_all_do_nothing(year: Year):
    n_before = year.service.n_events()
    empty = template(year).data
    assert told(bring(year, empty)) == [("", "workbook_empty")]
    content = filled(year, scored)
    require_problem(bring(year, content, person="c-h1.sec"), 422)
    require_problem(bring(year, content, key=None), 400)
    require_problem(bring(year, b"PK\x03\x04"), 422)
    require_problem(bring(year, content, query="kind=review&trigger=score&dry_run=yes"), 400)
    assert year.service.n_events() == n_before


def test_what_it_would_do_is_told_first_and_then_done_once(year: Year):
    content, n_before = filled(year, scored), year.service.n_events()
    seen = bring(year, content, query=f"{SCORE}&dry_run=true", key=None)
    assert seen.status_code == 200, seen.text
    documents.BROUGHT.load(seen.json)
    assert (seen.json["dry_run"], seen.json["n_cases"]) == (True, 3)
    assert {one["state"] for one in seen.json["cases"]} == {"scored"}
    assert year.service.n_events() == n_before
    one_more = 1 + 2  # the request, and a permit for each case but one
    with permits(year, one_more - 1):  # counted before anything is done
        assert bring(year, content, key="once").status_code == 429
    assert year.service.n_events() == n_before
    done = bring(year, content, key="once")
    assert (done.status_code, done.json["dry_run"]) == (200, False), done.text
    assert year.service.n_events() == n_before + 3
    with permits(year, 1):  # what was done takes none but the request's
        again = bring(year, content, key="once")
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json["cases"] == done.json["cases"]
    assert len({one["case"] for one in again.json["cases"]}) == 3
    elsewhere = bring(year, content, query=f"{SCORE}&unit=nowhere", key="once")  # judged no more
    assert elsewhere.json == again.json
    assert year.service.n_events() == n_before + 3
    assert told(bring(year, filled_again(content), key="once"))  # another under its key
    figures = year.service.get(f"/v1/cases/{year.case('review', 'c-h1')['id']}/figures", HOST).json[
        "gradings"
    ][0]
    given = {one["name"]: one["figure"] for one in figures["components"]}
    assert given == {"ballot": "91.50", "superior": "86.22"}


@contextmanager
def permits(year: Year, n: int) -> Iterator[None]:
    """Let each client have *n* permits, and no more for a long time."""
    door = year.service.app.extensions[DOOR]
    before, door._rate = door._rate, RateLimit(per_s=0.001, burst=n)
    try:
        yield
    finally:
        door._rate = before


def test_a_page_says_what_it_would_do_and_does_it_by_the_same_bytes(year: Year):
    browser = signed_in(year.service, HOST)
    room = browser.page(f"/cycles/{year.service.cycle}/workbooks")
    to = next(one for one in room.links if one.endswith("trigger=correct_score"))
    assert browser.open(to.replace("/workbook?", "/workbook.xlsx?")).mimetype == MEDIA
    content = filled(year, corrected, "kind=review&trigger=correct_score")
    (form,) = (one for one in browser.page(to).forms if one.action == to)
    n_before = year.service.n_events()
    bad = sent(browser, form, {"workbook": (BytesIO(b"PK"), "a.xlsx")})
    assert (bad.status_code, "办理" in bad.text) == (422, True)
    assert sent(browser, form, {}).status_code == 422
    seen = sent(browser, form, {"workbook": (BytesIO(content), "a.xlsx")})
    assert (seen.status_code, "读到 1 件" in seen.text) == (200, True), seen.text
    assert year.service.n_events() == n_before
    page = Page(to)
    page.feed(seen.text)
    (doing,) = (one for one in page.forms if "kept" in [each.name for each in one.inputs])
    other = {**doing.typed(), "do": "1", "workbook": (BytesIO(filled_again(content)), "b.xlsx")}
    for unseen in (other, {**doing.typed(), "do": "1", "seen": ""}):
        told_first = sent(browser, doing, unseen)
        assert (told_first.status_code, "不是刚才看过的" in told_first.text) == (200, True)
    assert year.service.n_events() == n_before
    done = sent(browser, doing, {**doing.typed(), "do": "1"})
    assert (done.status_code, "1 件都已办理" in done.text) == (200, True)
    assert year.service.n_events() > n_before
    n_after = year.service.n_events()
    assert sent(browser, doing, {**doing.typed(), "do": "1"}).status_code == 200  # pressed twice
    assert year.service.n_events() == n_after


def test_a_page_says_whom_each_line_is_about_and_what_it_says(year: Year):
    browser, to = signed_in(year.service, HOST), f"/cycles/{year.service.cycle}/workbook?{CORRECT}"
    (form,) = (one for one in browser.page(to).forms if one.action == to)
    content = filled(year, corrected, CORRECT)
    number, _unit, person = (cell.value for cell in load_workbook(BytesIO(content)).active[2][:3])
    seen = sent(browser, form, {"workbook": (BytesIO(content), "a.xlsx")}).text
    (line,) = (row for row in re.findall(r"<tr>.*?</tr>", seen, re.DOTALL) if number in row)
    assert person in line
    assert "年度考核 70，日常掌握情况 70，理由 录入有误" in line


def test_a_case_that_moved_since_it_was_looked_at_is_looked_at_again(year: Year):
    """Not even what keeps its state is written over: it may just have been decided otherwise."""
    browser, to = signed_in(year.service, HOST), f"/cycles/{year.service.cycle}/workbook?{CORRECT}"
    (form,) = (one for one in browser.page(to).forms if one.action == to)
    content = filled(year, corrected, CORRECT)

    def looked(answer: TestResponse) -> Form:
        page = Page(to)
        page.feed(answer.text)
        return next(one for one in page.forms if "kept" in [each.name for each in one.inputs])

    doing = looked(sent(browser, form, {"workbook": (BytesIO(content), "a.xlsx")}))
    moved(year, content)
    n_before = year.service.n_events()
    again = sent(browser, doing, {**doing.typed(), "do": "1"})
    assert again.status_code == 200
    assert "又有变动" in again.text
    assert "还没有办理" in again.text
    assert year.service.n_events() == n_before
    unsaid = {name: text for name, text in looked(again).typed().items() if name != "version"}
    assert "又有变动" in sent(browser, doing, {**unsaid, "do": "1"}).text
    assert year.service.n_events() == n_before
    done = sent(browser, doing, {**looked(again).typed(), "do": "1"})
    assert "1 件都已办理" in done.text
    assert year.service.n_events() > n_before


def test_what_was_seen_is_done_or_nothing_is(year: Year):
    content = filled(year, corrected, CORRECT)
    seen = bring(year, content, query=f"{CORRECT}&dry_run=true", key=None).json["seen"]
    moved(year, content)
    n_before = year.service.n_events()
    refused = bring(year, content, query=f"{CORRECT}&seen={seen}", key="first")
    require_problem(refused, 412)
    assert refused.json["code"] == "moved_since_seen"
    assert year.service.n_events() == n_before
    seen = bring(year, content, query=f"{CORRECT}&dry_run=true", key=None).json["seen"]
    for _ in range(2):  # and under its key again
        done = bring(year, content, query=f"{CORRECT}&seen={seen}", key="second")
        assert done.status_code == 200, done.text
    require_problem(bring(year, content, query=f"{CORRECT}&seen=x", key="third"), 400)


def moved(year: Year, content: bytes) -> None:
    """Bring the same in another tab: what it is about keeps its state."""
    done = bring(year, content, query=CORRECT)
    assert done.status_code == 200, done.text


def corrected(sheet: Any, at: dict[str, int]) -> None:
    sheet.cell(2, at["星级达标创建"], 70)
    sheet.cell(2, at["年度考核"], 70)
    sheet.cell(2, at["日常掌握情况"], 70)
    sheet.cell(2, at["理由"], "录入有误")


def sent(browser: Browser, form: Form, more: dict[str, Any]) -> TestResponse:
    typed = {name: text for name, text in form.typed().items() if name != "workbook"}
    return browser.send(form, typed | more, "multipart/form-data")


def filled_again(content: bytes) -> bytes:
    book = load_workbook(BytesIO(content))
    book.active.cell(2, 4, 70)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def test_items_are_one_sheet_with_as_many_lines_as_a_case_has(year: Year):
    for trigger in ("give_opinion", "approve_opinion"):
        decided = {"decisions": [{"date": "2020-01-21", "minutes": "会〔2020〕1号"}]}
        year.done(year.case("review", "c-h1"), trigger, HOST, data=decided)
    mine = year.case("review", "c-h1")
    year.done(mine, "give_feedback", HOST)
    query, by = "kind=review&trigger=start_rectification", "c-h1.sec"

    def listed(sheet: Any, at: dict[str, int]) -> None:
        sheet.cell(3, 1, mine["number"])
        for row, problem in ((2, "学习不够"), (3, "责任不清")):
            for heading, value in (LISTED | {"问题": problem}).items():
                sheet.cell(row, at[heading], value)

    def wrongly(sheet: Any, at: dict[str, int]) -> None:
        listed(sheet, at)
        sheet.cell(2, at["整改类型"], "立即")
        sheet.cell(3, at["期限"]).value = None

    wrong = told(bring(year, filled(year, wrongly, query, by), query, person=by))
    assert [(at[-1], code) for at, code in wrong] == [("2", "not_a_choice"), ("3", "required")]
    content = filled(year, listed, query, by)
    n_before = len(items(year))
    assert load_workbook(BytesIO(content)).sheetnames == ["三张清单"]
    done = bring(year, content, query, person=by)
    assert done.status_code == 200, done.text
    made = items(year)[n_before:]
    assert [one["number"].rpartition("/")[2] for one in made] == ["01", "02"]
    assert {one["due_on"] for one in made} == {"2020-03-02"}


def items(year: Year) -> list[dict[str, Any]]:
    found = year.service.get("/v1/cases?kind=item&limit=200").json["items"]
    return sorted(found, key=lambda one: str(one["number"]))
