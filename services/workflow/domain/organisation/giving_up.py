"""Words that an import would take away while somebody still needs them.

A post that has not ended needs its role; a case that is open needs what the rules of its round
name. The rules are looked at as they are kept, of whatever format they are.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from schemas.document import Fault, Faults
from schemas.vocabulary import Vocabulary
from services.workflow.domain.organisation.file import OrganisationFile
from services.workflow.domain.organisation.sentences import say
from services.workflow.domain.organisation.tree import Organisation

SHOWN = 20  # posts, or cases, that a refusal lists
# Behind which keys of a scheme roles stand, and kinds of units.
_KEYS = {
    "roles": {"roles"},
    "acts": {"roles"},
    "kinds": {"kinds", "nearest", "child", "unit_kind", "party"},
}


@dataclass(frozen=True, slots=True)
class Word:
    """One role or kind that is taken away, or a role that may act no more."""

    sort: str  # "roles", "acts" (the role stays, and loses that power) or "kinds"
    name: str


@dataclass(frozen=True, slots=True)
class Need:
    """Who needs a word: the first of them, and how many there are."""

    word: Word
    what: str  # "posts", "cases" or "texts"
    shown: Sequence[str]
    total: int


def given_up(was: Vocabulary, now: Vocabulary) -> tuple[Word, ...]:
    """Return the roles and kinds that *now* has no more, and the roles that act no more in it.

    What lies on a desk of such a role would lie there for good.
    """
    roles = (Word("roles", name) for name in was.roles if name not in now.roles)
    able = now.having("act")
    acts = (Word("acts", name) for name in was.roles if name in was.having("act") - able)
    acts = (word for word in acts if word.name in now.roles)
    kinds = (Word("kinds", name) for name in was.kinds if name not in now.kinds)
    return (*roles, *acts, *kinds)


def needs_of_posts(old: Organisation, words: Iterable[Word], day: date) -> Iterator[Need]:
    """Yield which of *words* a post needs that has not ended by *day*."""
    for word in words:
        posts = [
            f"{post.person} @ {post.unit}"
            for post in old.posts()
            if word == Word("roles", post.role) and (post.until is None or post.until >= day)
        ]
        if posts:
            yield Need(word, "posts", posts[:SHOWN], len(posts))


def named_in(rules: Mapping[str, Any]) -> set[Word]:
    """Return the roles and kinds that *rules*, a scheme as it is kept, name."""
    return {
        Word(sort, name)
        for sort, keys in _KEYS.items()
        for key, told in _members(rules)
        if key in keys
        for name in ([told] if isinstance(told, str) else told)
        if isinstance(name, str)
    }


def ended_in(rules: Mapping[str, Any]) -> set[str]:
    """Return the states of *rules* that end a case."""
    found = set[str]()
    for key, told in _members(rules):
        if key == "states" and isinstance(told, dict):
            found |= {name for name, state in told.items() if "final" in state}
        elif key == "states" and isinstance(told, list):
            found |= {one["name"] for one in told if isinstance(one, dict) and "final" in one}
    return found


def refuse(file: OrganisationFile, was: Vocabulary, needs: Iterable[Need]) -> None:
    """Return if nobody needs a word that *file* takes away.

    Raises:
        Faults: one for each word and sort of need, with those that need it.
    """
    faults = faults_of(file, was, needs)
    if faults:
        raise Faults(faults)


def faults_of(file: OrganisationFile, was: Vocabulary, needs: Iterable[Need]) -> list[Fault]:
    """Return what is to be said of *needs*, at the place of the words in *file*."""
    return [_fault(file.vocabulary_place, was, need) for need in needs]


def _fault(place: Fault, was: Vocabulary, need: Need) -> Fault:
    word = need.word
    label = was.kind_label(word.name) if word.sort == "kinds" else was.role_label(word.name)
    shown = "、".join(need.shown) + ("…" if need.total > len(need.shown) else "")
    told = {"name": word.name, "label": label, "shown": shown, "total": need.total}
    acts = word.sort == "acts"
    reason = say(f"{'acts_' if acts else ''}needed_by_{need.what}", **told)
    path = f"vocabulary.{'roles' if acts else word.sort}"
    return Fault(file=place.file, line=place.line, path=path, reason=reason)


def _members(tree: Any) -> Iterator[tuple[str, Any]]:
    """Yield every key of *tree* with what stands behind it, at any depth."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield key, value
            yield from _members(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _members(value)
