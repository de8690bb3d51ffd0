"""Two versions of a document side by side: those filed, and the draft of what comes next."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, abort, request

from services.workflow.adapters.web import filters as urls
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.file_names import file_names
from services.workflow.adapters.web.languages import CHINESE, _, speaking
from services.workflow.adapters.web.minutes import minutes_of
from services.workflow.adapters.web.printing import MEDIA as PDF
from services.workflow.adapters.web.printing import as_pdf
from services.workflow.adapters.web.rendering import message_page, page
from services.workflow.adapters.web.sheets import saved
from services.workflow.adapters.web.slips import NoPango
from services.workflow.application.boards import Look
from services.workflow.application.boards.acts import who_files
from services.workflow.application.boards.case import CaseBoard
from services.workflow.application.boards.comparing import Piece, compare
from services.workflow.application.boards.versions import Part, Version, written
from services.workflow.application.letters import of_result, written_by
from services.workflow.application.papers import MEDIA, Paper, of_version
from services.workflow.application.saving import File
from services.workflow.domain.data.characters import count_characters

_HASH = re.compile("[0-9a-f]{64}", re.ASCII)
DRAFT = "draft"  # in place of a number: what is written now, for who may hand it in


def add_versions(pages: Blueprint, browsers: Browsers) -> None:
    """Add the page of two versions."""

    @pages.get("/cases/<uuid:case_id>/versions")
    @browsers.asks("case.texts.read")
    def versions(case_id: UUID) -> Answer:
        board = browsers.uses.boards.case(browsers.look(), str(case_id))
        asked = urls.one(request.args, "document")
        filed = [one for one in board.versions if one.parts and asked in ("", one.document)]
        old, new = (urls.one(request.args, name) for name in ("old", "new"))
        before = _numbered(filed, old)
        after = _drafted(browsers, board, asked) if new == DRAFT else _numbered(filed, new)
        if before is None or after is None or before.document != after.document:
            abort(404)
        compared = [
            (part.label, list(compare(_text(before.part(part.name)), _text(part))))
            for part in after.parts
        ]
        return page(
            browsers,
            "versions.html",
            board=board,
            old=before,
            new=after,
            is_draft=new == DRAFT,
            filed=[one for one in filed if one.document == before.document],
            compared=compared,
            changed=_changed(pieces for _, pieces in compared),
            came=_beyond(after, before),
            gone=[] if new == DRAFT else _beyond(before, after),
            called=file_names(browsers, board),
        )


def _beyond(one: Version, other: Version) -> list[Mapping[str, Any]]:
    """Return the files of *one* that *other* does not have."""
    known = {file["sha256"] for file in other.files}
    return [file for file in one.files if file["sha256"] not in known]


def add_papers(pages: Blueprint, browsers: Browsers) -> None:
    """Add what was filed as a paper."""

    def filed(look: Look, case_id: UUID, document: str, number: str) -> tuple[CaseBoard, Version]:
        board = browsers.uses.boards.case(look, str(case_id))
        versions = [one for one in board.versions if one.parts and one.document == document]
        found = _numbered(versions, number)
        if found is None:
            abort(404)
        return board, found

    def asked(case_id: UUID, document: str, number: str) -> tuple[Paper, str, tuple[str, ...]]:
        """Return the paper that was filed, and what its file is called in ASCII and in words."""
        with speaking(CHINESE):  # what is read as well: it is in the scheme's own words
            look = browsers.look()
            board, found = filed(look, case_id, document, number)
            rules, sources = look.rules(board.case.cycle), browsers.uses.boards.sources
            may = who_files(sources, look, board.case, rules, found.trigger) if rules else ()
            signed = written_by(found, board.case, look, may)
            before, after = minutes_of(browsers, board, found)
            told = of_version(
                found, number=board.case.number, signed=signed, before=before, after=after
            )
        called = (board.case.number, told.title, number)
        return told, f"{board.case.number}-{document}-{number}", called

    def result(case_id: UUID) -> tuple[Paper, str, tuple[str, ...]]:
        """Return the letter that tells the result, where there is one, and its names as above."""
        with speaking(CHINESE):
            look = browsers.look()
            board = browsers.uses.boards.case(look, str(case_id))
            if not board.case.grades:
                abort(404)
            _case, scored = browsers.uses.scored.view(browsers.actor(), str(case_id))
            told = of_result(board, scored["gradings"], look)
        return told, f"{told.number}-letter", (told.number, told.title)

    @pages.get("/cases/<uuid:case_id>/documents/<document>/<number>.docx")
    @browsers.asks("case.texts.read")
    def paper(case_id: UUID, document: str, number: str) -> Answer:
        return _written(browsers, *asked(case_id, document, number))

    @pages.get("/cases/<uuid:case_id>/documents/<document>/<number>.pdf")
    @browsers.asks("case.texts.read")
    def printed_paper(case_id: UUID, document: str, number: str) -> Answer:
        return _printed(browsers, *asked(case_id, document, number))

    @pages.get("/cases/<uuid:case_id>/letter.docx")
    @browsers.asks("case.texts.read")
    def letter(case_id: UUID) -> Answer:
        return _written(browsers, *result(case_id))

    @pages.get("/cases/<uuid:case_id>/letter.pdf")
    @browsers.asks("case.texts.read")
    def printed_letter(case_id: UUID) -> Answer:
        return _printed(browsers, *result(case_id))


def _written(browsers: Browsers, told: Paper, plain: str, called: tuple[str, ...]) -> Answer:
    content = browsers.uses.layout.set_paper(told)
    return saved(File(content=content, plain=f"{plain}.docx", called=called, media=MEDIA))


def _printed(browsers: Browsers, told: Paper, plain: str, called: tuple[str, ...]) -> Answer:
    try:
        with speaking(CHINESE):
            pdf = as_pdf(told)
    except NoPango:
        why = _("这台机器没有安装 Pango，排不了版。")
        return message_page(browsers, 503, _("不能打印"), why)
    return saved(File(content=pdf, plain=f"{plain}.pdf", called=called, media=PDF))


def add_files(pages: Blueprint, browsers: Browsers) -> None:
    """Add the files that versions name."""

    @pages.get("/cases/<uuid:case_id>/files/<sha256>")
    @browsers.asks("case.texts.read")
    def file(case_id: UUID, sha256: str) -> Answer:
        if _HASH.fullmatch(sha256) is None:
            abort(404)
        found = browsers.uses.attachments.read(browsers.actor(), str(case_id), sha256)
        return Response(
            found.content, content_type="application/octet-stream", headers=dict(found.saved_as)
        )


def _numbered(versions: Iterable[Version], number: str) -> Version | None:
    return next((one for one in versions if str(one.number) == number), None)


def _drafted(browsers: Browsers, board: CaseBoard, document: str) -> Version | None:
    """Return the draft as the version that it would be; None where there is none.

    Raises:
        NotYours, NotAllowed: the document is not theirs to hand in.
    """
    draft = browsers.uses.drafts.read(browsers.actor(), board.case.id, document)
    known = board.here.filed(document)
    if draft is None or known is None:
        return None
    texts = {part.name: draft.typed.get(f"parts.{part.name}", "") for part in known.parts}
    return written(known, texts, number=draft.n_filed + 1, at=draft.saved_at, actor=draft.saved_by)


def _changed(compared: Iterable[Iterable[Piece]]) -> Counter[str]:
    """Return how many characters stayed, came and went, by the kind of piece."""
    found = Counter[str]()
    for pieces in compared:
        for piece in pieces:
            found[piece.kind] += count_characters(piece.text)
    return found


def _text(part: Part | None) -> str:
    return (part.text or "") if part else ""
