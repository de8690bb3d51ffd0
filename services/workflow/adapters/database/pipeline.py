"""Several rounds in one thread over one connection: one is decided while the database works.

Statements follow one another without waiting for answers (libpq's pipeline mode), each with a sync
of its own: so each is its own transaction, and an error is its own; a time-out or a lost connection
is everybody's who waits. Answers come in the order of the statements. The one server process has
its next statement at hand, as far as that fits the socket. Four connections in its
place were each woken on the processor that was busy deciding, and on two processors the other
one stood idle for a fifth of the time.

Source: https://www.postgresql.org/docs/15/libpq-pipeline-mode.html
"""

import types
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Generic, LiteralString, NamedTuple

import psycopg
from psycopg.pq.abc import PGresult

from services.workflow.adapters.database.lanes import Lane, Lanes, NoLane
from services.workflow.application.rounds import Round, Thing

# Rounds whose first statement is sent ahead: while one is decided the server works on the one
# before, and has read the next one already.
_AHEAD = 3


@contextmanager
def pipeline(lanes: Lanes, statements: Sequence[LiteralString]) -> Iterator["Pipeline"]:
    """Lend a pipeline for *statements*.

    Raises:
        NoLane: no connection came free in time.
    """
    with lanes.room():
        lent = Pipeline(lanes, statements)
        try:
            yield lent
        finally:
            lent.end()


class Pipeline:
    """Runs rounds that wait for nothing but `run`; for one thread at a time."""

    def __init__(self, lanes: Lanes, statements: Sequence[LiteralString]) -> None:
        self._lanes = lanes
        self._statements = statements
        self._lane: Lane | None = None
        self._ended = False

    async def run(self, statement: LiteralString, *parameters: bytes) -> list[Any]:
        """Run *statement*, whose `%s` are *parameters*; return its rows, named.

        Raises:
            NoLane: the server cannot be reached; nothing was sent.
            psycopg.Error: see `Lane.run`.
        """
        if self._ended:
            raise NoLane("the pipeline has ended")
        lane = self._lane
        if lane is None:
            self._lane = lane = self._lanes.take()
        try:
            if not lane.follows:
                lane.begin_following(self._statements)
            lane.follow(statement, *parameters)
            result = await _answer(lane)
        except psycopg.OperationalError:
            self._lose(lane)
            raise
        return lane.rows(statement, result)

    def each(self, rounds: Iterable[tuple[Thing, Round]]) -> Iterator[Thing]:
        """Run *rounds*, each about a thing; yield that when its round has ended.

        Raises:
            What one of them raises, once all that was under way has ended.
        """
        to_come, under_way = iter(rounds), deque[_UnderWay[Thing]]()
        try:
            while True:
                n_ahead = sum(one.first for one in under_way)
                if n_ahead < _AHEAD and (new := next(to_come, None)) is not None:
                    about, going = new
                    lane, first = _go_on(going, None), True
                elif under_way:
                    about, going, asked, _ = under_way.popleft()
                    lane, first = _go_on(going, _told(asked)), False
                else:
                    return
                if lane is None:
                    yield about
                else:
                    under_way.append(_UnderWay(about, going, lane, first))
        finally:
            while under_way:  # one failed, or nobody listens any more: no other is left half done
                about, going, asked, _ = under_way.popleft()
                with suppress(Exception):
                    lane = _go_on(going, _told(asked))
                    if lane is not None:
                        under_way.append(_UnderWay(about, going, lane, first=False))

    def end(self) -> None:
        """Give the connection back, if there is one; no other is taken."""
        self._ended = True
        lane, self._lane = self._lane, None
        if lane is None:
            return
        try:
            lane.end_following()
        except psycopg.OperationalError:
            lane.close()
        else:
            self._lanes.give_back(lane)

    def _lose(self, lane: Lane) -> None:
        lane.close()
        if lane is self._lane:
            self._lane = None


class _UnderWay(NamedTuple, Generic[Thing]):
    """A round that waits for an answer."""

    about: Thing
    going: Round
    lane: Lane  # on which it asked
    first: bool  # what it asked is its first statement


def _told(lane: Lane) -> PGresult | psycopg.OperationalError:
    try:
        return lane.answer()
    except psycopg.OperationalError as error:
        return error
    except BaseException:
        lane.close()  # its answer is still to come: nobody may take that for their own
        raise


def _go_on(going: Round, answer: PGresult | psycopg.OperationalError | None) -> Lane | None:
    """Let a round go on with *answer* until it asks again; return on which lane, None at its end.

    Raises:
        What the round raises.
    """
    try:
        if isinstance(answer, psycopg.OperationalError):
            lane: Lane = going.throw(answer)
        else:
            lane = going.send(answer)
    except StopIteration:
        return None
    return lane


@types.coroutine
def _answer(lane: Lane) -> Generator[Lane, PGresult, PGresult]:
    return (yield lane)
