"""Tokens, sign-ins and sessions: beside the log, hashed, and read by their hash.

Times here are system time, passed in. Every change of a token moves `identity_state`, which the
hot path reads anyway, so that a cached token is dropped by the very next request.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.workflow.adapters.database import tables
from services.workflow.adapters.database.bulk import write_deeds
from services.workflow.adapters.database.kept_reads import KeptReads
from services.workflow.application.identity_ports import (
    CONSOLE,
    IDLE,
    LIFE,
    AccountRow,
    AccountState,
    By,
    Deed,
    ListedToken,
    SessionRow,
    TokenRow,
)
from services.workflow.application.ports import WrittenDown

_token, _account, _deed = tables.token.c, tables.account.c, tables.deed.c
_invitation, _session = tables.invitation.c, tables.session.c
_state = tables.identity_state


class Identity(KeptReads):
    """Implements the port `Identity`; safe to share between threads."""

    def version(self) -> int:
        """Return a number that grows with every change of a token."""
        with self._connections.reading() as connection:
            return int(connection.execute(sa.select(_state.c.version)).scalar_one())

    def token(self, digest: bytes) -> TokenRow | None:
        """Return the token with this SHA-256, revoked or not."""
        row = self._first(sa.select(tables.token).where(_token.digest == digest))
        if row is None:
            return None
        return TokenRow(
            id=row.id,
            client=row.client,
            scopes=frozenset(row.scopes.split()),
            unit=row.unit,
            revoked=row.revoked_at is not None,
        )

    def create_token(self, digest: bytes, row: TokenRow, at: datetime, by: By = CONSOLE) -> None:
        """Keep a new token."""
        values = {
            "digest": digest,
            "id": row.id,
            "client": row.client,
            "scopes": " ".join(sorted(row.scopes)),
            "unit": row.unit,
            "created_at": at,
            "revoked_at": at if row.revoked else None,
        }
        with self._connections.transaction() as connection:
            connection.execute(tables.token.insert(), values)
            _changed(connection)
            _write_down(connection, "token_created", row.client, at, by, row.id)

    def revoke_token(
        self, client: str, at: datetime, by: By = CONSOLE, token_id: str | None = None
    ) -> int:
        """Revoke every token of *client*, or the one of *token_id*; returns how many."""
        meant = [_token.client == client, _token.revoked_at.is_(None)]
        meant += [] if token_id is None else [_token.id == token_id]
        statement = tables.token.update().where(*meant).values(revoked_at=at)
        with self._connections.transaction() as connection:
            n_revoked = connection.execute(statement).rowcount
            if n_revoked:
                _changed(connection)
                _write_down(connection, "token_revoked", client, at, by, token_id)
        return n_revoked

    def has_token(self, client: str, token_id: str | None) -> bool:
        """Tell whether a client has, or ever had, the token of this id; None: any."""
        meant = [_token.client == client, *([] if token_id is None else [_token.id == token_id])]
        return self._first(sa.select(_token.client).where(*meant).limit(1)) is not None

    def tokens(self, after: tuple[str, str] | None, limit: int) -> Sequence[ListedToken]:
        """Return tokens by client and id, those behind *after*."""
        name = sa.func.coalesce(_token.id, "")
        statement = sa.select(tables.token).order_by(_token.client, name).limit(limit)
        if after is not None:
            statement = statement.where(sa.tuple_(_token.client, name) > sa.tuple_(*after))
        with self._connections.reading() as connection:
            rows = connection.execute(statement).all()
        return [
            ListedToken(
                id=row.id,
                client=row.client,
                scopes=frozenset(row.scopes.split()),
                unit=row.unit,
                created_at=row.created_at,
                revoked_at=row.revoked_at,
            )
            for row in rows
        ]

    def account(self, person: str) -> AccountRow | None:
        """Return a person's sign-in."""
        row = self._first(sa.select(tables.account).where(_account.person == person))
        if row is None:
            return None
        return AccountRow(
            person=row.person,
            password_hash=row.password_hash,
            failed=row.failed,
            locked_until=row.locked_until,
            locked_at=row.locked_at,
        )

    def standing(self, people: Sequence[str], now: datetime) -> Mapping[str, AccountState]:
        """Return how the sign-ins of *people* stand; whoever has none and no link is missing."""
        last, n = sa.func.max(_session.seen_at), sa.func.count()
        accounts = sa.select(tables.account).where(_account.person.in_(people))
        links = (
            sa.select(_invitation.person, sa.func.max(_invitation.expires_at).label("until"))
            .where(_invitation.person.in_(people), _good(now))
            .group_by(_invitation.person)
        )
        sessions = (
            sa.select(_session.person, n.label("n"), last.label("seen_at"))
            .where(_session.person.in_(people), _session.seen_at > now - IDLE)
            .where(_session.created_at > now - LIFE)
            .group_by(_session.person)
        )
        with self._connections.reading() as connection:
            signed = {row.person: row for row in connection.execute(accounts)}
            invited = {row.person: row.until for row in connection.execute(links)}
            seen = {row.person: row for row in connection.execute(sessions)}
        return {
            person: AccountState(
                person=person,
                has_password=person in signed,
                changed_at=signed[person].changed_at if person in signed else None,
                locked_until=_later(signed[person].locked_until, now) if person in signed else None,
                locked_at=signed[person].locked_at if person in signed else None,
                invited_until=invited.get(person),
                n_sessions=seen[person].n if person in seen else 0,
                seen_at=seen[person].seen_at if person in seen else None,
            )
            for person in people
            if person in signed or person in invited
        }

    def locked(self, now: datetime) -> Sequence[str]:
        """Return whose sign-in is locked, by hand or for a while; by id."""
        locked = sa.or_(_account.locked_at.is_not(None), _account.locked_until > now)
        statement = sa.select(_account.person).where(locked).order_by(_account.person)
        with self._connections.reading() as connection:
            return list(connection.execute(statement).scalars())

    def lock(self, person: str, at: datetime, by: By) -> bool:
        """Lock a sign-in until it is unlocked: its sessions end, its links go; tell if it moved.

        Of who has none yet the link alone is taken back.
        """
        locking = (
            tables.account.update()
            .where(_account.person == person, _account.locked_at.is_(None))
            .values(locked_at=at)
        )
        links = tables.invitation.delete().where(_invitation.person == person)
        with self._connections.transaction() as connection:
            n_links = connection.execute(links.where(_good(at))).rowcount
            connection.execute(links)
            is_locked = connection.execute(locking).rowcount
            connection.execute(tables.session.delete().where(_session.person == person))
            if is_locked or n_links:
                _write_down(connection, "locked" if is_locked else "link_withdrawn", person, at, by)
        return bool(is_locked or n_links)

    def unlock(self, person: str, at: datetime, by: By) -> bool:
        """Let somebody sign in again who was locked out, by hand or for a while."""
        locked = sa.or_(_account.locked_at.is_not(None), _account.locked_until > at)
        opening = (
            tables.account.update()
            .where(_account.person == person, locked)
            .values(locked_at=None, locked_until=None, failed=0)
        )
        with self._connections.transaction() as connection:
            if not connection.execute(opening).rowcount:
                return False
            _write_down(connection, "unlocked", person, at, by)
        return True

    def end_sessions(self, person: str, at: datetime, by: By) -> int:
        """Sign a person out everywhere; returns how many sessions ended."""
        ending = tables.session.delete().where(_session.person == person)
        with self._connections.transaction() as connection:
            n_ended = connection.execute(ending).rowcount
            if n_ended:
                _write_down(connection, "signed_out", person, at, by)
        return n_ended

    def write_down(self, what: str, subject: str, at: datetime, by: By, detail: str) -> None:
        """Keep that *by* did something that is no change here."""
        with self._connections.transaction() as connection:
            _write_down(connection, what, subject, at, by, detail)

    def deeds(self, before: int | None, limit: int) -> Sequence[Deed]:
        """Return what was done to sign-ins and tokens, the newest first, older than *before*."""
        statement = sa.select(tables.deed).order_by(_deed.id.desc()).limit(limit)
        if before is not None:
            statement = statement.where(_deed.id < before)
        with self._connections.reading() as connection:
            return [Deed(**row) for row in connection.execute(statement).mappings()]

    def set_password(self, person: str, password_hash: str, at: datetime) -> None:
        """Create or change a sign-in, forget its failures and end its sessions."""
        values = {
            "password_hash": password_hash,
            "changed_at": at,
            "failed": 0,
            "locked_until": None,
        }
        mine = _account.person == person
        with self._connections.transaction() as connection:
            if not connection.execute(tables.account.update().where(mine).values(values)).rowcount:
                connection.execute(tables.account.insert(), {"person": person, **values})
            connection.execute(tables.session.delete().where(_session.person == person))
            _write_down(connection, "password_set", person, at, By(client="web", person=person))

    def count_failure(self, person: str, failed: int, locked_until: datetime | None) -> None:
        """Keep how often signing in failed in a row; 0 and None after it worked."""
        values = {"failed": failed, "locked_until": locked_until}
        self._do(tables.account.update().where(_account.person == person).values(values))

    def speak(self, person: str, language: str) -> None:
        """Keep in which language a person is written to; nothing where they have no sign-in."""
        self._do(tables.account.update().where(_account.person == person).values(language=language))

    def language(self, person: str) -> str:
        """Return in which language a person chose to be written to; "": they chose none."""
        row = self._first(sa.select(_account.language).where(_account.person == person))
        return (row.language if row else None) or ""

    def create_invitation(
        self, digest: bytes, person: str, expires_at: datetime, at: datetime, by: By = CONSOLE
    ) -> None:
        """Keep a one-time link; an earlier one of the same person no longer works."""
        values = {"digest": digest, "person": person, "expires_at": expires_at}
        with self._connections.transaction() as connection:
            connection.execute(tables.invitation.delete().where(_invitation.person == person))
            connection.execute(tables.invitation.insert(), values)
            _write_down(connection, "invited", person, at, by)

    def invitation(self, digest: bytes, now: datetime) -> str | None:
        """Return whom an unused, unexpired link is for."""
        row = self._first(sa.select(_invitation.person).where(_usable(digest, now)))
        return None if row is None else str(row.person)

    def use_invitation(self, digest: bytes, now: datetime) -> str | None:
        """Use a link up and return whom it is for; None if it is unknown, used or expired."""
        use = (
            tables.invitation.update()
            .where(_usable(digest, now))
            .values(used_at=now)
            .returning(_invitation.person)
        )
        with self._connections.transaction() as connection:
            return connection.execute(use).scalar()

    def create_session(self, row: SessionRow) -> bool:
        """Open a session and forget failures; False, and nothing is opened, if it is locked."""
        values = {
            "digest": row.digest,
            "id": row.id,
            "person": row.person,
            "created_at": row.created_at,
            "seen_at": row.seen_at,
        }
        # The row is held until the session is there: whoever locks it meanwhile ends this one, too.
        opening = (
            tables.account.update()
            .where(_account.person == row.person, _account.locked_at.is_(None))
            .values(failed=0, locked_until=None)
        )
        with self._connections.transaction() as connection:
            if not connection.execute(opening).rowcount:
                return False
            connection.execute(tables.session.insert(), values)
        return True

    def session(self, digest: bytes) -> SessionRow | None:
        """Return the session with this SHA-256; whether it has expired is the caller's to say."""
        row = self._first(sa.select(tables.session).where(_session.digest == digest))
        if row is None:
            return None
        return SessionRow(
            digest=row.digest,
            id=row.id,
            person=row.person,
            created_at=row.created_at,
            seen_at=row.seen_at,
            left=row.left_form,
        )

    def leave_form(self, digest: bytes, left: bytes | None) -> None:
        """Keep with a session the form that it goes on with; None: it has gone on."""
        self._do(tables.session.update().where(_session.digest == digest).values(left_form=left))

    def touch_session(self, digest: bytes, at: datetime) -> None:
        """Keep when a session was last used."""
        self._do(tables.session.update().where(_session.digest == digest).values(seen_at=at))

    def delete_session(self, digest: bytes) -> None:
        """Sign a browser out."""
        self._do(tables.session.delete().where(_session.digest == digest))

    def forget_sessions(self, now: datetime) -> int:
        """Take away every session that has ended by itself; how many that were."""
        over = sa.or_(_session.seen_at <= now - IDLE, _session.created_at <= now - LIFE)
        with self._connections.at_once() as connection:
            return connection.execute(tables.session.delete().where(over)).rowcount

    def _first(self, statement: sa.Select[Any]) -> Any:
        with self._connections.reading() as connection:
            return connection.execute(statement).first()

    def _do(self, statement: sa.Executable) -> None:
        with self._connections.transaction() as connection:
            connection.execute(statement)


def _usable(digest: bytes, now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(_invitation.digest == digest, _good(now))


def _good(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(_invitation.used_at.is_(None), _invitation.expires_at > now)


def _later(at: datetime | None, now: datetime) -> datetime | None:
    return at if at is not None and at > now else None


def _write_down(
    connection: sa.Connection,
    what: str,
    subject: str,
    at: datetime,
    by: By,
    detail: str | None = None,
) -> None:
    write_deeds(connection, [WrittenDown(at=at, by=by, what=what, subject=subject, detail=detail)])


def _changed(connection: sa.Connection) -> None:
    connection.execute(_state.update().values(version=_state.c.version + 1))
