"""What other rules would send, in a real browser: it fits the window and axe finds nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from services.workflow.application.boards.plans import Planned, Plans
from services.workflow.application.reading_ports import ListQuery
from tests.end_to_end.pages.conftest import DESK, PHONE, served, watched
from tests.end_to_end.pages.site import OFFICE, Site, china
from tests.end_to_end.pages.test_every_page import faults

RUNGS = (("before", "reminder"), ("committee", "escalation"), ("organ_office", "escalation"))


def plans(site: Site) -> Plans:
    """Three rungs of some cases; a change moves one by a day and takes another away."""
    listed = site.parts.boards.sources.reads.list_cases(ListQuery(kind="review", limit=12))
    lines = [
        Planned(
            id=f"{case.id}/{rung}",
            case=case.stream,
            state=case.state,
            rung=rung,
            kind=kind,
            channel="email",
            leaves=n % 5 > 0,
            reason="overdue" if n % 5 else "promised",
            at=site.parts.now() + timedelta(days=n % 4, minutes=n),
            person=case.person,
            unit=case.unit,
            role="secretary",
        )
        for n, case in enumerate(listed.cases)
        for rung, kind in RUNGS
    ]
    moved = [one for one in lines if one.rung == "committee"]
    gone = [one for one in lines if one.rung == "organ_office"]
    come = [replace(one, id=f"{one.id}/2", at=one.at + timedelta(days=1)) for one in moved]
    kept = [one for one in lines if one.rung == "before"]
    return Plans(now=(*kept, *come), gone=(*moved, *gone), come=tuple(come))


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    site = Site(tmp_path_factory.mktemp("site"), china("01-08", "08:30"))
    site.password(OFFICE)
    told = plans(site)
    for parts in site.parts.spoken.values():
        parts.__dict__["boards"] = replace(parts.boards, simulate=lambda _asked: told)
    with served(site.app) as there:
        yield there


@pytest.mark.parametrize(
    "of",
    [
        {"viewport": DESK},
        {"viewport": PHONE, "java_script_enabled": False},
        {"viewport": PHONE},
        {"viewport": DESK, "locale": "en-GB", "color_scheme": "dark"},
    ],
    ids=["desk", "no script", "phone", "English and dark"],
)
def test_what_differs_is_read_in_every_window(
    browser: Browser, address: str, of: Mapping[str, Any]
):
    with watched(browser, address, **of) as visit:
        visit.sign_in(OFFICE)
        visit.open("/simulation")
        page = visit.page
        page.locator("main summary").click()
        page.locator("#policy").select_option(index=1)
        page.locator("main form button.main").click()
        expect(page.locator("#each")).to_be_visible()
        assert page.locator("#lines tbody tr").count() == 36
        assert list(faults(visit, dict(of))) == []
