"""Who asks: bearer tokens, `On-Behalf-Of`, and the operation each route declares.

Only the `Authorization` header lets anybody in: the cookie of the pages is never looked at here,
so no other site can make a signed-in browser call this API.
"""

import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Protocol, TypeVar

from flask import current_app, g, request

from schemas.complaints import Fault
from services.workflow.adapters.http.problems import Problem, malformed
from services.workflow.application.identity_ports import TokenRow
from services.workflow.application.rate import RateLimit
from services.workflow.domain.authority import OPERATIONS, Actor

DOOR = "shuping.door"
View = TypeVar("View", bound=Callable[..., Any])

_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9._~+/-]{8,512}=*)", re.ASCII)
_PERSON = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


class Tokens(Protocol):
    """What this module needs of `Accounts`."""

    def authenticate_token(self, token: str) -> TokenRow | None: ...
    def known_token(self, token: str) -> tuple[TokenRow, int] | None: ...


class Door:
    """Turns a request's headers into an actor, or into 401, 400 or 429."""

    def __init__(self, tokens: Tokens, rate: RateLimit | None) -> None:
        self._tokens = tokens
        self._rate = rate

    def actor(self, environ: Mapping[str, Any]) -> Actor:
        """Return who asks.

        Raises:
            Problem: 401 without a valid token, 400 for a malformed person, 429 too often.
        """
        token = _bearer(environ)
        row = token and self._tokens.authenticate_token(token)
        if not row:
            given = environ.get("HTTP_AUTHORIZATION")
            raise _unauthenticated(', error="invalid_token"' if given else "")
        return self._admitted(row, environ)

    def known(self, environ: Mapping[str, Any]) -> tuple[Actor, int] | None:
        """Return who asks as memory has it, and by which version of tokens that is known.

        The caller compares that version with the present one, read together with something else,
        and where it has moved asks `actor` instead. So it does on None.

        Raises:
            Problem: 400 for a malformed person, 429 too often.
        """
        token = _bearer(environ)
        known = token and self._tokens.known_token(token)
        if not known:
            return None
        row, version = known
        return self._admitted(row, environ), version

    def _admitted(self, row: TokenRow, environ: Mapping[str, Any]) -> Actor:
        person = environ.get("HTTP_ON_BEHALF_OF")
        if person is not None and _PERSON.fullmatch(person) is None:
            raise malformed(Fault(field="On-Behalf-Of", code="not_an_identifier"))
        actor = Actor(
            client=row.client,
            person=person,
            scopes=row.scopes,
            scope_unit=row.unit,
            token=row.id,
        )
        self.count(actor, 1)
        return actor

    def count(self, actor: Actor, cost: int) -> None:
        """Count *cost* commands or requests of a client. Raises `Problem` 429."""
        wait_s = 0 if self._rate is None else self._rate.wait_s(actor.client, cost)
        if wait_s:
            raise Problem(status=429, code="rate_limited", headers={"Retry-After": str(wait_s)})


def _bearer(environ: Mapping[str, Any]) -> str | None:
    found = _BEARER.fullmatch(environ.get("HTTP_AUTHORIZATION", ""))
    return None if found is None else found[1]


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
