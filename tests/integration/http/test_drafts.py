"""Drafts of documents: whose they are, when they are gone, and that no save is lost."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from werkzeug.test import TestResponse

from services.workflow.application.drafts import ANY, DRAFT_BODY
from services.workflow.domain.authority import PAGE_SCOPES, Actor
from tests.integration.http.afterwards import n_rows
from tests.integration.http.bad_values import as_sent, spoilt
from tests.integration.http.conftest import started
from tests.integration.http.service import Service
from tests.integration.http.test_bad_input import require_problem

TYPED = {"parts.problems": "写到一半", "covers.3": "1"}


def ask(
    service: Service,
    method: str,
    unit: str,
    typed: Mapping[str, str] | None = None,
    *,
    tag: str | None = None,
    person: str = "",
    document: str = "report",
) -> TestResponse:
    """Ask for the draft of a unit's report, as its secretary unless said otherwise."""
    path = f"/v1/cases/{service.reviews[unit]}/drafts/{document}"
    body = None if typed is None else {"typed": dict(typed)}
    headers = {} if tag is None else {"If-Match": tag}
    return service.call(method, path, body, person=person or f"{unit}.sec", headers=headers)


def kept(service: Service, unit: str, typed: Mapping[str, str] = TYPED) -> str:
    answer = ask(service, "PUT", unit, typed)
    assert answer.status_code == 200, answer.text
    return answer.headers["ETag"]


def test_what_was_typed_is_read_again_as_it_was(service: Service):
    tag = kept(service, "c-h1-a")
    found = ask(service, "GET", "c-h1-a")
    assert (found.json["typed"], found.headers["ETag"]) == (TYPED, tag)
    assert found.json["saved_by"] == "c-h1-a.sec"


def test_who_may_not_hand_the_document_in_neither_reads_nor_writes_its_draft(service: Service):
    kept(service, "c-h1-a")
    for person, status in (("c-h1.off", 403), ("c.off", 403), ("c-h2-a.sec", 404)):
        for method, typed in (("GET", None), ("PUT", TYPED), ("DELETE", None)):
            answer = ask(service, method, "c-h1-a", typed, person=person, tag="*")
            assert answer.status_code == status, (person, method, answer.text)
    assert ask(service, "GET", "c-h1-a").json["typed"] == TYPED


def test_a_document_that_the_case_takes_none_of_has_no_draft(service: Service):
    for document in ("nothing", "findings2", "..", "Report", "x" * 41):
        assert ask(service, "PUT", "c-h1-a", TYPED, document=document).status_code == 404


def test_a_second_window_does_not_take_away_what_the_first_saved(service: Service):
    first = kept(service, "c-h1-a")
    mine = ask(service, "PUT", "c-h1-a", {"parts.problems": "甲"}, tag=first)
    other = ask(service, "PUT", "c-h1-a", {"parts.problems": "乙"}, tag=first)
    assert (other.status_code, other.json["code"]) == (412, "draft_moved")
    assert other.json["draft"]["typed"] == {"parts.problems": "甲"}
    assert other.headers["ETag"] == mine.headers["ETag"]
    assert ask(service, "GET", "c-h1-a").json["typed"] == {"parts.problems": "甲"}


def test_without_if_match_only_the_first_draft_is_taken(service: Service):
    kept(service, "c-h1-a")
    assert ask(service, "PUT", "c-h1-a", {"parts.tasks": "别的"}).status_code == 412
    assert ask(service, "PUT", "c-h1-a", {"parts.tasks": "别的"}, tag="*").status_code == 200


def test_the_same_text_again_is_no_conflict(service: Service):
    first = kept(service, "c-h1-a")
    said = {"parts.tasks": "三"}
    assert ask(service, "PUT", "c-h1-a", said, tag=first).status_code == 200
    assert ask(service, "PUT", "c-h1-a", said, tag=first).status_code == 200  # the answer was lost
    assert ask(service, "PUT", "c-h1-a", said).status_code == 200


def test_handing_the_document_in_takes_the_draft_with_it(service: Service):
    tag = kept(service, "c-h1-a")
    assert service.submit("c-h1-a").status_code == 201
    assert service.parts.database.drafts.draft(service.reviews["c-h1-a"], "report") is None
    assert ask(service, "GET", "c-h1-a").status_code == 404
    late = ask(service, "PUT", "c-h1-a", TYPED, tag=tag)
    assert (late.status_code, late.json["code"]) == (412, "draft_gone")


