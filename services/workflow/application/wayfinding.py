"""What a caller needs to find its way back: cycles, units, names, and the words lists go by.

Each is cut to what the asking actor may see, like every list.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from schemas.complaints import Fault
from services.workflow.application.access import Access
from services.workflow.application.editions import Editions
from services.workflow.application.ports import CycleRow
from services.workflow.application.reading_ports import Reads
from services.workflow.application.rulebook import Rulebook
from services.workflow.domain.authority import Actor, authorise
from services.workflow.domain.case.head import Case
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.organisation import Organisation, Unit
from services.workflow.domain.refusals import Malformed


@dataclass(frozen=True, kw_only=True, slots=True)
class Names:
    """What units and people are called; an erased name is missing."""

    organisation: Organisation
    people: Mapping[str, str]

    def unit(self, unit: str) -> str | None:
        """Return a unit's name; None where it is gone."""
        found = self.organisation.unit(unit)
        return None if found is None else found.name


class Wayfinding:
    """The use cases of finding."""

    def __init__(
        self, *, access: Access, reads: Reads, rulebook: Rulebook, editions: Editions
    ) -> None:
        self._access = access
        self._reads = reads
        self._rulebook = rulebook
        self._editions = editions
        self._words: Mapping[str, frozenset[str]] = {}  # of known schemes, by what they name

    def cycles(self, actor: Actor) -> list[CycleRow]:
        """Return the cycles whose coverage *actor* may read, the newest first."""
        self._access.require(actor, "cycle.list")
        rows = reversed(self._reads.cycles())
        return [row for row in rows if self._access.may_read(actor, row)]

    def units(self, actor: Actor, within: str | None, kind: str | None) -> list[Unit]:
        """Return the units the token reaches, in order of id; of *kind* and *within* if given.

        Raises:
            Malformed: the organisation has no such kind.
        """
        self._access.require(actor, "organisation.read")
        organisation = self._access.directory.current()
        kinds = organisation.vocabulary.kinds
        if kind is not None and kind not in kinds:
            raise Malformed(_fault("kind", kinds))
        reached = set(organisation.subtree(actor.scope_unit))
        if within is not None:
            reached &= set(organisation.subtree(within))
        units = (organisation.units[unit] for unit in sorted(reached))
        return [unit for unit in units if kind in (None, unit.kind)]

    def names(self, actor: Actor, cases: Sequence[Case] = ()) -> Names | None:
        """Return the names in *cases*, which *actor* sees; None where names are not theirs."""
        organisation, day = self._access.directory.current(), self._access.today()
        if not authorise(actor, "people.name", organisation, day).allowed:
            return None
        said = {case.person for case in cases}
        said |= {desk.person for case in cases for desk in case.holders}
        people = sorted(person for person in said if person is not None)
        names = self._access.directory.names(people) if people else {}
        return Names(organisation=organisation, people=names)

    def require_words(self, **said: Sequence[str]) -> None:
        """Return if some known scheme has each `kind`, `state` and `tier` that is *said*.

        Raises:
            Malformed: a list asked for by a word that nothing can ever have would be empty for a
                reason that nobody sees.
        """
        if self._unknown(said):
            # Words of a published scheme are known before any cycle is opened with it.
            hashes = [edition.hash for edition in self._editions.of("scheme")]
            published = map(self._rulebook.scheme, hashes)
            self._words = _words([*published, *self._rulebook.schemes()])
        if unknown := self._unknown(said):
            raise Malformed(*(_fault(field, self._words[field]) for field in unknown))

    def _unknown(self, said: Mapping[str, Sequence[str]]) -> list[str]:
        known = self._words
        return [each for each in said if not known.get(each, frozenset()).issuperset(said[each])]


def _fault(field: str, known: Iterable[str]) -> Fault:
    words = sorted(known)
    zh, en = "、".join(words), ", ".join(words)
    return Fault(field=field, code="not_a_choice", accepted_zh=zh, accepted_en=en)


def _words(schemes: Iterable[Scheme]) -> Mapping[str, frozenset[str]]:
    """Return the names of all kinds, states and tiers."""
    lives = [one for scheme in schemes for one in scheme.lives()]
    return {
        "kind": frozenset(kind.name for kind, _ in lives),
        "state": frozenset(state for _, life in lives for state in life.states),
        "tier": frozenset(life.tier for _, life in lives if life.tier),
    }
