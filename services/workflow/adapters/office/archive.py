"""The zip that every office file is: looked at whole and bounded before anything reads it."""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO

from services.workflow.adapters.office.links import are_only_clicked, without_clicked
from services.workflow.adapters.office.packing import are_well_named, lies_alone
from services.workflow.adapters.office.word_fields import why_not
from services.workflow.application.attachments import UnfitFile

MOST_MEMBERS = 2_000
MIB = 1024 * 1024
_ZIP = b"PK\x03\x04"
_PROGRAM = (b"MZ", b"\x7fELF", b"#!")
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # older office files, objects, macros
_HEAD = 1024  # where readers look for what makes a PDF one
_LOCKED_AWAY = "EncryptedPackage".encode("utf-16-le")  # what an office suite encrypts is one
_ENCRYPTED = 0x1
_EMBEDDED = (".xlsx", ".docx", ".pptx")
_EXTERNAL = re.compile(rb"TargetMode\s*=\s*[\"'](?!Internal[\"'])")
_ENTITIES = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
# Parts that act or hold what acts, by the type of whatever points at them: their names say nothing.
_MACROS = re.compile(rb"vbaProject|wordVbaData|attachedToolbars|macroEnabled", re.IGNORECASE)
_OBJECT = re.compile(rb"/(oleObject|control|activeX\w*|aFChunk|subDocument)[\"']", re.IGNORECASE)
_ELSEWHERE = re.compile(rb"/(attachedTemplate|externalLink\w*)[\"']", re.IGNORECASE)
# An older drawing names its picture itself, beside what points at parts of the file.
_DRAWN = re.compile(
    rb"""<(?:[^\s<>/:]+:)?(?:imagedata|image|fill|stroke)(?=\s)((?:[^<>"']|"[^"<]*"|'[^'<]*')*)>"""
)
_LIES_ELSEWHERE = re.compile(
    rb"""(?:src|href|althref)\s*=\s*(?:"[^"]*?[:/\\&]|'[^']*?[:/\\&])""", re.IGNORECASE
)
# How text begins whose letters have two bytes or four, or are those of a mainframe.
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<", b"\0\0\xfe\xff", b"\0\0\0<", b"Lo\xa7\x94")
_MARKED_UP = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<")
_XML = (".xml", ".rels", ".vml")
_DECLARED = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<\?xml\b[^>]*?\bencoding\s*=\s*[\"']?([^\"'\s?>]*)")
_PLAIN = frozenset({b"utf-8", b"us-ascii", b"ascii"})  # of which letters are what they seem
_SPELLED_OUT = re.compile(rb"&#")  # a letter by its number, so that a word is not found
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Family:
    """What makes a zip a file of one kind, and how far it may grow."""

    needed: frozenset[str]
    unknown: str  # the code of what is none of them
    most_unpacked: int
    too_large: str  # the code of what grows further
    embeds: str = ""  # the folder in which it may hold other office files; "": it holds none
    apart: Mapping[str, str] = field(default_factory=dict)  # what it has not: where, and the code

    def grown(self) -> UnfitFile:
        """Return why a file is not taken that grows too far."""
        return UnfitFile(self.too_large, most=self.most_unpacked // MIB)


@contextmanager
def opened(content: bytes, family: Family) -> Iterator[zipfile.ZipFile]:
    """Open *content* as a file of *family*, all of it unpacked once and found harmless.

    Raises:
        UnfitFile: it is none, or not one that is taken.
    """
    if content.startswith(_COMPOUND) and _LOCKED_AWAY in content:
        raise UnfitFile("file_encrypted")
    if not content.startswith(_ZIP):
        raise UnfitFile(family.unknown)
    if b"%PDF-" in content[:_HEAD]:
        raise UnfitFile("file_broken")  # it would be opened as the one or the other
    try:
        _require_archive(content, family, family.most_unpacked)
        with zipfile.ZipFile(BytesIO(content)) as archive:
            yield archive
    except _BROKEN as error:
        raise UnfitFile("file_broken") from error


def _require_archive(content: bytes, family: Family, left: int, within: str = "") -> int:
    """Look through an archive, *within* another or not; return what is left of *left* bytes."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        members = archive.infolist()
        _require_members(members, family)
        if not lies_alone(content, members):
            raise UnfitFile("file_broken")
        if not within and not family.needed.issubset(archive.namelist()):
            raise UnfitFile(family.unknown)
        clicked: dict[str, frozenset[str]] = {}
        for one in members:
            unpacked = _unpacked(archive, one, family, left)
            left -= len(unpacked)
            if _leads(one):
                unpacked, clicked[one.filename] = without_clicked(unpacked)
            left = _require_member(one, unpacked, family, left, within)
        _require_only_clicked(archive, clicked)
    return left


def _require_only_clicked(archive: zipfile.ZipFile, clicked: Mapping[str, frozenset[str]]) -> None:
    """Refuse what is fetched as soon as a part is opened, by the number of a link."""
    names = frozenset(archive.namelist())
    for leads, numbers in clicked.items():
        part = leads.replace("_rels/", "").removesuffix(".rels")
        if numbers and (part not in names or not are_only_clicked(archive.read(part), numbers)):
            raise UnfitFile("file_reaches_out")


def _require_members(members: Sequence[zipfile.ZipInfo], family: Family) -> None:
    if len(members) > MOST_MEMBERS:
        raise family.grown()
    if any(one.flag_bits & _ENCRYPTED for one in members):
        raise UnfitFile("file_encrypted")
    if not are_well_named(members) or any(one.compress_type not in _PACKED for one in members):
        raise UnfitFile("file_broken")
    names = [one.filename.lower() for one in members]
    if any(name.endswith("vbaproject.bin") for name in names):
        raise UnfitFile("file_macros")
    for where, code in family.apart.items():
        if any(name.startswith(where) for name in names):
            raise UnfitFile(code)


def _unpacked(archive: zipfile.ZipFile, one: zipfile.ZipInfo, family: Family, left: int) -> bytes:
    """Unpack a member, bounded whatever the directory says."""
    with archive.open(one) as member:
        found = member.read(left + 1)
    if len(found) > left:
        raise family.grown()
    if len(found) != one.file_size:
        raise UnfitFile("file_broken")  # its directory says otherwise
    return found


def _require_member(
    one: zipfile.ZipInfo, unpacked: bytes, family: Family, left: int, within: str
) -> int:
    """Look at what could act or reach out; return what is left of *left* bytes."""
    beside = bool(family.embeds) and one.filename.lower().startswith(family.embeds)
    other = beside and not (one.is_dir() or unpacked.startswith(_ZIP))
    if unpacked.startswith((_COMPOUND, *_PROGRAM)) or (other and not _leads(one)):
        raise UnfitFile("file_acts")  # whatever leads there, and by whichever name
    if not _is_plain(one.filename, unpacked):
        raise UnfitFile("file_broken")  # words in it would not be found
    if _is_marked_up(one.filename, unpacked):
        _require_self_contained(unpacked)
    if one.filename.lower().endswith((".rels", "[content_types].xml")):
        _require_inside(unpacked)
    elif unpacked.startswith(_ZIP):
        # An archive in an archive is what an office suite embeds, one deep, or none.
        embedded = bool(family.embeds) and one.filename.startswith(family.embeds)
        if within or not embedded or not one.filename.endswith(_EMBEDDED):
            raise UnfitFile("file_broken")
        return _require_archive(unpacked, family, left, within=one.filename)
    elif code := why_not(unpacked):
        raise UnfitFile(code)
    return left


def _leads(one: zipfile.ZipInfo) -> bool:
    return one.filename.lower().endswith(".rels")


def _is_marked_up(name: str, unpacked: bytes) -> bool:
    return name.lower().endswith(_XML) or bool(_MARKED_UP.match(unpacked))


def _require_self_contained(unpacked: bytes) -> None:
    """Refuse entities, which no office suite writes, and pictures that lie elsewhere."""
    if _ENTITIES.search(unpacked):
        raise UnfitFile("file_broken")
    if any(_LIES_ELSEWHERE.search(one[1]) for one in _DRAWN.finditer(unpacked)):
        raise UnfitFile("file_reaches_out")


def _is_plain(name: str, unpacked: bytes) -> bool:
    """Tell whether a member is written in letters that are looked through as they stand.

    What office suites write is in UTF-8. A reader believes what a text says of its own letters: in
    UTF-7 every word is another, in others a few bytes are.
    """
    if unpacked.startswith(_WIDE):
        return False
    if not _is_marked_up(name, unpacked):
        return True
    declared = _DECLARED.match(unpacked)
    if declared and declared[1].lower() not in _PLAIN:
        return False
    try:
        return "\0" not in unpacked.decode("utf-8")
    except UnicodeDecodeError:
        return False


def _require_inside(unpacked: bytes) -> None:
    # In UTF-16 the same words would not be found: nothing that office suites write is in it.
    if b"\0" in unpacked or _SPELLED_OUT.search(unpacked):
        raise UnfitFile("file_broken")
    if _EXTERNAL.search(unpacked) or _ELSEWHERE.search(unpacked):
        raise UnfitFile("file_reaches_out")
    if _MACROS.search(unpacked):
        raise UnfitFile("file_macros")
    if _OBJECT.search(unpacked):
        raise UnfitFile("file_acts")
