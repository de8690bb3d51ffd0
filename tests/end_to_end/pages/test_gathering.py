"""Those who gather, in Chromium: roster, code of the door, points with a quorum, minutes."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from services.workflow.application.firing.commands import CaseCommand
from services.workflow.application.firing.port import Wanted
from services.workflow.domain.case.head import Case
from tests.builders import passed
from tests.end_to_end.pages.conftest import DESK, PHONE, Visit, served
from tests.end_to_end.pages.site import Site, china
from tests.texts import publish_shipped
from tests.unit.workflow.case.played import text_of

LIAISON, SECRETARY, UNIT = "p-0001", "p-0008", "u-work-committee"
INSPECTOR = "p-0002"
SECRETARY_NAME = "演示辛未"
REPORT = {"documents": {"report": text_of("achievements", "problems", "tasks")}}


class Hall(Site):
    """The province's meeting in session: its one review is heard and commented on."""

    publish = staticmethod(publish_shipped)

    def meeting(self) -> Case:
        return next(one for one in self.all("meeting") if one.unit == UNIT)

    def all(self, kind: str) -> list[Case]:
        heads = self.parts.database.store.standing([Wanted(cycle=self.cycle, whole=True)]).heads[
            self.cycle
        ]
        return [one for one in heads.cases.values() if one.kind == kind]

    def done(self, case: Case, trigger: str, by: str, **data: object) -> None:
        actor = self.actor(by)
        command = CaseCommand(
            case=case.stream, trigger=trigger, actor=actor, data=data, key=str(uuid4())
        )
        answer = self.parts.firing.fire(command)
        assert answer.outcome == "done", (answer.blockers, answer.faults)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Hall:
    hall = Hall(tmp_path_factory.mktemp("hall"), china("01-08", "08:30"))
    review = hall.review_of("u-organ")
    hall.done(review, "submit", SECRETARY, **REPORT)
    hall.done(review, "pass_organ_audit", LIAISON, **passed())
    hall.done(hall.meeting(), "schedule", LIAISON, planned={"held": "2020-01-20"})
    hall.move_to(china("01-20", "09:12"))
    hall.done(hall.meeting(), "open_session", LIAISON)
    hall.done(review, "present", LIAISON)
    hall.done(review, "comment", LIAISON, documents={"comment": text_of("comment")})
    people = [
        {"capacity": "invited", "person": SECRETARY},
        {"capacity": "invited", "guest": "来宾"},
    ]
    hall.done(hall.meeting(), "list_attendants", LIAISON, rosters={"attendance": {"rows": people}})
    for person in (LIAISON, SECRETARY, INSPECTOR, "p-0040"):
        hall.password(person)
    hall.sequence()
    return hall


@pytest.fixture(scope="module")
def address(site: Hall) -> Iterator[str]:
    with served(site.app) as there:
        yield there


def place(site: Hall, page: str = "gathering") -> str:
    return f"/cases/{site.meeting().id}/{page}"


def shown(page: Page) -> str:
    return page.locator(".door .code").inner_text()


def test_who_is_there_comes_by_the_code_that_the_host_shows(
    site: Hall, visit: Visit, browser: Browser, address: str
):
    visit.sign_in(LIAISON).open(place(site))
    code = shown(visit.page)
    context = browser.new_context(viewport=PHONE, locale="zh-CN", java_script_enabled=False)
    guest = Visit(context.new_page(), address)
    guest.sign_in(SECRETARY).open(f"{place(site, 'door')}?code=000000")
    guest.page.click("text=签到 >> nth=-1")
    expect(guest.page.get_by_role("alert")).to_contain_text("现场码不对或已过时")
    guest.page.fill("#code", code)
    guest.page.click("button.main")
    expect(guest.page.get_by_role("status")).to_contain_text("已登记")
    expect(guest.page.locator("#own")).to_contain_text("已在场")
    context.close()
    visit.open(place(site, "roster"))
    own = visit.page.locator(".seats", has_text=SECRETARY_NAME)
    expect(own).to_contain_text("● 到场")


def test_who_only_watches_is_shown_no_code(site: Hall, visit: Visit):
    visit.sign_in(INSPECTOR).open(place(site))
    expect(visit.page.locator("h1")).not_to_contain_text("没有找到")
    expect(visit.page.locator(".door .code")).to_have_count(0)


def test_who_is_not_on_the_roster_finds_no_door(site: Hall, visit: Visit):
    visit.sign_in("p-0040").open(place(site, "door"))
    expect(visit.page.locator("h1")).to_contain_text("没有找到")


def test_the_host_takes_attendance_by_keyboard_with_time_and_reason(site: Hall, visit: Visit):
    visit.sign_in(LIAISON).open(place(site, "roster"))
    guest = visit.page.locator(".seats li", has_text="来宾").locator("input")
    guest.focus()
    visit.page.keyboard.press("Space")
    visit.page.locator("button[value=take_attendance]").focus()
    visit.page.keyboard.press("Enter")
    row = visit.page.locator(".seats li", has_text="来宾")
    expect(row).to_contain_text("● 到场 01-20 09:12")
    row.locator("input").check()
    visit.page.select_option("#way", "out")
    visit.page.select_option("#why", "concerned")
    visit.page.click("button[value=take_attendance]")
    expect(row).to_contain_text("离席")
    expect(row).to_contain_text("本人回避")
    row.locator("input").check()
    visit.page.select_option("#way", "out")
    visit.page.click("button[value=take_attendance]")
    expect(visit.page.get_by_role("alert")).to_contain_text("不在场")


@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("page", ["gathering", "roster", "sheet"])
def test_each_page_fits_the_screen_and_runs_without_a_script(
    site: Hall, address: str, browser: Browser, page: str, screen: dict[str, int]
):
    context = browser.new_context(viewport=screen, locale="zh-CN", java_script_enabled=False)
    visit = Visit(context.new_page(), address)
    visit.watch()
    visit.sign_in(LIAISON).open(place(site, page))
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= screen["width"]
    assert len(visit.page.content().encode()) < 150_000
    assert visit.complaints == []
    context.close()


def test_each_case_of_the_agenda_shows_its_version_comment_and_short_form(site: Hall, visit: Visit):
    visit.sign_in(LIAISON).open(place(site))
    row = visit.page.locator("tbody tr", has=visit.page.locator("text=第 1 稿"))
    expect(row).to_contain_text("写明的内容")
    row.locator("text=第 1 稿").click()
    expect(visit.page.locator(".head")).to_contain_text("出自第 1 稿")
