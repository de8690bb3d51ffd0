"""Whatever a browser sends, signed in and with the right token: a clear page, the log as it was.

Forms, and the names that addresses are asked with, are found on the pages themselves.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest
from werkzeug.test import TestResponse

from services.workflow.adapters.web.refilled import LET_GO
from services.workflow.application.boards.lists import Filters
from tests.end_to_end.pages.outside import Outside
from tests.integration.http.afterwards import n_refusals, n_rows, require_whole
from tests.integration.http.forms import (
    FORM,
    NEVER,
    ORIGIN,
    Browser,
    Form,
    Page,
    names_asked,
    spoilt,
)
from tests.integration.http.notice import notice
from tests.integration.http.service import SCHEME, Service
from tests.integration.http.test_bad_input import WALKS
from tests.integration.http.test_door import called, list_guest
from tests.integration.http.test_opening_cases import SCHEME as OPENINGS
from tests.integration.http.test_rooms import HOST, Room
from tests.texts import publish_schemes

PASSWORD = "correct horse 8 battery"
PEOPLE = (
    "c.off",
    "c.dep",
    "w.insp",
    "c-h1.dep",
    "c-h1.sec",
    "c-h1-a.sec",
    "c-h1-b.sec",
    "c-h2.off",
    "c-b1.sec",
    "w.sysadm",
    "w.secadm",
    "w.audadm",
)
TEXTS = ("q", "text", "who", "number")  # what is searched may be any word
FILES = (".xlsx", ".docx", ".pdf", ".json", ".js")
FREE = ("next",)  # says where to go on: a bad one is answered with the first page


@dataclass
class Walk:
    """A service, the browsers of people who see different forms, and what they were shown."""

    service: Service
    browsers: dict[str, Browser]
    forms: dict[tuple[str, ...], tuple[str, Form]]  # what it asks for -> (who sees it, the form)
    asked: dict[str, set[str]]  # page -> names in its addresses
    gathered: tuple[str, ...]  # cases that people gather for, and vote in


_NUMBER = re.compile(r'填写案号 <b class="num">([^<]+)</b>')


@pytest.fixture(scope="module")
def walk(shared: Service) -> Walk:
    for unit, trigger, person, data in WALKS:
        assert shared.fire(unit, trigger, person, data=data).status_code == 201
    accounts, browsers = shared.parts.accounts, {"": Browser(shared.app)}
    for person in PEOPLE:
        accounts.accept_invitation(accounts.invite(person), PASSWORD)
        browsers[person] = Browser(shared.app).sign_in(person, PASSWORD)
    trials = replace(shared.parts.channel_trials, notifier=Outside())
    shared.parts.__dict__["channel_trials"] = trials  # who tries is asked for an address
    told = _give_notice(shared)
    _let_open(shared)
    assembly, (*votes, slip) = _gather(shared), _vote(shared)
    gathered = (assembly, *votes)
    (sealed,) = shared.get(f"/v1/cases/{votes[-1]}/polls", "c-h2.off").json["items"]
    polls = (sealed["id"], sealed["name"])
    found, links = dict[tuple[str, ...], tuple[str, Form]](), list[str]()
    for who, browser in browsers.items():
        # For what a workbook is taken its address says: one that is offered stands for all.
        rooms = browser.page(f"/cycles/{shared.cycle}/workbooks").links
        offered = [link for link in rooms if "/workbook?" in link][:1]
        cases = [one for one in (*shared.reviews.values(), *gathered) if browser.sees(one)]
        for path in (*_pages(shared, cases, polls, told), *offered):
            page = browser.page(path)
            links += [path, *page.links]
            links += [
                f"{form.action}?{urlencode(form.typed())}"
                for form in page.forms
                if form.method == "get"
            ]
            for form in page.forms:
                found.setdefault(form.what, (who, form))
    found.update({form.what: ("", form) for form in _on_a_phone(browsers[""], slip)})
    room = Room(shared)
    found.update({form.what: (HOST, form) for form in _by_name(browsers[HOST], room)})
    # After all else: its pages show what it left.
    browsers["left"] = Browser(shared.app).sign_in(HOST, PASSWORD)
    left = _left(shared, browsers["left"], f"/cases/{shared.reviews['c-h1-a']}")
    found[left.what] = ("left", left)
    asked = names_asked(links)
    for path in ("/cases", "/stuck"):  # no page links to all of them
        asked[path] |= {one.name for one in fields(Filters)}
    gathered = (*gathered, room.case.rpartition("/")[2])
    return Walk(shared, browsers, found, asked, gathered)


def _pages(
    service: Service, cases: Sequence[str], polls: Sequence[str], told: str
) -> Iterator[str]:
    """Yield the address of every page there is, about each of *cases* and *polls* if about one.

    A file has neither forms nor links. A parameter nobody knows here is an error.
    """
    secret = service.parts.accounts.invite("w.sec")
    known = {"cycle_id": [service.cycle], "secret": [secret], "notice": [told]}
    known |= {"case_id": cases, "poll": polls, "name": ["look.css"]}
    known |= {"document": ["report"], "sha256": ["0" * 64], "kind": ["review"], "number": ["0"]}
    known |= {"hash_": [service.parts.editions.policies()[SCHEME].hash]}
    for rule in service.app.url_map.iter_rules():
        shows = "GET" in (rule.methods or ()) and not rule.rule.endswith(FILES)
        if rule.endpoint.startswith("pages.") and shows:
            names = sorted(rule.arguments)
            for values in product(*(known[name] for name in names)):
                yield rule.build(dict(zip(names, values, strict=True)))[1]  # type: ignore[index]


def _gather(service: Service) -> str:
    """Return a case that people gather for, with one of them on its roster."""
    case = called(service)
    list_guest(service, case)
    return case


def _vote(service: Service) -> tuple[str, str, str]:
    """Return a case in which people vote, one whose poll is sealed, and a slip of the first."""
    found = service.get("/v1/cases?kind=vote", "c.off").json["items"]
    by_unit = {case["unit"]: case["id"] for case in found}
    slips = [_run_poll(service, case, f"{unit}.off") for unit, case in by_unit.items()]
    sealed = service.call(
        "POST", f"/v1/cases/{by_unit['c-h2']}/polls/box/closing", {}, person="c-h2.off"
    )
    assert sealed.json["state"] == "sealed", sealed.text
    return by_unit["c-h1"], by_unit["c-h2"], slips[[*by_unit].index("c-h1")]


def _run_poll(service: Service, case: str, person: str) -> str:
    """Let people vote in *case*, and rehearse it; return what opens a slip."""
    path = f"/v1/cases/{case}"
    started = service.call("POST", f"{path}/transitions", {"trigger": "start"}, person=person)
    assert started.status_code == 201, started.text
    for rehearsal in (True, False):
        body = {"electorate": "deputies", "n": 1, "rehearsal": rehearsal}
        made = service.call("POST", f"{path}/polls/box/slips", body, person=person, key=None)
        assert made.status_code == 201, made.text
    return str(made.json["slips"][0]["secret"])


def _on_a_phone(browser: Browser, slip: str) -> Iterator[Form]:
    """Yield the forms that whoever holds *slip* is shown after the first: its sheet, and a look."""
    enter, _language = browser.page("/vote").forms
    (sheet,) = _shown_by(browser, enter, enter.typed() | {"secret": slip})
    yield sheet
    yield from _shown_by(browser, sheet, sheet.typed())


def _by_name(browser: Browser, room: Room) -> Iterator[Form]:
    """Yield the forms that whoever votes under their own name is shown: their sheet, and a look."""
    room.start()
    shown = browser.page(f"{room.case.removeprefix('/v1')}/polls/hands/vote").forms
    sheet = next(form for form in shown if form.action.endswith("/look"))
    yield sheet
    yield from _shown_by(browser, sheet, sheet.typed())


def _shown_by(browser: Browser, form: Form, typed: dict[str, str]) -> list[Form]:
    answer = browser.send(form, urlencode(typed).encode())
    assert answer.status_code == 200, answer.text
    (page := Page(form.action)).feed(answer.get_data(as_text=True))
    return page.forms


def _left(service: Service, browser: Browser, case: str) -> Form:
    """Return the form that lets go of another, whose session was over when it was sent."""
    form = next(one for one in browser.page(case).forms if one.action == f"{case}/notes")
    session = browser.client.get_cookie("shuping_session")
    assert session is not None
    service.parts.accounts.sign_out(session.value)
    typed = urlencode(form.typed() | {"text": "原件已看过"}).encode()
    came_from = {"Origin": ORIGIN, "Referer": f"{ORIGIN}{case}"}
    late = browser.client.post(form.action, data=typed, content_type=FORM, headers=came_from)
    (page := Page("/sign-in")).feed(late.get_data(as_text=True))
    again = next(one for one in page.forms if one.action == "/sign-in")
    signed = again.typed() | {"person": HOST, "password": PASSWORD}
    assert browser.send(again, urlencode(signed).encode()).status_code == 303
    return next(one for one in browser.page(case).forms if one.action == LET_GO)


def _let_open(service: Service) -> None:
    """Open a round in which some kinds are opened by hand."""
    publish_schemes(service.parts.publishing, OPENINGS)
    body = {"scheme": OPENINGS.id, "unit": "c", "round": "2019"}
    assert service.call("POST", "/v1/cycles", body, person="c.off").status_code == 201


def _give_notice(service: Service) -> str:
    to = {"person": "c-h1-a.sec", "unit": "c-h1-a", "role": "secretary"}
    policy = service.parts.editions.policies()[SCHEME].hash
    made = notice(
        service, "c-h1-a", recipient=to, policyhash=policy
    )  # who has the desk, and may answer
    answer = service.call("POST", "/v1/notices", {"notices": [made]})
    assert answer.status_code == 200, answer.text
    return str(made["notice"])


@pytest.fixture
def untouched(walk: Walk, capfd: pytest.CaptureFixture[str]) -> Iterator[Walk]:
    """The walk; afterwards its tables must hold what they held, and no traceback was logged."""
    before = n_rows(walk.service)
    yield walk
    assert n_rows(walk.service) == before
    out, err = capfd.readouterr()
    assert "Traceback" not in out + err
    assert "page_failed" not in out + err


def test_every_form_there_is_was_found_on_a_page(walk: Walk):
    rules = walk.service.app.url_map.bind("localhost")
    shown = {
        rules.match(urlsplit(form.action).path, form.method.upper())[0]
        for _, form in walk.forms.values()
    }
    takes = {
        rule.endpoint
        for rule in walk.service.app.url_map.iter_rules()
        if rule.endpoint.startswith("pages.") and "POST" in (rule.methods or ())
    }
    assert takes - {"pages.bring"} <= shown  # where a script takes a file to: no form is shown
    assert len(walk.forms) >= 20


def test_every_field_of_every_form_spoilt_in_every_way_is_refused(untouched: Walk):
    n, n_refusable, before = 0, 0, n_refusals(untouched.service)
    known = set[tuple[str, str, str]]()
    for who, form in untouched.forms.values():
        for wrong, body, kind in spoilt(form, known):
            answer = untouched.browsers[who].send(form, body, kind)
            said = f"{form.what[:4]} {wrong}: {answer.status_code} {answer.location}"
            if answer.status_code == 200:  # back to the sheet, which says nothing to its answers
                assert (form.action[-5:], wrong[:2]) == ("/vote", "a."), said
                assert f'action="{form.action}/look"' in answer.text, said
                continue
            if wrong.split()[0] in FREE:
                assert answer.status_code in range(400, 500) or answer.location == "/", said
                continue
            assert 400 <= answer.status_code < 500, said
            assert answer.mimetype == "text/html", said
            assert 'role="alert"' in answer.text or 'class="head"><h1>' in answer.text, said
            n, n_refusable = n + 1, n_refusable + (answer.status_code in (403, 404, 409, 422))
    assert n >= 600
    assert n_refusals(untouched.service) - before <= n_refusable


def test_every_name_of_every_address_with_a_value_that_it_has_not_is_refused(untouched: Walk):
    n, office = 0, untouched.browsers["c.off"]
    for path, names in untouched.asked.items():
        for name in names - set(FREE):
            strange = () if name in TEXTS else ("none such",)
            for value in (*NEVER, *strange, f"x&{name}=x"):
                asked = value if "&" in value else quote(value[:5000])
                answer = office.open(f"{path}?{name}={asked}")
                assert 400 <= answer.status_code < 500, f"{path} {name} {value[:9]!r}"
                n += 1
    assert n >= 100


COOKIES = (
    "", "x", "=", ";;", "=;=", "\\", '"', '"\\', "é", "\x80\xff", "\xed\xa0\x80", "%00", "%ff",
    "x" * 6000, "a=b; a=c", "null", "../../x", "'; --", "{{7*7}}",
)  # fmt: skip
ORIGINS = ("null", "http://[", "http://[::1", "//", "http://localhost:x", "localhost", "é", "\x80",
           "x" * 5000, "http://localhost/", "http://localhost.evil", "https://")  # fmt: skip


def _without_a_jar(walk: Walk, path: str, cookie: str) -> TestResponse:
    client = walk.service.app.test_client(use_cookies=False)
    return client.get(path, headers={"Cookie": cookie})


@pytest.mark.parametrize("path", ["/", "/stuck", "/tasks", "/inbox", "/cycles"])
def test_a_session_of_any_bytes_is_no_session(untouched: Walk, path: str):
    for value in COOKIES:
        cookie = f"shuping_session={value}; shuping_form={value}; shuping_done={value}"
        answer = _without_a_jar(untouched, path, cookie)
        assert (answer.status_code, answer.location[:9]) == (303, "/sign-in?"), value


def test_a_signed_in_browser_with_a_form_cookie_of_any_bytes_sees_its_pages(untouched: Walk):
    office = untouched.browsers["c.off"]
    mine = office.client.get_cookie("shuping_session")
    assert mine is not None
    for value in COOKIES:
        cookie = f"shuping_session={mine.value}; shuping_form={value}; shuping_done={value}"
        answer = _without_a_jar(untouched, "/tasks", cookie)
        assert answer.status_code == 200, value
        assert 'role="status"' not in answer.text


def test_a_form_token_made_for_a_cookie_of_any_bytes_opens_nothing(untouched: Walk):
    for value in COOKIES:
        client = untouched.service.app.test_client(use_cookies=False)
        headers = {"Cookie": f"shuping_form={value}", "Origin": ORIGIN}
        typed = {"csrf": value, "person": "c.off", "password": PASSWORD}
        assert client.post("/sign-in", data=typed, headers=headers).status_code == 403, value


@pytest.mark.parametrize("header", ["Origin", "Sec-Fetch-Site"])
def test_a_form_from_an_origin_that_is_none_is_refused(untouched: Walk, header: str):
    office = untouched.browsers["c.off"]
    form = next(form for form in office.page("/stuck").forms if form.action == "/sign-out")
    for value in ORIGINS:
        body = urlencode(form.typed()).encode()
        answer = office.client.post(
            form.action, data=body, content_type=FORM, headers={header: value}
        )
        assert answer.status_code == 403, value
    assert office.open("/tasks").status_code == 200


@pytest.mark.parametrize(
    "header", ["Accept", "Accept-Language", "X-Request-Id", "Referer", "If-None-Match", "Range"]
)
def test_a_header_of_any_bytes_changes_no_page(untouched: Walk, header: str):
    for value in (*COOKIES, *ORIGINS):
        answer = untouched.browsers["c.off"].open("/tasks", **{header: value})
        assert answer.status_code == 200, value


def test_afterwards_the_notifier_has_read_all_and_the_verifier_finds_nothing(
    walk: Walk, tmp_path: Path
):
    require_whole(walk.service, tmp_path)


def test_but_for_what_was_spoilt_the_forms_were_sound(walk: Walk):
    """Runs last: each form that is still shown is sent as it was meant."""
    done = set[Any]()
    for who, shown in walk.forms.values():
        if any(case in shown.page for case in walk.gathered):
            continue  # what is meant there, a browser tells: nothing is ticked or pressed here
        if shown.method == "post" and shown.page.startswith("/cases/"):
            browser = walk.browsers[who]
            for form in browser.page(shown.page).forms:
                if form.what == shown.what:
                    typed = form.typed()
                    if "number" in typed:  # who ends a case types the number that stands there
                        typed["number"] = _NUMBER.findall(browser.open(shown.page).text)[0]
                    answer = browser.send(form, urlencode(typed).encode())
                    assert answer.status_code == 303, (form.what, answer.text)
                    done.add(form.what)
    assert len(done) >= 8
