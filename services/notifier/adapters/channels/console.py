"""Messages on a terminal: for trying things out where there is no mail server."""

import sys
from typing import TextIO

from services.notifier.adapters.channels.email import URL
from services.notifier.adapters.channels.provider import Open, Provider, SettingsReader, register
from services.notifier.application.ports import Message

PRINT = "console:"  # in place of a mail server's address


class ConsoleChannel:
    """Prints each message; whoever reads the terminal is the recipient."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout

    def send(self, message: Message) -> None:
        """Print *message*."""
        address = f" <{message.address}>" if message.address else ""
        self._stream.write(
            f"--- {message.name}{address}\n{message.subject}\n\n{message.text}\n---\n"
        )
        self._stream.flush()


def _read(settings: SettingsReader) -> Open | None:
    if settings.optional(URL) != PRINT:
        return None
    if settings.in_production:
        settings.fault(URL, "prints names and texts; not in production")
    return ConsoleChannel


register(Provider(id="console", address="email", must_have=False, stands_for="email", read=_read))
