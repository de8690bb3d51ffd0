"""Files as people bring them: text documents of an office suite and PDFs, sound and otherwise."""

import struct
import warnings
import zipfile
import zlib
from io import BytesIO

RELS = '<Relationships><Relationship Id="r1" Target="media/a.png"{}/></Relationships>'
TYPES = "<Types><Override PartName='/word/document.xml' ContentType='{}document.main+xml'/></Types>"
COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")  # as older office files begin


def document(packed: int = zipfile.ZIP_DEFLATED, **changed: str | bytes) -> bytes:
    """Return a text document of an office suite, with members *changed* or added; _ for /."""
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": TYPES.format("wordprocessingml."),
        "word/document.xml": "<document>述职报告</document>",
        "word/_rels/document.xml.rels": RELS.format(""),
    } | {name.replace("__", "/"): text for name, text in changed.items()}
    file = BytesIO()
    with zipfile.ZipFile(file, "w", packed) as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(name), text, packed)  # the same bytes at any time
    return file.getvalue()


def doubled(name: str) -> bytes:
    """Return a text document with a second member of that name."""
    file = BytesIO(document())
    with zipfile.ZipFile(file, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr(name, "<document>别的</document>")
    return file.getvalue()


def locked(archive: bytes) -> bytes:
    """Return *archive* whose members say that they are encrypted."""
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = archive.index(signature) + at
        archive = archive[:place] + b"\x01" + archive[place + 1 :]
    return archive


def lying(size: int) -> bytes:
    """Return a text document that says of a member of 100 bytes, in zip64, it had *size*."""
    file = BytesIO(document())
    with zipfile.ZipFile(file, "a") as archive, archive.open("a", "w", force_zip64=True) as member:
        member.write(b"x" * 100)
    content = file.getvalue()
    at = content.rindex(b"PK\x01\x02")
    said = struct.pack("<HHQ", 1, 8, size)
    content = content[: at + 24] + b"\xff" * 4 + content[at + 28 :]  # the size, elsewhere
    content = content[: at + 30] + struct.pack("<H", len(said)) + content[at + 32 :]
    directory = content[: at + 47] + said + content[at + 47 :]  # behind the name, of one letter
    end = directory.rindex(b"PK\x05\x06") + 12
    (length,) = struct.unpack_from("<I", directory, end)
    return directory[:end] + struct.pack("<I", length + len(said)) + directory[end + 4 :]


def moved(archive: bytes) -> bytes:
    """Return *archive* whose directory says of its first member that it begins elsewhere."""
    at = archive.index(b"PK\x01\x02") + 42
    return archive[:at] + (1_000_000).to_bytes(4, "little") + archive[at + 4 :]


def pdf(n_pages: int = 1, packed: bytes = b"") -> bytes:
    pages = b"<< /Type /Page >>\n" * n_pages
    objects = zlib.compress(b"7 0 " + packed)  # the numbers of its objects, and where they begin
    stream = b"<< /Type /ObjStm >> stream\n" + objects + b"\nendstream\n"
    return b"%PDF-1.7\n" + pages + (stream if packed else b"") + b"%%EOF\n"


def packing(number: int, said: bytes, of: bytes = b"<< /Type /ObjStm /N 1 /First 5 >>") -> bytes:
    """Return a PDF that opens with an object that is packed away and says so."""
    objects = zlib.compress(b"%d 0\n " % number + said)
    stream = b"7 0 obj " + of + b" stream\n" + objects + b"\nendstream endobj\n"
    return holding(b"/OpenAction 8 0 R")[:-6] + stream + b"%%EOF\n"


def holding(said: bytes) -> bytes:
    """Return a PDF with an object that says so."""
    return pdf()[:-6] + b"9 0 obj << " + said + b" >> endobj\n%%EOF\n"


def of_type(word: str) -> bytes:
    """Return a text document with a part that says nothing by its name, of another type."""
    types = TYPES.format("wordprocessingml.")
    types = types.replace("</", f"<Override PartName='/word/a.dat' ContentType='a/{word}'/></")
    return document(**{"[Content_Types].xml": types, "word/a.dat": "x"})


def related(word: str) -> bytes:
    rels = RELS.format("").replace("Target", f'Type="http://o/relationships/{word}" Target')
    return document(**{"word/_rels/document.xml.rels": rels})


def commented(comment: bytes) -> bytes:
    file = BytesIO(document())
    with zipfile.ZipFile(file, "a") as archive:
        archive.comment = comment
    return file.getvalue()
