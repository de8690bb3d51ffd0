"""Files that forms bring, with a script and without: each stands in its form by its hash."""

from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from tests.end_to_end.pages.site import Shipped, Site, china
from tests.unit.workflow.web.visitor import ORIGIN, Visitor

PDF = b"%PDF-1.7\n<< /Type /Page >>\n%%EOF\n"
UNIT, FIELD = "u-school-03", "documents.report.files.0"
PARTS = {
    f"documents.report.parts.{one}": "写到的。" for one in ("achievements", "problems", "tasks")
}
PAGES = "u-cdc-02"
A = b'--x\r\nContent-Disposition: form-data; name="a"'


@pytest.fixture
def writer(shipped: Site) -> Visitor:
    person = shipped.review_of(UNIT).person or ""
    shipped.password(person)
    return Visitor(shipped).sign_in(person)


@pytest.fixture
def alone(tmp_path: Path) -> Visitor:
    """The same writer, where nobody has written before."""
    site = Shipped(tmp_path, china("01-08", "08:30"))
    person = site.review_of(UNIT).person or ""
    site.password(person)
    return Visitor(site).sign_in(person)


def case_of(site: Site, unit: str = UNIT) -> str:
    return f"/cases/{site.review_of(unit).id}"


def chosen(content: bytes = PDF, name: str = "述职报告.pdf") -> FileStorage:
    return FileStorage(BytesIO(content), name)


def send(writer: Visitor, **fields: Any) -> TestResponse:
    """Send the form of the report without a script, with all three lists."""
    page = f"{case_of(writer.site)}/documents/report"
    return writer.post(page, shown_at=page, **{"trigger": "submit", **PARTS, **fields})


def bring(writer: Visitor, **fields: Any) -> TestResponse:
    """Bring a file as the script of a page does."""
    page = f"{case_of(writer.site)}/documents/report"
    csrf = writer.text(page).partition('name="csrf" value="')[2][:64]
    return writer.send(f"{page}/files", {"csrf": csrf, **fields}, Origin=ORIGIN)


def test_a_file_is_chosen_and_its_hash_is_nobody_s_to_type(writer: Visitor):
    text = writer.text(f"{case_of(writer.site)}/documents/report")
    assert f'type="file" name="{FIELD}"' in text
    assert f'type="hidden" name="{FIELD}.sha256"' in text
    assert 'enctype="multipart/form-data"' in text


def test_a_script_brings_a_file_and_is_told_what_it_is_known_by(writer: Visitor):
    told = bring(writer, file=chosen(name="报告.pdf")).json
    assert told == {
        "sha256": sha256(PDF).hexdigest(),
        "length": len(PDF),
        "name": "报告.pdf",
    }


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"MZ\x90", "不是 docx 或 pdf 文件"),
        (b"%PDF-1.7\n" + b"0" * (5 * 1024 * 1024), "文件过大，至多5 MiB"),
        (b"%PDF-1.7\n<< /Type /Page >>", "不完整"),
    ],
    ids=["kind", "size", "cut off"],
)
def test_a_file_that_is_not_taken_is_told_in_words_at_its_field(
    alone: Visitor, content: bytes, said: str
):
    told = bring(alone, file=chosen(content))
    assert told.status_code == 422
    assert said in told.json["reason"]
    shown = send(alone, save="1", **{FIELD: chosen(content)})
    assert shown.status_code == 422
    at_field = shown.text.partition(f'name="{FIELD}"')[2][:400]
    assert 'aria-invalid="true"' in at_field
    assert said in shown.text
    assert ">\n写到的。</textarea>" in shown.text


