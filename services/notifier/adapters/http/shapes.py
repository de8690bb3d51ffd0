"""What callers get: the ledger's rows, next notices and readiness as JSON values."""

from base64 import urlsafe_b64encode
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import orjson

from schemas.instants import instant
from schemas.readiness import DEGRADED, DOWN, OK, Part, readiness
from services.notifier.adapters.http.requests import OF_REVIEWS
from services.notifier.application.ports import Way
from services.notifier.application.questions import NextNotice
from services.notifier.application.status import Status
from services.notifier.application.store_ports import SetAside
from services.notifier.domain.answers import Answer
from services.notifier.domain.gate import Gate
from services.notifier.domain.notice import Notice
from services.notifier.domain.watch import VERDICTS, DayHeld, OnTrack, Tracks, Watch

# A pass takes milliseconds, or as long as a long poll and a slow mail server; not this long.
STALLED_AFTER = timedelta(seconds=60)
SWEEP_LATE = timedelta(seconds=60)  # the head that was seen is not reached, for as long
PARTS = (
    "database",
    "clocks",
    "feed",
    "broker",
    "texts",
    "events",
    "policy",
    "workflow",
    "mailbox",
)  # what may be in trouble
# Nothing can be told while one of these is in trouble. Without brokers everything goes on, by way
# of the log, and what the workflow does not take now waits.
_ENDS_THE_WORK = frozenset({"database", "clocks", "feed", "texts", "events"})


def notice(one: Notice) -> dict[str, Any]:
    """Return one row of the ledger; optional keys are absent."""
    body: dict[str, Any] = {
        "notice": one.id,
        "subject": one.case,
        "version": one.case_version,
        "state": one.state,
        "track": one.track,
        "rung": one.rung,
        "kind": one.kind,
        "channel": one.channel,
        "status": one.status,
        "reason": one.reason,
        "skipped": [
            {"unit": s.unit, "role": s.role, "reason": s.reason}
            | ({"person": s.person} if s.person else {})
            for s in one.skipped
        ],
        "planned_at": one.planned_at,
        "decided_at": one.decided_at,
        "attempts": one.attempts,
        "policyhash": one.policy,
    }
    if one.case.startswith(OF_REVIEWS):  # as a release of before called it
        body |= {"review": one.case.removeprefix(OF_REVIEWS), "review_version": one.case_version}
    optional = {
        "desk": one.desk or None,
        "due_at": one.due_at,
        "retry_at": one.retry_at,
        "urged_by": one.urged_by,
        "instead_of": one.instead_of,
        "why_channel": one.why_channel or None,
        "letter": one.letter,
        "acknowledgement": one.asks or None,
        "settled_at": one.settled_at,
        "words": asdict(one.words) if one.words else None,
    }
    body |= {key: value for key, value in optional.items() if value is not None}
    if one.recipient is not None:
        to = one.recipient
        body["recipient"] = {"person": to.person, "unit": to.unit, "role": to.role}
    return body


def next_notice(one: NextNotice | SetAside | None) -> dict[str, Any] | None:
    """Return the next notice of a case, or why there is none; None where nobody will be told."""
    if one is None:
        return None
    if isinstance(one, SetAside):
        return {"set_aside": {"position": one.position, "version": one.version}}
    to = {"unit": one.to.unit, "role": one.to.role}
    if one.alone:
        to["person"] = one.to.person
    told = {"at": one.at, "rung": one.rung, "kind": one.kind, "to": to}
    return told | {"policyhash": one.policy}


def answer(one: Answer) -> dict[str, Any]:
    """Return what was promised, or put off, at one desk of a case."""
    told = {"desk": one.desk, "until": one.until.isoformat(), "reason": one.reason}
    return told if one.person is None else told | {"person": one.person}


def watch(one: Watch | None) -> dict[str, Any]:
    """Return what the notifier sees of its own work; `at` is null where nobody looks."""
    if one is None:
        return {"at": None}
    return {
        "at": one.at,
        "holds": one.holds,
        "tracks": one.tracks and _tracks(one.tracks),
        "sending": one.n_sending,
        "oldest_due": one.oldest_due,
        "unreached": {
            "n": one.n_unreached,
            "items": [
                {**_on(each.on), "rung": each.rung, "reason": each.reason, "at": each.at}
                for each in one.unreached
            ],
        },
        "yesterday": one.yesterday and _held(one.yesterday),
    }


