"""Data of every kind of datum, garbled: each fault is told by its path, and nothing is left."""

from hashlib import sha256
from typing import Any

import jsonschema_rs
import pytest

from services.workflow.domain.data.files import sights
from tests.integration.http.bad_values import as_sent
from tests.integration.http.conftest import STORES
from tests.integration.http.ledgers import Ledgers, opened

PHOTO = b"%PDF-1.7\n<< /Type /Page >>\n%%EOF\n"
SHA = sha256(PHOTO).hexdigest()
ROW = {
    "note": "好", "amount": "1.5", "seen_on": "2020-01-08", "whole": True, "thing": "hose",
    "away": {"from": "2020-01-08", "until": "2020-01-09"},
    "lent": {"from": "2020-01-08T01:00:00Z", "until": "2020-01-08T02:00:00Z"},
    "keeper": "c-h1.sec", "place": "c-h1", "photo": {"sha256": SHA, "length": len(PHOTO)},
}  # fmt: skip
NO_TEXT = (0, True, [], {}, "\0", "a\x1bb", "\u202e")
NO_WORD = (0, True, [], {}, "", "a b", "nothing", "\0", "x" * 65)
NO_ID = (0, True, [], {}, "", "a b", "\0", "x" * 65)
NO_DAY = (0, True, [], {}, "", "2019-02-29", "2020-1-8", "9999-12-31", "２０２０-01-08")
NO_INSTANT = (0, True, [], {}, "", "2020-01-08", "2020-01-08T09:00:00", "2020-01-08T25:00:00Z")
NO_NUMBER = (1.5, True, [], {}, "", "1e3", "1,5", "NaN", "٣", "9" * 400)
NO_FLAG = (0, 1, "true", "", [], {})
NO_OBJECT = (0, True, "", "{}", [])
NO_LIST = (0, True, "", {})
NO_COUNT = (1.5, True, [], {}, "", "5x", 0, 501)
NO_SCORE = (91.5, True, [], {}, "", "-1", "100.01", "91.555", "9e1", "NaN")
# What is taken by each trigger, where in it something stands, and what must not stand there.
GARBLED: dict[str, tuple[dict[str, Any], dict[str, tuple[Any, ...]]]] = {
    "write": (
        {"documents": {"sheet": {"parts": {"body": "好"}}}},
        {
            "documents": NO_OBJECT, "documents.sheet": NO_OBJECT,
            "documents.sheet.parts": NO_OBJECT,
            "documents.sheet.parts.body": NO_TEXT,
        },
    ),
    "list": (
        {"documents": {"goods": {"rows": [ROW]}}},
        {
            "documents.goods": NO_OBJECT,
            "documents.goods.rows": (*NO_LIST, [{}] * 201),
            "documents.goods.rows.0": NO_OBJECT,
            "documents.goods.rows.0.note": (*NO_TEXT, "长" * 21),
            "documents.goods.rows.0.amount": NO_NUMBER,
            "documents.goods.rows.0.seen_on": NO_DAY,
            "documents.goods.rows.0.away": (*NO_OBJECT, {"from": "2020-01-09"}),
            "documents.goods.rows.0.away.until": NO_DAY,
            "documents.goods.rows.0.lent.from": NO_INSTANT,
            "documents.goods.rows.0.whole": NO_FLAG,
            "documents.goods.rows.0.thing": NO_WORD,
            "documents.goods.rows.0.keeper": NO_ID,
            "documents.goods.rows.0.place": NO_ID,
            "documents.goods.rows.0.about": (*NO_WORD, f"slip/{SHA}", "slip"),
            "documents.goods.rows.0.photo": (*NO_OBJECT, {"sha256": "x", "length": 1}),
            "documents.goods.rows.0.photo.length": (0, -1, 1.5, "1", True),
        },
    ),
    "check": (
        {"documents": {"form": {"rows": {"exits": {"good": True, "minutes": "3"}}}}},
        {
            "documents.form.rows": NO_OBJECT,
            "documents.form.rows.exits": NO_OBJECT,
            "documents.form.rows.exits.good": NO_FLAG,
            "documents.form.rows.exits.minutes": NO_NUMBER,
        },
    ),
    "rate": (
        {"components": {"stars": "90"}},
        {"components": NO_OBJECT, "components.stars": NO_SCORE},
    ),
    "judge": ({"grades": {"branch": "good"}}, {"grades": NO_OBJECT, "grades.branch": NO_WORD}),
    "count": ({"numbers": {"people": 5}}, {"numbers": NO_OBJECT, "numbers.people": NO_COUNT}),
    "decide": (
        {"decisions": [{"date": "2020-01-08", "minutes": "一号"}]},
        {
            "decisions": (*NO_LIST, [], [{}, {}]),
            "decisions.0": NO_OBJECT,
            "decisions.0.date": NO_DAY,
            "decisions.0.minutes": (*NO_TEXT, "", "长" * 101),
            "decisions.0.body": NO_ID,
        },
    ),
    "plan": (
        {"mode": "live", "flags": {"urgent": True}, "planned": {"seen": "2020-01-10"}},
        {
            "mode": NO_WORD, "flags": NO_OBJECT, "flags.urgent": NO_FLAG,
            "planned": NO_OBJECT, "planned.seen": NO_DAY,
        },
    ),
    "move": ({"due_at": "2020-02-01T00:00:00+08:00"}, {"due_at": NO_INSTANT}),
}  # fmt: skip
# What has the right shape, where in a row it stands, and why it is refused.
REFUSED: tuple[tuple[str, Any, str], ...] = (
    ("amount", "60.01", "out_of_range"),
    ("amount", "-0.1", "out_of_range"),
    ("amount", "1.55", "too_many_places"),
    ("away.until", "2020-01-07", "ends_too_early"),
    ("lent.until", "2020-01-08T00:59:59Z", "ends_too_early"),
    ("keeper", "no.one", "not_known"),
    ("place", "nowhere", "not_known"),
    ("photo.sha256", "0" * 64, "file_not_brought"),
    ("photo.length", len(PHOTO) + 1, "file_length_differs"),
)
PLACES = [(trigger, place) for trigger, (_, places) in GARBLED.items() for place in places]


