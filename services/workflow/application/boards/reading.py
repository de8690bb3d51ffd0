"""One case as who judges it reads it: the texts in force, paragraph by paragraph."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from services.workflow.application.boards.case import CaseBoard, case_board
from services.workflow.application.boards.look import Look, Sources
from services.workflow.application.boards.versions import Version


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadingBoard:
    """What is to be judged, and the case around it."""

    case: CaseBoard
    texts: tuple[Version, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Around:
    """Where a case stands among those that wait for one's verdict."""

    place: int  # from 1; 0: it is none of them
    total: int
    before: str | None
    after: str | None

    @classmethod
    def of(cls, case: str, waiting: Sequence[str]) -> "Around":
        """Return what lies around *case*; where it is none of those *waiting*, they all follow."""
        at = waiting.index(case) if case in waiting else -1
        return cls(
            place=at + 1,
            total=len(waiting),
            before=waiting[at - 1] if at > 0 else None,
            after=waiting[at + 1] if at + 1 < len(waiting) else None,
        )


def reading_board(sources: Sources, look: Look, case_id: str) -> ReadingBoard:
    """Return what is to be judged of a case; keep that who may judge it has opened it.

    Raises:
        NotYours: absent, or not theirs to see.
    """
    board = case_board(sources, look, case_id, checkpoint=None)
    texts = tuple(_in_force(board))
    if not board.opened:
        shown = [one.document for one in texts]
        sources.watch.keep_opened(look.actor, board.case, shown, look.day)
        board = replace(board, opened=len(shown) == len(board.judged))
    return ReadingBoard(case=board, texts=texts)


def _in_force(board: CaseBoard) -> Iterator[Version]:
    for name in board.judged:
        number = board.case.documents[name].version
        yield from (one for one in board.versions if (one.document, one.number) == (name, number))
