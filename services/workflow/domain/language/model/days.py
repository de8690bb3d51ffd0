"""Days: when something is due, planned, allowed (§6).

A rule gives a local day, not an instant; a deadline is the midnight that ends it. The day from
which is counted is day 0. A rule whose mark has not happened gives no day.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.workflow.domain.language.model.placed import Placed

Which = Literal["one", "all", "any", "first", "last"]

OPENED = "opened"  # the mark that every case has
ROUND = "round"  # `round.begins`, `round.ends`: the link that every case has to its round
OF = "of"  # the link that every child has to its parent


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment others count from: `opened`, `held`, `meeting.held`, `{last: items.verified}`.

    A state's mark is its last entry, else its planned day.
    """

    state: str  # a state, `opened`; with the link `round`: `begins` or `ends`
    link: str = ""  # "": of the case itself; a link's name, `of`, `round`
    which: Which = "one"  # of a link to many

    def __str__(self) -> str:
        return f"{self.link}.{self.state}" if self.link else self.state


@dataclass(frozen=True, slots=True)
class FixedDay(Placed):
    """`{day: 2020-01-14}`, holiday or not; in schemes of one round only."""

    day: date


@dataclass(frozen=True, slots=True)
class Counted(Placed):
    """`{working_days: 3}`, `{days: 10, before: meeting.held}`, `{at: meeting.held}` (0 days)."""

    n: int
    working: bool = False
    side: Literal["after", "before"] = "after"
    mark: Mark | None = None  # None: the entry into the state the rule belongs to


@dataclass(frozen=True, slots=True)
class FieldDay(Placed):
    """`{field: due}`: the day that stands in the row the case was made from, or in its form."""

    column: str


@dataclass(frozen=True, slots=True)
class Latest(Placed):
    """`{latest: [ … ]}`: the latest of those that are known."""

    rules: tuple["DayRule", ...]


@dataclass(frozen=True, slots=True)
class Earliest(Placed):
    """`{earliest: [ … ]}`: the earliest of those that are known."""

    rules: tuple["DayRule", ...]


DayRule = FixedDay | Counted | FieldDay | Latest | Earliest


@dataclass(frozen=True, slots=True)
class Due(Placed):
    """A deadline, and the one that stands in while it cannot be told.

    *until_known* is there wherever the rule needs a mark of another case.
    """

    rule: DayRule
    until_known: DayRule | None = None


@dataclass(frozen=True, slots=True)
class Planned(Placed):
    """The planned day of a state: given in the file, or set by a trigger within these bounds."""

    day: DayRule | None = None
    first: DayRule | None = None  # `from`
    last: DayRule | None = None  # `by`
    not_before: DayRule | None = None


def simple(rule: DayRule) -> Iterator[FixedDay | Counted | FieldDay]:
    """Yield the simple rules *rule* is made of; itself if it is simple."""
    if isinstance(rule, Latest | Earliest):
        for each in rule.rules:
            yield from simple(each)
    else:
        yield rule


def marks(rule: DayRule) -> Iterator[Mark]:
    """Yield the marks *rule* counts from."""
    for each in simple(rule):
        if isinstance(each, Counted) and each.mark is not None:
            yield each.mark
