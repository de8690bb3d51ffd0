"""Replanning: which deadlines were told from what has moved since, and to when they go.

One mechanism for every source: each desk keeps what its deadline was told from and at which
version. A move of the source changes nothing else in its transaction; the cases that rest on an
older version are found later, and those that entered their state meanwhile with them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

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
    if case.suspended or not case.is_open:
        return
    recorded_at = _looked_at(case, world).recorded_at(world.now, case.recorded_at)
    stay = Stay(case=case, world=world, day=world.day(case.effective_at))
    for holder in case.holders:
        if holder.due.by_hand:
            continue
        told = due_of(stay, holder.desk)
        if told.at == _unraised(holder.due, world) and told.waits_for == holder.due.waits_for:
            continue
        if holder.due.at is not None and holder.due.at <= world.now:
            # Overdue: nobody is let off by a notice that is raised for them.
            if told.at is None or told.at <= holder.due.at:
                continue
            yield Moved(desk=holder, due=told)
        else:
            yield Moved(desk=holder, due=raised(told, world, recorded_at))


def replan(case: Case, moved: Iterable[Moved], world: World) -> Recorded:
    """Return the event that moves deadlines of *case*, as `moves` found them."""
    data = {
        # It repeats when things last took effect: an act before the holiday can be recorded after.
        "effective_at": instant(case.effective_at),
        "dues": [told_change(replace(one.desk, due=one.due), one.desk.due) for one in moved],
    }
    recorded_at = _looked_at(case, world).recorded_at(world.now, case.recorded_at)
    after = evolve(case, "deadline_changed", data, None, recorded_at)
    return Recorded(fact="deadline_changed", data=data, before=case, after=after)


def _unraised(due: Due, world: World) -> object:
    """Return the deadline that the rule gave, where it was too near and was raised."""
    if due.raised_from is None:
        return due.at
    return end_of_day(due.raised_from, world.scheme.zone)


def _looked_at(case: Case, world: World) -> Looks:
    looks = Looks()
    for link in case.links:
        for one in world.heads.linked(case, link.name):
            looks.at(one)
    return looks
