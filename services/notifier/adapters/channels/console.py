"""Messages on a terminal: for trying things out where there is no mail server."""

import sys
from typing import TextIO

from services.notifier.application.ports import Message


class ConsoleChannel:
    """Prints each message; whoever reads the terminal is the recipient."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout

    def send(self, message: Message) -> None:
        """Print *message*."""
        address = f" <{message.to.email}>" if message.to.email else ""
        self._stream.write(
            f"--- {message.to.name}{address}\n{message.subject}\n\n{message.text}\n---\n"
        )
        self._stream.flush()
