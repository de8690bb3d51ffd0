"""What the notifier's database holds, taken out in one reading transaction: it is of one moment."""

from collections.abc import Iterator
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, Row, Select, or_, select

from services.notifier.adapters.database.facts import (
    absence_of,
    case_of,
    delegation_of,
    post_of,
    unit_of,
    wish_of,
)
from services.notifier.adapters.database.ledger import notice_of
from services.notifier.adapters.database.progress import SqlProgress, reading_of, set_aside_of
from services.notifier.adapters.database.store import translated
from services.notifier.adapters.database.tables import (
    ON_A_DESK,
    absence,
    case_head,
    channel_choice,
    delegation,
    feed,
    notice,
    organisation,
    policy_issue,
    post,
    set_aside,
    text,
    timer,
    turn,
    unit,
    urge,
)
from services.notifier.adapters.database.texts import SqlTexts, issue_of, kept_of
from services.notifier.adapters.database.timers import timer_of, turn_of, urge_of
from services.notifier.application.contents import Contents
from services.notifier.domain.notice import FINAL

_ROWS = 1000
_ONE_MOMENT = "REPEATABLE READ"  # as every reading transaction of SQLite is by itself


def contents(source: Engine) -> Contents:
    """Return what the database *source* holds.

    Raises:
        StoreUnavailable
    """
    with translated(), source.connect() as plain:
        options = {} if source.dialect.name == "sqlite" else {"isolation_level": _ONE_MOMENT}
        return _taken(plain.execution_options(reads=True, **options))


def _taken(connection: Connection) -> Contents:
    def rows(asked: Select[Any]) -> Iterator[Row[Any]]:
        # A page at a time: of a province's year there are more than have to lie here twice.
        yield from connection.execution_options(yield_per=_ROWS).execute(asked)

    progress, texts = SqlProgress(connection), SqlTexts(connection)
    sources = [*rows(select(organisation))]
    told = ((row.source, row.vocabulary) for row in sources)
    return Contents(
        readings={row.name: reading_of(row) for row in rows(select(feed))},
        parked=progress.parked(),
        set_aside=[*map(set_aside_of, rows(select(set_aside).order_by(set_aside.c.position)))],
        cases=[*map(case_of, rows(select(case_head)))],
        versions={row.source: row.version for row in sources},
        vocabularies={name: orjson.loads(words) for name, words in told if words is not None},
        units=[*map(unit_of, rows(select(unit)))],
        posts=[*map(post_of, rows(select(post)))],
        delegations=[*map(delegation_of, rows(select(delegation)))],
        absences=[*map(absence_of, rows(select(absence)))],
        wishes=dict(map(wish_of, rows(select(channel_choice)))),
        texts=[*map(kept_of, rows(select(text)))],
        issues=[*map(issue_of, rows(select(policy_issue)))],
        timers_set_by=texts.timers_set_by(),
        timers=[*map(timer_of, rows(select(timer)))],
        urges=[*map(urge_of, rows(select(urge).where(urge.c.settled == 0)))],
        turns=[*map(turn_of, rows(select(turn).order_by(turn.c.at, turn.c.unit)))],
        notices=[*map(notice_of, rows(_speaking()))],
    )


def _speaking() -> Select[Any]:
    """Ask for the notices that something may still depend on: a year has many times as many."""
    lying = select(case_head.c.stream).where(ON_A_DESK)
    urged = select(urge.c.case_stream).where(urge.c.settled == 0)
    return select(notice).where(
        or_(
            notice.c.status.not_in(FINAL),
            notice.c.case_stream.in_(lying),
            notice.c.case_stream.in_(urged),
        )
    )
