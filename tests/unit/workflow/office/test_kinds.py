"""Which files are taken: told by their own bytes, and refused with the reason."""

import zipfile
import zlib
from collections.abc import Callable, Mapping
from time import process_time

import pytest

from services.workflow.adapters.office.archive import MOST_MEMBERS
from services.workflow.adapters.office.kinds import MOST_PAGES, kind_of
from services.workflow.application.attachments import UnfitFile
from tests.made_files import (
    COMPOUND,
    RELS,
    TYPES,
    commented,
    document,
    doubled,
    holding,
    locked,
    lying,
    moved,
    of_type,
    packing,
    pdf,
    related,
)

TEXT = "word/document.xml"
WORDS = (
    "<w:document xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'>"
    "{}</w:document>"
)
TOO_LONG = "file_too_many_pages"


def broken(how: str, n: int = 10_000) -> Mapping[str, str]:
    page = f"<w:p><w:r><w:{how}/></w:r></w:p>"
    return {TEXT: WORDS.format(page * n)}


def saying(text: str) -> bytes:
    return document(**{TEXT: WORDS.format(text)})


def table(n_rows: int, cell: str) -> bytes:
    """Return a text document of a table of ten columns."""
    row = f"<w:tr>{f'<w:tc>{cell}</w:tc>' * 10}</w:tr>"
    return saying(f"<w:tbl>{row * n_rows}</w:tbl>")


