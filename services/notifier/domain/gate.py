"""The gate of a channel: how much goes through, and whether anything does.

Two things shut it. A budget, where more than the other side takes has gone through within a span;
and failures in a row, which open the circuit: then nothing goes through for a while, after that
one message to see how it is, and only when that one succeeds the rest.

Its times are business time, as all times of trying again are: what waits for a gate and the gate
itself go by one clock.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.notifier.domain.errors import (
    ChannelFailed,
    ChannelRefused,
    MessageDelayed,
    OutcomeUnknown,
    TemporaryFailure,
)

MOST_FAILURES = 5  # in a row; then the gate shuts
FIRST_SHUT, LONGEST_SHUT = timedelta(seconds=30), timedelta(minutes=10)
# Longer than any call: while one message is out to see how it is, the others wait.
PROBING = timedelta(seconds=30)
BUDGET, CIRCUIT, PAUSE = "budget", "circuit", "pause"


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """At most *most* messages within any span of *within*."""

    most: int
    within: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class Gate:
    """How one channel stands; kept for all processes together."""

    taken: tuple[datetime, ...] = ()  # when messages went through, as far as a limit asks
    failures: int = 0  # in a row
    shut_until: datetime | None = None
    why: str = ""  # PAUSE or CIRCUIT, where *shut_until* is set

    @property
    def is_broken(self) -> bool:
        """Whether so many failed in a row that only one at a time goes through."""
        return self.failures >= MOST_FAILURES


@dataclass(frozen=True, slots=True)
class Wait:
    """Why nothing goes through now, and for how long."""

    why: str  # BUDGET, PAUSE or CIRCUIT
    span: timedelta


def admit(gate: Gate, limits: tuple[Limit, ...], now: datetime) -> tuple[Gate, Wait | None]:
    """Return the gate after one message asked to pass at *now*, and its wait; None: it passes."""
    if gate.shut_until is not None and gate.shut_until > now:
        return gate, Wait(gate.why, gate.shut_until - now)
    longest = max((limit.within for limit in limits), default=timedelta())
    taken = tuple(at for at in gate.taken if at > now - longest)
    for limit in limits:
        within = [at for at in taken if at > now - limit.within]
        if len(within) >= limit.most:
            free_at = within[-limit.most] + limit.within
            return replace(gate, taken=taken), Wait(BUDGET, free_at - now)
    passed = replace(gate, taken=(*taken, now) if limits else (), shut_until=None, why="")
    if gate.is_broken:
        passed = replace(passed, shut_until=now + PROBING, why=CIRCUIT)
    return passed, None


def succeeded(gate: Gate) -> Gate:
    """Return the gate after a message that went through arrived."""
    if gate.why == CIRCUIT:
        gate = replace(gate, shut_until=None, why="")
    return replace(gate, failures=0)


def failed(gate: Gate, failure: ChannelFailed, now: datetime) -> Gate:
    """Return the gate after a message that went through met *failure*.

    A pause that the other side asked for is no failure of the channel. Nor is a message that was
    refused or delayed for what it is: that the other side answered is a sign of life.
    """
    if isinstance(failure, TemporaryFailure) and failure.pause is not None:
        until = now + failure.pause
        if gate.shut_until is None or gate.shut_until < until or gate.why == CIRCUIT:
            gate = replace(gate, shut_until=until, why=PAUSE)
        return replace(gate, failures=0)
    of_channel = isinstance(failure, (TemporaryFailure, OutcomeUnknown, ChannelRefused))
    if not of_channel or isinstance(failure, MessageDelayed):
        return succeeded(gate)
    gate = replace(gate, failures=gate.failures + 1)
    if not gate.is_broken:
        return gate
    doubled: timedelta = FIRST_SHUT * 2 ** min(gate.failures - MOST_FAILURES, 10)
    return replace(gate, shut_until=now + min(doubled, LONGEST_SHUT), why=CIRCUIT)
