"""Every value of one sort in a scheme, wherever it stands: conditions, grants, days, guards.

A check that asks every `where` walks here, so that a construct that gains one is asked too.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from operator import attrgetter
from typing import Any, TypeVar

T = TypeVar("T")


def every(value: Any, sort: type[T]) -> Iterator[T]:
    """Yield every *sort* in *value*, itself included, in the order of the file."""
    waiting = [value]
    while waiting:
        at = waiting.pop()
        if isinstance(at, sort):
            yield at
        waiting += [one for one in _members(at)[::-1] if type(one) not in _PLAIN]


def _members(value: Any) -> tuple[Any, ...]:
    kind = type(value)
    if kind is tuple:
        found: tuple[Any, ...] = value
        return found
    if isinstance(value, Mapping):
        return tuple(value.values())
    if kind not in _PARTS:
        _PARTS[kind] = _parts(kind)
    return _PARTS[kind](value)


_PLAIN = frozenset({str, int, bool, type(None)})  # what most values are, and nobody looks for
_PARTS: dict[type, Callable[[Any], tuple[Any, ...]]] = {}  # by class: walks are long, classes few


def _parts(kind: type) -> Callable[[Any], tuple[Any, ...]]:
    # Places are compared by nobody: they are no part of what is said.
    known = fields(kind) if is_dataclass(kind) else ()
    names = tuple(each.name for each in known if each.compare)
    if len(names) > 1:
        return attrgetter(*names)
    return lambda value: tuple(getattr(value, name) for name in names)
