"""A draw as everybody may hold it against the log: every byte that is hashed, and a file of it."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from schemas.draw import N_SEALED, SHELL, seed_of, statement_of, tickets_of
from schemas.draw_file import Entered, file_of
from schemas.instants import instant
from services.workflow.application.access import Access
from services.workflow.application.log_reading import LogReading
from services.workflow.application.reading_ports import Reads, Stored
from services.workflow.application.sequencing_ports import Sequencing
from services.workflow.domain.authority import Actor
from services.workflow.domain.case.head import Case, Drawing
from services.workflow.domain.case.pool import result_of
from services.workflow.domain.refusals import Blocker, Conflict, NotYours

_FACT = "workflow.draw_"  # the beginning of the type of every event of a draw


class DrawnReading:
    """The use cases of who reads a draw, or takes it away to check it."""

    def __init__(
        self, *, access: Access, reads: Reads, sequencing: Sequencing, log: LogReading
    ) -> None:
        self._access = access
        self._reads = reads
        self._sequencing = sequencing
        self._log = log

    def view(self, actor: Actor, case_id: str) -> tuple[Case, Mapping[str, Any]]:
        """Return a draw's case, and how far it has got, with everything that is hashed.

        Raises:
            NotYours: no such case, or not theirs, or nothing was frozen in it.
        """
        case, drawing = self._drawing(actor, case_id)
        saved = self._sequencing.checkpoint(drawing.size) if drawing.size else None
        units = self._units(drawing)
        told = {
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
        return case, {"case": case.stream, "state": case.state, **told}

    def file(self, actor: Actor, case_id: str) -> Mapping[str, Any]:
        """Return a draw as one file, which anybody checks without the service.

        Raises:
            NotYours: as `view`.
            Conflict: nothing is drawn yet, or some of it is not signed yet.
        """
        case, drawing = self._drawing(actor, case_id)
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
        return file_of(statement, self._number(events), entered, entries)

    def _entered(self, drawing: Drawing) -> list[Entered]:
        """Return what was entered as the number, first to last, but for what was erased."""
        hashes = [bytes.fromhex(one.commitment["sha256"]) for one in drawing.entered]
        texts = self._reads.texts(hashes)
        found = (texts[hash_] for hash_ in hashes if hash_ in texts)
        return [Entered(one.sha256.hex(), one.salt.hex(), one.content.decode()) for one in found]

    def _drawing(self, actor: Actor, case_id: str) -> tuple[Case, Drawing]:
        seen = self._access.case(actor, case_id)
        # Who is shown one document of a case sees no more of it.
        if seen.case.drawing is None or seen.extent.shown is not None:
            raise NotYours(case_id)
        return seen.case, seen.case.drawing

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


def _statement(drawing: Drawing, units: list[str] | None) -> str | None:
    if units is None or not drawing.size:
        return None
    return statement_of(drawing.terms, units, drawing.size).text
