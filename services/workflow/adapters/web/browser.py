"""The browser at the other end: its session, what it may ask, and what it is told to refuse.

The one idea: a page is served only after three questions in this order: does the request come from
one of our own pages (origin, form token), who is signed in, and does the authority function allow
the page's operation. A view without an operation is never reached: `asks` is the only way in.
"""

import hmac
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec
from urllib.parse import quote

from flask import Response, g, redirect, request
from werkzeug import Response as AnyResponse
from werkzeug.exceptions import Forbidden

from services.workflow.adapters.web.languages import TAGS, language
from services.workflow.adapters.web.posted import (
    Posted,
    Upload,
    posted,
    require_readable,
)
from services.workflow.adapters.web.uses import PageUses
from services.workflow.application.accounts import Session, form_token
from services.workflow.application.asking import Circumstances, brings_files
from services.workflow.application.boards import Look
from services.workflow.domain.authority import OPERATIONS, PAGE_SCOPES, Actor, Verdict, authorise
from services.workflow.domain.language.showing.phrases import phrases
from services.workflow.domain.organisation import Organisation
from services.workflow.domain.refusals import Blocker, NotAllowed

P = ParamSpec("P")
Answer = Any  # what a Flask view may return
FORM_COOKIE = "shuping_form"  # of a browser nobody has signed in from yet
TOKEN = 64  # signs of a form's token that belong to the session
_FORM_COOKIE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)

_NOTHING = Posted()

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:;"
        " connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class FormExpired(Forbidden):
    """A form of ours, of a session that is not the browser's any more."""