def test_without_a_script_a_file_is_saved_with_the_draft_and_taken_out_again(alone: Visitor):
    page = f"{case_of(alone.site)}/documents/report"
    assert send(alone, save="1", **{FIELD: chosen()}).status_code == 303
    hash_ = sha256(PDF).hexdigest()
    assert f'name="{FIELD}.sha256" value="{hash_}"' in alone.text(page)
    assert ">述职报告.pdf</a>" in alone.text(page)
    tag = alone.text(page).partition('name="draft.report" value="')[2][:16]
    kept = {f"{FIELD}.sha256": hash_, f"{FIELD}.length": str(len(PDF)), "draft.report": tag}
    assert send(alone, drop=FIELD, **kept).status_code == 303
    assert f'name="{FIELD}.sha256" value=""' in alone.text(page)


def test_who_may_not_hand_the_document_in_brings_no_file_for_it(shipped: Site, writer: Visitor):
    page = f"{case_of(shipped)}/documents/report"
    csrf = writer.text(page).partition('name="csrf" value="')[2][:64]
    other = f"{case_of(shipped, PAGES)}/documents/report/files"
    told = writer.send(other, {"csrf": csrf, "file": chosen()}, Origin=ORIGIN)
    assert (told.status_code, told.json["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "body",
    [
        b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1",
        A + b"\r\n\r\n\xff\r\n--x--\r\n",
        b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--\r\n",
        A + b"\r\nContent-Transfer-Encoding: base64\r\n\r\nMQ==\r\n--x--\r\n",
        A + b"\r\n\r\n1\r\n" + A + b"\r\n\r\n2\r\n--x--\r\n",
        b"a=1",
    ],
    ids=["cut off", "no UTF-8", "no name", "encoded", "twice", "another kind"],
)
def test_a_form_with_files_is_read_strictly(writer: Visitor, body: bytes):
    answer = writer.client.post(
        f"{case_of(writer.site)}/transitions",
        data=body,
        content_type="multipart/form-data; boundary=x",
        headers={"Origin": ORIGIN},
    )
    assert (answer.status_code, answer.mimetype) == (400, "text/html")


def test_texts_of_a_form_with_files_are_bounded_as_those_of_any_other(writer: Visitor):
    answer = send(writer, save="1", reason="长" * 400_000, **{FIELD: chosen()})
    assert answer.status_code == 413


def test_a_report_is_handed_in_with_the_file_that_came_with_it(writer: Visitor):
    done = send(writer, **{FIELD: chosen()})
    assert done.status_code == 303, done.text
    address = f"{case_of(writer.site)}/files/{sha256(PDF).hexdigest()}"
    assert f'href="{address}"' in writer.text(case_of(writer.site))


def test_a_save_without_a_script_keeps_the_text_whatever_becomes_of_the_file(alone: Visitor):
    told = send(alone, **{"save": "1", FIELD: chosen(b"MZ\x90")})
    assert told.status_code == 422
    text = told.get_data(as_text=True)
    assert "草稿已保存，1 处没有收下：" in text
    assert "没有提交" not in text
    page = f"{case_of(alone.site)}/documents/report"
    assert alone.text(page).count("写到的。") >= len(PARTS)


def test_a_save_says_of_nothing_that_it_was_saved(alone: Visitor):
    """Nobody wrote a word, and the one file is none."""
    empty = dict.fromkeys(PARTS, "")
    told = send(alone, **{**empty, "save": "1", FIELD: chosen(b"MZ\x90")})
    assert told.status_code == 422
    text = told.get_data(as_text=True)
    assert "不是 docx 或 pdf 文件" in text
    assert "草稿已保存" not in text


def test_what_was_attached_stays_in_the_next_version_until_it_is_taken_out(alone: Visitor):
    assert send(alone, **{FIELD: chosen()}).status_code == 303
    case = case_of(alone.site)
    assert alone.post(f"{case}/transitions", case, trigger="recall").status_code == 303
    page = f"{case}/documents/report"
    known = f'name="{FIELD}.sha256" value="{sha256(PDF).hexdigest()}"'
    assert known in alone.text(page)
    dropped = send(alone, **{"drop": FIELD, f"{FIELD}.sha256": sha256(PDF).hexdigest()})
    assert dropped.status_code == 303
    assert known not in alone.text(page)
