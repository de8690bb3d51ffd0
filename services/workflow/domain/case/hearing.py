"""Which of two meetings at one place a case is heard by: once, unless it is done again."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from services.workflow.domain.case.agenda import agendas, over_at, shown_at
from services.workflow.domain.case.between import Question, heard, reached
from services.workflow.domain.case.evolving import OPENED
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.polling import lacks_figure, polls_of
from services.workflow.domain.case.slots import newest
from services.workflow.domain.case.where import matches
from services.workflow.domain.case.world import Heads, Looks, Place, World
from services.workflow.domain.language.model.guards import Heard, Reached
from services.workflow.domain.language.model.rosters import Agenda
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.refusals import Blocker


def not_heard_now(one: Case, trigger: Trigger, meeting: Case, world: World) -> Blocker | None:
    """Return why *trigger* waits for the *meeting* that hears *one*; None: it does not.

    Asked of what a meeting's page has at hand: itself and those that met at its place.
    """
    place = Place(meeting.cycle, meeting.kind, meeting.unit)
    current = newest((meeting, *world.heads.peers(meeting)))
    heads = Heads(
        cases={each.stream: each for each in (one, current) if each is not None},
        current={} if current is None else {place: current.stream},
    )
    question = Question(case=one, at=world.now, world=replace(world, heads=heads), looks=Looks())
    for guard in (each for each in trigger.guards if isinstance(each, Reached | Heard)):
        link = one.link(guard.link)
        is_its = link is not None and (link.way, link.kind, link.unit) == ("slot", *place[1:])
        asked = is_its and matches(guard.where, one, world.organisation)
        found = heard(guard, question) if isinstance(guard, Heard) else reached(guard, question)
        why = next(found, None) if asked else None
        if why is not None:
            return why
    return None


def heard_here(linked: Sequence[Case], case: Case, link: str, world: World) -> Sequence[Case]:
    """Return those of *linked* that *case* goes through itself, where the *link* is its agenda.

    What another meeting at its place heard and is done with stays as that one left it. Once *case*
    is over, what was done again since it heard that goes its own way: it comes to the next meeting.
    """
    agenda = next((one for one in _agendas(case, world) if one.link == link), None)
    if agenda is None:
        return linked
    own = tuple(one for one in linked if not is_anothers(one, case, agenda, world))
    if not agenda.pins or over_at(case, agenda, world) is None:
        return own
    return tuple(one for one in own if shown_at(one, agenda, world) is not None)


def _agendas(case: Case, world: World) -> Iterator[Agenda]:
    for trigger in world.life(case).triggers.values():
        yield from agendas(trigger, world)


def is_anothers(one: Case, meeting: Case, agenda: Agenda, world: World) -> bool:
    """Tell whether another meeting at the place of *meeting* heard *one*, before it or after it."""
    before = was_heard_before(one, meeting, agenda, world)
    return before or _was_heard_later(one, meeting, agenda, world)


def _was_heard_later(one: Case, meeting: Case, agenda: Agenda, world: World) -> bool:
    """Tell whether *one* was presented after *meeting* was over, when another had been opened."""
    over, shown = over_at(meeting, agenda, world), shown_at(one, agenda, world)
    if over is None or shown is None:
        return False
    opened = (other.reached[OPENED].recorded_at for other in world.heads.peers(meeting))
    return any(over < at <= shown for at in opened)


def was_heard_before(one: Case, meeting: Case, agenda: Agenda, world: World) -> bool:
    """Tell whether *one* was presented before *meeting* was opened, and is done with elsewhere.

    By a meeting that was over then and stands; else, where that was given up, only if it has been
    voted on since. Who is done again is gone through once more.
    """
    shown = shown_at(one, agenda, world)
    if shown is None or shown >= meeting.reached[OPENED].recorded_at:
        return False
    if was_heard_by_another(shown, meeting, agenda, world, world.now):
        return True
    return not any(lacks_figure(one, poll, world) for poll in polls_of(meeting, world))


def was_heard_by_another(
    shown: datetime, meeting: Case, agenda: Agenda, world: World, then: datetime
) -> bool:
    """Tell whether what was *shown* was so to a meeting that was over before *meeting* was opened.

    And stood: it was not given up, or only after *then*.
    """
    opened = meeting.reached[OPENED].recorded_at
    for other in world.heads.peers(meeting):
        given_up = other.final == "abandoned" and other.reached[other.state].recorded_at <= then
        over = None if given_up else over_at(other, agenda, world)
        if over is not None and shown <= over <= opened:
            return True
    return False
