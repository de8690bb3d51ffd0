"""Which kind of file somebody brought, by its own bytes; a name or a header claims nothing.

Two kinds are taken: a text document of an office suite, and a PDF. What could act by itself, reach
outside, or grow without bound when it is opened is refused before anybody opens it.
"""

import re
import zlib
from collections.abc import Iterator
from zipfile import ZipFile

from services.workflow.adapters.office.archive import MIB, MOST_MEMBERS, Family, opened
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
# What a file does when it is opened, or one of its pages: nothing but to go to a place in it.
_OPENS = re.compile(rb"/OpenAction(?![A-Za-z0-9])")
_GOES_TO = re.compile(rb"\s*(\[|<<(?![^>]*/Next\b)[^>]*/S\s*/GoTo(?![A-Za-z0-9])[^>]*>>)")
_REFERS = re.compile(rb"\s*(\d{1,10})\s+(\d{1,5})\s+R")
_AT_EVENTS = re.compile(rb"/AA(\s|%[^\r\n]{0,200}[\r\n]){0,20}(<<|\d+\s+\d+\s+R)")
_MOST_OPENINGS = 20  # of a file that was added to again and again
_COMMENT = re.compile(rb"%[^\r\n]*")
_ONE_OF_THEM = re.compile(rb"\d+\s+\d+\s+R")
# A name may be spelled with the numbers of its letters. No letter has to be, and none is by what
# makes documents: only somebody who hides a name does.
_HIDDEN_NAME = re.compile(rb"/[A-Za-z#0-9]*#(4[1-9a-fA-F]|5[0-9aA]|6[1-9a-fA-F]|7[0-9aA])")
_NUMBERED = re.compile(rb"\s*\d+\s+\d+\s")  # how what is in a stream of objects begins
_OBJECTS = b"/ObjStm"  # the kind of a stream of objects
_LOCKED = re.compile(rb"/Encrypt\s*(<<|\d+\s+\d+\s+R)")
_STREAM = re.compile(rb"stream\r?\n")


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
        or _n(_LINE, text) > _MOST_LINES
        or _n_characters(text) > _MOST_CHARACTERS
    ):
        raise UnfitFile("file_too_many_pages", most=MOST_PAGES)


def _n_sections(text: bytes) -> int:
    """Return how many sections begin a page of their own."""
    sections = (one.partition(b":sectPr>")[0] for one in _SECTION.split(text)[1:])
    return sum(not _GOES_ON.search(one) for one in sections)


def _n_characters(text: bytes) -> int:
    return sum(len(one[1].decode("utf-8", "replace")) for one in _WORDS.finditer(text))


def _n(found: re.Pattern[bytes], text: bytes) -> int:
    return sum(1 for _ in found.finditer(text))


# --- PDF ---


def _require_pdf(content: bytes) -> None:
    _, ended, behind = content[-_TAIL:].rpartition(b"%%EOF")
    if not ended or b"PK" in behind:
        raise UnfitFile("file_broken")
    n_pages, told = 0, 0
    for piece in _pieces(content):
        if _HIDDEN_NAME.search(piece):
            raise UnfitFile("file_broken")
        if _ACTS.search(piece) or _AT_EVENTS.search(piece) or _acts_on_opening(piece, content):
            raise UnfitFile("file_acts")
        if _LOCKED.search(piece):
            raise UnfitFile("file_encrypted")
        n_pages += sum(1 for _ in _PAGE.finditer(piece))
        told = max(told, max((int(one[1]) for one in _COUNT.finditer(piece)), default=0))
        told = max(told, _most_kids(piece))
    if max(n_pages, told) > MOST_PAGES:
        raise UnfitFile("file_too_many_pages", most=MOST_PAGES)


def _acts_on_opening(piece: bytes, content: bytes) -> bool:
    """Tell whether anything but a place in the file itself is gone to when it is opened."""
    for n, found in enumerate(_OPENS.finditer(piece)):
        if n == _MOST_OPENINGS:
            return True
        if _GOES_TO.match(piece, found.end()):
            continue
        told = _REFERS.match(piece, found.end())
        if told is None:
            return True
        # Where it is rewritten, each of its versions counts.
        named = re.compile(rb"(?<!\d)%s\s+%s\s+obj" % (told[1], told[2]))
        places = [one.end() for one in named.finditer(content)]
        if not places or not all(_GOES_TO.match(content, at) for at in places):
            return True
    return False


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


def _pieces(content: bytes) -> Iterator[bytes]:
    """Yield the bytes as they stand, and what is packed in streams of objects, bounded."""
    yield content
    left = MOST_UNPACKED
    for n, start in enumerate(_streams(content)):
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
        yield unpacked


def _streams(content: bytes) -> Iterator[int]:
    """Yield where streams of objects begin; looks at every byte once, whatever they say."""
    at = content.find(_OBJECTS)
    while at >= 0 and (found := _STREAM.search(content, at)):
        yield found.end()
        at = content.find(_OBJECTS, found.end())
