"""Whether what a policy tells before a deadline can ever fall due, by the days of its scheme.

Two hundred working days before a deadline that is set sixty after entry have always gone by. Where
all days of a ladder's places are counted from what lies before, that is certain, and refused; where
somebody may set another day, or a day is another case's, it is told.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from schemas.document import Path
from schemas.policy import Place, Policy, nearest_track
from schemas.said import said
from services.workflow.domain.fitting.telling import Note, is_set_by_hand
from services.workflow.domain.language.model.days import (
    OPENED,
    ROUND,
    Counted,
    DayRule,
    Due,
    Earliest,
    FixedDay,
    Latest,
)
from services.workflow.domain.language.model.lives import Life, State
from services.workflow.domain.language.model.scheme import Scheme

_BEGINS = "begins"  # of the round
_RARELY = (
    "is told only where somebody sets a later day, or another case's day is waited for:"
    " by its own days no deadline is more than {days} working days off"
)
Reach = Callable[[DayRule], int | None]


@dataclass(frozen=True, slots=True)
class _Reach:
    """How many working days after it is known a deadline may lie at most."""

    days: int | None  # None: nobody can say
    by_hand: bool = False  # somebody may set another one


def check_reach(policy: Policy, scheme: Scheme, refuse: Note, warn: Note) -> None:
    """Note each rung that is so long before a deadline that its time has always gone by."""
    for number, track in enumerate(policy.tracks):
        found = [
            reach
            for place, reaches in _timed(scheme)
            if nearest_track(policy.tracks, track.name, place) is track
            for reach in reaches
        ]
        known = [one.days for one in found if one.days is not None]
        # What is planned anew leaves at least so many.
        longest = max(*known, scheme.least_notice) if known else None
        certain = len(known) == len(found) and not any(one.by_hand for one in found)
        for index, rung in enumerate(track.rungs):
            if longest is None or -rung.working_days <= longest:
                continue
            at: Path = ("tracks", number, "rungs", index, "before")
            if certain:
                refuse(
                    at, said("no deadline is ever more than {days} working days off", days=longest)
                )
            else:
                warn(at, said(_RARELY, days=longest))


def _timed(scheme: Scheme) -> Iterator[tuple[Place, list[_Reach]]]:
    """Yield each place where a case may have a deadline, with how far off that may be."""
    opens = scheme.round.opens
    for kind, life in scheme.lives():
        for state in life.states.values():
            dues = [state.due, *(desk.due for desk in state.desks)]
            reaches = [_reach_of(due, life, state, opens) for due in dues if due]
            if not reaches and is_set_by_hand(life, state):
                reaches = [_Reach(None, by_hand=True)]
            if reaches:
                yield Place(kind.name, state.name, life.tier), reaches


def _reach_of(due: Due, life: Life, state: State, opens: date | None) -> _Reach:
    rules = [due.rule, *([due.until_known] if due.until_known else [])]
    days = [_days(rule, opens) for rule in rules]
    by_hand = is_set_by_hand(life, state)
    return _Reach(None if None in days else max(one for one in days if one is not None), by_hand)


def _days(rule: DayRule, opens: date | None) -> int | None:
    """Return how many working days after entry *rule* gives a day at most; None: nobody can say."""
    match rule:
        case Latest(rules=rules):
            found = [_days(one, opens) for one in rules]
            return None if None in found else max(one for one in found if one is not None)
        case Earliest(rules=rules):
            return min((n for one in rules if (n := _days(one, opens)) is not None), default=None)
        case FixedDay(day=day):
            return None if opens is None else max(0, (day - opens).days)
        case Counted(n=n, side="after", mark=mark):
            # Of a mark that lies before the entry no more is left of it; of days no more is worked.
            before = mark is None or (mark.link, mark.state) in {("", OPENED), (ROUND, _BEGINS)}
            return n if before else None
        case _:
            return None
