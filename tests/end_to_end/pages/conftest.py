"""A real site on loopback, and Chromium at the other end; every page is watched for mischief."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from tests.end_to_end.pages.site import OFFICE, PASSWORD, Site, china

# The shell draws the same pages with two thirds of the work.
CHROMIUM = shutil.which("chromium-headless-shell") or "/usr/bin/chromium"
HOSPITAL_OFFICE = "p-0040"
DESK, PHONE = {"width": 1280, "height": 1060}, {"width": 390, "height": 844}


@dataclass
class Visit:
    """One browser window, and what it did that it should not have done."""

    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> int:
        """Go to an address; return the status it answers with."""
        answer = self.page.goto(self.base + path)
        return 0 if answer is None else answer.status

    def sign_in(self, person: str) -> "Visit":
        self.open("/sign-in")
        self.page.fill("#person", person)
        self.page.fill("#password", PASSWORD)
        self.page.press("#password", "Enter")
        self.page.wait_for_url(lambda url: "/sign-in" not in url)  # each has a room to begin in
        return self

    def watch(self) -> None:
        """Complain about console errors and about requests that go elsewhere."""
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self._sent(request.url))

    def _heard(self, message: object) -> None:
        kind, text = getattr(message, "type", ""), str(getattr(message, "text", ""))
        # A refusal is a page with a status of its own, and the browser notes the status.
        if kind == "error" and "the server responded with a status of 4" not in text:
            self.complaints.append(text)

    def _sent(self, url: str) -> None:
        if not url.startswith((self.base, "data:")):
            self.complaints.append(f"request to {url}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """20 January: the first hospital's office has seven reports to audit, all of them late."""
    site = Site(tmp_path_factory.mktemp("site"), china("01-08", "08:30"))
    for number in range(1, 8):
        site.submit(f"u-hospital-1-{number:02}")
    site.move_to(china("01-20", "09:12"))
    for person in (
        OFFICE,
        HOSPITAL_OFFICE,
        *(site.review_of(f"u-school-0{n}").person for n in (1, 2)),
    ):
        site.password(person)
    site.sequence()
    return site


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve *app* to browsers; give its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="session")
def address(site: Site) -> Iterator[str]:
    with served(site.app) as there:
        yield there


@pytest.fixture(params=[DESK, PHONE], ids=["desk", "phone"])
def screen(request: pytest.FixtureRequest) -> dict[str, int]:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    """A window at a desk; the test fails if a page complained or asked for something elsewhere."""
    with watched(browser, address) as visit:
        yield visit


@contextmanager
def watched(browser: Browser, address: str, **of: Any) -> Iterator[Visit]:
    """A browser of its own, with one window that is watched."""
    context = browser.new_context(**{"viewport": DESK, "locale": "zh-CN", **of})
    visit = Visit(context.new_page(), address)
    visit.watch()
    yield visit
    context.close()
    assert visit.complaints == []


@contextmanager
def without_script(browser: Browser, address: str, person: str) -> Iterator[Visit]:
    """A browser that runs no script, with somebody signed in."""
    with watched(browser, address, java_script_enabled=False) as visit:
        yield visit.sign_in(person)
