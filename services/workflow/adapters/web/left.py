"""A form whose session had ended when it was sent: its person goes on with it after signing in.

The one idea: nothing of it is kept for somebody who is not signed in. Until then it travels in the
page in which one signs in; the mark in its token tells whose it was. Of the same person it lies
with the new session afterwards, and ends with it; anybody else is never shown it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote_plus, urlsplit

import orjson
from flask import Response, after_this_request, current_app, request
from werkzeug.exceptions import HTTPException

from services.workflow.adapters.web.browser import TOKEN, Browsers
from services.workflow.application.accounts import owner_mark
from services.workflow.application.asking import FORM_BYTES

# Of a form that is given back: what nobody typed, and what is not to be seen by who looks on.
_PUT_THERE = "csrf key version trigger kind back next draft save form step leave do id"
SECRET = frozenset({"code", "password", "again"})
UNSHOWN = frozenset(_PUT_THERE.split()) | SECRET
UNSHOWN_MEMBERS = (".case", ".row", ".was", ".sha256", ".length")
_ACTS = ("trigger", "kind")  # what forms of one address say that they do
_NEW_IN_EACH = frozenset({"csrf", "key", "version"})
_BESIDE = 8192  # bytes of a sign-in that are not what it carries


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftForm:
    """What was typed into a form that was not taken."""

    whose: str  # mark of its owner
    to: str  # path that it was sent to
    at: str  # address of the page that it stood on
    fields: Mapping[str, str]

    @property
    def text(self) -> str:
        """The form as a page carries it and a session keeps it."""
        return orjson.dumps(asdict(self)).decode()

    @property
    def may_travel(self) -> bool:
        """Tell whether it fits into the form with which one signs in."""
        return len(quote_plus(self.text)) <= FORM_BYTES - _BESIDE

    @property
    def is_worth_it(self) -> bool:
        """Tell whether anything was typed."""
        return any(text and is_typed(name) for name, text in self.fields.items())

    def is_sent(self, to: str, fields: Mapping[str, str]) -> bool:
        """Tell whether what is sent *to* an address is this form."""
        return self.to == to and all(self.fields.get(one) == fields.get(one) for one in _ACTS)

    def may_stand_on(self, path: str) -> bool:
        """Tell whether the page at *path* is where it is gone on with."""
        return path in (urlsplit(self.at).path, self.to)

    def is_of(self, person: str) -> bool:
        return self.whose == owner_mark(person)


def is_typed(name: str) -> bool:
    """Tell whether a field of this name holds what somebody wrote, to be shown to them again."""
    return name.partition(".")[0] not in UNSHOWN and not name.endswith(UNSHOWN_MEMBERS)


def left_now(browsers: Browsers) -> LeftForm:
    """Return the form that was sent just now, as it is to be gone on with."""
    unwanted = SECRET | _NEW_IN_EACH
    fields = {name: text for name, text in browsers.form.items() if name not in unwanted}
    whose = browsers.form.get("csrf", "")[TOKEN:]
    return LeftForm(whose=whose, to=request.path, at=_page_of_it(), fields=fields)


def go_on(browsers: Browsers, cookie: str, person: str, left: LeftForm | None) -> bool:
    """Keep *left* with the session of *cookie*, if it is *person*'s; whether it is."""
    if left is None or not (left.is_of(person) and left.is_worth_it):
        return False
    browsers.uses.accounts.leave_form(cookie, left.text.encode())
    return True


def gone_on(browsers: Browsers) -> None:
    """Let go of the form that a session goes on with, once it is sent again and was answered.

    Not once another is: several are sent to one address.
    """
    if request.method != "POST":
        return
    session = browsers.session()
    left = read_left(session.left) if session is not None else None
    if left is None or not left.is_sent(request.path, browsers.form):
        return

    @after_this_request
    def let_go(answer: Response) -> Response:
        if answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
            browsers.uses.accounts.leave_form(request.cookies[browsers.cookie], None)
        return answer


def let_go(browsers: Browsers) -> str:
    """Let go of the form that a session goes on with; return the page that it stood on."""
    session = browsers.session()
    left = read_left(session.left) if session is not None else None
    browsers.uses.accounts.leave_form(request.cookies[browsers.cookie], None)
    return left.at if left else "/"


def read_left(text: str | bytes | None) -> LeftForm | None:
    """Return the form that *text* tells of; None where it tells of none."""
    try:
        told: Any = orjson.loads(text or b"null")
    except orjson.JSONDecodeError:
        return None
    match told:
        case {"whose": str(whose), "to": str(to), "at": str(at), "fields": dict(fields)}:
            if all(isinstance(one, str) for one in fields.values()):
                return LeftForm(whose=whose, to=to, at=at, fields=fields)
    return None


def _page_of_it() -> str:
    """Return the page that the form stood on, as far as its browser says."""
    said = urlsplit(request.headers.get("Referer", ""))
    path = said.path if said.netloc == request.host else request.path
    for page, query in ((path, said.query), (request.path, "")):
        try:
            current_app.create_url_adapter(request).match(page, method="GET")  # type: ignore[union-attr]
        except HTTPException:
            continue
        return f"{page}?{query}" if query else page
    return "/"
