"""Lifting: whatever releases wrote, the newest schemas accept what it means."""

import gzip
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from schemas.envelope import BrokenEvent, Envelope, open_envelope, peek
from schemas.facts import EVENTS
from schemas.registry import event_type, split_type
from schemas.streams import Stream
from schemas.upcast import GRADING, upcast
from tests.unit.schemas import generated
from tests.unit.schemas.facts import DATA, envelope
from tests.unit.schemas.parts_of_facts import AT, DUE, REVIEW, TEXT

HISTORIES = sorted((Path(__file__).parents[2] / "histories").glob("*/*/log.jsonl.gz"))
FIRST = [fact for fact in DATA if len(fact.split(".")) == 1 and f"{fact}.v2" in DATA]
OPENED = envelope("review_opened")


def lifted(fact: str, **changes: Any) -> dict[str, Any]:
    return upcast(envelope(fact, data=DATA[fact] | changes), OPENED).data


def without(data: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in names}


def recorded(log: Path) -> Iterator[tuple[Envelope, Envelope | None]]:
    opened: dict[str, Envelope] = {}
    with gzip.open(log) as lines:
        for line in lines:
            try:
                event = open_envelope(line.rstrip(b"\n"))
            except BrokenEvent:  # written before there was a gate; no reader gets past it
                assert peek(line).fact == "trigger_refused"
                continue
            stream = Stream.parse(event.subject)
            if stream.is_case and event.fact == "review_opened":
                opened[stream.pair] = event
            yield event, opened.get(stream.pair)


@pytest.mark.parametrize("log", HISTORIES, ids=lambda log: "/".join(log.parts[-3:-1]))
def test_every_event_a_release_wrote_is_lifted_to_what_the_newest_schema_accepts(log: Path):
    facts = set[str]()
    for event, opened in recorded(log):
        told = upcast(event, opened)
        assert told.type == EVENTS.latest(told.fact)
        EVENTS.check(told.type, told.data)
        assert upcast(told, opened) is told
        facts.add(told.fact)
    assert len(HISTORIES) == 4
    assert facts >= {"case_opened", "state_changed", "resumed", "notice_recorded", "cycle_opened"}


@pytest.mark.parametrize("fact", ["review_opened", *FIRST])
def test_whatever_the_old_schema_accepts_the_newest_accepts_when_lifted(fact: str):
    chance = Random(fact)  # noqa: S311 -- chance for a test
    for _ in range(300):
        data = generated.event(event_type(fact), chance)["data"]
        event = envelope(fact, data=data, actor=chance.choice((None, "p-0007")))
        told = upcast(event, replace(OPENED, data=OPENED.data | {"state": data.get("to", "x")}))
        EVENTS.check(told.type, told.data)


def test_every_fact_of_several_versions_is_lifted_to_its_last():
    for type_ in EVENTS.types():
        fact, version = split_type(type_)
        if type_ != EVENTS.latest(fact):
            assert (version, fact in FIRST) == (1, True)


def test_what_is_newest_already_comes_back_as_it_is():
    for fact in ("case_opened", "state_changed.v2", "text_published"):
        event = envelope(fact)
        assert upcast(event, OPENED) is event


def test_a_case_may_be_lifted_by_its_opening_as_written_or_as_lifted():
    event = envelope("state_changed")
    assert upcast(event, upcast(OPENED)) == upcast(event, OPENED)


def test_an_opened_review_is_a_case_of_that_kind():
    told = upcast(OPENED)
    assert (told.fact, told.data["kind"], told.data["subject"]) == (
        "case_opened",
        "review",
        "p-0007",
    )
    assert told.data["parties"] == {"hearing_body": "organ-committee"}
    assert told.data["path"][0] == "work-committee"
    assert told.data["holders"] == [{**DATA["review_opened"]["holder"], "due_at": DUE}]