BOMB = b"\0" * (60 * 1024 * 1024)
LINKS = (
    '<Relationships><Relationship Id="rId4" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    f'relationships/hyperlink" Target="http://a.cn/{"a" * 30 * 1024 * 1024}"'
    ' TargetMode="External"/>'
    "</Relationships>"
)
BAD: Mapping[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "file_kind_unknown"),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n", "file_kind_unknown"),
    "a page": (lambda: b"<html><script>alert(1)</script>", "file_kind_unknown"),
    "another zip": (lambda: document(**{"word__document.xml": ""})[:-30], "file_broken"),
    "a zip cut off": (lambda: document()[:200], "file_broken"),
    "macros": (lambda: document(word__vbaProject_bin="x").replace(b"_bin", b".bin"), "file_macros"),
    "macros by type": (
        lambda: document(**{"[Content_Types].xml": TYPES.format("ms-word.macroEnabled.")}),
        "file_macros",
    ),
    "something outside": (
        lambda: document(
            **{"word___rels__document.xml.rels": RELS.format(' TargetMode="External"')}
        ),
        "file_reaches_out",
    ),
    "an entity": (
        lambda: document(**{"word___rels__x.rels": '<!DOCTYPE r [<!ENTITY a "b">]><r/>'}),
        "file_broken",
    ),
    "an entity in the text": (
        lambda: document(
            **{TEXT: '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'}
        ),
        "file_broken",
    ),
    "a text that is no XML": (lambda: document(**{TEXT: "hello"}), "file_broken"),
    "UTF-16": (
        lambda: document(**{"word___rels__x.rels": RELS.format("").encode("utf-16")}),
        "file_broken",
    ),
    "a bomb": (lambda: document(word__media=BOMB), "file_too_large_unpacked"),
    "links and nothing else, and too many": (
        lambda: document(**{f"word/_rels/{n}.rels": LINKS for n in range(2)}),
        "file_too_large_unpacked",
    ),
    "what grows at once": (lambda: document(zipfile.ZIP_BZIP2), "file_broken"),
    "another packing": (lambda: document(zipfile.ZIP_LZMA), "file_broken"),
    "a member that begins behind the end": (lambda: moved(document()), "file_broken"),
    "too many members": (
        lambda: document(**{f"word__{n}": "" for n in range(MOST_MEMBERS)}),
        "file_too_large_unpacked",
    ),
    "an encrypted zip": (lambda: locked(document()), "file_encrypted"),
    "a member twice": (lambda: doubled("word/document.xml"), "file_broken"),
    "a member twice in other letters": (lambda: doubled("Word/Document.xml"), "file_broken"),
    "an absolute path": (lambda: doubled("/etc/passwd"), "file_broken"),
    "a path upwards": (lambda: doubled("word/../../x"), "file_broken"),
    "another system's path": (lambda: doubled("C:x"), "file_broken"),
    "an archive in it": (lambda: document(word__a=document()), "file_broken"),
    "a spreadsheet with macros in it": (
        lambda: document(
            **{"word/embeddings/a.xlsx": document(xl__vbaProject_bin="x").replace(b"_bin", b".bin")}
        ),
        "file_macros",
    ),
    "a program in it": (lambda: document(**{"word/embeddings/a.exe": "MZ\x90"}), "file_acts"),
    "a program that is called a picture": (
        lambda: document(**{"word/media/a.png": "MZ\x90"}),
        "file_acts",
    ),
    "an object of whichever program": (
        lambda: document(**{"word/embeddings/oleObject1.bin": "x"}),
        "file_acts",
    ),
    "10,000 pages begun by hand": (lambda: document(**broken('br w:type="page"')), TOO_LONG),
    "10,000 pages as they were laid out": (
        lambda: document(**broken("lastRenderedPageBreak")),
        TOO_LONG,
    ),
    "10,000 pages as it says itself": (
        lambda: document(**{"docProps/app.xml": "<Properties><Pages>10000</Pages></Properties>"}),
        TOO_LONG,
    ),
    "10,000 sections of a page each": (lambda: document(**broken("sectPr")), TOO_LONG),
    "sections that begin on odd pages": (
        lambda: document(**broken('sectPr><w:type w:val="oddPage"/></w:sectPr')),
        TOO_LONG,
    ),
    "lines without end": (lambda: document(**broken("p", 400_000)), TOO_LONG),
    "rows without end": (lambda: table(60_000, "<w:p/>"), TOO_LONG),
    "cells of lines without end": (lambda: table(200, "<w:p/>" * 300), TOO_LONG),
    "cells in no row": (lambda: saying("<w:tc><w:p/></w:tc>" * 60_000), TOO_LONG),
    "cells of another sort": (
        lambda: saying(f"<x:tr xmlns:x='x'>{'<x:tc><w:p/></x:tc>' * 60_000}</x:tr>"),
        TOO_LONG,
    ),
    "cells that are a comment": (
        lambda: saying(f"<!--<w:tr><w:tc>-->{'<w:p/><!--</w:tc><w:tc>-->' * 60_000}"),
        TOO_LONG,
    ),
    "one paragraph of lines without end": (lambda: document(**broken("br", 400_000)), TOO_LONG),
    "words without end": (
        lambda: document(**{TEXT: "<w:p><w:t>" + "述" * 15_000_000 + "</w:t></w:p>"}),
        TOO_LONG,
    ),
    "a bomb that says it is small": (lambda: lying(1), "file_broken"),
    "a member that says it is endless": (lambda: lying(2**62), "file_broken"),
    "a page behind its end": (lambda: commented(b"<script>"), "file_broken"),
    "a pdf in its head": (
        lambda: document(zipfile.ZIP_STORED, **{"[Content_Types].xml": "%PDF-1.7"}),
        "file_broken",
    ),
    "an archive behind a pdf": (lambda: pdf() + document()[:1000], "file_broken"),
    "an encrypted pdf": (lambda: pdf()[:-6] + b"/Encrypt 5 0 R %%EOF", "file_encrypted"),
    "macros by ending": (
        lambda: document(**{"[Content_Types].xml": TYPES.format("ms-word.template.macroEnabled.")}),
        "file_macros",
    ),
    "macros under any name": (lambda: of_type("vnd.ms-office.vbaProject"), "file_macros"),
    "macros by what points at them": (lambda: related("vbaProject"), "file_macros"),
    "a type spelled by numbers": (lambda: of_type("vnd.ms-office.vb&#97;Project"), "file_broken"),
    "an object": (lambda: related("oleObject"), "file_acts"),
    "an object under any name": (lambda: document(word__a=COMPOUND + b"x"), "file_acts"),
    "a control": (lambda: related("control"), "file_acts"),
    "another text in it": (lambda: related("aFChunk"), "file_acts"),
    "relations in other letters": (
        lambda: document(**{"word/_rels/x.RELS": RELS.format(' TargetMode="External"')}),
        "file_reaches_out",
    ),
    "an encrypted docx": (
        lambda: COMPOUND + "EncryptedPackage".encode("utf-16-le"),
        "file_encrypted",
    ),
    "an older document": (lambda: COMPOUND, "file_kind_unknown"),
    "a script in a pdf": (lambda: holding(b"/S /JavaScript /JS (app.alert)"), "file_acts"),
    "a script without a kind": (lambda: holding(b"/S /Rendition /JS 5 0 R"), "file_acts"),
    "a program that is started": (lambda: holding(b"/OpenAction << /S /Launch >>"), "file_acts"),
    "a place elsewhere that it opens": (
        lambda: holding(b"/OpenAction<</S/URI/URI(http://x)>>"),
        "file_acts",
    ),
    "a file that it opens": (lambda: holding(b"/OpenAction <</S/GoToR/F(x)>>"), "file_acts"),
    "what it opens, told behind a remark": (
        lambda: holding(b"/OpenAction %x\n<</S/URI/URI(http://x)>>"),
        "file_acts",
    ),
    "what it does after it opened": (
        lambda: holding(b"/OpenAction <</S/GoTo/D[1 0 R]/Next<</S/URI/URI(x)>>>>"),
        "file_acts",
    ),
    "what it opens, told elsewhere": (
        lambda: holding(b"/OpenAction 8 0 R >> endobj 8 0 obj <</S/URI/URI(http://x)>>"),
        "file_acts",
    ),
    "what it opens, packed away": (lambda: packing(8, b"<</S/URI/URI(http://x)>>"), "file_acts"),
    "what it opens, packed away and beside it": (
        lambda: packing(8, b"[1 0 R]").replace(b"9 0 obj", b"8 0 obj <</S/URI>> endobj 9 0 obj"),
        "file_acts",
    ),
    "another object packed away": (lambda: packing(6, b"[1 0 R /Fit]"), "file_acts"),
    "a stream that says twice where it begins": (
        lambda: packing(8, b"[1 0 R]", b"<< /Type /ObjStm /N 1 /First 5 /First 9 >>"),
        "file_acts",
    ),
    "a stream that says elsewhere where it begins": (
        lambda: packing(8, b"[1 0 R]", b"<< /Type /ObjStm /N 1 /First 5 0 R >>"),
        "file_acts",
    ),
    "a place that is named in an address": (
        lambda: holding(b"/OpenAction <</S/URI/URI(http://x/S/GoTo)>>"),
        "file_acts",
    ),
    "a place and then something else": (
        lambda: holding(b"/OpenAction <</S/GoTo/D[1 0 R]/S/URI/URI(x)>>"),
        "file_acts",
    ),
    "what it opens, told nowhere": (lambda: holding(b"/OpenAction 8 0 R"), "file_acts"),
    "what a page does": (lambda: holding(b"/AA<</O<</S/ResetForm>>>>"), "file_acts"),
    "what a page does, told elsewhere": (lambda: holding(b"/AA %\n 8 0 R"), "file_acts"),
    "openings without end": (lambda: holding(b"/OpenAction [1 0 R]" * 100), "file_acts"),
    "a file in a pdf": (lambda: holding(b"/Type /EmbeddedFile"), "file_acts"),
    "a form that is a program": (lambda: holding(b"/AcroForm << /XFA 5 0 R >>"), "file_acts"),
    "a script packed away": (lambda: pdf(1, b"<< /JS (app.alert(1)) >>"), "file_acts"),
    "a name spelled by numbers": (lambda: holding(b"/S /Java#53cript"), "file_broken"),
    "a name of numbers alone": (lambda: holding(b"/#4a#53 (app.alert)"), "file_broken"),
    "objects packed twice": (
        lambda: pdf(1, b"x").replace(zlib.compress(b"7 0 x"), zlib.compress(zlib.compress(b"7 0"))),
        "file_broken",
    ),
    "objects packed otherwise": (
        lambda: pdf(1, b"x").replace(zlib.compress(b"7 0 x"), b"<~87cURD~>"),
        "file_broken",
    ),
    "a pdf cut off": (lambda: pdf()[:-6], "file_broken"),
    "ten thousand pages": (lambda: pdf(10_000), "file_too_many_pages"),
    "pages packed away": (
        lambda: pdf(1, b"<< /Type /Page >>" * (MOST_PAGES + 1)),
        "file_too_many_pages",
    ),
    "pages only told": (lambda: pdf(1, b"<< /Type /Pages /Count 10000 >>"), "file_too_many_pages"),
    "one page again and again": (
        lambda: holding(b"/Type /Pages /Count 1 /Kids [" + b"3 0 R " * 10_000 + b"]"),
        "file_broken",
    ),
    "one page again, behind a remark": (
        lambda: holding(b"/Kids %[]\n [3 0 R %]\n 3 0 R]"),
        "file_broken",
    ),
    "pages told elsewhere": (lambda: holding(b"/Kids 8 0 R"), "file_broken"),
    "pages named and not there": (
        lambda: holding(b"/Kids [" + b"".join(b"%d 0 R " % n for n in range(10_000)) + b"]"),
        TOO_LONG,
    ),
    "too many streams in a pdf": (
        lambda: b"%PDF-1.7\n" + b"/ObjStm stream\n7 0 \n" * 100_000 + b"%%EOF",
        "file_too_large_unpacked",
    ),
    "a bomb in a pdf": (lambda: pdf(1, BOMB), "file_too_large_unpacked"),
}


