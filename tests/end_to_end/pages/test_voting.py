"""A room that votes, in Chromium: the host's page and the phones, with and without a script.

What is filled in outlives the page, a phone that loses the line sends again, and nobody is left in
doubt whether their ballot is in.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, Route, expect

from services.workflow.adapters.files import scheme_file
from services.workflow.application.firing.commands import CaseCommand
from services.workflow.application.firing.port import Wanted
from services.workflow.domain.ballots.slips import Slip, spelled
from tests.end_to_end.pages.conftest import PHONE, Visit, served, watched
from tests.end_to_end.pages.site import OFFICE, Shipped, china
from tests.end_to_end.pages.test_every_page import RULES
from tests.texts import ROOM, with_policy

HIGH, LOW, LEFT_OUT = "high", "low", "-"


class Rooms(Shipped):
    """Five units talk; whether it was worth it is voted on, in so many rooms as tests ask for."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, china("01-08", "08:30"))
        self.parts.publishing.publish(with_policy(scheme_file.load(ROOM.read_text(), ROOM.name)))
        self.round = self.parts.cycles.open(self.actor(OFFICE), "rooms", "u-organ", "2019").row.id
        self.case = next(one for one in self._cases() if one.kind == "vote").id
        self.password(OFFICE)
        self.sequence()
        self.slips = {name: self._printed(name, 30) for name in ("grades", "figures")}
        command = CaseCommand(
            case=f"vote/{self.case}", trigger="start", actor=self.actor(OFFICE), key="start"
        )
        assert self.parts.firing.fire(command).outcome == "done"

    def _cases(self) -> Any:
        heads = self.parts.database.store.standing([Wanted(cycle=self.round, whole=True)]).heads
        return heads[self.round].cases.values()

    def _printed(self, poll: str, n: int) -> Iterator[Slip]:
        return iter(
            self.parts.polls.issue(
                self.actor(OFFICE), self.case, poll, "deputies", n, anew=False, rehearsal=False
            )
        )

    @property
    def page(self) -> str:
        return f"/cases/{self.case}/polls"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Rooms:
    return Rooms(tmp_path_factory.mktemp("rooms"))


@pytest.fixture(scope="module")
def address(site: Rooms) -> Iterator[str]:
    with served(site.app) as there:
        yield there


def faults(visit: Visit, width: int) -> list[str]:
    """Return what axe finds on the page that is open, and whether it is too wide."""
    found = Axe().run(visit.page, options=RULES).response["violations"]
    told = [f"{one['id']}: {[node['html'][:120] for node in one['nodes'][:3]]}" for one in found]
    too_wide = visit.page.evaluate("document.documentElement.scrollWidth") > width
    return [*told, *(["wider than the window"] if too_wide else [])]


def press(page: Page, button: str) -> None:
    """Press a button by keyboard, and wait for the page it leads to."""
    page.get_by_role("button", name=button).focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")


def answers(page: Page) -> list[Locator]:
    """Return what is answered on the sheet, one locator for each question about each."""
    names = page.locator("fieldset input").evaluate_all("all => all.map(one => one.name)")
    return [page.locator(f'input[name="{name}"]') for name in dict.fromkeys(names)]


def choose(page: Page, nth: int, value: str) -> None:
    """Choose by keyboard, as a screen reader would."""
    one = answers(page)[nth]
    page.locator(f'input[name="{one.first.get_attribute("name")}"][value="{value}"]').focus()
    page.keyboard.press("Space")


def fill(page: Page, value: str = LOW) -> None:
    for nth in range(len(answers(page))):
        choose(page, nth, value)


def filled(page: Page) -> str:
    """Return of each on the sheet whether all about them is filled in, as the page marks it."""
    return "".join(page.locator(".who-card > summary > span:first-child").all_inner_texts())


