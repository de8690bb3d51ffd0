"""Rosters: who is expected, in which capacity, why they may stay away, and what is on the agenda.

A roster is long and changes while people come and go, so the scheme says only how it is made; who
stands on it lies beside the log, and a case keeps its hash.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from services.workflow.domain.language.model.documents import Named
from services.workflow.domain.language.model.placed import Placed
from services.workflow.domain.language.model.scores import Electors
from services.workflow.domain.language.model.where import EVERYWHERE, Where


@dataclass(frozen=True, kw_only=True, slots=True)
class Capacity(Placed):
    """In which capacity people come: those found by their posts, or whoever is *invited*."""

    name: str
    label: str
    people: tuple[Electors, ...] = ()
    invited: bool = False
    where: Where = EVERYWHERE


@dataclass(frozen=True, kw_only=True, slots=True)
class Agenda(Placed):
    """What is gone through there: the cases of a link, in order, each by what it brought."""

    link: str  # `of`
    pins: str = ""  # the document that is presented, in the version in force then
    comments: tuple[str, ...] = ()  # documents in which something is said of each
    drafts: tuple[str, ...] = ()  # documents that prepare what is said
    record: str = ""  # the document that tells afterwards how it went, part by part
    concerned: str = ""  # the reason for which whoever a case is about is out while it is heard


@dataclass(frozen=True, kw_only=True, slots=True)
class Roster(Placed):
    """One roster: its capacities, best known first, and why somebody on it may be out."""

    name: str
    label: str
    capacities: tuple[Capacity, ...]
    reasons: tuple[Named, ...] = ()
    agenda: Agenda | None = None

    @property
    def concerned(self) -> str:
        """The reason for which whoever a case is about is out while it is heard; "": for none."""
        return "" if self.agenda is None else self.agenda.concerned

    def capacity(self, name: str) -> Capacity | None:
        return next((one for one in self.capacities if one.name == name), None)

    def reason(self, name: str) -> str:
        return next((one.label for one in self.reasons if one.name == name), name)


Rosters = Mapping[str, Roster]