@pytest.mark.parametrize(("content", "kind"), [(document(), "docx"), (pdf(), "pdf")])
def test_the_kind_is_told_by_the_bytes(content: bytes, kind: str):
    assert kind_of(content) == kind


@pytest.mark.parametrize("what", BAD)
def test_what_is_no_sound_file_is_refused_with_its_reason(what: str):
    make, code = BAD[what]
    with pytest.raises(UnfitFile) as refused:
        kind_of(make())
    assert refused.value.blockers[0].code == code


@pytest.mark.parametrize(
    "said",
    [
        b"/OpenAction [1 0 R /Fit]",
        b"/OpenAction <</S/GoTo/D[1 0 R/Fit]>>",
        b"/OpenAction 8 0 R >> endobj 8 0 obj [1 0 R /Fit]",
        b"/Kids [1 0 R 2 0 R]",
        b"/AA\x9c<",
        b"/A << /S /URI /URI (http://a.cn) >>",
        b"/Title (A#20B)",
    ],
)
def test_a_pdf_may_say_where_it_opens_and_what_it_points_to(said: bytes):
    assert kind_of(holding(said)) == "pdf"


@pytest.mark.parametrize(
    "said", [b"[1 0 R /Fit]", b"<< /S /GoTo /D (Doc-Start) >>", b"<</D/a/S/GoTo>>"]
)
def test_where_a_pdf_opens_may_be_packed_away(said: bytes):
    assert kind_of(packing(8, said)) == "pdf"


