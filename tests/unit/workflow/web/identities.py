"""Identity kept in dictionaries: what the unit tests sign in with."""

from dataclasses import replace
from datetime import datetime

from services.workflow.application.ports import AccountRow, SessionRow, TokenRow


class DictIdentity:
    """The port `Identity`, in memory."""

    def __init__(self):
        self.tokens: dict[bytes, TokenRow] = {}
        self.accounts: dict[str, AccountRow] = {}
        self.invitations: dict[bytes, tuple[str, datetime]] = {}
        self.sessions: dict[bytes, SessionRow] = {}
        self.reads: list[tuple[str, str, str, datetime]] = []
        self.n_changes = 0
        self.n_token_look_ups = 0

    def version(self):
        return self.n_changes

    def token(self, digest):
        self.n_token_look_ups += 1
        return self.tokens.get(digest)

    def create_token(self, digest, row, at):
        self.tokens[digest] = row
        self.n_changes += 1

    def revoke_token(self, client, at):
        found = [digest for digest, row in self.tokens.items() if row.client == client]
        for digest in found:
            self.tokens[digest] = replace(self.tokens[digest], revoked=True)
        self.n_changes += 1
        return len(found)

    def account(self, person):
        return self.accounts.get(person)

    def set_password(self, person, password_hash, at):
        self.accounts[person] = AccountRow(
            person=person, password_hash=password_hash, failed=0, locked_until=None
        )
        self.sessions = {d: row for d, row in self.sessions.items() if row.person != person}

    def count_failure(self, person, failed, locked_until):
        self.accounts[person] = replace(
            self.accounts[person], failed=failed, locked_until=locked_until
        )

    def create_invitation(self, digest, person, expires_at):
        self.invitations = {d: one for d, one in self.invitations.items() if one[0] != person}
        self.invitations[digest] = (person, expires_at)

    def invitation(self, digest, now):
        person, expires_at = self.invitations.get(digest, (None, now))
        return person if now < expires_at else None

    def use_invitation(self, digest, now):
        person = self.invitation(digest, now)
        self.invitations.pop(digest, None)
        return person

    def create_session(self, row):
        self.sessions[row.digest] = row

    def session(self, digest):
        return self.sessions.get(digest)

    def touch_session(self, digest, at):
        self.sessions[digest] = replace(self.sessions[digest], seen_at=at)

    def delete_session(self, digest):
        self.sessions.pop(digest, None)

    def record_read(self, person, what, subject, at):
        self.reads.append((person, what, subject, at))
