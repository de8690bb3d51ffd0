"""What is asked of cases, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from schemas.complaints import Fault
from services.workflow.domain.authority import Actor
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.listing import Brought
from services.workflow.domain.case.tallying import Tally
from services.workflow.domain.refusals import Blocker

Word = Literal[
    "done",
    "rehearsed",
    "unknown_token",
    "not_allowed",
    "absent",  # or not the actor's to see
    "unfit",  # the state does not allow it
    "stale",  # the case has moved from the version that was expected
    "not_fulfilled",  # guards or data
    "unavailable",
]


@dataclass(kw_only=True, slots=True)
class CaseCommand:
    """One trigger for one case, as one actor asks it."""

    case: str  # its stream, or its id where it may be of any kind
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
    correlation: str = ""  # the request's id
    # The version of tokens the actor was authenticated at, where that is not yet known to be the
    # present one: it is read together with the case, and `unknown_token` says that it has moved.
    identity_version: int | None = None


@dataclass(kw_only=True, slots=True)
class TallyCommand(CaseCommand):
    """A poll of a case is to be told as counted; *trigger* is its name."""

    tally: Tally


@dataclass(kw_only=True, slots=True)
class OpenCommand:
    """One case that is to be opened, at a unit or as a child of another."""

    cycle: str
    kind: str
    actor: Actor
    unit: str = ""  # its anchor; a child's is its parent's
    parent: str = ""  # the parent's stream, or its id
    effective_at: datetime | None = None
    key: str | None = None
    fingerprint: bytes = b""
    correlation: str = ""
    identity_version: int | None = None


Command = CaseCommand | OpenCommand


@dataclass(kw_only=True, slots=True)
class Answer:
    """What came of a command, enough to answer it in either language."""

    outcome: Word
    case: Case | None = None  # after the event; on a refusal as it stands, None where absent
    event: bytes | None = None  # the event's very bytes
    blockers: tuple[Blocker, ...] = ()  # all of them
    faults: tuple[Fault, ...] = ()  # what is wrong with the data itself, all of it
    allowed: tuple[str, ...] = ()  # where the state is another: the triggers that fit it
    # Of a case that has ended: how many that belong to it were open still, by kind.
    left_open: Mapping[str, int] = field(default_factory=dict)
    # What stands in no way, and who goes on should know; not told again under the same key.
    warnings: tuple[Blocker, ...] = ()
    brought: Mapping[str, Brought] = field(default_factory=dict)  # by roster; of a rehearsal
    replayed: bool = False  # rebuilt from an earlier event with the same key

    @property
    def is_accepted(self) -> bool:
        return self.outcome in ("done", "rehearsed")