def test_what_only_looks_like_a_script_in_a_packed_picture_is_none():
    assert kind_of(holding(b"/JS\x9c(\x00/J#S /#4A\x00/Caf#65")) == "pdf"


def test_a_spreadsheet_that_an_office_suite_embeds_is_taken():
    assert kind_of(document(**{"word/embeddings/a.xlsx": document()})) == "docx"


def test_as_many_pages_as_a_pdf_may_have_are_no_harm():
    assert kind_of(document(**broken('br w:type="page"', MOST_PAGES))) == "docx"
    assert kind_of(document(**broken('br w:type="column"'))) == "docx"


def test_a_page_that_begins_with_a_row_of_a_table_is_one_however_many_cells_say_so():
    """A hundred and one pages of a table of five columns, as an office suite saves it."""
    said = "<Properties><Pages>101</Pages></Properties>"
    table = broken("lastRenderedPageBreak", MOST_PAGES + 5)
    assert kind_of(document(**table, **{"docProps/app.xml": said})) == "docx"


def test_the_cells_of_a_row_are_no_lines_one_below_the_other():
    """As many pages as are taken, each with thirty rows of ten cells."""
    assert kind_of(table(30 * MOST_PAGES, "<w:p><w:r><w:t>已整改</w:t></w:r></w:p>")) == "docx"


