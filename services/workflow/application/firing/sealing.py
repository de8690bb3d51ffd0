"""What was decided as it goes into the log: sealed events, texts beside them, causes named."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from schemas.envelope import event_id
from schemas.facts import EVENTS
from services.workflow.application.envelopes import Origin, Sealer
from services.workflow.application.firing.port import Event, Write
from services.workflow.application.ports import Key, Text
from services.workflow.domain.case.acts import Decided, Recorded
from services.workflow.domain.case.head import Case
from services.workflow.domain.data.files import told
from services.workflow.domain.data.texts import committed


@dataclass(frozen=True, kw_only=True, slots=True)
class Seal:
    """What all events of one wave have in common."""

    sealer: Sealer
    root: str
    organisation_version: int

    def write(self, decided: Decided, origin: Origin, key: Key | None) -> Write:
        """Return all that *decided* writes, every effect with the event that caused it."""
        events, ids = [], list[str]()
        if decided.deputy_for is not None:
            origin = replace(origin, deputy_for=decided.deputy_for)
        for recorded in decided.events:
            cause = origin.causation if recorded.cause is None else ids[recorded.cause]
            event, event_id = self._event(recorded, origin, cause)
            events.append(event)
            ids.append(event_id)
        return Write(
            cycle=decided.own.after.cycle,
            events=tuple(events),
            versions=decided.looks.versions,
            touched=decided.looks.touched,
            touches=decided.touches,
            slots=decided.slots,
            numbers=decided.numbers,
            root=self.root,
            key=key,
        )

    def _event(self, recorded: Recorded, origin: Origin, cause: str | None) -> tuple[Event, str]:
        texts = list[Text]()
        data = committed(recorded.data, _keeping(texts, self.sealer))
        case = recorded.after
        body = self.sealer.event(
            recorded.fact,
            case.stream,
            case.version,
            data,
            at=case.recorded_at,
            origin=origin if cause == origin.causation else replace(origin, causation=cause),
            root=self.root,
            organisation_version=self.organisation_version,
            scheme_hash=case.scheme,
            partition_key=partition_key(case),
        )
        event = Event(
            stream=case.stream,
            version=case.version,
            type=EVENTS.latest(recorded.fact),
            recorded_at=case.recorded_at,
            body=body,
            after=case,
            before=recorded.before,
            texts=tuple(texts),
            files=tuple(told(data.get("documents", ()))),
        )
        return event, event_id(body)


def partition_key(case: Case) -> str | None:
    """Return the family of *case* where its stream does not tell it."""
    return None if case.family == case.stream else case.family


def _keeping(texts: list[Text], sealer: Sealer) -> Callable[[str], dict[str, Any]]:
    def commit(text: str) -> dict[str, Any]:
        commitment, row = sealer.commit(text)
        texts.append(row)
        return commitment

    return commit
