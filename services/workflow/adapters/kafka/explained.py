"""Why brokers let nobody in: the library writes it to its log, and raises that time ran out."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

from kafka.errors import KafkaError

_LOGGER = logging.getLogger("kafka.net.manager")
_REASON = re.compile(r"[Cc]onnection (?:to \S+ )?failed: (?:\w+: )?(.*?)(?: \(_ssl| \(backoff|$)")
# A broker that refuses a password says so, or is seen to hang up before it has: as it happens.
_HUNG_UP = re.compile(r"socket disconnected|Sasl\w*Failed")
_HINT = "the broker hung up: a wrong user or password, or another security protocol at that port"


class NotLetIn(ConnectionError):
    """No broker answered as it should; the text says why, in the same words each time."""


class _FirstReason(logging.Handler):
    """Keeps the first reason only: later ones are about what little time was left."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.reason = ""

    def emit(self, record: logging.LogRecord) -> None:
        found = _REASON.search(record.getMessage())
        if found and not self.reason:
            self.reason = _HINT if _HUNG_UP.search(found[0]) else found[1]


@contextmanager
def explained() -> Iterator[None]:
    """Connect in here.

    Raises:
        NotLetIn: with the reason that was only logged.
    """
    first = _FirstReason()
    _LOGGER.addHandler(first)
    try:
        yield
    except (KafkaError, OSError) as error:
        raise NotLetIn(first.reason or str(error)) from error
    finally:
        _LOGGER.removeHandler(first)
