"""Cases by their grades: the best first, equal figures on one place, and what a quota lacks."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from services.workflow.domain.case.head import Case, Graded
from services.workflow.domain.case.shares import rounded_down, rounded_up
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.scores import Grading, Quota


class Ranked(NamedTuple):
    """What of a case its place rests on, and what it is told by."""

    id: str
    number: str
    unit: str
    person: str | None
    tier: str | None
    graded: Graded | None


class Place(NamedTuple):
    """A case on its place; None: it has no grade yet."""

    place: int | None
    case: Ranked


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """How far a quota is met, and who stands next where it is not."""

    n: int  # cases that count
    n_graded: int
    n_having: int  # one of its grades
    at_least: int
    at_most: int
    lacking: int
    over: int
    next: tuple[Ranked, ...]  # as many as are lacking or over, whose turn it is first


def counts(case: Case) -> bool:
    """Tell whether a case is one of those that are compared: it runs, or was led to its end."""
    return case.is_open or case.final == "completed"


def ranked_of(case: Case, grading: str) -> Ranked:
    """Return what the place of *case* under a grading rests on; "": the first that it has."""
    graded = case.grades.get(grading)
    if not grading:
        graded = next(iter(case.grades.values()), None)
    return Ranked(case.id, case.number, case.unit, case.person, case.tier, graded)


def ranked(cases: Iterable[Ranked], order: Sequence[str]) -> list[Place]:
    """Return *cases* on their places, by figure, else by grade of *order*, the best first.

    Equal ones share a place, and the place after them counts them all; those without a grade come
    last and have none.
    """
    found = sorted(cases, key=lambda one: (*_rank(one, order), one.number))
    places = list[Place]()
    for at, one in enumerate(found):
        same = at > 0 and _rank(found[at - 1], order) == _rank(one, order)
        place = places[-1].place if same else at + 1
        places.append(Place(None if one.graded is None else place, one))
    return places


def _rank(one: Ranked, order: Sequence[str]) -> tuple[int, Fraction]:
    graded = one.graded
    if graded is None:
        return 2, Fraction(0)
    if graded.figure is not None:
        return 0, -Fraction(graded.figure)
    return 1, Fraction(order.index(graded.name) if graded.name in order else len(order))


def grading_of(quota: Quota, scheme: Scheme, tier: str) -> Grading | None:
    """Return the grading whose grades *quota* counts, as a tier has it; None: there is none."""
    named = quota.grading or next(iter(scheme.gradings), "")
    whole = scheme.gradings.get(named)
    return None if whole is None else whole.of_tier(tier)


def standing(cases: Sequence[Ranked], quota: Quota, grading: Grading | None) -> Standing:
    """Return how far *quota* is met by *cases*, which are all that it counts."""
    among = [one for one in cases if one.graded is not None]
    having = [one for one in among if one.graded and one.graded.name in quota.grades]
    least = rounded_up(len(cases), quota.at_least) if quota.at_least else 0
    most = rounded_down(len(cases), quota.at_most) if quota.at_most else len(cases)
    lacking, over = max(0, least - len(having)), max(0, len(having) - most)
    # Who enters the best grades, or stays in them, has the highest figures; of others the lowest.
    order = [] if grading is None else [one.name for one in grading.grades]
    of_best = bool(order) and order[0] in quota.grades
    others = [one for one in among if one not in having] if lacking else having
    by_rank = sorted(others, key=lambda one: (_rank(one, order), one.number))
    if of_best == bool(over):
        by_rank.reverse()
    return Standing(
        n=len(cases),
        n_graded=len(among),
        n_having=len(having),
        at_least=least,
        at_most=most,
        lacking=lacking,
        over=over,
        next=tuple(_first(by_rank, lacking + over, order)),
    )


def _first(by_rank: Sequence[Ranked], n: int, order: Sequence[str]) -> Iterator[Ranked]:
    """Yield the first *n*, and who is equal to the last of them: none of these stands before."""
    for at, one in enumerate(by_rank):
        if at >= n and (n == 0 or _rank(one, order) != _rank(by_rank[n - 1], order)):
            return
        yield one
