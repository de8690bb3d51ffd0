"""What follows from a case, and what once did: derived from its events whenever somebody asks.

Each consequence names the event that brought it about, by its position in the log, and the one that
took its ground away. Neither what rests on figures that are not the reader's to see is told to them
nor what leads to a case that is left to others: the line would tell them that there is one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from schemas.envelope import Envelope, UnreadableEvent, peek
from schemas.streams import Stream
from services.workflow.application.access import Access
from services.workflow.application.folding import Life
from services.workflow.application.reading_ports import Reads, Stored
from services.workflow.application.rulebook import Rulebook
from services.workflow.application.seeing import SeenCase
from services.workflow.domain.authority import Actor
from services.workflow.domain.case.consequences import is_told
from services.workflow.domain.case.following import Spell, spells
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.seeing import Extent
from services.workflow.domain.case.world import World
from services.workflow.domain.language.model.lives import Kind
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.organisation import Organisation
from services.workflow.domain.refusals import NotYours


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """The event that brought a consequence about, or ended it."""

    version: int
    position: int | None  # None: not sequenced yet
    trigger: str
    at: datetime  # effective
    recorded_at: datetime
    id: str  # of the event


@dataclass(frozen=True, kw_only=True, slots=True)
class Followed:
    """One consequence: on what ground, since when, and until when if it is no longer so."""

    spell: Spell
    since: Step
    until: Step | None
    opened: Case | None  # the case it opened, where that is the reader's to see
    is_kept: bool = False  # it opens a case, and not before its grade is told to all who see this


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """The cases that one has led to, and what of them somebody sees."""

    cases: tuple[Case, ...] = ()  # all of them, in the order of opening
    seen: frozenset[str] = frozenset()  # the streams of those that are theirs to see
    kinds: frozenset[str] = frozenset()  # of which they would see a case that begins now
    causes: Mapping[str, str] = field(default_factory=dict)  # by stream, the event that opened it


def parts_of(case: Case, world: World, sees: Callable[[Case], bool]) -> Parts:
    """Return the cases of *case* that opened because of something, yet without what opened them."""
    linked = (world.heads.linked(case, link.name) for link in case.links)
    cases = {one.stream: one for found in linked for one in found if one.of == case.stream}
    because = tuple(one for one in cases.values() if one.because)
    leads = {one.opens for one in world.scheme.consequences if one.opens}
    return Parts(
        cases=because,
        seen=frozenset(one.stream for one in because if sees(one)),
        kinds=frozenset(kind for kind in leads if sees(_beginning(kind, case, world))),
    )


def with_causes(parts: Parts, reads: Reads) -> Parts:
    """Return *parts* with the events that opened them; one statement, and none where none are."""
    if not parts.cases:
        return parts
    events = reads.first_events([one.stream for one in parts.cases])
    causes = {one.stream: peek(one.body).causationid or "" for one in events}
    return replace(parts, causes=causes)


def _beginning(kind: str, of: Case, world: World) -> Case:
    """Return a case of *kind* as it would begin under *of*, as far as its readers hang on it."""
    life = world.scheme.kinds[kind].life_of(of.unit_kind)
    if life is None:
        return of
    return replace(
        of, kind=kind, of=of.stream, tier=life.tier or None, state=life.initial, holders=()
    )


def may_follow_of(kind: Kind, scheme: Scheme) -> bool:
    """Tell whether anything follows from cases of *kind* at all."""
    return any(one.kind in ("", kind.name) for one in scheme.consequences)


def followed(
    stored: Sequence[Stored],
    scheme: Scheme,
    organisation: Organisation,
    extent: Extent,
    parts: Parts,
) -> Iterator[Followed]:
    """Yield what follows from the case of *stored*, its own events, the oldest first."""
    if not stored:
        return
    steps = dict[int, Step]()
    states = list(_states(stored, steps))
    told = spells(states, scheme, organisation)
    opened = _Opened(told, steps, parts)
    for spell in told:
        if not extent.gradings.isdisjoint(name for name, _ in spell.ground.grades):
            continue
        rule, one = spell.consequence, opened.by(spell)
        is_theirs = rule.opens in parts.kinds if one is None else one.stream in parts.seen
        if rule.opens and not is_theirs:
            continue
        until = None if spell.until is None else steps[spell.until]
        kept = bool(rule.opens) and until is None and not is_told(rule, states[-1], scheme)
        yield Followed(
            spell=spell,
            since=steps[spell.since],
            until=until,
            opened=one,
            is_kept=kept and one is None,
        )


def _states(stored: Sequence[Stored], steps: dict[int, Step]) -> Iterator[Case]:
    """Yield the case after each of its events; each as a step is kept by its version."""
    life = Life(Stream.parse(stored[0].stream))
    for one in stored:
        try:
            event = peek(one.body)
            case = life.then(event)
        except UnreadableEvent:  # stored before every event was held against its schema
            return
        steps[case.version] = _step(one, event, case)
        yield case


def _step(stored: Stored, event: Envelope, case: Case) -> Step:
    return Step(
        version=stored.version,
        position=stored.position,
        trigger=event.data.get("trigger", ""),
        at=case.effective_at,
        recorded_at=case.recorded_at,
        id=event.id,
    )


class _Opened:
    """Which case each spell opened, or found there when it began.

    A case names the event that opened it: neither clocks that stand still nor two changes of one
    instant confuse what followed from which.
    """

    def __init__(self, told: Sequence[Spell], steps: Mapping[int, Step], parts: Parts) -> None:
        self._told = told
        self._steps = steps
        versions = {step.id: version for version, step in steps.items()}
        self._cases = [
            (versions[cause], one)
            for one in parts.cases
            if (cause := parts.causes.get(one.stream, "")) in versions
        ]

    def by(self, spell: Spell) -> Case | None:
        """Return the newest of those that opened in *spell*, or that it found."""
        rule = spell.consequence
        found = [
            (version, one)
            for version, one in self._cases
            if (one.kind, one.because) == (rule.opens, rule.clause or rule.opens)
            and (spell.until is None or version < spell.until)
            and (version >= spell.since or self._is_found(version, one, spell))
        ]
        return max(found, key=lambda each: each[0], default=(0, None))[1]

    def _is_found(self, version: int, case: Case, spell: Spell) -> bool:
        """Tell whether *case*, opened before, is what *spell* rests on as well.

        It was open still, or it has followed all along: one that was held stays what came of it
        where a figure is corrected to another grade that leads there too.
        """
        if case.is_open or case.recorded_at > self._steps[spell.since].recorded_at:
            return True
        at = spell.since
        while at > version:
            before = [one.since for one in self._told if self._reaches(one, at, spell)]
            if not before:
                return False
            at = min(before)
        return True

    def _reaches(self, one: Spell, at: int, spell: Spell) -> bool:
        """Tell whether *one*, to the same end as *spell*, began before *at* and lasted until it."""
        rule, other = one.consequence, spell.consequence
        same = (rule.clause, rule.opens) == (other.clause, other.opens)
        return same and one.since < at and (one.until is None or one.until >= at)


class Following:
    """The use case of who reads what follows from a case."""

    def __init__(self, *, access: Access, reads: Reads, rulebook: Rulebook) -> None:
        self._access = access
        self._reads = reads
        self._rulebook = rulebook

    def of(self, actor: Actor, case_id: str) -> tuple[SeenCase, Scheme, Sequence[Followed]]:
        """Return a case, its scheme, and all that follows from it, and did.

        Raises:
            NotYours: absent, or not theirs to see.
        """
        found = self._access.case(actor, case_id)
        if found.extent.shown is not None:
            raise NotYours(case_id)
        scheme = self._rulebook.scheme(found.case.scheme)
        parts = with_causes(self._access.around(actor, found, parts_of), self._reads)
        stored = self._reads.stream(found.case.stream)
        told = followed(stored, scheme, found.organisation, found.extent, parts)
        return found, scheme, tuple(told)
