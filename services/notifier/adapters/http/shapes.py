"""What callers get: the ledger's rows, next notices and readiness as JSON values."""

from base64 import urlsafe_b64encode
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from schemas.instants import instant
from services.notifier.application.ports import SetAside
from services.notifier.application.questions import NextNotice
from services.notifier.application.status import Status
from services.notifier.domain.notice import Notice

# A pass takes milliseconds, or as long as a long poll and a slow mail server; not this long.
STALLED_AFTER = timedelta(seconds=60)


def notice(one: Notice) -> dict[str, Any]:
    """Return one row of the ledger; optional keys are absent."""
    body: dict[str, Any] = {
        "notice": one.id,
        "review": one.review,
        "review_version": one.review_version,
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
    optional = {"due_at": one.due_at, "retry_at": one.retry_at, "urged_by": one.urged_by}
    body |= {key: value for key, value in optional.items() if value is not None}
    if one.recipient is not None:
        to = one.recipient
        body["recipient"] = {"person": to.person, "unit": to.unit, "role": to.role}
    return body


def next_notice(one: NextNotice | SetAside | None) -> dict[str, Any] | None:
    """Return the next notice of a review, or why there is none; None where nobody will be told."""
    if one is None:
        return None
    if isinstance(one, SetAside):
        return {"set_aside": {"position": one.position, "version": one.version}}
    to = {"unit": one.to.unit, "role": one.to.role}
    if one.alone:
        to["person"] = one.to.person
    return {"at": one.at, "rung": one.rung, "kind": one.kind, "to": to}


def page_mark(last: Notice) -> str:
    """Return the cursor behind *last*; it carries no authority."""
    return urlsafe_b64encode(f"{instant(last.decided_at)}/{last.id}".encode()).decode()


def readiness(status: Status, now: datetime) -> tuple[dict[str, Any], bool]:
    """Return what `/readyz` says, and whether it is well."""
    problems = dict(status.problems)
    if status.last_pass_at is None:
        problems["engine"] = "starting"
    elif now - status.last_pass_at > STALLED_AFTER:
        problems["engine"] = "stalled"
    body = {
        "status": "ready" if not problems else "not_ready",
        "active": status.active,
        "clock": status.clock,
        "feed_position": status.feed_position,
        "head": status.head,
        "swept_through": status.swept_through,
        "parked": status.n_parked,
        "backlog": dict(status.backlog),
        "foreign": status.foreign and asdict(status.foreign),
        "problems": problems,
    }
    # Without brokers everything goes on, by way of the log.
    return body, not problems.keys() - {"broker"}
