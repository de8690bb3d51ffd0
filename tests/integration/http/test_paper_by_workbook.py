"""What was counted on paper, by workbooks: over HTTP, on a page, and on both stores; by two."""

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from werkzeug.test import TestResponse

from services.workflow.adapters.files import scheme_file
from services.workflow.adapters.http import documents
from services.workflow.application.ballots import paper_sheets
from services.workflow.application.workbooks import MEDIA
from tests.integration.http.conftest import STORES
from tests.integration.http.forms import Page
from tests.integration.http.service import Service, begin
from tests.integration.http.test_bad_input import require_problem
from tests.integration.http.test_many_by_workbook import sent
from tests.integration.http.test_polls import HOST, require_code, room_of, slips
from tests.integration.http.test_sights import signed_in
from tests.integration.http.test_tallies import balloting, sealed
from tests.unit.workflow.case.played import NOTICE

OTHER = "c.sec"
SHEETS = ("票数", "各项张数")
Fill = Callable[[Any, Any], None]


@pytest.fixture(params=STORES)
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    shipped = scheme_file.load(NOTICE.read_text(), NOTICE.name)
    found = begin(request.param, tmp_path, request, schemes=(shipped,))
    yield found
    found.parts.database.close()


@pytest.fixture
def room(service: Service) -> str:
    return room_of(service)


def path(room: str) -> str:
    return f"{room}/paper-counts/workbook"


def template(service: Service, room: str, person: str = HOST) -> Any:
    answer = service.get(path(room), person)
    assert answer.status_code == 200, answer.text
    return load_workbook(BytesIO(answer.data))


def saved(book: Workbook) -> bytes:
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def good(sums: Any, counts: Any) -> None:
    """Fill in three sheets of members that say good of everybody, and none of the others."""
    members = sums.cell(2, 1).value
    for row in range(2, sums.max_row + 1):
        for column in range(2, 6):
            sums.cell(row, column, 0)
    sums.cell(2, 2, "３")  # as an office types it
    at = {cell.value: cell.column for cell in counts[1]}
    for row in range(2, counts.max_row + 1):
        if counts.cell(row, 1).value == members:
            counts.cell(row, at["好"], 3)


def filled(service: Service, room: str, *fills: Fill) -> bytes:
    book = template(service, room)
    for fill in (good, *fills):
        fill(*(book[name] for name in SHEETS))
    return saved(book)


def bring(service: Service, room: str, content: bytes, **more: Any) -> TestResponse:
    to = path(room) + ("?dry_run=true" if more.pop("dry_run", False) else "")
    more = {"person": HOST, "key": None} | more
    return service.call("POST", to, raw=content, headers={"Content-Type": MEDIA}, **more)


def told(answer: TestResponse) -> set[tuple[str, str]]:
    require_problem(answer, 422)
    return {(one["field"], one["code"]) for one in answer.json["errors"]}


def counted_by(service: Service, room: str) -> list[str]:
    found: list[str] = service.get(room.rpartition("/")[0], HOST).json["items"][0]["counted_by"]
    return found


def test_two_count_by_workbooks_each_for_themselves_and_the_tally_is_of_both(
    service: Service, room: str
):
    cases = sealed(service, room)
    content = filled(service, room)
    seen = bring(service, room, content, dry_run=True)
    documents.PAPER_BROUGHT.load(seen.json)
    assert (seen.json["dry_run"], seen.json["counted_by"]) == (True, [])
    members = seen.json["electorates"]["members"]
    assert {one["about"]: one["n"] for one in members["counts"]} == dict.fromkeys(cases, 3)
    assert counted_by(service, room) == []
    assert bring(service, room, content).json["counted_by"] == [HOST]
    assert bring(service, room, content).json["counted_by"] == [HOST]  # and again: still one
    once = service.call("POST", f"{room}/tally", {}, person=HOST, key="tell")
    assert "paper_counted_once" in {code for _, code in told(once)}
    blank = template(service, room, OTHER)  # which says nothing of what the first has counted
    assert all(cell.value is None for row in blank["票数"]["B2:E9"] for cell in row)
    assert bring(service, room, content, person=OTHER).json["counted_by"] == sorted((HOST, OTHER))
    done = service.call("POST", f"{room}/tally", {}, person=HOST, key="tell")
    assert done.status_code == 201, done.text
    require_code(bring(service, room, content), 409, "poll_counted")


