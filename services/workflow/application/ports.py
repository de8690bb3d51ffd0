"""What writing needs of the outside; one implementation per store, one contract test each.

The one idea: the caller decides everything before it writes. An `Append` holds the sealed bytes
and the row they lead to, so a store only has to let exactly one writer have each version.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.workflow.application.identity_ports import By
from services.workflow.domain.case.head import Case


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """Free text beside the log; the event carries its commitment only. Erasable."""

    sha256: bytes  # SHA-256(salt || content): the key of the row
    salt: bytes  # 32 random bytes
    content: bytes  # UTF-8


FINGERPRINT_BYTES = 16  # it stands in the log of writes, for ever, with every command


@dataclass(kw_only=True, slots=True)
class Key:
    """An idempotency key of a client, and what the request under it looked like."""

    client: str
    key: str
    fingerprint: bytes  # half the SHA-256 of method, path, On-Behalf-Of and canonical body
    # What the answer said that no event says: as in `Answer`. Kept with the key, as what belongs to
    # a case that ended goes on living, and the same request is answered in the same bytes.
    left_open: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """What makes two refusals the same one."""

    case: str
    actor: str  # person, or "client:<name>" where no person stands behind it
    trigger: str
    case_version: int
    verdict: str  # hex digest over status and blockers


@dataclass(kw_only=True, slots=True)
class Append:
    """One event to be written, sealed, with the rows that follow from it."""

    stream: str
    version: int  # taken only if the stream stands at version - 1
    type: str  # workflow.state_changed.v1
    recorded_at: datetime
    body: bytes  # canonical bytes: stored, hashed, served and published as they are
    before: Case | None = None  # the head as it was read; None: opened, or not a case's own
    after: Case | None = None  # the head it leads to; None: not an event of a case's own stream
    key: Key | None = None
    refusal: Refusal | None = None  # set on trigger_refused only
    inbox: "InboxItem | None" = None  # set on notice_recorded to a person's inbox only
    notice: "NoticeRow | None" = None  # set on notice_recorded only
    texts: tuple[Text, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class InboxItem:
    """A notice in a person's inbox."""

    person: str
    notice: str
    case_id: str
    sha256: bytes  # of its text
    recorded_at: datetime
    # The state of its case, and the desk there, of which it asks to be acknowledged.
    asks_in: str | None = None  # None: of none
    asks_desk: str | None = None  # "": the only one


@dataclass(frozen=True, kw_only=True, slots=True)
class NoticeRow:
    """What lists show of a notice, sent or not; the event holds the whole."""

    notice: str
    case_id: str
    kind: str
    rung: str
    channel: str
    outcome: str
    person: str | None
    unit: str | None
    role: str | None
    decided_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class SideStream:
    """Where a refusals or notices stream stands."""

    version: int  # 0: no event yet
    recorded_at: datetime | None  # of its last event: the next is not recorded before it
    recent: tuple[
        tuple[Refusal, int, bytes], ...
    ] = ()  # refusals since the asked instant: row, version, body


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A canonical scheme, calendar or policy text, kept by its hash for ever."""

    hash: str  # hex SHA-256 of *body*
    kind: str  # scheme, calendar, policy
    body: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Sort:
    """How many cases of a kind, and tier, a round should have, began with, and need not have."""

    kind: str
    tier: str = ""  # "": the kind has no tiers
    expected: int = 0
    opened: int = 0
    exempt: int = 0

    @property
    def name(self) -> str:
        """What it is called in coverage: no kind has the name of a tier."""
        return self.tier or self.kind


@dataclass(frozen=True, kw_only=True, slots=True)
class CycleRow:
    """One round."""

    id: str
    scheme: str  # id of the scheme
    scheme_hash: str
    calendar_hash: str
    unit: str
    label: str  # 2019, 2019-Q3, 2019-07
    kinds: tuple[Sort, ...]
    opened_at: datetime
    left_out: str = ""  # hash of the list of what was expected or exempt and not opened
    closed_at: datetime | None = None  # from which time on; None: it runs

    @property
    def year(self) -> int:
        return int(self.label[:4])


@dataclass(frozen=True, kw_only=True, slots=True)
class WrittenDown:
    """A deed to be kept with what is done: see `Deed`."""

    at: datetime  # system time, as of all deeds
    by: By
    what: str
    subject: str
    detail: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Bulk:
    """Everything one transaction writes for a cycle or an import: all of it or nothing."""

    appends: tuple[Append, ...]
    documents: tuple[Document, ...] = ()
    cycle: CycleRow | None = None
    units: tuple[str, ...] = ()  # in the cycle's scope: each in one round of a scheme and label
    closes: CycleRow | None = None  # a cycle that runs until then, as it stands afterwards
    n_moves: int = 0  # of the cases of what it *closes*, as looked at: see `Reads.count_moves`
    # data of organisation_changed events in order, for the rows of units, people and posts:
    organisation: tuple[Mapping[str, Any], ...] = ()
    deeds: tuple[WrittenDown, ...] = ()  # what is written down of it for the audit administrator
