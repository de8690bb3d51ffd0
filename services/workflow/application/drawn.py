"""A draw as everybody may hold it against the log: every byte that is hashed, and a file of it.

Who is on its list reads it, though its case is not theirs to see: else they could neither object to
the list before the number is known, nor compute again what came of it. Draws of one place are read
together: who stood on the list of one reads what came in its place.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import orjson

from schemas.draw import N_SEALED, SHELL, seed_of, statement_of, tickets_of
from schemas.draw_file import Entered, file_of
from schemas.instants import instant
from services.workflow.application.access import Access
from services.workflow.application.log_reading import LogReading
from services.workflow.application.reading_ports import Reads, Stored
from services.workflow.application.sequencing_ports import Sequencing
from services.workflow.domain.authority import Actor
from services.workflow.domain.authority.firing import Candidate
from services.workflow.domain.case.head import Case, Drawing
from services.workflow.domain.case.pool import frozen_beside, result_of, would_hold
from services.workflow.domain.case.world import World
from services.workflow.domain.refusals import Blocker, Conflict, NotYours

_FACT = "workflow.draw_"  # the beginning of the type of every event of a draw
_STEPS_READ = 1_000  # of the other draws of a place, each of which has some ten


class Drawn(NamedTuple):
    """A draw's case, and how far the draw has got, with everything that is hashed."""

    case: Case
    told: Mapping[str, Any]
    is_whole: bool  # whether who reads it sees its case as well


class _Read(NamedTuple):
    """A draw as somebody reads it."""

    case: Case
    others: Sequence[Case]  # the other draws of its place, void ones too, the first one first
    would_hold: Mapping[str, Any] | None  # before it is frozen
    is_whole: bool


