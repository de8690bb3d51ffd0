"""The envelope: golden bytes that may never change, and nothing opens that does not fit."""

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
import rfc8785

from schemas import vocabulary
from schemas.canonical import NotCanonical, canonical_bytes
from schemas.envelope import (
    BrokenEvent,
    UnknownEvent,
    UnreadableEvent,
    event_type,
    open_envelope,
    partition_key,
    peek,
    recall,
    seal,
)
from schemas.facts import EVENTS, organisation
from schemas.merkle import leaf_hash
from schemas.registry import EventRegistry, split_type
from tests.unit.schemas.facts import DATA, envelope, type_of
from tests.unit.schemas.parts_of_facts import REVIEW

GOLDEN = Path(__file__).parent / "golden"
FACTS = sorted(DATA)


def altered(fact: str, **changes: Any) -> bytes:
    return canonical_bytes(json.loads(seal(envelope(fact))) | changes)


@pytest.mark.parametrize("fact", FACTS)
def test_the_golden_bytes_never_change(fact: str):
    golden = json.loads((GOLDEN / f"{fact}.json").read_text())
    body = seal(envelope(fact))
    assert body.decode() == golden["bytes"]
    assert leaf_hash(body).hex() == golden["leaf_hash"]


def test_there_is_a_golden_file_for_every_type_and_no_other():
    assert sorted(path.stem for path in GOLDEN.glob("*.json")) == FACTS
    assert EVENTS.types() == sorted(map(type_of, FACTS))


@pytest.mark.parametrize("fact", FACTS)
def test_the_bytes_are_canonical_for_the_oracle_too(fact: str):
    body = seal(envelope(fact))
    assert rfc8785.dumps(json.loads(body)) == body


@pytest.mark.parametrize("fact", FACTS)
def test_what_was_sealed_opens_to_the_same_and_seals_to_the_same(fact: str):
    event = envelope(fact)
    assert open_envelope(seal(event)) == peek(seal(event)) == event
    assert seal(open_envelope(seal(event))) == seal(event)


def test_an_attribute_that_is_not_there_is_absent_never_null():
    body = seal(envelope("note_added", actor=None, causationid=None, schemehash=None))
    assert not {"actor", "causationid", "schemehash"} & json.loads(body).keys()
    assert open_envelope(body).actor is None


def test_attributes_of_a_newer_writer_stop_nobody_and_stay_in_the_bytes():
    beyond = {"workspace": "review/x", "a" * 20: "述评" * 100, "0": ""}
    body = altered("note_added", **beyond)
    assert open_envelope(body).extensions == peek(body).extensions == beyond
    assert seal(open_envelope(body)) == body


def test_the_token_that_brought_a_command_is_named():
    body = seal(envelope("note_added", tokenid="0191f3a0-0000-7000-8000-00000000aaaa"))
    assert json.loads(body)["tokenid"] == "0191f3a0-0000-7000-8000-00000000aaaa"
    assert seal(open_envelope(body)) == body


def test_the_family_of_a_case_is_named_and_read_without_parsing():
    body = seal(envelope("note_added", partitionkey=f"meeting/{REVIEW}"))
    assert open_envelope(body).partitionkey == partition_key(body) == f"meeting/{REVIEW}"
    assert seal(open_envelope(body)) == body
    assert partition_key(seal(envelope("note_added"))) is None


def test_type_and_schema_say_the_fact_and_its_version():
    event = envelope("suspended")
    attributes = json.loads(seal(event))
    assert (event.fact, event.version) == ("suspended", 1)
    assert attributes["type"] == "workflow.suspended.v1"
    assert attributes["dataschema"] == "urn:shuping:schema:suspended:v1"


@pytest.mark.parametrize("value", [1.5, UUID(int=1), datetime.now().astimezone(), (1,), 2**53])
def test_data_that_is_not_plain_is_not_sealed(value: Any):
    with pytest.raises(NotCanonical):
        seal(envelope("note_added", data={"kind": "note", "deep": [{"value": value}]}))


