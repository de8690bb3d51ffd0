"""What deciding needs of cases that data name: asked of who reads them, in any round."""

from collections.abc import Collection, Mapping
from typing import Protocol

from services.workflow.domain.authority import Actor
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.naming import Wanted
from services.workflow.domain.case.world import NamedCase


class Naming(Protocol):
    """Tells of the cases that the data of an act name, and of whom they may mean by a name."""

    def named(self, actor: Actor, case: Case, wanted: Wanted) -> Mapping[str, NamedCase]:
        """Return by stream what is *wanted* by data of *case*, of what *actor* sees."""
        ...

    def bearers(
        self, names: Collection[str], people: Collection[str]
    ) -> Mapping[str, frozenset[str]]:
        """Return which of *people* bear one of *names*, by the name as rosters tell it."""
        ...
