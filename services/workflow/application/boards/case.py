"""One case: what happened, what will happen unless somebody acts, and who must act.

The one idea: past and future are one line. The past is the case's three streams, the future comes
from the notifier's planner, the deadline in force and the calendar; nothing here is decided anew.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter

from services.workflow.application.boards.acts import Act, acts_of, alone, is_open, may, stands_for
from services.workflow.application.boards.held import Held, held_times
from services.workflow.application.boards.history import (
    Entry,
    Missed,
    Place,
    Rest,
    Unreadable,
    listed_in,
    past_of,
    people_in,
    read_entries,
    read_own,
    rests_ahead,
    told_of,
)
from services.workflow.application.boards.linked import Leads, leads_of, near_of, sees
from services.workflow.application.boards.look import Desk, Look, Names, Sources
from services.workflow.application.boards.recurring import Recurring, nameable, recurring
from services.workflow.application.boards.rows import Row, read_row
from services.workflow.application.boards.spoken import Spoken
from services.workflow.application.boards.stages import Stage, stages
from services.workflow.application.boards.to_answer import TEXTS, Points, points_of
from services.workflow.application.boards.versions import Version, versions_of
from services.workflow.application.firing.looking import looking
from services.workflow.application.firing.port import Standing, Wanted
from services.workflow.application.following import (
    Followed,
    followed,
    may_follow_of,
    parts_of,
    with_causes,
)
from services.workflow.application.reading_ports import Stored
from services.workflow.application.rulebook import Rules
from services.workflow.application.seeing import SeenCase, seen
from services.workflow.domain.case.again import Neighbours
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.listing import Listing
from services.workflow.domain.case.parties import bodies_of
from services.workflow.domain.case.pool import would_hold
from services.workflow.domain.case.verdicts import judged
from services.workflow.domain.case.world import Heads
from services.workflow.domain.language.model.documents import Document, Person
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.refusals import NotYours


@dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """Where the case's records lie in the log."""

    n_events: int
    first: int | None
    last: int | None
    n_pending: int  # recorded, but without a position yet
    checkpoint: int | None  # size of the last signed one


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseBoard:
    """Everything the page of a case shows."""

    case: Case
    here: Spoken  # what its things are called
    rules: Rules
    row: Row
    names: Names
    notifier_away: bool
    stages: tuple[Stage, ...]
    past: tuple[Entry | Unreadable | Missed, ...]  # oldest first
    older: Place | None  # there are older events, and the page with them ends before this one
    before: Place | None  # ... as this one does: there are newer ones
    rests: tuple[Rest, ...]
    acts: tuple[Act, ...]
    held: tuple[Held, ...]
    versions: tuple[Version, ...]  # of all its documents
    leads: tuple[Leads, ...]
    near: Neighbours  # at its place: what came before it, and after it
    recurring: Recurring
    nameable: Mapping[str, str]  # numbers of what rows could take up again, by stream
    to_answer: Points
    people: tuple[str, ...]  # whom a form that names people offers
    drawable: tuple[str, ...]  # the units that a form of a draw offers
    followed: tuple[Followed, ...]  # from grade, flags and mode, now and once
    judged: tuple[str, ...]  # the documents that a verdict is due on
    opened: bool  # whether the one who looks has opened all of them, if it is theirs to give
    n_returns: int
    proof: Proof
    seats: Mapping[str, Listing]  # who stands on its rosters
    stands_for: str | None  # whose deputy the one who looks is, where it lies with them as such
    may_note: bool
    may_urge: bool
    may_see_refusals: bool

    @property
    def numbers(self) -> Mapping[str, str]:
        """What the cases it leads to are called, by stream."""
        told = [one.case for lead in self.leads for one in lead.cases]
        known = {one.stream: one.number for one in (*told, *self.recurring.earlier)}
        return {**known, **self.nameable}


def case_board(
    sources: Sources,
    look: Look,
    case_id: str,
    checkpoint: int | None,
    before: Place | None = None,
) -> CaseBoard:
    """Return the board of one case, with its newest events or those *before* one.

    Raises:
        NotYours: absent, or not theirs to see.
    """
    found = seen_case(sources, look, case_id)
    case, extent = found.case, found.extent
    # And the history that they stand in.
    if extent.shown is None and not sources.watch.opens(look.actor, TEXTS, found):
        raise NotYours(case_id)
    rules = sources.rulebook.of(case.cycle)
    names = Names(look)
    row, away = read_row(sources, look, case, names)
    bodies = bodies_of(case, alone(look, case, rules))
    sees_refusals = may(look, "case.refusals.read", case, bodies=bodies)
    entries, older, shown = read_entries(sources, case, before, extent, with_refusals=sees_refusals)
    intervals = sources.reads.intervals(case.id) if extent.shown is None else []
    readable = [entry for entry in entries if isinstance(entry, Entry)]
    # A page of a long history may lack what the form begins with, and what is compared.
    is_whole = older is None and before is None
    if is_whole:
        of_it = (one for one in shown if one.stream == case.stream)
        whole, stored = readable, sorted(of_it, key=attrgetter("version"))
    else:
        stored = sources.reads.stream(case.stream)
        whole = read_own(sources, case, stored, extent)
    own = [entry for entry in whole if entry.event.subject == case.stream]
    here = row.here
    heads = sources.heads(case)
    leads = tuple(leads_of(case, heads, look, here, rules))
    versions = tuple(versions_of(own, here))
    held = held_times(intervals, look, rules)
    acts = tuple(acts_of(sources, look, case, rules)) if extent.shown is None else ()
    documents = judged(case, here.life)
    judges = any(act.trigger.verdict and is_open(act) for act in acts)
    people = tuple(dict.fromkeys(_offered(case, acts, look, here)))
    names.want(*people, stands_for(look, case))
    _want_names(names, [*readable, *own], here)
    seats = listed_in(own)
    for entry in readable:
        names.want(*(one.person for one in told_of(entry.event, seats)))
    for desk in (*(one.desk for one in held), *_desks(row, leads)):
        names.want(*desk.people)
    names.look_up(sources.reads)
    past = past_of(entries, intervals, look, here, is_first=older is None, is_last=before is None)
    return CaseBoard(
        case=extent.figures_of(case),
        here=here,
        seats=seats,
        rules=rules,
        row=row,
        names=names,
        notifier_away=away,
        stages=stages(case, here.life, intervals),
        past=tuple(past),
        older=older,
        before=before,
        rests=tuple(rests_ahead(row, look, rules)),
        acts=acts,
        held=held,
        versions=versions,
        leads=leads,
        near=near_of(case, heads, look, rules),
        recurring=recurring(sources, look, case, here.scheme),
        nameable=nameable(sources, look, case, _to_fill_in(acts, here)),
        to_answer=points_of(case, heads, look, rules, sources),
        people=people,
        followed=_followed(sources, look, found, heads, row, stored),
        drawable=_drawable(sources, case, rules, acts),
        judged=documents,
        opened=not judges or sources.watch.has_opened(look.actor, case, documents),
        n_returns=sum(_sent_back(entry) for entry in own),
        proof=_proof(entries, checkpoint),
        stands_for=stands_for(look, case),
        may_note=may(look, "case.note", case),
        may_urge=bool(case.holders) and may(look, "case.urge", case),
        may_see_refusals=sees_refusals,
    )