@dataclass(frozen=True, kw_only=True)
class Browsers:
    """Recognises browsers; made once by `register_pages`."""

    spoken: Mapping[str, PageUses]  # by the language of the page
    secure: bool  # whether people reach the pages over https
    public_url: str = ""  # where they do; "": wherever they are asked for

    @property
    def uses(self) -> PageUses:
        """What the page is made of, in the language that is spoken now."""
        return self.spoken[language()]

    @property
    def cookie(self) -> str:
        """Name of the session cookie; `__Host-` binds it to this host, this path and https."""
        return "__Host-shuping" if self.secure else "shuping_session"

    def session(self) -> Session | None:
        """Return who is signed in; looked up once a request."""
        if "page_session" not in g:
            value = request.cookies.get(self.cookie, "")
            g.page_session = self.uses.accounts.session(value) if value else None
        return g.page_session  # type: ignore[no-any-return]

    def actor(self) -> Actor:
        """Return the one who is signed in, as the authority function knows them."""
        session = self.session()
        if session is None:
            raise Forbidden
        root = self.organisation().root or ""  # pages reach all of the tree, posts narrow it
        return Actor(
            client="web",
            person=session.person,
            scopes=PAGE_SCOPES,
            scope_unit=root,
            token=session.id,
        )

    def organisation(self) -> Organisation:
        """Return the organisation as it stands; looked up once a request."""
        if "page_organisation" not in g:
            g.page_organisation = self.uses.boards.sources.directory.current()
        return g.page_organisation  # type: ignore[no-any-return]

    def look(self) -> Look:
        """Return the look of the one who is signed in, in the language that is spoken now."""
        if "page_look" not in g:
            actor, organisation = self.actor(), self.organisation()
            g.page_look = self.uses.boards.look(actor, self.uses.now(), organisation)
        spoken = language()  # files are made in Chinese, whoever asks for them
        if g.page_look.say.language != spoken:
            g.page_look = self.uses.boards.told_again(g.page_look, phrases(spoken))
        return g.page_look  # type: ignore[no-any-return]

    def address(self, path: str) -> str:
        """Return the whole address of a page, for who is not at one of ours yet."""
        return f"{self.public_url or request.host_url.rstrip('/')}{path}"

    def form_token(self) -> str:
        """Return what every form of this browser carries."""
        session = self.session()
        if session is not None:
            return session.csrf
        if "page_form" not in g:
            given = request.cookies.get(FORM_COOKIE, "")
            g.page_form = given if _FORM_COOKIE.fullmatch(given) else secrets.token_urlsafe(32)
        return form_token(g.page_form)

    def check_form(self) -> None:
        """Refuse a form that none of our own pages sent, and an address nobody can read."""
        require_readable(request.query_string)
        if request.method in ("GET", "HEAD", "OPTIONS"):
            return
        if not _from_here():
            raise Forbidden  # another site sent it
        g.page_posted = posted(request, may_bring=brings_files(request.path))
        # What follows tells whose the form is; a release before had nothing there.
        token, wanted = self.form.get("csrf", "")[:TOKEN], self.form_token()[:TOKEN]
        if not hmac.compare_digest(token.encode(), wanted.encode()):
            raise FormExpired

    @property
    def form(self) -> Mapping[str, str]:
        """The fields of the form that was sent; none where none was."""
        return self._posted.fields

    @property
    def files(self) -> Mapping[str, Upload]:
        """The files that came with the form."""
        return self._posted.files

    @property
    def _posted(self) -> Posted:
        return g.get("page_posted", _NOTHING)  # type: ignore[no-any-return]

    def circumstances(self) -> Circumstances:
        """Return who asks, under which id."""
        return Circumstances(actor=self.actor(), correlation=g.get("request_id", ""))

    def dress(self, response: Response) -> Response:
        """Add the headers every answer of the pages carries."""
        for name, value in HEADERS.items():
            response.headers[name] = value
        if self.secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        if response.mimetype == "text/html":
            response.headers.setdefault("Content-Language", TAGS[language()])
            response.vary.update(("Accept-Language", "Cookie"))
        if "page_form" in g:
            self.set_cookie(response, FORM_COOKIE, g.page_form)
        return response

    def set_cookie(
        self, response: AnyResponse, name: str, value: str, max_age: int | None = None
    ) -> None:
        """Set a cookie no script can read and no other site can send along with a form."""
        response.set_cookie(
            name,
            value,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="Lax",
            max_age=max_age,
        )

    def drop_cookie(self, response: AnyResponse, name: str) -> None:
        """Take a cookie away again."""
        response.delete_cookie(name, path="/", secure=self.secure, httponly=True, samesite="Lax")

    def asks(self, operation: str) -> Callable[[Callable[P, Answer]], Callable[P, Answer]]:
        """Let a view be reached only by who may do *operation*.

        For an operation about one case or unit this asks for a signed-in person alone; the view,
        or the use case it calls, asks the rest once it knows which one.
        """

        def decorate(view: Callable[P, Answer]) -> Callable[P, Answer]:
            @wraps(view)
            def asked(*args: P.args, **kwargs: P.kwargs) -> Answer:
                if not OPERATIONS[operation].public:
                    if self.session() is None:
                        return redirect(f"/sign-in?next={here()}", 303)
                    if operation.startswith("page."):
                        self.require(operation)
                return view(*args, **kwargs)

            asked.operation = operation  # type: ignore[attr-defined]
            return asked

        return decorate

    def may(self, operation: str, **about: str) -> bool:
        """Tell whether the one who is signed in may do *operation*."""
        return self._verdict(operation, about).allowed

    def require(self, operation: str, **about: str) -> None:
        """Return if the one who is signed in may do *operation*.

        Raises:
            NotAllowed: with the reason.
        """
        verdict = self._verdict(operation, about)
        if not verdict.allowed:
            raise NotAllowed(Blocker(code=verdict.reason))

    def _verdict(self, operation: str, about: Mapping[str, str]) -> Verdict:
        look = self.look()
        return authorise(look.actor, operation, look.organisation, look.day, **about)  # type: ignore[arg-type]


def _from_here() -> bool:
    """Tell whether one of our own pages sent this; a browser says so in one of two headers."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None and site != "same-origin":
        return False
    if origin is not None:
        return origin.partition("://")[2] == request.host
    return site == "same-origin"


def here() -> str:
    """Return where the browser is, as an address to come back to; a form's is a page, too."""
    at = request.full_path if request.method == "GET" else request.path
    return quote(at.rstrip("?"), safe="/")


def page_address() -> str:
    """Return the address of the page that is asked for; "" where a form was sent to it.

    A page that answers a form is at no address that could be asked for again.
    """
    return request.full_path.rstrip("?") if request.method == "GET" else ""
