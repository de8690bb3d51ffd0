"""How far a PDF may grow when somebody opens it, however it is packed."""

import zlib
from base64 import a85encode
from binascii import hexlify
from collections.abc import Callable, Mapping

import pytest

from services.workflow.adapters.office.kinds import kind_of
from services.workflow.application.attachments import UnfitFile
from tests.made_files import holding


def drawn(content: bytes, coded: bytes = b"/FlateDecode") -> bytes:
    """Return a PDF with a page that draws what *content* is when it is no longer coded."""
    return holding(b"/Filter " + coded + b" >>\nstream\r\n" + content + b"\nendstream <<")


def bomb(mebibytes: int) -> bytes:
    return zlib.compress(b"\0" * (mebibytes * 1024 * 1024), 1)


BAD: Mapping[str, tuple[Callable[[], bytes], str]] = {
    "a page of a pdf that is a bomb": (lambda: drawn(bomb(201)), "file_too_large_unpacked"),
    "a bomb that breaks off": (lambda: drawn(bomb(250)[:-99]), "file_too_large_unpacked"),
    "a bomb that says nothing of itself": (
        lambda: drawn(bomb(201)).replace(b"Filter", b"Length"),
        "file_too_large_unpacked",
    ),
    "bombs of a little each": (
        lambda: drawn(b"\nendstream stream\n".join([bomb(60)] * 4)),
        "file_too_large_unpacked",
    ),
    "a bomb in letters": (
        lambda: drawn(a85encode(bomb(201)) + b"~>", b"[/ASCII85Decode /FlateDecode]"),
        "file_too_large_unpacked",
    ),
    "a bomb in figures": (
        lambda: drawn(hexlify(bomb(201)) + b">", b"[/AHx/Fl]"),
        "file_too_large_unpacked",
    ),
    "a page that is packed twice": (lambda: drawn(b"x", b"[/FlateDecode /Fl]"), "file_broken"),
    "a page of letters that is packed": (lambda: drawn(b"x", b"[/Fl /A85]"), "file_broken"),
    "a page that is packed as long ago": (lambda: drawn(b"x", b"/LZWDecode"), "file_broken"),
    "runs of one byte": (lambda: drawn(b"x", b"[/Fl/RL]"), "file_broken"),
    "a packing spelled by numbers": (lambda: drawn(b"x", b"[/ASCII#385Decode/Fl]"), "file_broken"),
    "a packing told elsewhere": (lambda: drawn(b"x", b"8 0 R"), "file_broken"),
    "a second one told elsewhere": (lambda: drawn(b"x", b"[/FlateDecode 8 0 R]"), "file_broken"),
    "a packing behind a remark": (lambda: drawn(b"x", b"[/Fl %]\n /Fl]"), "file_broken"),
    "streams that begin in each other": (
        lambda: holding(b"stream\n\x78\x9c\x00\x00\x00\xff\xff" * 100_000),
        "file_too_large_unpacked",
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_a_pdf_that_grows_without_bound_is_refused(what: str):
    make, code = BAD[what]
    with pytest.raises(UnfitFile) as refused:
        kind_of(make())
    assert refused.value.blockers[0].code == code


@pytest.mark.parametrize(
    "made",
    [
        lambda: drawn(b"\nendstream stream\n".join([bomb(60)] * 3)),
        lambda: drawn(a85encode(bomb(60)) + b"~>", b"[/ASCII85Decode/FlateDecode]"),
        lambda: drawn(b"\xff\xd8", b"[ /FlateDecode /DCTDecode ]"),
        lambda: drawn(b"\xff\xd8", b"null"),
        lambda: holding(b"/Type /Sig /Filter /Adobe.PPKLite"),
        lambda: holding(b"/Type /Annot /F 4"),
        lambda: drawn(b"\xff\xd8 /F/\xe8q#] /F[/a#b] \xff", b"/DCTDecode"),  # by chance
        lambda: holding(b"/Type /Sig /Filter /Adobe#2EPPKLite"),
    ],
)
def test_a_pdf_may_draw_large_pictures_and_be_signed(made: Callable[[], bytes]):
    assert kind_of(made()) == "pdf"
