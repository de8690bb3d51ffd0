"""What only a whole scheme can tell: whether every case can come to its end, and figures add up.

Each check names the place in the file where the fault would be mended. A scheme that passes can be
run without a case ever being stuck for want of a rule.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal
from itertools import pairwise

from schemas.document import Path
from services.workflow.domain.guards import GUARDS
from services.workflow.domain.scheme.deadline import (
    OPENED,
    DeadlineRule,
    FixedDay,
    WorkingDaysAfter,
)
from services.workflow.domain.scheme.model import State
from services.workflow.domain.scheme.tier import Tier
from services.workflow.domain.scoring import HIGHEST, Grade, Scoring

Note = Callable[[Path, str], None]


def check_tiers(tiers: Mapping[str, Tier], opens: date, note: Note) -> None:
    """Note what is wrong with the tiers, one by one and between them."""
    owners: dict[str, str] = {}
    for tier in tiers.values():
        for kind in tier.kinds:
            place = ("tiers", tier.name, "kinds", kind)
            if kind in owners:
                note(place, f"{kind} belongs to tier {owners[kind]} already")
            owners.setdefault(kind, tier.name)
        _check_states(tier, note)
        _check_targets(tier, note)
        for kind in tier.kinds:
            _check_ways(tier, kind, note)
            _check_audits(tier, kind, note)
        _check_reach(tier, note)
        _check_deadlines(tier, opens, note)
    _check_use(tiers.values(), note)


def check_scoring(scoring: Scoring, note: Note) -> None:
    """Note weights that do not add up to exactly 1, and bands with a gap or an overlap."""
    total = sum((component.weight for component in scoring.components), Decimal(0))
    if total != 1:
        note(("scores",), f"the weights add up to {total}, not to 1")
    _check_bands(scoring.grades, note)


def _check_bands(grades: tuple[Grade, ...], note: Note) -> None:
    for index, grade in enumerate(grades):
        top = HIGHEST if grade.below is None else grade.below
        if grade.least > HIGHEST or top > HIGHEST or top <= grade.least:
            reason = f"empty or over 100: the band from {grade.least} to {top}"
            note(("grades", index), reason)
    if not grades:
        note(("grades",), "at least one grade is needed")
    if grades and grades[0].below is not None:
        note(("grades", 0, "below"), "the best grade reaches to 100: it has no below")
    if grades and grades[-1].least != 0:
        note(("grades", len(grades) - 1, "from"), "the lowest grade begins at 0")
    for index, (better, worse) in enumerate(pairwise(grades), start=1):
        place = ("grades", index, "below")
        if worse.below is None:
            note(place, "below is missing: only the best grade is open above")
        elif worse.below < better.least:
            note(place, f"gap between {worse.below} and {better.least}, where {better.name} begins")
        elif worse.below > better.least:
            note(place, f"overlap with {better.name} between {better.least} and {worse.below}")


def _check_states(tier: Tier, note: Note) -> None:
    for index, state in enumerate(tier.states):
        place = ("tiers", tier.name, "states", index)
        if state.final and (state.desk or state.deadline):
            note(place, f"{state.name} is final: it has neither a desk nor a deadline")
        audited = state.desk is not None and state.desk.party == "auditing_body"
        stages = {rule.stage for kind in tier.kinds for rule in tier.audits(kind)}
        if audited and state.name not in stages:
            note(place, f"{state.name} is no audit, so it has no auditing body")
    if tier.initial and tier.state(tier.initial).final:
        note(("tiers", tier.name, "initial"), "the initial state is final")


def _check_targets(tier: Tier, note: Note) -> None:
    own = {state.name for state in tier.states}
    for each in tier.transitions.values():
        place = ("transitions", each.trigger)
        if each.sources and each.target is not None and each.target not in own:
            note((*place, "to"), f"tier {tier.name} has no state {each.target}")
        for source in each.sources:
            if tier.state(source).final:
                note((*place, "from"), f"{source} is final: nothing leaves it")
        if (each.target is None) != (each.records != "state_changed"):
            note(
                place,
                "records state_changed if it leads to a state, and something else if not",
            )
        if each.records == "deadline_changed" and each.data != "deadline":
            note(place, "records deadline_changed, but takes no deadline as data")
        for index, use in enumerate(each.guards):
            wanted = GUARDS[use.name].data
            if wanted not in ("", each.data):
                reason = f"looks at {wanted}, which its trigger does not take"
                note((*place, "guards", index), reason)
    _check_suspension(tier, note)


def _check_suspension(tier: Tier, note: Note) -> None:
    """Note where a suspended case could not go on, or one that is not suspended could."""
    paused = {s for t in tier.transitions.values() if t.records == "suspended" for s in t.sources}
    for each in tier.transitions.values():
        place = ("transitions", each.trigger)
        if (each.records == "resumed") != (each.suspension == "required"):
            note(place, "records resumed if it requires a suspended case, and only then")
        if each.records == "suspended" and each.suspension != "refused":
            note(place, "suspends a case that may be suspended already")
        if each.records == "resumed":
            paused -= set(each.sources)
    for state in sorted(paused):
        note(("transitions",), f"a case suspended in {state} of tier {tier.name} never resumes")


def _check_ways(tier: Tier, kind: str, note: Note) -> None:
    """Every state that a unit of *kind* can come to must lead on to a completed end."""
    edges = tier.edges(kind)
    reached = _closure({tier.initial}, [(source, target) for _, source, target in edges])
    ending = _closure(tier.completed, [(target, source) for _, source, target in edges])
    for index, state in enumerate(tier.states):
        if state.name in reached and not state.final and state.name not in ending:
            place = ("tiers", tier.name, "states", index)
            note(place, f"dead end: from {state.name} a {kind} never completes")


def _check_reach(tier: Tier, note: Note) -> None:
    reached: set[str] = set()
    for kind in tier.kinds:
        pairs = [(source, target) for _, source, target in tier.edges(kind)]
        reached |= _closure({tier.initial}, pairs)
    for index, state in enumerate(tier.states):
        if tier.kinds and state.name not in reached:
            place = ("tiers", tier.name, "states", index)
            note(place, f"unreachable: no trigger leads to {state.name}")


def _check_audits(tier: Tier, kind: str, note: Note) -> None:
    place = ("tiers", tier.name, "kinds", kind, "audits")
    stages = [rule.stage for rule in tier.audits(kind)]
    edges = tier.edges(kind)
    for index, stage in enumerate(stages):
        if stage in stages[:index]:
            note((*place, index), f"audit {stage} is repeated")
        # A recall is the secretary's own; only the auditing body can send a report back.
        back = [
            each
            for each, source, target in edges
            if (source, target) == (stage, tier.initial)
            and any(grant.party == "auditing_body" for grant in each.grants)
        ]
        if not back:
            note(
                (*place, index),
                f"no way back: the auditing body of {stage} cannot return a report",
            )


def _check_deadlines(tier: Tier, opens: date, note: Note) -> None:
    latest, latest_state = opens, ""
    for index, state in enumerate(tier.states):
        place = ("tiers", tier.name, "states", index)
        fixed = [part.day for part in _parts(state) if isinstance(part, FixedDay)]
        for day in fixed:
            if day < opens:
                note(place, f"the deadline {day} is before the cycle opens on {opens}")
            elif day < latest:
                note(place, f"the deadline {day} is before that of {latest_state}, {latest}")
            for trigger, first in _first_days(tier, state.name):
                if day < first:
                    note(place, f"the deadline {day} is before {trigger} is possible on {first}")
        if fixed and max(fixed) > latest:
            latest, latest_state = max(fixed), state.name
        _check_marks(tier, index, note)


def _check_marks(tier: Tier, here: int, note: Note) -> None:
    order = [state.name for state in tier.states]
    place, state = ("tiers", tier.name, "states", here), tier.states[here]
    for part in _parts(state):
        event = part.event if isinstance(part, WorkingDaysAfter) else None
        if event is None:
            continue
        if event not in (OPENED, *order):
            note(
                place,
                f"the deadline hangs on {event}, which is neither a state of the tier nor {OPENED}",
            )
            continue
        if event != OPENED and order.index(event) >= here:
            note(place, f"the deadline hangs on {event}, which does not come before {state.name}")
            continue
        for kind in tier.kinds:
            if event != OPENED and _comes_without(tier, kind, state.name, event):
                note(place, f"a {kind} comes to {state.name} without {event}: it is never due")


def _comes_without(tier: Tier, kind: str, state: str, event: str) -> bool:
    """Tell whether a unit of *kind* may come to *state* and never have been in *event*."""
    pairs = [(source, target) for _, source, target in tier.edges(kind) if event != target]
    return event != tier.initial and state in _closure({tier.initial}, pairs)


def _check_use(tiers: Iterable[Tier], note: Note) -> None:
    used: set[str] = set()
    known: dict[str, None] = {}
    for tier in tiers:
        known |= dict.fromkeys(tier.transitions)
        used |= {each.trigger for each in tier.transitions.values() if each.sources}
    for trigger in known:
        if trigger not in used:
            note(("transitions", trigger), "no tier uses this trigger")


def _first_days(tier: Tier, state: str) -> Iterable[tuple[str, date]]:
    """Yield the triggers that lead out of *state*, with the first day they are possible."""
    for each in tier.transitions.values():
        for use in each.guards:
            if state in each.sources and use.name == "not_before_date":
                yield each.trigger, use.parameters["day"]


def _parts(state: State) -> tuple[DeadlineRule, ...]:
    return tuple(state.deadline.parts()) if state.deadline else ()


def _closure(start: Collection[str], pairs: Collection[tuple[str, str]]) -> set[str]:
    """Return all that can be come to from *start* along *pairs*."""
    reached, size = set(start), -1
    while len(reached) != size:
        size = len(reached)
        reached |= {target for source, target in pairs if source in reached}
    return reached
