"""Who asks: bearer tokens, `On-Behalf-Of`, and the operation each route declares.

Only the `Authorization` header lets anybody in: the cookie of the pages is never looked at here,
so no other site can make a signed-in browser call this API.
"""

import re
from collections.abc import Callable, Mapping
from functools import wraps
from time import monotonic
from typing import Any, Protocol, TypeVar

from flask import current_app, g, request

from schemas.complaints import Fault
from services.workflow.adapters.http.problems import Problem, malformed
from services.workflow.adapters.http.rate import RateLimit
from services.workflow.application.ports import TokenRow
from services.workflow.domain.authority import OPERATIONS, Actor

DOOR = "shuping.door"
RECENT_S = 0.1
_MOST_RECENT = 10_000
View = TypeVar("View", bound=Callable[..., Any])

_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9._~+/-]{8,512}=*)", re.ASCII)
_PERSON = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


class Tokens(Protocol):
    """What this module needs of `Accounts`."""

    def authenticate_token(
        self, token: str, identity_version: int | None = None
    ) -> TokenRow | None: ...


class Door:
    """Turns a request's headers into an actor, or into 401, 400 or 429."""

    def __init__(
        self,
        tokens: Tokens,
        rate: RateLimit | None,
        monotonic_s: Callable[[], float] = monotonic,
    ) -> None:
        self._tokens = tokens
        self._rate = rate
        self._monotonic_s = monotonic_s
        self._recent: dict[str, tuple[float, TokenRow]] = {}  # header: known good until, whose

    def actor(self, environ: Mapping[str, Any], *, hurried: bool = False) -> Actor:
        """Return who asks; *hurried* may take a token that was good a moment ago for good.

        Raises:
            Problem: 401 without a valid token, 400 for a malformed person, 429 too often.
        """
        header = environ.get("HTTP_AUTHORIZATION")
        if not header:
            raise _unauthenticated("")
        row = self._recently(header) if hurried else self._authenticate(header)
        person = environ.get("HTTP_ON_BEHALF_OF")
        if person is not None and _PERSON.fullmatch(person) is None:
            raise malformed(Fault(field="On-Behalf-Of", code="not_an_identifier"))
        actor = Actor(client=row.client, person=person, scopes=row.scopes, scope_unit=row.unit)
        self.count(actor, 1)
        return actor

    def _recently(self, header: str) -> TokenRow:
        # Asking the database whether any token was revoked is a round trip of its own: on the way
        # of the hottest request it is asked ten times a second and token, not at every request.
        now = self._monotonic_s()
        until, row = self._recent.get(header, (0.0, None))
        if row is None or now >= until:
            row = self._authenticate(header)
            if len(self._recent) >= _MOST_RECENT:
                self._recent.clear()
            self._recent[header] = (now + RECENT_S, row)
        return row

    def _authenticate(self, header: str) -> TokenRow:
        bearer = _BEARER.fullmatch(header)
        row = None if bearer is None else self._tokens.authenticate_token(bearer[1])
        if row is None or row.revoked:
            raise _unauthenticated(', error="invalid_token"')
        return row

    def count(self, actor: Actor, cost: int) -> None:
        """Count *cost* commands or requests of a client. Raises `Problem` 429."""
        wait_s = 0 if self._rate is None else self._rate.wait_s(actor.client, cost)
        if wait_s:
            raise Problem(status=429, code="rate_limited", headers={"Retry-After": str(wait_s)})


def _unauthenticated(error: str) -> Problem:
    challenge = {"WWW-Authenticate": f'Bearer realm="shuping"{error}'}
    return Problem(status=401, code="unauthenticated", headers=challenge)


def operation(name: str) -> Callable[[View], View]:
    """Declare what a route does, in the words of `authority.OPERATIONS`.

    A public operation needs no token. For every other one the caller is known before anything
    else of the request is looked at, and `actor()` returns them; the use case then asks the
    authority function about the very object.
    """
    if name not in OPERATIONS:
        raise LookupError(f"{name!r} is no operation: nobody decided who may do it")

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not OPERATIONS[name].public:
                door: Door = current_app.extensions[DOOR]
                g.actor = door.actor(request.environ)
            return view(*args, **kwargs)

        guarded.operation = name  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return declare


def actor() -> Actor:
    """Return who asks; only inside a view that declares an operation."""
    known: Actor = g.actor
    return known
