"""What the service writes about itself, to standard error."""

import logging
import re
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any, Final

import orjson
import structlog

# From "DETAIL:" to where an error's text is known to go on; whatever lines a value has.
_ROW = re.compile(
    r"^DETAIL:.*?(?=^CONTEXT:|^HINT:|^\[SQL|^\(Background|^The above|^During handling|\Z)",
    re.MULTILINE | re.DOTALL,
)


class _Output:
    """Standard error, as far as there is room for it: a full disk costs lines, never a request."""

    def write(self, line: bytes) -> None:
        with suppress(OSError):
            sys.stderr.buffer.write(line)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.buffer.flush()


def _without_rows(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> Any:
    """Take out what PostgreSQL tells of a row that it refused: it may be a ballot, or a text."""
    if "exception" in line:
        line["exception"] = _ROW.sub("", line["exception"])
    return line


PROCESSORS: Final = (
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,  # a plain traceback: no variable of any frame
    _without_rows,
    structlog.processors.JSONRenderer(serializer=orjson.dumps),
)


def configure_logging() -> None:
    """Write one JSON object a line to standard error; a line costs a request microseconds."""
    structlog.configure(
        processors=PROCESSORS,
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.BytesLoggerFactory(_Output()),  # type: ignore[arg-type]
        cache_logger_on_first_use=True,
    )
