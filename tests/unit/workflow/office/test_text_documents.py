"""What a text document may not hide: fields that act or bring in, and a second way to read it."""

import stat
import struct
import zipfile
from io import BytesIO

import pytest

from services.workflow.adapters.office.kinds import kind_of
from services.workflow.application.attachments import UnfitFile
from services.workflow.domain.reasons import sentence
from tests.made_files import document

BEGIN, END = '<w:fldChar w:fldCharType="begin"/>', '<w:fldChar w:fldCharType="end"/>'
GOES_ON = '<w:fldChar w:fldCharType="separate"/>'
XLSX = "word/embeddings/a.xlsx"
LINKED = '<Relationship Type="http://o/relationships/externalLinkPath" Target="a"/>'


def said(*pieces: str) -> str:
    """Return what pieces of a field are, as an office suite writes them."""
    runs = (f'<w:instrText xml:space="preserve">{one}</w:instrText>' for one in pieces)
    return BEGIN + "".join(runs) + GOES_ON + "<w:t>1</w:t>" + END


def packed(body: str = "", link: bool = False, **more: str | bytes) -> bytes:
    members = {"[Content_Types].xml": "<Types/>", "word/document.xml": f"<w:p>{body}</w:p>"}
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (members | more).items():
            archive.writestr(name, text)
        if link:
            info = zipfile.ZipInfo("word/a")
            info.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, "/etc/passwd")
    return file.getvalue()


def between() -> bytes:
    """Return a document with something between its members and their directory."""
    content, more = packed(), b"PK\x03\x04 another"
    start = content.index(b"PK\x01\x02")
    (told,) = struct.unpack_from("<I", content, len(content) - 6)
    moved = content[start:-6] + struct.pack("<I", told + len(more)) + content[-2:]
    return content[:start] + more + moved


def with_nul() -> bytes:
    return packed(**{"word/a.xml": ""}).replace(b"word/a.xml", b"word/a\0xml")


FIELDS = {
    "a program that is talked to": (said(' DDEAUTO c:\\a "b" '), "file_acts"),
    "in pieces": (said(" DD", "EAU", "TO c "), "file_acts"),
    "in small letters": (said("dde a b"), "file_acts"),
    "letters by their numbers": (said(" &#68;DE a "), "file_acts"),
    "in one element": ('<w:fldSimple w:instr=" DDE a b "/>', "file_acts"),
    "under another prefix": (said(" DDE a ").replace("w:", "x:"), "file_acts"),
    "one that was deleted": (said(" DDE a ").replace("instrText", "delInstrText"), "file_acts"),
    "one that was deleted and its ends kept": (
        "<w:delInstrText> DDEAUTO a </w:delInstrText>",
        "file_acts",
    ),
    "one behind another that ended": (
        said("PAGE") + "<w:instrText>DDE a</w:instrText>",
        "file_acts",
    ),
    "a macro": (said(" MACROBUTTON a b "), "file_acts"),
    "an object elsewhere": (said(" LINK Excel.Sheet a "), "file_acts"),
    "another text": (said(' INCLUDETEXT "http://a/b.docx" '), "file_reaches_out"),
    "a picture elsewhere": (said(' INCLUDEPICTURE "http://a/b.png" \\d '), "file_reaches_out"),
    "a table elsewhere": (said(" DATABASE \\d a "), "file_reaches_out"),
    "a name that another makes": (said(said(" QUOTE 68 68 69 "), " a b "), "file_broken"),
    "half a name that another makes": (said(" D", said(' IF 1=1 "DE" ')), "file_broken"),
    "a beginning spelled by numbers": (said("DDE a").replace("begin", "&#98;egin"), "file_acts"),
    "a comment in a name": (said(" D<!-- -->DE a "), "file_broken"),
    "an instruction in a name": (said(" D<?a?>DE a "), "file_broken"),
    "a name as it stands": (said(" <![CDATA[DDE a]]> "), "file_broken"),
}
ARCHIVES = {
    "something before": (lambda: b"PK\x03\x04 another" + packed(), "file_broken"),
    "something between": (between, "file_broken"),
    "something behind": (lambda: packed() + b"PK\x03\x04 another", "file_broken"),
    "the same name in other letters": (lambda: packed(**{"Word/DOCUMENT.xml": ""}), "file_broken"),
    "the same name in wide letters": (lambda: packed(**{"ｗord/document.xml": ""}), "file_broken"),
    "an absolute name": (lambda: packed(**{"/word/a": ""}), "file_broken"),
    "a name that points upwards": (lambda: packed(**{"word/../../a": ""}), "file_broken"),
    "a name that ends before its end": (with_nul, "file_broken"),
    "what leads elsewhere": (lambda: packed(link=True), "file_broken"),
    "text in two bytes a letter": (
        lambda: packed(**{"word/a": said("DDE").encode("utf-16")}),
        "file_broken",
    ),
    "a sheet that reaches out": (
        lambda: packed(**{XLSX: packed(**{"xl/_rels/a.rels": LINKED})}),
        "file_reaches_out",
    ),
    "a field within what is embedded": (
        lambda: packed(**{"word/embeddings/a.docx": packed(said(" DDE a "))}),
        "file_acts",
    ),
    "embedded in what is embedded": (
        lambda: packed(**{XLSX: packed(**{XLSX: packed()})}),
        "file_broken",
    ),
    "a template elsewhere": (
        lambda: packed(**{"word/_rels/settings.xml.rels": LINKED.replace(*TEMPLATE)}),
        "file_reaches_out",
    ),
}
TEMPLATE = ("externalLinkPath", "attachedTemplate")