class DrawnReading:
    """The use cases of who reads a draw, or takes it away to check it."""

    def __init__(
        self, *, access: Access, reads: Reads, sequencing: Sequencing, log: LogReading
    ) -> None:
        self._access = access
        self._reads = reads
        self._sequencing = sequencing
        self._log = log

    def view(self, actor: Actor, case_id: str) -> Drawn:
        """Return a draw's case, and how far it has got; before the freeze whom it would hold.

        Raises:
            NotYours: no such case, or not theirs; or nothing was frozen in it, and will not be.
        """
        read = self._read(actor, case_id)
        case, drawing = read.case, read.case.drawing
        told: dict[str, Any] = {
            "case": case.stream,
            "state": case.state,
            "would_hold": read.would_hold,
            "others": [*self._others(read.others)],
            "numbers_differ": drawing is not None and drawing.is_undecided,
        }
        if drawing is None:
            return Drawn(case, {**told, **_NOT_FROZEN}, read.is_whole)
        saved = self._sequencing.checkpoint(drawing.size) if drawing.size else None
        units = self._units(drawing)
        told |= {
            "terms": {name: drawing.terms[name] for name in drawing.terms if name != "roster"},
            "units": units,
            "statement": _statement(drawing, units),
            "sha256": drawing.statement or None,
            "size": drawing.size or None,
            "checkpoint": None if saved is None else saved.note,
            "attested": [
                {"person": one.person, "at": instant(one.recorded_at)} for one in drawing.attested
            ],
            "entered_by": list(dict.fromkeys(one.person for one in drawing.entered)),
            "result": self._result(case, drawing),
        }
        return Drawn(case, told, read.is_whole)

    def file(self, actor: Actor, case_id: str) -> tuple[Case, Mapping[str, Any]]:
        """Return a draw's case, and the draw as one file, checked by anybody without the service.

        Raises:
            NotYours: as `view`.
            Conflict: nothing is drawn yet, or some of it is not signed yet.
        """
        case = self._read(actor, case_id).case
        drawing = case.drawing
        if drawing is None:
            raise NotYours(case_id)
        events = [*self._events(case)]
        last = self._sequencing.last_checkpoint()
        signed = 0 if last is None else last.size
        if not drawing.order or any((one.position or signed + 1) > signed for one in events):
            raise Conflict(Blocker(code="draw_not_signed"))
        entries = [
            (one.body, self._proof(actor, one, drawing.size if nth < N_SEALED else signed))
            for nth, one in enumerate(events)
        ]
        statement, entered = _statement(drawing, self._units(drawing)) or "", self._entered(drawing)
        return case, file_of(statement, self._number(events), entered, entries)

    def _entered(self, drawing: Drawing) -> list[Entered]:
        """Return what was entered as the number, first to last, but for what was erased."""
        hashes = [bytes.fromhex(one.commitment["sha256"]) for one in drawing.entered]
        texts = self._reads.texts(hashes)
        found = (texts[hash_] for hash_ in hashes if hash_ in texts)
        return [Entered(one.sha256.hex(), one.salt.hex(), one.content.decode()) for one in found]

    def _read(self, actor: Actor, case_id: str) -> _Read:
        is_whole = False
        with suppress(NotYours):
            # Who is shown one document of a case sees no more of it.
            is_whole = self._access.case(actor, case_id).extent.shown is None

        def read(case: Case, world: World) -> _Read:
            others = frozen_beside(case, world)
            frozen = [one.drawing for one in (case, *others) if one.drawing is not None]

            def is_listed(voice: Candidate) -> bool:
                listed = {unit for one in frozen for unit in self._listed(one)}
                return any(one.unit in listed and one.holds_on(voice.day) for one in voice.posts)

            if not (
                is_whole or (case.drawing and self._access.reads(actor, case, world, is_listed))
            ):
                raise NotYours(case_id)
            before = would_hold(case, world) if case.drawing is None else None
            if case.drawing is None and before is None:
                raise NotYours(case_id)
            return _Read(case, others, before, is_whole)

        return self._access.look(case_id, read)

    def _listed(self, drawing: Drawing) -> Iterator[str]:
        """Yield the units that a draw is about: with a ticket, or left without one."""
        yield from self._units(drawing) or drawing.order
        yield from (one["unit"] for one in drawing.terms.get("exempt", ()))

    def _others(self, others: Iterable[Case]) -> Iterator[Mapping[str, Any]]:
        """Yield the other draws of the place, each with why it was run beside those before."""
        others = [*others]
        told = self._whys([one.stream for one in others])
        hashes = [bytes.fromhex(one) for one in told.values() if one]
        texts = self._reads.texts(hashes) if hashes else {}
        for one in others:
            text = texts.get(bytes.fromhex(told.get(one.stream, "")))
            yield {
                "case": one.stream,
                "number": one.number,
                "state": one.state,
                "follows": one.drawing.terms.get("follows") if one.drawing else None,
                "reason": None if text is None else text.content.decode(),
            }

    def _whys(self, streams: Sequence[str]) -> dict[str, str]:
        """Return, by stream, the hash of the reason for which each draw was frozen last, if any."""
        stored = self._reads.events_of(streams, _STEPS_READ) if streams else []
        events = [orjson.loads(one.body) for one in stored]
        return {
            one["subject"]: one["data"].get("reason", {}).get("sha256", "")
            for one in events
            if one["type"].startswith("workflow.draw_frozen.")
        }

    def _units(self, drawing: Drawing) -> list[str] | None:
        hash_ = bytes.fromhex(drawing.terms["roster"]["sha256"])
        text = self._reads.texts([hash_]).get(hash_)
        return None if text is None else text.content.decode().splitlines()

    def _events(self, case: Case) -> Iterator[Stored]:
        """Yield the events of the draw as it was frozen last, oldest first."""
        found = list[Stored]()
        for one in self._reads.stream(case.stream):
            type_ = orjson.loads(one.body)["type"]
            if type_.startswith("workflow.draw_frozen."):
                found = []
            if type_.startswith(_FACT):
                found.append(one)
        yield from found

    def _proof(self, actor: Actor, event: Stored, size: int) -> str:
        return self._log.proof(actor, event.position or 0, size)

    def _number(self, events: list[Stored]) -> str:
        told = (orjson.loads(one.body)["data"]["draw"] for one in events)
        return next((str(one["drawn"]["number"]) for one in told if "drawn" in one), "")

    def _result(self, case: Case, drawing: Drawing) -> Mapping[str, Any] | None:
        if not drawing.order:
            return None
        root, number = drawing.in_time[0].root, self._number([*self._events(case)])
        seed = seed_of(drawing.statement, bytes.fromhex(root), number)
        drawn, reserves = result_of(drawing)
        return {
            "number": number,
            "root": root,
            "seed": seed,
            "tickets": [one._asdict() for one in tickets_of(seed, drawing.order)],
            "drawn": drawn,
            "reserves": reserves,
            "exempt": drawing.out,
            "shell": SHELL,
        }


# What is told of a draw whose list is not fixed yet.
_NOT_FROZEN: Mapping[str, Any] = {
    **dict.fromkeys(("terms", "units", "statement", "sha256", "size", "checkpoint", "result")),
    "attested": [],
    "entered_by": [],
}


def _statement(drawing: Drawing, units: list[str] | None) -> str | None:
    if units is None or not drawing.size:
        return None
    return statement_of(drawing.terms, units, drawing.size).text