@pytest.fixture(params=STORES, scope="module")
def ledgers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    yield from opened(request.param, tmp_path_factory.mktemp("garbled"), request)


def garbled(data: Any, place: list[str], value: Any) -> Any:
    """Return *data* with *value* at *place*."""
    if not place:
        return value
    name, *rest = place
    if isinstance(data, list):
        return [garbled(one, rest, value) if str(n) == name else one for n, one in enumerate(data)]
    return {**data, name: garbled(data.get(name), rest, value)}


def slip_for(ledgers: Ledgers, trigger: str) -> str:
    """Return a new slip, with the files that what is sound of *trigger* names."""
    slip = ledgers.slip()
    if trigger == "list":
        ledgers.bring(slip, "goods", PHOTO)
    return slip


def sent(ledgers: Ledgers, slip: str, trigger: str, data: Any) -> Any:
    raw = as_sent({"trigger": trigger, "data": data})
    path = f"/v1/cases/{slip}/transitions"
    return ledgers.service.call("POST", path, raw=raw, person="c-h1.sec")


def spelled(place: str) -> str:
    """Return *place* as faults name it."""
    return ".".join(["data", *place.split(".")]).replace(".0", "[0]")


@pytest.mark.parametrize("trigger", GARBLED)
def test_what_is_sound_is_taken_and_fits_the_form(ledgers: Ledgers, trigger: str):
    slip, data = slip_for(ledgers, trigger), GARBLED[trigger][0]
    assert ledgers.fire(slip, trigger, data=data).status_code == 201
    assert jsonschema_rs.Draft202012Validator(form(ledgers, slip, trigger)).is_valid(data)


def form(ledgers: Ledgers, slip: str, trigger: str) -> Any:
    possible = ledgers.service.get(f"/v1/cases/{slip}/transitions", "c-h1.sec").json["items"]
    return next(one["data"] for one in possible if one["trigger"] == trigger)


