"""Reviews and appends for the contract tests: made up, but shaped as the engine makes them."""

import hashlib
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.envelope import event_type, seal
from schemas.streams import REFUSALS, Stream
from services.workflow.application.ports import Append, Key, Refusal, Text
from services.workflow.domain.review import Audit, Holder, Review
from tests.unit.schemas.facts import envelope

START = datetime(2020, 1, 8, 1, 30, tzinfo=UTC)
CYCLE = "00000000-0000-4000-8000-00000000c1c1"


def review(nth: int = 1, year: int = 2019, **changes: Any) -> Review:
    """A review as it stands after it was opened."""
    own = Stream("review", str(uuid.UUID(int=nth, version=4)))
    values: dict[str, Any] = {
        "id": own.id,
        "kind": own.kind,
        "of": "c.h1.a",
        "family": own.pair,
        "number": f"{year}-C-{nth:04d}",
        "cycle": CYCLE,
        "scheme": "5" * 64,
        "person": "zhang",
        "unit": "c.h1.a",
        "unit_kind": "grassroots_branch",
        "tier": "C",
        "path": ("w", "c", "c.h1", "c.h1.a"),
        "audits": (Audit(stage="unit_audit", body="c.h1"),),
        "hearing_body": "c.h1",
        "state": "drafting",
        "version": 1,
        "holder": Holder(unit="c.h1.a", role="secretary", person="zhang"),
        "entered_at": START,
        "due_at": START + timedelta(days=6, hours=14, minutes=30),
        "effective_at": START,
        "recorded_at": START,
        "opened_at": START,
        "initial": "drafting",
        "marks": {"opened": START, "drafting": START},
    }
    return Review(**{**values, **changes})


def moved(before: Review, state: str = "unit_audit", **changes: Any) -> Review:
    """The review after its next event, one minute later."""
    at = before.recorded_at + timedelta(minutes=1)
    values: dict[str, Any] = {
        "state": state,
        "version": before.version + 1,
        "holder": Holder(unit="c.h1", role="office"),
        "entered_at": at,
        "effective_at": at,
        "recorded_at": at,
        "marks": {**before.marks, state: at},
    }
    return replace(before, **{**values, **changes})


def sealed(stream: str, version: int, at: datetime, fact: str, **attributes: Any) -> bytes:
    """A right event; what it says beyond where it is filed is always the same."""
    filed = {"subject": stream, "streamversion": version, "time": at}
    return seal(envelope(fact, **{**filed, **attributes}))


def fact_of(stream: str, version: int) -> str:
    """What stands in a stream of this name."""
    kind, _, rest = stream.partition("/")
    side = {"refusals": "trigger_refused", "notices": "notice_recorded"}
    own = "review_opened" if version == 1 else "state_changed"
    others = {"cycle": "cycle_opened", "organisation": "organisation_changed"}
    return others.get(kind) or side.get(rest.partition("/")[2], own)


def opening(one: Review, **changes: Any) -> Append:
    return append(one.stream(), 1, after=one, **changes)


def move(before: Review, after: Review | None = None, **changes: Any) -> Append:
    after = after or moved(before)
    stream = before.stream()
    return append(
        stream,
        after.version,
        **{"before": before, "after": after, "recorded_at": after.recorded_at, **changes},
    )


def append(stream: str, version: int, **changes: Any) -> Append:
    fact, at = fact_of(stream, version), changes.pop("recorded_at", START)
    body = changes.pop("body", None) or sealed(stream, version, at, fact)
    return Append(
        stream=stream,
        version=version,
        type=event_type(fact),
        recorded_at=at,
        body=body,
        **changes,
    )


def refused(
    one: Review, version: int, at: datetime = START, actor: str = "li", **changes: Any
) -> Append:
    refusal = Refusal(
        case=one.id, actor=actor, trigger="close", case_version=one.version, verdict="f" * 64
    )
    stream = one.stream(REFUSALS)
    return append(stream, version, **{"recorded_at": at, "refusal": refusal, **changes})


def key(name: str, client: str = "oa") -> Key:
    return Key(client=client, key=name, fingerprint=hashlib.sha256(name.encode()).digest())


def text(content: str, salt: bytes = bytes(32)) -> Text:
    data = content.encode()
    return Text(sha256=hashlib.sha256(salt + data).digest(), salt=salt, content=data)
