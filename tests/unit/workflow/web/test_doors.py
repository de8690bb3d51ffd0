"""Who gets in, and what every answer of the pages carries."""

import re

import pytest

from services.workflow.domain.authority import OPERATIONS
from tests.end_to_end.pages.site import INSPECTOR, OFFICE, Site
from tests.unit.workflow.web.conftest import ADMINISTRATOR, AUDITOR
from tests.unit.workflow.web.visitor import Visitor

PAGES = [
    "/",
    "/stuck",
    "/cases",
    "/tasks",
    "/inbox",
    "/cycles",
    "/texts",
    "/search?q=x",
    "/nowhere-v",
]


def rules(site: Site):
    return [rule for rule in site.app.url_map.iter_rules() if rule.endpoint.startswith("pages.")]


def test_every_page_asks_for_an_operation_somebody_decided_on(site: Site):
    asked = [site.app.view_functions[rule.endpoint].operation for rule in rules(site)]
    assert asked
    assert set(asked) <= OPERATIONS.keys()


def test_nobody_sees_a_page_before_signing_in(site: Site, visitor: Visitor):
    for rule in rules(site):
        operation = site.app.view_functions[rule.endpoint].operation
        if "GET" in (rule.methods or ()) and not OPERATIONS[operation].public:
            response = visitor.get(re.sub(r"<uuid:\w+>", site.cycle, rule.rule))
            assert (response.status_code, response.location[:14]) == (303, "/sign-in?next=")


@pytest.mark.parametrize("path", ["/sign-in", "/stuck", "/cases?due=never", "/static/look.css"])
def test_every_answer_carries_the_headers(office: Visitor, path: str):
    headers = office.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/stuck", "/tasks", "/sign-in"])
def test_no_page_is_kept_by_a_browser(office: Visitor, path: str):
    assert office.get(path).headers["Cache-Control"] == "no-store"


def test_no_page_has_inline_script_or_style(office: Visitor, site: Site):
    case = f"/cases/{site.review_of('u-hospital-1-01').id}"
    for path in ("/stuck", "/tasks", "/inbox", "/cycles", "/texts", case):
        text = office.text(path)
        assert " style=" not in text
        assert " onclick=" not in text
        assert "<style" not in text
        assert "<script>" not in text


def test_over_https_the_cookie_is_bound_to_this_host(site: Site):
    visitor = Visitor(site, secure=True)
    visitor.get("/sign-in")
    response = visitor.post("/sign-in", person=OFFICE, password="correct horse 8 battery")
    cookie = next(c for c in response.headers.getlist("Set-Cookie") if c.startswith("__Host-"))
    for attribute in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert attribute in cookie
    assert "Domain" not in cookie


def test_signing_in_gives_a_new_session_each_time(office: Visitor):
    before = office.client.get_cookie("shuping_session")
    office.post("/sign-in", shown_at="/stuck", person=OFFICE, password="correct horse 8 battery")
    after = office.client.get_cookie("shuping_session")
    assert before is not None
    assert after is not None
    assert before.value != after.value


def test_a_session_planted_before_signing_in_is_worth_nothing(visitor: Visitor, site: Site):
    visitor.client.set_cookie("shuping_session", "planted")
    visitor.sign_in(OFFICE)
    assert site.parts.accounts.session("planted") is None


def test_after_signing_out_the_old_cookie_opens_nothing(office: Visitor):
    cookie = office.client.get_cookie("shuping_session")
    assert cookie is not None
    office.post("/sign-out", shown_at="/stuck")
    office.client.set_cookie("shuping_session", cookie.value)
    assert office.get("/stuck").status_code == 303


def test_unknown_and_wrong_look_the_same(visitor: Visitor):
    pages = []
    for person, password in (("p-0016", "wrong"), ("nobody", "wrong")):
        response = visitor.post("/sign-in", person=person, password=password)
        pages.append((response.status_code, response.get_data(as_text=True).replace(person, "")))
    assert pages[0] == pages[1]
    assert pages[0][0] == 403


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "////evil.example",
        "/\\evil.example",
        "/\\/evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "\t//evil.example",
        " //evil.example",
        "/\u3000/evil.example",
        "／／evil.example",
        "javascript:alert(1)",
        "//[",
        "stuck",
        "/" + "x" * 5000,
        "",
    ],
)
def test_after_signing_in_nobody_is_sent_elsewhere(visitor: Visitor, target: str):
    response = visitor.post(
        "/sign-in", person=OFFICE, password="correct horse 8 battery", next=target
    )
    assert response.location == "/"


@pytest.mark.parametrize("target", ["/stuck", "/cases?due=soon&sort=number", "/%2f%2fevil.example"])
def test_after_signing_in_a_page_of_ours_is_where_one_was_going(visitor: Visitor, target: str):
    response = visitor.post(
        "/sign-in", person=OFFICE, password="correct horse 8 battery", next=target
    )
    assert response.location == target