def test_a_naive_time_is_not_sealed():
    event = envelope("note_added")
    with pytest.raises(ValueError, match="naive"):
        seal(replace(event, time=event.time.replace(tzinfo=None)))


@pytest.mark.parametrize(
    "type_",
    [
        "workflow.unheard_of.v1",
        "workflow.note_added.v3",
        "workflow.note_added.v01",
        "workflow.note_added.v１",
        "workflow.note_added",
        "workflow.note_added.v1.x",
        "notifier.note_added.v1",
        "workflow.note_added.1",
        "workflow.note_added.v",
    ],
)
def test_an_unknown_type_or_version_stops_the_reader_and_names_itself(type_: str):
    with pytest.raises(UnknownEvent, match="unknown event type or version") as stopped:
        open_envelope(altered("note_added", type=type_))
    assert stopped.value.type == type_
    assert type_ in str(stopped.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"specversion": "1.1"},
        {"id": "not-a-uuid"},
        {"id": "0191F3A0-0000-7000-8000-00000000ABCD"},
        {"source": "urn:other:x"},
        {"subject": "review/1"},
        {"subject": "review/0191f3a0-0000-7000-8000-000000000001/other"},
        {"time": "2020-01-10T01:30:00Z"},
        {"time": "2020-01-10T09:30:00.000000+08:00"},
        {"datacontenttype": "text/plain"},
        {"dataschema": "urn:shuping:schema:note_added:v2"},
        {"streamversion": 0},
        {"streamversion": "1"},
        {"organisationversion": -1},
        {"actor": None},
        {"actor": "王某"},
        {"client": ""},
        {"correlationid": "with space"},
        {"schemehash": "short"},
        {"position": 7},
        {"flag": True},
        {"nothing": None},
        {"a" * 21: "x"},
        {"Upper": "x"},
        {"a_b": "x"},
        {"": "x"},
        {"long": "x" * 201},
        {"tokenid": ""},
        {"partitionkey": "review/x"},
        {"partitionkey": f"review/{REVIEW}/notices"},
        {"partitionkey": f"cycle/{REVIEW}"},
        {"subject": f"organisation/{REVIEW}/notices"},
        {"data": None},
        {"data": []},
    ],
)
def test_an_envelope_that_does_not_fit_is_broken(changes: dict[str, Any]):
    with pytest.raises(BrokenEvent):
        open_envelope(altered("note_added", **changes))


@pytest.mark.parametrize("attribute", sorted(json.loads(seal(envelope("note_added")))))
def test_each_attribute_is_required_unless_the_contract_says_otherwise(attribute: str):
    attributes = json.loads(seal(envelope("note_added")))
    del attributes[attribute]
    if attribute in {"actor", "causationid", "schemehash"}:
        assert open_envelope(canonical_bytes(attributes)).id
    else:
        with pytest.raises(UnreadableEvent):
            open_envelope(canonical_bytes(attributes))


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"1", b'"x"', b"{}", b"\xff"])
def test_bytes_that_are_no_envelope_are_broken_for_both_readers(body: bytes):
    for read in (open_envelope, peek):
        with pytest.raises(BrokenEvent):
            read(body)


def leaves(data: Any, path: tuple[str | int, ...] = ()):
    if isinstance(data, dict | list):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from leaves(value, (*path, key))
    else:
        yield path


def replaced(data: Any, path: tuple[str | int, ...], value: Any) -> Any:
    copy = orjson.loads(orjson.dumps(data))
    at = copy
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return copy


@pytest.mark.parametrize(
    ("fact", "path"), [(fact, path) for fact in FACTS for path in leaves(DATA[fact])], ids=str
)
def test_no_member_of_any_event_takes_free_text_or_nothing(fact: str, path: tuple[str | int, ...]):
    free = "王某，任意文字\x00"
    for value in (free, None, 1.5, [], {}):
        with pytest.raises(BrokenEvent):
            EVENTS.check(type_of(fact), replaced(DATA[fact], path, value))


