"""Files of documents: checked by their own bytes, kept by hash, read by who reads the document."""

import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from time import process_time
from typing import Any

import psycopg
import pytest
from werkzeug.test import TestResponse

from services.workflow.adapters.files import scheme_file
from services.workflow.adapters.office.archive import MOST_MEMBERS
from services.workflow.adapters.office.kinds import MOST_PAGES, kind_of
from services.workflow.application.attachments import MOST_OF_CASE, UnfitFile
from services.workflow.application.firing.commands import CaseCommand
from services.workflow.domain.authority import PAGE_SCOPES, Actor
from services.workflow.domain.data.columns import FILE_BYTES
from tests.databases import migrated, migrated_on
from tests.integration.http.conftest import STORES
from tests.integration.http.service import REPORT, SCHEME, Service, start
from tests.integration.http.test_bad_input import require_problem
from tests.texts import ROOT

SHIPPED = scheme_file.load(
    (ROOT / f"services/workflow/schemes/{SCHEME}.yaml").read_text(encoding="utf-8"), SCHEME
)
RELS = '<Relationships><Relationship Id="r1" Target="media/a.png"{}/></Relationships>'
TYPES = "<Types><Override PartName='/word/document.xml' ContentType='{}document.main+xml'/></Types>"


@pytest.fixture(params=STORES)
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    """A service whose round is under the scheme that is shipped now: its report takes files."""
    urls = migrated_on(request.param, tmp_path, request)
    service = start(*urls, tmp_path, schemes=[SHIPPED])
    yield service
    service.parts.database.close()


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
            archive.writestr(name, text)
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


def bring(service: Service, content: bytes, **how: str) -> TestResponse:
    """Bring a file for the report of `c-h1-a`, as its secretary unless said otherwise."""
    hash_ = how.get("hash_", sha256(content).hexdigest())
    path = f"/v1/cases/{service.reviews['c-h1-a']}/files/{hash_}"
    asked = f"?document={how.get('document', 'report')}&name={how.get('name', '报告.docx')}"
    headers = {"Content-Type": "application/octet-stream"}
    person = how.get("person", "c-h1-a.sec")
    return service.call("PUT", path + asked, raw=content, person=person, headers=headers)


def read(service: Service, content: bytes, person: str) -> TestResponse:
    path = f"/v1/cases/{service.reviews['c-h1-a']}/files/{sha256(content).hexdigest()}"
    return service.get(path, person)


@pytest.mark.parametrize(("content", "kind"), [(document(), "docx"), (pdf(), "pdf")])
def test_the_kind_is_told_by_the_bytes(content: bytes, kind: str):
    assert kind_of(content) == kind


def commented(comment: bytes) -> bytes:
    file = BytesIO(document())
    with zipfile.ZipFile(file, "a") as archive:
        archive.comment = comment
    return file.getvalue()


COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")  # as older office files begin
BOMB = b"\0" * (60 * 1024 * 1024)
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
    "UTF-16": (
        lambda: document(**{"word___rels__x.rels": RELS.format("").encode("utf-16")}),
        "file_broken",
    ),
    "a bomb": (lambda: document(word__media=BOMB), "file_too_large_unpacked"),
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
    "a file in a pdf": (lambda: holding(b"/Type /EmbeddedFile"), "file_acts"),
    "a form that is a program": (lambda: holding(b"/AcroForm << /XFA 5 0 R >>"), "file_acts"),
    "a script packed away": (lambda: pdf(1, b"<< /JS (app.alert(1)) >>"), "file_acts"),
    "a name spelled by numbers": (lambda: holding(b"/S /Java#53cript"), "file_broken"),
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
    "too many streams in a pdf": (
        lambda: b"%PDF-1.7\n" + b"/ObjStm stream\n7 0 \n" * 100_000 + b"%%EOF",
        "file_too_large_unpacked",
    ),
    "a bomb in a pdf": (lambda: pdf(1, BOMB), "file_too_large_unpacked"),
}


@pytest.mark.parametrize("what", BAD)
def test_what_is_no_sound_file_is_refused_with_its_reason(what: str):
    make, code = BAD[what]
    with pytest.raises(UnfitFile) as refused:
        kind_of(make())
    assert refused.value.blockers[0].code == code


@pytest.mark.parametrize(
    "said", [b"/OpenAction [1 0 R /Fit]", b"/A << /S /URI /URI (http://a.cn) >>", b"/Title (A#20B)"]
)
def test_a_pdf_may_say_where_it_opens_and_what_it_points_to(said: bytes):
    assert kind_of(holding(said)) == "pdf"


def test_what_only_looks_like_a_script_in_a_packed_picture_is_none():
    assert kind_of(holding(b"/JS\x9c(\x00/J#S")) == "pdf"


def test_a_spreadsheet_that_an_office_suite_embeds_is_taken():
    assert kind_of(document(**{"word/embeddings/a.xlsx": document()})) == "docx"


