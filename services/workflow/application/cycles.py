"""Opening a cycle, and seeing how far it has come.

A cycle pins its scheme and its calendar by hash and opens a review for every unit in scope that
has a secretary or an acting one, all in one transaction. A unit without one is expected, and not
opened: coverage (C1) is the difference.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from schemas.calendar import WorkingDays, local_day
from schemas.calendars import STATE_COUNCIL
from schemas.envelope import event_type, peek
from schemas.instants import instant
from schemas.streams import Stream
from services.workflow.application.editions import Editions
from services.workflow.application.envelopes import Origin, Sealer
from services.workflow.application.ports import (
    Append,
    Bulk,
    CycleRow,
    EventStore,
    Key,
    Numbers,
    Wanted,
)
from services.workflow.application.reading_ports import Reads
from services.workflow.application.rulebook import Directory, Rulebook, Rules
from services.workflow.domain.authority import Actor, authorise
from services.workflow.domain.decision import standing_at_opening
from services.workflow.domain.organisation import Organisation, Unit
from services.workflow.domain.refusals import (
    Blocker,
    Conflict,
    Invalid,
    NotAllowed,
    NotYours,
    StoreUnavailable,
)
from services.workflow.domain.review import REVIEW, open_review
from services.workflow.domain.scheme import Scheme, Tier
from services.workflow.domain.scheme.model import APPRAISED_ROLES

MOST_ROUNDS = 20  # of losing races for numbers before an opening is told to come again


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """A cycle that was opened, now or under the same key before."""

    row: CycleRow
    replayed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class CycleView:
    """A cycle and how far it has come (C1)."""

    row: CycleRow
    # By tier: units expected, reviews opened and closed, and {state: reviews in it now}.
    coverage: Mapping[str, Mapping[str, Any]]


class Cycles:
    """The use cases of cycles."""

    def __init__(
        self,
        *,
        store: EventStore,
        reads: Reads,
        rulebook: Rulebook,
        directory: Directory,
        sealer: Sealer,
        editions: Editions,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._reads = reads
        self._rulebook = rulebook
        self._directory = directory
        self._sealer = sealer
        self._editions = editions
        self._now = now

    def open(
        self,
        actor: Actor,
        scheme_id: str,
        unit: str,
        year: int,
        correlation: str = "",
        key: Key | None = None,
    ) -> Opened:
        """Open the cycle of *year* for *unit* and everything below it.

        Once opened, the same request under the same *key* gets the same cycle.

        Raises:
            NotAllowed: the scheme names others to open it, or there is no such unit.
            Invalid: no such scheme is published, it is of another year or does not say who opens
                it; no policy or no calendar is published for it; the key was another request's.
            Conflict: some unit is in a cycle of this scheme and year already.
        """
        opened = self._opened_under(key)
        if opened is not None:
            return opened
        organisation = self._directory.current()
        scheme = self._scheme(scheme_id)
        now = self._now()
        # Where no scheme says which day it is, UTC's will do to tell 403 from 422.
        day = local_day(now, UTC if scheme is None else scheme.zone)
        openers = () if scheme is None else scheme.opened_by
        verdict = authorise(actor, "cycle.open", organisation, day, unit=unit, openers=openers)
        if not verdict.allowed:
            raise NotAllowed(Blocker(code=verdict.reason))
        if scheme is None:
            raise Invalid((Blocker(code="scheme_unknown", field="scheme"),))
        if not openers:
            raise Invalid((Blocker(code="nobody_opens", field="scheme"),))
        if scheme.year != year:
            params = {"year": scheme.year}
            raise Invalid((Blocker(code="year_mismatch", field="year", params=params),))
        opening = _Opening(
            organisation=organisation,
            scheme=scheme,
            calendar=self._calendar(scheme),
            sealer=self._sealer,
            now=now,
            origin=Origin.of(actor, correlation),
            key=key,
        )
        return self._write(opening, unit, year, key)

    def _scheme(self, scheme_id: str) -> Scheme | None:
        edition = self._editions.in_force("scheme").get(scheme_id)
        return None if edition is None else self._rulebook.scheme(edition.hash)

    def _calendar(self, scheme: Scheme) -> WorkingDays:
        """Return the days *scheme* is counted in, once it is known that somebody will be told."""
        missing = []
        if scheme.id not in self._editions.policies():
            params = {"scheme": scheme.id}
            missing.append(Blocker(code="no_policy", field="scheme", params=params))
        edition = self._editions.in_force("calendar").get(STATE_COUNCIL)
        if edition is None:
            params = {"calendar": STATE_COUNCIL}
            missing.append(Blocker(code="no_calendar", field="scheme", params=params))
        if edition is None or missing:
            raise Invalid(tuple(missing))
        return self._rulebook.calendar(edition.hash)

    def _opened_under(self, key: Key | None) -> Opened | None:
        """Return what was opened under *key* before."""
        if key is None:
            return None
        seen = self._store.standing([Wanted(case="", client=key.client, key=key.key)]).seen
        if (key.client, key.key) not in seen:
            return None
        before = seen[key.client, key.key]
        stream = Stream.parse(before.stream)
        row = self._reads.cycle(stream.id) if stream.kind == "cycle" else None
        if row is None or before.key.fingerprint != key.fingerprint:
            raise Invalid((Blocker(code="key_reused", field="Idempotency-Key"),))
        return Opened(row=row, replayed=True)

    def _write(self, opening: "_Opening", unit: str, year: int, key: Key | None) -> Opened:
        """Write what *opening* makes, with numbers that nobody else takes meanwhile."""
        root = opening.organisation.root or ""
        for _ in range(MOST_ROUNDS):
            bulk = opening.bulk(unit, year, self._reads.last_numbers(root, str(year)))
            if self._store.write(bulk):
                assert bulk.cycle is not None  # noqa: S101 - an opening always has one
                return Opened(row=bulk.cycle)
            opened = self._opened_under(key)  # the same request, sent twice at once
            if opened is not None:
                return opened
            self._refuse_twice(bulk)
        raise StoreUnavailable("other openings were first, again and again")

    def _refuse_twice(self, bulk: Bulk) -> None:
        """Raise `Conflict` if a unit of *bulk*'s cycle is in one of its scheme and year already."""
        assert bulk.cycle is not None  # noqa: S101 - an opening always has one
        row = bulk.cycle
        taken = self._reads.in_cycles(row.scheme, row.year)
        unit = next((unit for unit in bulk.units if unit in taken), row.unit)
        before = self._reads.stream(str(Stream("cycle", taken.get(unit, row.id))), 1)
        if before:  # else another opening took the numbers, and nothing else
            opened = peek(before[0].body)
            params: dict[str, str | int] = {"unit": unit, "year": row.year}
            params |= {
                "cycle": opened.data["cycle"],
                "opened_by": opened.actor or opened.client,
            }
            raise Conflict(Blocker(code="cycle_exists", params=params))

    def view(self, actor: Actor, cycle_id: str) -> CycleView:
        """Return a cycle with its coverage.

        Raises:
            NotYours: no such cycle, or not the actor's to see.
        """
        row = self._reads.cycle(cycle_id)
        if row is None:
            raise NotYours(cycle_id)
        scheme = self._rulebook.of(cycle_id).scheme
        day = local_day(self._now(), scheme.zone)
        verdict = authorise(actor, "cycle.read", self._directory.current(), day, unit=row.unit)
        if not verdict.allowed:
            raise NotYours(cycle_id)
        states: dict[str, dict[str, int]] = {tier: {} for tier in row.tiers}
        for (tier, state), n in self._reads.count_by_state(cycle_id).items():
            states[tier][state] = n
        coverage: dict[str, Mapping[str, Any]] = {}
        for tier, counts in row.tiers.items():
            closed = sum(states[tier].get(end, 0) for end in scheme.tiers[tier].completed)
            coverage[tier] = {**counts, "closed": closed, "states": states[tier]}
        return CycleView(row=row, coverage=coverage)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Opening:
    """One cycle on its way into the log."""

    organisation: Organisation
    scheme: Scheme
    calendar: WorkingDays
    sealer: Sealer
    now: datetime
    origin: Origin
    key: Key | None

    def bulk(self, unit: str, year: int, given: Mapping[str, int]) -> Bulk:
        """Return all that is written; *given* are the last ordinals given, by tier."""
        # The same cycle has the same id whoever opens it: the second of two loses its version 1.
        cycle_id = str(uuid5(NAMESPACE_URL, f"urn:shuping:{unit}:{year}:{self.scheme.id}"))
        scope = list(self._scope(unit))
        expected, places = Counter[str](), list[tuple[Tier, Unit, str]]()
        for tier, place in scope:
            expected[tier.name] += 1
            secretary = self.organisation.first_holder(place.id, APPRAISED_ROLES, self._day)
            if secretary is not None:
                places.append((tier, place, secretary[0]))
        opened = Counter(tier.name for tier, _, _ in places)
        row = CycleRow(
            id=cycle_id,
            scheme=self.scheme.id,
            scheme_hash=self.scheme.hash,
            calendar_hash=self.calendar.hash,
            unit=unit,
            year=year,
            tiers={
                name: {"expected": expected[name], "opened": opened[name]}
                for name in self.scheme.tiers
            },
            opened_at=self.now,
        )
        first = self._cycle_opened(row)
        causation = replace(self.origin, causation=peek(first.body).id)
        numbers = Counter(given)
        reviews = []
        for tier, place, person in places:
            numbers[tier.name] += 1
            number = f"{year}-{tier.name}-{numbers[tier.name]:04d}"
            reviews.append(self._review_opened(row, tier, place, person, number, causation))
        return Bulk(
            appends=(first, *reviews),
            cycle=row,
            units=tuple(place.id for _, place in scope),
            numbers=tuple(
                Numbers(
                    unit=self.organisation.root or "",
                    label=str(year),
                    letter=letter,
                    before=given.get(letter, 0),
                    last=last,
                )
                for letter, last in sorted(numbers.items())
                if last != given.get(letter)
            ),
        )

    @property
    def _day(self) -> date:
        return local_day(self.now, self.scheme.zone)

    def _scope(self, unit: str) -> Iterator[tuple[Tier, Unit]]:
        for below in self.organisation.subtree(unit):
            place = self.organisation.unit(below)
            tier = None if place is None else self.scheme.tier_of(place.kind)
            if place is not None and tier is not None:
                yield tier, place

    def _cycle_opened(self, row: CycleRow) -> Append:
        data = {
            "cycle": row.id,
            "scheme": row.scheme,
            "calendarhash": row.calendar_hash,
            "unit": row.unit,
            "year": row.year,
            "tiers": {tier: dict(counts) for tier, counts in row.tiers.items()},
        }
        append = self._append("cycle_opened", str(Stream("cycle", row.id)), data, self.origin)
        return replace(append, key=self.key)

    def _review_opened(
        self, row: CycleRow, tier: Tier, place: Unit, person: str, number: str, origin: Origin
    ) -> Append:
        audits = [
            (rule.stage, self._body(rule.body.resolve(place.id, self.organisation), place))
            for rule in tier.audits(place.kind)
        ]
        hearing_body = self._body(tier.hearing_body.resolve(place.id, self.organisation), place)
        data = {
            "number": number,
            "cycle": row.id,
            "person": person,
            "unit": place.id,
            "kind": place.kind,
            "tier": tier.name,
            "path": list(self.organisation.path(place.id)),
            "audits": [{"stage": stage, "body": body} for stage, body in audits],
            "hearing_body": hearing_body,
            "state": tier.initial,
            "effective_at": instant(self.now),
        }
        stream = Stream(REVIEW, str(uuid4()))
        rules = Rules(cycle=row, scheme=self.scheme, calendar=self.calendar)
        # Opened twice: once to find out where it lies and when it is due, once with the answer.
        draft = open_review(stream, data, self.scheme.hash, self.now)
        circumstances = rules.circumstances(tier.name, self.organisation)
        data |= standing_at_opening(draft, circumstances)
        append = self._append("review_opened", str(stream), data, origin)
        return replace(append, after=open_review(stream, data, self.scheme.hash, self.now))

    def _append(self, fact: str, stream: str, data: Mapping[str, object], origin: Origin) -> Append:
        body = self.sealer.event(
            fact,
            stream,
            1,
            data,
            at=self.now,
            origin=origin,
            root=self.organisation.root or "",
            organisation_version=self.organisation.version,
            scheme_hash=self.scheme.hash,
        )
        return Append(
            stream=stream, version=1, type=event_type(fact), recorded_at=self.now, body=body
        )

    @staticmethod
    def _body(body: str | None, place: Unit) -> str:
        if body is None:
            missing = Blocker(code="body_missing", params={"unit": place.id, "kind": place.kind})
            raise Invalid((missing,))
        return body
