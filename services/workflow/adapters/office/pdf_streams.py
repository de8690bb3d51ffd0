"""How far the streams of a PDF grow when they are unpacked, whatever they say of themselves.

A picture that stands in a page's own text is not followed: it is packed within what is packed.
"""

import re
import zlib
from base64 import a85decode
from binascii import unhexlify
from collections.abc import Callable, Iterator

from services.workflow.adapters.office.archive import MIB
from services.workflow.application.attachments import UnfitFile

MOST_GROWN = 200 * MIB  # pictures of screens in a long report stand unpacked page by page
_CHUNK = 4096
_STREAM = re.compile(rb"(?<!end)stream\s*")
# How a stream is coded: a name, or a list of names in the order in which they are undone. The short
# /F is not looked for: of a stream it is a file, and packed bytes have it by chance.
_CODED = re.compile(rb"/Filter(?![A-Za-z0-9.#])\s*(null|/[^\s/\[\]<>(){}%]+|\[[^\[\]<>(){}%]*\]|)")
_NUMBERED = re.compile(rb"#([0-9A-Fa-f]{2})")  # a letter of a name
# By a letter each; what else has that name (who signed, how) codes nothing.
_CODINGS = {
    "a": (b"ASCII85Decode", b"A85"),
    "h": (b"ASCIIHexDecode", b"AHx"),
    "f": (b"FlateDecode", b"Fl"),
    "p": (b"DCTDecode", b"DCT", b"CCITTFaxDecode", b"CCF", b"JBIG2Decode", b"JPXDecode"),
    "x": (b"LZWDecode", b"LZW", b"RunLengthDecode", b"RL"),  # which nobody has written for long
}
_CODING = {name: letter for letter, names in _CODINGS.items() for name in names}
# Each once at most, and in this order: what is packed twice grows by a million.
_FOLLOWED = re.compile("[ah]?f?p?")
_TEXTS: dict[str, tuple[re.Pattern[bytes], Callable[[bytes], bytes]]] = {
    "a": (re.compile(rb"[!-uz\s]+"), a85decode),
    "h": (re.compile(rb"[0-9A-Fa-f\s]+"), unhexlify),
}


def require_bounded(content: bytes) -> None:
    """Refuse a PDF whose streams grow too far.

    Raises:
        UnfitFile: they do, or one is coded in a way that is not followed here.
    """
    texts = {one[0] for one in _codings(content) if one[1:2] == "f" and one[0] in _TEXTS}
    left = MOST_GROWN
    for begun in _STREAM.finditer(content):
        left -= _grown(memoryview(content)[begun.end() :], left)
        for one in texts:
            told, undone = _TEXTS[one]
            if found := told.match(content, begun.end()):
                left -= len(found[0]) + _grown(_undone(found[0], undone), left)
        if left <= 0:
            raise UnfitFile("file_too_large_unpacked", most=MOST_GROWN // MIB)


def _codings(content: bytes) -> Iterator[str]:
    """Yield how streams are coded, a letter for each step.

    Raises:
        UnfitFile: one is told elsewhere, or is none that is followed.
    """
    for found in _CODED.finditer(content):
        names = found[1].replace(b"/", b" /").strip(b"[]").split()
        told = all(one.startswith(b"/") for one in names) or names == [b"null"]
        steps = "".join(_step(one[1:]) for one in names)
        if not (found[1] and told and _FOLLOWED.fullmatch(steps)):
            raise UnfitFile("file_broken")
        yield steps


def _step(name: bytes) -> str:
    """Return the letter of a coding; who spells one with the numbers of its letters hides it."""
    told = _NUMBERED.sub(lambda one: bytes.fromhex(one[1].decode()), name)
    step = _CODING.get(told, "")
    return "x" if step and told != name else step


def _undone(text: bytes, undone: Callable[[bytes], bytes]) -> bytes:
    """Return what *text* says, nothing where it says nothing."""
    try:
        return undone(b"".join(text.split()))
    except ValueError:
        return b""


def _grown(packed: bytes | memoryview, most: int) -> int:
    """Return the bytes that are read and come of it, up to where they are more than *most*."""
    unpacking, n = zlib.decompressobj(), 0
    for at in range(0, len(packed), _CHUNK):
        waiting: bytes | memoryview = packed[at : at + _CHUNK]
        n += len(waiting)  # streams that begin in each other are each read
        try:
            # What stands behind the end is left over again and again.
            while waiting and n <= most and not unpacking.eof:
                n += len(unpacking.decompress(waiting, MIB))
                waiting = unpacking.unconsumed_tail
        except zlib.error:  # nothing packed, or it breaks off here
            return n
        if unpacking.eof or n > most:
            return n
    return n
