"""Statements that follow one another on one connection: their order, and how each ends."""

from collections.abc import Iterator
from contextlib import suppress
from typing import LiteralString

import psycopg
import pytest

from services.workflow.adapters.database import Database, lanes
from services.workflow.adapters.database.lanes import Lanes, NoLane
from services.workflow.adapters.database.pipeline import Pipeline, pipeline

SAY = "SELECT %s::text AS said"
DIVIDE = "SELECT 1 / %s::int AS said"
SLEEP = "SELECT pg_sleep(%s::int)::text AS said"
BACKEND = "SELECT pg_backend_pid()::text AS said WHERE %s::text IS NOT NULL"
KEEP = (
    "INSERT INTO idempotency_key (client, key, fingerprint, stream, version)"
    " VALUES ('test', %s, 'x', 'review/x', 1) RETURNING key AS said"
)
KEPT = "SELECT key FROM idempotency_key WHERE client = %s ORDER BY key"


@pytest.fixture
def one(postgres: Database) -> Iterator[Lanes]:
    """Room for one connection."""
    one = Lanes(postgres._connections._open_lane, most=1, wait_s=0.01)
    yield one
    one.close()


class Rounds:
    """Rounds that ask what they are told to ask, and write down what happens."""

    def __init__(self, line: Pipeline) -> None:
        self.told: list[str] = []
        self._line = line

    async def ask(self, name: str, *asked: tuple[LiteralString, bytes]) -> None:
        for statement, parameter in asked:
            self.told.append(f"{name} asks")
            try:
                (row,) = await self._line.run(statement, parameter)
            except psycopg.Error as error:
                self.told.append(f"{name} {type(error).__name__}")
                raise
            self.told.append(f"{name} hears {row.said}")


def number(n: int) -> bytes:
    return n.to_bytes(4)


def test_three_are_sent_ahead_and_who_is_answered_goes_on_before_another_begins(one: Lanes):
    with pipeline(one, [SAY]) as line:
        rounds = Rounds(line)
        going = ((name, rounds.ask(name, (SAY, b"1"), (SAY, b"2"))) for name in "abcd")
        assert list(line.each(going)) == ["a", "b", "c", "d"]
    assert rounds.told == [
        *("a asks", "b asks", "c asks"),
        *("a hears 1", "a asks", "d asks"),
        *("b hears 1", "b asks"),
        *("c hears 1", "c asks"),
        "a hears 2",
        *("d hears 1", "d asks"),
        *("b hears 2", "c hears 2", "d hears 2"),
    ]


def test_a_statement_that_fails_undoes_no_other(one: Lanes):
    with pipeline(one, [KEEP]) as line:
        rounds, failed = Rounds(line), list[str]()

        async def keep(name: str, key: bytes) -> None:
            try:
                await rounds.ask(name, (KEEP, key))
            except psycopg.errors.UniqueViolation:
                failed.append(name)

        keys = {"a": b"x", "b": b"x", "c": b"y"}
        assert list(line.each((name, keep(name, key)) for name, key in keys.items())) == [*"abc"]
    assert failed == ["b"]
    assert [row.key for row in one.run(KEPT, b"test")] == ["x", "y"]


