"""Recording who stands in for whom, and who is away."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from schemas.calendar import local_day
from schemas.said import Said
from services.workflow.application.envelopes import Sealer
from services.workflow.application.firing.port import CaseStore
from services.workflow.application.firing.rules import ZONE
from services.workflow.application.organisation_events import Telling
from services.workflow.application.ports import Bulk
from services.workflow.application.reading_ports import Reads
from services.workflow.application.rulebook import Directory
from services.workflow.domain.organisation.deputising import Wish, faults, known, lines_of
from services.workflow.domain.refusals import Blocker, Conflict


@dataclass(frozen=True, kw_only=True, slots=True)
class Deputies:
    """The use cases of `organisation delegate` and `organisation absent`."""

    store: CaseStore
    reads: Reads
    directory: Directory
    sealer: Sealer
    now: Callable[[], datetime]

    def faults(self, wish: Wish) -> list[Said]:
        """Return everything that is wrong with *wish*."""
        return list(faults(self.directory.current(), wish, local_day(self.now(), ZONE)))

    def lines(self, wish: Wish) -> list[str]:
        """Return what *wish* changes, in words."""
        people = {wish.entry.person, getattr(wish.entry, "deputy", wish.entry.person)}
        names = self.directory.names(sorted(people))
        return list(lines_of(self.directory.current(), wish, lambda one: names.get(one, "")))

    def record(self, wish: Wish) -> bool:
        """Record *wish*, which is without fault; False where it says what is known already.

        Raises:
            Conflict: somebody else changed the organisation at the same moment.
        """
        current = self.directory.current()
        if not wish.revoked and known(current, wish.entry) == wish.entry:
            return False
        told = Telling(reads=self.reads, sealer=self.sealer, now=self.now, root=current.root or "")
        appends = tuple(told.appends(wish.fact, current.version, (wish.data(),)))
        if not self.store.write(Bulk(appends=appends)):
            raise Conflict(Blocker(code="stale_version"))
        return True
