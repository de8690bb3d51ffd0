"""What signing in and tokens need of a store.

Apart from `ports`, because no case and no transition asks for any of it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol


class Identity(Protocol):
    """Tokens and accounts; kept out of the log."""

    def version(self) -> int:
        """Return a number that grows with every change of a token."""
        ...

    def token(self, digest: bytes) -> "TokenRow | None": ...
    def create_token(self, digest: bytes, row: "TokenRow", at: datetime) -> None: ...
    def revoke_token(self, client: str, at: datetime) -> int:
        """Revoke every token of *client*; returns how many."""
        ...

    def account(self, person: str) -> "AccountRow | None": ...
    def set_password(self, person: str, password_hash: str, at: datetime) -> None:
        """Create or change a sign-in, forget its failures and end its sessions."""
        ...

    def count_failure(self, person: str, failed: int, locked_until: datetime | None) -> None:
        """Keep how often signing in failed in a row; 0 and None after it worked."""
        ...

    def create_invitation(self, digest: bytes, person: str, expires_at: datetime) -> None:
        """Keep a one-time link; an earlier one of the same person no longer works."""
        ...

    def invitation(self, digest: bytes, now: datetime) -> str | None:
        """Return whom an unused, unexpired link is for."""
        ...

    def use_invitation(self, digest: bytes, now: datetime) -> str | None:
        """Use a link up and return whom it is for; None if it is unknown, used or expired."""
        ...

    def create_session(self, row: "SessionRow") -> None: ...
    def session(self, digest: bytes) -> "SessionRow | None": ...
    def touch_session(self, digest: bytes, at: datetime) -> None: ...
    def delete_session(self, digest: bytes) -> None: ...
    def record_read(self, person: str, what: str, subject: str, day: date, at: datetime) -> None:
        """Keep who read or exported what (table read_audit), once for each *day*.

        Raises:
            OutcomeUnknown, StoreUnavailable: see there.
        """
        ...

    def reads(self, before: int | None, limit: int) -> "Sequence[ReadRow]":
        """Return who read what of cases, the newest first, *before* a row of it."""
        ...

    def n_read(self, person: str, what: str, subjects: Collection[str]) -> int:
        """Return how many of *subjects* a person has read or exported, on whatever day."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenRow:
    """A client's token, stored hashed."""

    id: str | None  # public: events carry it; None: made by a release before
    client: str
    scopes: frozenset[str]
    unit: str  # its subtree only; the root unit for everything
    revoked: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountRow:
    """A person's sign-in."""

    person: str
    password_hash: str
    failed: int
    locked_until: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadRow:
    """That somebody opened something."""

    id: int  # in the order in which it was kept
    person: str
    what: str  # case, document
    subject: str  # the case's id; the document's name and version, behind its case's stream
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionRow:
    """A signed-in browser; its cookie is stored hashed. System time."""

    digest: bytes  # SHA-256 of the cookie's value
    id: str | None  # as a token's
    person: str
    created_at: datetime
    seen_at: datetime
