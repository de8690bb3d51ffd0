"""Who sees which cases.

A post opens a part of the tree, as the powers of its role say: its unit and everything below it, or
that unit alone. The person it is about sees their own case, post or no post. Where a case lies is
taken from the path pinned when it was opened, so moving a unit never hides a running case from
those who audit it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TypeVar

from schemas.vocabulary import ADMINISTRATORS, Vocabulary
from services.workflow.domain.authority.actor import Actor
from services.workflow.domain.authority.firing import Candidate
from services.workflow.domain.case.head import Case
from services.workflow.domain.organisation import Organisation, Post
from services.workflow.domain.organisation.tree import Desk

T = TypeVar("T")


@dataclass(kw_only=True, slots=True)
class Scope:
    """Which cases an actor sees: inside *within*, any one of the others."""

    everything: bool = False
    subtrees: tuple[str, ...] = ()  # cases whose pinned path holds one of these
    units: tuple[str, ...] = ()  # cases of exactly these units
    person: str | None = None  # cases that are about this person
    desks: tuple[Desk, ...] = ()  # cases that lie on one of these
    within: str | None = None  # None: no such bound; else the path has to hold it in any case

    def holds(self, case: Case) -> bool:
        """Tell whether *case* is in view: what a list's WHERE clause has to say."""
        if self.within is not None and self.within not in case.path:
            return False
        return (
            self.everything
            or (self.person is not None and case.person == self.person)
            or case.unit in self.units
            or any(unit in case.path for unit in self.subtrees)
            or any((desk.unit, desk.role) in self.desks for desk in case.holders)
        )


NOTHING = Scope()


def visible(actor: Actor, organisation: Organisation, day: date) -> Scope:
    """Return what *actor* sees on *day* by what is their own; an administrator sees nothing.

    So does a stranger. A client in its own name sees everything its token is bound to.
    """
    if "read" not in actor.scopes:
        return NOTHING
    within = None if actor.scope_unit == organisation.root else actor.scope_unit
    if actor.person is None:
        return Scope(everything=True, within=within)
    if "act-for" not in actor.scopes or not organisation.has_person(actor.person):
        return NOTHING
    return seen_as(Candidate(actor.person, organisation, day), within)


@lru_cache(16)  # asked for each command of a batch; few, as each keeps an organisation alive
def seen_as(voice: Candidate, within: str | None = None) -> Scope:
    """Return what a known person sees through a token bound to *within*.

    In a deputy's mouth that is what the posts show that were handed on: what they may do, they can
    find; a case about the other is the other's own.
    """
    posts = tuple(post for post in voice.posts if post.holds_on(voice.day))
    if is_administrator(posts):
        return NOTHING
    words = voice.organisation.vocabulary
    below, own = (words.having(power) for power in ("read_below", "read_own"))
    subtrees = _distinct(post.unit for post in posts if post.role in below)
    return Scope(
        everything=voice.organisation.root in subtrees,
        subtrees=subtrees,
        units=_distinct(post.unit for post in posts if post.role in own),
        person=voice.person if voice.by is None else None,
        desks=voice.desks,
        within=within,
    )


def why_hidden(person: str, organisation: Organisation, day: date, case: Case) -> str:
    """Return why *person* does not see *case*, given that they do not."""
    posts = organisation.posts_of_ever(person)
    if any(reaches(post, case, organisation.vocabulary) for post in posts):
        return "post_expired"
    return "other_tree" if any(post.holds_on(day) for post in posts) else "no_post"


def reaches(post: Post, case: Case, vocabulary: Vocabulary) -> bool:
    """Tell whether *post*, on the days it is held, shows *case*."""
    if post.role in vocabulary.having("read_below") and post.unit in case.path:
        return True
    return post.role in vocabulary.having("read_own") and post.unit == case.unit


def is_administrator(posts: tuple[Post, ...]) -> bool:
    """Tell whether one of *posts* is an administrator's, which closes every case."""
    return any(post.role in ADMINISTRATORS for post in posts)


def _distinct(values: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(values))
