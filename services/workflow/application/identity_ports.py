"""What signing in and tokens need of a store.

Apart from `ports`, because no case and no transition asks for any of it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

IDLE = timedelta(minutes=30)  # a session that is not used for so long has ended,
LIFE = timedelta(hours=12)  # or that is so old


@dataclass(frozen=True, kw_only=True, slots=True)
class By:
    """Who did something to a sign-in or a token: a client, and for whom it acted."""

    client: str
    person: str | None = None


CONSOLE = By(client="cli")


class Identity(Protocol):
    """Tokens and accounts; kept out of the log. What is done to them is written down with it."""

    def version(self) -> int:
        """Return a number that grows with every change of a token."""
        ...

    def token(self, digest: bytes) -> "TokenRow | None": ...
    def create_token(
        self, digest: bytes, row: "TokenRow", at: datetime, by: By = CONSOLE
    ) -> None: ...
    def revoke_token(
        self, client: str, at: datetime, by: By = CONSOLE, token_id: str | None = None
    ) -> int:
        """Revoke every token of *client*, or the one of *token_id*; returns how many."""
        ...

    def has_token(self, client: str, token_id: str | None) -> bool:
        """Tell whether a client has, or ever had, the token of this id; None: any."""
        ...

    def tokens(self, after: tuple[str, str] | None, limit: int) -> "Sequence[ListedToken]":
        """Return tokens by client and id, those behind *after*."""
        ...

    def account(self, person: str) -> "AccountRow | None": ...
    def set_password(self, person: str, password_hash: str, at: datetime) -> None:
        """Create or change a sign-in, forget its failures and end its sessions."""
        ...

    def standing(self, people: Sequence[str], now: datetime) -> "Mapping[str, AccountState]":
        """Return how the sign-ins of *people* stand; whoever has none and no link is missing."""
        ...

    def locked(self, now: datetime) -> Sequence[str]:
        """Return whose sign-in is locked, by hand or for a while; by id."""
        ...

    def lock(self, person: str, at: datetime, by: By) -> bool:
        """Lock a sign-in until it is unlocked: its sessions end, its links go; tell if it moved.

        Of who has none yet the link alone is taken back.
        """
        ...

    def unlock(self, person: str, at: datetime, by: By) -> bool:
        """Let somebody sign in again who was locked out, by hand or for a while."""
        ...

    def end_sessions(self, person: str, at: datetime, by: By) -> int:
        """Sign a person out everywhere; returns how many sessions ended."""
        ...

    def write_down(self, what: str, subject: str, at: datetime, by: By, detail: str) -> None:
        """Keep that *by* did something that is no change here."""
        ...

    def deeds(self, before: int | None, limit: int) -> "Sequence[Deed]":
        """Return what was done to sign-ins and tokens, the newest first, older than *before*."""
        ...

    def count_failure(self, person: str, failed: int, locked_until: datetime | None) -> None:
        """Keep how often signing in failed in a row; 0 and None after it worked."""
        ...

    def speak(self, person: str, language: str) -> None:
        """Keep in which language a person is written to; nothing where they have no sign-in."""
        ...

    def language(self, person: str) -> str:
        """Return in which language a person chose to be written to; "": they chose none."""
        ...

    def create_invitation(
        self, digest: bytes, person: str, expires_at: datetime, at: datetime, by: By = CONSOLE
    ) -> None:
        """Keep a one-time link; an earlier one of the same person no longer works."""
        ...

    def invitation(self, digest: bytes, now: datetime) -> str | None:
        """Return whom an unused, unexpired link is for."""
        ...

    def use_invitation(self, digest: bytes, now: datetime) -> str | None:
        """Use a link up and return whom it is for; None if it is unknown, used or expired."""
        ...

    def create_session(self, row: "SessionRow") -> bool:
        """Open a session and forget failures; False, and nothing is opened, if it is locked."""
        ...

    def session(self, digest: bytes) -> "SessionRow | None": ...
    def touch_session(self, digest: bytes, at: datetime) -> None: ...
    def leave_form(self, digest: bytes, left: bytes | None) -> None:
        """Keep with a session the form that it goes on with; None: it has gone on."""
        ...

    def delete_session(self, digest: bytes) -> None: ...
    def forget_sessions(self, now: datetime) -> int:
        """Take away every session that has ended by itself; how many that were."""
        ...

    def record_read(self, person: str, what: str, subject: str, day: date, at: datetime) -> None:
        """Keep who read or exported what (table read_audit), once for each *day*.

        Raises:
            OutcomeUnknown, StoreUnavailable: see there.
        """
        ...

    def reads(
        self, before: int | None, limit: int, wanted: "WantedReads | None" = None
    ) -> "Sequence[ReadRow]":
        """Return who read what of cases, the newest first, *before* a row of it."""
        ...

    def read_of(self, person: str, what: str, subjects: Collection[str]) -> frozenset[str]:
        """Return which of *subjects* a person has read or exported, on whatever day."""
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
    locked_at: datetime | None = None  # by hand, until somebody unlocks it


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountState:
    """How a person's sign-in stands, without anything that lets somebody in."""

    person: str
    has_password: bool = False
    changed_at: datetime | None = None
    locked_until: datetime | None = None  # for a while, after wrong words
    locked_at: datetime | None = None
    invited_until: datetime | None = None  # a link that is good
    n_sessions: int = 0  # that are open
    seen_at: datetime | None = None  # the last of them


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedToken:
    """A token as it is shown; None as id: made by a release before."""

    id: str | None
    client: str
    scopes: frozenset[str]
    unit: str
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Deed:
    """Something done to a sign-in, a token, a person or a post; or with a channel."""

    id: int
    at: datetime
    client: str
    person: str | None
    # token_created, token_revoked, invited, link_withdrawn, password_set, locked, unlocked,
    # signed_out; channel_tried; and those of `organisation_deeds`
    what: str
    subject: str  # a client, or a person; a channel; the root of the organisation
    # Of one token its id; of a trial begun, or its outcome and why; of a post its unit, role, days.
    detail: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class WantedReads:
    """Whose looks are meant, at which case, from when and until when."""

    people: Collection[str] | None = None  # None: anybody
    case: str = ""  # its stream; "": any
    since: datetime | None = None
    until: datetime | None = None  # and not at it


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
    left: bytes | None = None  # a form that its person goes on with
