"""The ledger: every notice decided, sent or not, and whether the workflow's log has it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Row, Select, and_, case, func, or_, select, text, tuple_, update

from schemas.instants import instant, parse_instant
from schemas.policy import BULLETIN, LATE_START
from services.notifier.adapters.database.tables import notice
from services.notifier.adapters.database.writing import add_new, change, chunks
from services.notifier.application.store_ports import Asked
from services.notifier.domain.notice import FINAL, Notice
from services.notifier.domain.recipients import Recipient, Skipped
from services.notifier.domain.words import Words

NEVER = datetime(2000, 1, 1, tzinfo=UTC)
_NOT_FINAL = ("pending", "sending", "retry")
_MOVING = (
    *("status", "reason", "attempts", "retry_at", "n_unknown", "settled_at"),
    *("words", "words_salt"),
)


class SqlLedger:
    """The ledger, as one transaction sees it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, notices: Iterable[Notice]) -> None:
        """Add decisions; one already taken is left as it is."""
        rows: list[Mapping[str, Any]] = [_row(one) for one in notices]
        add_new(self._connection, notice, rows)

    def open(self, now: datetime, limit: int, letters_at: datetime | None) -> list[Notice]:
        """Return what is to be handed over at *now*, oldest decision first.

        Of letters those due at *letters_at*, and each whole, however many that makes.
        """
        open_ = notice.c.status.in_(("pending", "retry"))
        found = self._list(
            select(notice)
            .where(
                open_,
                or_(notice.c.retry_at.is_(None), notice.c.retry_at <= instant(now)),
                or_(notice.c.letter.is_(None), notice.c.retry_at <= instant(letters_at or NEVER)),
            )
            .order_by(notice.c.decided_at, notice.c.id)
            .limit(limit)
        )
        letters = {one.letter for one in found if one.letter}
        whole = [one for one in found if not one.letter]
        for some in chunks(letters):
            ready = open_, notice.c.retry_at <= instant(letters_at or NEVER)
            whole += self._list(select(notice).where(notice.c.letter.in_(some), *ready))
        return whole

    def save(self, notices: Iterable[Notice], epoch: int) -> None:
        """Keep *notices* as they stand now, as the work of *epoch*."""
        moving = ("id", *_MOVING)
        rows = [
            {name: row[name] for name in moving} | {"epoch": epoch} for row in map(_row, notices)
        ]
        change(self._connection, notice, rows)

    def orphans(self, epoch: int) -> list[Notice]:
        """Return notices left in `sending` by an earlier epoch."""
        return self._list(
            select(notice).where(notice.c.status == "sending", notice.c.epoch != epoch)
        )

    def called(self, ids: Iterable[str]) -> list[Notice]:
        """Return the notices with these ids, as far as they are known."""
        found: list[Notice] = []
        for some in chunks(ids):
            found += self._list(select(notice).where(notice.c.id.in_(some)))
        return found

    def unreported(self, limit: int) -> list[Notice]:
        """Return final notices that the workflow's log does not have, oldest decision first."""
        return self._list(
            select(notice)
            .where(notice.c.reported == 0, notice.c.status.in_(FINAL))
            .order_by(notice.c.decided_at, notice.c.id)
            .limit(limit)
        )

    def reported(self, statuses: Mapping[str, int]) -> None:
        """Keep what the workflow answered, {notice id: status}."""
        for status in sorted(set(statuses.values())):
            for some in chunks(id_ for id_, answer in statuses.items() if answer == status):
                self._connection.execute(
                    update(notice).where(notice.c.id.in_(some)).values(reported=status)
                )

    def search(self, asked: Asked) -> list[Notice]:
        """Return one page, newest decision first."""
        statement = select(notice)
        if asked.case is not None:
            statement = statement.where(notice.c.case_stream == asked.case)
        if asked.recipient is not None:
            statement = statement.where(notice.c.person == asked.recipient)
        if asked.status is not None:
            statement = statement.where(notice.c.status == asked.status)
        if asked.after is not None:
            statement = statement.where(tuple_(notice.c.decided_at, notice.c.id) < asked.after)
        return self._list(
            statement.order_by(notice.c.decided_at.desc(), notice.c.id.desc()).limit(asked.limit)
        )

    def of_cases(self, cases: Iterable[str]) -> list[Notice]:
        """Return every notice to somebody about one of *cases*, but for what was published."""
        found: list[Notice] = []
        for some in chunks(cases):
            of_them = select(notice).where(notice.c.case_stream.in_(some))
            # A bulletin goes to thousands, and no notice depends on whether another has left.
            found += self._list(
                of_them.where(notice.c.person.is_not(None), notice.c.kind != BULLETIN)
            )
        return found

    def late_starts(self, cases: Iterable[str]) -> Mapping[str, list[Notice]]:
        """Return by case what was decided about telling holders of a late start."""
        found: dict[str, list[Notice]] = {}
        for some in chunks(cases):
            statement = select(notice).where(notice.c.case_stream.in_(some))
            for one in self._list(statement.where(notice.c.rung == LATE_START)):
                found.setdefault(one.case, []).append(one)
        return found

    def backlog(self) -> Mapping[str, int]:
        """Return {status: n} of everything not final, and `unreported`."""
        # What waits for the letter of a day is no work that is left over.
        waits = and_(notice.c.status == "pending", notice.c.letter.is_not(None))
        counted = case((waits, "retry"), else_=notice.c.status).label("counted_as")
        rows = self._connection.execute(
            select(counted, func.count())
            .where(notice.c.status.in_(_NOT_FINAL))
            .group_by(text("counted_as"))  # by its name: bound twice it would be two expressions
        )
        unreported = self._connection.scalar(
            select(func.count()).where(notice.c.reported == 0, notice.c.status.in_(FINAL))
        )
        return {
            **dict.fromkeys(_NOT_FINAL, 0),
            **{status: n for status, n in rows},  # noqa: C416 -- a Row is no pair to mypy
            "unreported": unreported or 0,
        }

    def _list(self, statement: Select[Any]) -> list[Notice]:
        return [notice_of(row) for row in self._connection.execute(statement)]


