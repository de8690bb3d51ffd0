"""A full dump of the database, at the worst moment, before the mix, and after it.

Whoever has one learns which slips were used and which answers there are. No value of a ticket or
of an answer stands in any other table, but the box's; what is said in the urn is said nowhere else.
"""

import re
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from deploy.servers.postgres import binaries
from services.workflow.adapters.database import Database
from services.workflow.domain.ballots.slips import Slip, spelled
from tests.contract.workflow.rooms import ABOUT, Room, file_of

Dump = Mapping[str, Sequence[Sequence[str]]]  # the rows of every table
_COPIED = re.compile(
    r"^COPY public\.(\w+) \(.*?\) FROM stdin;\n(.*?)^\\\.$", re.MULTILINE | re.DOTALL
)
SCORE = "planted-score"


@pytest.fixture
def room(database: Database) -> Room:
    return Room(database)


@pytest.fixture
def slips(room: Room) -> list[Slip]:
    """The slips of a room in which nine of twelve voted, and one gave what nobody else did."""
    made = room.issued(12)
    room.opened()
    for nth, slip in enumerate(made[:9]):
        assert room.cast(slip, SCORE if nth == 4 else "good", nonce=bytes([nth + 1]) * 32)
    return made


def dumped(database: Database, request: pytest.FixtureRequest) -> Dump:
    """Return every row of every table, bytes in hexadecimal digits."""
    if database.is_postgres:
        return dict(_dumped_by_server(request.getfixturevalue("workflow_urls").owner))
    return dict(_dumped_from_file(file_of(database)))


def _dumped_by_server(url: str) -> Iterator[tuple[str, list[list[str]]]]:
    programs = binaries()
    assert programs is not None
    command = [str(programs / "pg_dump"), "--data-only", url]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    for table, body in _COPIED.findall(told):
        rows = [line.split("\t") for line in body.splitlines()]
        yield table, [[value.removeprefix("\\\\x") for value in row] for row in rows]


def _dumped_from_file(path: Path) -> Iterator[tuple[str, list[list[str]]]]:
    with closing(sqlite3.connect(path)) as file:
        named = file.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in named:
            rows = file.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - our own names
            yield table, [[_told(value) for value in row] for row in rows]


def _told(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def values(dump: Dump, *tables: str) -> set[str]:
    return {value for table in tables for row in dump[table] for value in row}


def said(dump: Dump, what: str) -> list[str]:
    """Return the tables in which *what* stands, as text or as its bytes."""
    sought = (what, what.encode().hex())
    return sorted(
        table
        for table, rows in dump.items()
        if any(one in value for row in rows for value in row for one in sought)
    )


def test_no_value_of_a_ticket_or_an_answer_stands_anywhere_else(
    room: Room, slips: list[Slip], request: pytest.FixtureRequest
):
    dump = dumped(room.database, request)
    assert (len(dump["ticket"]), len(dump["urn"])) == (12, 9 * len(ABOUT))
    boxes = {one.id for one in room.poll.electorates}
    assert values(dump, "ticket") & values(dump, "urn") == boxes & values(dump, "ticket")
    others = values(dump, *(dump.keys() - {"ticket", "urn"}))
    of_slips = {row[at] for row in dump["ticket"] for at in (0, 4)} - {"\\N", "None"}
    of_answers = {row[0] for row in dump["urn"]}
    assert len(of_slips) == 12 + 9  # the hash of each, and of each phone that voted its word's
    assert not (of_slips | of_answers) & others
    assert of_slips.isdisjoint(of_answers)


def test_a_secret_is_in_no_dump_and_a_score_in_the_urn_alone(
    room: Room, slips: list[Slip], request: pytest.FixtureRequest
):
    before = dumped(room.database, request)
    room.kept.urn.close(room.poll.id)
    room.kept.urn.scrub()
    after = dumped(room.database, request)
    assert (said(before, SCORE), said(after, SCORE)) == (["urn"], ["counted"])
    for slip in slips:
        for secret in (slip.secret, spelled(slip.secret), slip.check, spelled(slip.check)):
            assert said(before, secret) == said(after, secret) == []
    assert after["urn"] == []


def test_the_file_and_its_wal_hold_no_secret_and_after_the_mix_no_score(
    room: Room, slips: list[Slip]
):
    if room.database.is_postgres:
        pytest.skip("its files are the operator's, and said to be")

    def held(what: str) -> bool:
        paths = (Path(f"{file_of(room.database)}{suffix}") for suffix in ("", "-wal"))
        return any(what.encode() in path.read_bytes() for path in paths if path.exists())

    assert held(SCORE)
    assert not any(held(slip.secret) or held(slip.check) for slip in slips)
    room.kept.urn.close(room.poll.id)
    room.kept.counts.settle(room.poll.id, {})
    room.kept.urn.scrub()
    assert not held(SCORE)
