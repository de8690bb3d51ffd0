"""Every value of one sort in a scheme, wherever it stands: conditions, grants, days, guards.

A check that asks every `where` walks here, so that a construct that gains one is asked too.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

T = TypeVar("T")


def every(value: Any, sort: type[T]) -> Iterator[T]:
    """Yield every *sort* in *value*, itself included, in the order of the file."""
    waiting = [value]
    while waiting:
        at = waiting.pop()
        if isinstance(at, sort):
            yield at
        waiting.extend(reversed(_members(at)))


def _members(value: Any) -> tuple[Any, ...] | list[Any]:
    kind = type(value)
    if kind is tuple:
        found: tuple[Any, ...] = value
        return found
    if kind is str or kind is int or kind is bool or value is None:  # what most values are
        return ()
    if isinstance(value, Mapping):
        return list(value.values())
    return [getattr(value, name) for name in _parts(kind)]


_PARTS: dict[type, tuple[str, ...]] = {}  # by class: walks are long, and classes few


def _parts(kind: type) -> tuple[str, ...]:
    if kind not in _PARTS:
        # Places are compared by nobody: they are no part of what is said.
        known = fields(kind) if is_dataclass(kind) else ()
        _PARTS[kind] = tuple(each.name for each in known if each.compare)
    return _PARTS[kind]
