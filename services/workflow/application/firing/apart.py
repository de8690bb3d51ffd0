"""Many commands of one person, each as if sent alone: one that fails leaves the others as they are.

The one idea: what was done under its key is told first, whoever sees the case by now; the rest goes
in two round trips together. Of each one hears what came of it, the failure of the store too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.workflow.application.firing.commands import Answer, CaseCommand
from services.workflow.application.firing.loop import Firing
from services.workflow.application.firing.port import CaseStore, Wanted
from services.workflow.application.firing.waves import Failure
from services.workflow.domain.case.head import Case


@dataclass(frozen=True, kw_only=True, slots=True)
class Apart:
    """The use cases of doing many things that have nothing to do with each other."""

    firing: Firing
    store: CaseStore

    def done_before(self, commands: Sequence[CaseCommand]) -> list[Case | None]:
        """Return for each its case as it stands, where the very same was done under its key.

        One statement. Who did it is told so even where what they did took it out of their sight.

        Raises:
            StoreUnavailable: nothing was read.
        """
        wanted = [
            Wanted(case=one.case, client=one.actor.client, key=one.key or "") for one in commands
        ]
        standing = self.store.standing(wanted)
        used = [standing.used.get((one.actor.client, one.key or "")) for one in commands]
        return [
            standing.case(was.stream)
            if was is not None and was.key.fingerprint == one.fingerprint
            else None
            for one, was in zip(commands, used, strict=True)
        ]

    def fire(self, commands: Sequence[CaseCommand]) -> list[Answer | Failure]:
        """Do what each asks, and return what came of it."""
        told = dict(self.firing.fire_each(commands))
        return [told[place] for place in range(len(commands))]
