"""Who watches is watched: what auditors open of cases, and what anybody takes away, is kept.

The one idea: the trace is left where access is granted, before anything is read. So no way in
forgets it, and where it cannot be left nothing is shown. Who is to judge a text leaves one too: a
verdict given at a page is a verdict on what was opened.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime

from services.workflow.application.identity_ports import Identity, ReadRow, WantedReads
from services.workflow.application.seeing import SeenCase, seen
from services.workflow.domain.authority import Actor, authorise
from services.workflow.domain.authority.firing import Candidate
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.sights import Unread
from services.workflow.domain.case.world import World
from services.workflow.domain.organisation import Organisation

TEXTS = "case.texts.read"
CASE, DOCUMENT = "case", "document"  # what was read
HISTORY, LOG = "history", "log"  # of no one case
EXPORT = "export"  # a whole list, taken away as a file


class Watch:
    """Grants what lies behind a case's head."""

    def __init__(self, identity: Identity, now: Callable[[], datetime]) -> None:
        self._identity = identity
        self._now = now

    def opens(self, actor: Actor, operation: str, seen: SeenCase) -> bool:
        """Tell whether *actor* may read what *operation* shows of a case; keep that they do.

        One row for person, case and day, and for those alone who read and decide nothing.

        Raises:
            OutcomeUnknown, StoreUnavailable: it cannot be kept, so nothing is to be shown.
        """
        case, organisation, day = seen.case, seen.organisation, seen.day
        verdict = authorise(actor, operation, organisation, day, case=case, **seen.asking)
        if not verdict.allowed:
            return False
        if actor.person is not None and _watches(actor, organisation, day):
            self._identity.record_read(actor.person, CASE, case.id, day, self._now())
        return True

    def shows_texts(self, actor: Actor, case: Case, world: World) -> bool:
        """Tell whether a list may show *actor* the texts of a case: lists leave no trace.

        So not to who reads and decides nothing, in whoever's name: they open each case for it.
        Nor of one that has to be asked about others first.
        """
        with suppress(Unread):
            found = seen(actor, case, world)
            if isinstance(found, SeenCase) and found.extent.shown is None:
                organisation, day = found.organisation, found.day
                verdict = authorise(actor, TEXTS, organisation, day, case=case, **found.asking)
                return verdict.allowed and not _watches(actor, organisation, day)
        return False

    def keep_opened(self, actor: Actor, case: Case, documents: Collection[str], day: date) -> None:
        """Keep that *actor* opened *documents* of *case*, in the versions that are in force.

        Raises:
            OutcomeUnknown, StoreUnavailable: it cannot be kept, so nothing is to be shown.
        """
        if actor.person is not None:
            for subject in _versions(case, documents):
                self._identity.record_read(actor.person, DOCUMENT, subject, day, self._now())

    def keep_history(self, actor: Actor, day: date) -> None:
        """Keep that *actor* read on through the log of many cases, once for each day.

        Raises:
            OutcomeUnknown, StoreUnavailable: it cannot be kept, so nothing is to be shown.
        """
        if actor.person is not None:
            self._identity.record_read(actor.person, HISTORY, LOG, day, self._now())

    def keep_export(self, actor: Actor, name: str, day: date) -> None:
        """Keep that *actor* takes the list of that name away, once for each day, whoever they are.

        Raises:
            OutcomeUnknown, StoreUnavailable: it cannot be kept, so nothing is to be handed out.
        """
        if actor.person is not None:
            self._identity.record_read(actor.person, EXPORT, name, day, self._now())

    def records(
        self, before: int | None, limit: int, wanted: WantedReads | None = None
    ) -> Sequence[ReadRow]:
        """Return who opened what of cases, the newest first; the caller asks who may see it."""
        return self._identity.reads(before, limit, wanted)

    def has_opened(self, actor: Actor, case: Case, documents: Collection[str]) -> bool:
        """Tell whether *actor* has opened all of *documents* in the versions that are in force."""
        return self.have_opened(actor, [(case, documents)]) == [True]

    def have_opened(
        self, actor: Actor, wanted: Iterable[tuple[Case, Collection[str]]]
    ) -> list[bool]:
        """Tell the same of the documents of many cases; one statement."""
        subjects = [{*_versions(case, documents)} for case, documents in wanted]
        every, opened = set[str]().union(*subjects), frozenset[str]()
        if every and actor.person is not None:
            opened = self._identity.read_of(actor.person, DOCUMENT, every)
        return [one <= opened for one in subjects]


def _watches(actor: Actor, organisation: Organisation, day: date) -> bool:
    """Tell whether *actor* reads and decides nothing, in their own name or in another's."""
    if actor.person is None:
        return False
    reader = Candidate(actor.person, organisation, day)
    desks = (desk for voice in (reader, *reader.principals) for desk in voice.desks)
    return any(role in organisation.vocabulary.observers for _, role in desks)


def _versions(case: Case, documents: Collection[str]) -> Iterator[str]:
    return (f"{case.stream}/{name}/{case.documents[name].version}" for name in documents)
