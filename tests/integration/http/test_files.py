"""Files of documents: checked by their own bytes, kept by hash, read by who reads the document."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
import pytest
from werkzeug.test import TestResponse

from services.workflow.adapters.database.prepared import Prepared
from services.workflow.adapters.files import scheme_file
from services.workflow.application.attachments import MOST_OF_CASE
from services.workflow.application.firing.commands import CaseCommand
from services.workflow.domain.authority import PAGE_SCOPES, Actor
from services.workflow.domain.data.columns import FILE_BYTES
from tests.databases import migrated
from tests.integration.http.conftest import STORES
from tests.integration.http.service import REPORT, SCHEME, Service, begin, start
from tests.integration.http.test_bad_input import require_problem
from tests.made_files import document, pdf
from tests.texts import ROOT

SHIPPED = scheme_file.load(
    (ROOT / f"services/workflow/schemes/{SCHEME}.yaml").read_text(encoding="utf-8"), SCHEME
)


@pytest.fixture(params=STORES)
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    """A service whose round is under the scheme that is shipped now: its report takes files."""
    service = begin(request.param, tmp_path, request, schemes=[SHIPPED])
    yield service
    service.parts.database.close()


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
    sent, asking, execute = list[str](), Prepared.asking, psycopg.Cursor.execute

    def asked(prepared: Any, statement: Any) -> Any:
        sent.append(statement.text.split()[0])
        return asking(prepared, statement)

    def executed(cursor: Any, statement: Any, *given: Any, **how: Any) -> Any:
        sent.append(str(statement))
        return execute(cursor, statement, *given, **how)

    monkeypatch.setattr(Prepared, "asking", asked)
    monkeypatch.setattr(psycopg.Cursor, "execute", executed)
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
