"""Statements that are compiled once a process: most tests have a database of their own.

An engine keeps what it compiled, as a service does as long as it runs. Tests began anew a thousand
times: a quarter of what their pages cost went into it.
"""

from functools import cache
from typing import Any

from sqlalchemy import Dialect, Engine
from sqlalchemy.util import LRUCache

_made: LRUCache[Any, Any] = LRUCache(2000)  # some kilobytes each


class _Kept(dict[Any, Any]):
    """What is kept for all engines that speak to a database alike."""

    def __init__(self, dialect: type[Dialect], paramstyle: str) -> None:
        super().__init__()
        self._speech = dialect, paramstyle

    def get(self, key: Any, default: Any = None) -> Any:
        """Return what was compiled for *key*, whose first part is the engine's own dialect."""
        return _made.get((self._speech, *key[1:]), default)

    def __setitem__(self, key: Any, made: Any) -> None:
        _made[self._speech, *key[1:]] = made


_kept = cache(_Kept)  # one for each way to speak


def keep() -> None:
    """Let every engine from now on have what any of its kind compiled."""

    def get(engine: Engine) -> _Kept:
        return _kept(type(engine.dialect), engine.dialect.paramstyle)

    def set_(_: Engine, own: Any) -> None:
        """Leave alone what the engine begins with."""

    Engine._compiled_cache = property(get, set_)  # type: ignore[assignment]
