"""What of a trigger's data goes along (`with`) to the cases that it opens, and to those it fires.

A name stands for what the trigger takes under it; words of the language stand for what it sets, and
for its reason.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.workflow.domain.case.acts import Act
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.world import World
from services.workflow.domain.data.datum import Datum
from services.workflow.domain.data.kinds import DATA, GIVEN
from services.workflow.domain.data.setting import DUE_AT
from services.workflow.domain.language.model.triggers import Take, Trigger
from services.workflow.domain.refusals import Blocker

REASON = "reason"
_WORDS = {"deadline": DUE_AT, "mode": "mode", "flag": "flags", "order": "order"}
_PLANNED = "planned"


def handed(names: Sequence[str], trigger: Trigger, act: Act) -> dict[str, Any]:
    """Return the data that go along to a trigger of another case."""
    return dict(_handed(names, trigger, act))


def _handed(names: Sequence[str], trigger: Trigger, act: Act) -> Iterator[tuple[str, Any]]:
    for datum in DATA.values():
        found = datum.handed(act.given.get(datum.member, {}), names, _of(datum, trigger))
        if found:
            yield datum.member, found
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
    for datum in DATA.values():
        told = data if datum.fold else data.get(GIVEN, {})
        member = datum.member if datum.fold else datum.what
        if kept := datum.carried(told.get(member, {}), names, _of(datum, trigger)):
            into = found if datum.fold else found.setdefault(GIVEN, {})
            into[member] = kept
    if kept := _named(data.get("submitters", {}), names):
        found["submitters"] = kept
    words = {"flags" if name == "flag" else name for name in names}
    if kept := _named(data.get("sets", {}), words):
        found["sets"] = kept
    if REASON in names and REASON in data:
        found[REASON] = data[REASON]
    return {member: told for member, told in found.items() if told}


def _named(told: Mapping[str, Any], names: Sequence[str] | set[str]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name in names}


def _of(datum: Datum, trigger: Trigger) -> list[Take]:
    return [take for take in trigger.takes if take.what == datum.what]


def unmoved(trigger: Trigger, found: Sequence[Case], world: World) -> Blocker:
    """Return why an act that does nothing but move others is none: it would look like done."""
    fires = trigger.fires[0]
    # Of what a scheme leaves to others not even that it is there is told.
    found = [one for one in found if not _is_left_to_others(one, world)]
    if not found:
        nobody = {"link": fires.link, "trigger_label": trigger.label}
        return Blocker(code="moves_nobody", params=nobody)
    life = world.life(found[0])
    told = life.triggers.get(fires.trigger)
    params: dict[str, str | int] = {
        "link": fires.link,
        "n": len(found),
        "number": found[0].number,
        "state": found[0].state,
        "state_label": life.states[found[0].state].label,
        "trigger": fires.trigger,
        "trigger_label": fires.trigger if told is None else told.label,
    }
    return Blocker(code="moves_nothing", params=params)


def _is_left_to_others(case: Case, world: World) -> bool:
    """Return whether a scheme says who sees *case*: whoever fires may be none of them."""
    state = world.life(case).states.get(case.state)
    return bool(world.scheme.kinds[case.kind].seen_by or (state and state.seen_by))
