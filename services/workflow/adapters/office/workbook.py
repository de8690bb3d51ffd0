"""Workbooks (xlsx): read strictly, written so that a text stays one.

The one idea: what is taken is values. A formula shows one thing and says another, a merged or
hidden cell says what nobody sees, so each is told by its place, for what is wrong with the others
to be told as well; one that is no value is read as an empty one. What the library does not tell of
a sheet is read from the sheet's own XML, which was unpacked before.
"""

import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import chain, islice
from typing import Any, TypeGuard
from unicodedata import normalize
from zipfile import ZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.worksheet.datavalidation import DataValidation

from services.workflow.adapters.office import layout
from services.workflow.adapters.office.archive import MIB, Family, opened
from services.workflow.application.attachments import UnfitFile
from services.workflow.application.workbooks import (
    MOST_FAULTS,
    MOST_LINES,
    Book,
    Line,
    Padded,
    Sheet,
    Span,
    Table,
    Value,
    at,
    title,
)
from services.workflow.domain.refusals import Blocker

MOST_UNPACKED = 32 * MIB
MOST_CELLS = 400_000  # that are written down, empty ones too
MOST_SHEETS = 20
_LAST_LINE = 1_048_576  # of a sheet, in any office suite
_MOST_PASSED = 2 * _LAST_LINE  # lines of all sheets, those that are lacking too
_WORKBOOK = Family(
    needed=frozenset({"[Content_Types].xml", "xl/workbook.xml"}),
    unknown="workbook_kind_unknown",
    most_unpacked=MOST_UNPACKED,
    too_large="workbook_too_large",
    # What acts in a workbook, or reaches out of it, by where it lies.
    apart={
        "xl/macrosheets/": "file_macros",
        "xl/dialogsheets/": "file_macros",
        "xl/externallinks/": "file_reaches_out",
        "xl/connections.xml": "file_reaches_out",
        "xl/querytables/": "file_reaches_out",
        "xl/model/": "file_reaches_out",
        "xl/embeddings/": "file_acts",
        "xl/activex/": "file_acts",
        "xl/ctrlprops/": "file_acts",
        "xl/webextensions/": "file_acts",
    },
)
# What the library makes objects of, at once, is counted before: looks and names are few, texts as
# many as there can be cells. Only what is called so may be large, and only as what it is called.
_SHEETS, _TEXTS = "xl/worksheets/", "xl/sharedStrings.xml"
_LARGE = {_SHEETS: (b"worksheet+xml", 8 * MOST_CELLS), _TEXTS: (b"sharedStrings+xml", 500_000)}
_MOST_TAGS = 50_000
_LISTED = re.compile(rb"<(?:\w+:)?sheet[\s/>]")
_TYPES = "[Content_Types].xml"
_TYPED = re.compile(rb"<[^<]*?\bContentType\s*=\s*[\"']([^\"'<]*)[^<]*")
_CELL = rb"[A-Z]{1,3}\d{1,7}"
_MERGED = re.compile(
    rb"<(?:\w+:)?mergeCell\s[^<]*?\bref\s*=\s*[\"'](%b(?::%b)?)[\"']" % (_CELL, _CELL)
)
# How the format spells a character by its number; a text that looks so has its first mark spelled.
_SPELLED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_ZEROS = re.compile(r"(0{2,40})(_.|;.*)?", re.DOTALL)  # of a format: 12 is seen as 0012
_SURROGATES = range(0xD800, 0xE000)
_MOST_CHOICES = 255  # characters of a list that a cell chooses from
_LIST_MARKS = ',"'  # that such a list is made of
# Around what is typed: blanks of every width, and marks without any, as web pages have them.
_BLANK = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\u200b\u2060\ufeff"
_WIDEST = 50
_Unfit = tuple[Blocker, Span | None]  # and what it is about: no cell, where that is a whole sheet
_WIDTH = 2.2  # of a Han character, in those that a column's width is measured by

# It warns of what it leaves out of a workbook: looks, and lists to choose from. No value is one.
warnings.filterwarnings("ignore", module="openpyxl")


# --- Reading ---