def _to_fill_in(acts: Iterable[Act], here: Spoken) -> Iterator[Document]:
    """Yield the documents that the one who looks may bring now."""
    for act in acts:
        for take in act.trigger.takes if is_open(act) else ():
            if take.what == "document":
                yield here.scheme.documents[take.name]


def _drawable(sources: Sources, case: Case, rules: Rules, acts: Iterable[Act]) -> tuple[str, ...]:
    """Return the units that a draw is among, or would be, where an act leaves one out."""
    steps = {act.trigger.draws.step for act in acts if is_open(act) and act.trigger.draws}
    if not steps & {"freeze", "exempt"}:
        return ()
    drawing = case.drawing
    if drawing is not None:
        hash_ = bytes.fromhex(drawing.terms["roster"]["sha256"])
        text = sources.reads.texts([hash_]).get(hash_)
        listed = drawing.order or (text.content.decode().splitlines() if text else ())
        return tuple(one for one in listed if one not in drawing.out)

    def ask(standing: Standing) -> tuple[str, ...]:
        world = rules.running.world(
            standing.heads[case.cycle], sources.directory.at_least(0), case.recorded_at, str
        )
        held = would_hold(case, world) or {"units": ()}
        return tuple(held["units"])

    return looking(sources.store, Wanted(case=case.stream), ask)


def _followed(
    sources: Sources, look: Look, found: SeenCase, heads: Heads, row: Row, stored: list[Stored]
) -> tuple[Followed, ...]:
    """Return what follows from a case, by its own events as they are *stored*."""
    case, here = found.case, row.here
    if found.extent.shown is not None or not may_follow_of(here.kind, here.scheme):
        return ()
    world = sources.rulebook.of(case.cycle).running.world(heads, look.organisation, look.now, str)
    parts = parts_of(case, world, lambda one: sees(look, one, world))
    told = followed(
        stored, here.scheme, look.organisation, found.extent, with_causes(parts, sources.reads)
    )
    return tuple(told)


def seen_case(sources: Sources, look: Look, case_id: str) -> SeenCase:
    """Return a case the one who looks may see, and what of it; one statement for nearly all.

    Raises:
        NotYours: absent, or not theirs to see.
    """

    def ask(standing: Standing) -> SeenCase:
        case = standing.case(case_id)
        if case is not None:
            rules, heads = sources.rulebook.of(case.cycle).running, standing.heads[case.cycle]
            world = rules.world(heads, look.organisation, look.now, str)
            found = seen(look.actor, case, world)
            if isinstance(found, SeenCase):
                return found
        raise NotYours(case_id)

    return looking(sources.store, Wanted(case=case_id), ask)


def _offered(case: Case, acts: Iterable[Act], look: Look, here: Spoken) -> Iterator[str]:
    """Yield those who hold posts above the case, where some act names people."""
    if any(_names_people(act.trigger, here) for act in acts):
        for post in look.organisation.posts():
            if post.unit in case.path and post.holds_on(look.day):
                yield post.person


def _names_people(trigger: Trigger, here: Spoken) -> bool:
    return trigger.replaces or any(
        isinstance(column.type, Person)
        for take in trigger.takes
        if take.what == "document"
        for column in here.columns(take.name)
    )


def _desks(row: Row, leads: Iterable[Leads]) -> Iterator[Desk]:
    yield from row.desks
    for lead in leads:
        for one in lead.cases:
            yield from one.desks


def _sent_back(entry: Entry) -> bool:
    verdict = entry.event.data.get("verdict", {})
    return bool(verdict.get("result") == "back")


def _proof(entries: list[Entry | Unreadable], checkpoint: int | None) -> Proof:
    positions = [entry.position for entry in entries if entry.position is not None]
    return Proof(
        n_events=len(entries),
        first=min(positions, default=None),
        last=max(positions, default=None),
        n_pending=len(entries) - len(positions),
        checkpoint=checkpoint,
    )


def _want_names(names: Names, entries: Iterable[Entry], here: Spoken) -> None:
    for entry in entries:
        names.want(entry.event.actor, entry.event.deputyfor, *people_in(entry.event.data, here))
