"""What the service writes about itself, to standard error."""

import logging
import sys
from contextlib import suppress

import orjson
import structlog


class _Output:
    """Standard error, as far as there is room for it: a full disk costs lines, never a request."""

    def write(self, line: bytes) -> None:
        with suppress(OSError):
            sys.stderr.buffer.write(line)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.buffer.flush()


def configure_logging() -> None:
    """Write one JSON object a line to standard error; a line costs a request microseconds."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.BytesLoggerFactory(_Output()),  # type: ignore[arg-type]
        cache_logger_on_first_use=True,
    )