def test_what_a_pdf_says_again_and_again_is_looked_at_once():
    began = process_time()
    assert kind_of(b"%PDF-1.7\n" + b"/ObjStm" * 100_000 + b"%%EOF") == "pdf"
    assert process_time() - began < 1  # minutes, where each looks for its end by itself


def test_no_file_is_brought_to_a_case_that_has_ended(service: Service):
    assert service.fire("c-h1-a", "withdraw", "c-h1.off", reason="撤").status_code == 201
    answer = bring(service, pdf())
    assert (answer.status_code, answer.json["code"]) == (409, "case_ended")


def test_a_file_is_brought_handed_in_and_read_by_who_reads_the_document(service: Service):
    content = document()
    brought = bring(service, content)
    assert brought.status_code == 200, brought.text
    file = {"sha256": brought.json["sha256"], "length": brought.json["length"]}
    assert read(service, content, "c-h1.off").status_code == 404  # nothing names it yet
    assert read(service, content, "c-h1-a.sec").data == content
    report = {"parts": REPORT, "files": [file]}
    data = {"documents": {"report": report}}
    assert service.fire("c-h1-a", "submit", "c-h1-a.sec", data=data).status_code == 201
    found = read(service, content, "c-h1.off")
    assert (found.status_code, found.data) == (200, content)
    assert read(service, content, "c-h2-a.sec").status_code == 404


def named(content: bytes, **changed: object) -> dict:
    """Return the report that names *content* as its file."""
    file = {"sha256": sha256(content).hexdigest(), "length": len(content)} | changed
    return {"documents": {"report": {"parts": REPORT, "files": [file]}}}


def submit(service: Service, data: dict, unit: str = "c-h1-a") -> TestResponse:
    return service.fire(unit, "submit", f"{unit}.sec", data=data)


def test_a_file_that_nobody_brought_is_no_evidence(service: Service):
    answer = submit(service, named(pdf()))
    (error,) = answer.json["errors"]
    assert (answer.status_code, error["code"]) == (422, "file_not_brought")
    assert error["field"] == "data.documents.report.files[0].sha256"
    assert "PUT" in error["accepted"]


def test_a_file_is_named_with_the_length_it_has(service: Service):
    assert bring(service, pdf()).status_code == 200
    answer = submit(service, named(pdf(), length=len(pdf()) + 1))
    (error,) = answer.json["errors"]
    assert (answer.status_code, error["code"]) == (422, "file_length_differs")
    assert error["field"] == "data.documents.report.files[0].length"
    assert str(len(pdf())) in error["accepted"]


def test_a_file_is_evidence_for_the_document_it_was_brought_for(service: Service):
    assert bring(service, pdf(), document="comment_draft").status_code == 422  # takes none
    assert bring(service, pdf()).status_code == 200
    assert submit(service, named(pdf()), "c-h1-b").json["code"] == "file_not_brought"
    assert submit(service, named(pdf())).status_code == 201


def test_a_file_that_nobody_brought_is_refused_in_bulk_and_in_a_rehearsal(service: Service):
    case, data = service.reviews["c-h1-a"], named(pdf())
    command = {"review": case, "trigger": "submit", "data": data, "idempotency_key": "k"}
    command |= {"on_behalf_of": "c-h1-a.sec"}
    (result,) = service.call("POST", "/v1/transitions", {"commands": [command]}).json["results"]
    assert (result["status"], result["problem"]["code"]) == (422, "file_not_brought")
    tried = service.fire("c-h1-a", "submit", "c-h1-a.sec", data=data, dry_run=True)
    assert (tried.status_code, tried.json["code"]) == (422, "file_not_brought")


def test_a_file_keeps_the_name_it_was_handed_in_under(service: Service):
    bring(service, pdf(), name="初稿.pdf")
    bring(service, pdf(), name="报告.pdf")
    assert submit(service, named(pdf())).status_code == 201
    service.parts.forgetting.step()
    assert service.fire("c-h1-a", "recall", "c-h1-a.sec").status_code == 201
    assert bring(service, pdf(), name="别的.pdf").status_code == 200
    assert (
        "%E6%8A%A5%E5%91%8A.pdf"
        in read(service, pdf(), "c-h1-a.sec").headers["Content-Disposition"]
    )


def test_a_file_that_no_version_names_is_gone_with_what_was_typed(service: Service):
    assert bring(service, pdf(1)).status_code == 200
    assert bring(service, pdf(2)).status_code == 200
    assert submit(service, named(pdf(1))).status_code == 201
    service.clock.pass_by(hours=24 * 400)
    assert service.parts.forgetting.step() == 1
    kept = service.parts.database.attachments
    case = service.reviews["c-h1-a"]
    assert [len(kept.attachments(case, sha256(pdf(n)).hexdigest())) for n in (1, 2)] == [1, 0]


def test_of_two_files_brought_at_once_one_is_the_last(service: Service):
    for n in range(MOST_OF_CASE - 1):
        assert bring(service, pdf(1, str(n).encode())).status_code == 200
    with ThreadPoolExecutor(4) as many:
        told = list(many.map(lambda n: bring(service, pdf(1, b"x%d" % n)).status_code, range(4)))
    assert sorted(told) == [200, 422, 422, 422]


