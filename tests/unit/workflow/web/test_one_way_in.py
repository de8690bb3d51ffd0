"""Pages and API are one way in: what one refuses the other refuses, and nothing is stored."""

import re
from html import unescape
from pathlib import Path
from typing import Any

import orjson
import pytest
from werkzeug.test import TestResponse

from services.workflow.adapters import web
from services.workflow.adapters.http import problems
from services.workflow.adapters.web.left import SECRET
from services.workflow.domain.refusals import (
    Blocker,
    Conflict,
    Invalid,
    NotAllowed,
    NotYours,
    OutcomeUnknown,
    Refused,
    StoreUnavailable,
)
from tests.end_to_end.pages.site import Site
from tests.unit.workflow.web.conftest import AUDITOR
from tests.unit.workflow.web.visitor import Visitor

TEMPLATES = Path(web.__file__).parent / "templates"
UNIT = "u-hospital-1-02"  # its report waits for the auditor
KEPT = "要留住的理由"
OUTSIDE_DATA = [
    ("trigger", "王小明"),
    ("trigger", "x" * 60_000),
    ("trigger", ""),
    ("effective_at", "0019-12-20T10:00"),
    ("effective_at", "2101-06-01T00:00"),
    ("effective_at", "9999-12-31T23:59"),
    ("effective_at", "yesterday"),
    ("effective_at", "2020-01-20T09:00+09:00"),
    *(("reason", f"a{mark}b") for mark in "\a\x1b\u202e\u2066\x85"),
    ("reason", "\x1b"),
    ("reason", "长" * 2001),
    ("reference", "长" * 15_006),
    ("reference", "a\nb"),
    ("reference", "\u202e号"),
]
ONLY_OF_FORMS = [
    ("key", "a\nb"),
    ("key", "a\r\nSet-Cookie: x=y"),
    ("key", "k" * 201),
    ("key", ""),
    ("version", "one"),
    ("version", "-1"),
    ("version", "9" * 20),
    ("version", ""),
]
FINDINGS = "documents.findings.rows"
DATA = ["a\ab", "\u202eb", "长" * 5001]


@pytest.fixture
def auditor(visitor: Visitor) -> Visitor:
    return visitor.sign_in(AUDITOR)


@pytest.fixture(scope="module")
def token(site: Site) -> str:
    scopes = frozenset({"read", "trigger", "act-for"})
    root = site.parts.directory.current().root or ""
    return site.parts.accounts.create_token("oa", scopes, root)


def n_events(site: Site) -> int:
    head = site.parts.database.reads.log_head()
    return head.position + head.pending


def by_form(visitor: Visitor, below: str, **fields: str) -> TestResponse:
    case = f"/cases/{visitor.site.review_of(UNIT).id}"
    return visitor.post(f"{case}/{below}", shown_at=case, **fields)


def by_api(site: Site, token: str, **body: Any) -> TestResponse:
    headers = {
        "Authorization": f"Bearer {token}",
        "On-Behalf-Of": AUDITOR,
        "Idempotency-Key": "one-way-in",
    }
    path = f"/v1/reviews/{site.review_of(UNIT).id}/transitions"
    data = orjson.dumps(body)
    return site.app.test_client().post(
        path, data=data, content_type="application/json", headers=headers
    )


@pytest.mark.parametrize(("field", "value"), OUTSIDE_DATA)
def test_what_stands_beside_the_data_is_malformed_either_way(
    site: Site, auditor: Visitor, token: str, field: str, value: str
):
    before, sound = n_events(site), {"trigger": "suspend", "reason": KEPT}
    said = f"{value}:00+08:00" if value.endswith(":00") else value
    told = by_api(site, token, **sound | {field: said})
    shown = by_form(auditor, "transitions", **sound | {field: value})
    assert (told.status_code, shown.status_code) == (400, 400)
    assert 'role="alert"' in shown.text
    assert n_events(site) == before


@pytest.mark.parametrize(
    ("trigger", "field", "status"),
    [
        ("x" * 500_000, "reason", 400),
        ("submit", "documents.report.parts.tasks", 413),
        ("return_unit_audit", FINDINGS, 413),
    ],
)
def test_a_command_is_as_long_as_one_of_the_api_may_be(
    site: Site, auditor: Visitor, trigger: str, field: str, status: int
):
    before = n_events(site)
    shown = by_form(auditor, "transitions", trigger=trigger, **{field: "ab\n" * 30_000})
    assert (shown.status_code, n_events(site)) == (status, before)


@pytest.mark.parametrize(("field", "value"), ONLY_OF_FORMS)
def test_a_key_or_version_that_is_none_is_malformed(
    site: Site, auditor: Visitor, field: str, value: str
):
    before = n_events(site)
    shown = by_form(auditor, "transitions", trigger="suspend", reason=KEPT, **{field: value})
    assert shown.status_code == 400
    assert f">{KEPT}</textarea>" in shown.text
    assert n_events(site) == before


@pytest.mark.parametrize("value", DATA)
def test_what_is_wrong_with_data_is_unprocessable_either_way(
    site: Site, auditor: Visitor, token: str, value: str
):
    before, trigger = n_events(site), "return_unit_audit"
    told = by_api(site, token, trigger=trigger, data={"findings": [value]})
    shown = by_form(auditor, "transitions", trigger=trigger, **{FINDINGS: value})
    assert (told.status_code, shown.status_code) == (422, 422)
    assert f'id="flaw-{trigger}-{FINDINGS}"' in shown.text
    assert unescape(value) in shown.text
    assert n_events(site) == before