def test_an_act_that_files_nothing_leaves_the_draft(service: Service):
    kept(service, "c-h1-a")
    answer = service.fire("c-h1-a", "suspend", "c-h1.off", reason="停")
    assert answer.status_code == 201, answer.text
    assert ask(service, "GET", "c-h1-a").json["typed"] == TYPED


def test_a_save_that_comes_after_the_submission_is_no_draft_of_the_next_version(service: Service):
    kept(service, "c-h1-a")
    late = service.parts.database.drafts.draft(service.reviews["c-h1-a"], "report")
    assert service.submit("c-h1-a").status_code == 201
    assert service.parts.database.drafts.keep(late, None)  # it was on its way
    assert ask(service, "GET", "c-h1-a").status_code == 404
    assert ask(service, "PUT", "c-h1-a", {"parts.tasks": "第二稿"}).status_code == 200


def test_a_draft_whose_time_is_over_is_gone(service: Service):
    kept(service, "c-h1-a")
    drafts, soon = service.parts.database.drafts, service.clock.at + timedelta(days=1)
    found = drafts.draft(service.reviews["c-h1-a"], "report")
    assert found is not None
    assert drafts.keep(replace(found, gone_at=soon), ANY)
    service.clock.pass_by(hours=23)
    assert service.parts.forgetting.step() == 0
    service.clock.pass_by(hours=1)
    assert ask(service, "GET", "c-h1-a").status_code == 404
    assert service.parts.forgetting.step() == 1


def test_no_draft_is_kept_for_a_case_that_has_ended(service: Service):
    answer = service.fire("c-h1-a", "withdraw", "c-h1.off", reason="撤")
    assert answer.status_code == 201, answer.text
    answer = ask(service, "PUT", "c-h1-a", TYPED)
    assert (answer.status_code, answer.json["code"]) == (409, "case_ended")


def test_a_draft_leaves_nothing_in_the_log(service: Service):
    before = service.n_events()
    kept(service, "c-h1-a")
    assert service.n_events() == before


def test_discarding_takes_only_what_was_read(service: Service):
    first = kept(service, "c-h1-a")
    second = ask(service, "PUT", "c-h1-a", {"parts.tasks": "新"}, tag=first).headers["ETag"]
    assert ask(service, "DELETE", "c-h1-a", tag=first).status_code == 412
    assert ask(service, "DELETE", "c-h1-a", tag=second).status_code == 204
    assert ask(service, "DELETE", "c-h1-a").status_code == 204
    assert ask(service, "GET", "c-h1-a").status_code == 404


@pytest.mark.postgres
def test_saving_costs_two_statements_and_one_commit(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    service = next(started("postgres", tmp_path, request))
    tag = kept(service, "c-h1-a")
    sent, execute = list[str](), psycopg.Cursor.execute

    def counted(cursor: Any, statement: Any, *given: Any, **how: Any) -> Any:
        text = statement.decode() if isinstance(statement, bytes) else str(statement)
        sent.append(text.split()[0])
        return execute(cursor, statement, *given, **how)

    monkeypatch.setattr(psycopg.Cursor, "execute", counted)
    actor = Actor(client="web", person="c-h1-a.sec", scopes=PAGE_SCOPES, scope_unit="w")
    case = service.reviews["c-h1-a"]
    service.parts.drafts.save(actor, case, "report", {"a": "b"}, tag.strip('"'))
    assert sent == ["SELECT", "UPDATE"]  # each stands alone, and commits itself


@pytest.mark.parametrize("tag", ["3", '"3"', 'W/"0123456789abcdef"', "", '"０123456789abcde"'])
def test_an_entity_tag_that_is_none_of_ours_is_malformed(service: Service, tag: str):
    answer = ask(service, "PUT", "c-h1-a", TYPED, tag=tag)
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (400, "If-Match")


def test_whatever_is_sent_as_a_draft_is_a_clear_problem_and_nothing_is_kept(service: Service):
    path, before = f"/v1/cases/{service.reviews['c-h1-a']}/drafts/report", n_rows(service)
    wrong = [
        *((what, as_sent(body)) for what, body in spoilt(DRAFT_BODY, {"typed": TYPED})),
        *(
            (f"key {key!r}", as_sent({"typed": {key: "x"}}))
            for key in ("", "a b", "../x", "A", "é")
        ),
        *(
            (f"text {text!r}", as_sent({"typed": {"a": text}}))
            for text in ("\0", "\ud800", 1, None)
        ),
        ("too large", as_sent({"typed": {f"p{n}": "长" * 19_000 for n in range(4)}})),
    ]
    for what, body in wrong:
        answer = service.call("PUT", path, raw=body, person="c-h1-a.sec")
        require_problem(answer, what)
    assert n_rows(service) == before
