"""Opening a round, and seeing how far it has come.

A round pins its scheme and its calendar by hash and opens a case for everybody it is for, all in
one transaction. What lacks a body, a holder or one clear party is expected, and not opened, with
its reason; who is exempt is neither: coverage (C1) is the difference.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from schemas.calendar import WorkingDays, local_day
from schemas.calendars import STATE_COUNCIL
from schemas.document import Path
from schemas.envelope import peek
from schemas.limits import FIRST_YEAR
from schemas.streams import Stream
from services.workflow.application.carried_rows import rows_of
from services.workflow.application.editions import Editions
from services.workflow.application.envelopes import Origin, Sealer, new_case_id
from services.workflow.application.firing.loop import MOST_ROUNDS
from services.workflow.application.firing.port import CaseStore, Wanted, Write
from services.workflow.application.lacking import Lacking, lacking, of_later_turns
from services.workflow.application.ports import Bulk, CycleRow, Key, Sort
from services.workflow.application.reading_ports import Reads
from services.workflow.application.round_opening import RoundOpening
from services.workflow.application.rulebook import Directory, Rulebook
from services.workflow.application.seeing import cycle_read
from services.workflow.domain.authority import Actor, Opener, authorise
from services.workflow.domain.case.parties import resolve
from services.workflow.domain.case.world import World
from services.workflow.domain.fitting import Gap, fit
from services.workflow.domain.language.model.parties import Grant
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.running import hindrances
from services.workflow.domain.organisation import Organisation
from services.workflow.domain.refusals import (
    Blocker,
    Conflict,
    Invalid,
    NotAllowed,
    NotYours,
    StoreUnavailable,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """A cycle that was opened, now or under the same key before."""

    row: CycleRow
    replayed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Preview:
    """A round as it would be if it were opened now."""

    row: CycleRow
    faults: Sequence[tuple[Path, str]]  # where the scheme cannot mean the organisation
    gaps: Sequence[Gap]  # what is not there today in the units of the round


@dataclass(frozen=True, kw_only=True, slots=True)
class CycleView:
    """A cycle and how far it has come (C1)."""

    row: CycleRow
    # By tier, or kind where it has none: cases expected, opened, exempt and closed, and
    # {state: cases in it now}.
    coverage: Mapping[str, Mapping[str, Any]]
    lacking: Sequence[Lacking]  # who has no case


# Stands where no calendar is published yet: whether somebody may ask is no matter of days.
_ANY_YEAR = {"year": FIRST_YEAR, "provisional": True, "holidays": [], "working_weekends": []}
NO_DAYS = WorkingDays({"id": "none", "version": "none", "years": [_ANY_YEAR]})


class Cycles:
    """The use cases of cycles."""

    def __init__(
        self,
        *,
        store: CaseStore,
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
        label: str,
        correlation: str = "",
        key: Key | None = None,
    ) -> Opened:
        """Open the round called *label* for *unit* and everything below it.

        Once opened, the same request under the same *key* gets the same cycle.

        Raises:
            NotAllowed: the scheme names others to open it, or there is no such unit.
            Invalid: no such scheme is published, it is of another round, or does not say who opens
                it, or needs what nothing runs yet; no policy or no calendar is published for it;
                the key was another request's.
            Conflict: some unit is in a round of this scheme and label already.
        """
        opened = self._opened_under(key)
        if opened is not None:
            return opened
        return self._write(
            self._asked_for(actor, scheme_id, unit, label, correlation, key), unit, label, key
        )

    def preview(self, actor: Actor, scheme_id: str, unit: str, label: str) -> Preview:
        """Tell what opening the round would open, and what would be lacking; write nothing.

        Raises what `open` would raise.
        """
        opening = self._asked_for(actor, scheme_id, unit, label)
        bulk, _ = self._made(opening, unit, label)
        self._refuse_twice(bulk)
        scheme, organisation = opening.scheme, opening.organisation
        found = fit(scheme, organisation, local_day(opening.now, scheme.zone))
        inside = set(organisation.subtree(unit))
        return Preview(
            row=_cycle(bulk),
            faults=found.faults,
            gaps=[gap for gap in found.gaps if gap.unit in inside],
        )

    def _asked_for(
        self,
        actor: Actor,
        scheme_id: str,
        unit: str,
        label: str,
        correlation: str = "",
        key: Key | None = None,
    ) -> RoundOpening:
        """Return the round that *actor* asks for on its way into the log, if they may open it."""
        organisation = self._directory.current()
        scheme = self.scheme(scheme_id)
        now = self._now()
        # Where no scheme says which day it is, UTC's will do to tell 403 from 422.
        day = local_day(now, UTC if scheme is None else scheme.zone)
        grants = () if scheme is None else scheme.opened_by
        openers = () if scheme is None else openers_of(grants, scheme, unit, organisation)
        verdict = authorise(actor, "cycle.open", organisation, day, unit=unit, openers=openers)
        if not verdict.allowed:
            raise NotAllowed(Blocker(code=verdict.reason))
        if scheme is None:
            raise Invalid((Blocker(code="scheme_unknown", field="scheme"),))
        if not openers:
            raise Invalid((Blocker(code="nobody_opens", field="scheme"),))
        _require_label(scheme, label, day)
        opening = self.opening(scheme, organisation, now, actor, correlation, key)
        if opening.missing:
            raise Invalid(opening.missing)
        return opening

    def opening(
        self,
        scheme: Scheme,
        organisation: Organisation,
        now: datetime,
        actor: Actor,
        correlation: str,
        key: Key | None,
    ) -> RoundOpening:
        """Return a round of *scheme* on its way into the log, with what is missing for it."""
        policy = self._editions.policies().get(scheme.id)
        calendar = self._editions.in_force("calendar").get(STATE_COUNCIL)
        missing = list(hindrances(scheme))
        if policy is None:
            missing.append(_missing("no_policy", scheme=scheme.id))
        if calendar is None:
            missing.append(_missing("no_calendar", calendar=STATE_COUNCIL))
        return RoundOpening(
            organisation=organisation,
            scheme=scheme,
            policy="" if policy is None else policy.hash,
            calendar=NO_DAYS if calendar is None else self._rulebook.calendar(calendar.hash),
            missing=tuple(missing),
            sealer=self._sealer,
            now=now,
            person=actor.person,
            origin=Origin.of(actor, correlation),
            key=key,
        )

    def scheme(self, scheme_id: str) -> Scheme | None:
        """Return the scheme of this id that is in force; None: none is."""
        edition = self._editions.in_force("scheme").get(scheme_id)
        return None if edition is None else self._rulebook.scheme(edition.hash)

    def _opened_under(self, key: Key | None) -> Opened | None:
        """Return what was opened under *key* before."""
        if key is None:
            return None
        used = self._store.standing([Wanted(client=key.client, key=key.key)]).used
        if (key.client, key.key) not in used:
            return None
        before = used[key.client, key.key]
        stream = Stream.parse(before.stream)
        row = self._reads.cycle(stream.id) if stream.kind == "cycle" else None
        if row is None or before.key.fingerprint != key.fingerprint:
            raise Invalid((Blocker(code="key_reused", field="Idempotency-Key"),))
        return Opened(row=row, replayed=True)

    def _write(self, opening: RoundOpening, unit: str, label: str, key: Key | None) -> Opened:
        """Write what *opening* makes, with numbers that nobody else takes meanwhile."""
        for _ in range(MOST_ROUNDS):
            bulk, cases = self._made(opening, unit, label)
            if self._store.write(bulk, cases):
                return Opened(row=_cycle(bulk))
            opened = self._opened_under(key)  # the same request, sent twice at once
            if opened is not None:
                return opened
            self._refuse_twice(bulk)
        raise StoreUnavailable("other openings were first, again and again")

    def _made(self, opening: RoundOpening, unit: str, label: str) -> tuple[Bulk, Write | None]:
        """Return what *opening* makes, as numbers and the rounds before stand now."""
        given = self._reads.last_numbers(opening.organisation.root or "", label)
        followed = self._followed(opening)
        streams = [
            case.stream
            for world in followed
            for case in world.heads.cases.values()
            if case.is_open and case.row is not None
        ]
        return opening.bulk(unit, label, given, followed, rows_of(streams, self._reads))

    def _followed(self, opening: RoundOpening) -> list[World]:
        """Return the rounds of the scheme that the opened one follows, as they stand."""
        follows = opening.scheme.follows
        rows = self._reads.cycles() if follows and follows.carries else []
        before = [row.id for row in rows if follows and row.scheme == follows.scheme]
        if not before:
            return []
        heads = self._store.standing([Wanted(cycle=one, whole=True) for one in before]).heads
        return [
            self._rulebook.running(one).world(
                heads[one], opening.organisation, opening.now, new_case_id
            )
            for one in before
            if one in heads
        ]

    def _refuse_twice(self, bulk: Bulk) -> None:
        """Raise `Conflict` if a unit of *bulk*'s round is in one of its scheme and label."""
        row = _cycle(bulk)
        taken = self._reads.in_cycles(row.scheme, row.label)
        unit = next((unit for unit in bulk.units if unit in taken), row.unit)
        before = self._reads.stream(str(Stream("cycle", taken.get(unit, row.id))), 1)
        if before:  # else another opening took the numbers, and nothing else
            opened = peek(before[0].body)
            if opened.data["unit"] == row.unit:  # the very round that is asked for
                unit = row.unit
            params: dict[str, str | int] = {"unit": unit, "year": row.year, "round": row.label}
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
        rules = self._rulebook.running(cycle_id)
        day, scheme = local_day(self._now(), rules.scheme.zone), rules.scheme
        if not cycle_read(actor, rules, self._directory.current(), day).allowed:
            raise NotYours(cycle_id)
        left = lacking(row, scheme, self._directory.current(), self._reads)
        missing = Counter((one.kind, one.tier) for one in left if not one.is_exempt)
        states: dict[str, dict[str, int]] = {}
        for (name, state), n in self._reads.count_by_state(cycle_id).items():
            states.setdefault(name, {})[state] = n
        coverage: dict[str, Mapping[str, Any]] = {}
        for sort in row.kinds:
            there = states.get(sort.name, {})
            kind = scheme.kinds[sort.kind]
            life = kind.life(sort.tier)
            closed = sum(n for state, n in there.items() if life.ends.get(state) == "completed")
            told: dict[str, Any] = {**counts_of(sort), "closed": closed, "states": there}
            if row.left_out:  # who lacked a case at the opening may have been given one since
                told["opened"] = sort.expected - missing[sort.kind, sort.tier]
            more = of_later_turns(row, scheme, kind, life, told["opened"], there, self._reads)
            told |= {"expected": told["expected"] + more, "opened": told["opened"] + more}
            coverage[sort.name] = told
        return CycleView(row=row, coverage=coverage, lacking=left)