def read(content: bytes) -> Book:
    """Return a workbook, of each sheet the lines that say something.

    Raises:
        UnfitFile: it is none, or does not come alone.
    """
    with opened(content, _WORKBOOK) as archive:
        _require_few(archive)
        try:
            book = load_workbook(BytesIO(content), read_only=True, keep_links=False)
            return _book(book.worksheets, archive)
        except UnfitFile:
            raise
        except Exception as error:  # the library raises whatever it trips over
            raise UnfitFile("file_broken") from error


def _require_few(archive: ZipFile) -> None:
    """Return if the library has little to make objects of, whatever the file says is where."""
    for found in _TYPED.finditer(archive.read(_TYPES)):
        for name, (told, _) in _LARGE.items():
            if name.encode() in found[0] and not found[1].endswith(told):
                raise UnfitFile("file_broken")
    n_sheets = n_cells = 0
    for name in archive.namelist():
        content = archive.read(name)
        most = next((most for one, (_, most) in _LARGE.items() if name.startswith(one)), _MOST_TAGS)
        if content.count(b"<") > most:
            raise UnfitFile("workbook_overladen", most=most)
        if not name.startswith(_SHEETS):
            n_sheets += sum(1 for _ in _LISTED.finditer(content))
        else:
            n_cells += content.count(b"<c ") + content.count(b"<c>")
    if n_cells > MOST_CELLS:  # told before any is read, which takes seconds
        raise _too_large()
    if n_sheets > MOST_SHEETS:
        raise UnfitFile("sheets_too_many", most=MOST_SHEETS)


@dataclass(slots=True)
class _Room:
    """What the sheets of a workbook may have yet, all of them together."""

    cells: int = MOST_CELLS
    lines: int = _MOST_PASSED

    def take(self, row: Sequence[Any]) -> None:
        self.cells -= len(row)
        self.lines -= 1
        if min(self.cells, self.lines) < 0:
            raise _too_large()


