"""What draws rest on beside the heads of cases: rosters, numbers, signed checkpoints.

None of it ever changes: a text is known by its hash, and one size of the log is signed once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256

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
    """Safe to share between threads: what one learns later than another is learnt again."""

    def __init__(
        self,
        texts: Texts = lambda _: {},
        checkpoint: Checkpoint = lambda _: None,
        last: Last = lambda: None,
    ) -> None:
        self._texts = texts
        self._checkpoint = checkpoint
        self._last = last
        self.known: DrawnFrom = NOTHING

    def unknown(self, heads: Mapping[str, Heads], scheme: Callable[[str], Scheme]) -> list[Case]:
        """Return the cases of *heads*, by round, that run a draw on what is not in memory."""
        return [
            case for cycle, each in heads.items() for case in self._lacking(each, scheme(cycle))
        ]

    def _lacking(self, heads: Heads, scheme: Scheme) -> Iterator[Case]:
        kinds = {draw.run_by for draw in scheme.draws.values()}
        for case in heads.cases.values() if kinds else ():
            if case.kind in kinds and case.is_open and self._lacks(case):
                yield case

    def _lacks(self, case: Case) -> bool:
        drawing = case.drawing
        if drawing is None:
            return not self.known.log
        signed = not drawing.size or drawing.size in self.known.signed
        return not (signed and self.known.texts.keys() >= {*_hashes(case)})

    def learn(self, cases: Sequence[Case]) -> None:
        """Read what *cases* rest on; what was erased, or not signed yet, is not known after."""
        hashes = [bytes.fromhex(one) for one in dict.fromkeys(_all_hashes(cases))]
        found = self._texts(hashes) if hashes else {}
        texts = {} if len(self.known.texts) > MOST else self.known.texts
        sizes = {case.drawing.size for case in cases if case.drawing is not None} - {0}
        self.known = DrawnFrom(
            log=self.known.log or self.origin(),
            texts={**texts, **{one.sha256.hex(): one.content.decode() for one in found.values()}},
            signed={**self.known.signed, **dict(self.signed(sizes))},
        )

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


def _all_hashes(cases: Iterable[Case]) -> Iterator[str]:
    for case in cases:
        yield from _hashes(case)


def _hashes(case: Case) -> Iterator[str]:
    if case.drawing is not None:
        yield case.drawing.terms["roster"]["sha256"]
        yield from (one.commitment["sha256"] for one in case.drawing.entered)
