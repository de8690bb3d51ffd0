"""Who stands on a roster, and the code by which they say that they are in the room.

A roster is long, so it lies beside the log and a case keeps its commitment. Like a scheme it never
changes under its hash: whoever decides has it in memory.
"""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import Any

CODE_FOR = timedelta(minutes=5)  # how long one code is shown
DIGITS = 6
MOST_WRONG = 5  # codes that somebody may get wrong at a case ...
SPENT_FOR = 2 * CODE_FOR  # ... then none, until both that could be guessed at are shown no more
WRONG_CODE = "code_not_shown"
IN, OUT, EXCUSED = "in", "out", "excused"
WAYS = (IN, OUT, EXCUSED)


@dataclass(frozen=True, slots=True)
class Struck:
    """Why a row was struck off, and by which event of its case."""

    reason: str
    version: int


@dataclass(frozen=True, slots=True)
class Attendant:
    """One row of a roster: a person of the organisation, or a guest by name.

    Who is struck off keeps the row, and is not expected any more.
    """

    row: int
    capacity: str
    person: str | None = None
    guest: str = ""
    struck: Struck | None = None


@dataclass(frozen=True, slots=True)
class Brought:
    """What an act does to a roster: who is put on it, and who it brings that stood there before."""

    new: tuple[Attendant, ...]
    there: tuple[Attendant, ...]


@dataclass(frozen=True)
class Listing:
    """The rows of one roster, and what only those know who hold its text beside the log.

    *rows* are all there ever were; whoever counts or looks for people takes those that *stand*.
    """

    rows: tuple[Attendant, ...] = ()
    secret: bytes = field(default=b"", repr=False)

    @cached_property
    def standing(self) -> tuple[Attendant, ...]:
        return tuple(one for one in self.rows if one.struck is None)

    @cached_property
    def by_row(self) -> Mapping[int, Attendant]:
        return {one.row: one for one in self.rows}

    @cached_property
    def by_person(self) -> Mapping[str, Attendant]:
        return {one.person: one for one in self.standing if one.person is not None}

    def code(self, stream: str, at: datetime) -> str:
        """Return the code that is shown at *at* where the case *stream* meets."""
        window = int(at.timestamp() // CODE_FOR.total_seconds())
        told = hmac.digest(self.secret, f"{stream} {window}".encode(), sha256)
        return f"{int.from_bytes(told[:8]) % 10**DIGITS:0{DIGITS}}"

    def accepts(self, code: str, stream: str, at: datetime) -> bool:
        """Tell whether *code* is shown at *at*, or was just before: typing takes a while."""
        typed = code.encode()  # of text, `hmac` compares ASCII alone
        shown = (self.code(stream, at), self.code(stream, at - CODE_FOR))
        return bool(self.secret) and any(hmac.compare_digest(typed, one.encode()) for one in shown)


def code_until(at: datetime) -> datetime:
    """Return when the code that is shown at *at* makes room for the next one."""
    window = at.timestamp() // CODE_FOR.total_seconds() + 1
    return datetime.fromtimestamp(window * CODE_FOR.total_seconds(), UTC)


def read_listing(content: bytes, secret: bytes) -> Listing:
    """Return the roster of a text beside the log; one of bare ids has no capacities."""
    told: list[Any] = json.loads(content)
    rows = (
        Attendant(row=n, capacity="", person=one) if isinstance(one, str) else _attendant(one)
        for n, one in enumerate(told, 1)
    )
    return Listing(tuple(rows), secret)


def _attendant(told: Mapping[str, Any]) -> Attendant:
    struck = told.get("struck")
    return Attendant(
        told["row"],
        told["capacity"],
        told.get("person"),
        told.get("guest", ""),
        Struck(struck["reason"], struck["version"]) if struck else None,
    )


# --- Who is in: one bit for each row, so that a head does not grow with comings and goings ---


def moved(there: int, row: int, way: str) -> int:
    """Return who is there after somebody has come or gone."""
    return there | 1 << row if way == IN else there & ~(1 << row)


def is_in(there: int, row: int) -> bool:
    """Tell whether the one of *row* is there."""
    return bool(there >> row & 1)
