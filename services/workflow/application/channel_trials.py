"""Trying the notifier's channels: for who keeps the service running, and never without a record.

The one idea: only what was seen is said. Taken is taken by the other side, not read by anybody; no
answer in time is no failure either. A trial is written down before it may leave, and then what came
of it: one that ends without a second line was cut off, and may have left.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.workflow.application.access import Access
from services.workflow.application.identity_ports import By, Identity
from services.workflow.domain.authority import Actor

TRY, TRIED = "channel.try", "channel_tried"
BEGUN = "begun"
AWAY, BUSY, ABSENT, NO_ADDRESS = "away", "busy", "absent", "no_address"
TURNED_AWAY, UNREACHED, ONE_THREAD = "turned_away", "unreached", "one_thread"


@dataclass(frozen=True, kw_only=True, slots=True)
class Channel:
    """A channel as the notifier has it."""

    name: str
    address: str  # which of a person's addresses it takes; "": none
    needs_address: bool
    failures: int  # in a row
    broken: bool  # so many that it takes one message at a time, if any
    shut_until: datetime | None  # nothing leaves before
    why: str  # budget, pause, circuit; "": it is open


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a trial.

    The notifier's word for it (sent, later, failed, refused, unknown, shut) and the code of why; or
    one of those above: no answer in time, somebody else tries, no such channel, no address, not
    taken from us, nobody reached there, or none is tried because a single thread serves the pages.
    """

    outcome: str
    reason: str = ""


class Channels(Protocol):
    """The notifier, as far as its channels go; no answer is no error."""

    def channels(self) -> Sequence[Channel] | None:
        """Return the channels that this installation has; None: no answer."""
        ...

    def try_channel(self, name: str, to: str) -> Tried:
        """Send one message that says it is a trial; return the truth of what came of it."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class ChannelTrials:
    """The use cases of trying channels."""

    access: Access
    notifier: Channels
    identity: Identity
    system_now: Callable[[], datetime]
    one_thread: bool = False  # that serves: no page would open until the other side has answered

    def channels(self, actor: Actor) -> Sequence[Channel] | None:
        """Return the channels that there are; None: the notifier does not answer.

        Raises:
            NotAllowed: no system administrator.
        """
        self.access.require(actor, TRY)
        return self.notifier.channels()

    def try_one(self, actor: Actor, name: str, to: str) -> Tried:
        """Try the channel *name*, *to* an address where it takes one; that it was is written down.

        Raises:
            NotAllowed: no system administrator.
            StoreUnavailable: it cannot be written down.
        """
        self.access.require(actor, TRY)
        if self.one_thread:
            return Tried(ONE_THREAD)
        self._write_down(actor, name, BEGUN)
        tried = self.notifier.try_channel(name, to)
        self._write_down(actor, name, " ".join(filter(None, (tried.outcome, tried.reason))))
        return tried

    def _write_down(self, actor: Actor, name: str, detail: str) -> None:
        by = By(client=actor.client, person=actor.person)
        self.identity.write_down(TRIED, name, self.system_now(), by, detail)
