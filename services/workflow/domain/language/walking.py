"""Every value of one sort in a scheme, wherever it stands: conditions, grants, days, guards.

A check that asks every `where` walks here, so that a construct that gains one is asked too.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Any, TypeVar

T = TypeVar("T")


def every(value: Any, sort: type[T]) -> Iterator[T]:
    """Yield every *sort* in *value*, itself included, in the order of the file.

    *value* is what was read: nothing in it changes any more.
    """
    return (one for one in _within(_Itself(value)) if isinstance(one, sort))


class _Itself:
    """A value that is equal to itself alone: to compare schemes takes longer than a walk."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and self.value is other.value


@lru_cache(maxsize=32)  # a dozen checks ask one scheme, or its kinds in turn, for one sort each
def _within(root: _Itself) -> tuple[Any, ...]:
    """Return all values in *root*'s, in the order of the file, but for the plain ones."""
    found, waiting = list[Any](), [root.value]
    while waiting:
        at = waiting.pop()
        found.append(at)
        kind = type(at)
        if kind not in _PARTS:
            _PARTS[kind] = _parts(kind)
        waiting += [one for one in _PARTS[kind](at)[::-1] if type(one) not in _PLAIN]
    return tuple(found)


_PLAIN = frozenset({str, int, bool, type(None)})  # what most values are, and nobody looks for
_PARTS: dict[type, Callable[[Any], tuple[Any, ...]]] = {}  # by class: walks are long, classes few


def _parts(kind: type) -> Callable[[Any], tuple[Any, ...]]:
    if kind is tuple:
        return lambda value: value
    if issubclass(kind, Mapping):
        return lambda value: tuple(value.values())
    # Places are compared by nobody: they are no part of what is said.
    known = fields(kind) if is_dataclass(kind) else ()
    names = tuple(each.name for each in known if each.compare)
    if len(names) > 1:
        return attrgetter(*names)
    return lambda value: tuple(getattr(value, name) for name in names)