@pytest.mark.parametrize(("trigger", "place"), PLACES)
def test_what_is_garbled_is_told_where_it_stands(ledgers: Ledgers, trigger: str, place: str):
    slip, (data, places) = slip_for(ledgers, trigger), GARBLED[trigger]
    before = ledgers.service.n_events()
    for value in places[place]:
        answer = sent(ledgers, slip, trigger, garbled(data, place.split("."), value))
        assert answer.status_code == 422, (value, answer.text)
        told = [(error["field"], error["reason"]) for error in answer.json["errors"]]
        assert all(field.startswith(spelled(place)) and reason for field, reason in told), told
    assert ledgers.service.n_events() == before


@pytest.mark.parametrize("trigger", GARBLED)
def test_what_is_left_out_and_what_nobody_knows_is_told_at_once(ledgers: Ledgers, trigger: str):
    (first, *_), slip = GARBLED[trigger][0], ledgers.slip()
    answer = ledgers.fire(slip, trigger, data={"nothing": 1})
    assert answer.status_code == 422
    found = [(error["field"], error["code"]) for error in answer.json["errors"]]
    assert ("data.nothing", "unknown_field") in found
    # Of documents it is told which one is missing, and where in it what is asked for would stand.
    assert any(field.startswith(f"data.{first}") and code == "required" for field, code in found)


@pytest.mark.parametrize(("column", "value", "code"), REFUSED)
def test_what_a_column_does_not_mean_is_refused_and_not_mended(
    ledgers: Ledgers, column: str, value: Any, code: str
):
    slip, place = slip_for(ledgers, "list"), f"documents.goods.rows.0.{column}"
    data = garbled(GARBLED["list"][0], place.split("."), value)
    answer = ledgers.fire(slip, "list", data=data)
    found = [(error["field"], error["code"]) for error in answer.json["errors"]]
    assert (answer.status_code, found) == (422, [(spelled(place), code)])


def test_a_document_over_a_limit_that_refuses_is_refused_where_no_guard_says_so(ledgers: Ledgers):
    slip = ledgers.slip()
    answer = ledgers.fire(
        slip, "write", data={"documents": {"sheet": {"parts": {"body": "长" * 101}}}}
    )
    found = [(error["field"], error["code"]) for error in answer.json["errors"]]
    assert (answer.status_code, found) == (422, [("data.documents.sheet", "document_too_long")])
    data = {"documents": {"sheet": {"parts": {"body": "长" * 100}}}}
    assert ledgers.fire(slip, "write", data=data).status_code == 201


def test_a_decision_of_a_known_body_that_names_another_is_refused(ledgers: Ledgers):
    slip = ledgers.slip()
    decision = {"date": "2020-01-08", "minutes": "一号"}
    other = {"decisions": [decision | {"body": "c-h1"}]}
    answer = ledgers.fire(slip, "decide", data=other)
    (error,) = answer.json["errors"]
    assert (answer.status_code, error["field"]) == (422, "data.decisions[0].body")
    assert (error["code"], error["reason"]) == ("other_body", "这项决定应由c作出")
    own = {"decisions": [decision | {"body": "c"}]}
    assert ledgers.fire(slip, "decide", data=own).status_code == 201


def test_of_more_files_than_a_case_may_have_no_more_are_looked_for(ledgers: Ledgers):
    slip, (row,) = ledgers.slip(), GARBLED["list"][0]["documents"]["goods"]["rows"]
    photos = [{"sha256": f"{n:064x}", "length": 1} for n in range(60)]
    goods = {"rows": [row | {"photo": photo} for photo in photos]}
    data = garbled(GARBLED["list"][0], ["documents", "goods"], goods)
    assert len(sights(slip, data["documents"])) == 40
    refused = sent(ledgers, slip, "list", data)
    (fault,) = refused.json["errors"]
    assert (refused.status_code, fault["code"]) == (422, "files_named_too_many")
    assert "40" in fault["accepted"]
