"""A draw on its pages, in Chromium at two widths: its steps are forms, and every byte is shown."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from services.workflow.application.firing.commands import CaseCommand, OpenCommand
from services.workflow.application.firing.port import Wanted
from services.workflow.domain.case.head import Case
from tests.end_to_end.pages.conftest import Visit, served
from tests.end_to_end.pages.site import OFFICE, ORGAN_SECRETARY, Site, china
from tests.texts import publish_shipped

NUMBER = "02 05 11 18 24 33 + 09"


class Drawn(Site):
    """A round in which a draw is run."""

    publish = staticmethod(publish_shipped)

    def draw(self) -> Case:
        heads = self.parts.database.store.standing([Wanted(cycle=self.cycle, whole=True)])
        cases = heads.heads[self.cycle].cases.values()
        return next(one for one in cases if one.kind == "draw")

    def step(self, person: str, trigger: str, **brought: str) -> None:
        command = CaseCommand(
            case=self.draw().stream,
            trigger=trigger,
            actor=self.actor(person),
            data={"draw": {"on_site": brought}},
            key=str(uuid4()),
        )
        answer = self.parts.firing.fire(command)
        assert answer.outcome == "done", (answer.blockers, answer.faults)


@pytest.fixture
def site(tmp_path: Path) -> Drawn:
    made = Drawn(tmp_path, china("01-08", "08:30"))
    actor, key = made.actor(OFFICE), str(uuid4())
    command = OpenCommand(cycle=made.cycle, kind="draw", actor=actor, unit="u-organ", key=key)
    assert made.parts.firing.fire(command).outcome == "done"
    for person in (OFFICE, ORGAN_SECRETARY):
        made.password(person)
    made.sign_all()
    return made


@pytest.fixture
def address(site: Drawn) -> Iterator[str]:
    with served(site.app) as there:
        yield there


def send(visit: Visit, trigger: str) -> None:
    form = visit.page.locator(f"form:has(input[name=trigger][value={trigger}])")
    form.locator("button:not([name])").last.click()


def fill(visit: Visit, **values: str) -> None:
    for name, value in values.items():
        field = visit.page.locator(f"[name='draw.on_site.{name}']")
        if not field.is_visible():
            field.locator("xpath=ancestor::details[1]/summary").click()
        if field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


def test_a_draw_is_run_through_its_pages(
    site: Drawn, visit: Visit, screen: dict[str, int], tmp_path: Path
) -> None:
    visit.page.set_viewport_size(screen)  # type: ignore[arg-type]
    case = f"/cases/{site.draw().id}"
    visit.sign_in(OFFICE).open(case)
    fill(visit, number="two_colours", issue="2020004", drawn_at="2020-01-09T21:15")
    send(visit, "freeze")
    expect(visit.page.get_by_role("status")).to_be_visible()
    site.sign_all()
    visit.open(f"{case}/draw")
    said = visit.page.locator(".lead")
    expect(said).to_have_text(
        "名单已经固定：24 个组织抽 8 个。"
        "等中国福利彩票双色球第 2020004 期 2020-01-09 周四 21:15 开奖。"
    )
    statement = visit.page.get_by_label("事先固定的文本").inner_text()
    assert statement.startswith("shuping-draw-v1\n")
    note = visit.page.get_by_label("检查点").inner_text()
    printed = sha256((note.rstrip("\n") + "\n").encode()).hexdigest()
    expect(visit.page.locator("main")).to_contain_text(printed)
    for person in (OFFICE, ORGAN_SECRETARY):
        site.step(person, "attest", checkpoint=printed)
    site.move_to(china("01-09", "21:30"))
    site.step(ORGAN_SECRETARY, "enter_number", number=NUMBER)
    visit.open(case)
    fill(visit, number=NUMBER)
    send(visit, "enter_number")
    expect(visit.page.get_by_role("status")).to_be_visible()
    visit.open(f"{case}/draw")
    expect(visit.page.get_by_role("heading", name="抽中")).to_be_visible()
    expect(said).to_contain_text("24 个组织抽 8 个，已经抽定。")
    expect(said).to_contain_text("由 演示辛未、演示己卯 各自登记。")
    expect(visit.page.get_by_text("已登记签字：")).to_contain_text("演示己卯（01-08 08:30）")
    outcomes = visit.page.get_by_label("全部签号").locator("tbody td:nth-child(3)")
    wanted = ["● 抽中"] * 8 + [f"○ 候补 {nth}" for nth in range(1, 17)]
    assert outcomes.all_inner_texts() == wanted
    expect(visit.page.get_by_label("复算命令")).to_contain_text("sha256sum")
    width = visit.page.evaluate("document.documentElement.scrollWidth")
    assert width <= visit.page.viewport_size["width"]  # type: ignore[index]
    visit.page.screenshot(path=str(tmp_path / "draw.png"), full_page=True)
    assert visit.complaints == []
