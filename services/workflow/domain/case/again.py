"""What came before a case at its place and after it: after an end only a new case changes a thing.

Nothing of it is stored: of one round they have kind and unit in common, and where everybody in a
post has a case of their own, the person.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from services.workflow.domain.case.head import Case
from services.workflow.domain.language.model.lives import Kind

_ONE_AT_A_TIME = ("each", "one_for")


class Neighbours(NamedTuple):
    """The case before at the same place, and the one after; None: there is none."""

    before: Case | None = None
    after: Case | None = None


def is_one_at_a_time(kind: Kind) -> bool:
    """Tell whether a second case of *kind* at a unit comes after the first, and not beside it."""
    return kind.origin.form in _ONE_AT_A_TIME


def neighbours(case: Case, at_its_place: Iterable[Case], kind: Kind) -> Neighbours:
    """Return which of those *at_its_place*, itself among them or not, are next to *case*."""
    if not is_one_at_a_time(kind):
        return Neighbours()
    of_post = kind.origin.of == "post"
    there = [
        one
        for one in at_its_place
        if one.id != case.id and (not of_post or one.subjects & case.subjects)
    ]
    earlier = [one for one in there if _opened(one) < _opened(case)]
    later = [one for one in there if _opened(one) > _opened(case)]
    return Neighbours(
        max(earlier, key=_opened, default=None), min(later, key=_opened, default=None)
    )


def _opened(case: Case) -> tuple[datetime, str]:
    return case.opened_at, case.number
