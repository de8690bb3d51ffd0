"""A draw played over a real store, with a sequencer that gives positions, seals and signs."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from schemas.envelope import open_envelope
from services.workflow.adapters.database import Database
from services.workflow.application.drawing import Sealing
from services.workflow.application.draws_at_hand import DrawsAtHand
from services.workflow.application.sequencing import LogKey, Sequencer
from services.workflow.audit.ed25519 import load_signer, new_key, verifier
from services.workflow.domain.case.head import Case
from services.workflow.domain.language.model.scheme import Scheme
from tests.unit.workflow.case.played import NOTICE, Play, everybody, scheme

PUBLIC, SIGN = load_signer(new_key("test.example/log")[0])
KEY = LogKey(public=PUBLIC, sign=SIGN, verify=verifier(PUBLIC.public))
SCHEME = scheme(NOTICE.read_text())
DRAWN_AT = datetime(2020, 1, 9, 13, 15, tzinfo=UTC)
NUMBER, ANOTHER = "02 05 11 18 24 33 + 09", "02 05 11 18 24 33 + 10"
DRAW = "2019-draw-0001"
OFFICE, SECRETARY, DEPUTY = "office.c", "secretary.c", "deputy_secretary.c"
TERMS = {"number": "two_colours", "issue": "2020004", "drawn_at": DRAWN_AT}


class DrawPlay(Play):
    """The notice's round in a database, where a draw is run."""

    def __init__(
        self,
        database: Database,
        rules: Scheme = SCHEME,
        at_hand: type[DrawsAtHand] = DrawsAtHand,
    ) -> None:
        sequencing = database.sequencing
        self.database = database
        draws = at_hand(database.reads.texts, sequencing.checkpoint, sequencing.last_checkpoint)
        super().__init__(rules, everybody(), store=database.store, draws=draws)
        self._seconds = 0
        seal = Sealing(self.sealer, lambda: self.now).seal
        self.sequencer = Sequencer(
            sequencing=sequencing, key=KEY, outside=None, system_now=self._system_now, seal=seal
        )
        self.open()
        self.signed()
        assert self.opened("draw", "c", OFFICE).outcome == "done"

    def _system_now(self) -> datetime:
        self._seconds += 2
        return datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=self._seconds)

    def signed(self) -> None:
        """Give positions to everything, and sign all of it."""
        while self.sequencer.sequence():
            pass
        for _ in range(3):
            self.sequencer.sign_if_due()

    @property
    def size(self) -> int:
        drawing = self.case(DRAW).drawing
        return 0 if drawing is None else drawing.size

    def checkpoint(self) -> str:
        """Return the hash of the note over just the size that the statement names."""
        saved = self.database.sequencing.checkpoint(self.size)
        return "00" * 32 if saved is None else sha256(saved.note.encode()).hexdigest()

    def freeze(self, **more: Any) -> Case:
        case = self.done(DRAW, "freeze", OFFICE, data=step(**terms(**more)))
        self.signed()
        return case

    def attest(self, *people: str) -> None:
        for person in people:
            self.done(DRAW, "attest", person, data=self.attestation())

    def attestation(self) -> dict[str, Any]:
        return step(checkpoint=self.checkpoint())

    def drawn(self) -> Case:
        """Take every step, and return the case with its result."""
        self.freeze()
        self.attest(OFFICE, SECRETARY)
        self.now = DRAWN_AT
        self.done(DRAW, "enter_number", OFFICE, data=entry())
        return self.done(DRAW, "enter_number", DEPUTY, data=entry())

    def case_of(self, unit: str) -> Case:
        """Return the case of the unit that may be drawn."""
        return next(one for one in self.cases("review") if one.unit == unit)

    def log(self) -> Sequence[tuple[int, Any]]:
        """Return the events in the order of their positions."""
        entries = self.database.audit.entries()
        return [(position, open_envelope(body)) for position, _, _, _, body in entries]


def terms(**more: Any) -> dict[str, Any]:
    at = more.pop("drawn_at", DRAWN_AT)
    return TERMS | {"drawn_at": at.isoformat()} | more


def entry(number: str = NUMBER) -> dict[str, Any]:
    return step(number=number)


def step(**brought: Any) -> dict[str, Any]:
    return {"draw": {"on_site": brought}}
