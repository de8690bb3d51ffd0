"""What things of a scheme are called: by their labels, where the scheme gives them one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from schemas.vocabulary import Vocabulary, Word
from services.workflow.domain.language.model.days import OPENED, ROUND, Mark
from services.workflow.domain.language.model.lives import Kind, Life
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.showing.phrases import Phrases


@dataclass(frozen=True, slots=True)
class Here:
    """A place in a scheme, from which its parts are named: a life of a kind."""

    scheme: Scheme
    kind: Kind
    life: Life
    say: Phrases
    vocabulary: Vocabulary

    def at(self, kind: Kind | None) -> "Here":
        """Return the place of another kind's first life; this one where there is none."""
        return replace(self, kind=kind, life=kind.lives[0]) if kind else self

    def roles(self, names: Iterable[str]) -> str:
        return self.say.listed(self._word(name, self.vocabulary.roles) for name in names)

    def unit_kind(self, name: str) -> str:
        return self._word(name, self.vocabulary.kinds)

    def unit_kinds(self, names: Iterable[str]) -> str:
        return self.say.listed(self.unit_kind(name) for name in names)

    def attribute(self, name: str) -> str:
        return self._word(name, self.vocabulary.attributes)

    def relation(self, name: str) -> str:
        return self._word(name, self.vocabulary.relations)

    def _word(self, name: str, known: Mapping[str, Word]) -> str:
        """Return what the organisation calls *name*; the name itself where it does not know it."""
        return known[name].read_in(self.say.language) if name in known else f"`{name}`"

    def state(self, name: str) -> str:
        state = self.life.states.get(name)
        return state.label if state else name

    def trigger(self, name: str) -> str:
        """Return what was fired, or by what component a case was told what a poll came to."""
        named = self.life.triggers.get(name) or self.scheme.components.get(name)
        return (named.label if named else "") or name

    def link(self, name: str) -> str:
        link = self.kind.links.get(name)
        return self.case(link.kind) if link else name

    def case(self, name: str) -> str:
        kind = self.scheme.kinds.get(name)
        return kind.label if kind else name

    def document(self, name: str) -> str:
        document = self.scheme.documents.get(name)
        return document.label if document else name

    def component(self, name: str) -> str:
        component = self.scheme.components.get(name)
        return component.of_tier(self.life.tier).label if component else name

    def grading(self, name: str) -> str:
        grading = self.scheme.gradings.get(name)
        return grading.label or name if grading else name

    def grades(self, grading: str, names: Iterable[str]) -> str:
        known = self.scheme.gradings.get(grading)
        labels = {grade.name: grade.label or grade.name for grade in known.grades} if known else {}
        return self.say.listed(labels.get(name, name) for name in names)

    def roster(self, name: str) -> str:
        roster = self.scheme.rosters.get(name)
        return roster.label if roster else name

    def flag(self, name: str) -> str:
        return next((flag.label for flag in self.scheme.flags if flag.name == name), name)

    def mode(self, name: str) -> str:
        return next((mode.label for mode in self.scheme.modes if mode.name == name), name)

    def column(self, name: str) -> str:
        found = (document.column(name) for document in self.scheme.documents.values())
        return next((column.label for column in found if column), name)

    def mark(self, mark: Mark) -> str:
        """Return a moment, of the case itself or of those a link leads to."""
        if mark.link == ROUND:
            return self.say(f"mark_round_{mark.state}")
        if not mark.link:
            return self.say("mark_opened") if mark.state == OPENED else self.state(mark.state)
        link = self.kind.links.get(mark.link)
        linked = self.scheme.kinds.get(link.kind) if link else None
        there = self.at(linked)
        label = next(
            (life.states[mark.state].label for life in linked.lives if mark.state in life.states)
            if linked
            else iter(()),
            there.state(mark.state),
        )
        told = self.say("mark_linked", link=self.link(mark.link), state=label)
        return told if mark.which == "one" else self.say(f"mark_{mark.which}", mark=told)
