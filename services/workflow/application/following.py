"""What follows from a case, and what once did: derived from its events whenever somebody asks.

Each consequence names the event that brought it about, by its position in the log, and the one that
took its ground away. What rests on figures that are not the reader's to see is not told to them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Followed:
    """One consequence: on what ground, since when, and until when if it is no longer so."""

    spell: Spell
    since: Step
    until: Step | None
    opened: Case | None  # the case it opened, where that is the reader's to see
    is_kept: bool = False  # it opens a case, and not before its grade is told to all who see this


def may_follow_of(kind: Kind, scheme: Scheme) -> bool:
    """Tell whether anything follows from cases of *kind* at all."""
    return any(one.kind in ("", kind.name) for one in scheme.consequences)


def followed(
    stored: Sequence[Stored],
    scheme: Scheme,
    organisation: Organisation,
    extent: Extent,
    opened: Iterable[Case],
) -> Iterator[Followed]:
    """Yield what follows from the case of *stored*, its own events, the oldest first."""
    if not stored:
        return
    steps = dict[int, Step]()
    states, theirs = list(_states(stored, steps)), list(opened)
    for spell in spells(states, scheme, organisation):
        if not extent.gradings.isdisjoint(name for name, _ in spell.ground.grades):
            continue
        until = None if spell.until is None else steps[spell.until]
        since = steps[spell.since]
        one = _opened(spell, since, until, theirs)
        rule = spell.consequence
        kept = bool(rule.opens) and until is None and not is_told(rule, states[-1], scheme)
        yield Followed(
            spell=spell, since=since, until=until, opened=one, is_kept=kept and one is None
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
    )


def _opened(spell: Spell, since: Step, until: Step | None, cases: Iterable[Case]) -> Case | None:
    """Return the case that a consequence opened, or found open; the newest of several."""
    one = spell.consequence
    because = one.clause or one.opens
    found = (
        case
        for case in cases
        if (case.kind, case.because) == (one.opens, because)
        and (until is None or case.opened_at <= until.at)
        and (case.is_open or case.effective_at >= since.at)
    )
    return max(found, key=lambda case: case.opened_at, default=None)


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
        _, links, _ = self._access.links_of(actor, found)
        opened = {one.stream: one for link in links for one in link.cases}
        stored = self._reads.stream(found.case.stream)
        organisation = found.organisation
        told = followed(stored, scheme, organisation, found.extent, _children(opened, found.case))
        return found, scheme, tuple(told)


def _children(cases: Mapping[str, Case], of: Case) -> Iterator[Case]:
    yield from (one for one in cases.values() if one.of == of.stream)