def test_two_workbooks_that_differ_are_told_and_nobody_counts_a_third_time(
    service: Service, room: str
):
    def otherwise(sums: Any, _counts: Any) -> None:
        sums.cell(2, 3, 1)

    sealed(service, room)
    assert bring(service, room, filled(service, room)).status_code == 200
    assert bring(service, room, filled(service, room, otherwise), person=OTHER).status_code == 200
    once = service.call("POST", f"{room}/tally", {}, person=HOST, key="tell")
    assert "paper_counts_differ" in {code for _, code in told(once)}


def test_another_name_beside_a_number_is_told_and_nothing_is_kept(service: Service, room: str):
    def apart(_sums: Any, counts: Any) -> None:
        counts.cell(2, 3, "别人")
        counts.cell(3, 3).value = None

    sealed(service, room)
    answer = bring(service, room, filled(service, room, apart))
    assert told(answer) == {("各项张数!C2", "not_of_this_number")}
    assert counted_by(service, room) == []


def test_a_filled_sheet_that_nothing_reads_is_told(service: Service, room: str):
    sealed(service, room)
    book = template(service, room)
    good(*(book[name] for name in SHEETS))
    book.create_sheet("空")
    book.create_sheet("多余").append(["另计"])
    assert told(bring(service, room, saved(book))) == {("多余!A1", "sheet_unknown")}


def test_every_fault_is_told_at_its_cell_and_nothing_is_kept(service: Service, room: str):
    def badly(sums: Any, counts: Any) -> None:
        sums.cell(2, 3, -1)
        sums.cell(2, 4).value = None
        sums.cell(3, 1, "火星人")
        counts.cell(2, 2, "2019-X-0001")
        counts.cell(3, 5, "三张")
        counts.cell(4, 1).value = None
        sums.cell(3, 2, "=B2")
        counts.merge_cells("A7:B8")
        for column in range(1, 5):
            counts.cell(6, column, counts.cell(5, column).value)

    sealed(service, room)
    assert told(bring(service, room, filled(service, room, badly))) == {
        ("票数!C2", "out_of_range"),
        ("票数!D2", "required"),
        ("票数!A3", "not_a_choice"),
        ("票数!A1", "paper_line_lacking"),
        ("各项张数!B2", "not_on_the_sheet"),
        ("各项张数!E3", "not_an_integer"),
        ("各项张数!A4", "required"),
        ("各项张数!B6", "repeated"),
        ("票数!B3", "cell_formula"),
        ("各项张数!A7", "cell_merged"),
    }
    assert counted_by(service, room) == []


def test_what_does_not_add_up_is_told_where_it_is_counted(service: Service, room: str):
    def short(_sums: Any, counts: Any) -> None:
        counts.cell(3, {cell.value: cell.column for cell in counts[1]}["好"], 2)
        counts.delete_rows(2)

    sealed(service, room)
    answer = bring(service, room, filled(service, room, short), dry_run=True)
    assert told(answer) == {
        ("票数!B2", "does_not_add_up"),  # of whom there is no line
        ("各项张数!E2", "does_not_add_up"),
    }


def short(counts: Any, *rows: int) -> None:
    for row in rows:
        counts.cell(row, 5, 2)


def formula(_sums: Any, counts: Any) -> set[tuple[str, str]]:
    counts.cell(3, 5, "=E2")
    short(counts, 4)
    return {("各项张数!E3", "cell_formula"), ("各项张数!E4", "does_not_add_up")}


