"""Signed notes: a text, a blank line, and signatures by named keys.

The text counts for nothing until a signature by a key we were *given* has verified; signatures of
other keys are skipped, so that witnesses may add theirs. Signing and verifying are passed in: the
contract needs no cryptography library.

Source: https://c2sp.org/signed-note
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

ED25519 = 0x01
KEY_BYTES = 32
SIGNATURE_BYTES = 64
MAX_NOTE_CHARACTERS = 64 * 1024
MAX_SIGNATURES = 64

Sign = Callable[[bytes], bytes]  # message -> signature
Verify = Callable[[bytes, bytes], bool]  # signature, message -> whether it holds

_DASH = "— "
_PRIVATE = "PRIVATE+KEY+"
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f]")


class NotBase64(ValueError):
    """Not base64, or spelled in another way than the one we write."""


class BadKey(ValueError):
    """The text is no key of this format."""


class BadNote(ValueError):
    """The text is no note, or no known key signed it."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with the name it signs under."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """Four bytes that, with the name, find the key; no proof of anything."""
        return _key_id(self.name, self.public)

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{encode_base64(bytes([ED25519]) + self.public)}"

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Read `name+hexid+base64`.

        Raises:
            BadKey: another shape, another algorithm, or an id that is not this key's.
        """
        name, _, rest = text.strip().partition("+")
        found, _, encoded = rest.partition("+")
        key = cls(key_name(name), _key_bytes(encoded))
        if found != key.id.hex():
            raise BadKey("the key's id does not belong to it")
        return key


@dataclass(frozen=True, slots=True)
class SignerKey:
    """A private key: its seed, and the name it signs under. Its representation shows no seed."""

    name: str
    seed: bytes = field(repr=False)

    def text(self, public: bytes) -> str:
        """Write `PRIVATE+KEY+name+hexid+base64`; *public* belongs to the seed."""
        encoded = encode_base64(bytes([ED25519]) + self.seed)
        return f"{_PRIVATE}{self.name}+{_key_id(self.name, public).hex()}+{encoded}"

    @classmethod
    def parse(cls, text: str, public_of: Callable[[bytes], bytes]) -> "SignerKey":
        """Read a private key; *public_of* gives the public key of a seed.

        Raises:
            BadKey: another shape, another algorithm, or an id that is not this key's.
        """
        text = text.strip()
        if not text.startswith(_PRIVATE):
            raise BadKey("no private key")
        name, _, rest = text.removeprefix(_PRIVATE).partition("+")
        found, _, encoded = rest.partition("+")
        key = cls(key_name(name), _key_bytes(encoded))
        if found != _key_id(key.name, public_of(key.seed)).hex():
            raise BadKey("the key's id does not belong to it")
        return key


def encode_base64(data: bytes) -> str:
    """Return *data* in the standard alphabet, padded."""
    return b64encode(data).decode()


def decode_base64(text: str) -> bytes:
    """Decode base64 that is spelled exactly as the encoder would: stray bits are refused.

    Raises:
        NotBase64: it is not.
    """
    try:
        data = b64decode(text, validate=True)
    except ValueError as error:  # binascii.Error is one, and so is text that is not ASCII
        raise NotBase64("not base64") from error
    if encode_base64(data) != text:
        raise NotBase64("not base64 as it is written")
    return data


def sign_note(text: str, key: VerifierKey, sign: Sign) -> str:
    """Return *text*, which ends in a newline, as a note signed under *key*'s name."""
    _require_text(text)
    return f"{text}\n{_DASH}{key.name} {encode_base64(key.id + sign(text.encode()))}\n"


def open_note(note: str, key: VerifierKey, verify: Verify) -> str:
    """Return the text of *note* if *key* signed it.

    Raises:
        BadNote: no note, no signature by *key*, or one that does not hold.
    """
    text, signatures = _split(note)
    signed = False
    for name, found in signatures:
        if name == key.name and found[:4] == key.id:
            if len(found) != 4 + SIGNATURE_BYTES or not verify(found[4:], text.encode()):
                raise BadNote(f"the signature by {name} does not hold")
            signed = True
    if not signed:
        raise BadNote(f"no signature by {key.name}")
    return text


def note_text(note: str) -> str:
    """Return the text of *note* without checking any signature: it is not to be trusted.

    Raises:
        BadNote: no note.
    """
    return _split(note)[0]


def _split(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    """Take a note apart without trusting it."""
    if len(note) > MAX_NOTE_CHARACTERS:
        raise BadNote("the note is too long")
    above, blank, below = note.rpartition("\n\n")
    text = above + "\n"
    if not blank or not below.endswith("\n"):
        raise BadNote("a note is a text, a blank line and signature lines")
    _require_text(text)
    lines = below[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise BadNote("too many signatures")
    return text, [_signature(line) for line in lines]


def _signature(line: str) -> tuple[str, bytes]:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space:
        raise BadNote("not a signature line")
    try:
        found = decode_base64(encoded)
        key_name(name)
    except (BadKey, NotBase64) as error:
        raise BadNote("not a signature line") from error
    if len(found) <= 4:  # noqa: PLR2004 -- the key's id
        raise BadNote("not a signature line")
    return name, found


def _require_text(text: str) -> None:
    if not text.endswith("\n") or len(text) > MAX_NOTE_CHARACTERS or _CONTROLS.search(text):
        raise BadNote("a note's text ends in a newline and has no other control characters")


def _key_id(name: str, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + bytes([ED25519]) + public).digest()[:4]


def key_name(name: str) -> str:
    """Return *name*. Raises `BadKey`: no note could carry it."""
    if not name or "+" in name or any(c.isspace() or c < " " for c in name):
        raise BadKey("a key's name is not empty and has no space, no control and no plus")
    return name


def _key_bytes(encoded: str) -> bytes:
    try:
        data = decode_base64(encoded)
    except NotBase64 as error:
        raise BadKey("not base64") from error
    if len(data) != 1 + KEY_BYTES or data[0] != ED25519:
        raise BadKey("not an Ed25519 key")
    return data[1:]
