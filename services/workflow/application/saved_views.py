"""Lists that somebody named: an address and what they call it, found again in the morning.

The one idea: a view is its address. It grants nothing, whoever opens it sees what they may see, and
whoever is handed it needs no list of views. So nothing is kept but the name, beside the log, and
nobody reads or changes any but their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Protocol

from services.workflow.application.boards import Look
from services.workflow.domain.authority import authorise
from services.workflow.domain.refusals import Blocker, Conflict, NotAllowed, NotYours

MOST_VIEWS: Final = 20  # of one person
MOST_NAME: Final = 40  # characters
MOST_ADDRESS: Final = 1000
OPERATION: Final = "page.cases"  # they are lists of cases
Kept = Literal["kept", "taken", "full"]


@dataclass(frozen=True, kw_only=True, slots=True)
class SavedView:
    """A list that somebody named."""

    name: str
    address: str  # path and query; it may have been made by a release before


class ViewStore(Protocol):
    """Where views are kept."""

    def views(self, person: str) -> Sequence[SavedView]:
        """Return a person's views by name."""
        ...

    def keep(self, person: str, view: SavedView, at: datetime, most: int) -> Kept:
        """Keep one more of at most *most*; the same view again changes nothing."""
        ...

    def rename(self, person: str, name: str, to: str) -> bool | None:
        """Call a view otherwise; None: there is none of that name, False: another is called so."""
        ...

    def drop(self, person: str, name: str) -> bool:
        """Forget a view; tell whether there was one."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class SavedViews:
    """The use cases of views; whoever may look at lists of cases names those they look at."""

    store: ViewStore

    def listed(self, look: Look) -> Sequence[SavedView]:
        """Return one's own views by name.

        Raises:
            NotAllowed: nobody who looks at lists of cases.
        """
        return self.store.views(_person(look))

    def keep(self, look: Look, name: str, address: str) -> None:
        """Keep a view.

        Raises:
            Conflict: the name is given to another, or there are as many as one may have.
            NotAllowed: nobody who looks at lists of cases.
        """
        view = SavedView(name=name, address=address)
        kept = self.store.keep(_person(look), view, look.now, MOST_VIEWS)
        if kept == "taken":
            raise _taken(name)
        if kept == "full":
            raise Conflict(Blocker(code="views_too_many", params={"most": MOST_VIEWS}))

    def rename(self, look: Look, name: str, to: str) -> None:
        """Call a view otherwise.

        Raises:
            NotYours: there is none of that name. Conflict: another is called so.
            NotAllowed: nobody who looks at lists of cases.
        """
        renamed = self.store.rename(_person(look), name, to)
        if renamed is None:
            raise NotYours(name)
        if not renamed:
            raise _taken(to)

    def drop(self, look: Look, name: str) -> None:
        """Forget a view; again, and nothing changes.

        Raises:
            NotAllowed: nobody who looks at lists of cases.
        """
        self.store.drop(_person(look), name)


def _person(look: Look) -> str:
    """Return who looks, as somebody who may look at lists of cases."""
    verdict = authorise(look.actor, OPERATION, look.organisation, look.day)
    if not verdict.allowed or look.actor.person is None:
        raise NotAllowed(Blocker(code=verdict.reason or "person_required"))
    return look.actor.person


def _taken(name: str) -> Conflict:
    return Conflict(Blocker(code="view_name_taken", field="name", params={"name": name}))
