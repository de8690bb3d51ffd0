"""Trials: one message that says it is one, by one channel, and the truth of what came of it.

The one idea: a trial goes the way of every other message, through the same gate, so that it costs
what they cost and finds what they find. One at a time: somebody who presses twice asks once.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from threading import Lock
from uuid import uuid4

from services.notifier.application.ports import Clock, Gates, Message, Way
from services.notifier.domain.errors import (
    ChannelFailed,
    ChannelRefused,
    ChannelShut,
    NotifierError,
    OutcomeUnknown,
    PermanentFailure,
)
from services.notifier.domain.gate import Gate

SENT = "sent"
# What a failure says of the channel: nothing was tried; it may have arrived; they want nothing from
# us; they do not want this message; not now, perhaps later.
SHUT, UNKNOWN, REFUSED, FAILED, LATER = "shut", "unknown", "refused", "failed", "later"


class TrialUnderWay(NotifierError):
    """Somebody tries a channel just now."""


class NoAddress(NotifierError):
    """The channel sends nothing without an address, and none is given."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a trial: one of the words above, and the code of why; "" where it was sent."""

    outcome: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Trials:
    """Tries the channels of one installation."""

    ways: Mapping[str, Way]  # each behind its gate
    gates: Gates
    clock: Clock
    subject: str
    text: str
    new_id: Callable[[], str] = lambda: str(uuid4())
    _one: Lock = field(default_factory=Lock)

    def known(self) -> Iterator[tuple[str, Way, Gate | None]]:
        """Yield the channels that can be tried, by name, with how their gates stand just now.

        Raises:
            StoreUnavailable
        """
        gates = self.gates.all()
        yield from ((name, way, gates.get(name)) for name, way in sorted(self.ways.items()))

    def __call__(self, name: str, address: str) -> Tried:
        """Send one trial by the channel *name*, to *address* where it takes one.

        Raises:
            LookupError: there is no such channel here.
            NoAddress, TrialUnderWay, StoreUnavailable
        """
        way = self.ways[name]
        if way.is_of_one_person and not address:
            raise NoAddress(f"{name} sends nothing without an address")
        if not self._one.acquire(blocking=False):
            raise TrialUnderWay(name)
        try:
            way.ask()
            way.channel.send(self._trial(address))
        except ChannelFailed as failure:
            return Tried(_outcome(failure), failure.reason)
        finally:
            self._one.release()
        return Tried(SENT)

    def _trial(self, address: str) -> Message:
        return Message(
            notice=self.new_id(),
            name="",
            address=address,
            subject=self.subject,
            text=self.text,
            sent_at=self.clock.now(),
        )


def _outcome(failure: ChannelFailed) -> str:
    match failure:
        case ChannelShut():
            return SHUT
        case OutcomeUnknown():
            return UNKNOWN
        case ChannelRefused():
            return REFUSED
        case PermanentFailure():
            return FAILED
    return LATER
