"""Voting on a phone: the code, the sheet, a look before it is sent, the receipt.

The one idea: each step posts the whole sheet on, so it works without a script and on a bad line,
and whatever is refused comes back as it was filled in. Nobody is signed in, and no address tells
anything.
"""

import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from flask import Blueprint, Response, request

from schemas.complaints import Fault
from schemas.fields import StrictSchema, Text
from schemas.limits import COMMENT
from schemas.tally import BLANK, hash_of_codes
from services.workflow.adapters.web.browser import Answer, Browsers, page_address
from services.workflow.adapters.web.languages import _, taken
from services.workflow.adapters.web.posted import require_known
from services.workflow.adapters.web.rendering import html, told
from services.workflow.application.asking import read
from services.workflow.application.ballots.casting import NONCE, Receipt, Sheet
from services.workflow.application.ballots.telling import grades_of
from services.workflow.domain.ballots.sheet import Answer as Given
from services.workflow.domain.ballots.sheet import Comment
from services.workflow.domain.ballots.slips import spelled
from services.workflow.domain.refusals import (
    Blocker,
    Conflict,
    Invalid,
    Malformed,
    TooOften,
)

LEFT_OUT = "-"  # as a form says that an answer is left out on purpose
_FIELD = re.compile(r"a\.(0|[1-9][0-9]{0,3})\.([a-z][a-z0-9_]{0,63})", re.ASCII)
_COMMENT = re.compile(r"c\.(0|[1-9][0-9]{0,3})", re.ASCII)
_WORD = re.compile("[a-z_]+", re.ASCII)


class Said(StrictSchema):
    """What is typed of somebody: held to what the API takes."""

    text = Text(most=COMMENT, multiline=True)


_SAID = Said()


def add_voting(pages: Blueprint, browsers: Browsers) -> None:
    """Add the pages of who holds a slip."""

    @pages.get("/vote")
    @browsers.asks("poll.vote")
    def vote_enter() -> Answer:
        return show(browsers, "vote.html", refused=())

    @pages.get("/vote/limits")
    @browsers.asks("poll.vote")
    def vote_limits() -> Answer:
        return show(browsers, "vote_limits.html")

    @pages.get("/vote/codes/<uuid:poll>")
    @browsers.asks("poll.vote")
    def vote_codes(poll: UUID) -> Answer:
        used = browsers.uses.polls.codes(str(poll))
        shown = {"codes": [*map(spelled, used)], "hash": hash_of_codes(used)}
        return show(browsers, "vote_codes.html", **shown)

    @pages.post("/vote")
    @browsers.asks("poll.vote")
    def vote_sheet() -> Answer:
        return _guarded(browsers, lambda sheet: _sheet(browsers, sheet))

    @pages.post("/vote/look")
    @browsers.asks("poll.vote")
    def vote_look() -> Answer:
        return _guarded(browsers, lambda sheet: _review(browsers, sheet))

    @pages.post("/vote/cast")
    @browsers.asks("poll.vote")
    def vote_cast() -> Answer:
        return _cast(browsers)


def show(browsers: Browsers, template: str, status: int = 200, /, **shown: Any) -> Response:
    """Return a page of who votes: no menu, and nothing of who is signed in."""
    own = {"csrf": browsers.form_token(), "page_address": page_address()}
    return html(template, status, shown | own)


def _guarded(browsers: Browsers, show: Any) -> Response:
    """Show the sheet of the slip that was sent, or why it opens none."""
    form = browsers.form
    require_known(form, ("secret", "nonce", *fields_of(form)))
    if form.get("nonce") and NONCE.fullmatch(form["nonce"]) is None:
        raise Malformed(Fault(field="nonce", code="not_a_nonce"))
    try:
        sheet = browsers.uses.casting.sheet(form.get("secret", ""), request.remote_addr or "")
    except (Invalid, Conflict, TooOften) as refused:
        return _refused(browsers, refused)
    answer: Response = show(sheet)
    return answer


def _refused(browsers: Browsers, refused: Invalid | Conflict | TooOften) -> Response:
    match refused:
        case TooOften():
            status, blocker = 429, Blocker(code="rate_limited")
        case Conflict():
            status, blocker = 409, refused.blocker
        case Invalid():
            status, blocker = 422, refused.blockers[0]
    return show(browsers, "vote.html", status, refused=told(blocker))


def fields_of(form: Mapping[str, str]) -> list[str]:
    """Return the fields of a form that answer or comment, by their names."""
    return [name for name in form if _FIELD.fullmatch(name) or _COMMENT.fullmatch(name)]


def _sheet(
    browsers: Browsers, sheet: Sheet, status: int = 200, faults: tuple[Fault, ...] = ()
) -> Response:
    secret = browsers.form.get("secret", "")
    return show(
        browsers,
        "vote_sheet.html",
        status,
        at="/vote",
        check=spelled(sheet.check),
        secret=secret,
        nonce=browsers.form.get("nonce") or secrets.token_urlsafe(24),
        kept=_kept(secret),
        **asked(browsers, sheet, faults),
    )