def _too_large() -> UnfitFile:
    return UnfitFile("workbook_too_large", most=MOST_UNPACKED // MIB)


def _book(found: Sequence[Any], archive: ZipFile) -> Book:
    names = {one.title.casefold() for one in found}
    if min(len(names), len({_member(one) for one in found})) < len(found):
        raise UnfitFile("file_broken")  # one sheet, to be read many times; or two of one name
    sheets, unfit, room = list[Sheet](), list[_Unfit](), _Room()
    for one in found:
        xml = archive.read(_member(one))
        unseen = layout.unseen(xml)
        lines, no_values = _read(one, room)
        sheets.append(Sheet(name=one.title, lines=lines))
        faults = chain(_hidden(one, lines, unseen), _merged(one.title, xml), no_values)
        unfit += islice(faults, MOST_FAULTS + 1)
        if len(unfit) > MOST_FAULTS:
            break
    spans = [span for _, span in unfit if span is not None]
    return Book(sheets=sheets, unfit=[blocker for blocker, _ in unfit], spans=spans)


def _member(sheet: Any) -> str:
    return str(sheet._worksheet_path)  # noqa: SLF001 - it says nowhere else which member a sheet is


def _read(sheet: Any, room: _Room) -> tuple[list[Line], list[_Unfit]]:
    sheet.reset_dimensions()  # what it says of its own size is not believed
    lines, unfit = list[Line](), list[_Unfit]()
    for number, row in enumerate(sheet.iter_rows(), 1):
        if number > _LAST_LINE:  # lines that are lacking are made, up to whatever number one has
            raise UnfitFile("file_broken")
        room.take(row)
        if not row:
            continue
        no_values = dict(_no_values(row))
        for column, code in no_values.items():
            unfit.append(_unfit(code, Span(sheet.title, column, number, column, number)))
        if len(unfit) > MOST_FAULTS:
            break
        cells = tuple(_value(cell.value) if _is_no_number(cell) else _number(cell) for cell in row)
        if no_values:
            cells = tuple(None if nth in no_values else cell for nth, cell in enumerate(cells))
        if any(cell is not None for cell in cells):
            if len(lines) == MOST_LINES:
                raise UnfitFile("sheet_too_long", most=MOST_LINES)
            lines.append(Line(number, cells))
    return lines, unfit


def _no_values(row: Iterable[Any]) -> Iterator[tuple[int, str]]:
    for column, cell in enumerate(row):
        if cell.data_type == "f":
            yield column, "cell_formula"
        elif cell.data_type == "e":
            yield column, "cell_error"
        elif cell.value is not None and not isinstance(cell.value, Value):
            yield column, "cell_duration"
        elif _is_number(cell.value) and layout.shows_another(cell.number_format, cell.value):
            yield column, "cell_shown_otherwise"


def _is_number(value: Any) -> TypeGuard[float]:
    return type(value) in (int, float)


def _unfit(code: str, span: Span) -> _Unfit:
    return Blocker(code=code, field=at(span.sheet, span.top, span.first)), span


def _is_no_number(cell: Any) -> bool:
    return type(cell.value) is not int or cell.value < 0


def _number(cell: Any) -> Value:
    """Return a number; one whose format is zeros alone, as what is seen of it."""
    zeros = _ZEROS.fullmatch(cell.number_format)
    number: int = cell.value
    return number if zeros is None else Padded.of(number, len(zeros[1]))


def _value(value: Any) -> Value:
    if not isinstance(value, str):
        return value if isinstance(value, Value) else None
    told = _SPELLED.sub(_character, value).replace("\r\n", "\n").replace("\r", "\n")
    return normalize("NFC", told).strip(_BLANK) or None


def _character(spelled: re.Match[str]) -> str:
    code = int(spelled[1], 16)
    return spelled[0] if code in _SURROGATES else chr(code)


def _hidden(sheet: Any, lines: Sequence[Line], unseen: layout.Unseen) -> Iterator[_Unfit]:
    """Yield what says something, and nobody sees."""
    if sheet.sheet_state != "visible":
        params = {"sheet": sheet.title}
        yield Blocker(code="sheet_hidden", field=at(sheet.title, 1, 0), params=params), None
    for line in lines:
        if line.number in unseen.lines:
            yield Blocker(code="row_hidden", field=at(sheet.title, line.number, 0)), None
    for column in unseen.columns:
        said = (one.number for one in lines if any(map(_is_value, one.cells[column])))
        if (first := next(said, None)) is not None:
            yield Blocker(code="column_hidden", field=at(sheet.title, first, column.start)), None


def _is_value(cell: Value) -> bool:
    return cell is not None


def _merged(title: str, xml: bytes) -> Iterator[_Unfit]:
    for found in _MERGED.finditer(xml):
        first, top, last, bottom = range_boundaries(found[1].decode())
        span = Span(title, first - 1, top, last - 1, bottom)
        yield _unfit("cell_merged", span)


# --- Writing ---


def write(tables: Iterable[Table]) -> bytes:
    """Return a workbook in which every text is a text, whatever it begins with.

    Lines go to disk as they are made: a long list takes no more memory than a short one.
    """
    book = Workbook(write_only=True)
    for table in tables:
        _write(book.create_sheet(title(table.name)), table)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _write(sheet: Any, table: Table) -> None:
    sheet.freeze_panes = "A2"
    for column, heading in enumerate(table.headings, 1):
        width = min(_WIDEST, max(10, _WIDTH * len(heading) + 2))
        sheet.column_dimensions[get_column_letter(column)].width = width
    bold = Font(bold=True)
    heads = [_cell(sheet, heading) for heading in table.headings]
    for head in heads:
        head.font = bold
    sheet.append(heads)
    for line in table.lines:
        sheet.append([_cell(sheet, value) if isinstance(value, str) else value for value in line])
    for column, choices in enumerate(table.choices, 1):
        _offer(sheet, get_column_letter(column), choices)


def _cell(sheet: Any, text: str) -> Any:
    told = _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", _SPELLED.sub(r"_x005F_x\1_", text))
    cell = WriteOnlyCell(sheet, told)
    cell.data_type = "s"  # else one that begins with = would be a formula
    return cell


def _offer(sheet: Any, column: str, choices: Sequence[str]) -> None:
    told = ",".join(choices)
    if 0 < len(told) <= _MOST_CHOICES and not any(set(one) & set(_LIST_MARKS) for one in choices):
        rule = DataValidation(type="list", formula1=f'"{told}"', allow_blank=True)
        rule.add(f"{column}2:{column}{MOST_LINES}")
        sheet.data_validations.append(rule)
