"""What of a trigger's data goes along (`with`) to the cases that it opens, and to those it fires.

A name stands for what the trigger takes under it; words of the language stand for what it sets, and
for its reason.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.workflow.domain.case.acts import Act
from services.workflow.domain.data.setting import DUE_AT
from services.workflow.domain.language.model.triggers import Trigger

REASON = "reason"
_WORDS = {"deadline": DUE_AT, "mode": "mode", "flag": "flags", "order": "order"}
_PLANNED = "planned"
_DECISIONS = "decisions"
_BY_NAME = ("documents", "components", "grades", "rosters", "numbers")


def handed(names: Sequence[str], trigger: Trigger, act: Act) -> dict[str, Any]:
    """Return the data that go along to a trigger of another case."""
    return dict(_handed(names, trigger, act))


def _handed(names: Sequence[str], trigger: Trigger, act: Act) -> Iterator[tuple[str, Any]]:
    for member in _BY_NAME:
        found = _named(act.given.get(member, {}), names)
        if found:
            yield member, found
    if _DECISIONS in act.given and _decides(names, trigger):
        yield _DECISIONS, act.given[_DECISIONS]
    if _PLANNED in names and _PLANNED in act.given:
        yield _PLANNED, act.given[_PLANNED]
    for word, member in _WORDS.items():
        value = act.given.get(member, _said(word, trigger))
        if word in names and value is not None:
            yield member, value


def _said(word: str, trigger: Trigger) -> Any:
    """Return what the scheme itself sets under a word; None where the data would say it."""
    setting = trigger.sets_what(word)
    if setting is None or not setting.name:
        return None
    return {setting.name: True} if word == "flag" else setting.name


def members_of(names: Sequence[str], trigger: Trigger, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of an event that stand in the opening of another case as well."""
    found: dict[str, Any] = {}
    documents = [one for one in data.get("documents", ()) if one["name"] in names]
    if documents:  # the first version that the new case has
        found["documents"] = [{**one, "version": 1} for one in documents]
        found["submitters"] = _named(data.get("submitters", {}), [one["name"] for one in documents])
    for member in _BY_NAME[1:]:
        if kept := _named(data.get(member, {}), names):
            found[member] = kept
    if _DECISIONS in data and _decides(names, trigger):
        found[_DECISIONS] = data[_DECISIONS]
    words = {"flags" if name == "flag" else name for name in names}
    if kept := _named(data.get("sets", {}), words):
        found["sets"] = kept
    if REASON in names and REASON in data:
        found[REASON] = data[REASON]
    return {member: told for member, told in found.items() if told}


def _named(told: Mapping[str, Any], names: Sequence[str] | set[str]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name in names}


def _decides(names: Sequence[str], trigger: Trigger) -> bool:
    return any(take.what == "decision" and take.name in names for take in trigger.takes)
