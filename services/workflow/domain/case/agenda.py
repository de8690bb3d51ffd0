"""What a meeting goes through: cases of its agenda alone, each once, each at its own place."""

from collections.abc import Iterator
from datetime import datetime

from services.workflow.domain.case.acts import Asked
from services.workflow.domain.case.between import Question, counted
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.rows import placed
from services.workflow.domain.case.world import World
from services.workflow.domain.language.model.documents import Case as CaseType
from services.workflow.domain.language.model.guards import Quorum
from services.workflow.domain.language.model.rosters import Agenda
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.refusals import Blocker


def off_agenda(asked: Asked) -> Iterator[Blocker]:
    """Yield the rows that name a case which is not on the agenda, or was gone through before.

    What an act brings is a point of the agenda where it asks for a quorum of the roster.
    """
    named = list(_named(asked))
    for agenda in agendas(asked.trigger, asked.world) if named else ():
        linked = {one.stream: one for one in asked.world.heads.linked(asked.case, agenda.link)}
        seen = set[str]()
        for field, stream in named:
            if stream not in linked:
                yield Blocker(code="not_on_agenda", field=field, params={"case": stream})
            elif stream in seen or _was_heard(linked[stream], agenda, asked):
                params = {"case": linked[stream].number}
                yield Blocker(code="heard_before", field=field, params=params)
            seen.add(stream)


def agendas(trigger: Trigger, world: World) -> Iterator[Agenda]:
    """Yield the agendas that *trigger* goes through."""
    for guard in trigger.guards:
        roster = world.scheme.rosters.get(getattr(guard, "roster", ""))
        if isinstance(guard, Quorum) and roster is not None and roster.agenda is not None:
            yield roster.agenda


def goes_through(trigger: Trigger, roster: str, scheme: Scheme) -> bool:
    """Tell whether *trigger* takes points that name cases of the agenda of *roster*."""
    counts = any(isinstance(one, Quorum) and one.roster == roster for one in trigger.guards)
    known = scheme.rosters.get(roster)
    columns = (
        column.type
        for take in trigger.takes
        if take.what == "document" and take.name in scheme.documents
        for column in scheme.documents[take.name].columns
    )
    named = any(isinstance(one, CaseType) for one in columns)
    return counts and named and known is not None and known.agenda is not None


def _was_heard(one: Case, agenda: Agenda, asked: Asked) -> bool:
    """Tell whether *one* was gone through here, or presented before they met.

    Not if it was ordered to be done again since.
    """
    begun = asked.case.reached[asked.case.state].recorded_at
    if one.forgot_at is not None and one.forgot_at > begun:
        return False
    return one.stream in asked.case.heard or was_shown(one, begun, agenda, asked.world)


def was_shown(one: Case, before: datetime, agenda: Agenda, world: World) -> bool:
    """Tell whether what is gone through of *one* was presented *before* that."""
    shown = shown_at(one, agenda, world)
    return shown is not None and shown < before


def shown_at(one: Case, agenda: Agenda, world: World) -> datetime | None:
    """Return when what is gone through of *one* was presented; None: it was not, or not since."""
    shown = {
        state
        for trigger in world.life(one).triggers.values()
        if agenda.pins and trigger.presents == agenda.pins
        for source in trigger.sources
        for state in trigger.targets(source, ())
    }
    times = (one.reached[state].recorded_at for state in shown & one.reached.keys())
    return min(times, default=None)


def over_at(meeting: Case, agenda: Agenda, world: World) -> datetime | None:
    """Return since when nothing of its agenda is gone through any more; None: it may be yet."""
    sessions = {
        state
        for trigger in world.life(meeting).triggers.values()
        if agenda in agendas(trigger, world)
        for state in trigger.sources
    }
    begun = [meeting.reached[one].recorded_at for one in sessions & meeting.reached.keys()]
    if meeting.state in sessions or not begun:
        return None if meeting.is_open else meeting.recorded_at
    times = (one.recorded_at for one in meeting.reached.values())
    return min((at for at in times if at > max(begun)), default=max(begun))


def place_taken(asked: Asked) -> Iterator[Blocker]:
    """Yield the case that has the place on the agenda which is asked for."""
    order: int | None = asked.act.given.get("order")
    if order is None:
        return
    for agenda, meeting in _meetings(asked):
        at, world, looks = asked.act.effective_at, asked.world, asked.looks
        by = Question(case=meeting, at=at, world=world, looks=looks)
        for _, linked in counted(agenda.link, by):
            for one in linked:
                if one.order == order and one.id != asked.case.id:
                    params: dict[str, str | int] = {"order": order, "number": one.number}
                    yield Blocker(code="order_taken", field="data.order", params=params)


def _meetings(asked: Asked) -> Iterator[tuple[Agenda, Case]]:
    """Yield the agendas on which the asking case stands, each with the case that has it."""
    scheme = asked.world.scheme
    for agenda in filter(None, (one.agenda for one in scheme.rosters.values())):
        for kind in scheme.kinds.values():
            link = kind.links.get(agenda.link)
            if link is not None and link.form == "back" and link.kind == asked.case.kind:
                linked = asked.world.heads.linked(asked.case, link.back)
                yield from ((agenda, one) for one in linked if one.kind == kind.name)


def _named(asked: Asked) -> Iterator[tuple[str, str]]:
    for name, given in asked.act.given.get("documents", {}).items():
        columns = asked.world.scheme.documents[name].columns
        of_cases = [one.name for one in columns if isinstance(one.type, CaseType)]
        for place, row in placed(name, given):
            yield from ((f"{place}.{one}", row[one]) for one in of_cases if row.get(one))
