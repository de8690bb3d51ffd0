"""What the opening of a round writes: its own event, and a case for everybody it is for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from schemas.calendar import WorkingDays, local_day
from schemas.canonical import canonical_bytes
from schemas.envelope import Envelope, peek
from schemas.registry import EVENTS
from schemas.streams import Stream
from schemas.upcast import upcast
from services.workflow.application.envelopes import Origin, Sealer, new_case_id
from services.workflow.application.firing.port import Write
from services.workflow.application.firing.sealing import Seal
from services.workflow.application.ports import Append, Bulk, CycleRow, Key, Sort, Text
from services.workflow.domain.case.carrying import OldRow
from services.workflow.domain.case.opening import NotOpened
from services.workflow.domain.case.rounds import Opening, open_round
from services.workflow.domain.case.world import Heads, Round, World
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.organisation import Organisation
from services.workflow.domain.refusals import Blocker


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundOpening:
    """One round on its way into the log."""

    organisation: Organisation
    scheme: Scheme
    policy: str  # the hash of the one in force; "": none is
    calendar: WorkingDays
    missing: tuple[Blocker, ...]  # without which it does not begin, whoever may open it
    sealer: Sealer
    now: datetime
    person: str | None
    origin: Origin
    key: Key | None

    def bulk(
        self,
        unit: str,
        label: str,
        given: Mapping[str, int],
        followed: Sequence[World] = (),
        rows: Mapping[str, OldRow] | None = None,
    ) -> tuple[Bulk, Write | None]:
        """Return all that is written; *given* are the last ordinals given, by tier or kind."""
        opening = open_round(self.world(unit, label, given), self.now, self.person, followed, rows)
        return self.written(unit, label, opening)

    def written(
        self, unit: str, label: str, opening: Opening, first_key: Key | None = None
    ) -> tuple[Bulk, Write | None]:
        """Return *opening* as it is written; *first_key* is kept on the first case."""
        texts: list[Text] = []
        data = self._data(unit, label, opening, texts)
        first = self._cycle_opened(data, texts)
        row = cycle_row(Stream.parse(first.stream).id, peek(first.body))
        bulk = Bulk(appends=(first,), cycle=row, units=self._scope(unit, opening))
        if not opening.decided.events:
            return bulk, None
        origin = replace(self.origin, causation=peek(first.body).id)
        seal = Seal(
            sealer=self.sealer,
            root=self.organisation.root or "",
            organisation_version=self.organisation.version,
        )
        return bulk, seal.write(opening.decided, origin, first_key)

    def world(self, unit: str, label: str, given: Mapping[str, int]) -> World:
        """Return what the opening may look at; *given* are the last ordinals given."""
        return World(
            scheme=self.scheme,
            organisation=self.organisation,
            calendar=self.calendar,
            round=Round(
                id=cycle_id_of(unit, label, self.scheme),
                label=label,
                unit=unit,
                root=self.organisation.root or "",
                begins=local_day(self.now, self.scheme.zone),
                ends=self.scheme.round.ends,
            ),
            heads=Heads(numbered={f"{label}/{letter}": last for letter, last in given.items()}),
            now=self.now,
            new_id=new_case_id,
        )

    def _data(self, unit: str, label: str, opening: Opening, texts: list[Text]) -> dict[str, Any]:
        listed = canonical_bytes([_told(one) for one in opening.left_out]).decode()
        left_out, text = self.sealer.commit(listed)
        texts.append(text)
        return {
            "cycle": cycle_id_of(unit, label, self.scheme),
            "round": label,
            "scheme": self.scheme.id,
            "unit": unit,
            "calendarhash": self.calendar.hash,
            "policyhash": self.policy,
            "kinds": list(_sorts(self.scheme, opening)),
            "left_out": left_out,
        }

    def _scope(self, unit: str, opening: Opening) -> tuple[str, ...]:
        """Return the units of the round: who has a case, or would have one."""
        units = {one.after.unit for one in opening.decided.events if one.before is None}
        units |= {one.unit for one in opening.left_out}
        inside = self.organisation.subtree(unit)
        return tuple(one for one in inside if one in units)

    def _cycle_opened(self, data: Mapping[str, Any], texts: Sequence[Text]) -> Append:
        stream, fact = str(Stream("cycle", data["cycle"])), "cycle_opened"
        body = self.sealer.event(
            fact,
            stream,
            1,
            data,
            at=self.now,
            origin=self.origin,
            root=self.organisation.root or "",
            organisation_version=self.organisation.version,
            scheme_hash=self.scheme.hash,
        )
        return Append(
            stream=stream,
            version=1,
            type=EVENTS.latest(fact),
            recorded_at=self.now,
            body=body,
            key=self.key,
            texts=tuple(texts),
        )


def cycle_id_of(unit: str, label: str, scheme: Scheme) -> str:
    """Return the id of a round, whoever opens it: the second of two loses its version 1."""
    return str(uuid5(NAMESPACE_URL, f"urn:shuping:{unit}:{label}:{scheme.id}"))


def cycle_row(cycle_id: str, event: Envelope) -> CycleRow:
    """Return the row that follows from `cycle_opened`, whichever release wrote it."""
    data = upcast(event).data
    return CycleRow(
        id=cycle_id,
        scheme=data["scheme"],
        scheme_hash=event.schemehash or "",
        calendar_hash=data["calendarhash"],
        unit=data["unit"],
        label=data["round"],
        kinds=tuple(
            Sort(
                kind=one["name"],
                tier=one.get("tier", ""),
                expected=one["expected"],
                opened=one["opened"],
                exempt=one["exempt"],
            )
            for one in data["kinds"]
        ),
        opened_at=event.time,
        left_out=data.get("left_out", {}).get("sha256", ""),
    )


def _sorts(scheme: Scheme, opening: Opening) -> Iterator[dict[str, Any]]:
    for kind, life in scheme.lives():
        sort = (kind.name, life.tier)
        if kind.origin.form != "each" and not opening.opened[sort]:
            continue
        told: dict[str, Any] = {"name": kind.name}
        if life.tier:
            told["tier"] = life.tier
        counts = {"expected": opening.expected, "opened": opening.opened, "exempt": opening.exempt}
        yield told | {name: by_sort[sort] for name, by_sort in counts.items()}


def _told(one: NotOpened) -> dict[str, str]:
    why = {"rule": one.rule} if one.rule else {"reason": one.reason}
    tier = {"tier": one.tier} if one.tier else {}
    return {"unit": one.unit, "kind": one.kind, **tier, **why}
