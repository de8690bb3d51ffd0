"""What draws rest on beside the heads of cases: rosters, numbers, signed checkpoints.

None of it ever changes: a text is known by its hash, and one size of the log is signed once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from threading import Lock

from schemas.checkpoint import parse_checkpoint
from schemas.note import BadNote, note_text
from services.workflow.application.listings import Texts
from services.workflow.application.sequencing_ports import SavedCheckpoint
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.world import NOTHING, DrawnFrom, Heads, Signed
from services.workflow.domain.language.model.scheme import Scheme

MOST = 1_000  # texts in memory; all are read again when there were more

Checkpoint = Callable[[int], SavedCheckpoint | None]
Last = Callable[[], SavedCheckpoint | None]


class DrawsAtHand:
    """Safe to share between threads: none takes from memory what another decides by.

    Whoever decides keeps the `known` that it asked `unknown` of, joined by what it then learnt.
    """

    def __init__(
        self,
        texts: Texts = lambda _: {},
        checkpoint: Checkpoint = lambda _: None,
        last: Last = lambda: None,
    ) -> None:
        self._texts = texts
        self._checkpoint = checkpoint
        self._last = last
        self._lock = Lock()
        self.known: DrawnFrom = NOTHING  # never changed, but put in place of the last

    def unknown(
        self, heads: Mapping[str, Heads], scheme: Callable[[str], Scheme], known: DrawnFrom
    ) -> list[Case]:
        """Return the cases of *heads*, by round, that run a draw on what is not *known*."""
        return [
            case
            for cycle, each in heads.items()
            for case in _running(each, scheme(cycle))
            if _lacks(case, known)
        ]

    def learn(self, cases: Sequence[Case], known: DrawnFrom) -> DrawnFrom:
        """Return *known* with what *cases* rest on, but for what was erased or is not signed."""
        hashes = [bytes.fromhex(one) for one in dict.fromkeys(_all_hashes(cases))]
        found = self._texts(hashes) if hashes else {}
        sizes = {case.drawing.size for case in cases if case.drawing is not None} - {0}
        learnt = DrawnFrom(
            log=known.log or self.origin(),
            texts={one.sha256.hex(): one.content.decode() for one in found.values()},
            signed=dict(self.signed(sizes)),
        )
        with self._lock:
            few = len(self.known.texts) <= MOST
            self.known = _joined(self.known if few else replace(self.known, texts={}), learnt)
        return _joined(known, learnt)

    def origin(self) -> str:
        """Return what the log is called; "" while nothing of it is signed."""
        last = self._last()
        return "" if last is None else last.note.partition("\n")[0]

    def signed(self, sizes: Iterable[int]) -> Iterator[tuple[int, Signed]]:
        """Yield the checkpoints there are over just these *sizes*."""
        for size in sizes:
            saved = self._checkpoint(size)
            try:
                told = saved and parse_checkpoint(note_text(saved.note))
            except BadNote:  # a hand was at the row: the audit tells, and nothing was signed
                continue
            if saved and told and told.size == size:
                note = sha256(saved.note.encode()).hexdigest()
                yield size, Signed(root=told.root.hex(), checkpoint=note)


def _running(heads: Heads, scheme: Scheme) -> Iterator[Case]:
    kinds = {draw.run_by for draw in scheme.draws.values()}
    for case in heads.cases.values() if kinds else ():
        if case.kind in kinds and case.is_open:
            yield case


def _lacks(case: Case, known: DrawnFrom) -> bool:
    drawing = case.drawing
    if drawing is None:
        return not known.log
    signed = not drawing.size or drawing.size in known.signed
    return not (signed and known.texts.keys() >= {*_hashes(case)})


def _joined(known: DrawnFrom, learnt: DrawnFrom) -> DrawnFrom:
    return DrawnFrom(
        log=known.log or learnt.log,
        texts={**known.texts, **learnt.texts},
        signed={**known.signed, **learnt.signed},
    )


def _all_hashes(cases: Iterable[Case]) -> Iterator[str]:
    for case in cases:
        yield from _hashes(case)


def _hashes(case: Case) -> Iterator[str]:
    if case.drawing is not None:
        yield case.drawing.terms["roster"]["sha256"]
        yield from (one.commitment["sha256"] for one in case.drawing.entered)
