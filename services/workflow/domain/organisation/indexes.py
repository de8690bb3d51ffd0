"""Indexes of what holds for a time, each entry of a key in order of age."""

from collections.abc import Mapping
from datetime import date
from typing import Any, TypeVar

from services.workflow.domain.organisation.model import Absence, Delegation, Post, Relation

K = TypeVar("K")
S = TypeVar("S", bound=Post | Relation | Delegation | Absence)


def put_in(index: dict[K, tuple[S, ...]], key: K, new: S) -> None:
    """Put *new* among what is under *key*."""
    # Sorted, so that two imports which lead to the same posts lead to the same value.
    held: list[S] = [*index.get(key, ()), new]
    index[key] = tuple(sorted(held, key=_by_age))


def take_out(index: dict[K, tuple[S, ...]], key: K, old: S) -> None:
    """Take out what has the key of *old*, whatever else it says."""
    left = tuple(one for one in index.get(key, ()) if one.key != old.key)
    if left:
        index[key] = left
    else:
        index.pop(key, None)


def _by_age(one: Post | Relation | Delegation | Absence) -> tuple[date, tuple[str | date, ...]]:
    return (one.since, one.key)


def span_of(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the days of an entry, as the members of a `Span`."""
    until = entry.get("until")
    return {
        "since": date.fromisoformat(entry["from"]),
        "until": None if until is None else date.fromisoformat(until),
    }
