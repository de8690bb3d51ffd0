"""Learning the texts that events name: each once, before the first that names it is applied.

A workflow that is away is waited for, as the feed is, and so is a text that it has published: it
serves what it publishes. The scheme of a case may be one that no release of before served: it is
not asked for again by this process, and the case is timed without what its states are called.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from schemas.calendar import WorkingDays
from schemas.document import Faults
from services.notifier.application.ports import Delivery, Workflow
from services.notifier.application.rules import policy_of
from services.notifier.application.store_ports import KeptText, Store
from services.notifier.domain.errors import WorkflowRefused
from services.notifier.domain.following import followed

_BROKEN = (orjson.JSONDecodeError, Faults, KeyError, TypeError, ValueError, AttributeError)


@dataclass(kw_only=True, slots=True)
class Learning:
    """Fetches texts and keeps them."""

    store: Store
    workflow: Workflow
    _had: set[str] = field(default_factory=set, init=False)  # kept already, or not to be had

    def learn(self, epoch: int, deliveries: Sequence[Delivery]) -> bool:
        """Keep every text that *deliveries* name; return whether one was asked for.

        Raises:
            WorkflowUnavailable, WorkflowRefused: nothing may be accepted before it answers.
            LeaseLost, StoreUnavailable
        """
        named = list(_named(deliveries))
        published = {one.hash for one in named if one.published}
        return self._fetch(epoch, {one.hash: one.kind for one in named}, published)

    def learn_schemes(self, epoch: int) -> bool:
        """Keep the texts of schemes whose cases run; return whether one was asked for.

        They are asked for again at each start: a workflow may serve them by now.

        Raises:
            as `learn` does.
        """
        with self.store.seeing() as tx:
            hashes = tx.facts.schemes_running()
        return self._fetch(epoch, dict.fromkeys(filter(_is_hash, hashes), "scheme"), set())

    def _fetch(self, epoch: int, kinds: Mapping[str, str], published: set[str]) -> bool:
        wanted = kinds.keys() - self._had
        if not wanted:
            return False
        with self.store.seeing() as tx:
            missing = wanted - tx.texts.hashes(wanted)
        for hash_ in sorted(missing):
            body = self.workflow.text(hash_)
            if body is not None:
                self._keep(epoch, hash_, kinds[hash_], body)
            elif hash_ in published:
                raise WorkflowRefused(f"the text {hash_} is published and not served")
        self._had |= wanted
        return bool(missing)

    def _keep(self, epoch: int, hash_: str, kind: str, body: bytes) -> None:
        try:
            id_ = _id(kind, body)
        except _BROKEN as error:
            # Like an event of a type that is not known: a newer program reads it.
            raise WorkflowRefused(f"the {kind} {hash_} cannot be read: {error}") from error
        with self.store.writing(epoch) as tx:
            tx.texts.keep(KeptText(hash=hash_, kind=kind, id=id_, body=body))
            if kind == "scheme":
                tx.texts.doubt_timers(id_)


class _Named(NamedTuple):
    hash: str
    kind: str
    published: bool  # by the very event that names it


def _named(deliveries: Iterable[Delivery]) -> Iterator[_Named]:
    """Yield each text that an event of a followed stream names."""
    for delivery in deliveries:
        event = _attributes(delivery.body)
        stream = followed(str(event.get("subject")), event.get("type"))
        if stream is None:
            continue
        if stream.part == "text":
            data = event.get("data")
            if isinstance(data, dict) and _is_hash(data.get("hash")):
                yield _Named(data["hash"], str(data.get("kind")), published=True)
        elif _is_hash(event.get("schemehash")):
            yield _Named(event["schemehash"], "scheme", published=False)


def _attributes(body: bytes) -> Mapping[str, Any]:
    try:
        event = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}  # whoever accepts it says what is wrong with it
    return event if isinstance(event, dict) else {}


def _is_hash(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 64 and value.isalnum()  # noqa: PLR2004


def _id(kind: str, body: bytes) -> str:
    """Return whose text it is, having read it as far as it will be needed."""
    if kind == "policy":
        return policy_of(body).scheme
    if kind == "calendar":
        return WorkingDays.from_json(body).id
    return str(orjson.loads(body)["id"])
