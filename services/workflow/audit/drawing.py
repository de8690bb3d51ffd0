"""Draws decided again from their events: nothing of the scheme is asked, and nobody is believed.

The order of two inputs is everything, so it is what is checked first: the seal at the very next
position, the root of just that size, two signatures before the draw, and only then a number.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from schemas.draw import ENOUGH, drawn_of, in_order, seed_of, statement_of, tickets_of
from schemas.draw_number import NotAFormat, fits, read_format

# What was entered, by its commitment, as far as it is there; it was held against that.
Texts = Callable[[Iterable[str]], Mapping[str, str]]

FACTS = frozenset(
    {
        "workflow.draw_frozen.v1",
        "workflow.draw_sealed.v1",
        "workflow.draw_attested.v1",
        "workflow.draw_number_entered.v1",
        "workflow.draw_completed.v1",
        "workflow.draw_exempted.v1",
    }
)
MARK = b'"type":"workflow.draw_'  # in the canonical bytes of every event of a draw


@dataclass(slots=True)
class _Draw:
    """What is known of one draw so far."""

    terms: Mapping[str, Any]
    position: int
    size: int = 0
    statement: str = ""
    root: str = ""  # hex, of the log at that size
    attested: dict[str, str] = field(default_factory=dict)  # who, when
    checkpoints: set[str] = field(default_factory=set)  # hashes of the notes that were signed
    entered: dict[str, str] = field(default_factory=dict)  # who, and the commitment
    erased: tuple[str, ...] = ()  # who entered what nobody can compare any more
    number: str = ""
    order: tuple[str, ...] = ()
    out: list[str] = field(default_factory=list)

    @property
    def drawn_at(self) -> datetime:
        return datetime.fromisoformat(self.terms["drawn_at"])

    @property
    def drawn(self) -> tuple[str, ...]:
        return drawn_of(self.order, self.terms["take"], self.out)


class DrawChecker:
    """Looks at the events of draws in the order of their positions."""

    def __init__(self, texts: Texts = lambda _: {}) -> None:
        self._texts = texts
        self.draws: dict[str, _Draw] = {}  # by stream, as it was frozen last

    def check(self, position: int, event: Mapping[str, Any], root: bytes) -> Iterator[str]:
        """Yield what is wrong with an *event* at *position*; *root* is that of the log up to it."""
        step = event["type"].split(".")[1]
        stream, told = event["subject"], event["data"]["draw"]
        if step == "draw_frozen":
            yield from self._told_otherwise(stream, told["terms"])
            self.draws[stream] = _Draw(told["terms"], position)
            return
        draw = self.draws.get(stream)
        if draw is None:
            yield "nothing was frozen before"
            return
        yield from _STEPS[step](draw, told, _Entry(position, event, root, self._texts))

    def _told_otherwise(self, stream: str, terms: Mapping[str, Any]) -> Iterator[str]:
        """Hold when the number is drawn against what was said before of that issue.

        By the draw itself, where it was frozen already, and by those that it follows. Draws of
        other places are told by other people, who may mistype a time.
        """
        issue, at = (terms["source"], terms["issue"]), datetime.fromisoformat(terms["drawn_at"])
        for before in self._before(stream, terms):
            if (before.terms["source"], before.terms["issue"]) == issue and before.drawn_at != at:
                said = before.drawn_at.isoformat()
                yield f"its number was said before to be drawn at {said}: may be known"
                return

    def _before(self, stream: str, terms: Mapping[str, Any]) -> Iterator[_Draw]:
        """Yield the draw as it was frozen before, then those that *terms* follow, each once."""
        seen = set[str]()
        for begin in (stream, terms.get("follows", "")):
            name = begin
            while name in self.draws and name not in seen:  # a file may say that they go round
                seen.add(name)
                yield self.draws[name]
                name = self.draws[name].terms.get("follows", "")

    def statement(self, stream: str) -> str:
        """Return the statement of a draw that is known in full; "" before its tickets are."""
        draw = self.draws.get(stream)
        return "" if draw is None or not draw.order else _stated(draw).text


@dataclass(frozen=True, slots=True)
class _Entry:
    position: int
    event: Mapping[str, Any]
    root: bytes
    texts: Texts

    @property
    def actor(self) -> str:
        return str(self.event.get("actor", ""))

    @property
    def time(self) -> datetime:
        return datetime.fromisoformat(self.event["time"])


def _sealed(draw: _Draw, told: Mapping[str, Any], entry: _Entry) -> Iterator[str]:
    sealed = told["sealed"]
    draw.size, draw.statement, draw.root = sealed["size"], sealed["statement"], entry.root.hex()
    if not draw.position + 1 == entry.position == draw.size:
        yield f"it seals size {draw.size} at {entry.position}; it was frozen at {draw.position}"


def _attested(draw: _Draw, told: Mapping[str, Any], entry: _Entry) -> Iterator[str]:
    signed = told["attested"]
    if (signed["size"], signed["root"]) != (draw.size, draw.root):
        yield f"the checkpoint that was signed is not that of size {draw.size}"
    if entry.time >= draw.drawn_at:
        yield "the checkpoint was signed when the number could be known"
    else:
        draw.attested.setdefault(entry.actor, entry.event["time"])
        draw.checkpoints.add(signed["checkpoint"])


def _entered(draw: _Draw, told: Mapping[str, Any], entry: _Entry) -> Iterator[str]:
    if len(draw.attested) < ENOUGH:
        yield f"a number was entered, and {len(draw.attested)} had signed the checkpoint in time"
    if entry.time < draw.drawn_at:
        yield "a number was entered before it was drawn"
    draw.entered[entry.actor] = told["entered"]["sha256"]


def _completed(draw: _Draw, told: Mapping[str, Any], entry: _Entry) -> Iterator[str]:
    yield from _entered(draw, told, entry)
    drawn = told["drawn"]
    draw.number, draw.order = drawn["number"], tuple(one["unit"] for one in drawn["tickets"])
    if len(draw.entered) < ENOUGH:
        yield "one person alone entered the number"
    if (drawn["statement"], drawn["root"]) != (draw.statement, draw.root):
        yield "it was drawn from another statement or root than was sealed"
    yield from _as_entered(draw, entry.texts)
    yield from _as_stated(draw)
    seed = seed_of(draw.statement, bytes.fromhex(draw.root), draw.number)
    tickets = [{"unit": one.unit, "ticket": one.ticket} for one in tickets_of(seed, draw.order)]
    if (drawn["seed"], drawn["tickets"]) != (seed, tickets):
        yield "the tickets do not follow from statement, root and number"


def _as_entered(draw: _Draw, texts: Texts) -> Iterator[str]:
    """Hold the number against what each entered last; what was erased may have been the same."""
    found = texts(draw.entered.values())
    draw.erased = tuple(who for who, told in draw.entered.items() if told not in found)
    same = [who for who, told in draw.entered.items() if found.get(told) == draw.number]
    if len(draw.entered) >= ENOUGH > len(same) + len(draw.erased):
        yield "two people entered different numbers, and neither alone may choose"


def _as_stated(draw: _Draw) -> Iterator[str]:
    stated = _stated(draw)
    if stated.sha256 != draw.statement:
        yield "the tickets are not those of the units that were stated"
    if (stated.take, len(stated.units)) != (draw.terms["take"], draw.terms["eligible"]):
        yield "it says another number of units than its share gives"
    try:
        if not fits(read_format(draw.terms["format"]), draw.number):
            yield "the number is not written as was stated"
    except NotAFormat as error:
        yield str(error)


def _exempted(draw: _Draw, told: Mapping[str, Any], _entry: _Entry) -> Iterator[str]:
    exemption, before = told["exemption"], draw.drawn
    draw.out.append(exemption["unit"])
    promoted = [unit for unit in draw.drawn if unit not in before]
    if promoted != [exemption[name] for name in ("promoted",) if name in exemption]:
        yield "another unit was promoted than the next of the reserves"


def _stated(draw: _Draw) -> Any:
    return statement_of(draw.terms, in_order(draw.order), draw.size)


_STEPS = {
    "draw_sealed": _sealed,
    "draw_attested": _attested,
    "draw_number_entered": _entered,
    "draw_completed": _completed,
    "draw_exempted": _exempted,
}
