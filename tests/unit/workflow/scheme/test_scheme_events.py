"""A scheme that the check takes makes right events only; and it takes all that events can hold."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError, fields

from schemas import limits
from schemas.facts.first import Scores
from schemas.fields import Code, Identifier
from tests.texts import faults_in
from tests.unit.workflow.hospital import SCORES, STEPS, Hospital
from tests.unit.workflow.scheme.cases import TEXT

STATES = tuple(STEPS)
NAMES = st.one_of(
    st.from_regex(rf"\A{limits.CODE}\Z"),
    st.from_regex(rf"\A{limits.IDENTIFIER}\Z"),
    st.text(st.sampled_from("aZ0_.-é述"), min_size=1, max_size=3),
    st.sampled_from(("final", "grade", "opened", "a" * 64, "a" * 65, "a" * 59, "a" * 60)),
)


LOADED = yaml.safe_load(TEXT)
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

seldom = settings(max_examples=40, derandomize=True)  # each lives a whole case


def takes(field: fields.Field[Any], word: str) -> bool:
    try:
        field.deserialize(word)
    except ValidationError:
        return False
    return True


def renamed(value: Any, names: Mapping[str, str]) -> Any:
    """The tree of a scheme in which states, the triggers made of them, and tiers are called so."""
    if isinstance(value, dict):
        return {names.get(key, key): renamed(one, names) for key, one in value.items()}
    if isinstance(value, list):
        return [renamed(one, names) for one in value]
    return names.get(value, value) if isinstance(value, str) else value


def check(tree: Any) -> tuple[str, bool]:
    text = yaml.dump(tree, Dumper=DUMPER, allow_unicode=True, sort_keys=False)
    return text, faults_in(text, "s.yaml") == []


def walk(hospital: Hospital, names: Mapping[str, str], data: Mapping[str, Any]) -> None:
    """Live zhang's case to its end, with something refused on the way, all behind the gate."""
    original = {new: old for old, new in names.items()}
    while hospital.review.holder is not None:
        who, trigger, given = STEPS[original.get(hospital.review.state, hospital.review.state)]
        hospital.pass_time(minutes=1)
        refused = hospital.fire("zhang", names.get("close", "close"))
        assert refused.outcome in ("not_allowed", "unfit")
        given = data if trigger == "score" else given
        told = hospital.fire(who, names.get(trigger, trigger), data=given)
        assert told.outcome == "done", told
    assert {event.fact for event in hospital.events} == {"state_changed", "trigger_refused"}


def names_of(words: Mapping[str, str]) -> dict[str, str]:
    audits = [word for word in words if word.endswith("_audit")]
    verdicts = {f"{v}_{a}": f"{v}_{words[a]}" for a in audits for v in ("pass", "return")}
    return {**words, **verdicts}


@seldom
@given(state=st.sampled_from(STATES), word=NAMES)
def test_a_state_is_called_what_events_can_say(state: str, word: str):
    assume(word not in LOADED["states"])
    names = names_of({state: word})
    text, sound = check(renamed(LOADED, names))
    fits = all(takes(Code(), one) for one in names.values())
    assert sound == (fits and word != "opened")
    if sound:
        walk(Hospital((TEXT, text)), names, SCORES)


@seldom
@given(word=NAMES)
def test_a_tier_is_called_what_numbers_can_say(word: str):
    tree = deepcopy(LOADED)
    tree["tiers"] = {word if name == "C" else name: tier for name, tier in tree["tiers"].items()}
    text, sound = check(tree)
    number = f"2019-{word}-{10**limits.NUMBER_DIGITS - 1}"
    assert sound == (takes(Identifier(), number) and word not in ("A", "B"))
    if sound:
        hospital = Hospital((TEXT, text))
        assert hospital.review.tier == word


@seldom
@given(words=st.lists(NAMES, min_size=1, max_size=22, unique=True))
def test_components_are_what_a_score_can_hold(words: list[str]):
    tree = deepcopy(LOADED)
    weights = ["1", *("0" for _ in words[1:])]
    tree["scores"] = [
        {"name": word, "label": "得分", "weight": weight}
        for word, weight in zip(words, weights, strict=True)
    ]
    text, sound = check(tree)
    taken = {"final": "1.00", "grade": "good"} | dict.fromkeys(words, "1.00")
    free = not limits.ALWAYS_SCORED & set(words)
    assert sound == (free and takes(Scores(), taken))
    if sound:
        walk(Hospital((TEXT, text)), {}, {f"{word}_score": "91.50" for word in words})
