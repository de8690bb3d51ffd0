"""What a decision may look at besides the case itself, as of one instant.

Other cases come as heads that were read in one statement. `Looks` keeps which of them a decision
rested on: those are compared again in the write, so that no answer is given on what has moved
meanwhile.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple, TypeVar

from schemas.calendar import WorkingDays, local_day
from services.workflow.domain.case.head import Case, Link
from services.workflow.domain.language.model.lives import Kind, Life
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.organisation import Organisation

SOON = timedelta(microseconds=1)  # an effect is recorded at least so much after its cause


class Place(NamedTuple):
    """Where cases of one kind stand in one round: the slot of a kind of which there is one."""

    cycle: str
    kind: str
    unit: str


Row = str | Place  # what a write may compare or count on: the stream of a case, or a place


@dataclass(frozen=True, kw_only=True, slots=True)
class Round:
    """The round a case belongs to."""

    id: str
    label: str
    unit: str  # everything below it is in the round
    root: str  # the topmost unit: numbers are counted below it
    begins: date
    ends: date | None = None


@dataclass(frozen=True, kw_only=True)
class Heads:
    """Cases of one round as they were read together, and the rows that count their moves."""

    cases: Mapping[str, Case] = field(default_factory=dict)  # by stream
    current: Mapping[Place, str] = field(default_factory=dict)  # the newest not abandoned
    touched: Mapping[Row, int] = field(default_factory=dict)
    numbered: Mapping[str, int] = field(default_factory=dict)  # "<label>/<letter>" or a stream

    def with_case(self, case: Case) -> "Heads":
        """Return the heads with *case* as it stands after something decided just now."""
        return _with(self, "cases", {**self.cases, case.stream: case})

    def linked(self, case: Case, name: str) -> tuple[Case, ...]:
        """Return the cases that a link leads to, in the order of their opening."""
        link = case.link(name)
        if link is None or link.empty:
            return ()
        return tuple(sorted(self._linked(case, link), key=_by_opening))

    def _linked(self, case: Case, link: Link) -> Iterable[Case]:
        match link.way:
            case "of":
                return self._one(case.of)
            case "slot":
                return self._one(self.current.get(Place(case.cycle, link.kind, link.unit or "")))
            case "children":
                return self._where(case, link.kind, lambda one: one.of == case.stream)
            case "back":
                return self._where(case, link.kind, lambda one: _leads_to(one, link.back, case))
        return self._where(case, link.kind, lambda one: one.unit == link.unit)

    def _one(self, stream: str | None) -> Iterable[Case]:
        found = None if stream is None else self.cases.get(stream)
        return () if found is None else (found,)

    def _where(self, case: Case, kind: str, fits: Callable[[Case], bool]) -> Iterator[Case]:
        for one in self.cases.values():
            if one.kind == kind and one.cycle == case.cycle and one.id != case.id and fits(one):
                yield one

    def parent(self, case: Case) -> Case | None:
        """Return the case that *case* belongs to; None where it belongs to none."""
        return None if case.of is None else self.cases.get(case.of)

    def sharing(self, case: Case, party: str) -> Iterator[Case]:
        """Yield the cases of the same kind that have the same unit as *party*, itself included."""
        unit = case.parties.get(party, case.unit)
        for one in self.cases.values():
            same = one.kind == case.kind and one.cycle == case.cycle
            if same and one.parties.get(party, one.unit) == unit:
                yield one


@dataclass(kw_only=True, slots=True)
class Looks:
    """What a decision has looked at so far."""

    last: datetime | None = None  # the latest recorded time of any of it
    versions: dict[str, int] = field(default_factory=dict)  # streams compared by version
    touched: dict[Row, int] = field(default_factory=dict)  # rows compared by `touched`

    def at(self, case: Case) -> None:
        """Note that *case* was looked at: nothing that rests on it is recorded before it."""
        if self.last is None or case.recorded_at > self.last:
            self.last = case.recorded_at

    def by_version(self, case: Case) -> None:
        """Note that the answer holds while *case* stands as it does."""
        self.at(case)
        self.versions[case.stream] = case.version

    def by_touch(self, row: Row, touched: int) -> None:
        """Note that the answer holds while nothing moves *row*'s count."""
        self.touched[row] = touched

    def recorded_at(self, now: datetime, last: datetime | None) -> datetime:
        """Return when what rests on all this is recorded, in a stream whose last is *last*."""
        times = [now]
        if last is not None:
            times.append(last)
        if self.last is not None:
            times.append(self.last + SOON)
        return max(times)


@dataclass(frozen=True, kw_only=True)
class World:
    """Everything a decision may look at; shared by all decisions of one wave."""

    scheme: Scheme
    organisation: Organisation
    calendar: WorkingDays
    round: Round
    heads: Heads
    now: datetime
    new_id: Callable[[], str]

    def kind(self, case: Case) -> Kind:
        return self.scheme.kinds[case.kind]

    def life(self, case: Case) -> Life:
        """Return what cases like this one go through."""
        return self.kind(case).life(case.tier or "")

    def day(self, at: datetime) -> date:
        """Return the local day of *at*."""
        return local_day(at, self.scheme.zone)

    def with_case(self, case: Case) -> "World":
        """Return the world in which *case* has come to stand as it does."""
        return _with(self, "heads", self.heads.with_case(case))


def stages(case: Case) -> tuple[str, ...]:
    """Return the audits that *case* passes, in order."""
    return tuple(audit.stage for audit in case.audits)


V = TypeVar("V", "Heads", "World")


def _with(value: V, member: str, new: object) -> V:
    """Return *value* with one member in place of what it had; every decision asks for several."""
    made = object.__new__(type(value))
    object.__setattr__(made, "__dict__", {**vars(value), member: new})
    return made


def _leads_to(one: Case, name: str, case: Case) -> bool:
    link = one.link(name)
    if link is None or link.kind != case.kind:
        return False
    if link.way in ("slot", "anchor"):
        return link.unit == case.unit
    return link.way == "of" and one.of == case.stream


def _by_opening(case: Case) -> tuple[datetime, str]:
    return (case.opened_at, case.id)
