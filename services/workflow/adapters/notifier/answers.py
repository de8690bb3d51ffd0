"""What the notifier answers, read: ValueError and the like where it is none of its answers."""

import http.client
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from schemas.instants import parse_day, parse_instant
from services.workflow.application.boards import (
    Answered,
    NextNotice,
    NothingNext,
    Planned,
    SetAside,
)
from services.workflow.application.boards.own_work import DayHeld, OwnWork, Track
from services.workflow.application.boards.plans import (
    MovedDeadline,
    NoPlans,
    Plans,
    Said,
    TextFault,
    UnderWay,
    Words,
    planned,
)
from services.workflow.application.channel_trials import (
    ABSENT,
    AWAY,
    BUSY,
    NO_ADDRESS,
    TURNED_AWAY,
    Channel,
    Tried,
)


def came_of(status: int, told: Mapping[str, Any]) -> Plans | NoPlans | UnderWay:
    """Return what came of a simulation that was asked for."""
    if status == http.client.ACCEPTED:
        return UnderWay(id=str(told["simulation"]))
    return _plans(told) if status == http.client.OK else _no_plans(told)


def _plans(told: Mapping[str, Any]) -> Plans:
    otherwise = told.get("otherwise") or {}
    parts = (told["notices"], otherwise.get("gone", ()), otherwise.get("come", ()))
    now, gone, come = (tuple(map(planned, part)) for part in parts)
    words = told.get("words")
    # A notifier of the release before tells of no deadlines.
    moved = tuple(map(_moved, otherwise.get("deadlines", ())))
    said = _words(words) if words else None
    return Plans(now=now, gone=gone, come=come, words=said, deadlines=moved)


def _moved(told: Mapping[str, Any]) -> MovedDeadline:
    before, after = (parse_instant(told[end]) if told[end] else None for end in ("from", "to"))
    return MovedDeadline(case=str(told["subject"]), before=before, after=after)


def _words(told: Mapping[str, Any]) -> Words:
    # A notifier of the release before writes Chinese alone, and does not say so.
    every = (told, *told.get("others", ()))
    said = tuple(
        Said(
            language=str(one.get("language", "zh")),
            subject=str(one["subject"]),
            text=str(one["text"]),
        )
        for one in every
    )
    return Words(notice=str(told["notice"]), said=said)


def _no_plans(told: Mapping[str, Any]) -> NoPlans:
    faults = [one for one in told.get("errors", ()) if "reason" in one]
    return NoPlans(
        code=str(told["code"]),
        faults=tuple(
            TextFault(
                field=str(one["field"]),
                line=int(one.get("line", 0)),
                zh=str(one["reason"]["zh"]),
                en=str(one["reason"]["en"]),
            )
            for one in faults
        ),
    )


def channel(told: Mapping[str, Any]) -> Channel:
    """Return one of its channels."""
    until = told["shut_until"]
    return Channel(
        name=str(told["channel"]),
        address=str(told["address"]),
        needs_address=bool(told["needs_address"]),
        failures=int(told["failures"]),
        broken=bool(told["broken"]),
        shut_until=parse_instant(until) if until else None,
        why=str(told["why"]),
    )


def tried(status: int, body: bytes) -> Tried:
    """Return what came of a trial of a channel."""
    if status == http.client.OK:
        told = orjson.loads(body)
        return Tried(str(told["outcome"]), str(told["reason"]))
    if status == http.client.NOT_FOUND:
        return Tried(ABSENT)
    if status == http.client.BAD_REQUEST:
        return Tried(NO_ADDRESS)
    if status < http.client.INTERNAL_SERVER_ERROR:
        return Tried(TURNED_AWAY)  # it was not taken from us, and so not tried
    return Tried(BUSY if orjson.loads(body)["code"] == "busy" else AWAY)


def next_notice(
    item: Mapping[str, Any] | None, said: Sequence[Mapping[str, Any]]
) -> Planned | None:
    """Return what is planned next of a case, of which *said* was promised or put off."""
    answered = tuple(
        Answered(
            desk=str(one["desk"]),
            until=parse_day(one["until"]),
            reason=str(one["reason"]),
            person=one.get("person"),
        )
        for one in said
    )
    if item is None:
        return NothingNext(answered) if answered else None
    if "set_aside" in item:
        return SetAside(position=int(item["set_aside"]["position"]))
    to = item.get("to") or {}
    return NextNotice(
        at=parse_instant(item["at"]),
        rung=str(item["rung"]),
        kind=item["kind"],
        unit=to.get("unit"),
        role=to.get("role"),
        person=to.get("person"),
        policy=str(item.get("policyhash", "")),
        answered=answered,
    )


def own_work(told: Mapping[str, Any]) -> OwnWork:
    """Return how it finds its own work."""
    if told["at"] is None:
        return OwnWork(at=None)
    tracks, held, due = told["tracks"], told["yesterday"], told["oldest_due"]
    return OwnWork(
        at=parse_instant(told["at"]),
        holds=bool(told["holds"]),
        tracks=_counts(tracks["n"]) if tracks else None,
        unarmed=_tracks(tracks["unarmed"]) if tracks else (),
        sending=int(told["sending"]),
        oldest_due=parse_instant(due) if due else None,
        n_unreached=int(told["unreached"]["n"]),
        unreached=_tracks(told["unreached"]["items"]),
        yesterday=_held(held) if held else None,
    )


def _held(told: Mapping[str, Any]) -> DayHeld:
    missing = _tracks(told["missing"])
    return DayHeld(day=parse_day(told["day"]), counts=_counts(told["n"]), missing=missing)


def _counts(told: Mapping[str, Any]) -> dict[str, int]:
    return {str(name): int(n) for name, n in told.items()}


def _tracks(told: Sequence[Mapping[str, Any]]) -> tuple[Track, ...]:
    return tuple(
        Track(
            case=str(one["subject"]),
            desk=str(one["desk"]),
            track=str(one["track"]),
            reason=str(one.get("reason", "")),
            at=parse_instant(one["at"]) if "at" in one else None,
        )
        for one in told
    )
