"""Identity kept in dictionaries: what the unit tests sign in with."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime

from services.workflow.application.identity_ports import (
    CONSOLE,
    AccountRow,
    By,
    SessionRow,
    TokenRow,
)


class DictIdentity:
    """The port `Identity`, in memory."""

    def __init__(self) -> None:
        self.tokens: dict[bytes, TokenRow] = {}
        self.accounts: dict[str, AccountRow] = {}
        self.invitations: dict[bytes, tuple[str, datetime]] = {}
        self.sessions: dict[bytes, SessionRow] = {}
        self.reads: list[tuple[str, str, str, datetime]] = []
        self.n_changes = 0
        self.n_look_ups = 0

    def version(self) -> int:
        return self.n_changes

    def token(self, digest: bytes) -> TokenRow | None:
        self.n_look_ups += 1
        return self.tokens.get(digest)

    def create_token(self, digest: bytes, row: TokenRow, _at: datetime, _by: By = CONSOLE) -> None:
        self.tokens[digest] = row
        self.n_changes += 1

    def revoke_token(
        self, client: str, _at: datetime, _by: By = CONSOLE, _id: str | None = None
    ) -> int:
        found = [digest for digest, row in self.tokens.items() if row.client == client]
        for digest in found:
            self.tokens[digest] = replace(self.tokens[digest], revoked=True)
        self.n_changes += 1
        return len(found)

    def account(self, person: str) -> AccountRow | None:
        return self.accounts.get(person)

    def set_password(self, person: str, password_hash: str, _at: datetime) -> None:
        self.accounts[person] = AccountRow(
            person=person, password_hash=password_hash, failed=0, locked_until=None
        )
        self.sessions = {d: row for d, row in self.sessions.items() if row.person != person}

    def count_failure(self, person: str, failed: int, locked_until: datetime | None) -> None:
        account = self.accounts[person]
        self.accounts[person] = replace(account, failed=failed, locked_until=locked_until)

    def create_invitation(
        self,
        digest: bytes,
        person: str,
        expires_at: datetime,
        _at: datetime,
        _by: By = CONSOLE,
    ) -> None:
        self.invitations = {d: one for d, one in self.invitations.items() if one[0] != person}
        self.invitations[digest] = (person, expires_at)

    def invitation(self, digest: bytes, now: datetime) -> str | None:
        found = self.invitations.get(digest)
        return found[0] if found and now < found[1] else None

    def use_invitation(self, digest: bytes, now: datetime) -> str | None:
        person = self.invitation(digest, now)
        self.invitations.pop(digest, None)
        return person

    def create_session(self, row: SessionRow) -> bool:
        self.count_failure(row.person, 0, None)
        self.sessions[row.digest] = row
        return True

    def session(self, digest: bytes) -> SessionRow | None:
        return self.sessions.get(digest)

    def touch_session(self, digest: bytes, at: datetime) -> None:
        self.sessions[digest] = replace(self.sessions[digest], seen_at=at)

    def leave_form(self, digest: bytes, left: bytes | None) -> None:
        self.sessions[digest] = replace(self.sessions[digest], left=left)

    def delete_session(self, digest: bytes) -> None:
        self.sessions.pop(digest, None)

    def forget_sessions(self, _now: datetime) -> int:
        return 0

    def record_read(self, person: str, what: str, subject: str, day: date, at: datetime) -> None:
        self.reads.append((person, what, subject, day, at))

    def read_of(self, person: str, what: str, subjects: Collection[str]) -> frozenset[str]:
        return frozenset(
            one
            for who, *of, _, _ in self.reads
            for one in subjects
            if who == person and of == [what, one]
        )