def _cycle(bulk: Bulk) -> CycleRow:
    assert bulk.cycle is not None  # noqa: S101 - an opening always has one
    return bulk.cycle


_YEAR = re.compile(r"\d{4}", re.ASCII)
_LABELS = {
    "year": _YEAR,
    "on_request": _YEAR,  # what is asked for in a year belongs together
    "quarter": re.compile(r"\d{4}-Q[1-4]", re.ASCII),
    "month": re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII),
}


def _require_label(scheme: Scheme, label: str, day: date) -> None:
    """Raise `Invalid` where rounds of *scheme* are not called like this."""
    expected = scheme.round.label
    if expected and expected != label:
        params = {"year": expected}
        raise Invalid((Blocker(code="year_mismatch", field="year", params=params),))
    form = _LABELS.get(scheme.round.every)
    if form is None or form.fullmatch(label) is None:
        raise Invalid((not_this_round(scheme, "round"),))
    # A mistyped year would stand in the log, and in its cases' numbers, for good. What is said of a
    # year is done in it, after it or ahead of it.
    first, last = day.year - 1, day.year + 1
    if not expected and not first <= int(label[:4]) <= last:
        bounds: dict[str, str | int] = {"first": first, "last": last}
        raise Invalid((Blocker(code="round_too_far", field="round", params=bounds),))


def _missing(code: str, **params: str) -> Blocker:
    return Blocker(code=code, field="scheme", params=params)


def not_this_round(scheme: Scheme, field: str) -> Blocker:
    """Return the reason that rounds of *scheme* are not opened like this."""
    params = {"every": scheme.round.every}
    return Blocker(code="not_this_round", field=field, params=params)


def counts_of(sort: Sort) -> dict[str, int]:
    """Return how many there should be, were opened, and need not be."""
    return {"expected": sort.expected, "opened": sort.opened, "exempt": sort.exempt}


def openers_of(
    grants: Iterable[Grant], scheme: Scheme, unit: str, organisation: Organisation
) -> tuple[Opener, ...]:
    """Return whom *grants* of a scheme name for a round over *unit*: parties found from there."""
    found = []
    for grant in grants:
        rule = scheme.parties.units.get(grant.party)
        known = None if rule is None else resolve(rule, unit, organisation).unit
        found.append(Opener(bodies=() if known is None else (known,), roles=tuple(grant.roles)))
    return tuple(found)
