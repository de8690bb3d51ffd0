"""Commands from JSON: the quick check by hand and the schema agree; keys and tags are checked."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.workflow.adapters.http import commands
from services.workflow.adapters.http.problems import Problem
from services.workflow.adapters.http.resource import CASES, REVIEWS, Resource
from services.workflow.application import asking
from services.workflow.application.firing.commands import CaseCommand
from services.workflow.domain.authority import Actor
from services.workflow.domain.refusals import Malformed

ACTOR = Actor(client="oa", person="p-1", scopes=frozenset({"trigger"}), scope_unit="w")
REVIEW = "0195a1f0-0000-7000-8000-000000000001"
ITEM = {"trigger": "submit", "review": REVIEW, "idempotency_key": "k"}
BY = asking.Circumstances(actor=ACTOR, correlation="r-1")
JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=5),
    lambda inner: (
        some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
BODIES = some.dictionaries(some.sampled_from(["trigger", "data", "dry_run", "x"]), JSON) | JSON
PLAIN = some.fixed_dictionaries(
    {"trigger": some.from_regex(r"[A-Za-z_]{0,5}", fullmatch=True)},
    optional={"data": some.dictionaries(some.text(max_size=3), JSON)},
)


def single(body: Any, key: str | None = "k", if_match: str | None = None) -> CaseCommand:
    return commands.single("review", body, key, if_match, BY, REVIEWS)


@given(BODIES | PLAIN)
def test_what_the_quick_check_takes_the_schema_takes_too(body: Any):
    if commands._is_plain(body):
        loaded = asking.TRIGGER_BODY.load(body)
        assert loaded == {"data": {}, "dry_run": False, **body}


OF_MANY = [*ITEM, "data", "on_behalf_of", "x"]


@given(some.dictionaries(some.sampled_from(OF_MANY), JSON | some.text(max_size=3)))
def test_what_the_quick_check_takes_of_many_the_schema_takes_too(changes: dict[str, Any]):
    item = ITEM | changes
    if commands.is_plain_of_many(item):
        loaded = commands.BULK_COMMAND.load(item)
        assert loaded == {"data": {}, "dry_run": False, **item}


@pytest.mark.parametrize("name", ITEM)
def test_a_command_of_many_that_lacks_anything_takes_the_long_way(name: str):
    assert not commands.is_plain_of_many({key: ITEM[key] for key in ITEM if key != name})


@pytest.mark.parametrize("review", [REVIEW.upper(), REVIEW + "\n", REVIEW[:-1], ""])
def test_a_review_of_another_spelling_takes_the_long_way(review: str):
    assert not commands.is_plain_of_many(ITEM | {"review": review})


def test_a_plain_body_takes_the_quick_way():
    assert commands._is_plain({"trigger": "submit", "data": {"report": {}}})
    assert commands._is_plain({"trigger": "submit"})
    assert commands.is_plain_of_many(ITEM)
    assert not commands.is_plain_of_many(ITEM | {"if_match": 2})


@pytest.mark.parametrize(
    ("if_match", "version"), [('"3"', 3), ('"0"', 0), ("*", None), (None, None)]
)
def test_if_match_names_the_version_a_command_was_decided_on(if_match: Any, version: Any):
    assert single({"trigger": "submit"}, if_match=if_match).if_match == version


@pytest.mark.parametrize(
    "if_match", ["3", "", '"-1"', 'W/"3"', '"1", "2"', '"٣"', '"03"', '"99999999999999999999"']
)
def test_an_if_match_that_is_no_version_is_malformed(if_match: str):
    with pytest.raises(Malformed) as found:
        single({"trigger": "submit"}, if_match=if_match)
    assert found.value.faults[0].field == "If-Match"


@pytest.mark.parametrize("key", ["", " ", "a b", "a\n", "é", "k" * 201])
def test_a_key_that_is_none_is_malformed(key: str):
    with pytest.raises(Malformed) as found:
        single({"trigger": "submit"}, key=key)
    assert found.value.faults[0].code == "not_a_key"


@pytest.mark.parametrize(("if_match", "version"), [(3, 3), ('"3"', 3), ("*", None), (None, None)])
def test_one_of_many_names_its_version_as_one_alone_does(if_match: Any, version: Any):
    assert commands.one_of_many(ITEM | {"if_match": if_match}, BY).if_match == version


def test_only_a_rehearsal_needs_no_key():
    assert single({"trigger": "submit", "dry_run": True}, key=None).key is None
    with pytest.raises(Malformed) as found:
        single({"trigger": "submit"}, key=None)
    assert found.value.code == "missing_key"


def test_a_command_of_many_that_lacks_its_key_is_told_the_member():
    with pytest.raises(Malformed) as found:
        commands.one_of_many({"review": REVIEW, "trigger": "submit"}, BY)
    assert (found.value.code, found.value.faults[0].field) == ("missing_key", "idempotency_key")


@pytest.mark.parametrize("resource", [CASES, REVIEWS])
def test_a_command_of_many_is_the_same_request_as_when_it_is_sent_alone(resource: Resource):
    body = {"trigger": "present", "data": {}, "reason": "补报"}
    alone = commands.single(REVIEW, body, "k", '"2"', BY, resource)
    item = {**body, resource.member: REVIEW, "idempotency_key": "k", "if_match": 2}
    assert commands.one_of_many(item, BY) == alone


@pytest.mark.parametrize(
    ("item", "code"),
    [({"trigger": "submit"}, "required"), (ITEM | {"case": REVIEW}, "too_many")],
    ids=["none", "both"],
)
def test_a_command_of_many_names_one_case(item: dict[str, Any], code: str):
    with pytest.raises(Malformed) as found:
        commands.one_of_many(item | {"idempotency_key": "k"}, BY)
    assert [(fault.field, fault.code) for fault in found.value.faults] == [("case", code)]


def test_who_acts_where_and_with_what_makes_a_request_the_same_one():
    first = asking.fingerprint("/a", "p", {"x": 1, "y": 2})
    assert asking.fingerprint("/a", "p", {"y": 2, "x": 1}) == first
    others = [("/b", "p", {"x": 1, "y": 2}), ("/a", None, {"x": 1, "y": 2}), ("/a", "p", {"x": 1})]
    assert all(asking.fingerprint(*other) != first for other in others)


def test_a_command_of_many_may_not_be_larger_than_one_sent_alone():
    item = {"trigger": "submit", "data": {"x": "a" * 70_000}, "idempotency_key": "k"}
    with pytest.raises(Problem) as found:
        commands.one_of_many(item, BY)
    assert found.value.status == 413
