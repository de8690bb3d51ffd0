"""What the verifier can find; the codes are stable and listed in docs/audit-format.md."""

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """The name of a finding."""

    # one event
    LEAF_MISMATCH = "LEAF_MISMATCH"  # the stored leaf hash is not the hash of the stored bytes
    BODY_NOT_JSON = "BODY_NOT_JSON"
    BODY_NOT_CANONICAL = "BODY_NOT_CANONICAL"  # JSON, but not the RFC 8785 bytes of our subset
    EVENT_BROKEN = "EVENT_BROKEN"  # the envelope or its data does not fit its schema
    SCHEMA_OLD = "SCHEMA_OLD"  # a value that its schema does not take: recorded before the gate
    UNKNOWN_EVENT = "UNKNOWN_EVENT"  # a type or version this program does not know
    SUBJECT_MISMATCH = "SUBJECT_MISMATCH"  # filed under another stream than it names
    VERSION_MISMATCH = "VERSION_MISMATCH"  # filed under another version than it names
    # order
    POSITION_GAP = "POSITION_GAP"
    POSITION_REPEATED = "POSITION_REPEATED"
    VERSION_GAP = "VERSION_GAP"
    VERSION_REPEATED = "VERSION_REPEATED"
    TIME_WENT_BACK = "TIME_WENT_BACK"  # recorded before its predecessor in the stream
    # the tree and who signed it
    KEY_INVALID = "KEY_INVALID"  # what was given is no verifier key
    CHECKPOINT_MISSING = "CHECKPOINT_MISSING"  # events, and nothing signed
    SIGNATURE_INVALID = "SIGNATURE_INVALID"  # a checkpoint our key did not sign, or no checkpoint
    ROOT_MISMATCH = "ROOT_MISMATCH"  # the log's own checkpoint signs another tree
    CHECKPOINT_AHEAD = "CHECKPOINT_AHEAD"  # it signs more entries than there are
    # what was kept outside
    OUTSIDE_INVALID = "OUTSIDE_INVALID"  # unreadable, or not signed by our key
    OUTSIDE_AHEAD = "OUTSIDE_AHEAD"  # the log was longer once: its tail was cut
    OUTSIDE_DIFFERS = "OUTSIDE_DIFFERS"  # the log was another once
    # what follows from the events themselves
    DRAW_DIFFERS = "DRAW_DIFFERS"  # a draw that was not sealed, attested or drawn as it says
    GRADE_DIFFERS = "GRADE_DIFFERS"  # a grade that does not follow from figures and scheme
    TALLY_DIFFERS = "TALLY_DIFFERS"  # a figure that does not follow from the counts of its poll
    # beside the log
    COMMITMENT_MISMATCH = "COMMITMENT_MISMATCH"  # a text is not the one that was committed to


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that is not as it was recorded."""

    code: Code
    detail: str
    position: int | None = None
    stream: str | None = None
    version: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """What was looked at, whatever was found."""

    size: int  # entries read
    root: bytes  # of the tree over the bytes as they are
    n_streams: int
    signed_size: int  # entries under the log's own checkpoint; 0 if it does not hold
    n_outside: int  # checkpoints kept outside that were compared
    n_carried: int = 0  # entries of kinds that this program does not follow: hashed, not understood
    n_known: int = 0  # broken events that the file of known ones names
    n_erased: int = 0  # draws of which not every number that was entered is still there
