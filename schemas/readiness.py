"""What a process says about itself when asked whether it is ready: one shape for all of them.

Each part is well (`ok`), does its work late or with something set aside (`degraded`), or does not
work (`down`). The whole is as bad as its worst part; only what is `down` sends callers elsewhere.
"""

from collections.abc import Mapping
from typing import Any

OK, DEGRADED, DOWN = "ok", "degraded", "down"
_FROM_GOOD_TO_BAD = (OK, DEGRADED, DOWN)

Part = Mapping[str, Any]  # `status`, and facts that say more


def readiness(parts: Mapping[str, Part]) -> tuple[int, dict[str, Any]]:
    """Return the HTTP status, and the answer: the worst status of *parts*, and each by name."""
    worst = max((part["status"] for part in parts.values()), key=_FROM_GOOD_TO_BAD.index)
    return 503 if worst == DOWN else 200, {"status": worst, "parts": parts}
