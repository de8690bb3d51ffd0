"""A draw that anybody can recompute and nobody could choose.

What is drawn follows from three texts alone: the statement, which says who may be drawn and how
many, and was in the log before the draw; the root of the log at just the size that the statement
names; and a number that a public source drew afterwards. Five lines of shell do the same (`SHELL`).

No remainder is taken and nothing is thrown away: each unit has a ticket of its own, so a unit that
is taken out leaves the order of the others as it was.
"""

import re
from base64 import b64encode
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple

VERSION = "shuping-draw-v1"
NO_TIER = "-"  # where cases of every tier are drawn among
ENOUGH = 2  # people, to sign a checkpoint and to enter a number
N_SEALED = 2  # entries under the checkpoint of the statement's size: the freeze, and its seal
_SEED = "shuping-draw-seed-v1\n"
_TICKET = "shuping-draw-ticket-v1\n"
_RATIO = re.compile(r"([1-9][0-9]{0,5})/([1-9][0-9]{0,5})")
SHELL = r"""H() { sha256sum | cut -c1-64; }
S=$(printf 'shuping-draw-seed-v1\n%s\n%s\n%s\n' "$(H < statement.txt)" "$ROOT" "$NUMBER" | H)
sed '1,/^$/d' statement.txt | while read -r U; do
  echo "$(printf 'shuping-draw-ticket-v1\n%s\n%s\n' "$S" "$U" | H) $U"
done | LC_ALL=C sort
"""


class NotAStatement(ValueError):
    """Terms that no draw was stated by."""


class Exemption(NamedTuple):
    """A unit that was taken out before the freeze, and the code of the reason."""

    unit: str
    reason: str


class Ticket(NamedTuple):
    """What a unit drew; the lowest are drawn."""

    ticket: str
    unit: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """Everything that is fixed before the number is known."""

    draw: str
    cycle: str
    tier: str
    ratio: tuple[int, int]  # never a float: the ceiling of 30 * 0.3334 is 11
    source: str  # of the public number
    issue: str
    drawn_at: str
    format: str  # of the public number
    log: str  # the log's origin
    size: int  # of the log whose root counts
    units: tuple[str, ...]  # eligible, in the order of their bytes
    exempt: tuple[Exemption, ...] = ()

    @property
    def take(self) -> int:
        """How many are drawn."""
        return take_of(len(self.units), self.ratio)

    @property
    def text(self) -> str:
        """The text that is hashed."""
        return "\n".join((*self._header(), "", *self.units, ""))

    @property
    def sha256(self) -> str:
        """The hash of the text, hex."""
        return sha256(self.text.encode()).hexdigest()

    def _header(self) -> Iterable[str]:
        yield VERSION
        yield f"draw: {self.draw}"
        yield f"cycle: {self.cycle}"
        yield f"tier: {self.tier}"
        yield f"ratio: {self.ratio[0]}/{self.ratio[1]}"
        yield f"eligible: {len(self.units)}"
        yield f"take: {self.take}"
        yield f"source: {self.source}"
        yield f"issue: {self.issue}"
        yield f"drawn-at: {self.drawn_at}"
        yield f"format: {self.format}"
        yield f"log: {self.log}"
        yield f"size: {self.size}"
        yield from (f"exempt: {one.unit} {one.reason}" for one in self.exempt)


def statement_of(terms: Mapping[str, Any], units: Iterable[str], size: int) -> Statement:
    """Return the statement of *terms*, as `draw_frozen` tells them, over *units*."""
    return Statement(
        ratio=_ratio_of(terms["ratio"]),
        size=size,
        units=tuple(units),
        exempt=tuple(Exemption(one["unit"], one["reason"]) for one in terms.get("exempt", ())),
        drawn_at=terms["drawn_at"],
        **{name: terms[name] for name in _AS_THEY_ARE},
    )


def take_of(n: int, ratio: tuple[int, int]) -> int:
    """Return how many of *n* are drawn: the ceiling of their share, in integers."""
    part, whole = ratio
    return -(-n * part // whole)


def in_order(units: Iterable[str]) -> tuple[str, ...]:
    """Return *units* as a statement lists them: by the bytes of their names."""
    return tuple(sorted(units, key=str.encode))


def seed_of(statement: str, root: bytes, number: str) -> str:
    """Return what all tickets are made from, hex; of *number* nothing is trimmed.

    *statement* is the hash of its text.
    """
    return _hex(f"{_SEED}{statement}\n{b64encode(root).decode()}\n{number}\n")


def ticket_of(seed: str, unit: str) -> str:
    """Return the ticket of *unit*, hex."""
    return _hex(f"{_TICKET}{seed}\n{unit}\n")


def tickets_of(seed: str, units: Iterable[str]) -> tuple[Ticket, ...]:
    """Return all tickets, those that are drawn first, then the reserves in their order."""
    return tuple(sorted(Ticket(ticket_of(seed, unit), unit) for unit in units))


def drawn_of(units: Sequence[str], take: int, exempt: Collection[str] = ()) -> tuple[str, ...]:
    """Return who is drawn of *units*, which are in the order of their tickets.

    For each one that was exempted since, the next of the reserves is promoted.
    """
    return tuple(unit for unit in units if unit not in exempt)[:take]


_AS_THEY_ARE = ("draw", "cycle", "tier", "source", "issue", "format", "log")


def _ratio_of(said: str) -> tuple[int, int]:
    ratio = _RATIO.fullmatch(said)
    if ratio is None or int(ratio[1]) > int(ratio[2]):
        raise NotAStatement("ratio is no share of a whole")
    return int(ratio[1]), int(ratio[2])


def _hex(text: str) -> str:
    return sha256(text.encode()).hexdigest()
