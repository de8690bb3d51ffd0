"""Workbooks on pages: brought, looked at, and done by the very bytes that were looked at.

The one idea: whatever a workbook is for, the page is one. The empty one is taken from it, the
filled one brought to it; first it says what would be done, or what is wrong, each at its cell, and
only then does it offer to do it. What was looked at stays in the form, so nobody chooses the file
twice; one that is too large for that is chosen again. By its hash the form knows it: another file
is looked at first, whatever button was pressed.
"""

import binascii
import secrets
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from flask import Response

from schemas.complaints import Fault
from services.workflow.adapters.web.browser import Browsers
from services.workflow.adapters.web.posted import require_known, ticked
from services.workflow.adapters.web.rendering import know_people, page, told
from services.workflow.application.asking import FORM_BYTES
from services.workflow.application.attachments import UnfitFile
from services.workflow.application.workbooks import WORKBOOK_BYTES
from services.workflow.domain.reasons import REASONS
from services.workflow.domain.refusals import Blocker, Conflict, Invalid, Malformed, NotAllowed

FILE, KEPT, SEEN = "workbook", "kept", "seen"
_OWN = ("key", "do", "version", KEPT, SEEN)
MOST_KEPT = FORM_BYTES // 2  # bytes of a workbook that a form carries, spelled in letters


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """Where workbooks of one purpose are brought."""

    title: str
    lead: str  # what filling it in and bringing it does
    back: tuple[str, str]  # address, and what it is called
    action: str
    template: str  # the address of the one to fill in


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What a workbook would do, or has done: a sentence, and a line for each thing."""

    sentence: str
    headings: Sequence[str] = ()
    lines: Sequence[Sequence[str | tuple[str, str]]] = ()  # a text, or an address and its text
    warnings: Sequence[str] = ()
    questions: Sequence[tuple[str, str]] = ()  # name of a box to be ticked, and what it agrees to
    # Of what it was held against, where something else may change that.
    version: int | str | None = None
    has_moved: bool = False  # that it had, since it was looked at: it is shown anew, and not done


Look = Callable[[bytes], Seen]
Act = Callable[[bytes, str], Seen]  # with the key under which it is done once


def bring(browsers: Browsers, room: Room, look: Look, act: Act, *boxes: str) -> Response:
    """Answer the form of *room*: look at what it brought, or do what was looked at.

    *boxes* are names of boxes that what was seen may ask to be ticked.
    """
    form = browsers.form
    require_known(form, (*_OWN, *boxes))
    require_known(browsers.files, (FILE,))
    ticks = [name for name in boxes if ticked(form, name)]
    asked = ticked(form, "do")
    try:
        content = _content(browsers)
        hash_ = sha256(content).hexdigest()
        doing = asked and form.get(SEEN) == hash_
        seen = act(content, form.get("key", "")) if doing else look(content)
        done = doing and not seen.has_moved
    except Invalid as refused:
        return shown(browsers, room, 422, blockers=refused.blockers)
    except (Conflict, NotAllowed) as refused:
        status = REASONS[refused.blocker.code].status
        return shown(browsers, room, status, blockers=(refused.blocker,))
    kept = "" if done or len(content) > MOST_KEPT else b64encode(content).decode()
    return shown(
        browsers,
        room,
        seen=seen,
        kept=kept,
        hash_=hash_,
        is_another=asked and not doing,
        done=done,
        ticks=ticks,
    )


def shown(
    browsers: Browsers,
    room: Room,
    status: int = 200,
    *,
    blockers: Iterable[Blocker] = (),
    seen: Seen | None = None,
    kept: str = "",
    hash_: str = "",
    is_another: bool = False,
    done: bool = False,
    ticks: Sequence[str] = (),
) -> Response:
    """Return the page of *room*."""
    blockers = tuple(blockers)
    know_people(browsers, blockers)
    return page(
        browsers,
        "workbook.html",
        status,
        room_of=room,
        wrong=[told(one) for one in blockers],
        seen=seen,
        kept=kept,
        hash=hash_,
        is_another=is_another,
        done=done,
        ticks=ticks,
        key=secrets.token_urlsafe(16),
    )


def _content(browsers: Browsers) -> bytes:
    """Return the workbook that was chosen, else the one that was looked at.

    Raises:
        Invalid: there is none, or it is too large.
    """
    upload, kept = browsers.files.get(FILE), browsers.form.get(KEPT, "")
    if upload is not None:
        if len(upload.content) > WORKBOOK_BYTES:
            raise UnfitFile("file_too_large", most=WORKBOOK_BYTES // 1024 // 1024)
        return upload.content
    if not kept:
        raise Invalid((Blocker(code="workbook_lacking"),))
    try:
        return b64decode(kept, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed(Fault(field=KEPT, code="invalid")) from error
