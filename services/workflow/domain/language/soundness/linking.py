"""Where a life stands in its scheme: links, states and marks that it names are there."""

from collections.abc import Collection
from dataclasses import dataclass

from schemas.document import Path
from schemas.said import said
from services.workflow.domain.language.model.days import ROUND, Mark, Which
from services.workflow.domain.language.model.lives import Kind, Life
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.soundness.leading import states_of
from services.workflow.domain.language.soundness.noting import Note, note_unknown


@dataclass(frozen=True, slots=True)
class Here:
    """One life of a kind, and where it is noted what it names that is not there."""

    scheme: Scheme
    kind: Kind
    life: Life
    note: Note

    def unknown(self, what: str, word: str, known: Collection[str], at: Path) -> bool:
        """Tell whether *word* is one of *known*; note it if it is not."""
        return note_unknown(what, word, known, at, self.note)

    def check_link(self, name: str, which: Which, at: Path) -> bool:
        """Note a link that is not there, or is to many and not told which of them."""
        links = self.kind.links
        if not self.unknown(said("link of {kind}", kind=self.kind.name), name, links, at):
            return False
        if links[name].many and which == "one":
            self.note(at, said("{name} leads to many: say which, any, first or last", name=name))
        return links[name].kind in self.scheme.kinds

    def check_state(self, link: str, state: str, at: Path) -> None:
        """Note a state that no case has to which the link leads."""
        linked = self.scheme.kinds[self.kind.links[link].kind]
        self.unknown(said("state of {linked}", linked=linked.name), state, states_of(linked), at)


def check_mark(scheme: Scheme, kind: Kind, life: Life, mark: Mark, at: Path, note: Note) -> bool:
    """Note a mark that cannot be: a link or a state that is not there."""
    if mark.link == ROUND:
        return note_unknown("mark of a round", mark.state, ("begins", "ends"), at, note)
    if not mark.link:
        return note_unknown("mark", mark.state, ("opened", *life.states), at, note)
    here = Here(scheme, kind, life, note)
    if not here.check_link(mark.link, mark.which, at):
        return False
    linked = scheme.kinds[kind.links[mark.link].kind]
    known = {"opened", *states_of(linked)}
    return note_unknown(said("state of {linked}", linked=linked.name), mark.state, known, at, note)
