"""What the write loop needs of a store: heads read together, and writes that are all or nothing.

The caller decides everything before it writes. A `Write` says what was looked at, so a store only
has to compare that again, and let one of two writers have each version, place and number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from services.workflow.application.ports import Key, Text
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.world import Heads, Place, Row


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What one command needs to read before it can be decided.

    *case* is a stream; of what is to be opened its parent's, or "" and the *cycle*.
    """

    case: str = ""
    cycle: str = ""
    client: str = ""
    key: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Used:
    """An idempotency key that was used before, and the event it is kept on."""

    key: Key
    stream: str
    version: int
    body: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What was read for a wave of commands, as of one instant.

    *heads* holds the wanted cases, what they link to and what links to them, and what those do:
    an effect is decided on its own case, with what that one looks at.
    """

    heads: Mapping[str, Heads]  # by cycle
    used: Mapping[tuple[str, str], Used] = field(default_factory=dict)  # by client and key

    def case(self, stream: str) -> Case | None:
        for heads in self.heads.values():
            if stream in heads.cases:
                return heads.cases[stream]
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One event to be written, sealed, with the head it leads to."""

    stream: str
    version: int  # taken only if the stream stands at version - 1
    type: str
    recorded_at: datetime
    body: bytes
    after: Case
    texts: tuple[Text, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Write:
    """Everything one command writes: all of it or nothing."""

    cycle: str
    events: tuple[Event, ...]  # the command's own first, effects after their cause
    versions: Mapping[str, int] = field(default_factory=dict)  # of other streams, as looked at
    touched: Mapping[Row, int] = field(default_factory=dict)  # counts, as looked at
    touches: frozenset[Row] = frozenset()  # counts it moves by one
    slots: Mapping[Place, tuple[str | None, str | None]] = field(default_factory=dict)
    numbers: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # counter: before, after
    key: Key | None = None


class CaseStore(Protocol):
    """Two round trips and one commit for any number of commands."""

    def standing(self, wanted: Sequence[Wanted]) -> Standing:
        """Return what the commands need, in one statement."""
        ...

    def append(self, batch: Sequence[Write]) -> list[bool]:
        """Write what still holds, in one commit; False where a write lost, and wrote nothing.

        Never two writes of one family in a batch.
        """
        ...
