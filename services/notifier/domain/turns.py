"""When it may be another who has a desk: a post, a standing in or an absence begins, or ends.

The one idea: nothing of that is said of a case, so it is asked on that very day who has the desks
there by then, and whoever was never told of what lies there is told. Whoever was told of it
is told nothing more, however often they go and come back.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from schemas.calendar import ZONE, end_of_day, local_day
from schemas.policy import LATE_START, Target
from services.notifier.domain.case import Stay
from services.notifier.domain.notice import ANSWERED, Notice, Terms, decide
from services.notifier.domain.organisation import Organisation
from services.notifier.domain.plan import LATE, Timed, late_start
from services.notifier.domain.recipients import Reached, climb
from services.notifier.domain.urges import Urge, decide_arrival

_DAY = timedelta(days=1)


@dataclass(frozen=True, order=True, slots=True)
class Turn:
    """From an instant on it may be another who serves somewhere."""

    at: datetime
    # A unit; or a person who comes or goes, and so wherever they serve then. Both are looked for.
    where: str


def turns(fact: str, data: Mapping[str, Any], at: datetime) -> set[Turn]:
    """Return the turns that an event of the organisation brings, which was recorded *at*."""
    if fact in {"delegated", "absent"}:
        return {*_of([data], at)}
    if fact != "organisation_changed":
        return set()
    return {*_of([*data["posts"], *data["dropped"]["posts"]], at)}


def _of(spans: Iterable[Mapping[str, Any]], at: datetime) -> Iterator[Turn]:
    for one in spans:
        until = one.get("until")
        yield from turns_of(
            one.get("unit", one["person"]),
            date.fromisoformat(one["from"]),
            date.fromisoformat(until) if until else None,
            at,
        )


def turns_of(where: str, since: date, until: date | None, known_at: datetime) -> Iterator[Turn]:
    """Yield the turns of one post, standing in or absence that was *known_at* an instant."""
    yield Turn(max(known_at, end_of_day(since - _DAY, ZONE)), where)
    if until is not None and (ends := end_of_day(until, ZONE)) > known_at:
        yield Turn(ends, where)


def taken_over(
    urge: Urge, stay: Stay, told: Iterable[Notice], organisation: Organisation, terms: Terms
) -> list[Notice]:
    """Return the notices to those who have the desk by now and were told nothing of this stay.

    *told* is what was decided about the case. Of what is late by now the late start tells, where
    nobody who has the desk was told of its deadline; else that there is work.
    """
    reached = climb((Target(),), stay, organisation, local_day(terms.now, terms.policy.zone))
    lately = [one for one in told if one.case_version >= stay.since and _counts(one)]
    # What goes to those above, or to who asked for something, says that it is somebody else's.
    know = {
        one.recipient.person
        for one in lately
        if one.recipient and one.kind != "escalation" and one.reason != ANSWERED
    }
    fresh = tuple(one for one in reached.recipients if one.person not in know)
    if not fresh:
        return []
    late = _late(urge, stay, reached, lately, organisation, terms)
    if late:
        return late
    came = stay.desk.came
    if came is None or terms.policy.at(stay.case.place).arrival is None:
        return []
    of_it = replace(urge, case_version=came.version, actor=came.actor)
    return decide_arrival(of_it, stay, replace(reached, recipients=fresh), terms)


def _counts(one: Notice) -> bool:
    # Who could not be told that it is late has had their turn.
    return one.status != "not_sent" or one.rung == LATE_START


def _late(
    urge: Urge,
    stay: Stay,
    reached: Reached,
    lately: Iterable[Notice],
    organisation: Organisation,
    terms: Terms,
) -> list[Notice]:
    if stay.due_at is None or stay.due_at > terms.now or not stay.runs:
        return []
    of_deadline = {
        one.recipient.person
        for one in lately
        if one.recipient and (one.desk, one.due_at) == (stay.desk.name, stay.due_at)
    }
    if not of_deadline.isdisjoint(one.person for one in reached.recipients):
        return []
    rungs = [
        Timed(track=track.name, index=LATE, rung=track.late_start, at=urge.at)
        for track in terms.policy.at(stay.case.place).tracks
        if track.late_start is not None
    ]
    due = [late_start(stay, one, terms.policy, organisation, terms.now) for one in rungs]
    return [notice for one in due for notice in decide(one, stay, terms)]