def void(sums: Any, counts: Any) -> set[tuple[str, str]]:
    sums.cell(2, 3).value = None
    short(counts, 2, 4)
    sums_up = {(f"各项张数!E{row}", "does_not_add_up") for row in (2, 4)}
    return {("票数!C2", "required"), *sums_up}


def no_sum(sums: Any, counts: Any) -> set[tuple[str, str]]:
    sums.cell(2, 2, "三")
    short(counts, 2)
    counts.cell(counts.max_row, 5, 1)  # of the others, who have handed in none
    return {
        ("票数!B2", "not_an_integer"),
        (f"各项张数!E{counts.max_row}", "does_not_add_up"),
    }


def nobody(_sums: Any, counts: Any) -> set[tuple[str, str]]:
    counts.cell(2, 2, "2019-X-0001")  # one line too few, and whose it is nobody knows
    short(counts, 3)
    return {("各项张数!B2", "not_on_the_sheet"), ("各项张数!E3", "does_not_add_up")}


def merged(_sums: Any, counts: Any) -> set[tuple[str, str]]:
    counts.merge_cells("A2:A3")
    short(counts, 4)
    return {("各项张数!A2", "cell_merged"), ("各项张数!E4", "does_not_add_up")}


def twice(_sums: Any, counts: Any) -> set[tuple[str, str]]:
    for column in range(1, 5):
        counts.cell(3, column, counts.cell(2, column).value)
    short(counts, 2, 4)
    return {
        ("各项张数!B3", "repeated"),
        ("各项张数!E4", "does_not_add_up"),
        ("票数!B2", "does_not_add_up"),  # of whom the second line should have been
    }


@pytest.mark.parametrize("fill", [formula, void, no_sum, nobody, merged, twice])
def test_what_can_be_summed_up_is_whatever_is_at_fault_beside_it(
    service: Service, room: str, fill: Callable[[Any, Any], set[tuple[str, str]]]
):
    """What hangs on no cell at fault is told with it; what does, is not guessed at."""
    sealed(service, room)
    book = template(service, room)
    sheets = [book[name] for name in SHEETS]
    good(*sheets)
    wrong = fill(*sheets)
    assert told(bring(service, room, saved(book))) == wrong
    assert counted_by(service, room) == []


def test_what_does_not_add_up_says_both_figures(service: Service, room: str):
    def short(_sums: Any, counts: Any) -> None:
        counts.cell(2, 5, 2)

    sealed(service, room)
    (error,) = bring(service, room, filled(service, room, short)).json["errors"]
    assert error["accepted"] == "3（现为 2）"


def test_a_deputy_is_refused_before_anything_is_kept_as_when_typed(service: Service, room: str):
    handed = {"deputy": OTHER, "person": HOST, "unit": "c", "roles": ["office"]}
    days = {"from": "2020-01-08", "until": "2020-01-10"}
    service.call("PUT", "/v1/deputies/delegations", handed | days, person=HOST, key=None)
    sealed(service, room)
    content = filled(service, room)
    assert bring(service, room, content).status_code == 200
    for dry_run in (True, False):
        refused = bring(service, room, content, person=OTHER, dry_run=dry_run)
        require_code(refused, 403, "counted_by_the_same")
    assert counted_by(service, room) == [HOST]


def test_before_it_is_closed_there_is_nothing_to_count_and_to_others_no_poll(
    service: Service, room: str
):
    slips(service, room, 2, rehearsal=False)
    require_code(service.get(path(room), HOST), 409, "poll_not_open")
    balloting(service, room)
    require_code(service.get(path(room), HOST), 409, "poll_not_closed")
    require_code(bring(service, room, b"none"), 409, "poll_not_closed")
    assert service.get(path(room), "c-h1.sec").status_code in (403, 404)
    assert service.get(path(room.replace("hall", "nothing")), HOST).status_code == 404
    sealed_by_hand = service.call("POST", f"{room}/closing", {}, person=HOST)
    assert sealed_by_hand.status_code == 200
    assert bring(service, room, b"none").status_code == 422