def refusal(content: bytes) -> str:
    """Return the code under which *content* is refused, which says so in both languages."""
    with pytest.raises(UnfitFile) as refused:
        kind_of(content)
    (blocker,) = refused.value.blockers
    chinese, english = (sentence(blocker, language) for language in ("zh", "en"))
    assert all((*chinese, *english))
    assert not set(chinese) & set(english)
    return str(blocker.code)


@pytest.mark.parametrize("what", FIELDS)
def test_a_field_that_acts_or_brings_in_is_refused_however_it_is_written(what: str):
    body, code = FIELDS[what]
    assert refusal(packed(body)) == code
    assert refusal(packed(**{"word/header1.xml": body})) == code


@pytest.mark.parametrize(
    "drawn",
    [
        '<v:imagedata src="http://x/a.png"/>',
        "<v:imagedata r:id='r1' o:title='a>b' src = '//x/a.png' />",
        '<imagedata\nsrc="&#104;ttp&#58;x"/>',
        '<x:fill o:althref="\\\\x\\a.png"/>',
        '<v:stroke o:href="file:a"></v:stroke>',
    ],
)
def test_a_drawing_brings_no_picture_from_elsewhere(drawn: str):
    assert refusal(packed(f"<w:pict>{drawn}</w:pict>")) == "file_reaches_out"
    assert refusal(packed(**{"word/footer1.xml": drawn})) == "file_reaches_out"


def test_a_drawing_shows_a_picture_of_the_file():
    drawn = '<v:imagedata r:id="rId5" r:href="rId6" o:title="http://a"/><v:fill src=""/>'
    assert kind_of(packed(f"<w:t>src=http://a</w:t>{drawn}")) == "docx"


@pytest.mark.parametrize("what", ARCHIVES)
def test_what_could_be_read_as_another_file_is_refused(what: str):
    make, code = ARCHIVES[what]
    assert refusal(make()) == code


@pytest.mark.parametrize(
    "body",
    [
        said(" PAGE \\* MERGEFORMAT "),
        said(' HYPERLINK \\l "LINK" '),
        said(" PRINTDATE "),
        said(" IF ", said(" PAGE "), ' = 1 "DDE" "LINK" '),
        said("") + said(" TOC \\o "),
        "<w:t>DDEAUTO INCLUDETEXT</w:t>",
    ],
)
def test_fields_that_tell_something_are_taken(body: str):
    assert kind_of(packed(body)) == "docx"


def test_an_archive_whose_sizes_stand_behind_its_members_is_taken():
    class Pipe(BytesIO):  # as who writes without going back
        def seekable(self) -> bool:
            return False

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w") as archive:
        for name in ("[Content_Types].xml", "word/document.xml"):
            archive.writestr(name, "<a/>")
    assert kind_of(pipe.getvalue()) == "docx"


LINK = (
    '<Relationship Id="rId4" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    'relationships/hyperlink" Target="http://a.cn/b?c=1&amp;d=2" TargetMode="External"/>'
)
USED = '<w:hyperlink xmlns:w="w" xmlns:r="r" r:id="rId4"/>'


def linking(link: str = LINK, body: str = USED, part: str = "word/document.xml") -> bytes:
    """Return a text document with *body* in *part*, which leads elsewhere by *link*."""
    relations = part.replace("word/", "word/_rels/") + ".rels"
    return document(**{part: body, relations: f"<Relationships>{link}</Relationships>"})


@pytest.mark.parametrize(
    "content",
    [
        linking(),
        linking(LINK.replace("http://a.cn/b?c=1&amp;d=2", "mailto:a@b.cn")),
        linking(LINK.replace("http://a", "https://a").replace("/>", "></Relationship>")),
        linking(part="word/footer1.xml"),
        linking(body="<a:hlinkClick xmlns:a='a' xmlns:r='r' r:id='rId4'/>"),
    ],
)
def test_a_link_that_somebody_clicks_is_no_harm(content: bytes):
    assert kind_of(content) == "docx"


@pytest.mark.parametrize(
    "content",
    [
        linking(LINK.replace("http://a.cn/b", "file:///etc/a")),
        linking(LINK.replace("http://a.cn/b", "\\\\a\\b")),
        linking(LINK.replace("http://a.cn/b", "javascript:a")),
        linking(LINK.replace("/hyperlink", "/image")),
        linking(LINK.replace("/hyperlink", "/attachedTemplate")),
        linking(LINK.replace("/hyperlink", "/frame")),
        linking(LINK.replace("/hyperlink", "/subDocument")),
        linking(LINK.replace("TargetMode", 'Target="file:a" TargetMode')),
        linking(LINK + LINK.replace("/hyperlink", "/image").replace("4", "5")),
        linking(part="word/settings.xml").replace(b"word/settings.xml", b"word/settingx.xml"),
        linking(body=f"<a>{USED}<a:blip xmlns:a='a' xmlns:r='r' r:link='rId4'/></a>"),
        linking(body="<v:imagedata xmlns:v='v' xmlns:o='o' o:relid=' rId4'/>"),
        linking(body="<w:attachedTemplate xmlns:w='w' xmlns:r='r' r:id='rId4'/>"),
        linking(body="<w:altChunk", part="word/footer1.xml"),
    ],
)
def test_what_is_fetched_by_itself_is_refused_even_where_it_says_it_is_a_link(content: bytes):
    assert refusal(content) == "file_reaches_out"
