"""A draw as one file: its events with their proofs, all they commit to, and a hash over all."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from schemas.canonical import canonical_bytes

FORMAT = "shuping-draw-file-v1"
MEMBERS = frozenset({"format", "statement", "number", "entered", "entries", "sha256"})


class Entered(NamedTuple):
    """What somebody entered as the number, and what makes its commitment of it; no secret now."""

    sha256: str  # the commitment
    salt: str  # hex
    text: str


def file_of(
    statement: str,
    number: str,
    entered: Iterable[Entered],
    entries: Sequence[tuple[bytes, str]],
) -> dict[str, Any]:
    """Return the file of a draw; *entries* are the bytes of its events, each with its proof."""
    told = {
        "format": FORMAT,
        "statement": statement,
        "number": number,
        "entered": [one._asdict() for one in entered],
        "entries": [{"event": body.decode(), "proof": proof} for body, proof in entries],
    }
    return told | {"sha256": digest(told)}


def digest(told: Mapping[str, Any]) -> str:
    """Return the hash over everything else in a file: it tells what was spoilt on the way.

    Raises:
        NotCanonical: no file of ours holds such values.
    """
    rest = {name: value for name, value in told.items() if name != "sha256"}
    return sha256(canonical_bytes(rest)).hexdigest()
