"""Which kind of file somebody brought, by its own bytes; a name or a header claims nothing.

Two kinds are taken: a text document of an office suite, and a PDF. What could act by itself, reach
outside, or grow without bound when it is opened is refused before anybody opens it.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from io import BytesIO

from services.workflow.adapters.files.packing import are_well_named, lies_alone
from services.workflow.adapters.files.word_fields import why_not
from services.workflow.application.attachments import Kind, UnfitFile

MOST_MEMBERS = 2_000  # of an archive; of a PDF streams of objects, each of hundreds
MOST_UNPACKED = 50 * 1024 * 1024
MOST_PAGES = 500
_CHUNK = 1024 * 1024
_TAIL = 2048  # where a PDF has to say that it ends
_HEAD = 1024  # where readers look for what makes a PDF one
_ZIP = b"PK\x03\x04"
_EMBEDDED = (".xlsx", ".docx", ".pptx")
_NEEDED = frozenset({"[Content_Types].xml", "word/document.xml"})
_ENCRYPTED = 0x1
_EXTERNAL = re.compile(rb"TargetMode\s*=\s*[\"'](?!Internal[\"'])")
_ENTITIES = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
# Parts that act or hold what acts, by the type of whatever points at them: their names say nothing.
_MACROS = re.compile(rb"vbaProject|wordVbaData|attachedToolbars|macroEnabled", re.IGNORECASE)
_OBJECT = re.compile(rb"/(oleObject|control|activeX\w*|aFChunk|subDocument)[\"']", re.IGNORECASE)
_ELSEWHERE = re.compile(rb"/(attachedTemplate|externalLink\w*)[\"']", re.IGNORECASE)
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")  # how text of two bytes a letter begins
_SPELLED_OUT = re.compile(rb"&#")  # a letter by its number, so that a word is not found
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # older office files, objects, macros
_LOCKED_AWAY = "EncryptedPackage".encode("utf-16-le")  # what an office suite encrypts is one
_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
_COUNT = re.compile(rb"/Count\s+(\d{1,9})")
# What runs, starts or brings something by itself; where a file opens at is no action of these.
# `JS` is short: it counts where a script follows, so that it is not found in packed pictures.
_ACTS = re.compile(
    rb"/(JavaScript|Launch|EmbeddedFiles?|RichMedia|XFA|GoToE|SubmitForm|ImportData)"
    rb"(?![A-Za-z0-9])"
    rb"|/JS\s*(\(\s*([ -~]{4}|\xfe\xff)|<\s*[0-9A-Fa-f]{4}|\d+\s+\d+\s+R)"
)
# A name may be spelled with the numbers of its letters. No letter has to be, and none is by what
# makes documents: only somebody who hides a name does.
_HIDDEN_NAME = re.compile(rb"/[A-Za-z#0-9]*#(4[1-9a-fA-F]|5[0-9aA]|6[1-9a-fA-F]|7[0-9aA])")
_NUMBERED = re.compile(rb"\s*\d+\s+\d+\s")  # how what is in a stream of objects begins
_OBJECTS = b"/ObjStm"  # the kind of a stream of objects
_LOCKED = re.compile(rb"/Encrypt\s*(<<|\d+\s+\d+\s+R)")
_STREAM = re.compile(rb"stream\r?\n")
# What an office suite packs with, and what is unpacked a chunk at a time: of the others a few bytes
# grow to gigabytes at once.
_PACKED = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
# What `zipfile` and `zlib` raise at bytes that are none of theirs.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OverflowError,
    ValueError,
)


def kind_of(content: bytes) -> Kind:
    """Return which kind *content* is.

    Raises:
        UnfitFile: it is of neither kind, or no file of that kind that is taken.
    """
    if content.startswith(_ZIP):
        _require_document(content)
        return "docx"
    if content.startswith(b"%PDF-"):
        _require_pdf(content)
        return "pdf"
    if content.startswith(_COMPOUND) and _LOCKED_AWAY in content:
        raise UnfitFile("file_encrypted")
    raise UnfitFile("file_kind_unknown")


# --- Text documents: a zip of XML ---


def _require_document(content: bytes) -> None:
    if b"%PDF-" in content[:_HEAD]:
        raise UnfitFile("file_broken")  # it would be opened as the one or the other
    try:
        _require_archive(content, MOST_UNPACKED)
    except _BROKEN as error:
        raise UnfitFile("file_broken") from error


def _require_archive(content: bytes, left: int, within: str = "") -> int:
    """Look through an archive, *within* another or not; return what is left of *left* bytes."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        members = archive.infolist()
        _require_members(members)
        if not lies_alone(content, members):
            raise UnfitFile("file_broken")
        if not within and not _NEEDED.issubset(archive.namelist()):
            raise UnfitFile("file_kind_unknown")
        for one in members:
            left = _require_member(one, _unpacked(archive, one, left), left, within)
    return left