def test_breaks_that_are_begun_and_never_ended_are_looked_through_once():
    for one in ("<w:bookmark ", "<w:t ", "<v:fill ", "<v:fill a='"):
        begun = one * 300_000  # hours, where each looks for its end by itself
        with pytest.raises(UnfitFile):
            kind_of(document(**{TEXT: begun}))


@pytest.mark.parametrize("said", [b"/ObjStm", b"/AA%", b"/AA ", b"/A"])
def test_what_a_pdf_says_again_and_again_is_looked_at_once(said: bytes):
    began = process_time()
    assert kind_of(b"%PDF-1.7\n" + said * 100_000 + b"%%EOF") == "pdf"
    assert process_time() - began < 1  # minutes, where each looks for its end by itself


FIELD = "<document><w:fldSimple w:instr='DDEAUTO cmd'/></document>"


def declared(encoding: str, said: str = FIELD) -> bytes:
    """Return a part that says it is in *encoding*, and is where Python knows how."""
    return f"<?xml version='1.0' encoding=\"{encoding}\"?>{said}".encode(encoding)


@pytest.mark.parametrize(
    "encoding", ["utf-16", "utf-16-be", "utf-32", "utf-32-be", "utf-7", "cp037", "gb18030", "hz"]
)
@pytest.mark.parametrize("part", [TEXT, "customXml/item1.xml", "word/a.dat"])
def test_a_part_in_letters_that_are_not_what_they_seem_is_refused(part: str, encoding: str):
    sound = declared(encoding, "<document>述职</document>" if "7" not in encoding else "<a/>")
    for written in (declared(encoding), sound):
        with pytest.raises(UnfitFile) as refused:
            kind_of(document(**{part: written}))
        assert refused.value.blockers[0].code == "file_broken"


@pytest.mark.parametrize(
    "declaration",
    [
        "<?xml version='1.0' encoding='UTF-8'?>",
        "\ufeff<?xml version='1.0'?>",
        "<?xml version='1.0' encoding='US-ASCII'?>",
    ],
)
def test_a_part_in_plain_letters_is_read_as_it_is(declaration: str):
    assert kind_of(document(**{TEXT: declaration + "<document/>"})) == "docx"
    with pytest.raises(UnfitFile) as refused:
        kind_of(document(**{TEXT: declaration + FIELD}))
    assert refused.value.blockers[0].code == "file_acts"


@pytest.mark.parametrize("bytes_", [b"<a>\xff\xfe</a>", b"<a>\0</a>", b" \n<a>\xc4\xe3</a>"])
def test_a_part_of_bytes_that_are_no_letters_is_refused(bytes_: bytes):
    with pytest.raises(UnfitFile):
        kind_of(document(**{TEXT: bytes_}))


def test_a_picture_is_of_any_bytes():
    assert kind_of(document(**{"word/media/a.png": b"\x89PNG\r\n\x1a\n\0\0\xff\xfe"})) == "docx"