def asked(browsers: Browsers, sheet: Sheet, faults: tuple[Fault, ...] = ()) -> dict[str, Any]:
    """Return what is shown of a sheet that is filled in, with what is wrong with it."""
    form = browsers.form
    asked_of = [
        f"a.{n}.{question.name}"
        for n, line in enumerate(sheet.lines)
        if not line.struck
        for question in sheet.poll.sheet
    ]
    return {
        "sheet": sheet,
        "grades": grades_of(sheet.poll, sheet),
        "scale": sheet.kept.rule["range"],
        "blanks": sheet.kept.rule["blanks"] == "counted",
        "comments": sheet.kept.rule.get("comments", False),
        "longest": COMMENT,
        "given": {name: form[name] for name in fields_of(form)},
        "filled": sum(bool(form.get(name)) for name in asked_of),
        "all": len(asked_of),
        # By line; of one line in the order in which it is asked, as its faults come.
        "faults": sorted(
            dict.fromkeys(_amiss(one, sheet) for one in faults), key=lambda one: one.n
        ),
    }


class Amiss(NamedTuple):
    """What is wrong with a sheet, and with which of its lines; 0: with none of them."""

    n: int
    said: str


def _amiss(fault: Fault, sheet: Sheet) -> Amiss:
    """Return what is wrong, by whom it is about and what was asked, in the words of the sheet."""
    asked = {one.name: one.label for one in sheet.poll.sheet}
    n = next((n for n, one in enumerate(sheet.lines, 1) if one.about in fault.field), 0)
    who = (sheet.lines[n - 1].person or sheet.lines[n - 1].unit) if n else ""
    what = asked.get(fault.field.rpartition(".")[2], "") if len(asked) > 1 else ""
    grades = {one["name"]: one["label"] for one in grades_of(sheet.poll, sheet)}
    accepted = _WORD.sub(lambda word: grades.get(word[0], word[0]), taken(fault))
    reason = told(Blocker(code=fault.code))[0]
    said = " ".join(one for one in (who, what, reason) if one)
    return Amiss(n, said + (accepted and _("（%(accepted)s）", accepted=accepted)))


def _review(browsers: Browsers, sheet: Sheet) -> Response:
    form = browsers.form
    answers = [*answers_of(form, sheet)]
    try:
        comments = [*comments_of(form, sheet)]
        browsers.uses.casting.check(
            form.get("secret", ""), answers, comments, request.remote_addr or ""
        )
    except Malformed as malformed:
        return _sheet(browsers, sheet, 400, malformed.faults)
    secret, nonce = form.get("secret", ""), form.get("nonce", "")
    filled = looked_at(browsers, sheet)
    return show(browsers, "vote_look.html", at="/vote", secret=secret, nonce=nonce, **filled)


def looked_at(browsers: Browsers, sheet: Sheet) -> dict[str, Any]:
    """Return what is shown of a sheet before it is sent."""
    labels = {one["name"]: one["label"] for one in grades_of(sheet.poll, sheet)}
    given = {name: browsers.form[name] for name in fields_of(browsers.form)}
    said = {name: labels.get(value, value) for name, value in given.items() if value != LEFT_OUT}
    return {"sheet": sheet, "given": given, "said": said}


def answers_of(form: Mapping[str, str], sheet: Sheet) -> Iterator[Given]:
    """Yield what a form answers."""
    for name in filter(_FIELD.fullmatch, form):
        _, at, question = name.split(".")
        value = form[name].strip()
        if value and int(at) < len(sheet.lines) and not sheet.lines[int(at)].struck:
            yield Given(sheet.lines[int(at)].about, question, BLANK if value == LEFT_OUT else value)


def comments_of(form: Mapping[str, str], sheet: Sheet) -> Iterator[Comment]:
    """Yield what a form says in its own words. Raises `Malformed`."""
    for name in filter(_COMMENT.fullmatch, form):
        at, text = int(name.partition(".")[2]), form[name].strip()
        if text and at < len(sheet.lines) and not sheet.lines[at].struck:
            loaded, faults = read(_SAID, {"text": text})
            if faults:
                field = f"comments.{sheet.lines[at].about}"
                raise Malformed(*(replace(one, field=field) for one in faults))
            yield Comment(sheet.lines[at].about, loaded["text"])


def _cast(browsers: Browsers) -> Response:
    form, whence = browsers.form, request.remote_addr or ""
    require_known(form, ("secret", "nonce", *fields_of(form)))
    casting, secret, nonce = browsers.uses.casting, form.get("secret", ""), form.get("nonce", "")
    try:
        sheet = casting.sheet(secret, whence)
    except (Invalid, Conflict, TooOften) as refused:
        return _again(browsers, refused)
    try:
        comments = [*comments_of(form, sheet)]
        receipt = casting.cast(secret, nonce, [*answers_of(form, sheet)], comments, whence)
    except Malformed as malformed:
        return _sheet(browsers, sheet, 400, malformed.faults)
    except (Invalid, Conflict, TooOften) as refused:
        return _again(browsers, refused)
    return _receipt(browsers, receipt)


def _again(browsers: Browsers, refused: Invalid | Conflict | TooOften) -> Response:
    """Tell a phone that lost the answer that its ballot is in; any other why it is not."""
    form = browsers.form
    receipt = browsers.uses.casting.recorded(form.get("secret", ""), form.get("nonce", ""))
    return _refused(browsers, refused) if receipt is None else _receipt(browsers, receipt)


def _receipt(browsers: Browsers, receipt: Receipt) -> Response:
    shown = {"receipt": receipt, "check": spelled(receipt.check)}
    kept = _kept(browsers.form.get("secret", ""))
    return show(browsers, "vote_receipt.html", kept=kept, **shown)


def _kept(secret: str) -> str:
    """Return under what a phone keeps what is filled in: nobody can tell the slip from it."""
    return "vote " + sha256(b"kept " + secret.encode()).hexdigest()[:16]
