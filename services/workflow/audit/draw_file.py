"""A draw in one file, which anybody checks without the service: events, proofs, statement, number.

Each event comes with a proof that leads to a checkpoint; those of the freeze and its seal lead to
the one over just the size that the statement names, whose printed note two people signed. Whose key
signed a checkpoint is told only by a key that was given by hand: a file may name whom it likes.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from schemas.canonical import NotCanonical, canonical_bytes
from schemas.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint, parse_proof
from schemas.commitments import commit
from schemas.draw import N_SEALED
from schemas.draw_file import FORMAT, MEMBERS, Entered, digest
from schemas.merkle import BadProof, leaf_hash, verify_inclusion
from schemas.note import BadNote, VerifierKey, Verify, note_text
from services.workflow.audit.drawing import FACTS, DrawChecker

_UNREADABLE = (
    BadProof, BadNote, NotCanonical,
    AttributeError, KeyError, RecursionError, TypeError, ValueError,
)  # fmt: skip


class NotADraw(ValueError):
    """The file is no draw at all, or was changed on its way."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a draw comes to, whatever was found."""

    draw: str
    drawn: tuple[str, ...]
    reserves: tuple[str, ...]
    checkpoint: str  # hash of the note that was printed and signed
    signed_by: tuple[str, ...]
    erased: tuple[str, ...]  # who entered a number that the file does not hold
    position: int = 0  # in the log, of the last event that the file holds
    version: int = 0  # of that event in its case
    signed: int = 0  # size of the log by the latest checkpoint in it
    # Versions of the case in between that are not in it: other acts, or exemptions left out.
    lacking: tuple[int, ...] = ()


def verify_draw(text: str, key: tuple[VerifierKey, Verify] | None) -> tuple[list[str], Told]:
    """Return all that is wrong with the file in *text*, and what it comes to.

    Raises:
        NotADraw: nothing can be said of it.
    """
    told = _read(text)
    found, notes, committed = list[str](), list[str](), set[str]()
    streams, roots, last = set[str](), dict[int, bytes](), 0
    versions = list[int]()
    try:
        entered = dict(map(_entered, told["entered"]))
        checker = DrawChecker(lambda _: entered)
        for place, one in enumerate(told["entries"]):
            body, (position, checkpoint, note) = one["event"].encode(), _proven(one, key)
            if position <= last:
                raise NotADraw(f"entry {place}: not in the order of the log")
            event, last = json.loads(body), position
            if canonical_bytes(event) != body or event["type"] not in FACTS:
                raise NotADraw(f"entry {place}: no event of a draw")
            streams.add(event["subject"])
            versions.append(event["streamversion"])
            notes.append(note)
            committed.add(event["data"]["draw"].get("entered", {}).get("sha256", ""))
            if roots.setdefault(checkpoint.size, checkpoint.root) != checkpoint.root:
                found.append(f"entry {place}: two roots of one size")
            wrong = checker.check(position, event, checkpoint.root)
            found += (f"entry {place}: {detail}" for detail in wrong)
            if place < N_SEALED and checkpoint.origin != _origin(checker, event["subject"]):
                found.append(f"entry {place}: the checkpoint is of another log")
    except _UNREADABLE as error:
        raise NotADraw(f"{type(error).__name__}: {error}") from error
    found += (f"nobody entered {text}" for one, text in entered.items() if one not in committed)
    found += _beside(told, checker, streams, notes)
    first, latest = min(versions, default=0), max(versions, default=0)
    return found, replace(
        _told(checker, streams),
        position=last,
        version=latest,
        signed=max(roots, default=0),
        lacking=tuple(sorted({*range(first, latest)} - {*versions})),
    )


def _origin(checker: DrawChecker, stream: str) -> str:
    return str(checker.draws[stream].terms["log"])


def _read(text: str) -> Mapping[str, Any]:
    try:
        told = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise NotADraw(f"no JSON: {error}") from error
    if not isinstance(told, dict) or told.keys() != MEMBERS or told["format"] != FORMAT:
        raise NotADraw(f"no file of the format {FORMAT}")
    try:
        if told["sha256"] != digest(told):
            raise NotADraw("it was changed on its way: its own hash is another")
    except NotCanonical as error:
        raise NotADraw(str(error)) from error
    return told


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a member stands there twice")
    return made


def _entered(told: Mapping[str, Any]) -> tuple[str, str]:
    """Return the commitment of a number that was entered, and the number."""
    one = Entered(**told)
    salt = bytes.fromhex(one.salt)
    if salt.hex() != one.salt or commit(one.text, salt)["sha256"] != one.sha256:
        raise NotADraw("a number that was entered is not the one that was committed to")
    return one.sha256, one.text


def _proven(
    entry: Mapping[str, Any], key: tuple[VerifierKey, Verify] | None
) -> tuple[int, Checkpoint, str]:
    """Return the position of an event, and the checkpoint that its proof leads to."""
    if entry.keys() != {"event", "proof"}:
        raise NotADraw("an entry is an event and its proof")
    proof = parse_proof(entry["proof"])
    text = note_text(proof.note)
    checkpoint = parse_checkpoint(text) if key is None else open_checkpoint(proof.note, *key)
    leaf = leaf_hash(entry["event"].encode())
    verify_inclusion(leaf, proof.index, checkpoint.size, proof.hashes, checkpoint.root)
    return proof.index + 1, checkpoint, proof.note


def _beside(
    told: Mapping[str, Any], checker: DrawChecker, streams: set[str], notes: Sequence[str]
) -> Iterator[str]:
    if len(streams) != 1:
        yield "it holds the events of several draws, or of none"
        return
    (stream,) = streams
    draw = checker.draws.get(stream)
    if draw is None or not draw.order:
        yield "it holds no result"
        return
    if told["statement"] != checker.statement(stream):
        yield "the statement is not the one that was sealed"
    if told["number"] != draw.number:
        yield "the number is not the one that was entered"
    printed = {sha256(note.encode()).hexdigest() for note in notes[:N_SEALED]}
    if draw.checkpoints != printed:
        yield "the checkpoint of the statement's size is not the one that was printed and signed"


def _told(checker: DrawChecker, streams: set[str]) -> Told:
    draw = checker.draws.get(next(iter(streams), ""))
    if draw is None:
        return Told("", (), (), "", (), ())
    left = [unit for unit in draw.order if unit not in draw.out]
    return Told(
        draw=str(draw.terms["draw"]),
        drawn=draw.drawn,
        reserves=tuple(left[len(draw.drawn) :]),
        checkpoint=next(iter(draw.checkpoints), ""),
        signed_by=tuple(draw.attested),
        erased=draw.erased,
    )
