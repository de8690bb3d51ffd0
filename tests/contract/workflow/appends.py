"""Cases and writes for the contract tests: made up, but shaped as the engine makes them."""

import hashlib
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.envelope import event_type, seal
from schemas.streams import REFUSALS
from services.workflow.application.firing.port import Event, Write
from services.workflow.application.ports import Append, Key, Refusal, Text
from services.workflow.domain.case.head import Audit, Case, Due, Holder, Reached
from tests.unit.schemas.facts import envelope

START = datetime(2020, 1, 8, 1, 30, tzinfo=UTC)
CYCLE = "00000000-0000-4000-8000-00000000c1c1"


class Written(Write):
    """One event of a case's own stream: what is written, and what a rebuild applies of it."""

    __slots__ = ()
    refusal = notice = inbox = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.events[0], name)


def review(nth: int = 1, year: int = 2019, **changes: Any) -> Case:
    """A case as it stands after it was opened; *due_at* is that of its only desk, *holder*."""
    id_ = str(uuid.UUID(int=nth, version=4))
    entered = Reached(effective_at=START, recorded_at=START)
    due = Due(at=START + timedelta(days=6, hours=14, minutes=30))
    values: dict[str, Any] = {
        "id": id_,
        "kind": "review",
        "label": "述职评议",
        "family": f"{changes.get('kind', 'review')}/{changes.get('id', id_)}",
        "number": f"{year}-C-{nth:04d}",
        "cycle": CYCLE,
        "scheme": "5" * 64,
        "person": "zhang",
        "unit": "c.h1.a",
        "unit_kind": "grassroots_branch",
        "tier": "C",
        "path": ("w", "c", "c.h1", "c.h1.a"),
        "audits": (Audit(stage="unit_audit", body="c.h1"),),
        "parties": {"hearing_body": "c.h1"},
        "state": "drafting",
        "version": 1,
        "holders": (Holder(unit="c.h1.a", role="secretary", person="zhang", due=due),),
        "entered_at": START,
        "effective_at": START,
        "recorded_at": START,
        "opened_at": START,
        "initial": "drafting",
        "reached": {"opened": entered, "drafting": entered},
    }
    return whole(Case(**{**values, **desks(values["holders"], changes)}))


def desks(holders: tuple[Holder, ...], changes: dict[str, Any]) -> dict[str, Any]:
    """The *changes* of a case with its only desk, and when it is due there, as its holders."""
    changed = dict(changes)
    if "holder" in changed:
        due = holders[0].due if holders else Due()
        one = changed.pop("holder")
        holders = () if one is None else (replace(one, due=due),)
    if "due_at" in changed:
        at = changed.pop("due_at")
        holders = tuple(replace(one, due=Due(at=at)) for one in holders)
    return {"holders": holders} | changed


def whole(case: Case) -> Case:
    """The case with the deadline of its first desk, as folding has it."""
    first = case.holder
    return case if first is None else replace(case, due=first.due)


def lying(unit: str, role: str, due_at: datetime | None, person: str | None = None) -> Holder:
    return Holder(unit=unit, role=role, person=person, due=Due(at=due_at))


def moved(before: Case, state: str = "unit_audit", **changes: Any) -> Case:
    """The case after its next event, one minute later."""
    at = before.recorded_at + timedelta(minutes=1)
    values: dict[str, Any] = {
        "state": state,
        "version": before.version + 1,
        "holders": (Holder(unit="c.h1", role="office", due=before.due),),
        "entered_at": at,
        "effective_at": at,
        "recorded_at": at,
        "reached": {**before.reached, state: Reached(effective_at=at, recorded_at=at)},
    }
    return whole(replace(before, **{**values, **desks(values["holders"], changes)}))


def sealed(stream: str, version: int, at: datetime, fact: str, **attributes: Any) -> bytes:
    """A right event; what it says beyond where it is filed is always the same."""
    filed = {"subject": stream, "streamversion": version, "time": at}
    return seal(envelope(fact, **{**filed, **attributes}))


def fact_of(stream: str, version: int) -> str:
    """What stands in a stream of this name."""
    kind, _, rest = stream.partition("/")
    side = {"refusals": "trigger_refused", "notices": "notice_recorded"}
    own = "case_opened" if version == 1 else "state_changed"
    others = {"cycle": "cycle_opened", "organisation": "organisation_changed"}
    return others.get(kind) or side.get(rest.partition("/")[2], own)


def opening(one: Case, **changes: Any) -> Written:
    return written(None, one, **changes)


def move(before: Case, after: Case | None = None, **changes: Any) -> Written:
    return written(before, after or moved(before), **changes)


def written(before: Case | None, after: Case, **changes: Any) -> Written:
    """One event of a case's own stream, with all that its write says."""
    at, version = changes.pop("recorded_at", after.recorded_at), after.version
    fact = fact_of(after.stream, version)
    event = Event(
        stream=after.stream,
        version=version,
        type=event_type(fact),
        recorded_at=at,
        body=changes.pop("body", None) or sealed(after.stream, version, at, fact),
        before=before,
        after=after,
        texts=changes.pop("texts", ()),
    )
    return Written(cycle=after.cycle, events=(event,), root="w", **changes)


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
    one: Case, version: int, at: datetime = START, actor: str = "li", **changes: Any
) -> Append:
    refusal = Refusal(
        case=one.id, actor=actor, trigger="close", case_version=one.version, verdict="f" * 64
    )
    stream = f"{one.stream}/{REFUSALS}"
    return append(stream, version, **{"recorded_at": at, "refusal": refusal, **changes})


def key(name: str, client: str = "oa") -> Key:
    return Key(client=client, key=name, fingerprint=hashlib.sha256(name.encode()).digest())


def text(content: str, salt: bytes = bytes(32)) -> Text:
    data = content.encode()
    return Text(sha256=hashlib.sha256(salt + data).digest(), salt=salt, content=data)


def with_body(one: Any, body: bytes) -> Any:
    """*one* with the bytes *body* as its event."""
    if isinstance(one, Append):
        return replace(one, body=body)
    return replace(one, events=(replace(one.events[0], body=body),))
