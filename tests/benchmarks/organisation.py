"""An organisation of any size for figures: one committee over many branches, chained in one file.

Branch `u-7` has the secretary `p-7`; the committee's secretary `p-chair` audits and hears them all.
"""

from collections.abc import Iterator
from pathlib import Path

BRANCHES_PER_COMMITTEE = 1000
SINCE = "2019-01-01"


def write_organisation(path: Path, n_branches: int) -> None:
    """Write an organisation file with *n_branches* grass-roots branches."""
    path.write_text("\n".join(_lines(n_branches)) + "\n", encoding="utf-8")


def _lines(n_branches: int) -> Iterator[str]:
    n_committees = max(1, (n_branches + BRANCHES_PER_COMMITTEE - 1) // BRANCHES_PER_COMMITTEE)
    committees = range(1, n_committees + 1)
    branches = range(1, n_branches + 1)
    yield "units:"
    yield "  - {id: u-top, name: 省直机关工委, kind: work_committee}"
    yield "  - {id: u-organ, parent: u-top, name: 直属机关党委, kind: organ_committee}"
    for c in committees:
        yield f"  - {{id: c-{c}, parent: u-organ, name: 第{c}医院党委, kind: unit_committee}}"
    for n in branches:
        parent = f"c-{(n - 1) // BRANCHES_PER_COMMITTEE + 1}"
        yield f"  - {{id: u-{n}, parent: {parent}, name: 第{n}支部, kind: grassroots_branch}}"
    yield "people:"
    for person in ("p-liaison", "p-office", *(f"p-chair-{c}" for c in committees)):
        yield f"  - {{id: {person}, name: 测试}}"
    for n in branches:
        yield f"  - {{id: p-{n}, name: 测试{n}}}"
    yield "posts:"
    yield _post("p-liaison", "u-top", "liaison")
    yield _post("p-office", "u-organ", "office")
    for c in committees:
        yield _post(f"p-chair-{c}", f"c-{c}", "secretary")
    for n in branches:
        yield _post(f"p-{n}", f"u-{n}", "secretary")


def _post(person: str, unit: str, role: str) -> str:
    return f"  - {{person: {person}, unit: {unit}, role: {role}, from: {SINCE}}}"
