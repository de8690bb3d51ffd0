"""Checkpoints and proofs in the spelling of the transparency-log ecosystem.

A checkpoint is a signed note of three lines: whose log, how many leaves, which root. A proof
carries its checkpoint with it, so that a file and a public key are enough to check that an event
was logged; the event's position in our log is its index there plus one.

Source: https://c2sp.org/tlog-checkpoint and https://c2sp.org/tlog-proof
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from schemas.merkle import HASH_BYTES, BadProof, verify_inclusion
from schemas.note import (
    BadNote,
    NotBase64,
    Sign,
    VerifierKey,
    Verify,
    decode_base64,
    encode_base64,
    open_note,
    sign_note,
)

HASH_SUITE = "sha256-ed25519"
PROOF_TYPE = "c2sp.org/tlog-proof@v1"
MAX_SIZE = 2**63 - 1
MAX_PROOF_HASHES = 64

_DECIMAL = re.compile(r"0|[1-9]\d{0,18}", re.ASCII)
_N_BODY_LINES = 3


class BadCheckpoint(BadNote):
    """The note is signed, but its text is no checkpoint, or one of another log."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log at one size."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof taken apart; nothing in it has been verified."""

    index: int  # from 0
    hashes: tuple[bytes, ...]
    note: str
    extra: bytes | None = None


def format_checkpoint(origin: str, size: int, root: bytes, extensions: Sequence[str] = ()) -> str:
    """Return the text of a checkpoint, ready to be signed."""
    lines = [origin, str(size), encode_base64(root), *extensions]
    if len(root) != HASH_BYTES or not 0 <= size <= MAX_SIZE:
        raise ValueError("no checkpoint of this size and root")
    if any(not line or "\n" in line for line in lines):
        raise ValueError("a checkpoint's lines are not empty")
    return "".join(f"{line}\n" for line in lines)


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a checkpoint, whose signature has been verified.

    Raises:
        BadCheckpoint: another shape, or a number or a hash spelled in another way than ours.
    """
    lines = text.split("\n")
    if len(lines) < _N_BODY_LINES + 1 or lines[-1] or not all(lines[:-1]):
        raise BadCheckpoint("a checkpoint is an origin, a size and a root, one line each")
    origin, size, root = lines[:_N_BODY_LINES]
    if _DECIMAL.fullmatch(size) is None or int(size) > MAX_SIZE:
        raise BadCheckpoint("the size is no decimal number")
    try:
        return Checkpoint(origin, int(size), _decode_hash(root), tuple(lines[_N_BODY_LINES:-1]))
    except BadProof as error:
        raise BadCheckpoint("the root is no hash") from error


def sign_checkpoint(
    origin: str,
    size: int,
    root: bytes,
    key: VerifierKey,
    sign: Sign,
    extensions: Sequence[str] = (),
) -> str:
    """Return the signed note of a checkpoint."""
    return sign_note(format_checkpoint(origin, size, root, extensions), key, sign)


def open_checkpoint(note: str, key: VerifierKey, verify: Verify) -> Checkpoint:
    """Return the checkpoint in *note*, if *key* signed it; its origin must be the key's name.

    Raises:
        BadNote: no note, or not signed by *key*.
        BadCheckpoint: signed, but no checkpoint of this log.
    """
    checkpoint = parse_checkpoint(open_note(note, key, verify))
    if checkpoint.origin != key.name:
        raise BadCheckpoint(f"a checkpoint of another log: {checkpoint.origin}")
    return checkpoint


def split_notes(text: str) -> list[str]:
    """Split a file to which signed checkpoints were appended, oldest first.

    Each note is text, blank line, signature lines; the next one begins after a signature line
    with a line that is none. A last note that was cut off in the middle is kept as it is: to
    verify it is to see that.
    """
    notes: list[str] = []
    lines: list[str] = []
    signed = False
    for line in (f"{part}\n" for part in text.removesuffix("\n").split("\n")):
        is_signature = line.startswith("— ")
        if signed and not is_signature:
            notes.append("".join(lines))
            lines, signed = [], False
        if line == "\n" and not lines:
            continue  # a blank line between notes is no part of either
        lines.append(line)
        signed = is_signature
    return [*notes, "".join(lines)] if lines else notes


def format_proof(index: int, hashes: Sequence[bytes], note: str, extra: bytes | None = None) -> str:
    """Return the proof that leaf *index* (from 0) is in the tree that *note* signs."""
    head = [PROOF_TYPE]
    if extra is not None:
        head.append(f"extra {encode_base64(extra)}")
    head.append(f"index {index}")
    return "".join(f"{line}\n" for line in [*head, *map(encode_base64, hashes), ""]) + note


def parse_proof(text: str) -> Proof:
    """Take a proof apart; nothing in it is trustworthy yet.

    Raises:
        BadProof: another shape.
    """
    head, blank, note = text.partition("\n\n")
    lines = head.split("\n")
    if not blank or lines.pop(0) != PROOF_TYPE:
        raise BadProof(f"not a {PROOF_TYPE}")
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = _decode(lines.pop(0).removeprefix("extra "))
    if not lines or not lines[0].startswith("index "):
        raise BadProof("the index is missing")
    index = lines.pop(0).removeprefix("index ")
    if _DECIMAL.fullmatch(index) is None or int(index) > MAX_SIZE:
        raise BadProof("the index is no decimal number")
    if len(lines) > MAX_PROOF_HASHES:
        raise BadProof("too many hashes")
    return Proof(int(index), tuple(_decode_hash(line) for line in lines), note, extra)


def check_proof(text: str, leaf: bytes, key: VerifierKey, verify: Verify) -> tuple[int, Checkpoint]:
    """Check that *leaf*, the hash of an event, is in a log that *key* signed.

    Returns its index (from 0) and the signed checkpoint it was checked against.

    Raises:
        BadProof: the proof has another shape, or does not lead to the signed root.
        BadNote: the checkpoint in it is not signed by *key*, or is no checkpoint of that log.
    """
    proof = parse_proof(text)
    checkpoint = open_checkpoint(proof.note, key, verify)
    verify_inclusion(leaf, proof.index, checkpoint.size, proof.hashes, checkpoint.root)
    return proof.index, checkpoint


def _decode(text: str) -> bytes:
    try:
        return decode_base64(text)
    except NotBase64 as error:
        raise BadProof(str(error)) from error


def _decode_hash(text: str) -> bytes:
    data = _decode(text)
    if len(data) != HASH_BYTES:
        raise BadProof(f"a hash has {HASH_BYTES} bytes")
    return data
