"""What a document has to answer, as pages show it: a case, or what one row of it says."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import orjson

from services.workflow.application.boards.look import Look, Sources
from services.workflow.application.rulebook import Rules
from services.workflow.application.seeing import SeenCase, seen
from services.workflow.domain.case.answering import Key, ToAnswer, to_answer
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.sights import Unread
from services.workflow.domain.case.world import Heads
from services.workflow.domain.language.model.lives import Life

TEXTS = "case.texts.read"


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """One thing that has to be answered; of a row what stands in it, as far as it may be read."""

    key: Key
    number: str  # what people call it
    document: str = ""  # that the row stands in
    values: Mapping[str, Any] | None = None  # by column; None: not theirs to read
    texts: Mapping[str, str] | None = None  # by column; None: erased, or not theirs to read
    sha256: bytes | None = None  # of the texts


Points = Mapping[str, Sequence[Point]]  # by document that answers


def points_of(case: Case, heads: Heads, look: Look, rules: Rules, sources: Sources) -> Points:
    """Return what each document of *case* has to answer; one statement where rows have texts.

    Of one that hangs on what was not read nothing is shown, and its refusal tells of it.
    """
    world = rules.running.world(heads, look.organisation, look.now, str)
    found: dict[str, list[ToAnswer]] = {}
    for name in _taken(world.life(case)):
        with suppress(Unread):
            document = rules.scheme.documents[name]
            found[name] = to_answer(document, case, world, look.actor.person)
    cases = {one.case.stream: one.case for each in found.values() for one in each}
    there = {stream: seen(look.actor, one, world) for stream, one in cases.items()}
    readable = {
        stream: one
        for stream, one in there.items()
        if isinstance(one, SeenCase) and sources.watch.opens(look.actor, TEXTS, one)
    }
    points = {
        name: [_point(one, readable.get(one.case.stream)) for one in each]
        for name, each in found.items()
    }
    return _with_texts(points, sources)


def _taken(life: Life) -> Iterator[str]:
    """Yield the documents that some trigger takes."""
    takes = (take for trigger in life.triggers.values() for take in trigger.takes)
    yield from dict.fromkeys(take.name for take in takes if take.what == "document")


def _point(one: ToAnswer, there: SeenCase | None) -> Point:
    point = Point(key=one.key, number=one.number, document=one.document)
    if there is None or one.row is None:
        return point
    extent, filed = there.extent, one.case.documents[one.document]
    if one.document in extent.documents or extent.shown is not None:
        return point
    text = filed.texts.get(one.row)
    sha256 = bytes.fromhex(text["sha256"]) if text else None
    texts: Mapping[str, str] | None = None if text else {}
    return replace(point, values=filed.rows[one.row], texts=texts, sha256=sha256)


def _with_texts(points: Points, sources: Sources) -> Points:
    hashes = list(_hashes(points))
    known = sources.reads.texts(hashes) if hashes else {}
    read = {sha256: orjson.loads(text.content) for sha256, text in known.items()}
    return {
        name: [
            replace(one, texts=read.get(one.sha256)) if one.sha256 is not None else one
            for one in each
        ]
        for name, each in points.items()
    }


def _hashes(points: Points) -> Iterator[bytes]:
    found = (one.sha256 for each in points.values() for one in each)
    yield from dict.fromkeys(one for one in found if one is not None)
