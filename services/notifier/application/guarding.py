"""Channels behind their gates: nothing is sent that the other side would only throw away.

The gate is asked before a call and told after it, each in a commit of its own, so that all
processes share what a robot takes, and one that dies in a call has counted it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from services.notifier.application.ports import Channel, Clock, Gates, Message
from services.notifier.domain.errors import ChannelFailed, ChannelShut
from services.notifier.domain.gate import Gate, Limit, admit, failed, succeeded


@dataclass(frozen=True, kw_only=True, slots=True)
class Guarded:
    """The channel *name* behind its gate."""

    channel: Channel
    name: str
    limits: tuple[Limit, ...]
    gates: Gates
    clock: Clock
    tell: Callable[[str, Gate], None]  # how the gate of *name* stands now

    def ask(self) -> None:
        """Take the place of one message in what the gate lets through.

        Raises:
            ChannelShut: it lets nothing through.
            StoreUnavailable: it cannot be asked.
        """
        with self.gates.changing(self.name) as change:
            now = self.clock.now()
            change.gate, wait = admit(change.gate, self.limits, now)
        self.tell(self.name, change.gate)
        if wait is not None:
            raise ChannelShut(f"channel_{wait.why}", wait.span)

    def send(self, message: Message) -> None:
        """Hand *message* over, after the gate was asked, and tell the gate how it went.

        Raises:
            TemporaryFailure, PermanentFailure, OutcomeUnknown
            StoreUnavailable: the gate cannot be told.
        """
        try:
            self.channel.send(message)
        except ChannelFailed as failure:
            self._learn(failure)
            raise
        self._learn(None)

    def _learn(self, failure: ChannelFailed | None) -> None:
        with self.gates.changing(self.name) as change:
            now, gate = self.clock.now(), change.gate
            change.gate = succeeded(gate) if failure is None else failed(gate, failure, now)
        self.tell(self.name, change.gate)
