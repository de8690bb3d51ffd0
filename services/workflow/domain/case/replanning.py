"""Replanning: which deadlines were told from what has moved since, and to when they go.

One mechanism for every source: each desk keeps what its deadline was told from and at which
version. A move of the source changes nothing else in its transaction; the cases that rest on an
older version are found later, and those that entered their state meanwhile with them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from schemas.calendar import end_of_day
from schemas.instants import instant
from services.workflow.domain.case.acts import Recorded
from services.workflow.domain.case.desks import Stay, due_of
from services.workflow.domain.case.evolving import evolve
from services.workflow.domain.case.head import Case, Due, Holder
from services.workflow.domain.case.times import raised
from services.workflow.domain.case.wire import told_change
from services.workflow.domain.case.world import Looks, World
from services.workflow.domain.language.model.days import ROUND


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """A deadline that goes elsewhere: of which desk, from when to when."""

    desk: Holder
    due: Due


def is_outdated(case: Case, world: World) -> bool:
    """Tell whether a deadline of *case* was told from an older version of some source."""
    calendar = (world.calendar.id, world.calendar.hash)
    return any(
        _is_older(holder.due, calendar, case, world)
        for holder in case.holders
        if not holder.due.by_hand
    )


def _is_older(due: Due, calendar: tuple[str, str], case: Case, world: World) -> bool:
    if due.calendar is not None and due.calendar != calendar:
        return True
    if due.rule is None and due.at is not None:  # told by a release that kept no sources
        return True
    return any(_has_moved(link, due, case, world) for link in {one.link for one in due.sources})


def _has_moved(link: str, due: Due, case: Case, world: World) -> bool:
    """Tell whether *link* leads elsewhere than when *due* was told, or what is there has moved."""
    if link == ROUND:  # its days move by no event
        return False
    told = {one.stream: one.version for one in due.sources if one.link == link and one.stream}
    return told != {
        one.stream: one.version
        for one in world.heads.linked(case, link)
        if one.final != "abandoned"
    }


def moves(case: Case, world: World) -> Iterator[Moved]:
    """Yield where the deadlines of *case* go; nothing of what was set by hand or is suspended."""
    if case.suspended or not case.is_open or case.awaits_seal:
        return
    stay = Stay(case=case, world=world, day=world.day(case.effective_at))
    told = [(one, due_of(stay, one.desk)) for one in case.holders if not one.due.by_hand]
    going = [(holder, due) for holder, due in told if _goes(holder.due, due, world)]
    looks = _looked_at(case, [due for _, due in going], world)
    recorded_at = looks.recorded_at(world.now, case.recorded_at)
    for holder, due in going:
        overdue = holder.due.at is not None and holder.due.at <= world.now
        yield Moved(desk=holder, due=due if overdue else raised(due, world, recorded_at))


def _goes(before: Due, told: Due, world: World) -> bool:
    """Tell whether a deadline leaves where it is for what the rule tells now."""
    if told.at == _unraised(before, world) and told.waits_for == before.waits_for:
        return False
    if before.at is not None and before.at <= world.now:
        # Overdue: nobody is let off by a notice that is raised for them.
        return told.at is not None and told.at > before.at
    return True


def told_moves(case: Case, moved: Sequence[Moved]) -> dict[str, Any]:
    """Return what the event that moves deadlines of *case* says."""
    return {
        # It repeats when things last took effect: an act before the holiday can be recorded after.
        "effective_at": instant(case.effective_at),
        "dues": [told_change(replace(one.desk, due=one.due), one.desk.due) for one in moved],
    }


def replan(case: Case, moved: Sequence[Moved], world: World) -> Recorded:
    """Return the event that moves deadlines of *case*, as `moves` found them."""
    data = told_moves(case, moved)
    looks = _looked_at(case, [one.due for one in moved], world)
    recorded_at = looks.recorded_at(world.now, case.recorded_at)
    after = evolve(case, "deadline_changed", data, None, recorded_at)
    return Recorded(fact="deadline_changed", data=data, before=case, after=after)


def _unraised(due: Due, world: World) -> object:
    """Return the deadline that the rule gave, where it was too near and was raised."""
    if due.raised_from is None:
        return due.at
    return end_of_day(due.raised_from, world.scheme.zone)


def _looked_at(case: Case, dues: Iterable[Due], world: World) -> Looks:
    """Return the cases that *dues* were told from: what counts days alone looks at none."""
    looks = Looks()
    for link in {source.link for due in dues for source in due.sources} - {ROUND}:
        for one in world.heads.linked(case, link):
            looks.at(one)
    return looks