def test_the_same_bytes_are_kept_for_each_document(service: Service):
    kept, case = service.parts.database.attachments, service.reviews["c-h1-a"]
    bring(service, pdf())
    (one,) = kept.attachments(case, sha256(pdf()).hexdigest())
    assert kept.keep(replace(one, document="result", name="b.pdf"), MOST_OF_CASE)
    found = kept.attachments(case, one.sha256)
    assert [(file.document, file.name) for file in found] == [
        ("report", "报告.docx"),
        ("result", "b.pdf"),
    ]


@pytest.mark.postgres
def test_who_brings_a_file_waits_for_who_brings_another_to_the_case(
    request: pytest.FixtureRequest, tmp_path: Path
):
    fresh = migrated(request.getfixturevalue("postgres_databases"))
    service = start(fresh.owner, fresh.app, tmp_path, schemes=[SHIPPED])
    kept, case = service.parts.database.attachments, service.reviews["c-h1-a"]
    assert bring(service, pdf()).status_code == 200
    (one,) = kept.attachments(case, sha256(pdf()).hexdigest())
    another = replace(one, sha256="00" * 32)
    with psycopg.connect(fresh.owner) as other, ThreadPoolExecutor(1) as thread:
        other.execute("SELECT FROM case_record WHERE id = %s FOR NO KEY UPDATE", (case,))
        other.execute(
            "INSERT INTO attachment SELECT case_id, 'x', document, name, kind, content,"
            " brought_by, brought_at, gone_at FROM attachment"
        )
        told = thread.submit(kept.keep, another, 2)
        waits = "SELECT FROM pg_locks WHERE NOT granted"
        while not told.done() and other.execute(waits).fetchone() is None:
            pass
        other.commit()
        assert told.result() is False  # two others are there by now
    service.parts.database.close()


@pytest.mark.postgres
def test_naming_a_file_costs_no_round_trip(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    fresh = migrated(request.getfixturevalue("postgres_databases"))
    service = start(fresh.owner, fresh.app, tmp_path, schemes=[SHIPPED])
    for unit in ("c-h1-b", "c-h2-a"):  # the first finds out what is looked at besides
        assert (
            submit(service, {"documents": {"report": {"parts": REPORT}}}, unit).status_code == 201
        )
    assert bring(service, pdf()).status_code == 200
    sent, execute = list[str](), psycopg.Cursor.execute

    def counted(cursor: Any, statement: Any, *given: Any, **how: Any) -> Any:
        text = statement.decode() if isinstance(statement, bytes) else str(statement)
        sent.append(text.split()[0])
        return execute(cursor, statement, *given, **how)

    monkeypatch.setattr(psycopg.Cursor, "execute", counted)
    actor = Actor(client="web", person="c-h1-a.sec", scopes=PAGE_SCOPES, scope_unit="w")
    stream = f"review/{service.reviews['c-h1-a']}"
    command = CaseCommand(case=stream, trigger="submit", actor=actor, data=named(pdf()), key="one")
    assert service.parts.firing.fire(command).outcome == "done"
    assert sent == ["WITH", "WITH"]  # one reads, one writes, each its own commit
    service.parts.database.close()


def test_a_file_is_saved_and_never_shown(service: Service):
    name = "%22报告.html"
    assert bring(service, document(), name=name).status_code == 200
    headers = read(service, document(), "c-h1-a.sec").headers
    shown = headers["Content-Disposition"]
    assert shown.startswith('attachment; filename="')
    assert shown.endswith(".docx")
    assert "/" not in shown.partition("filename*")[2]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert headers["Content-Type"] == "application/octet-stream"


def test_the_same_file_again_is_no_harm_and_a_case_has_so_many(service: Service):
    for n in range(MOST_OF_CASE):
        assert bring(service, pdf(1, str(n).encode())).status_code == 200
    assert bring(service, pdf(1, b"0")).status_code == 200
    assert bring(service, pdf(2)).json["code"] == "files_too_many"


def test_only_who_may_hand_the_document_in_brings_a_file(service: Service):
    for person, status in (("c-h1.off", 403), ("c-h2-a.sec", 404)):
        assert bring(service, pdf(), person=person).status_code == status


def test_whatever_else_is_brought_is_a_clear_problem(service: Service):
    content = pdf()
    wrong = (
        bring(service, content, hash_="0" * 64),
        bring(service, content, hash_="x"),
        bring(service, content, document="findings"),
        bring(service, content, name=""),
        bring(service, content, name="a%00b"),
        bring(service, content, name="..%2F..%2Fa.pdf"),
        bring(service, content, name="a%E2%80%AEfdp.docx"),
        bring(service, content, name="a" * 300),
        bring(service, b"x" * (FILE_BYTES + 1)),
        bring(service, b""),
    )
    assert [answer.status_code for answer in wrong] == [
        400,
        404,
        403,
        400,
        400,
        422,
        400,
        400,
        413,
        422,
    ]
    for answer in wrong:
        require_problem(answer, answer.text)