def with_slip(visit: Visit, slip: Slip) -> Page:
    """Open the sheet by typing what stands on the slip."""
    visit.open("/vote")
    visit.page.locator("#secret").focus()
    visit.page.keyboard.type(spelled(slip.secret).lower())
    press(visit.page, "打开票面")
    return visit.page


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_ballot_is_filled_in_looked_at_and_sent_by_keyboard(
    site: Rooms, browser: Browser, address: str, screen: dict[str, int], script: bool
):
    slip = next(site.slips["grades"])
    with watched(browser, address, viewport=screen, java_script_enabled=script) as visit:
        page = with_slip(visit, slip)
        assert len(answers(page)) == 2 * 5
        assert filled(page) == "○○○○○"
        fill(page)
        choose(page, 0, HIGH)
        choose(page, 3, LEFT_OUT)
        assert filled(page) == ("✓✓✓✓✓" if script else "○○○○○")
        press(page, "核对并提交")
        first = page.locator("tbody tr").first
        expect(first).to_contain_text("高")
        expect(page.locator("tbody")).to_contain_text("不评")
        press(page, "返回修改")
        expect(answers(page)[0].and_(page.locator(":checked"))).to_have_value(HIGH)
        assert filled(page) == "✓✓✓✓✓"
        press(page, "核对并提交")
        press(page, "提交（5 名）")
        expect(page.locator(".receipt")).to_contain_text(spelled(slip.check))
        assert slip.secret not in page.content()


def test_what_a_phone_is_shown_is_read_by_axe_at_both_widths(
    site: Rooms, browser: Browser, address: str, screen: dict[str, int]
):
    with watched(browser, address, viewport=screen) as visit:
        page, found = with_slip(visit, next(site.slips["figures"])), []
        found += faults(visit, screen["width"])  # figures are typed
        page = with_slip(visit, next(site.slips["grades"]))
        found += faults(visit, screen["width"])
        fill(page, HIGH)
        press(page, "核对并提交")
        expect(page.get_by_role("alert")).to_contain_text("高 ≤ 2")
        found += faults(visit, screen["width"])  # more than may be high: refused
        fill(page)
        press(page, "核对并提交")
        found += faults(visit, screen["width"])
        press(page, "提交（5 名）")
        found += faults(visit, screen["width"])
        assert found == []


def test_a_code_that_is_scanned_leaves_the_address_at_once(
    site: Rooms, browser: Browser, address: str
):
    slip = next(site.slips["grades"])
    with watched(browser, address, viewport=PHONE) as visit:
        visit.open(f"/vote#{slip.secret}")
        expect(visit.page.locator("#secret")).to_have_value(slip.secret)
        assert visit.page.url == f"{address}/vote"
        press(visit.page, "打开票面")
        expect(visit.page.locator("fieldset").first).to_be_visible()


def test_no_update_of_the_page_clears_a_half_filled_sheet(
    site: Rooms, browser: Browser, address: str
):
    slip = next(site.slips["grades"])
    with watched(browser, address, viewport=PHONE) as visit:
        page = with_slip(visit, slip)
        choose(page, 0, HIGH)
        choose(page, 5, LEFT_OUT)
        page.reload()
        expect(page.locator("fieldset :checked")).to_have_count(2)
        expect(page.get_by_role("status")).to_contain_text("2 / 10")
        with_slip(visit, slip)  # or the slip is scanned again
        checked = page.locator("fieldset :checked").evaluate_all("all => all.map(o => o.value)")
        assert checked == [HIGH, LEFT_OUT]


def test_a_phone_without_a_line_sends_again_once_it_has_one(
    site: Rooms, browser: Browser, address: str
):
    slip = next(site.slips["grades"])
    with watched(browser, address, viewport=PHONE) as visit:
        page = with_slip(visit, slip)
        fill(page)
        press(page, "核对并提交")
        page.context.set_offline(True)
        page.get_by_role("button", name="提交（5 名）").click()
        page.wait_for_url("chrome-error://**")
        page.context.set_offline(False)
        page.reload()
        expect(page.locator(".receipt")).to_contain_text(spelled(slip.check))
        lost(visit)


def test_a_phone_that_lost_the_answer_hears_that_it_is_recorded_and_only_once(
    site: Rooms, browser: Browser, address: str
):
    slip, n_sent = next(site.slips["grades"]), []

    def lose_the_answer(route: Route) -> None:
        n_sent.append(route.fetch().status)
        route.abort("connectionreset")

    with watched(browser, address, viewport=PHONE) as visit:
        page = with_slip(visit, slip)
        fill(page)
        press(page, "核对并提交")
        page.route("**/vote/cast", lose_the_answer, times=1)
        page.get_by_role("button", name="提交（5 名）").click()
        page.wait_for_url("chrome-error://**")
        assert n_sent == [200]
        page.reload()
        expect(page.locator(".receipt")).to_contain_text(spelled(slip.check))
        with_slip(visit, slip)  # on another day, or another phone
        expect(page.get_by_role("alert")).to_contain_text("此票已经投过")
        lost(visit)


