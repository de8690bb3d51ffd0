"""What the one who looks may do with a case: asked of the case alone, or of the engine."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from services.workflow.application.boards.look import Look, Sources
from services.workflow.application.firing.possible import Possible
from services.workflow.application.reading_ports import ListQuery
from services.workflow.application.rulebook import Rules
from services.workflow.domain.authority import authorise
from services.workflow.domain.authority.firing import Candidate
from services.workflow.domain.case.acting import who_may, why_not_fire
from services.workflow.domain.case.head import Case, Holder
from services.workflow.domain.case.requests import Request, requests, waiting
from services.workflow.domain.case.sights import Unread
from services.workflow.domain.case.world import Heads, World
from services.workflow.domain.language.model.lives import Life
from services.workflow.domain.language.model.triggers import Trigger

Parents = Mapping[str, Case]  # by stream
_NONE: Parents = {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """One trigger as the one who looks sees it."""

    possible: Possible
    trigger: Trigger
    fits: bool  # the state allows it: what is in the way is something else
    who: tuple[tuple[str, tuple[str, ...]], ...]  # units and roles that may do it


def is_open(act: Act) -> bool:
    """Tell whether an act can be done now: what is missing, its form will carry."""
    return act.possible.allowed or (
        act.fits
        and all(
            blocker.field == "reason" or blocker.field.startswith("data")
            for blocker in act.possible.blockers
        )
    )


def may(look: Look, operation: str, case: Case, bodies: Collection[str] = ()) -> bool:
    """Tell whether the one who looks may do *operation* on a case."""
    verdict = authorise(
        look.actor, operation, look.organisation, look.day, case=case, bodies=bodies
    )
    return verdict.allowed


def parents_of(sources: Sources, cases: Iterable[Case]) -> Parents:
    """Return the cases that *cases* belong to; one statement, none where they belong to none.

    Whoever judges what may be done with a part needs its whole: nobody verifies their own item.
    """
    ids = {one.of.partition("/")[2] for one in cases if one.of is not None}
    if not ids:
        return {}
    query = ListQuery(ids=tuple(sorted(ids)), limit=len(ids))
    found = sources.reads.list_cases(query, total=len(ids)).cases
    return {one.stream: one for one in found}


def quick_acts(look: Look, case: Case, rules: Rules, parents: Parents = _NONE) -> Iterator[Trigger]:
    """Yield the triggers that fit the state and that the one who looks may fire; no statement.

    One that cases have to be asked for that are not among *parents* is left out: its page asks.
    """
    return (trigger for trigger, is_sure in _acts(look, case, rules, parents) if is_sure)


def open_acts(look: Look, case: Case, rules: Rules, parents: Parents) -> Iterator[Trigger]:
    """Yield those of `quick_acts`, and those that other cases may yet forbid; no statement."""
    return (trigger for trigger, _ in _acts(look, case, rules, parents))


def _acts(look: Look, case: Case, rules: Rules, parents: Parents) -> Iterator[tuple[Trigger, bool]]:
    world = alone(look, case, rules, parents)
    for trigger in world.life(case).triggers_from(case.state):
        if not trigger.fits_suspension(case.suspended):
            continue
        try:
            verdict = authorise(
                look.actor,
                "case.trigger",
                look.organisation,
                look.day,
                case=case,
                fires=partial(_why_not, case=case, trigger=trigger, world=world),
                trigger=trigger.name,
                client_triggers=rules.scheme.clients,
            )
        except Unread:
            yield trigger, False
            continue
        if verdict.allowed:
            yield trigger, True


def who_files(
    sources: Sources, look: Look, case: Case, rules: Rules, trigger: str
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the units, with the roles in each, of those who may fire *trigger*; () if unknown."""
    world = alone(look, case, rules, parents_of(sources, (case,)))
    known = world.life(case).triggers.get(trigger)
    with suppress(Unread):
        return who_may(case, known, world) if known else ()
    return ()


def _why_not(candidate: Candidate, case: Case, trigger: Trigger, world: World) -> str:
    return why_not_fire(candidate, case, trigger, world)


def alone(look: Look, case: Case, rules: Rules, parents: Parents = _NONE) -> World:
    """Return the world as far as *case* itself tells of it, and what it belongs to."""
    heads = Heads(cases={**parents, case.stream: case}, seen=frozenset())
    return rules.running.world(heads, look.organisation, look.now, str)


def holds(look: Look, case: Case) -> bool:
    """Tell whether the case lies on a desk of the one who looks."""
    return holding(look, case) is not None


def holding(look: Look, case: Case) -> Candidate | None:
    """Return in whose name the case lies with the one who looks; None: it does not."""
    found = (voice for voice, _ in _held(look, case))
    return next(found, None)


def to_answer(look: Look, case: Case, life: Life) -> Request | None:
    """Return what was asked for in *case* and is theirs to answer who looks; None: nothing."""
    theirs = {holder.desk for _, holder in _held(look, case)}
    return next((one for one in waiting(case, requests(life)) if one.document in theirs), None)


def _held(look: Look, case: Case) -> Iterator[tuple[Candidate, Holder]]:
    """Yield the desks on which the case lies with the one who looks, and in whose name."""
    candidate = Candidate(look.actor.person or "", look.organisation, look.day)
    principals = () if candidate.person in case.subjects else candidate.principals
    for voice in (candidate, *principals):
        yield from ((voice, one) for one in case.holders if voice.has_desk(one, case.path))


def stands_for(look: Look, case: Case) -> str | None:
    """Return as whose deputy the one who looks has the case on their desk; None: as nobody's."""
    voice = holding(look, case)
    return None if voice is None or voice.by is None else voice.person


def acts_of(
    sources: Sources,
    look: Look,
    case: Case,
    rules: Rules,
    only: Callable[[Trigger], bool] | None = None,
) -> Iterator[Act]:
    """Yield what may be done with a case, each with whether who looks may do it.

    *only* those that it takes.
    """
    world = alone(look, case, rules)
    for possible in sources.possible(look.actor, case.stream, only):
        trigger = world.life(case).triggers[possible.trigger]
        fits = trigger.fits(case.state, suspended=case.suspended)
        who: tuple[tuple[str, tuple[str, ...]], ...] = ()
        with suppress(Unread):
            who = who_may(case, trigger, world)
        yield Act(possible=possible, trigger=trigger, fits=fits, who=who)
