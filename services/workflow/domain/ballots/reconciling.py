"""Whether the slips add up, and what two people counted on paper, apart from each other.

Issued are phone, paper, void, spoilt and replaced, returned unused, not returned; all of it is
always shown. What the system knows of itself (issued, phone, spoilt) nobody types.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from schemas.complaints import Fault
from schemas.said import both
from schemas.tally import Cell
from services.workflow.domain.ballots.sheet import value_at_fault
from services.workflow.domain.refusals import Blocker


@dataclass(frozen=True, kw_only=True, slots=True)
class Slips:
    """The slips of one electorate, as the system knows them."""

    electorate: str
    n_eligible: int | None = None  # who may vote, where that is known; never who did
    n_issued: int = 0
    n_phone: int = 0
    n_marked_paper: int = 0  # whose check code was entered with the paper
    n_spoilt: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class OnPaper:
    """What was counted on paper in one electorate; *counts* by case, question and value."""

    n_paper: int = 0
    n_void: int = 0
    n_returned: int = 0
    n_not_returned: int = 0
    counts: Mapping[tuple[str, str, str], int] = field(default_factory=dict)


Papers = Mapping[str, OnPaper]  # by electorate


def line(slips: Slips, paper: OnPaper | None) -> dict[str, Any]:
    """Return where the slips of an electorate are.

    Until paper is counted it is as much as was entered by its codes, and all else not returned.
    """
    known = slips.n_phone + slips.n_spoilt
    if paper is None:
        n_paper = slips.n_marked_paper
        paper = OnPaper(n_paper=n_paper, n_not_returned=slips.n_issued - known - n_paper)
    there = known + paper.n_paper + paper.n_void + paper.n_returned + paper.n_not_returned
    told: dict[str, Any] = {
        "electorate": slips.electorate,
        "n_issued": slips.n_issued,
        "n_phone": slips.n_phone,
        "n_paper": paper.n_paper,
        "n_void": paper.n_void,
        "n_spoilt": slips.n_spoilt,
        "n_returned": paper.n_returned,
        "n_not_returned": paper.n_not_returned,
        "difference": slips.n_issued - there,
    }
    return told if slips.n_eligible is None else told | {"n_eligible": slips.n_eligible}


def is_remarkable(line: Mapping[str, Any]) -> bool:
    """Return whether slips of a line are missing, or more people voted than may."""
    n_valid = line["n_phone"] + line["n_paper"]
    return bool(line["difference"]) or n_valid > line.get("n_eligible", n_valid)


def paper_faults(
    papers: Papers, covered: Sequence[str], rule: Mapping[str, Any]
) -> Iterator[Fault]:
    """Yield what is wrong with one person's count: each sheet answers every question once."""
    accepted = ", ".join(one["name"] for one in rule["electorates"])
    for name, paper in papers.items():
        if not any(one["name"] == name for one in rule["electorates"]):
            yield Fault(
                field=f"electorates.{name}",
                code="not_a_choice",
                accepted_zh=accepted,
                accepted_en=accepted,
            )
            continue
        yield from _cells_at_fault(name, paper, covered, rule)
        sums: dict[tuple[str, str], int] = {}
        for (about, question, _), n in paper.counts.items():
            sums[about, question] = sums.get((about, question), 0) + n
        for about in covered:
            for question in rule["questions"]:
                n = sums.get((about, question), 0)
                if n != paper.n_paper:
                    zh, en = both("{n} (they are {given})", n=paper.n_paper, given=n)
                    yield Fault(
                        field=f"electorates.{name}.{about}.{question}",
                        code="does_not_add_up",
                        accepted_zh=zh,
                        accepted_en=en,
                    )


def _cells_at_fault(
    name: str, paper: OnPaper, covered: Sequence[str], rule: Mapping[str, Any]
) -> Iterator[Fault]:
    """Yield what was counted and no sheet can say, were it counted no times."""
    cases, questions = frozenset(covered), ", ".join(rule["questions"])
    for about, question, value in paper.counts:
        field = f"electorates.{name}.{about}.{question}"
        if about not in cases:
            yield Fault(field=field, code="not_on_the_sheet")
        elif question not in rule["questions"]:
            yield Fault(
                field=field,
                code="not_on_the_sheet",
                accepted_zh=questions,
                accepted_en=questions,
            )
        else:
            yield from value_at_fault(f"{field}.{value}", value, rule)


def differences(one: Papers, other: Papers) -> Iterator[str]:
    """Yield every place at which two counts of the same paper differ."""
    for name in sorted({*one, *other}):
        left, right = one.get(name, OnPaper()), other.get(name, OnPaper())
        for member in ("n_paper", "n_void", "n_returned", "n_not_returned"):
            if getattr(left, member) != getattr(right, member):
                yield f"{name}.{member}"
        for cell in sorted({*left.counts, *right.counts}):
            if left.counts.get(cell, 0) != right.counts.get(cell, 0):
                yield ".".join((name, *cell))


def cells(papers: Papers) -> Iterator[Cell]:
    """Yield what was counted on paper as cells of a table."""
    for name, paper in papers.items():
        for (about, question, value), n in paper.counts.items():
            if n:
                yield Cell(name, about, question, value, n)


def paper_blockers(counts: Sequence[Papers], slips: Iterable[Slips]) -> Iterator[Blocker]:
    """Yield why what was counted on paper cannot be taken as it is."""
    marked = {one.electorate: one.n_marked_paper for one in slips}
    if not counts:
        if any(marked.values()):
            yield Blocker(code="paper_not_counted")
        return
    if len(counts) == 1:
        yield Blocker(code="paper_counted_once")
        return
    places = [*differences(counts[0], counts[1])]
    if places:
        told = "; ".join(places)
        yield Blocker(code="paper_counts_differ", params={"n": len(places), "places": told})
    for name, n_marked in marked.items():
        n_paper = counts[0].get(name, OnPaper()).n_paper
        if n_paper != n_marked:
            figures: dict[str, str | int] = {"n": n_paper, "codes": n_marked, "electorate": name}
            yield Blocker(code="paper_without_codes", params=figures)
