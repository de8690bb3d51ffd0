"""By which channels people want to be told, as far as the policies in force let them choose.

The one idea: a choice is one for all that somebody is told, and each policy lets it hold where it
does. So a new policy asks nobody again: what it no longer lets falls back to its own channels. The
inbox keeps its copy whatever anybody chooses, since nobody unsubscribes from a duty.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from schemas.document import Document
from schemas.policy import Choosable, Policy
from schemas.policy_reading import read_policy
from services.workflow.application.access import Access
from services.workflow.application.editions import Editions
from services.workflow.application.envelopes import Origin, Sealer
from services.workflow.application.firing.port import CaseStore
from services.workflow.application.organisation_events import Telling
from services.workflow.application.ports import Bulk
from services.workflow.application.reading_ports import Reads
from services.workflow.application.rulebook import Directory
from services.workflow.domain.authority import Actor
from services.workflow.domain.refusals import Blocker, Conflict, Invalid

FACT = "channels_chosen"


@dataclass(frozen=True, kw_only=True, slots=True)
class Lets:
    """What the policy in force of one scheme lets people choose."""

    scheme: str  # its id
    title: str  # of the scheme; "": it is not published
    policy: Policy

    @property
    def channels(self) -> tuple[str, ...]:
        """By which it tells who chose nothing."""
        return self.policy.channels

    @property
    def choices(self) -> tuple[Choosable, ...]:
        return self.policy.choices


@dataclass(frozen=True, kw_only=True, slots=True)
class Offered:
    """What somebody may choose, and what they chose."""

    lets: tuple[Lets, ...]
    chosen: tuple[str, ...] | None  # None: nothing, it is as policies say

    @property
    def wanted(self) -> frozenset[str]:
        """By which somebody is told: as they chose, else as some policy says."""
        own = (name for one in self.lets for name in one.channels)
        return frozenset(own if self.chosen is None else self.chosen)

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that may be chosen somewhere, each once."""
        every = (name for one in self.lets for each in one.choices for name in each.channels)
        return tuple(dict.fromkeys(every))


@dataclass(frozen=True, kw_only=True, slots=True)
class ChannelChoices:
    """The use cases of choosing one's channels, on every way in."""

    store: CaseStore
    reads: Reads
    directory: Directory
    editions: Editions
    access: Access
    sealer: Sealer
    now: Callable[[], datetime]

    def of(self, actor: Actor) -> Offered:
        """Return what *actor* may choose, and chose.

        Raises:
            NotAllowed
        """
        self.access.require(actor, "inbox.read", person=actor.person)
        chosen = self.directory.current().standing_in.channels_of(str(actor.person))
        return Offered(lets=self._lets(), chosen=chosen)

    def choose(self, actor: Actor, channels: Sequence[str] | None, correlation: str) -> None:
        """Have *actor* be told by *channels* beside the inbox; None: as policies say.

        What is chosen already is recorded no second time.

        Raises:
            NotAllowed
            Invalid: no policy in force lets one of them be chosen.
            Conflict: somebody else changed the organisation at the same moment.
        """
        self.access.require(actor, "inbox.mark", person=actor.person)
        current, person = self.directory.current(), str(actor.person)
        offered = Offered(lets=self._lets(), chosen=current.standing_in.channels_of(person))
        wanted = None if channels is None else tuple(sorted(set(channels)))
        unknown = [one for one in wanted or () if one not in offered.channels]
        if unknown:
            listed = "、".join(offered.channels) or "-"
            told = {"channel": unknown[0], "channels": listed}
            raise Invalid((Blocker(code="channel_not_offered", field="channels", params=told),))
        if wanted == offered.chosen:
            return
        data: dict[str, Any] = {"person": person, "channels": list(wanted or ())}
        if wanted is None:
            data["revoked"] = True
        telling = Telling(
            reads=self.reads,
            sealer=self.sealer,
            now=self.now,
            root=current.root or "",
            origin=Origin.of(actor, correlation),
        )
        appends = tuple(telling.appends(FACT, current.version, (data,)))
        if not self.store.write(Bulk(appends=appends)):
            raise Conflict(Blocker(code="stale_version"))

    def _lets(self) -> tuple[Lets, ...]:
        policies = {
            scheme: read_policy(Document(orjson.loads(kept.canonical)))
            for scheme, kept in sorted(self.editions.policy_texts().items())
        }
        schemes = self.editions.in_force("scheme")
        titles = self.editions.kept([schemes[one].hash for one in policies if one in schemes])
        titled = {
            scheme: titles[one.hash].title for scheme, one in schemes.items() if one.hash in titles
        }
        return tuple(
            Lets(scheme=scheme, title=titled.get(scheme, ""), policy=one)
            for scheme, one in policies.items()
            if one.choices
        )
