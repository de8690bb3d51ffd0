"""Wiring: settings become one application; the only place that knows every part.

A server's worker processes call `asgi`; commands take what they need from `Parts`, one class above
the other by what is wired: `stores`, over them `rules`, `cases`, `ballots`, `reading`, the `log`,
and `web`, which answers.
"""

from services.workflow.bootstrap.output import configure_logging
from services.workflow.bootstrap.web import Parts, asgi

__all__ = ["Parts", "asgi", "configure_logging"]
