"""What is asked of a case, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from schemas.complaints import Fault
from services.workflow.domain.authority import Actor
from services.workflow.domain.refusals import Blocker
from services.workflow.domain.review import Review


@dataclass(kw_only=True, slots=True)
class Command:
    """One trigger for one case, as one actor asks it."""

    case: str
    trigger: str
    actor: Actor
    kind: str | None = None  # the only one the case may be of; None: any
    data: Mapping[str, Any] = field(default_factory=dict)  # as received: checked after authority
    reason: str | None = None
    reference: str | None = None
    effective_at: datetime | None = None  # None: now
    dry_run: bool = False
    if_match: int | None = None
    key: str | None = None  # None only on a dry run
    fingerprint: bytes = b""
    correlation: str = ""  # the request's id
    # The version of tokens the actor was authenticated at, where that is not yet known to be the
    # present one: it is read together with the case, and 401 says that it has moved.
    identity_version: int | None = None


@dataclass(kw_only=True, slots=True)
class Outcome:
    """What came of a command, enough to answer it in either language."""

    status: int  # 201; 200 (dry run); 401, 403, 404, 409, 412, 422, 503
    review: Review | None = None  # after the event; on a refusal as it stands, None on 404
    event: bytes | None = None  # the event's very bytes
    blockers: tuple[Blocker, ...] = ()  # all of them
    faults: tuple[Fault, ...] = ()  # on 422: what is wrong with the data itself, all of it
    allowed: tuple[str, ...] = ()  # on 409: the triggers that fit the present state
    replayed: bool = False  # rebuilt from an earlier event with the same key


@dataclass(frozen=True, kw_only=True, slots=True)
class Possible:
    """One trigger, seen by one person now."""

    trigger: str
    to: str | None  # None: the state stays
    allowed: bool
    blockers: tuple[Blocker, ...] = ()
