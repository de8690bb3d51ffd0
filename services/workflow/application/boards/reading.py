"""One case as who judges it reads it: the texts in force, paragraph by paragraph."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from services.workflow.application.boards.case import CaseBoard, case_board
from services.workflow.application.boards.comparing import Piece, compare
from services.workflow.application.boards.look import Look, Sources
from services.workflow.application.boards.moved_paragraphs import Place, places
from services.workflow.application.boards.versions import Part, Row, Version
from services.workflow.domain.language.model.documents import Document


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What was found in an earlier version, and what stands in its place now."""

    text: str
    found_in: int  # the version
    part: str  # "": it points nowhere
    paragraph: int  # of that version; 0: at no paragraph
    now_at: int = 0  # the paragraph that stands for it; 0: none does
    now_in: str = ""  # the part in which that is
    moved: tuple[str, str] | None = None  # from and to which part, by their labels
    answer: tuple[Piece, ...] = ()  # what turns the paragraph of then into that of now

    @property
    def is_answered(self) -> bool:
        """Whether anything was changed where it points; always where it points nowhere."""
        return not self.paragraph or any(piece.kind != "same" for piece in self.answer)


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadingBoard:
    """What is to be judged, and the case around it."""

    case: CaseBoard
    texts: tuple[Version, ...]
    found: tuple[Found, ...]  # by who sent the version before back


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
    found = tuple(one for text in texts for one in found_before(board, text))
    return ReadingBoard(case=board, texts=texts, found=found)


def _in_force(board: CaseBoard) -> Iterator[Version]:
    for name in board.judged:
        number = board.case.documents[name].version
        yield from (one for one in board.versions if (one.document, one.number) == (name, number))


def found_before(board: CaseBoard, now: Version) -> Iterator[Found]:
    """Yield what was last found in a version of *now*'s document before it, and its answer."""
    for document in board.here.scheme.documents.values():
        if document.about != now.document or document.points_at is None:
            continue
        said = (one for one in reversed(board.versions) if one.document == document.name)
        last = next((one for one in said if one.about and one.about < now.number), None)
        if last is not None:
            was = _numbered(board.versions, now.document, last.about)
            parts = {_part(row, document) for row in last.rows}
            # Paragraphs are compared once, however many findings there are in a part.
            stands = places(_paragraphs(was), _paragraphs(now), parts)
            yield from (_of_row(row, document, was, now, stands) for row in last.rows)


def _numbered(versions: Iterable[Version], document: str, number: int | None) -> Version | None:
    return next((v for v in versions if (v.document, v.number) == (document, number)), None)


def _part(row: Row, document: Document) -> str:
    pointing = document.points_at
    return str(row.values.get(pointing.part, "")) if pointing else ""


def _of_row(
    row: Row,
    document: Document,
    was: Version | None,
    now: Version,
    stands: Mapping[Place, Place],
) -> Found:
    pointing, part = document.points_at, _part(row, document)
    told = str(row.values.get(pointing.paragraph, "0")) if pointing else "0"
    paragraph = int(told.partition(".")[0]) if part else 0
    here, at = stands.get((part, paragraph), (part, 0))
    before, after = was.part(part) if was else None, now.part(here)
    return Found(
        text="；".join((row.texts or {}).values()),
        found_in=was.number if was else 0,
        part=part,
        paragraph=paragraph,
        now_at=at,
        now_in=here,
        moved=(before.label, after.label) if before and after and here != part else None,
        answer=tuple(compare(_text(before, paragraph), _text(after, at))) if paragraph else (),
    )


def _paragraphs(version: Version | None) -> Mapping[str, tuple[str, ...]]:
    return {one.name: one.paragraphs for one in version.parts} if version else {}


def _text(part: Part | None, number: int) -> str:
    paragraphs = part.paragraphs if part else ()
    return paragraphs[number - 1] if 0 < number <= len(paragraphs) else ""
