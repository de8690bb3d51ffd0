"""Quotas that somebody can meet: each by itself, and all over the same cases together."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import groupby
from operator import attrgetter

from schemas.said import said
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.scores import Quota, Share
from services.workflow.domain.language.soundness.noting import Note, note_unknown
from services.workflow.domain.language.soundness.scores import grades_of

# Sets of grades whose least shares are remembered: more than notices have, and no file makes more.
_MOST_SETS = 4_096
_cases = attrgetter("among", "grading")


def check_quotas(scheme: Scheme, note: Note) -> None:
    """Note quotas that name what is not there, and those that nobody can meet."""
    for quota in scheme.quotas.values():
        _check(scheme, quota, note)
    for (_, grading), over in groupby(sorted(scheme.quotas.values(), key=_cases), key=_cases):
        _check_together(over, frozenset(grades_of(scheme, grading)), note)


def _check(scheme: Scheme, quota: Quota, note: Note) -> None:
    note_unknown("grading", quota.grading, scheme.gradings, (*quota.at, "of"), note)
    known = grades_of(scheme, quota.grading)
    for grade in quota.grades:
        note_unknown("grade", grade, known, (*quota.at, "grades"), note)
    note_unknown("party of units", quota.among, scheme.parties.units, (*quota.at, "among"), note)
    if quota.at_least is None and quota.at_most is None:
        note(quota.at, "a quota has at_least, at_most, or both: at_most: [30, 100] is 30 %")
    elif quota.at_least and quota.at_most and _part(quota.at_least) > _part(quota.at_most):
        note((*quota.at, "at_least"), "nobody can meet it: at_least is more than at_most")
    if known <= set(quota.grades) and quota.at_most and quota.at_most != (1, 1):
        note((*quota.at, "at_most"), "nobody can meet it: every case has one of these grades")
    if quota.at_least and quota.at_least[0] == quota.at_least[1]:
        note(
            (*quota.at, "at_least"),
            "every case would have to have one of these grades: a lower share leaves others",
        )


def _check_together(quotas: Iterable[Quota], grades: frozenset[str], note: Note) -> None:
    """Note the quota with which those before it ask for more cases than there are.

    At most so many with some grades is at least the rest with the others: then whatever has no
    grade in common adds up.
    """
    least: dict[frozenset[str], tuple[Fraction, tuple[str, ...]]] = {frozenset(): (Fraction(), ())}
    for quota in quotas:
        for wanted, share in _wanted(quota, grades):
            for there, (part, names) in [*least.items()]:
                if there & wanted:
                    continue
                if part + share > 1 and names and quota.name not in names:
                    note(
                        quota.at,
                        said(
                            "nobody can meet it together with {other}: over all cases",
                            other=", ".join(names),
                        ),
                    )
                    return
                if part + share > least.get(there | wanted, (0,))[0] and len(least) < _MOST_SETS:
                    least[there | wanted] = (part + share, (*names, quota.name))


def _wanted(quota: Quota, grades: frozenset[str]) -> Iterator[tuple[frozenset[str], Fraction]]:
    named = grades & set(quota.grades)
    if quota.at_least and named:
        yield named, _part(quota.at_least)
    if quota.at_most and grades - named:
        yield grades - named, 1 - _part(quota.at_most)


def _part(share: Share) -> Fraction:
    return Fraction(*share)
