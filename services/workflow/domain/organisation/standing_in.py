"""Who stands in for whom, who is away, and by what people want to be told: a fold of its own.

A later one of the same key replaces the earlier. What was taken back stands for nothing any more,
and still ties the two for as long as it held: one of them may have acted for the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.workflow.domain.organisation.indexes import put_in, span_of, take_out
from services.workflow.domain.organisation.model import Absence, Delegation, Span


@dataclass(frozen=True)
class StandingIn:
    """What people said of themselves at one version of the organisation; it never changes."""

    # By everybody they tie, deputy and person.
    _delegations: Mapping[str, tuple[Delegation, ...]] = field(default_factory=dict)
    _taken_back: Mapping[str, tuple[Delegation, ...]] = field(default_factory=dict)
    _absences: Mapping[str, tuple[Absence, ...]] = field(default_factory=dict)
    _channels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def evolve_all(self, events: Sequence[Mapping[str, Any]]) -> "StandingIn":
        """Return what holds after *events*, oldest first, copying everything once only."""
        if not events:
            return self
        delegations, taken_back = dict(self._delegations), dict(self._taken_back)
        absences, channels = dict(self._absences), dict(self._channels)
        for data in events:
            if "deputy" in data:
                _delegate(delegations, taken_back, data)
            elif "channels" in data:
                _choose(channels, data)
            else:
                _leave(absences, data)
        return StandingIn(delegations, taken_back, absences, channels)

    def delegations(self) -> tuple[Delegation, ...]:
        """Return all that were not taken back, past ones included."""
        every = (one for known in self._delegations.values() for one in known)
        return tuple(dict.fromkeys(every))

    def delegations_of(self, person: str) -> tuple[Delegation, ...]:
        """Return every delegation that ties *person*, as deputy or other, past ones included."""
        return self._delegations.get(person, ())

    def absences(self) -> tuple[Absence, ...]:
        """Return all absences, past ones included."""
        return tuple(one for known in self._absences.values() for one in known)

    def absences_of(self, person: str) -> tuple[Absence, ...]:
        """Return every absence of *person*, past ones included."""
        return self._absences.get(person, ())

    def channels_of(self, person: str) -> tuple[str, ...] | None:
        """Return the channels that *person* chose, by name; None: they chose nothing."""
        return self._channels.get(person)

    def by(self, deputy: str, day: date) -> tuple[Delegation, ...]:
        """Return for whom *deputy* stands in on *day*, and in what."""
        known = self.delegations_of(deputy)
        return tuple(one for one in known if one.deputy == deputy and one.holds_on(day))

    def for_post(self, person: str, unit: str, role: str, day: date) -> tuple[str, ...]:
        """Return who stands in on *day* for *person* in one role of a unit."""
        return tuple(
            one.deputy
            for one in self.delegations_of(person)
            if one.person == person and one.unit == unit and role in one.roles and one.holds_on(day)
        )

    def tied(self, person: str, since: date, until: date) -> frozenset[str]:
        """Return whose deputy *person* was on some day of these, and who was theirs."""
        known = (*self._delegations.get(person, ()), *self._taken_back.get(person, ()))
        met = (one for one in known if one.overlaps(Span(since=since, until=until)))
        return frozenset(other for one in met for other in (one.deputy, one.person)) - {person}

    def absence(self, person: str, day: date) -> Absence | None:
        """Return the absence that *person* is on, on *day*."""
        return next((one for one in self.absences_of(person) if one.holds_on(day)), None)


def _delegate(
    known: dict[str, tuple[Delegation, ...]],
    taken_back: dict[str, tuple[Delegation, ...]],
    data: Mapping[str, Any],
) -> None:
    told = {name: data[name] for name in ("deputy", "person", "unit")}
    one = Delegation(**told, roles=frozenset(data["roles"]), **span_of(data))
    held = one.until is None or one.since <= one.until
    for who in (one.deputy, one.person):
        take_out(known, who, one)
        if not data.get("revoked"):
            put_in(known, who, one)
        elif held:  # it may be told again, and taken back again
            take_out(taken_back, who, one)
            put_in(taken_back, who, one)


def _leave(known: dict[str, tuple[Absence, ...]], data: Mapping[str, Any]) -> None:
    one = Absence(person=data["person"], **span_of(data))
    take_out(known, one.person, one)
    if not data.get("revoked"):
        put_in(known, one.person, one)


def _choose(known: dict[str, tuple[str, ...]], data: Mapping[str, Any]) -> None:
    if data.get("revoked"):
        known.pop(data["person"], None)
    else:
        known[data["person"]] = tuple(sorted(data["channels"]))
