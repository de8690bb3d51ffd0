"""What a kind of channel tells of itself; registering it is all it takes to be used.

A policy names it by its `id`, the ledger and the report keep that name, and nothing else in the
notifier knows which kinds there are.
"""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from services.notifier.application.ports import Channel
from services.notifier.domain.gate import Limit


class SettingsReader(Protocol):
    """Reads settings one after the other, and remembers what was wrong with them."""

    def optional(self, name: str) -> str | None: ...
    def required(self, name: str) -> str | None: ...
    def tls(self, name: str) -> ssl.SSLContext:
        """Return whom to believe: the authorities in the file *name*, or else the machine's."""
        ...

    def check_address(
        self, name: str, value: str, schemes: tuple[str, ...], *, credentials: bool
    ) -> None: ...
    def fault(self, name: str, reason: str) -> None: ...
    @property
    def in_production(self) -> bool: ...


Open = Callable[[], Channel]


def read_together(settings: SettingsReader, *names: str) -> tuple[str, ...] | None:
    """Return settings of which all are given or none; None: none. Each lacking is a fault."""
    if all(settings.optional(name) is None for name in names):
        return None
    return tuple(settings.required(name) or "" for name in names)


@dataclass(frozen=True, kw_only=True, slots=True)
class Provider:
    """One kind of channel."""

    id: str  # the name that policies use
    address: str = ""  # which of a person's addresses it takes; empty: none
    must_have: bool = True  # whether nothing can be sent without that address
    stands_for: str = ""  # the channel in whose place it is used, where policies do not name it
    limits: tuple[Limit, ...] = ()  # what the other side takes, of all processes together
    # Reads its own settings, and returns how to open it; None: this installation has none.
    read: Callable[[SettingsReader], Open | None]


REGISTERED: dict[str, Provider] = {}


def register(provider: Provider) -> Provider:
    """Let policies name *provider*.

    Raises:
        ValueError: another one has that name.
    """
    if REGISTERED.setdefault(provider.id, provider) is not provider:
        raise ValueError(f"two channels are called {provider.id}")
    return provider