def _require_members(members: Sequence[zipfile.ZipInfo]) -> None:
    if len(members) > MOST_MEMBERS:
        raise UnfitFile("file_too_large_unpacked", most=MOST_UNPACKED // _CHUNK)
    if any(one.flag_bits & _ENCRYPTED for one in members):
        raise UnfitFile("file_encrypted")
    if not are_well_named(members) or any(one.compress_type not in _PACKED for one in members):
        raise UnfitFile("file_broken")
    if any(one.filename.lower().endswith("vbaproject.bin") for one in members):
        raise UnfitFile("file_macros")


def _unpacked(archive: zipfile.ZipFile, one: zipfile.ZipInfo, left: int) -> bytes:
    """Unpack a member, bounded whatever the directory says."""
    with archive.open(one) as member:
        found = member.read(left + 1)
    if len(found) > left:
        raise UnfitFile("file_too_large_unpacked", most=MOST_UNPACKED // _CHUNK)
    if len(found) != one.file_size:
        raise UnfitFile("file_broken")  # its directory says otherwise
    return found


def _require_member(one: zipfile.ZipInfo, unpacked: bytes, left: int, within: str) -> int:
    """Look at what could act or reach out; return what is left of *left* bytes."""
    left -= len(unpacked)
    if unpacked.startswith(_COMPOUND):
        raise UnfitFile("file_acts")
    if one.filename.lower().endswith((".rels", "[content_types].xml")):
        _require_inside(unpacked)
    elif unpacked.startswith(_ZIP):
        # An archive in an archive is what an office suite embeds, one deep, or none.
        embedded = one.filename.startswith("word/embeddings/")
        if within or not embedded or not one.filename.endswith(_EMBEDDED):
            raise UnfitFile("file_broken")
        return _require_archive(unpacked, left, within=one.filename)
    elif unpacked.startswith(_WIDE):
        raise UnfitFile("file_broken")  # words in it would not be found
    elif code := why_not(unpacked):
        raise UnfitFile(code)
    return left


def _require_inside(unpacked: bytes) -> None:
    # In UTF-16 the same words would not be found: nothing that office suites write is in it.
    if b"\0" in unpacked or _ENTITIES.search(unpacked) or _SPELLED_OUT.search(unpacked):
        raise UnfitFile("file_broken")
    if _EXTERNAL.search(unpacked) or _ELSEWHERE.search(unpacked):
        raise UnfitFile("file_reaches_out")
    if _MACROS.search(unpacked):
        raise UnfitFile("file_macros")
    if _OBJECT.search(unpacked):
        raise UnfitFile("file_acts")


# --- PDF ---


def _require_pdf(content: bytes) -> None:
    _, ended, behind = content[-_TAIL:].rpartition(b"%%EOF")
    if not ended or b"PK" in behind:
        raise UnfitFile("file_broken")
    n_pages, told = 0, 0
    for piece in _pieces(content):
        if _HIDDEN_NAME.search(piece):
            raise UnfitFile("file_broken")
        if _ACTS.search(piece):
            raise UnfitFile("file_acts")
        if _LOCKED.search(piece):
            raise UnfitFile("file_encrypted")
        n_pages += sum(1 for _ in _PAGE.finditer(piece))
        told = max(told, max((int(one[1]) for one in _COUNT.finditer(piece)), default=0))
    if max(n_pages, told) > MOST_PAGES:
        raise UnfitFile("file_too_many_pages", most=MOST_PAGES)


def _pieces(content: bytes) -> Iterator[bytes]:
    """Yield the bytes as they stand, and what is packed in streams of objects, bounded."""
    yield content
    left = MOST_UNPACKED
    for n, start in enumerate(_streams(content)):
        if n == MOST_MEMBERS:
            raise UnfitFile("file_too_large_unpacked", most=MOST_UNPACKED // _CHUNK)
        try:
            unpacked = zlib.decompressobj().decompress(memoryview(content)[start:], left)
        except zlib.error:
            unpacked = content[start : start + _TAIL]  # not packed: it stands in the file itself
        if not _NUMBERED.match(unpacked):
            raise UnfitFile("file_broken")  # packed in a way that no document is: it hides
        left -= len(unpacked)
        if left <= 0:
            raise UnfitFile("file_too_large_unpacked", most=MOST_UNPACKED // _CHUNK)
        yield unpacked


def _streams(content: bytes) -> Iterator[int]:
    """Yield where streams of objects begin; looks at every byte once, whatever they say."""
    at = content.find(_OBJECTS)
    while at >= 0 and (found := _STREAM.search(content, at)):
        yield found.end()
        at = content.find(_OBJECTS, found.end())
