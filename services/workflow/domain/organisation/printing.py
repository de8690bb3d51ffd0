"""A difference in words, for the operator who decides whether to import it.

Names are printed here and kept nowhere: this is what `organisation import` shows, never the log.
"""

from collections.abc import Iterator

from schemas.vocabulary import Attribute, Role, Vocabulary, Word
from services.workflow.domain.organisation.difference import Changes, Difference, Person
from services.workflow.domain.organisation.model import Post, Relation, Unit
from services.workflow.domain.organisation.sentences import say

_SORTS = ("kinds", "attributes", "roles", "relations")


def lines(difference: Difference) -> Iterator[str]:
    """Yield one line per change, `+` added, `~` changed, `-` dropped, and a summary last."""
    if not difference:
        yield say("no_change")
        return
    was, now = _Telling(difference.was), _Telling(difference.vocabulary)
    yield from _words(difference)
    for before, unit in difference.units.written:
        if before is None:
            yield _added("unit", now.unit(unit))
        else:
            moved = _moved(was.told(before), now.told(unit))
            yield _changed("unit", f"{unit.id} {unit.name}", moved)
    for unit in difference.units.dropped:
        yield _dropped("unit", was.unit(unit))
    for old, person in difference.people.written:
        if old is None:
            yield _added("person", _person(person))
        else:
            moved = _moved(dict(old.details or {}), dict(person.details or {}))
            yield _changed("person", _person(person), moved)
    for person in difference.people.dropped:
        yield _dropped("person", _person(person))
    yield from _held("post", difference.posts, was, now)
    yield from _held("relation", difference.relations, was, now)
    yield "；".join(_summaries(difference))


def _summaries(difference: Difference) -> Iterator[str]:
    if difference.is_said_anew:
        yield say("vocabulary_changes")
    yield _summary("unit", difference.units)
    yield _summary("person", difference.people)
    yield _summary("post", difference.posts)
    if difference.relations:
        yield _summary("relation", difference.relations)


def _summary(
    word: str, changes: Changes[Unit] | Changes[Person] | Changes[Post] | Changes[Relation]
) -> str:
    n_added = sum(1 for before, _ in changes.written if before is None)
    return say(
        "counted",
        word=say(word),
        added=n_added,
        changed=len(changes.written) - n_added,
        dropped=len(changes.dropped),
    )


def _words(difference: Difference) -> Iterator[str]:
    for sort in _SORTS:
        before, after = getattr(difference.was, sort), getattr(difference.vocabulary, sort)
        for word in after.values():
            old = before.get(word.name)
            if old is None:
                yield _added(sort, f"{word.name} {word.label}")
            elif old != word:
                moved = _moved(_said(old), _said(word))
                yield _changed(sort, f"{word.name} {word.label}", moved)
        for word in before.values():
            if word.name not in after:
                yield _dropped(sort, f"{word.name} {word.label}")
        if [name for name in before if name in after] != [name for name in after if name in before]:
            yield _changed(sort, say("order"), "、".join(after))


def _said(word: Word) -> dict[str, str]:
    said: dict[str, object] = {"name": word.label, "english": word.label_en}
    if isinstance(word, Role):
        said["powers"] = "、".join(sorted(word.powers))
        said["one"] = word.one
        said["stand_in"] = word.stand_in
    elif isinstance(word, Attribute):
        said["type"] = word.type
        said["choices"] = "、".join(word.choices)
        said["default"] = word.default
    return {say(what): _value(value) for what, value in said.items()}


def _held(
    title: str,
    changes: Changes[Post] | Changes[Relation],
    was: "_Telling",
    now: "_Telling",
) -> Iterator[str]:
    for earlier, held in changes.written:
        if earlier is None:
            yield _added(title, now.held(held))
        else:
            ends = say("until_moves", was=_value(earlier.until), now=_value(held.until))
            yield _changed(title, now.held(earlier), ends)
    for held in changes.dropped:
        yield _dropped(title, was.held(held))


class _Telling:
    """Units and posts in the words of one vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def unit(self, unit: Unit) -> str:
        above = say("root") if unit.parent is None else say("above", id=unit.parent)
        kind = self.vocabulary.kind_label(unit.kind)
        return say("unit_told", id=unit.id, name=unit.name, kind=kind, above=above)

    def told(self, unit: Unit) -> dict[str, str]:
        """Return everything that is told of *unit*."""
        told: dict[str, str] = {
            say("name"): unit.name,
            say("parent"): _value(unit.parent),
            say("kind"): self.vocabulary.kind_label(unit.kind),
        }
        for name, value in unit.attributes.items():
            attribute = self.vocabulary.attributes.get(name)
            told[attribute.label if attribute else name] = _value(value)
        return told

    def held(self, held: Post | Relation) -> str:
        since = say("since", day=held.since)
        span = since + ("" if held.until is None else say("until", day=held.until))
        told = {"person": held.person, "unit": held.unit, "span": span}
        if isinstance(held, Post):
            return say("holds", word=self.vocabulary.role_label(held.role), **told)
        word = self.vocabulary.relations.get(held.relation)
        return say("stands_in", word=word.label if word else held.relation, **told)


def _moved(before: dict[str, str], after: dict[str, str]) -> str:
    nothing = say("nothing")
    return "；".join(
        f"{what} {before.get(what, nothing)} → {after.get(what, nothing)}"
        for what in {**after, **before}
        if before.get(what, nothing) != after.get(what, nothing)
    )


def _added(what: str, told: str) -> str:
    return f"+ {say(what)} {told}"


def _changed(what: str, told: str, how: str) -> str:
    return f"~ {say(what)} {told}：{how}"


def _dropped(what: str, told: str) -> str:
    return f"- {say(what)} {told}"


def _person(person: Person) -> str:
    return f"{person.id} {(person.details or {}).get('name', say('name_erased'))}"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    return say("nothing") if value in (None, "") else str(value)
