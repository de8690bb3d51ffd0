"""People and posts by a workbook: held to what a change one by one is held to."""

from typing import Any

import pytest

from tests.integration.http.administrators import PEOPLE, brought, erase, sheet_with, staff
from tests.integration.http.afterwards import n_rows
from tests.integration.http.service import Service


@pytest.mark.parametrize(
    ("post", "status", "code"),
    [
        ((PEOPLE, "w", "clerk"), 403, "own_post"),
        (("nobody", "w", "audit_administrator"), 422, "administrator_by_file"),
    ],
)
def test_a_workbook_gives_no_rights_that_a_change_one_by_one_would_not(
    service: Service, post: tuple[str, str, str], status: int, code: str
):
    before = n_rows(service)
    content = sheet_with(service, lambda book: book.worksheets[2].append([*post, "2021-02-01"]))
    for more in ("?dry_run=true", ""):
        answer = brought(service, content, more)
        assert answer.status_code == status, answer.text
        told = answer.json.get("errors") or [answer.json]
        assert code in (answer.json["code"], *(one["code"] for one in told))
    assert n_rows(service) == before


def test_a_workbook_is_held_to_the_organisation_that_was_looked_at(service: Service):
    content = sheet_with(service, list)
    looked = brought(service, content, "?dry_run=true")
    assert looked.status_code == 200, looked.text
    seen = looked.json
    assert not seen["changed"]
    assert staff(service, "people", person="new", name="新").json["changed"]
    late = brought(service, content, f"?version={seen['version']}")
    assert (late.status_code, late.json["code"]) == (412, "stale_version")
    assert service.get("/v1/staff?person=new", PEOPLE).status_code == 200


def test_who_brought_a_workbook_goes_on_with_the_version_that_it_made(service: Service):
    def renamed(book: Any) -> None:
        sheet = book["人员"]
        column = next(cell.column for cell in sheet[1] if cell.value == "姓名")
        for row, name in ((2, "甲新"), (3, "乙新")):
            sheet.cell(row=row, column=column).value = name

    answer = brought(service, sheet_with(service, renamed))
    assert answer.json["changed"]
    assert answer.json["version"] == service.parts.directory.current().version
    again = brought(service, sheet_with(service, list), f"?version={answer.json['version']}")
    assert (again.status_code, again.json["version"]) == (200, answer.json["version"])


def test_a_workbook_leaves_erased_names_erased(service: Service):
    erase(service, "c.off")
    content = sheet_with(service, list)
    assert not brought(service, content).json["changed"]
    assert service.get("/v1/staff?person=c.off", PEOPLE).json["details"] == {}
