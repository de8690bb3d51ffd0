"""Which kind of file somebody brought, by its own bytes; a name or a header claims nothing.

Two kinds are taken: a text document of an office suite, and a PDF. What could act by itself, reach
outside, or grow without bound when it is opened is refused before anybody opens it.
"""

import re
import zlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from xml.parsers.expat import ExpatError, ParserCreate
from zipfile import ZipFile

from services.workflow.adapters.office.archive import MIB, MOST_MEMBERS, Family, opened
from services.workflow.adapters.office.lines import n_lines
from services.workflow.adapters.office.pdf_streams import require_bounded
from services.workflow.application.attachments import Kind, UnfitFile

MOST_UNPACKED = 50 * MIB
MOST_PAGES = 500
_DOCUMENT = Family(
    needed=frozenset({"[Content_Types].xml", "word/document.xml"}),
    unknown="file_kind_unknown",
    most_unpacked=MOST_UNPACKED,
    too_large="file_too_large_unpacked",
    embeds="word/embeddings/",
)
_PROPERTIES = "docProps/app.xml"
_PAGES = re.compile(rb"<(?:\w+:)?Pages>\s*(\d{1,9})\s*<")
# A page that is begun: by hand, and where the office suite laid one out when it saved.
_BROKEN = re.compile(rb"""<\w+:br\b[^<>]*\btype\s*=\s*["']page["']|<\w+:pageBreakBefore\b""")
_SECTION = re.compile(rb"<\w+:sectPr\b")  # begins a page, unless it says that it goes on
_GOES_ON = re.compile(rb"""<\w+:type\b[^<>]*\bval\s*=\s*["'](continuous|nextColumn)["']""")
_LINE = re.compile(rb"<\w+:(p|br|cr)\b")
_WORDS = re.compile(rb"<\w+:t\b[^<>]*>([^<]*)<")
# More than a page of small print holds: whoever has fewer may be laid out on no more than is taken.
_MOST_LINES = 100 * MOST_PAGES
_MOST_SIDE_BY_SIDE = 20  # cells of a row, all over a document
_MOST_CHARACTERS = 3_000 * MOST_PAGES
_LAID_OUT = re.compile(rb"<\w+:lastRenderedPageBreak\b")
_TAIL = 2048  # where a PDF has to say that it ends
_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
_COUNT = re.compile(rb"/Count\s+(\d{1,9})")
# What runs, starts or brings something by itself; where a file opens at is no action of these.
# `JS` is short: it counts where a script follows, so that it is not found in packed pictures.
_ACTS = re.compile(
    rb"/(JavaScript|Launch|EmbeddedFiles?|RichMedia|XFA|GoToE|SubmitForm|ImportData)"
    rb"(?![A-Za-z0-9])"
    rb"|/JS\s*(\(\s*([ -~]{4}|\xfe\xff)|<\s*[0-9A-Fa-f]{4}|\d+\s+\d+\s+R)"
)
# What a file does when it is opened, or one of its pages: nothing but to go to a place in it. Other
# keys are none of a place, and a second time the same might be what is done.
_OPENS = re.compile(rb"/OpenAction(?![A-Za-z0-9])")
_GOES_TO = re.compile(
    rb"""\s*(\[|<<
    (\s*/Type\s*/Action(?![A-Za-z0-9])
    |\s*/S\s*/GoTo(?![A-Za-z0-9])
    |\s*/S?D\s*(\[[\w\s/.+-]*\]|\([^()\\]*\)|<[0-9A-Fa-f\s]*>|/[\w.:+-]+|\d+\s+\d+\s+R)
    )*\s*>>)""",
    re.VERBOSE,
)
_REFERS = re.compile(rb"\s*(\d{1,10})\s+(\d{1,5})\s+R")
_AT_EVENTS = re.compile(rb"/AA(\s|%[^\r\n]{0,200}[\r\n]){0,20}(<<|\d+\s+\d+\s+R)")
_MOST_OPENINGS = 20  # of a file that was added to again and again
_COMMENT = re.compile(rb"%[^\r\n]*")
_ONE_OF_THEM = re.compile(rb"\d+\s+\d+\s+R")
# A name may be spelled with the numbers of its letters. Only somebody who hides one of these does;
# others look so by chance in packed pictures.
_SPELLED = re.compile(rb"/([A-Za-z0-9#]*#[A-Za-z0-9#]+)")
_LETTER = re.compile(rb"#([0-9A-Fa-f]{2})")
_MOST_SPELLED = 100  # bytes of such a name
_READ = frozenset(
    b"JavaScript JS Launch EmbeddedFile EmbeddedFiles RichMedia XFA GoToE SubmitForm ImportData"
    b" OpenAction AA ObjStm Encrypt Type Page Kids Count Filter".split()
)
_NUMBERED = re.compile(rb"\s*\d+\s+\d+\s")  # how what is in a stream of objects begins
_OBJECTS = b"/ObjStm"  # the kind of a stream of objects
_LOCKED = re.compile(rb"/Encrypt\s*(<<|\d+\s+\d+\s+R)")
_STREAM = re.compile(rb"stream\r?\n")
# What a stream of objects says of itself, where nothing in it can be read in two ways.
_SAYS = re.compile(rb"\s*<<([^<>()%]*)>>\s*")
_SAYS_ONE = re.compile(rb"/(N|First)(?![A-Za-z0-9])(?:\s+(\d{1,7})(?!\d|\s+\d+\s+R))?")
_NO_TABLE = re.compile(rb"[^0-9 \t\r\n\f]")


