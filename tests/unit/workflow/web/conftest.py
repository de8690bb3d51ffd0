"""One site for all tests of the pages here: 59 reviews, some of them late."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from services.workflow.application import accounts
from tests.end_to_end.pages.site import INSPECTOR, OFFICE, Shipped, Site, china
from tests.unit.workflow.web.visitor import Visitor

AUDITOR = "p-0040"  # office of the first hospital's committee
ADMINISTRATOR = "p-0021"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The site that most tests share; who counts what was done on it makes one of their own."""
    return site_made(tmp_path_factory.mktemp("site"))


def site_made(path: Path) -> Site:
    """20 January: three reports of the first hospital wait for their audit, the rest is late."""
    site = Site(path, china("01-08", "08:30"))
    for unit in ("u-hospital-1-01", "u-hospital-1-02", "u-hospital-1-03"):
        site.submit(unit)
    site.move_to(china("01-20", "09:12"))
    committee = {"person": "p-0035", "unit": "u-hospital-1", "role": "deputy_secretary"}
    site.notify("u-hospital-1-01", "escalation", committee, site.parts.now())
    site.notify("u-hospital-1-03", "reminder", committee, site.parts.now())
    undelivered = {"channel": "email", "outcome": "failed", "reason": "no_address"}
    site.notify("u-hospital-1-02", "reminder", committee, site.parts.now(), **undelivered)
    secretary = site.review_of("u-hospital-1-05").person
    for person in (OFFICE, INSPECTOR, AUDITOR, ADMINISTRATOR, secretary):
        site.password(person)
    return site


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site whose round is under the scheme that is shipped now; 8 January, nothing was done."""
    return Shipped(tmp_path_factory.mktemp("shipped"), china("01-08", "08:30"))


@pytest.fixture
def visitor(site: Site) -> Visitor:
    """A browser nobody has signed in from."""
    return Visitor(site)


@pytest.fixture
def office(visitor: Visitor) -> Visitor:
    """A browser of the organ committee's office."""
    return visitor.sign_in(OFFICE)


@contextmanager
def counted() -> Iterator[list[str]]:
    """Collect the statements sent to the database.

    But for those that keep a session alive: once a minute, by the system's clock, on any page.
    """
    statements: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", count)
    try:
        with patch.object(accounts, "TOUCH", timedelta.max):
            yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", count)