@pytest.mark.parametrize("fact", FACTS)
def test_a_member_no_schema_names_is_refused(fact: str):
    with pytest.raises(BrokenEvent, match="unknown_field"):
        EVENTS.check(type_of(fact), DATA[fact] | {"name": "x"})


@pytest.mark.parametrize(
    ("fact", "member"),
    [
        *(("state_changed.v2", member) for member in ("trigger", "from", "to", "holders")),
        *(("desk_signed", member) for member in ("state", "signature", "holders")),
        *(("subject_replaced", member) for member in ("subject", "previous", "holders")),
        *(("planned_day_set", "sets"), ("document_filed", "documents")),
        *(("resumed.v2", "suspended_working_days"), ("deadline_changed.v2", "dues")),
        *(
            ("notice_recorded.v2", "subject"),
            ("case_opened", "holders"),
            ("case_opened", "parties"),
        ),
    ],
)
def test_a_fact_has_what_makes_it_this_fact(fact: str, member: str):
    without = {name: value for name, value in DATA[fact].items() if name != member}
    with pytest.raises(BrokenEvent, match="required"):
        EVENTS.check(type_of(fact), without)


def test_nothing_that_a_fact_is_about_may_be_empty():
    for fact, member in (("document_filed", "documents"), ("deadline_changed.v2", "dues")):
        with pytest.raises(BrokenEvent, match="too_few"):
            EVENTS.check(type_of(fact), DATA[fact] | {member: []})


def test_a_deadline_moves_without_a_trigger_and_nothing_else_does():
    assert "trigger" not in DATA["deadline_changed.v2"]
    for fact in ("suspended.v2", "case_changed", "corrected"):
        data = {name: value for name, value in DATA[fact].items() if name != "trigger"}
        with pytest.raises(BrokenEvent, match="required"):
            EVENTS.check(type_of(fact), data)


def test_scores_carry_any_components_the_scheme_has():
    scores = {"ballot": "91.50", "star_grade": "80.00", "final": "88.05", "grade": "fair"}
    EVENTS.check(event_type("state_changed"), DATA["state_changed"] | {"scores": scores})
    for wrong in ({"final": "88.05"}, scores | {"final": "88"}, scores | {"grade": "88.05"}):
        with pytest.raises(BrokenEvent):
            EVENTS.check(event_type("state_changed"), DATA["state_changed"] | {"scores": wrong})


def test_an_event_is_read_in_the_version_it_was_written_in():
    for fact in ("note_added", "note_added.v2"):
        assert open_envelope(seal(envelope(fact))).type == type_of(fact)


def test_what_is_recalled_is_of_a_known_type_and_not_checked():
    body = canonical_bytes(json.loads(seal(envelope("note_added"))) | {"data": {"kind": "x"}})
    assert recall(body).data == {"kind": "x"}
    with pytest.raises(UnknownEvent):
        recall(body, EventRegistry())


def test_one_version_has_one_schema():
    registry = EventRegistry()
    registry.register("note_added", 1, EVENTS.schema("workflow.note_added.v1"))
    with pytest.raises(ValueError, match="already"):
        registry.register("note_added", 1, EVENTS.schema("workflow.note_added.v1"))


def test_a_registry_says_what_it_knows_and_what_is_newest():
    assert EVENTS.knows("workflow.note_added.v1")
    assert not EVENTS.knows("workflow.note_added.v3")
    assert not EVENTS.knows("nonsense")
    assert EVENTS.latest("note_added") == "workflow.note_added.v2"
    assert split_type("workflow.note_added.v12") == ("note_added", 12)


def test_the_words_of_an_organisation_fit_into_its_events():
    assert set(organisation.POWERS) == set(vocabulary.POWERS)
    assert organisation.TYPES == vocabulary.TYPES
    data = DATA["organisation_changed.v2"] | {"vocabulary": vocabulary.default().data()}
    EVENTS.check(type_of("organisation_changed.v2"), data)