def test_figures_of_a_range_are_counted_a_line_for_each(service: Service, room: str):
    """A sheet of points has a line for each figure that was given; spellings are one."""
    sheets = paper_sheets.PaperSheets(
        rule={
            "points": None,
            "range": {"from": 60, "to": 100, "step": "0.5"},
            "electorates": [{"name": "hall"}],
            "questions": ["overall"],
            "blanks": "counted",
        },
        numbers={"review/1": "2019-C-0001"},
        boxes={"hall": "大会"},
        questions={"overall": "总体"},
        values={"": "不评"},
    )
    office = service.parts.paper_workbooks.office
    kept = type("Kept", (), {"covered": [type("C", (), {"stream": "review/1"})]})
    kept.rule = sheets.rule

    def read(*lines: tuple[object, object], n_paper: int = 5) -> Any:
        head = ["大会", "2019-C-0001", "", "总体"]
        counts = sheets.counts.table([[*head, *line] for line in lines])
        sums = sheets.sums.table([["大会", n_paper, 0, 0, 0]])
        return sheets.read(office.read(office.write([sums, counts])).sheets, kept, {})

    brought = read((85, 2), ("０85.50", 2), ("不评", 1), (None, None))
    counts = brought.papers["hall"].counts
    assert {value: n for (*_, value), n in counts.items()} == {"85": 2, "85.5": 2, "": 1}
    for lines, wrong in {
        ((85, 2), ("85.0", 3)): {("各项张数!E3", "repeated")},
        ((59, 5),): {("各项张数!E2", "out_of_range")},
        (("优", 5),): {("各项张数!E2", "out_of_range")},
        ((85, None),): {("各项张数!F2", "required")},
        ((None, 5),): {("各项张数!E2", "required")},
        ((85, 4),): {("各项张数!E2", "does_not_add_up")},
        ((85, 2), ("优", 5)): {("各项张数!E3", "out_of_range")},
        ((85, 2), (86, "两")): {("各项张数!F3", "not_an_integer")},
    }.items():
        with pytest.raises(paper_sheets.UnfitWorkbook) as unfit:
            read(*lines)
        assert {(one.field, one.code) for one in unfit.value.blockers} == wrong


def test_a_page_shows_what_it_read_and_keeps_it_by_the_same_bytes(service: Service, room: str):
    sealed(service, room)
    content = filled(service, room)
    polls = room.removeprefix("/v1").removesuffix("/hall")
    browser = signed_in(service, HOST)
    to = f"{polls}/hall/workbook"
    assert to in browser.page(polls).links
    assert browser.open(f"{to}.xlsx").mimetype == MEDIA
    (form,) = (one for one in browser.page(to).forms if one.action == to)
    bad = sent(browser, form, {"workbook": (BytesIO(b"PK"), "a.xlsx")})
    assert bad.status_code == 422
    seen = sent(browser, form, {"workbook": (BytesIO(content), "a.xlsx")})
    assert (seen.status_code, "好 × 3" in seen.text) == (200, True), seen.text
    assert counted_by(service, room) == []
    page = Page(to)
    page.feed(seen.text)
    (doing,) = (one for one in page.forms if "kept" in [each.name for each in one.inputs])
    done = sent(browser, doing, {**doing.typed(), "do": "1"})
    assert (done.status_code, "已有 1 人录入" in done.text) == (200, True)
    assert counted_by(service, room) == [HOST]


def test_a_page_names_the_cell_at_which_the_sums_of_each_electorate_begin(
    service: Service, room: str
):
    sealed(service, room)
    to, browser = f"{room.removeprefix('/v1')}/workbook", signed_in(service, HOST)
    (form,) = (one for one in browser.page(to).forms if one.action == to)
    content = BytesIO(filled(service, room))
    seen = sent(browser, form, {"workbook": (content, "a.xlsx")}).text
    assert sorted(re.findall("票数!([A-Z]+[0-9]+)", seen)) == ["B2", "B3"]
