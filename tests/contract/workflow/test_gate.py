"""Nothing broken is written, whichever way it is handed to whichever store."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from schemas.limits import EVENT_BYTES
from services.workflow.adapters.database import Database
from services.workflow.application.gate import UnfitEvent, hold
from services.workflow.application.ports import Append, Bulk
from tests.contract.workflow.appends import (
    CYCLE,
    START,
    append,
    key,
    move,
    moved,
    opening,
    refused,
    review,
    sealed,
    text,
    with_body,
)
from tests.contract.workflow.test_lists import notice_row
from tests.fakes import ListEventStore
from tests.loops import run_apart
from tests.unit.schemas.facts import DATA

Way = Callable[[Database, list[Append]], None]
OPENED = review(1)


def at_once(database: Database, batch: list[Append]) -> None:
    database.store.append(batch)


def in_bulk(database: Database, batch: list[Append]) -> None:
    appends = tuple(one for one in batch if isinstance(one, Append))
    cases = [one for one in batch if not isinstance(one, Append)]
    events = tuple(event for one in cases for event in one.events)
    database.store.write(Bulk(appends=appends), replace(cases[0], events=events))


def on_the_loop(database: Database, batch: list[Append]) -> None:
    store = database.rounds()
    if store is None:
        pytest.skip("SQLite has one way for both")
    run_apart(store.append(batch))


def longest() -> bytes:
    unit = DATA["organisation_changed"]["units"][0] | {"name": "字" * 200}
    data = DATA["organisation_changed"] | {"units": [unit] * 100}
    return sealed("organisation/w", 1, START, "organisation_changed", data=data)


def spoiled(one: Any, **attributes: Any) -> Any:
    """*one* with an event that says something else."""
    fact = one.type.split(".")[1]
    return with_body(one, sealed(one.stream, one.version, one.recorded_at, fact, **attributes))


def in_one(store: Any, broken: Any) -> None:
    """Write a round with a broken event, in one transaction."""
    if isinstance(broken, Append):
        store.write(Bulk(appends=(broken,)), opening(review(3)))
    else:
        store.write(Bulk(appends=()), broken)


BROKEN = {
    "a state changed": spoiled(move(OPENED), data={"trigger": "某人"}),
    "with a text": spoiled(move(OPENED, texts=(text("理由"),), key=key("k")), actor="某人"),
    "a review opened": spoiled(opening(review(2)), data=DATA["case_opened"] | {"state": "A"}),
    "a refusal": spoiled(refused(OPENED, 1), data=DATA["trigger_refused"] | {"trigger": "某人"}),
    "a notice": spoiled(
        append(f"review/{OPENED.id}/notices", 1, notice=notice_row(1)), client="有 空格"
    ),
    "a cycle": spoiled(append(f"cycle/{CYCLE}", 1), schemehash="0"),
    "an import": append("organisation/w", 1, body=longest()),
    "filed at another time": with_body(move(OPENED), move(OPENED, recorded_at=START).body),
    "filed elsewhere": with_body(move(OPENED), move(review(2)).body),
    "filed as another version": with_body(move(OPENED), move(moved(OPENED)).body),
    "spelled otherwise": with_body(move(OPENED), move(OPENED).body.replace(b":", b": ", 1)),
    "no JSON": with_body(move(OPENED), b"{"),
}


@pytest.mark.parametrize("way", [at_once, in_bulk, on_the_loop])
@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_a_broken_event_is_stored_by_none_nor_what_came_with_it(
    database: Database, way: Way, broken: Append
):
    database.store.append([opening(OPENED)])
    before = (list(database.audit.dump()), database.reads.log_head())
    with pytest.raises(UnfitEvent):
        way(database, [opening(review(3)), broken])
    assert (list(database.audit.dump()), database.reads.log_head()) == before


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_the_list_store_stands_behind_the_same_gate(broken: Append):
    store = ListEventStore()
    with pytest.raises(UnfitEvent):
        store.append([opening(review(3)), broken])
    with pytest.raises(UnfitEvent):
        in_one(store, broken)
    assert store.appends == []


def test_what_is_wrong_is_named_and_nothing_of_it_is_quoted():
    with pytest.raises(UnfitEvent, match="data breaks required") as refused:
        hold(BROKEN["a state changed"])
    assert "某人" not in str(refused.value)
    with pytest.raises(UnfitEvent, match=f"bytes, {EVENT_BYTES} at most"):
        hold(BROKEN["an import"])
