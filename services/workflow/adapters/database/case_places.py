"""Cases on their places, and one case of each sort: statements that tell a page of a whole round.

The one idea: what a place rests on stands in narrow rows of its own (`case_grade`), so the database
ranks a round and hands over a page, and no head is read.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from services.workflow.adapters.database import tables
from services.workflow.adapters.database.case_asked import ids_of
from services.workflow.adapters.database.case_sight import JOINED, party_of
from services.workflow.adapters.database.connections import Connections
from services.workflow.application.reading_ports import Alike, ListQuery, Placed, RankQuery
from services.workflow.domain.case.head import Graded
from services.workflow.domain.case.ranking import Place, Ranked

_head = tables.case_head.c
_record = tables.case_record.c
_grade = tables.case_grade.c
_TOLD = (_record.id, _record.number, _record.unit, _record.person, _record.tier)
_GRADED = (_grade.name, _grade.hundredths, _grade.uncapped)


class CasePlaces:
    """The places of `Reads`; one statement each."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def places(self, asked: RankQuery) -> Placed:
        """Return one page of the cases of *asked* on their places, as `domain.case.ranking`."""
        numbered = _numbered(asked).cte("numbered")
        begin: Any = sa.literal(asked.first)
        if asked.after is not None:
            last = numbered.alias("last")
            begin = sa.select(last.c.n).where(sa.cast(last.c.id, sa.Text) == asked.after)
            begin = begin.scalar_subquery()
        page = sa.select(numbered).where(numbered.c.n > begin).order_by(numbered.c.n)
        with self._connections.reading() as connection:
            rows = connection.execute(page.limit(asked.limit)).all()
        return Placed(
            places=tuple(Place(row.place if row.name else None, _ranked(row)) for row in rows),
            first=rows[0].n - 1 if rows else asked.first,
            total=rows[0].total if rows else 0,
            n_graded=rows[0].n_graded if rows else 0,
        )

    def graded(self, asked: RankQuery, party: str) -> list[tuple[str, Ranked]]:
        """Return all cases of *asked*, whatever page of them, with the unit of a *party* of each.

        Of a case without that party it is its own unit.
        """
        body = sa.func.coalesce(party_of(tables.case_record, party), _record.unit)
        statement = _among(asked, *_TOLD, *_GRADED, body.label("body"))
        with self._connections.reading() as connection:
            return [(row.body, _ranked(row)) for row in connection.execute(statement)]

    def one_of_each(self, query: ListQuery, alike: Alike) -> list[tuple[str, int]]:
        """Return one case of those that are alike to somebody, and how many these are.

        Each that is or was about them, or may have been, is told by itself.
        """
        found = ids_of(query).subquery()
        theirs = sa.or_(
            sa.func.coalesce(_record.person == alike.person, sa.false()),
            _head.facts.contains('["past_subjects",'),
        )
        keys = (
            _record.tier,
            _head.state,
            *(_part_of(alike, party, near) for party, near in alike.parties),
            sa.case((theirs, sa.cast(_record.id, sa.Text)), else_=""),
        )
        first = sa.func.min(sa.cast(_record.id, sa.Text))
        statement = (
            sa.select(first, sa.func.count())
            .select_from(JOINED.join(found, found.c.case_id == _head.case_id))
            .group_by(*keys)
        )
        with self._connections.reading() as connection:
            return [(one, n) for one, n in connection.execute(statement)]

    def first_of_each(self, query: ListQuery, most: int) -> list[str]:
        """Return the ids of at most *most* cases: of each kind, tier and state those due first.

        The first of each comes before the second of any. No due date counts as later than any.
        """
        found, due = ids_of(query).subquery(), (_head.due_at.asc().nulls_last(), _head.case_id)
        alike = (_record.kind, _record.tier, _head.state)
        nth = sa.func.row_number().over(partition_by=alike, order_by=due).label("nth")
        statement = (
            sa.select(_record.id, nth)
            .select_from(JOINED.join(found, found.c.case_id == _head.case_id))
            .order_by(nth, *due)
            .limit(most)
        )
        with self._connections.reading() as connection:
            return [id_ for id_, _ in connection.execute(statement)]


def _part_of(alike: Alike, party: str, near: Sequence[str]) -> sa.ColumnElement[str]:
    """Return what of a party tells cases apart: which of their units it is, or may be found to be.

    A unit at which they never had a post is to them as any other.
    """
    unit = party_of(tables.case_record, party)
    found = (_record.path.contains(f"/{one}/", autoescape=True) for one in near)
    on_path = sa.and_(unit.is_(None), sa.or_(sa.false(), *found))
    return sa.case((unit.in_(alike.units), unit), (on_path, _record.path), else_="")


def _among(asked: RankQuery, *columns: Any) -> sa.Select[Any]:
    found = ids_of(asked.cases).subquery()
    mine = sa.and_(_grade.case_id == _head.case_id, _grade.grading == asked.grading)
    there = JOINED.join(found, found.c.case_id == _head.case_id)
    counting = (
        sa.and_(_record.tier == tier if tier else _record.tier.is_(None), _head.state.in_(states))
        for tier, states in asked.counting
    )
    return (
        sa.select(*columns)
        .select_from(there.outerjoin(tables.case_grade, mine))
        .where(sa.or_(sa.false(), *counting))
    )


def _numbered(asked: RankQuery) -> sa.Select[Any]:
    has_figure, is_graded = _grade.hundredths.is_not(None), _grade.name.is_not(None)
    by_grade = {name: nth for nth, name in enumerate(asked.order)}
    nth = sa.case(by_grade, value=_grade.name, else_=len(by_grade)) if by_grade else sa.literal(0)
    rank = (
        sa.case((has_figure, 0), (is_graded, 1), else_=2),
        sa.case((has_figure, -_grade.hundredths), (is_graded, nth), else_=0),
    )
    everybody = sa.func.count().over()
    return _among(
        asked,
        *_TOLD,
        *_GRADED,
        sa.func.row_number().over(order_by=(*rank, _record.number)).label("n"),
        sa.func.rank().over(order_by=rank).label("place"),
        everybody.label("total"),
        sa.func.count(_grade.name).over().label("n_graded"),
    )


def _ranked(row: Any) -> Ranked:
    graded = None
    if row.name is not None:
        figure = None if row.hundredths is None else Decimal(row.hundredths).scaleb(-2)
        graded = Graded(name=row.name, figure=figure, uncapped=row.uncapped)
    return Ranked(row.id, row.number, row.unit, row.person, row.tier, graded)