def test_a_form_without_its_token_is_refused(office: Visitor):
    response = office.send("/sign-out", {}, Origin="http://localhost")
    assert response.status_code == 403
    assert office.get("/stuck").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost", "Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Origin": "http://["},
        {"Origin": "http://localhost:x"},
        {"Origin": "localhost"},
        {"Origin": "\u00e9"},
    ],
)
def test_a_form_from_elsewhere_is_refused(office: Visitor, headers: dict[str, str]):
    token = office.text("/stuck").split('name="csrf" value="')[1].split('"')[0]
    response = office.send("/sign-out", {"csrf": token}, **headers)
    assert response.status_code == 403
    assert office.get("/stuck").status_code == 200


@pytest.mark.parametrize(
    ("token", "status"),
    [("", 403), ("é", 403), ("令牌", 403), ("x" * 64, 403), ("\0", 400)],  # a NUL: at the door
)
def test_a_form_with_a_token_that_is_none_is_refused(office: Visitor, token: str, status: int):
    response = office.send("/sign-out", {"csrf": token}, Origin="http://localhost")
    assert response.status_code == status
    assert office.get("/stuck").status_code == 200


def test_a_form_token_of_another_session_is_refused(site: Site, office: Visitor):
    other = Visitor(site).sign_in(AUDITOR)
    token = other.text("/stuck").split('name="csrf" value="')[1].split('"')[0]
    response = office.send("/sign-out", {"csrf": token}, Origin="http://localhost")
    assert response.status_code == 403


def test_an_absent_case_and_a_foreign_one_are_the_same_page(site: Site, visitor: Visitor):
    visitor.sign_in(site.review_of("u-hospital-1-05").person)
    foreign, absent = site.review_of("u-cdc-01").id, "00000000-0000-4000-8000-000000000000"
    answers = [visitor.get(f"/cases/{one}") for one in (foreign, absent)]
    assert {answer.status_code for answer in answers} == {404}
    assert answers[0].data.replace(foreign.encode(), b"") == answers[1].data.replace(
        absent.encode(), b""
    )


def test_an_administrator_sees_no_case(visitor: Visitor):
    visitor.sign_in(ADMINISTRATOR)
    assert visitor.get("/").location == "/staff"
    assert [visitor.get(path).status_code for path in ("/stuck", "/cases", "/tasks")] == [403] * 3
    assert "卡滞清单" not in visitor.text("/inbox")


def test_what_an_inspector_opens_is_kept(site: Site, visitor: Visitor):
    case = site.review_of("u-cdc-02").id
    visitor.sign_in(INSPECTOR).get(f"/cases/{case}")
    with site.parts.database._connections.reading() as connection:
        rows = connection.exec_driver_sql("SELECT person, subject FROM read_audit").all()
    assert (INSPECTOR, case) in [tuple(row) for row in rows]


def test_a_form_beyond_its_bound_is_refused(office: Visitor):
    token = office.text("/stuck").split('name="csrf" value="')[1].split('"')[0]
    case = office.site.review_of("u-hospital-1-01").id
    fields = {"csrf": token, "kind": "note", "text": "长" * 400_000}
    response = office.send(f"/cases/{case}/notes", fields, Origin="http://localhost")
    assert response.status_code == 413


@pytest.mark.parametrize("path", ["/nothing", "/cases/a/b/c/d", "/sign-in/", "/v2/reviews"])
def test_an_address_that_leads_nowhere_is_a_page(visitor: Visitor, office: Visitor, path: str):
    for browser in (visitor, office):
        answer = browser.get(path, Accept="text/html,application/xhtml+xml,*/*;q=0.8")
        assert (answer.status_code, answer.mimetype) == (404, "text/html")
        assert "没有找到" in answer.text
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert answer.headers["X-Request-Id"]


def test_an_address_that_only_takes_forms_is_a_page_too(visitor: Visitor):
    answer = visitor.get("/sign-out", Accept="text/html")
    assert (answer.status_code, answer.mimetype, answer.headers["Allow"]) == (
        405,
        "text/html",
        "POST",
    )


@pytest.mark.parametrize("below", ["transitions", "notes"])
def test_a_refused_form_loaded_again_is_its_case(site: Site, office: Visitor, below: str):
    case = f"/cases/{site.review_of('u-hospital-1-01').id}"
    assert office.get(f"{case}/{below}").location == case


@pytest.mark.parametrize(
    ("path", "accept"), [("/v1/nothing", "text/html"), ("/v1", "text/html"), ("/nothing", "*/*")]
)
def test_who_asks_for_no_page_is_told_a_problem(visitor: Visitor, path: str, accept: str):
    answer = visitor.get(path, Accept=accept)
    assert (answer.status_code, answer.json["code"]) == (404, "not_found")
