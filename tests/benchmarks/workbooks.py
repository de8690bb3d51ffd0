"""What a workbook of 10,000 rows costs to read and to write, beside the library bare.

By processor time, both in one run: strictness may cost, and how busy the machine is may not count.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO

from openpyxl import Workbook, load_workbook

from schemas.vocabulary import default
from services.workflow.adapters.office import workbook
from services.workflow.application.organisation_sheets import OrganisationSheets
from services.workflow.application.workbooks import Table
from tests.benchmarks.figures import Figure, median

ROWS, RUNS = 10_000, 3
MANY = 3.0  # times its floor
_HEADINGS = ["案号", "单位", "姓名", "环节", "得分"]


def workbooks() -> Iterator[Figure]:
    """Read and write, each against what the library needs that looks at nothing."""
    lines = [
        [f"2019-C-{n:05}", f"第{n % 97}医院党委", f"人员{n}", "起草", n / 7] for n in range(ROWS)
    ]
    content = workbook.write([Table(name="名册", headings=_HEADINGS, lines=lines)])
    if len(workbook.read(content).sheets[0].lines) != 1 + ROWS:
        raise RuntimeError("lines were lost")
    yield _figure(
        "a workbook of 10,000 rows read", lambda: workbook.read(content), lambda: _read(content)
    )
    yield _figure(
        "a workbook of 10,000 rows written",
        lambda: workbook.write([Table(name="名册", headings=_HEADINGS, lines=lines)]),
        lambda: _write(lines),
    )
    yield from _of_an_organisation()


def _of_an_organisation() -> Iterator[Figure]:
    """Read and write the sheets of units, people and posts, 10,000 lines, by every rule."""
    n = ROWS // 3
    units = [{"id": "u-0", "name": "机关党委", "kind": "organ_committee"}]
    more = {"parent": "u-0", "kind": "grassroots_branch"}
    units += [{"id": f"u-{one}", "name": f"第{one}支部", **more} for one in range(1, n)]
    held = {"role": "secretary", "from": "2019-01-01"}
    tree = {
        "units": units,
        "people": [{"id": f"p-{one}", "name": f"人员{one}"} for one in range(n)],
        "posts": [{"person": f"p-{one}", "unit": f"u-{one}", **held} for one in range(n)],
    }
    sheets = OrganisationSheets(vocabulary=default(), spelled={})
    content = workbook.write(sheets.tables(tree))
    read = sheets.read(workbook.read(content).sheets, "organisation.xlsx")
    if len(read.posts) != n:
        raise RuntimeError("posts were lost")
    tables = [(one.headings, [*one.lines]) for one in sheets.tables(tree)]
    yield _figure(
        "an organisation of 10,000 lines read",
        lambda: sheets.read(workbook.read(content).sheets, "organisation.xlsx"),
        lambda: _read(content),
    )
    yield _figure(
        "an organisation of 10,000 lines written",
        lambda: workbook.write(sheets.tables(tree)),
        lambda: _write(*([headings, *lines] for headings, lines in tables)),
    )


def _read(content: bytes) -> None:
    for sheet in load_workbook(BytesIO(content), read_only=True):
        for _ in sheet.iter_rows(values_only=True):
            pass


def _write(*sheets: Sequence[Sequence[object]]) -> None:
    book = Workbook(write_only=True)
    for lines in sheets:
        sheet = book.create_sheet()
        for line in lines:
            sheet.append(line)
    book.save(BytesIO())


def _figure(name: str, act: Callable[[], object], bare: Callable[[], object]) -> Figure:
    pairs = [(_cpu_ms(act), _cpu_ms(bare)) for _ in range(RUNS)]
    ratio = median([took / least for took, least in pairs])
    return Figure(
        name=name,
        value=median([took for took, _ in pairs]),
        unit="ms",
        floor=median([least for _, least in pairs]),
        ratio=ratio,
        goal=f"≤ {MANY:g} × the library bare",
        holds=ratio <= MANY,
    )


def _cpu_ms(act: Callable[[], object]) -> float:
    began = time.process_time()
    act()
    return 1000 * (time.process_time() - began)
