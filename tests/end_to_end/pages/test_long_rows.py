"""Lists fit their windows, however long what their rows say is."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.end_to_end.pages.conftest import DESK, PHONE, served, watched
from tests.end_to_end.pages.site import OFFICE
from tests.end_to_end.pages.whole import Whole

# What stands in a row as it may be: a kind, a number of it, a notice that did not arrive, a state.
LONG = """language => {
  const chinese = language === "zh-CN";
  const said = {
    "td.kind": chinese ? "委直属单位整改进展情况通报" : "Bulletin of the progress of rectification",
    "td .number": "2020-progress_bulletin-0001",
    "td .notice": chinese ? "02-15 人工催办 – 结果不明" : "15 Feb Urged by hand – Result unknown",
    "td .pill": chinese ? "❚❚ 总体意见已经党组会议审定 · 计时停" : "❚❚ Opinion given · stopped",
  };
  for (const [which, text] of Object.entries(said)) {
    const cells = document.querySelectorAll(`.scroll ${which}`);
    if (!cells.length) throw new Error(`no ${which}`);
    for (const one of cells) one.textContent = text;
  }
  const links = document.querySelector(".more"); // a page in the middle has more of them
  links.append(...[...links.children].map(one => one.cloneNode(true)));
  return document.documentElement.scrollWidth;
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    return Whole(tmp_path_factory.mktemp("long"))


@pytest.fixture(scope="module")
def address(site: Whole) -> Iterator[str]:
    with served(site.app) as there:
        yield there


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
@pytest.mark.parametrize("window", [DESK, PHONE], ids=["desk", "phone"])
def test_a_list_fits_its_window_however_long_what_its_rows_say_is(
    browser: Browser, address: str, window: dict[str, Any], language: str
):
    with watched(browser, address, viewport=window, locale=language) as visit:
        visit.sign_in(OFFICE)
        for path in ("/cases", "/cases?many=1"):
            visit.open(path)
            assert visit.page.evaluate(LONG, language) <= window["width"], path