@pytest.mark.parametrize("text", ["", " \r\n", "a\ab", "\x1b", "\u202eb", "长" * 2001])
@pytest.mark.parametrize("kind", ["note", "urge"])
def test_a_remark_is_judged_by_the_fields_of_the_api(
    site: Site, auditor: Visitor, kind: str, text: str
):
    before = n_events(site)
    shown = by_form(auditor, "notes", kind=kind, text=text)
    assert shown.status_code == 400
    assert f'id="flaw-{kind}-text"' in shown.text or kind == "urge"  # where the form is not shown
    assert n_events(site) == before


@pytest.mark.parametrize("field", ["reason", "reference", FINDINGS])
def test_a_nul_is_refused_at_the_door_wherever_it_was_typed(
    site: Site, auditor: Visitor, field: str
):
    before = n_events(site)
    sound = {"trigger": "return_unit_audit", "reason": KEPT}
    shown = by_form(auditor, "transitions", **sound | {field: "a\0b"})
    assert shown.status_code == 400
    assert n_events(site) == before


def test_a_word_that_is_no_trigger_is_not_kept_even_of_a_case_out_of_sight(
    site: Site, visitor: Visitor
):
    visitor.sign_in(site.review_of("u-hospital-1-05").person)
    before, foreign = n_events(site), site.review_of("u-cdc-02").id
    fields = {"trigger": "wang_xiaoming", "version": "1", "key": "typed-name"}
    response = visitor.post(f"/cases/{foreign}/transitions", shown_at="/tasks", **fields)
    assert (response.status_code, n_events(site)) == (404, before)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"csrf=x&reason=%ff%fe", "application/x-www-form-urlencoded"),
        (b"csrf=x&reason=a&reason=b", "application/x-www-form-urlencoded"),
        (b"a=1&" * 200, "application/x-www-form-urlencoded"),
        (b'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n', "multipart/form-data"),
        (b"{}", "application/json"),
    ],
)
def test_a_form_no_page_of_ours_sends_is_refused_as_it_arrives(
    site: Site, auditor: Visitor, body: bytes, kind: str
):
    case, headers = site.review_of(UNIT).id, {"Origin": "http://localhost"}
    answer = auditor.client.post(
        f"/cases/{case}/notes", data=body, content_type=kind, headers=headers
    )
    assert (answer.status_code, answer.mimetype) in ((400, "text/html"), (415, "text/html"))


@pytest.mark.parametrize(
    "refused",
    [
        NotYours("x"),
        NotAllowed(Blocker(code="no_post")),
        Invalid((Blocker(code="not_fulfilled"),)),
        Conflict(Blocker(code="wrong_state")),
        OutcomeUnknown(),
        StoreUnavailable(),
    ],
    ids=lambda refused: type(refused).__name__,
)
def test_a_refusal_has_one_status_whichever_way_the_command_came(
    site: Site, auditor: Visitor, refused: Refused, monkeypatch: pytest.MonkeyPatch
):
    def refuse(*_: Any) -> None:
        raise refused

    monkeypatch.setattr(type(site.parts.notices), "note", refuse)
    shown = by_form(auditor, "notes", kind="note", text="好")
    assert shown.status_code == problems.of_refusal(refused).status
    assert 'href="/"' in shown.text


def test_what_was_typed_into_a_form_that_is_gone_is_not_lost(site: Site, auditor: Visitor):
    shown = by_form(auditor, "transitions", trigger="resume", reason=KEPT)
    assert shown.status_code == 409
    assert f'<label>理由<input readonly value="{KEPT}"></label>' in shown.text


def test_of_a_form_that_is_given_back_no_secret_is_shown(site: Site, auditor: Visitor):
    """No page has a field for a secret whose name the pages do not know as one's."""
    fields = {
        found
        for template in TEMPLATES.rglob("*.html")
        for found in re.findall(r'type="password"[^>]*name="(\w+)"', template.read_text())
    }
    assert fields <= SECRET
    sent = {"password": KEPT + "1", "again": KEPT + "2", "person": "p-0000", "csrf": "x"}
    page = auditor.send("/invitation/" + "a" * 43, sent, Origin=auditor.base)
    assert page.status_code >= 400
    assert KEPT not in page.get_data(as_text=True)
    made = dict(re.findall(r'name="(csrf)" value="([^"]*)"', auditor.text("/tasks")))
    page = auditor.send("/invitation/" + "a" * 43, sent | made, Origin=auditor.base)
    assert page.status_code >= 400
    assert KEPT not in page.get_data(as_text=True)


@pytest.mark.parametrize("path", ["/tasks?done=pass_unit_audit", "/?done=x", "case?done=submit"])
def test_an_address_claims_no_act(site: Site, auditor: Visitor, path: str):
    case = f"/cases/{site.review_of(UNIT).id}"
    assert 'role="status"' not in auditor.text(path.replace("case", case))


def test_what_was_done_is_told_once_and_only_on_its_page(site: Site, auditor: Visitor):
    case, other = (f"/cases/{site.review_of(f'u-hospital-1-0{n}').id}" for n in (2, 3))
    answer = by_form(auditor, "notes", kind="note", text="已核对原件。")
    assert (answer.status_code, answer.location) == (303, f"{case}#line")
    told = [auditor.text(page) for page in (other, case, case)]
    assert ['role="status"' in text for text in told] == [False, True, False]


def test_a_word_sealed_for_another_session_is_not_told(site: Site, auditor: Visitor):
    by_form(auditor, "notes", kind="note", text="已核对复印件。")
    cookie = auditor.client.get_cookie("shuping_done")
    assert cookie is not None
    thief = Visitor(site).sign_in(AUDITOR)
    thief.client.set_cookie("shuping_done", cookie.value)
    assert 'role="status"' not in thief.text(f"/cases/{site.review_of(UNIT).id}")
