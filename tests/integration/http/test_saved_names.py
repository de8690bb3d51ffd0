"""Every file is saved under a name that says what it is, with a plain one for who reads ASCII."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import orjson
import pytest
from werkzeug.test import TestResponse

from services.workflow.application.saving import to_save
from tests.end_to_end.pages.whole import AUDITOR, LIAISON, OFFICE, PEOPLE, Whole
from tests.integration.http.service import EVERY_SCOPE
from tests.unit.workflow.web.visitor import Visitor

FILE = re.compile(
    r'href="([^"#]*(?:\.(?:xlsx|docx|pdf|json|html)(?:\?[^"]*)?|/files/[0-9a-f]{64}))"'
)
ROSTER, ORDER = "?trigger=list_attendants", "?kind=review&trigger=set_order"
NAMES = re.compile(r"attachment; filename=\"([\x21-\x7e]+)\"; filename\*=UTF-8''(\S+)")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    made = Whole(tmp_path_factory.mktemp("saved"))
    made.sign_all()  # a draw is a file once all of it is signed
    return made


def of_pages(whole: Whole) -> Iterator[tuple[str, TestResponse]]:
    """Yield each kind of file once, by the name of its route."""
    routes = whole.app.url_map.bind("localhost")
    found = set[str]()
    for one in whole.pages():
        if not one.person:
            continue
        visitor = Visitor(whole).sign_in(one.person)
        for address in FILE.findall(visitor.text(one.path)):
            path, _, query = address.replace("&amp;", "&").partition("?")
            endpoint = routes.match(path)[0]
            if endpoint not in found:
                told = visitor.get(f"{path}?{query}")
                found |= {endpoint} if told.status_code == 200 else set()
                yield endpoint.partition(".")[2], told


def to_fill_in(whole: Whole) -> Iterator[tuple[str, TestResponse]]:
    """Yield the workbooks that are to be filled in."""
    whole.parts.counting.close(whole.actor(AUDITOR), whole.voting.id, "hall")
    for name, person, path in (
        ("template_for_many", OFFICE, f"/cycles/{whole.cycle}/workbook.xlsx{ORDER}"),
        ("template_for_paper", AUDITOR, f"/cases/{whole.voting.id}/polls/hall/workbook.xlsx"),
        ("workbook", LIAISON, f"/cases/{whole.meeting.id}/workbook{ROSTER}"),
    ):
        yield name, Visitor(whole).sign_in(person).get(path)


def names(told: TestResponse) -> tuple[str, str]:
    """Return the plain name and the one in words."""
    found = NAMES.fullmatch(told.headers["Content-Disposition"])
    assert found, told.headers["Content-Disposition"]
    plain, called = found.groups()
    return plain, unquote(called)


def in_words(told: TestResponse) -> str:
    """Return the name without its ending; both have the same."""
    plain, called = names(told)
    assert plain.rpartition(".")[2] == called.rpartition(".")[2]
    assert re.search(r"[\u4e00-\u9fff]", called), called
    return called.rpartition(".")[0]


def test_slips_are_called_by_poll_and_by_whom_they_are_for(whole: Whole):
    at = f"/cases/{whole.voting.id}/polls"
    visitor = Visitor(whole).sign_in(AUDITOR)
    told = visitor.post(f"{at}/slips", at, poll="hall", electorate="members", n="1")
    assert told.status_code == 200, told.text
    assert in_words(told) == f"{whole.voting.number}-现场测评-参会人员-票"


def test_every_file_of_the_pages_is_called_by_what_it_is(whole: Whole):
    called = {name: in_words(told) for name, told in of_pages(whole) if told.status_code == 200}
    files = {
        rule.endpoint.partition(".")[2]
        for rule in whole.app.url_map.iter_rules()
        if rule.endpoint.startswith("pages.")
        and re.search(r"\.(xlsx|docx|pdf|json|html)$|/files/<", rule.rule)
    }
    called |= {name: in_words(told) for name, told in to_fill_in(whole)}
    assert sorted(files - called.keys()) == []
    meeting, rated = whole.meeting.number, whole.review_of("u-organ").number
    assert called["roster_kept"] == f"{meeting}-到会名册"
    assert called["cycle_kept"] == "2019-覆盖情况"
    assert called["paper_of_round"] == "2019年度情况报告"
    assert called["letter"] == f"{rated}-述职评议结果通知"
    assert called["file"] == "扫描件"


def test_every_file_of_the_api_is_called_by_what_it_is(whole: Whole):
    described = orjson.loads(Path("docs/reference/openapi.json").read_bytes())
    files = {
        path.replace("{", "<").replace("}", ">")
        for path, item in described["paths"].items()
        for media in item.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        if media.startswith("application/") and not media.endswith("json")
    }
    asked = of_the_api(whole)
    assert asked.keys() == files
    for path, told in asked.items():
        assert told.status_code == 200, (path, told.text)
        assert in_words(told), path


def of_the_api(whole: Whole) -> dict[str, TestResponse]:
    """Return each file of the API once, by its route."""
    token = whole.parts.accounts.create_token("oa", EVERY_SCOPE, "u-work-committee")
    review, meeting = whole.review_of("u-organ"), whole.meeting
    bulletin, cycle = whole.one("bulletin", "u-work-committee"), f"/v1/cycles/{whole.cycle}"
    kept = next(iter(whole.parts.attachments.names(review.id)))[1]
    asked = {
        "/v1/cases.xlsx": (OFFICE, ""),
        "/v1/reviews.xlsx": (OFFICE, ""),
        "/v1/organisation/workbook": (PEOPLE, ""),
        "/v1/bulletins/<case>.docx": (LIAISON, f"/v1/bulletins/{bulletin.id}.docx"),
        "/v1/cases/<case>/files/<sha256>": (LIAISON, f"/v1/cases/{review.id}/files/{kept}"),
        "/v1/cases/<case>/workbook": (LIAISON, f"/v1/cases/{meeting.id}/workbook{ROSTER}"),
        "/v1/cases/<case>/polls/<poll>/paper-counts/workbook": (
            AUDITOR,
            f"/v1/cases/{whole.voting.id}/polls/hall/paper-counts/workbook",
        ),
        "/v1/cycles/<cycle>/workbook": (OFFICE, f"{cycle}/workbook{ORDER}"),
        "/v1/cycles/<cycle>/outcome.xlsx": (OFFICE, f"{cycle}/outcome.xlsx"),
        "/v1/cycles/<cycle>/outcome.docx": (OFFICE, f"{cycle}/outcome.docx"),
    }
    client = whole.app.test_client()
    return {
        route: client.get(
            address or route, headers={"Authorization": f"Bearer {token}", "On-Behalf-Of": by}
        )
        for route, (by, address) in asked.items()
    }


def test_a_name_holds_nothing_that_a_file_system_refuses():
    (told,) = to_save("a/b.xlsx", '2019/1:"<甲>"', "\u202e乙*?|", "").values()
    found = NAMES.fullmatch(told)
    assert found
    assert (found[1], unquote(found[2])) == ("a-b.xlsx", "2019-1---甲----乙---.xlsx")
