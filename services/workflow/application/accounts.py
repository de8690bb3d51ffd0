"""Who is asking: tokens of client systems, and the sessions of people at the pages.

The one idea: nothing that lets somebody in is kept as it is. A token, a session cookie and an
invitation link are 32 random bytes each; the store keeps their SHA-256, a password its argon2id
hash, so a copy of the database opens no door. Time here is system time, never the driven clock:
a rehearsal of February must not sign people out.
"""

import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Protocol
from uuid import uuid4

from schemas.limits import IDENTIFIER, is_identifier
from services.workflow.application.identity_ports import (
    CONSOLE,
    IDLE,
    LIFE,
    AccountRow,
    By,
    Identity,
    SessionRow,
    TokenRow,
)
from services.workflow.domain.refusals import Refused

FAILURES = 5  # in a row, then the account is locked ...
LOCKED = timedelta(minutes=15)  # ... for this long
INVITATION = timedelta(days=7)
TOUCH = timedelta(minutes=1)  # a busy session is not written at every click
PASSWORD_MIN, PASSWORD_MAX = 8, 128  # code points
_PERSON = re.compile(IDENTIFIER, re.ASCII)
_CACHED_TOKENS = 10_000
_DOORS = 64  # people who can sign in at the same moment without waiting for one another
# What the first guess of every attacker looks like; length alone does not keep these out.
_COMMON = frozenset(
    [
        "password",
        "password1",
        "passw0rd",
        "12345678",
        "123456789",
        "1234567890",
        "87654321",
        "88888888",
        "66666666",
        "00000000",
        "11111111",
        "11223344",
        "1qaz2wsx",
        "qwertyui",
        "qwerty123",
        "asdfghjkl",
        "abcd1234",
        "abc12345",
        "a1234567",
        "a12345678",
        "aa123456",
        "admin123",
        "iloveyou",
        "woaini1314",
        "5201314520",
        "shuping1",
        "shuping123",
        "dangjian1",
    ]
)


class Passwords(Protocol):
    """Makes and checks password hashes."""

    def hash(self, password: str) -> str: ...
    def matches(self, password_hash: str, password: str) -> bool: ...


class SignInRefused(Refused):
    """Unknown person, wrong password or a locked account: the three are never told apart."""


class InvitationRefused(Refused):
    """The link is unknown, used up or too old."""


