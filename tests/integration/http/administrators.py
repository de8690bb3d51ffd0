"""The three administrators, and what they do in tests of several modules."""

import io
from typing import Any

import openpyxl
import sqlalchemy as sa

from services.workflow.adapters.database import tables
from tests.integration.http.forms import Browser
from tests.integration.http.service import Service

PEOPLE, RIGHTS, AUDIT = "w.sysadm", "w.secadm", "w.audadm"
PASSWORD = "correct horse 8 battery"
SECRETARY = "c-h1.sec"
NEW_POST = {"person": "new", "unit": "c-h1", "role": "clerk", "from": "2020-01-08"}


def signed_in(service: Service) -> dict[str, Browser]:
    """Return a browser for each of the three, and for somebody who is none of them."""
    found = {}
    for person in (PEOPLE, RIGHTS, AUDIT, SECRETARY):
        service.parts.accounts.accept_invitation(service.parts.accounts.invite(person), PASSWORD)
        found[person] = Browser(service.app).sign_in(person, PASSWORD)
    return found


def staff(service: Service, what: str, by: str = PEOPLE, **body: Any) -> Any:
    return service.call("PUT", f"/v1/staff/{what}", body, person=by, key=None)


BOOK = "/v1/organisation/workbook"


def sheet_with(service: Service, change: Any) -> bytes:
    """Return the workbook of what is known, after a *change* of its sheets."""
    book = openpyxl.load_workbook(io.BytesIO(service.get(BOOK, PEOPLE).data))
    change(book)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def brought(service: Service, content: bytes, more: str = "") -> Any:
    return service.call("POST", f"{BOOK}{more}", raw=content, person=PEOPLE, key=None)


def erase(service: Service, person: str) -> None:
    with service.parts.database._connections.transaction() as connection:
        connection.execute(
            sa.delete(tables.text).where(
                tables.text.c.sha256.in_(
                    sa.select(tables.person.c.details).where(tables.person.c.id == person)
                )
            )
        )