def channel(name: str, way: Way, gate: Gate | None, now: datetime) -> dict[str, Any]:
    """Return a channel: what it takes of a person, and how its gate stands; nothing secret."""
    shut = gate.shut_until if gate and gate.shut_until and gate.shut_until > now else None
    return {
        "channel": name,
        "address": way.address,
        "needs_address": way.is_of_one_person,
        "broken": bool(gate and gate.is_broken),
        "failures": gate.failures if gate else 0,
        "shut_until": shut,
        "why": gate.why if gate and shut else "",
    }


def _tracks(one: Tracks) -> dict[str, Any]:
    return {"at": one.at, "n": dict(one.n), "unarmed": [_on(each) for each in one.unarmed]}


def _held(one: DayHeld) -> dict[str, Any]:
    return {
        "day": one.day.isoformat(),
        "n": {found: one.n.get(found, 0) for found in VERDICTS},
        "missing": [_on(each) for each in one.missing],
    }


def _on(one: OnTrack) -> dict[str, Any]:
    return {"subject": one.case, "desk": one.desk, "track": one.track}


def as_json(body: Any) -> bytes:
    """Return *body* as JSON; instants as the wire spells them."""
    return orjson.dumps(body, default=_spell, option=orjson.OPT_PASSTHROUGH_DATETIME)


def _spell(value: Any) -> str:
    if isinstance(value, datetime):
        return instant(value)
    raise TypeError(type(value).__name__)


def page_mark(last: Notice) -> str:
    """Return the cursor behind *last*; it carries no authority."""
    return urlsafe_b64encode(f"{instant(last.decided_at)}/{last.id}".encode()).decode()


def parts(status: Status, now: datetime) -> dict[str, Part]:
    """Return how each part is at the system time *now*; *status* is all that is looked at.

    What is late or set aside is told, and requests are still answered: one notifier is active,
    there is no better one to send them to.
    """
    found: dict[str, Part] = {part: {"status": OK} for part in PARTS}
    found["engine"] = {"status": OK if _goes_on(status, now) else DOWN, "active": status.active}
    found["feed"] = {"status": OK, "lag": status.lag}
    silent = {"set_aside": status.n_set_aside, "in_vain": status.n_in_vain}
    found["cases"] = _worse(any(silent.values()), **silent)
    broken = sorted(name for name, gate in status.gates.items() if gate.is_broken)
    found["channels"] = _worse(bool(broken), broken=broken)
    seen = status.watch  # read once: the engine's thread forgets it with its lease
    if seen is not None:
        counted = {"unarmed": seen.n_unarmed, "missing": seen.n_missing, "sending": seen.n_sending}
        found["watch"] = _worse(not seen.holds, **counted)
    if status.leads_since is not None:
        swept_at = status.swept_at or status.leads_since
        found["sweep"] = _worse(now - swept_at > SWEEP_LATE, since=swept_at)
    for part, what in status.problems.items():
        stands = DOWN if part in _ENDS_THE_WORK else DEGRADED
        found[part] = {**found.get(part, {}), "status": stands, "what": what}
    return found


def _worse(is_late: bool, **facts: Any) -> Part:  # noqa: FBT001
    return {"status": DEGRADED if is_late else OK, **facts}


def _goes_on(status: Status, now: datetime) -> bool:
    return status.last_pass_at is not None and now - status.last_pass_at <= STALLED_AFTER


def ready(status: Status, now: datetime) -> tuple[int, dict[str, Any]]:
    """Return the HTTP status of `/readyz` and its body.

    Whoever drives the clock goes by `clock`, `feed_position` and `swept_through`.
    """
    code, body = readiness(parts(status, now))
    return code, {
        **body,
        "clock": status.clock,
        "feed_position": status.feed_position,
        "head": status.head,
        "swept_through": status.swept_through,
        "parked": status.n_parked,
        "backlog": dict(status.backlog),
        "foreign": status.foreign and asdict(status.foreign),
    }
