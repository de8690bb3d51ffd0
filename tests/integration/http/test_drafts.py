"""Drafts of documents: whose they are, when they are gone, and that no save is lost."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any

import psycopg
import pytest
from werkzeug.test import TestResponse

from services.workflow.adapters.database.prepared import Prepared
from services.workflow.application.drafts import ANY, DRAFT_BODY, DraftMoved, nothing_yet
from services.workflow.domain.authority import PAGE_SCOPES, Actor
from tests.integration.http.afterwards import n_rows
from tests.integration.http.bad_values import as_sent, spoilt
from tests.integration.http.conftest import started
from tests.integration.http.service import Service
from tests.integration.http.test_bad_input import require_problem

TYPED = {"parts.problems": "写到一半", "covers.3": "1"}
BODY = {"typed": TYPED, "version": 1}
PARTS = ("achievements", "problems", "tasks")


def ask(
    service: Service,
    method: str,
    unit: str,
    typed: Mapping[str, str] | None = None,
    *,
    tag: str | None = None,
    person: str = "",
    document: str = "report",
    version: int = 1,
) -> TestResponse:
    """Ask for the draft of a unit's report, as its secretary unless said otherwise."""
    path = f"/v1/cases/{service.reviews[unit]}/drafts/{document}"
    body = None if typed is None else {"typed": dict(typed), "version": version}
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
    assert ask(service, "DELETE", "c-h1-a", tag=tag).status_code == 412


@pytest.mark.parametrize("goes_on", [True, False], ids=["by its tag", "as the first"])
def test_a_save_after_the_submission_is_told_which_version_that_was(
    service: Service, goes_on: bool
):
    tag = kept(service, "c-h1-a") if goes_on else None
    event = service.submit("c-h1-a").json["event"]
    late = ask(service, "PUT", "c-h1-a", TYPED, tag=tag)
    assert (late.status_code, late.json["code"]) == (412, "draft_submitted")
    told = {"version": 1, "at": event["time"], "by": "c-h1-a.sec"}
    assert late.json["submitted"] == told
    assert ask(service, "GET", "c-h1-a").status_code == 404


def test_a_save_says_what_it_goes_on_from(service: Service):
    path = f"/v1/cases/{service.reviews['c-h1-a']}/drafts/report"
    answer = service.call("PUT", path, {"typed": TYPED}, person="c-h1-a.sec")
    assert answer.status_code == 400
    assert (answer.json["errors"][0]["field"], answer.json["errors"][0]["code"]) == (
        "version",
        "required",
    )


def test_a_draft_that_was_discarded_is_gone_and_not_handed_in(service: Service):
    tag = kept(service, "c-h1-a")
    assert ask(service, "DELETE", "c-h1-a", tag=tag).status_code == 204
    late = ask(service, "PUT", "c-h1-a", {"parts.tasks": "新"}, tag=tag)
    assert (late.status_code, late.json["code"]) == (412, "draft_gone")


def test_no_window_saves_what_another_hands_in(service: Service):
    """Three save all the time while one hands in: nothing of it is left, whoever came first."""
    drafts, case = service.parts.database.drafts, service.reviews["c-h1-a"]
    actor = Actor(client="web", person="c-h1-a.sec", scopes=PAGE_SCOPES, scope_unit="w")
    handed_in = Event()

    def save(window: int) -> None:
        tag: str | None = nothing_yet(0)
        for n in count():
            typed = {"parts.problems": f"{window} {n}"}
            over = handed_in.is_set()
            try:
                tag = service.parts.drafts.save(actor, case, "report", typed, tag).tag
            except DraftMoved as moved:
                if moved.submitted is not None:
                    return
                tag = moved.stored.tag if moved.stored else nothing_yet(0)
            assert not over, "a save came through after the submission"

    with ThreadPoolExecutor(3) as windows:
        saving = [windows.submit(save, n) for n in range(3)]
        while drafts.draft(case, "report") is None:
            assert not any(one.done() for one in saving)
        assert service.submit("c-h1-a").status_code == 201
        handed_in.set()
        assert drafts.draft(case, "report") is None
        for one in saving:
            one.result(timeout=60)
    assert drafts.draft(case, "report") is None


