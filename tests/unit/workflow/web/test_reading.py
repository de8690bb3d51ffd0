"""Verdicts are given where the text is read; cases end by who means it."""

import pytest

from tests.end_to_end.pages.site import OFFICE, Site, china
from tests.unit.workflow.web.conftest import AUDITOR, counted
from tests.unit.workflow.web.visitor import Visitor

NOT_OPENED = "还没有打开过所要通过的文件"
PASS = {"trigger": "pass_unit_audit"}
UNIT, ENDING = "u-hospital-1-10", "u-hospital-1-11"
BACK = {"unit_audit": ("recall", ""), "cleared": ("revoke_clearance", AUDITOR)}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site of their own: verdicts change what others look at."""
    site = Site(tmp_path_factory.mktemp("reading"), china("01-08", "08:30"))
    site.submit("u-hospital-1-01")
    for person in (OFFICE, AUDITOR, site.review_of("u-hospital-1-05").person):
        site.password(person)
    return site


@pytest.fixture
def unit(site: Site) -> str:
    """A branch whose report, of a version that nobody has read, waits for its audit."""
    state = site.review_of(UNIT).state
    if state in BACK:
        site.fire(UNIT, *BACK[state], reason="重新提交。")
    assert site.submit(UNIT).outcome == "done"
    return UNIT


@pytest.fixture
def case(site: Site, unit: str) -> str:
    return f"/cases/{site.review_of(unit).id}"


@pytest.fixture
def auditor(visitor: Visitor) -> Visitor:
    return visitor.sign_in(AUDITOR)


def send(visitor: Visitor, case: str, /, shown_at: str = "", **fields: str) -> tuple[int, str]:
    answer = visitor.post(f"{case}/transitions", shown_at=shown_at or case, **fields)
    return answer.status_code, answer.get_data(as_text=True)


def test_a_text_is_passed_only_by_who_has_opened_it(
    site: Site, auditor: Visitor, unit: str, case: str
):
    status, told = send(auditor, case, **PASS)
    assert (status, NOT_OPENED in told) == (422, True)
    assert site.review_of(unit).state == "unit_audit"
    assert "逐月调度" in auditor.text(f"{case}/reading")
    assert send(auditor, case, **PASS)[0] == 303
    assert site.review_of(unit).state == "cleared"


def test_the_page_of_a_case_leads_to_its_text_before_it_offers_to_pass_it(
    auditor: Visitor, case: str
):
    shown = auditor.text(case)
    assert f'href="{case}/reading">阅读后单位党委审核通过…' in shown
    assert 'value="pass_unit_audit"' not in shown
    auditor.get(f"{case}/reading")
    assert 'value="pass_unit_audit"' in auditor.text(case)


def test_a_version_that_came_after_the_reading_is_read_again(
    site: Site, auditor: Visitor, unit: str, case: str
):
    auditor.get(f"{case}/reading")
    site.fire(unit, "recall")
    site.submit(unit)
    status, told = send(auditor, case, **PASS)
    assert (status, NOT_OPENED in told) == (422, True)


def test_what_one_has_opened_another_has_not(site: Site, auditor: Visitor, case: str):
    auditor.get(f"{case}/reading")
    deputy = "p-0035"
    site.password(deputy)
    status, told = send(Visitor(site).sign_in(deputy), case, **PASS)
    assert (status, NOT_OPENED in told) == (422, True)


def test_who_may_not_pass_it_is_refused_and_remembered_whether_or_not_they_read(
    site: Site, office: Visitor, unit: str, case: str
):
    version = str(site.review_of(unit).version)
    status, told = send(office, case, **PASS, key="not-yours", version=version)
    assert (status, NOT_OPENED in told) == (403, False)
    refusals = f"{site.review_of(unit).stream}/refusals"
    assert len(site.parts.database.reads.stream(refusals)) == 1


def test_a_case_ends_only_by_its_number(site: Site, auditor: Visitor):
    review = site.review_of(ENDING)
    case, number = f"/cases/{review.id}", review.number
    asked = {"trigger": "withdraw", "reason": "支部撤并。"}
    for typed in ("", number.lower(), number[:-1]):
        status, told = send(auditor, case, **asked, number=typed)
        assert (status, f"填写案号 {number}" in told) == (422, True)
        assert 'aria-describedby="flaw-withdraw-number"' in told
    assert send(auditor, case, **asked, number=number)[0] == 303
    assert site.review_of(ENDING).state == "withdrawn"


def test_the_main_act_is_its_holders_and_never_ends_the_case(
    site: Site, auditor: Visitor, case: str
):
    main = '<details class="act main"'
    held = auditor.text(f"{case}/reading")
    assert f'{main} id="act-pass_unit_audit"' in held
    above = Visitor(site).sign_in(OFFICE).text(case)
    assert main not in above
    assert '<button class="btn main">发出催办' in above
    assert 'class="act ending" id="act-withdraw"' in auditor.text(case)


def test_ones_tasks_offer_reading_and_no_verdict(auditor: Visitor, case: str):
    tasks = auditor.text("/tasks")
    assert f'href="{case}/reading"' in tasks
    assert 'value="pass_unit_audit"' not in tasks


def test_a_verdict_leads_to_the_next_that_waits(site: Site, auditor: Visitor, case: str):
    first = auditor.get("/reading").headers["Location"]
    shown = auditor.text(first)
    following = shown.split('rel="next" href="')[1].split('"')[0]
    this = first.removesuffix("/reading")
    answer = auditor.post(
        f"{this}/transitions", shown_at=first, **PASS, back="reading", next=following.split("/")[2]
    )
    assert answer.headers["Location"] == following
    assert "上一件已办理" in auditor.text(following)


def test_reading_asks_the_database_no_more_than_a_case_does(auditor: Visitor, case: str):
    auditor.get(f"{case}/reading")  # kept
    with counted() as statements:
        auditor.get(f"{case}/reading")
    assert len(statements) <= 12, statements


def test_who_sees_no_case_reads_none(site: Site, visitor: Visitor, case: str):
    assert visitor.sign_in(OFFICE).get(f"{case}/reading").status_code == 200
    foreign = Visitor(site).sign_in(site.review_of("u-hospital-1-05").person)
    assert foreign.get(f"{case}/reading").status_code == 404