def _row(one: Notice) -> dict[str, Any]:
    recipient = one.recipient
    return {
        "id": one.id,
        "case_stream": one.case,
        "case_version": one.case_version,
        "desk": one.desk,
        "state": one.state,
        "track": one.track,
        "rung": one.rung,
        "kind": one.kind,
        "person": recipient.person if recipient else None,
        "unit": recipient.unit if recipient else None,
        "role": recipient.role if recipient else None,
        "channel": one.channel,
        "status": one.status,
        "reason": one.reason,
        "skipped": orjson.dumps([asdict(entry) for entry in one.skipped]).decode(),
        "due_at": instant(one.due_at) if one.due_at else None,
        "planned_at": instant(one.planned_at),
        "decided_at": instant(one.decided_at),
        "settled_at": instant(one.settled_at) if one.settled_at else None,
        "policy": one.policy,
        "urged_by": one.urged_by,
        "attempts": one.attempts,
        "retry_at": instant(one.retry_at) if one.retry_at else None,
        "n_unknown": one.n_unknown,
        "letter": one.letter,
        "instead_of": one.instead_of,
        "asks": int(one.asks),
        "reply": one.answer or None,
        "why_channel": one.why_channel or None,
        "words": one.words.digest if one.words else None,
        "words_salt": one.words.salt if one.words else None,
        "epoch": 0,
        "reported": 0,
    }


def notice_of(row: Row[Any]) -> Notice:
    """Return the notice in *row*."""
    recipient = None
    if row.person is not None:
        recipient = Recipient(person=row.person, unit=row.unit, role=row.role)
    return Notice(
        id=row.id,
        case=row.case_stream,
        case_version=row.case_version,
        desk=row.desk,
        state=row.state,
        track=row.track,
        rung=row.rung,
        kind=row.kind,
        recipient=recipient,
        channel=row.channel,
        status=row.status,
        reason=row.reason,
        skipped=tuple(Skipped(**entry) for entry in orjson.loads(row.skipped)),
        due_at=parse_instant(row.due_at) if row.due_at else None,
        planned_at=parse_instant(row.planned_at),
        decided_at=parse_instant(row.decided_at),
        settled_at=parse_instant(row.settled_at) if row.settled_at else None,
        policy=row.policy,
        urged_by=row.urged_by,
        attempts=row.attempts,
        retry_at=parse_instant(row.retry_at) if row.retry_at else None,
        n_unknown=row.n_unknown,
        letter=row.letter,
        instead_of=row.instead_of,
        asks=bool(row.asks),
        answer=row.reply or "",
        why_channel=row.why_channel or "",
        words=Words(digest=row.words, salt=row.words_salt) if row.words else None,
    )
