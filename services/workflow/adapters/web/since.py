"""What stands beside a text while it is written: what became of the version before.

The one idea: it is the reading that its auditor will have, with what is being written as the next
version. So who writes sees beforehand which finding they have answered, and what is told of it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from services.workflow.application.boards.case import CaseBoard
from services.workflow.application.boards.comparing import Passage, passages
from services.workflow.application.boards.look import Look
from services.workflow.application.boards.reading import Found, found_before
from services.workflow.application.boards.versions import Part, Version, written
from services.workflow.domain.data.characters import count_characters
from services.workflow.domain.language.model.documents import Document


@dataclass(frozen=True, kw_only=True, slots=True)
class Since:
    """A version of before, and how what is written differs from it."""

    before: Version
    parts: tuple[tuple[str, tuple[Passage, ...]], ...]  # label, and what changed there
    n_added: int
    n_removed: int


def being_written(
    document: Document, texts: Mapping[str, str], board: CaseBoard, look: Look
) -> Version:
    """Return what stands in the fields, as the version that it would be."""
    number = board.case.n_filed.get(document.name, 0) + 1
    return written(document, texts, number=number, at=look.now, actor=look.actor.person)


def since(board: CaseBoard, now: Version, number: str = "") -> Since | None:
    """Return how *now* differs from the version of that *number*, where there is none the last.

    None: it is the first itself.
    """
    filed = [one for one in board.versions if one.document == now.document]
    before = next((one for one in filed if str(one.number) == number), filed[-1] if filed else None)
    if before is None:
        return None
    parts = tuple((part.label, tuple(_changed(before.part(part.name), part))) for part in now.parts)
    counted = Counter[str]()
    for _, changed in parts:
        for piece in (piece for one in changed for piece in one.pieces):
            counted[piece.kind] += count_characters(piece.text)
    return Since(
        before=before,
        parts=tuple((label, changed) for label, changed in parts if changed),
        n_added=counted["added"],
        n_removed=counted["removed"],
    )


def found_in_parts(board: CaseBoard, now: Version) -> list[Found]:
    """Return what was last found, where it says in which part, and whether that was changed."""
    return [one for one in found_before(board, now) if one.part]


def _changed(before: Part | None, after: Part) -> Iterator[Passage]:
    # Forms send line ends as CR LF.
    was, now = ((part.text or "") if part else "" for part in (before, after))
    yield from passages(was.replace("\r\n", "\n"), now.replace("\r\n", "\n"))