def kind_of(content: bytes) -> Kind:
    """Return which kind *content* is.

    Raises:
        UnfitFile: it is of neither kind, or no file of that kind that is taken.
    """
    if content.startswith(b"%PDF-"):
        _require_pdf(content)
        return "pdf"
    with opened(content, _DOCUMENT) as archive:
        _require_few_pages(archive)
        _require_sound(archive)
        return "docx"


# --- A text document ---


def _require_few_pages(archive: ZipFile) -> None:
    """Refuse what its writer says is too long, and what breaks its pages too often.

    How many pages there are is known by nobody who does not lay them out. Where nobody says it,
    what was laid out is counted: a page that begins with a row is marked in each of its cells.
    """
    text = archive.read("word/document.xml")
    said = archive.read(_PROPERTIES) if _PROPERTIES in archive.namelist() else b""
    pages = [int(one[1]) for one in _PAGES.finditer(said)] or [_n(_LAID_OUT, text)]
    if (
        max(*pages, _n(_BROKEN, text) + _n_sections(text)) > MOST_PAGES
        or _has_too_many_lines(text)
        or _n_characters(text) > _MOST_CHARACTERS
    ):
        raise UnfitFile("file_too_many_pages", most=MOST_PAGES)


def _require_sound(archive: ZipFile) -> None:
    """Refuse a text that is no XML: one reader would show what another does not."""
    try:
        ParserCreate().Parse(archive.read("word/document.xml"), True)
    except ExpatError as error:
        raise UnfitFile("file_broken") from error


def _has_too_many_lines(text: bytes) -> bool:
    n = _n(_LINE, text)
    # Cells are told from what stands below them where it matters, and bounded all the same.
    return n > _MOST_SIDE_BY_SIDE * _MOST_LINES or (n > _MOST_LINES and n_lines(text) > _MOST_LINES)


def _n_sections(text: bytes) -> int:
    """Return how many sections begin a page of their own."""
    sections = (one.partition(b":sectPr>")[0] for one in _SECTION.split(text)[1:])
    return sum(not _GOES_ON.search(one) for one in sections)


def _n_characters(text: bytes) -> int:
    return sum(len(one[1].decode("utf-8", "replace")) for one in _WORDS.finditer(text))


def _n(found: re.Pattern[bytes], text: bytes) -> int:
    return sum(1 for _ in found.finditer(text))


# --- PDF ---

Reference = tuple[int, int]  # of an object: its number and generation


class _Piece(NamedTuple):
    """Bytes in which objects stand; *says* is what a stream says of itself, None: of the file."""

    text: bytes
    says: bytes | None


def _require_pdf(content: bytes) -> None:
    _, ended, behind = content[-_TAIL:].rpartition(b"%%EOF")
    if not ended or b"PK" in behind:
        raise UnfitFile("file_broken")
    require_bounded(content)
    n_pages, told, openings = 0, 0, list[Reference]()
    for piece in _pieces(content):
        if _hides_a_name(piece.text):
            raise UnfitFile("file_broken")
        if _ACTS.search(piece.text) or _AT_EVENTS.search(piece.text):
            raise UnfitFile("file_acts")
        if _LOCKED.search(piece.text):
            raise UnfitFile("file_encrypted")
        openings += _openings(piece.text)
        n_pages += sum(1 for _ in _PAGE.finditer(piece.text))
        told = max(told, max((int(one[1]) for one in _COUNT.finditer(piece.text)), default=0))
        told = max(told, _most_kids(piece.text))
    if openings:
        _require_places(openings, content)
    if max(n_pages, told) > MOST_PAGES:
        raise UnfitFile("file_too_many_pages", most=MOST_PAGES)


def _hides_a_name(text: bytes) -> bool:
    spelled = (one[1] for one in _SPELLED.finditer(text) if len(one[1]) <= _MOST_SPELLED)
    return any(_LETTER.sub(_letter, one) in _READ for one in spelled)


