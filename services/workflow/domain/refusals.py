"""Why something was not done: named reasons, never a bare no.

A `Blocker` is one reason that stands in the way of one act. It carries a code and the figures
the sentence needs, not the sentence: the event log keeps codes only, so that an answer can be
rebuilt from its event years later, in either language. The sentences are in `reasons.json`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as member

from schemas.complaints import Fault


@dataclass(frozen=True, kw_only=True, slots=True)
class Blocker:
    """One reason why an act is not possible now."""

    code: str  # a key of `reasons.REASONS`
    field: str = ""  # JSON path of the datum at fault, "" when it is none
    params: Mapping[str, str | int] = member(default_factory=dict)  # what the sentence names


class Refused(Exception):
    """The root of everything the workflow service refuses on purpose."""


class Malformed(Refused):
    """It cannot be read as what it should be; *faults* names every field at fault (400, 413)."""

    def __init__(self, *faults: Fault, code: str = "malformed") -> None:
        super().__init__(code)
        self.faults = faults
        self.code = code


class NotYours(Refused):
    """Absent, or not yours to see: the two are never told apart (404)."""


class NotAllowed(Refused):
    """The actor may not do this; *blocker* names the one reason (403)."""

    def __init__(self, blocker: Blocker) -> None:
        super().__init__(blocker.code)
        self.blocker = blocker


class Invalid(Refused):
    """Well-formed, but wrong as a whole; *blockers* lists every fault (422)."""

    def __init__(self, blockers: tuple[Blocker, ...]) -> None:
        super().__init__(", ".join(blocker.code for blocker in blockers))
        self.blockers = blockers


class TooOften(Refused):
    """Somebody tries too often; it may be tried again in *wait_s* seconds (429)."""

    def __init__(self, wait_s: int) -> None:
        super().__init__("rate_limited")
        self.wait_s = wait_s


class Conflict(Refused):
    """The present state does not allow it (409), or is not the one that was decided on (412)."""

    def __init__(self, blocker: Blocker) -> None:
        super().__init__(blocker.code)
        self.blocker = blocker


class OutcomeUnknown(Refused):
    """The connection was lost while the write was under way; the key tells later (503)."""


class StoreUnavailable(Refused):
    """The database cannot be reached now; nothing was written (503)."""


class NotifierAway(Refused):
    """What the notifier alone keeps cannot be had: it does not answer (503)."""


class StoreReplaced(StoreUnavailable):
    """The database's file is gone, or another is in its place (503)."""


class NotWritable(StoreUnavailable):
    """The database can be read, and not be written for now (503)."""


class LogDamaged(Refused):
    """What is kept of the log's tree is not what was signed; nothing is said on its word (503)."""

    finding = "TREE_DAMAGED"  # as `audit verify` names it