def test_a_report_is_a_document_of_three_parts_and_its_actor_the_submitter():
    told = lifted("state_changed")
    report = told["documents"][0]
    assert [(part["name"], part["characters"]) for part in report["parts"]] == [
        ("achievements", 990),
        ("problems", 1000),
        ("tasks", 980),
    ]
    assert (report["version"], report["characters"]) == (1, 2970)
    assert told["submitters"] == {"report": "p-0007"}


def test_findings_are_a_document_whose_versions_only_grow():
    event = replace(envelope("state_changed"), streamversion=7)
    findings = upcast(event, OPENED).data["documents"][1]
    assert findings == {
        "name": "findings",
        "version": 7,
        "parts": [{"name": "finding_1", **TEXT}],
    }


def test_scores_are_components_and_a_grade_under_the_only_grading():
    told = lifted("state_changed")
    assert told["components"] == {"ballot": {"figure": "91.50"}, "superior": {"figure": "88.00"}}
    assert told["grades"] == {GRADING: {"figure": "90.45", "grade": "good"}}


@pytest.mark.parametrize(
    ("trigger", "source", "verdict"),
    [
        ("pass_unit_audit", "unit_audit", ("pass", "u-hospital-1")),
        ("return_organ_audit", "organ_audit", ("back", "organ-committee")),
        ("withdraw", "unit_audit", None),
        ("pass_unit_audit", "organ_audit", None),
        ("pass_drafting", "drafting", None),
    ],
)
def test_a_verdict_is_what_a_trigger_named_after_its_audit_gave(
    trigger: str, source: str, verdict: tuple[str, str] | None
):
    told = lifted("state_changed", trigger=trigger, **{"from": source}).get("verdict")
    assert told == (verdict and {"state": source, "result": verdict[0], "body": verdict[1]})


@pytest.mark.parametrize(
    ("to", "names", "forgets"),
    [("drafting", ("report",), True), ("drafting", (), False), ("cleared", ("report",), False)],
)
def test_what_goes_back_to_the_first_state_without_a_report_forgets(
    to: str, names: tuple[str, ...], forgets: bool
):
    data = without(DATA["state_changed"] | {"to": to}, *names)
    told = upcast(envelope("state_changed", data=data), OPENED).data
    assert told.get("forgets") == (
        ["verdicts", "scores", "submission", "grade"] if forgets else None
    )


@pytest.mark.parametrize(("trigger", "final"), [("close", "completed"), ("withdraw", "abandoned")])
def test_a_state_nobody_holds_is_final(trigger: str, final: str):
    data = without(DATA["state_changed"] | {"trigger": trigger}, "holder", "due_at")
    told = upcast(envelope("state_changed", data=data), OPENED).data
    assert (told["final"], told["holders"]) == (final, [])
    assert "final" not in lifted("state_changed")


def test_what_was_set_by_hand_is_told_so():
    assert lifted("state_changed", trigger="redo")["holders"][0]["by_hand"] is True
    assert "by_hand" not in lifted("state_changed")["holders"][0]
    assert lifted("deadline_changed")["dues"] == [
        {"due_at": DUE, "previous_due_at": AT, "by_hand": True}
    ]
    assert lifted("resumed")["dues"] == [{"due_at": DUE}]


def test_a_notice_names_the_case_beside_which_it_lies():
    told = lifted("notice_recorded")
    assert (told["subject"], told["version"]) == (f"review/{REVIEW}", 2)


def test_a_cycle_of_a_year_is_a_round_with_its_tiers_as_kinds():
    told = lifted("cycle_opened")
    assert told["round"] == "2019"
    assert told["kinds"] == [
        {"name": "review", "tier": "B", "expected": 26, "opened": 25, "exempt": 0}
    ]


def test_what_was_told_of_units_by_name_are_attributes():
    (unit,) = lifted("organisation_changed")["units"]
    assert unit["attributes"] == {"staff": 1200, "public_hospital": True}