def _letter(spelled: re.Match[bytes]) -> bytes:
    return bytes.fromhex(spelled[1].decode())


def _openings(text: bytes) -> list[Reference]:
    """Return the objects that say where the file is opened.

    Raises:
        UnfitFile: something else is done than to go to a place in the file itself.
    """
    found = []
    for n, one in enumerate(_OPENS.finditer(text)):
        if n == _MOST_OPENINGS:
            raise UnfitFile("file_acts")
        if _GOES_TO.match(text, one.end()):
            continue
        told = _REFERS.match(text, one.end())
        if told is None:
            raise UnfitFile("file_acts")
        found.append((int(told[1]), int(told[2])))
    return found


def _require_places(openings: Sequence[Reference], content: bytes) -> None:
    """Refuse objects that are anything but a place in the file itself.

    Where one is rewritten, each of its versions counts; what is told nowhere may be anything.
    """
    goes: dict[Reference, list[bool]] = {one: [] for one in openings}
    if len(goes) > _MOST_OPENINGS:
        raise UnfitFile("file_acts")
    for (number, generation), found in goes.items():
        named = re.compile(rb"(?<!\d)0*%d\s+0*%d\s+obj" % (number, generation))
        found += [bool(_GOES_TO.match(content, one.end())) for one in named.finditer(content)]
    for piece in _pieces(content):
        for number, at in _packed(piece):
            if (number, 0) in goes:
                goes[number, 0].append(bool(_GOES_TO.match(piece.text, at)))
    if not all(found and all(found) for found in goes.values()):
        raise UnfitFile("file_acts")


def _packed(piece: _Piece) -> Iterator[tuple[int, int]]:
    """Yield the number of each object in a stream, and where it begins there.

    Raises:
        UnfitFile: the stream does not say it so that all who read it find the same.
    """
    if piece.says is None:
        return
    says = _SAYS.fullmatch(piece.says)
    told = [(one[1], one[2]) for one in _SAYS_ONE.finditer(says[1])] if says else []
    known: dict[bytes, bytes | None] = dict(told)
    n, first = (int(known.get(one) or 0) for one in (b"N", b"First"))
    if len(told) != len(known) or not n or not first:
        raise UnfitFile("file_acts")
    table = piece.text[:first]
    numbers = table.split()
    if _NO_TABLE.search(table) or len(numbers) < 2 * n:
        raise UnfitFile("file_acts")
    for number, at in zip(numbers[: 2 * n : 2], numbers[1 : 2 * n : 2], strict=True):
        yield int(number), first + int(at)


def _most_kids(piece: bytes) -> int:
    """Return how many pages the fullest branch of the tree of pages has.

    Raises:
        UnfitFile: it has one twice, which no tree does, or does not say at its place which it has.
    """
    most = 0
    for told in piece.split(b"/Kids")[1:]:
        begun, listed, kids = _COMMENT.sub(b"", told.partition(b"stream")[0]).partition(b"[")
        if begun.strip() or not listed:
            raise UnfitFile("file_broken")
        found = [one.split()[0] for one in _ONE_OF_THEM.findall(kids.partition(b"]")[0])]
        if len(set(found)) < len(found):
            raise UnfitFile("file_broken")
        most = max(most, len(found))
    return most


def _pieces(content: bytes) -> Iterator[_Piece]:
    """Yield the bytes as they stand, and what is packed in streams of objects, bounded."""
    yield _Piece(content, None)
    left = MOST_UNPACKED
    for n, (start, says) in enumerate(_streams(content)):
        if n == MOST_MEMBERS:
            raise UnfitFile("file_too_large_unpacked", most=MOST_UNPACKED // MIB)
        try:
            unpacked = zlib.decompressobj().decompress(memoryview(content)[start:], left)
        except zlib.error:
            unpacked = content[start : start + _TAIL]  # not packed: it stands in the file itself
        if not _NUMBERED.match(unpacked):
            raise UnfitFile("file_broken")  # packed in a way that no document is: it hides
        left -= len(unpacked)
        if left <= 0:
            raise UnfitFile("file_too_large_unpacked", most=MOST_UNPACKED // MIB)
        yield _Piece(unpacked, says)


def _streams(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield where streams of objects begin, and what stands before them of their own.

    Looks at every byte once, but for the few before each, whatever they say.
    """
    at = content.find(_OBJECTS)
    while at >= 0 and (found := _STREAM.search(content, at)):
        before = content[max(at - _TAIL, 0) : min(found.start(), at + _TAIL)]
        yield found.end(), before.rpartition(b"obj")[2]
        at = content.find(_OBJECTS, found.end())