def test_an_error_that_comes_after_the_rows_is_an_error(one: Lanes):
    lane = one.take()
    lane._connection.execute("CREATE TEMP TABLE once (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
    one.give_back(lane)
    insert: LiteralString = "INSERT INTO once VALUES (%s::int) RETURNING n AS said"
    with pipeline(one, [insert]) as line:
        rounds = Rounds(line)
        with pytest.raises(psycopg.errors.UniqueViolation):
            list(line.each((n, rounds.ask(n, (insert, number(7)))) for n in "ab"))
    assert rounds.told[2:] == ["a hears 7", "b UniqueViolation"]


def test_who_waits_on_a_lost_connection_is_told_and_the_next_go_over_another(one: Lanes):
    end_self: LiteralString = (
        "SELECT pg_terminate_backend(pg_backend_pid())::text AS said WHERE %s::text IS NOT NULL"
    )
    with pipeline(one, [SAY, end_self]) as line:
        rounds = Rounds(line)

        async def ask(name: str) -> None:
            with suppress(psycopg.OperationalError):
                await rounds.ask(name, (end_self if name == "a" else SAY, b"1"))

        assert list(line.each((name, ask(name)) for name in "abcd")) == [*"abcd"]
    assert rounds.told[3:] == [
        *("a OperationalError", "d asks"),
        *("b OperationalError", "c OperationalError", "d hears 1"),
    ]
    assert one.run(SAY, b"again")[0].said == "again"


def test_nobody_takes_an_answer_that_is_not_theirs(one: Lanes, monkeypatch: pytest.MonkeyPatch):
    def no_memory(_lane: lanes.Lane) -> None:
        monkeypatch.undo()
        raise MemoryError

    with pipeline(one, [SAY]) as line:
        rounds = Rounds(line)
        monkeypatch.setattr(lanes.Lane, "answer", no_memory)
        with pytest.raises(MemoryError):
            list(line.each((name, rounds.ask(name, (SAY, name.encode()))) for name in "abc"))
    assert rounds.told[3:] == ["b OperationalError", "c OperationalError"]


def test_a_pipeline_that_has_ended_takes_no_connection(one: Lanes):
    with pipeline(one, [SAY]) as line:
        rounds = Rounds(line)
    with pytest.raises(NoLane):
        list(line.each([("a", rounds.ask("a", (SAY, b"1")))]))


def test_a_connection_with_an_answer_to_come_is_not_given_back(one: Lanes):
    with pipeline(one, [SAY]) as line:
        done = line.each((n, Rounds(line).ask(n, (SAY, b"1"))) for n in "ab")
        assert next(done) == "a"
        line.end()
    assert one.run(SAY, b"again")[0].said == "again"


def test_when_one_round_fails_the_others_end_and_none_begins(one: Lanes):
    with pipeline(one, [SAY, DIVIDE]) as line:
        rounds = Rounds(line)
        asked = {"a": (DIVIDE, number(0)), "b": (SAY, b"1"), "c": (SAY, b"1"), "d": (SAY, b"1")}
        with pytest.raises(psycopg.errors.DivisionByZero):
            list(line.each((name, rounds.ask(name, what)) for name, what in asked.items()))
    assert rounds.told[3:] == ["a DivisionByZero", "b hears 1", "c hears 1"]


def test_when_nobody_listens_any_more_what_is_under_way_ends(one: Lanes):
    with pipeline(one, [SAY]) as line:
        rounds = Rounds(line)
        twice = ((SAY, b"1"), (SAY, b"2"))
        going = ((name, rounds.ask(name, *twice[: 1 + (name != "a")])) for name in "abcd")
        done = line.each(going)
        assert next(done) == "a"
        done.close()  # type: ignore[attr-defined]
    assert rounds.told[3:] == [
        "a hears 1",
        *("b hears 1", "b asks", "c hears 1", "c asks"),
        *("b hears 2", "c hears 2"),
    ]


def test_who_waits_too_long_is_told_and_so_are_those_behind(
    one: Lanes, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(lanes, "ANSWER_S", 0.05)
    with pipeline(one, [SAY, SLEEP]) as line:
        rounds = Rounds(line)
        asked = {"a": (SLEEP, number(5)), "b": (SAY, b"1")}
        with pytest.raises(psycopg.OperationalError, match="in time"):
            list(line.each((name, rounds.ask(name, what)) for name, what in asked.items()))
    assert rounds.told[2:] == ["a NoAnswer", "b OperationalError"]
    assert one.run(SAY, b"again")[0].said == "again"  # not over the connection that is late


def test_what_the_network_does_not_take_at_once_is_sent_all_the_same(one: Lanes):
    long, found = b"a" * 30_000_000, list[int]()
    pid = one.run(BACKEND, b"")[0].said
    with pipeline(one, [SAY]) as line:

        async def ask() -> None:
            (row,) = await line.run(SAY, long)
            found.append(len(row.said))

        assert list(line.each((name, ask()) for name in "ab")) == ["a", "b"]
    assert found == [len(long), len(long)]
    assert one.run(BACKEND, b"")[0].said == pid  # nothing is left on it that looks like news


def test_a_pipeline_keeps_one_connection_and_gives_it_back(one: Lanes):
    pid = one.run(BACKEND, b"")[0].said
    with pipeline(one, [BACKEND]) as line:
        rounds = Rounds(line)
        with pytest.raises(NoLane):
            one.run(SAY, b"1")
        list(line.each([("a", rounds.ask("a", (BACKEND, b"")))]))
        assert rounds.told[-1] == f"a hears {pid}"
    assert one.run(BACKEND, b"")[0].said == pid