def test_a_draft_has_the_shape_of_its_document(service: Service):
    answer = ask(service, "PUT", "c-h1-a", TYPED | {"parts.successes": "x", "covers.11": "1"})
    assert answer.status_code == 400
    errors = {one["field"]: one for one in answer.json["errors"]}
    assert errors["typed.parts.successes"]["code"] == "unknown_field"
    assert "parts.problems" in errors["typed.parts.successes"]["accepted"]
    assert (errors["typed.covers.11"]["code"], errors["typed.covers.11"]["accepted"]) == (
        "too_many",
        "≤ 10",
    )
    assert ask(service, "GET", "c-h1-a").status_code == 404


def test_what_is_wrong_with_a_draft_is_told_at_the_field_that_was_sent(service: Service):
    wrong = {"parts.problems": "\x07", "Parts": "x", "parts.tasks": 1}
    answer = ask(service, "PUT", "c-h1-a", wrong)
    assert answer.status_code == 400
    assert {one["field"] for one in answer.json["errors"]} == {f"typed.{one}" for one in wrong}


def test_an_act_that_files_nothing_leaves_the_draft(service: Service):
    kept(service, "c-h1-a")
    answer = service.fire("c-h1-a", "suspend", "c-h1.off", reason="停")
    assert answer.status_code == 201, answer.text
    assert ask(service, "GET", "c-h1-a").json["typed"] == TYPED


def test_a_save_that_comes_after_the_submission_is_no_draft_of_the_next_version(service: Service):
    kept(service, "c-h1-a")
    late = service.parts.database.drafts.draft(service.reviews["c-h1-a"], "report")
    assert service.submit("c-h1-a").status_code == 201
    for expected in (None, ANY, late.tag):  # it was on its way
        assert not service.parts.database.drafts.keep(late, expected)
    assert ask(service, "GET", "c-h1-a").status_code == 404
    assert ask(service, "PUT", "c-h1-a", {"parts.tasks": "第二稿"}, version=2).status_code == 200


def test_what_a_submission_leaves_behind_is_swept_and_counts_as_no_draft(service: Service):
    kept(service, "c-h1-a")
    assert service.submit("c-h1-a").status_code == 201
    service.clock.pass_by(hours=2)
    assert service.parts.forgetting.step() == 0
    assert n_rows(service)["draft"] == 0


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
    sent, asking, execute = list[str](), Prepared.asking, psycopg.Cursor.execute

    def asked(prepared: Any, statement: Any) -> Any:
        sent.append(statement.text.split()[0])
        return asking(prepared, statement)

    def executed(cursor: Any, statement: Any, *given: Any, **how: Any) -> Any:
        text = statement.decode() if isinstance(statement, bytes) else str(statement)
        sent.append(text.split()[0])
        return execute(cursor, statement, *given, **how)

    monkeypatch.setattr(Prepared, "asking", asked)
    monkeypatch.setattr(psycopg.Cursor, "execute", executed)
    actor = Actor(client="web", person="c-h1-a.sec", scopes=PAGE_SCOPES, scope_unit="w")
    case = service.reviews["c-h1-a"]
    service.parts.drafts.save(actor, case, "report", {"parts.tasks": "b"}, tag.strip('"'))
    assert sent == ["SELECT", "UPDATE"]  # each stands alone, and commits itself


@pytest.mark.parametrize("tag", ["3", '"3"', 'W/"0123456789abcdef"', "", '"０123456789abcde"'])
def test_an_entity_tag_that_is_none_of_ours_is_malformed(service: Service, tag: str):
    answer = ask(service, "PUT", "c-h1-a", TYPED, tag=tag)
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (400, "If-Match")


def test_whatever_is_sent_as_a_draft_is_a_clear_problem_and_nothing_is_kept(service: Service):
    path, before = f"/v1/cases/{service.reviews['c-h1-a']}/drafts/report", n_rows(service)
    wrong = [
        *((what, as_sent(body)) for what, body in spoilt(DRAFT_BODY, BODY)),
        *(
            (f"key {key!r}", as_sent(BODY | {"typed": {key: "x"}}))
            for key in ("", "a b", "../x", "A", "é")
        ),
        *(
            (f"text {text!r}", as_sent(BODY | {"typed": {"parts.tasks": text}}))
            for text in ("\0", "\ud800", 1, None)
        ),
        ("too large", as_sent(BODY | {"typed": {f"parts.{n}": "长" * 19_000 for n in PARTS}})),
    ]
    for what, body in wrong:
        answer = service.call("PUT", path, raw=body, person="c-h1-a.sec")
        require_problem(answer, what)
    assert n_rows(service) == before