def lost(visit: Visit) -> None:
    """Forgive what the browser says of a line that was lost; nothing else is forgiven."""
    visit.complaints[:] = [one for one in visit.complaints if "net::ERR" not in one]


# --- Who votes under their own name ---


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_who_votes_by_name_looks_before_sending_and_reads_it_again(
    browser: Browser, tmp_path: Path, screen: dict[str, int], script: bool
):
    site = Rooms(tmp_path)
    with (
        served(site.app) as address,
        watched(browser, address, viewport=screen, java_script_enabled=script) as visit,
    ):
        page, found = visit.sign_in(OFFICE).page, []
        visit.open(site.page)
        room = page.locator("section.card", has=page.locator("h2", has_text="举手表决"))
        found += faults(visit, screen["width"]) if script else []
        room.get_by_role("link", name=re.compile("投票")).click()
        expect(page.locator("header")).to_contain_text("记名")
        press(page, "核对并提交")
        expect(page.get_by_role("alert")).to_contain_text("还不能提交")
        found += faults(visit, screen["width"]) if script else []
        fill(page, "yes_to_it")
        choose(page, 0, LEFT_OUT)
        found += faults(visit, screen["width"]) if script else []
        press(page, "核对并提交")
        expect(page.locator("tbody")).to_contain_text("不评")
        found += faults(visit, screen["width"]) if script else []
        press(page, "返回修改")
        choose(page, 0, "no_to_it")
        press(page, "核对并提交")
        press(page, "提交（5 名）")
        expect(page.get_by_role("status")).to_contain_text("已提交")
        expect(page.locator("tbody tr").first).to_contain_text("反对")
        found += faults(visit, screen["width"]) if script else []
        visit.open(site.page)
        expect(room).to_contain_text("您已投票")
        assert found == []


# --- Whoever holds the poll ---


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_who_holds_a_poll_runs_it_from_its_page_by_keyboard(
    browser: Browser,
    tmp_path: Path,
    screen: dict[str, int],
    script: bool,
):
    site = Rooms(tmp_path)
    slips = [next(site.slips["grades"]) for _ in range(3)]
    with (
        served(site.app) as address,
        watched(browser, address, viewport=screen, java_script_enabled=script) as visit,
    ):
        page, found = visit.sign_in(OFFICE).page, []
        visit.open(site.page)
        page.set_default_timeout(15_000)
        room = page.locator("section.card", has=page.locator("h2", has_text="分级表决"))
        download_slips(room, page)
        expect(room).to_contain_text("谁也看不到")
        found += faults(visit, screen["width"]) if script else []
        room.locator("textarea[name=codes]").focus()
        page.keyboard.type("\n".join(spelled(one.check) for one in slips))
        send(room, page, "按纸质票登记")
        expect(page.get_by_role("status")).to_contain_text("已登记")
        send(room, page, "封票")
        expect(room.get_by_role("region", name=re.compile("票数核对"))).to_contain_text("未交回")
        count(room, page)
        found += faults(visit, screen["width"]) if script else []
        send(room, page, "计票并写入记录")
        expect(page.get_by_role("alert")).to_contain_text("只有一人计数")
        assert found == []


def send(room: Locator, page: Page, button: str) -> None:
    room.get_by_role("button", name=button, exact=True).focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")


def download_slips(room: Locator, page: Page) -> None:
    room.locator("input[name=n]").fill("2")
    room.get_by_role("button", name="下载票（PDF）").focus()
    with page.expect_download() as downloading:
        page.keyboard.press("Enter")
    assert re.fullmatch("2019-vote-.+-票\\.pdf", downloading.value.suggested_filename)
    assert Path(downloading.value.path()).read_bytes().startswith(b"%PDF")


def count(room: Locator, page: Page) -> None:
    """Enter three sheets that found everything low, and so many slips that nobody handed back."""
    room.locator('[name="deputies.n_paper"]').fill("3")
    room.locator('[name="deputies.n_not_returned"]').fill("29")
    for cell in room.locator('input[name^="deputies."][name$=".low"]').all():
        cell.fill("3")
    send(room, page, "提交我的计数")
    expect(room).to_contain_text("已有 1 人录入")