class PasswordRefused(Refused):
    """The chosen password is not good enough; *code* says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = (
            code  # password_too_short, password_too_long, password_common, password_own_name
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """A signed-in browser."""

    id: str | None  # public, unlike the cookie
    person: str
    csrf: str  # belongs to this session alone; every form carries it
    left: bytes | None = None  # a form of an earlier session of theirs, that they go on with


class Accounts:
    """Tokens and sign-ins; safe to share between threads."""

    def __init__(
        self, identity: Identity, passwords: Passwords, system_now: Callable[[], datetime]
    ) -> None:
        self._identity = identity
        self._passwords = passwords
        self._now = system_now
        self._tokens: dict[bytes, TokenRow] = {}
        self._tokens_version = -1
        self._tokens_lock = Lock()
        self._doors = tuple(Lock() for _ in range(_DOORS))
        # Checked when there is no account, so that an unknown name takes as long as a wrong word.
        self._nobody = passwords.hash(secrets.token_urlsafe(32))

    # Tokens of client systems.

    def authenticate_token(self, token: str) -> TokenRow | None:
        """Return the client behind *token*; None if none has it, or it lets nobody in any more.

        Cached until the store's version of tokens has moved.
        """
        current = self._identity.version()
        digest = _digest(token)
        with self._tokens_lock:
            if current != self._tokens_version or len(self._tokens) > _CACHED_TOKENS:
                self._tokens.clear()
                self._tokens_version = current
            row = self._tokens.get(digest)
        if row is None:
            row = self._identity.token(digest)
            # The release before took any name for a client, and what it brings is written under it.
            if row is None or not is_identifier(row.client):
                return None  # never cached: guesses must not fill the memory
            with self._tokens_lock:
                if current == self._tokens_version:
                    self._tokens[digest] = row
        return None if row.revoked else row

    def known_token(self, token: str) -> tuple[TokenRow, int] | None:
        """Return the client behind *token* as memory has it, and as of which version of tokens.

        For a caller that reads that version together with something else, and forgets this
        answer where it has moved. None: only the store can tell.
        """
        digest = _digest(token)
        with self._tokens_lock:
            row = self._tokens.get(digest)
            return None if row is None or row.revoked else (row, self._tokens_version)

    def create_token(self, client: str, scopes: frozenset[str], unit: str) -> str:
        """Create a token and return it; it cannot be shown again."""
        token = _secret()
        row = TokenRow(id=_public_id(), client=client, scopes=scopes, unit=unit, revoked=False)
        self._identity.create_token(_digest(token), row, self._now())
        return token

    def revoke_token(self, client: str, by: By = CONSOLE, token_id: str | None = None) -> int:
        """Revoke every token of *client*, or the one of *token_id*; returns how many there were."""
        return self._identity.revoke_token(client, self._now(), by, token_id)

    # People at the pages.

    def sign_in(self, person: str, password: str) -> str:
        """Open a session and return what its cookie holds.

        Raises:
            SignInRefused: unknown, wrong or locked.
        """
        # One guess at a time: guesses made at once would all be counted as one failure.
        with self._doors[hash(person) % len(self._doors)]:
            return self._sign_in(person, password)

    def session(self, cookie: str) -> Session | None:
        """Return whose session *cookie* is; None once it idled or lived too long."""
        row = self._identity.session(_digest(cookie))
        if row is None:
            return None
        now = self._now()
        if now - row.seen_at >= IDLE or now - row.created_at >= LIFE:
            self._identity.delete_session(row.digest)
            return None
        if now - row.seen_at >= TOUCH:
            self._identity.touch_session(row.digest, now)
        csrf = form_token(cookie) + owner_mark(row.person)
        return Session(id=row.id, person=row.person, csrf=csrf, left=row.left)

    def leave_form(self, cookie: str, left: bytes | None) -> None:
        """Keep with a session what its person goes on with, until it ends; None: they have."""
        self._identity.leave_form(_digest(cookie), left)

    def sign_out(self, cookie: str) -> None:
        """End a session; nothing happens if there is none."""
        self._identity.delete_session(_digest(cookie))

    def forget(self, _now: datetime) -> int:
        """Take away sessions that have ended by themselves, by the time that they are kept in."""
        return self._identity.forget_sessions(self._now())

    def choose_language(self, person: str, language: str) -> None:
        """Have *person* be written to in *language* from now on."""
        self._identity.speak(person, language)

    def chosen_language(self, person: str) -> str:
        """Return in which language a person chose to be written to; "": they chose none."""
        return self._identity.language(person)

    def invite(self, person: str, by: By = CONSOLE) -> str:
        """Return the secret of a one-time link to set a password, good for seven days."""
        secret, now = _secret(), self._now()
        self._identity.create_invitation(_digest(secret), person, now + INVITATION, now, by)
        return secret

    def invited(self, secret: str) -> str:
        """Return whom a link is for, without using it up.

        Raises:
            InvitationRefused: unknown, used or too old.
        """
        person = self._identity.invitation(_digest(secret), self._now())
        if person is None:
            raise InvitationRefused
        return person

    def accept_invitation(self, secret: str, password: str) -> str:
        """Set the password, use the link up, end the person's other sessions; returns the person.

        Raises:
            PasswordRefused: not good enough; the link still works.
            InvitationRefused: unknown, used or too old.
        """
        person = self.invited(secret)
        password = _normal(password)
        if fault := password_fault(password, person):
            raise PasswordRefused(fault)
        now = self._now()
        if self._identity.use_invitation(_digest(secret), now) is None:
            raise InvitationRefused  # somebody else used the link in the meantime
        self._identity.set_password(person, self._passwords.hash(password), now)
        return person

    def _sign_in(self, person: str, password: str) -> str:
        now = self._now()
        # What can be nobody's id is asked of no database: one of them refuses NUL in any text.
        account = self._identity.account(person) if _PERSON.fullmatch(person) else None
        # Always one check of one hash, whatever else is wrong: the time tells nothing.
        right = self._passwords.matches(
            account.password_hash if account else self._nobody, _normal(password)
        )
        if account is None or _locked(account, now):
            raise SignInRefused
        if not right:
            self._count_failure(account, now)
            raise SignInRefused
        cookie = _secret()
        row = SessionRow(
            digest=_digest(cookie), id=_public_id(), person=person, created_at=now, seen_at=now
        )
        if not self._identity.create_session(row):
            raise SignInRefused  # locked in the meantime
        return cookie

    def _count_failure(self, account: AccountRow, now: datetime) -> None:
        # A lock that has run out starts the count anew.
        before = replace(account, failed=0) if account.locked_until else account
        failed = before.failed + 1
        until = now + LOCKED if failed >= FAILURES else None
        self._identity.count_failure(account.person, failed, until)


def form_token(cookie: str) -> str:
    """Return the token that forms of this browser carry; nothing of the cookie can be read off."""
    return hmac.new(cookie.encode(), b"shuping form", hashlib.sha256).hexdigest()


def owner_mark(person: str) -> str:
    """Return what the forms of a person end with: it tells whose a form was, and opens nothing."""
    return hashlib.sha256(f"shuping form of {person}".encode()).hexdigest()[:16]


def password_fault(password: str, person: str) -> str:
    """Return why *password* is not good enough, "" if it is."""
    if len(password) < PASSWORD_MIN:
        return "password_too_short"
    if len(password) > PASSWORD_MAX:
        return "password_too_long"
    lowered = password.casefold()
    if lowered in _COMMON or len(set(lowered)) == 1:
        return "password_common"
    if person.casefold() in lowered:
        return "password_own_name"
    return ""


def _locked(account: AccountRow, now: datetime) -> bool:
    for_a_while = account.locked_until is not None and now < account.locked_until
    return for_a_while or account.locked_at is not None


def _normal(password: str) -> str:
    # Two keyboards may send one character in two ways.
    return unicodedata.normalize("NFC", password)


def _secret() -> str:
    return secrets.token_urlsafe(32)


def _public_id() -> str:
    """Return a name for a token or session that nothing of its secret can be read off."""
    return str(uuid4())


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
