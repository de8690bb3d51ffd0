"""A difference in words, for the operator who decides whether to import it.

Names are printed here and kept nowhere: this is what `organisation import` shows, never the log.
"""

from collections.abc import Iterator

from schemas.said import told
from schemas.vocabulary import Attribute, Role, Vocabulary, Word
from services.workflow.domain.organisation.difference import Changes, Difference, Person
from services.workflow.domain.organisation.model import Post, Relation, Unit
from services.workflow.domain.organisation.sentences import say

_SORTS = ("kinds", "attributes", "roles", "relations")


def lines(difference: Difference, language: str = "zh") -> Iterator[str]:
    """Yield one line per change, `+` added, `~` changed, `-` dropped, and a summary last."""
    return _Printing(language).all(difference)


class _Printing:
    """Differences in one language; what words are called is told in it where they say so."""

    def __init__(self, language: str) -> None:
        self.language = language

    def say(self, code: str, **figures: object) -> str:
        return told(say(code, **figures), self.language)

    def all(self, difference: Difference) -> Iterator[str]:
        if not difference:
            yield self.say("no_change")
            return
        was, now = _Telling(self, difference.was), _Telling(self, difference.vocabulary)
        yield from self._words(difference)
        for before, unit in difference.units.written:
            if before is None:
                yield self._added("unit", now.unit(unit))
            else:
                moved = self._moved(was.told(before), now.told(unit))
                yield self._changed("unit", f"{unit.id} {unit.name}", moved)
        for unit in difference.units.dropped:
            yield self._dropped("unit", was.unit(unit))
        for old, person in difference.people.written:
            if old is None:
                yield self._added("person", self._person(person))
            else:
                moved = self._moved(self._details(old), self._details(person))
                yield self._changed("person", self._person(person), moved)
        for person in difference.people.dropped:
            yield self._dropped("person", self._person(person))
        yield from self._held("post", difference.posts, was, now)
        yield from self._held("relation", difference.relations, was, now)
        yield self.say("then").join(self._summaries(difference))

    def _summaries(self, difference: Difference) -> Iterator[str]:
        if difference.is_said_anew:
            yield self.say("vocabulary_changes")
        yield self._summary("unit", difference.units)
        yield self._summary("person", difference.people)
        yield self._summary("post", difference.posts)
        if difference.relations:
            yield self._summary("relation", difference.relations)

    def _summary(
        self,
        word: str,
        changes: Changes[Unit] | Changes[Person] | Changes[Post] | Changes[Relation],
    ) -> str:
        n_added = sum(1 for before, _ in changes.written if before is None)
        return self.say(
            "counted",
            word=self.say(word),
            added=n_added,
            changed=len(changes.written) - n_added,
            dropped=len(changes.dropped),
        )

    def _words(self, difference: Difference) -> Iterator[str]:
        for sort in _SORTS:
            before, after = getattr(difference.was, sort), getattr(difference.vocabulary, sort)
            for word in after.values():
                old = before.get(word.name)
                if old is None:
                    yield self._added(sort, f"{word.name} {word.read_in(self.language)}")
                elif old != word:
                    moved = self._moved(self._said(old), self._said(word))
                    yield self._changed(sort, f"{word.name} {word.read_in(self.language)}", moved)
            for word in before.values():
                if word.name not in after:
                    yield self._dropped(sort, f"{word.name} {word.read_in(self.language)}")
            if [name for name in before if name in after] != [
                name for name in after if name in before
            ]:
                yield self._changed(sort, self.say("order"), self.say("and").join(after))

    def _said(self, word: Word) -> dict[str, str]:
        said: dict[str, object] = {"name": word.label, "english": word.label_en}
        if isinstance(word, Role):
            said["powers"] = self.say("and").join(sorted(word.powers))
            said["one"] = word.one
            said["stand_in"] = word.stand_in
        elif isinstance(word, Attribute):
            said["type"] = word.type
            said["choices"] = self.say("and").join(word.choices)
            said["default"] = word.default
        return {self.say(what): self.value(value) for what, value in said.items()}

    def _held(
        self,
        title: str,
        changes: Changes[Post] | Changes[Relation],
        was: "_Telling",
        now: "_Telling",
    ) -> Iterator[str]:
        for earlier, held in changes.written:
            if earlier is None:
                yield self._added(title, now.held(held))
            else:
                ends = self.say(
                    "until_moves", was=self.value(earlier.until), now=self.value(held.until)
                )
                yield self._changed(title, now.held(earlier), ends)
        for held in changes.dropped:
            yield self._dropped(title, was.held(held))

    def _moved(self, before: dict[str, str], after: dict[str, str]) -> str:
        nothing = self.say("nothing")
        return self.say("then").join(
            f"{what} {before.get(what, nothing)} → {after.get(what, nothing)}"
            for what in {**after, **before}
            if before.get(what, nothing) != after.get(what, nothing)
        )

    def _added(self, what: str, told: str) -> str:
        return f"+ {self.say(what)} {told}"

    def _changed(self, what: str, told: str, how: str) -> str:
        return f"~ {self.say(what)} {told}{self.say('that')}{how}"

    def _dropped(self, what: str, told: str) -> str:
        return f"- {self.say(what)} {told}"

    def _person(self, person: Person) -> str:
        return f"{person.id} {(person.details or {}).get('name', self.say('name_erased'))}"

    def _details(self, person: Person) -> dict[str, str]:
        """Return what is known of *person*, each by what people call it."""
        words = {"name": "person_name"}
        return {self.say(words.get(key, key)): told for key, told in (person.details or {}).items()}

    def value(self, value: object) -> str:
        if isinstance(value, bool):
            return self.say("yes") if value else self.say("no")
        return self.say("nothing") if value in (None, "") else str(value)


class _Telling:
    """Units and posts in the words of one vocabulary."""

    def __init__(self, printing: _Printing, vocabulary: Vocabulary) -> None:
        self.vocabulary, self.language = vocabulary, printing.language
        self.say, self.value = printing.say, printing.value

    def unit(self, unit: Unit) -> str:
        say = self.say
        above = say("root") if unit.parent is None else say("above", id=unit.parent)
        return say("unit_told", id=unit.id, name=unit.name, kind=self._kind(unit), above=above)

    def told(self, unit: Unit) -> dict[str, str]:
        """Return everything that is told of *unit*."""
        told: dict[str, str] = {
            self.say("name"): unit.name,
            self.say("parent"): self.value(unit.parent),
            self.say("kind"): self._kind(unit),
        }
        for name, value in unit.attributes.items():
            attribute = self.vocabulary.attributes.get(name)
            told[attribute.read_in(self.language) if attribute else name] = self.value(value)
        return told

    def held(self, held: Post | Relation) -> str:
        since = self.say("since", day=held.since)
        span = since + ("" if held.until is None else self.say("until", day=held.until))
        told = {"person": held.person, "unit": held.unit, "span": span}
        if isinstance(held, Post):
            role = self.vocabulary.role_label(held.role, self.language)
            return self.say("holds", word=role, **told)
        word = self.vocabulary.relations.get(held.relation)
        label = word.read_in(self.language) if word else held.relation
        return self.say("stands_in", word=label, **told)

    def _kind(self, unit: Unit) -> str:
        return self.vocabulary.kind_label(unit.kind, self.language)
