"""What is asked of cases, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from schemas.complaints import Fault
from services.workflow.domain.authority import Actor
from services.workflow.domain.case.head import Case
from services.workflow.domain.refusals import Blocker


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseCommand:
    """One trigger for one case, as one actor asks it."""

    case: str  # its stream
    trigger: str
    actor: Actor
    data: Mapping[str, Any] = field(default_factory=dict)  # as received: checked after authority
    reason: str | None = None
    reference: str | None = None
    effective_at: datetime | None = None  # None: now
    desk: str = ""  # whose signature it is, where the actor could give several
    dry_run: bool = False
    if_match: int | None = None
    key: str | None = None  # None only on a dry run
    fingerprint: bytes = b""
    correlation: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenCommand:
    """One case that is to be opened, at a unit or as a child of another."""

    cycle: str
    kind: str
    actor: Actor
    unit: str = ""  # its anchor; a child's is its parent's
    parent: str = ""  # the parent's stream
    effective_at: datetime | None = None
    key: str | None = None
    fingerprint: bytes = b""
    correlation: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What came of a command, enough to answer it in either language."""

    status: int  # 201; 200 (dry run); 403, 404, 409, 412, 422, 503
    case: Case | None = None  # after the event; on a refusal as it stands
    event: bytes | None = None  # the event's very bytes
    blockers: tuple[Blocker, ...] = ()
    faults: tuple[Fault, ...] = ()
    allowed: tuple[str, ...] = ()  # on 409: the triggers that fit the present state
    replayed: bool = False
