"""Every value of one sort in a scheme, wherever it stands: conditions, grants, days, guards.

A check that asks every `where` walks here, so that a construct that gains one is asked too.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

T = TypeVar("T")


def every(value: Any, sort: type[T]) -> Iterator[T]:
    """Yield every *sort* in *value*, itself included, in the order of the file."""
    if isinstance(value, sort):
        yield value
    if is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            if each.compare:  # places are no part of what is said
                yield from every(getattr(value, each.name), sort)
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from every(member, sort)
    elif isinstance(value, tuple):
        for member in value:
            yield from every(member, sort)
