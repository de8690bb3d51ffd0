"""Items that name others, C7: only what their writer sees, and what is done or of a round before.

Over HTTP, in a workbook and on the page alike.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from services.workflow.adapters.database.prepared import Prepared
from services.workflow.application.firing.port import Wanted
from services.workflow.domain.authority import PAGE_SCOPES, Actor
from services.workflow.domain.case.naming import ANY
from services.workflow.domain.case.naming import Wanted as OfNames
from tests.integration.http.aftermath import AVERAGE, OFFICE, Aftermath, aftermath
from tests.integration.http.conftest import STORES
from tests.integration.http.forms import Browser
from tests.integration.http.test_bulletins import fed_back
from tests.integration.http.test_clauses_of_items import (
    OWNER,
    PASSWORD,
    brought,
    items,
    looked,
    row,
    shown,
)
from tests.integration.http.test_meetings import texts
from tests.integration.http.test_next_round import left_open, opened_2020, opened_round

MADE_UP = "ad92d1de-f279-49a0-8faa-8400edfcc7e6"
AT = "data.documents.lists.rows[{}].{}"
UNSEEN, OPEN = "number_unknown", "still_open"


@pytest.fixture(params=STORES)
def after(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Aftermath]:
    yield from aftermath(request.param, tmp_path, request)


def asked(
    after: Aftermath, review: dict[str, Any], *rows: dict[str, Any], by: str = OWNER, **how: Any
) -> Any:
    """Ask whether items could be listed."""
    body = {"trigger": "add_items", "dry_run": True, **how}
    body["data"] = {"documents": {"lists": {"rows": list(rows)}}}
    return after.service.call("POST", f"/v1/cases/{review['id']}/transitions", body, person=by)


def why(answer: Any) -> list[tuple[str, str]]:
    return [(one["code"], one["field"]) for one in answer.json.get("errors", ())]


def verified(after: Aftermath, item: dict[str, Any]) -> dict[str, Any]:
    after.done(item, "report", OWNER, data=texts("evidence", "done"))
    after.done(item, "verify", OFFICE, data=looked("sample"))
    return item


def own_items(after: Aftermath) -> list[dict[str, Any]]:
    """Return a review with two items: one that is done, and one that is open."""
    review = items(after, row("甲题", "2020-03-31"), row("乙题", "2020-03-31"))[0]
    done, left = after.service.get("/v1/cases?kind=item&sort=number", OWNER).json["items"]
    return [review, verified(after, done), left]


def of_another(after: Aftermath) -> dict[str, Any]:
    """Have another unit list an item, have it verified, and return it."""
    review = fed_back(after, "c-h1", AVERAGE)
    told = row("他题", "2020-03-31") | {"owner": "c-h1.sec"}
    after.done(
        review,
        "start_rectification",
        "c-h1.sec",
        data={"documents": {"lists": {"rows": [told]}}},
    )
    found = after.service.get("/v1/cases?kind=item&limit=200", OFFICE).json["items"]
    (item,) = [one for one in found if one["unit"] == "c-h1"]
    after.done(item, "report", "c-h1.sec", data=texts("evidence", "done"))
    after.done(item, "verify", OFFICE, data=looked("sample"))
    return dict(item)


def test_c7_a_row_names_what_its_writer_sees_and_what_is_done(after: Aftermath) -> None:
    other = of_another(after)
    review, done, left = own_items(after)
    kept, new = ({"row": 1}, {"row": 2}), row("丙题", "2020-03-31")
    named = {MADE_UP: UNSEEN, other["id"]: UNSEEN, left["id"]: OPEN, review["id"]: UNSEEN}
    for case, code in named.items():
        answer = asked(after, review, *kept, new | {"earlier": f"item/{case}"})
        assert answer.status_code == 422
        assert why(answer) == [(code, AT.format(2, "earlier"))], case
        assert answer.json["errors"][0]["reason"]
    source = new | {"source": f"item/{other['id']}"}
    assert why(asked(after, review, *kept, source)) == [(UNSEEN, AT.format(2, "source"))]
    good = asked(after, review, *kept, new | {"earlier": f"item/{done['id']}"})
    assert good.status_code == 200, good.text


def test_c7_a_workbook_names_the_same_by_number_and_otherwise(after: Aftermath) -> None:
    other = of_another(after)
    review, done, left = own_items(after)
    lines = [MADE_UP, other["id"], left["id"]]
    wrong = brought(
        after,
        review,
        *({"原整改事项": f"item/{one}"} for one in lines),
        {"原整改事项": other["number"]},
        {"原整改事项": left["number"]},
    )
    codes = [(one["field"][-1], one["code"]) for one in wrong.json["errors"]]
    expected = [("2", UNSEEN), ("3", UNSEEN), ("4", OPEN), ("5", UNSEEN), ("6", OPEN)]
    assert sorted(codes) == expected
    right = brought(
        after, review, {"原整改事项": done["number"]}, {"原整改事项": f"item/{done['id']}"}
    )
    assert right.status_code == 200, right.text


def _is_spare(name: str) -> bool:
    """Tell whether a field is left empty here: in a row that nobody fills in, or optional."""
    *_, row_, column = f"..{name}".split(".")
    return row_ in {"3", "4"} or column in {"more", "earlier", "source"}


def on_the_page(after: Aftermath, review: dict[str, Any], earlier: str) -> Any:
    """Type a further item on the page of its review."""
    accounts = after.service.parts.accounts
    accounts.accept_invitation(accounts.invite(OWNER), PASSWORD)
    browser = Browser(after.service.app).sign_in(OWNER, PASSWORD)
    forms = browser.page(f"/cases/{review['id']}").forms
    form = next(one for one in forms if one.typed().get("trigger") == "add_items")
    typed = {one.name: one.value for one in form.inputs if not _is_spare(one.name)}
    # Selected options are not read from the page.
    typed |= dict.fromkeys((name for name in typed if name.endswith(".pace")), "standing")
    told = row("丙题", "2020-03-31") | {"earlier": earlier}
    typed |= {f"documents.lists.rows.2.{name}": value for name, value in told.items()}
    return browser.send(form, urlencode(typed).encode())


def test_c7_on_the_page_an_item_is_named_by_its_number(after: Aftermath) -> None:
    review, done, left = own_items(after)
    for number, told in (
        ("2019-B-9999/01", "没有这个案号，或者您看不到它"),
        (f"item/{MADE_UP}", "没有这个案号，或者您看不到它"),
        ("不知道", "没有这个案号，或者您看不到它"),
        (left["number"], "尚未结束"),
    ):
        answer = on_the_page(after, review, number)
        assert answer.status_code == 422, number
        assert told in answer.text, number
        assert f'value="{number}"' in answer.text
    answer = on_the_page(after, review, done["number"])
    assert answer.status_code == 303


def test_c7_what_came_back_names_last_year_s_item_where_there_was_one(after: Aftermath) -> None:
    first = items(after, row("甲题", "2020-03-31"))[0]
    new = row("乙题", "2020-04-30") | {"found_by": "last_year"}
    answer = asked(after, first, {"row": 1}, new)
    assert answer.status_code == 200, answer.text
    assert [one["code"] for one in answer.json["warnings"]] == ["none_earlier"]


def test_c7_in_a_later_round_what_came_back_names_which_it_was(after: Aftermath) -> None:
    (old,) = left_open(after, "甲题")
    opened_2020(after)
    review = fed_back(after, "c-b1", AVERAGE)
    new = row("乙题", "2020-04-30") | {"found_by": "last_year"}
    answer = asked(after, review, new, trigger="start_rectification")
    assert why(answer) == [("earlier_needed", AT.format(0, "earlier"))]
    assert old["number"] in answer.json["errors"][0]["accepted"]
    named = new | {"earlier": f"item/{old['id']}"}
    answer = asked(after, review, named, trigger="start_rectification")
    assert (answer.status_code, answer.json.get("warnings", [])) == (200, [])
    assert old["number"] in shown(after, f"/cases/{review['id']}", OWNER)  # offered there


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect what is sent to the database meanwhile, by whichever way."""
    sent, asking = list[str](), Prepared.asking

    def asked(prepared: Prepared, statement: Any) -> Any:
        sent.append(statement.text)
        return asking(prepared, statement)

    def executed(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", executed)
    try:
        with patch.object(Prepared, "asking", asked):
            yield sent
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", executed)


def test_c7_what_could_be_named_is_read_at_once_whatever_rounds_there_were(
    after: Aftermath,
) -> None:
    (old,) = left_open(after, "甲题")
    opened_2020(after)
    review = fed_back(after, "c-b1", AVERAGE)
    naming = after.service.parts.naming
    owner = Actor(client="web", person=OWNER, scopes=PAGE_SCOPES, scope_unit="w")
    id_ = review["id"]
    head = after.service.parts.database.store.standing([Wanted(case=id_)]).case(id_)
    assert head is not None
    kinds = OfNames(kinds=frozenset({"item", ANY}))

    def asked() -> tuple[set[str], int]:
        naming.named(owner, head, kinds)  # what is read once is kept from then on
        with statements() as sent:
            found = naming.named(owner, head, kinds)
        return {one.case.number for one in found.values()}, len(sent)

    found, n_sent = asked()
    assert old["number"] in found
    for year in (2018, 2021):
        opened_round(after, year)
    more, n_again = asked()
    assert n_again == n_sent > 0
    assert {one[:4] for one in more - found} == {"2018"}


def test_c7_what_was_named_before_and_is_not_there_is_called_by_its_kind(
    after: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it stands in histories that are older than the rule."""
    monkeypatch.setattr("services.workflow.domain.case.rows.misnamed", lambda *_: ())
    told = row("甲题", "2020-03-31") | {"earlier": f"item/{MADE_UP}"}
    review, item = items(after, told)
    monkeypatch.undo()
    accounts = after.service.parts.accounts
    accounts.accept_invitation(accounts.invite(OFFICE), PASSWORD)
    browser = Browser(after.service.app).sign_in(OFFICE, PASSWORD)
    book = load_workbook(BytesIO(browser.open("/ledgers/item.xlsx").data)).active
    (line,) = book.iter_rows(min_row=2, values_only=True)
    headings = [cell.value for cell in book[1]]
    assert dict(zip(headings, line, strict=True))["原整改事项"] == "整改事项"
    for path in ("/ledgers/item", "/cases?kind=item", f"/cases/{item['id']}"):
        assert MADE_UP not in browser.open(path).text, path
    assert MADE_UP not in browser.open(f"/cases/{review['id']}").text
