"""From a document to the parts of a scheme: key by key, every fault noted, none fatal.

The order of reading is the order of the reference (docs/reference/scheme.md). What only the whole
can tell (reachability, sums, gaps) is looked at afterwards, in `soundness.py`.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from schemas import vocabulary
from schemas.limits import ALWAYS_SCORED, AUDITS, DECISIONS, SCORES, TIERS, is_tier
from schemas.reading import Naming, Node, unknown
from services.workflow.domain.guards import DATA, GUARDS, Rules
from services.workflow.domain.report import LISTS, ReportRules
from services.workflow.domain.scheme.deadline import (
    OPENED,
    DeadlineRule,
    FixedDay,
    Latest,
    WorkingDaysAfter,
)
from services.workflow.domain.scheme.model import (
    DESK_PARTIES,
    FACTS,
    OPENING_PARTIES,
    PARTIES,
    SUSPENSIONS,
    AuditRule,
    BodyRule,
    ContentArea,
    DeskRule,
    Grant,
    GuardUse,
    State,
    Transition,
)
from services.workflow.domain.scheme.tier import Tier
from services.workflow.domain.scoring import Component, Grade, Scoring

# A text of format 1 is held to the words of its time, whatever an organisation has declared since.
_WORDS = vocabulary.default()
TRIGGERS = (
    *("submit", "recall", "present", "score", "give_feedback", "start_rectification", "close"),
    *("revoke_clearance", "redo", "suspend", "resume", "change_deadline", "withdraw"),
)
RESERVED = ("replace_secretary", "correct_score")
OPEN_STATES = "open_states"  # `from: open_states`: every state that is not final

_TIER = Naming(
    is_tier,
    "a tier's name has letters, digits, dots, dashes and underscores, and at most 51 characters",
)
_VERDICT = re.compile(r"(?:pass|return)_(?P<stage>[a-z][a-z0-9_]*)", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Ground:
    """What a tier stands on before its transitions are read."""

    node: Node
    states: tuple[State, ...]
    audits: Mapping[str, tuple[AuditRule, ...]]


def read_tiers(root: Node) -> dict[str, Tier]:
    """Read `states`, `transitions` and `tiers`."""
    states = {name: _state(node, None, name) for name, node in root.node("states").entries()}
    if OPENED in states:
        root.fault(f"{OPENED} is the mark of every case's beginning", "states", OPENED)
    grounds = {
        name: _ground(node, states) for name, node in root.node("tiers").entries(_TIER, TIERS)
    }
    stages = {
        rule.stage
        for each in grounds.values()
        for audits in each.audits.values()
        for rule in audits
    }
    transitions = {
        trigger: _transition(node, trigger, states)
        for trigger, node in root.node("transitions").entries()
        if _is_trigger(node, trigger, stages)
    }
    return {name: _tier(name, ground, transitions, states) for name, ground in grounds.items()}


def read_rules(root: Node) -> Rules:
    """Read `report`, `scores` and `grades`."""
    report = root.node("report")
    lists = report.node("lists")
    rules = ReportRules(
        labels={part: lists.text(part) for part in LISTS},
        limit=report.integer("limit", 1, 60_000),
        refuse_over_limit=report.choice("over_limit", ("refuse", "warn"), "choice") != "warn",
        tolerance_points=report.integer("tolerance_points", 0, 66),
    )
    components = tuple(
        Component(name=name, label=node.text("label"), weight=node.decimal("weight"))
        for name, node in root.named("scores", SCORES - len(ALWAYS_SCORED))
        if _is_free(node, name)
    )
    grades = tuple(
        Grade(
            name=name,
            label=node.text("label"),
            least=node.decimal("from"),
            below=node.decimal("below") if node.has("below") else None,
        )
        for name, node in root.named("grades")
    )
    return Rules(report=rules, scoring=Scoring(components=components, grades=grades))


def read_openers(root: Node) -> tuple[Grant, ...]:
    """Read `opened_by`; a text of before it names nobody, and is not opened again."""
    if not root.has("opened_by"):
        return ()
    grants = [
        Grant(
            party=each.choice("party", OPENING_PARTIES, "party"),
            roles=each.words("roles", _roles_with("open"), "role"),
        )
        for each in root.nodes("opened_by")
    ]
    if not grants or not all(grant.roles for grant in grants):
        root.fault("at least one party and role may open a cycle", "opened_by")
    return tuple(grants)


def read_content_areas(root: Node) -> tuple[ContentArea, ...]:
    """Read `content_areas`, numbered from 1 as they stand."""
    return tuple(
        ContentArea(
            number=number,
            title=node.text("title"),
            points=node.words("points", None, "point") if node.has("points") else (),
            public_hospitals_only=node.flag("public_hospitals_only"),
        )
        for number, node in enumerate(root.nodes("content_areas"), start=1)
    )


def _ground(node: Node, known: Mapping[str, State]) -> _Ground:
    states = tuple(
        _state(each, known[name], name)
        for name, each in node.named("states")
        if _is_known(each, name, known, "state")
    )
    own = [state.name for state in states]
    audits = {
        kind: _audits(each, own)
        for kind, each in node.node("kinds").entries()
        if _is_known(each, kind, _WORDS.kinds, "unit kind")
    }
    return _Ground(node=node, states=states, audits=audits)


def _tier(
    name: str,
    ground: _Ground,
    transitions: Mapping[str, Transition],
    states: Mapping[str, State],
) -> Tier:
    node, own = ground.node, [state.name for state in ground.states]
    changed = dict(transitions)
    for trigger, each in node.node("transitions").entries() if node.has("transitions") else ():
        if _is_known(each, trigger, transitions, "trigger"):
            changed[trigger] = _transition(each, trigger, states, transitions[trigger])
            if not set(changed[trigger].sources) & set(own):
                each.fault(f"the tier has no state that {trigger} leaves")
    return Tier(
        name=name,
        label=node.text("label"),
        initial=node.choice("initial", own, "state"),
        audits=ground.audits,
        hearing_body=_body(node.node("hearing_body")),
        states=ground.states,
        transitions=[
            replace(each, sources=tuple(source for source in own if source in each.sources))
            for each in sorted(changed.values(), key=lambda each: _rank(each, own))
        ],
    )


def _rank(transition: Transition, order: list[str]) -> tuple[list[int], str]:
    """Say when in a case's life *transition* comes: what leaves an early state is early."""
    places = [order.index(source) for source in transition.sources if source in order]
    return (places or [len(order)], transition.trigger)


def _state(node: Node, base: State | None, name: str) -> State:
    """Read a state; as a tier changes it where there is a *base*."""
    ends: Any = base.ends if base else ""
    if base is None and node.has("final"):
        ends = node.choice("final", ("completed", "abandoned"), "end")
    desk = base.desk if base else None
    if node.has("desk") or (base is None and not ends):
        desk = _desk(node.node("desk"))
    deadline = base.deadline if base else None
    return State(
        name=name,
        label=base.label if base and not node.has("label") else node.text("label"),
        desk=desk,
        deadline=_deadline(node.node("due")) if node.has("due") else deadline,
        ends=ends,
    )


def _desk(node: Node) -> DeskRule:
    party = node.choice("party", DESK_PARTIES, "party")
    return DeskRule(party=party, roles=_roles(node))


def _roles_with(power: str) -> tuple[str, ...]:
    return tuple(name for name in _WORDS.roles if name in _WORDS.having(power))


def _roles(node: Node) -> tuple[str, ...]:
    roles = node.words("roles", _roles_with("act"), "role")
    if not roles:
        node.fault("at least one role is needed", "roles")
    return roles


def _body(node: Node) -> BodyRule:
    """Read `{unit: own}` or `{nearest: <kind>}`."""
    if node.has("unit"):
        node.choice("unit", ("own",), "unit")
        return BodyRule(nearest=None)
    return BodyRule(nearest=node.choice("nearest", _WORDS.kinds, "unit kind"))


def _audits(node: Node, states: Collection[str]) -> tuple[AuditRule, ...]:
    rules = (
        AuditRule(stage=each.choice("stage", states, "state"), body=_body(each.node("body")))
        for each in node.nodes("audits", AUDITS)
    )
    return tuple(rule for rule in rules if rule.stage)


def _deadline(node: Node) -> DeadlineRule | None:
    """Read one of `day`, `working_days` (`after` or `before` an event), `latest` of several."""
    if node.has("day"):
        return FixedDay(day=node.day("day"))
    if node.has("latest"):
        rules = [_deadline(each) for each in node.nodes("latest")]
        if not rules:
            node.fault("at least one deadline is needed", "latest")
        return Latest(rules=tuple(rule for rule in rules if rule is not None))
    if node.has("working_days"):
        n = node.integer("working_days", 0, 250)
        if node.has("before"):
            node.text("before")
            node.fault("no day is planned ahead, so nothing can be due before one", "before")
        return WorkingDaysAfter(n=n, event=node.text("after") if node.has("after") else None)
    node.fault("a deadline is one of day, working_days, latest")
    return None


def _transition(
    node: Node, trigger: str, states: Mapping[str, State], base: Transition | None = None
) -> Transition:
    """Read a transition; only the keys a tier changes where there is a *base*."""
    made = base or Transition(
        trigger=trigger,
        label=node.text("label"),
        sources=_sources(node, states),
        grants=_grants(node),
        stage=stage["stage"] if (stage := _VERDICT.fullmatch(trigger)) else None,
    )
    changes: dict[str, Any] = {}
    if base and node.has("label"):
        changes["label"] = node.text("label")
    if base and node.has("by"):
        changes["grants"] = _grants(node)
    if not base and node.has("to"):
        changes |= _target(node, states)
    for key in ("four_eyes", "reason_required"):
        if node.has(key):
            changes["needs_reason" if key == "reason_required" else key] = node.flag(key)
    if node.has("guards"):
        changes["guards"] = _guards(node)
    if node.has("data"):
        changes["data"] = node.choice("data", DATA, "data")
    if node.has("suspended"):
        changes["suspension"] = node.choice("suspended", SUSPENSIONS, "choice") or "refused"
    if not base and node.has("records"):
        changes["records"] = node.choice("records", FACTS, "event") or "state_changed"
    return replace(made, **changes)


def _sources(node: Node, states: Mapping[str, State]) -> tuple[str, ...]:
    if node.raw("from") == OPEN_STATES:
        return tuple(name for name, state in states.items() if not state.final)
    return node.words("from", states, "state")


def _target(node: Node, states: Mapping[str, State]) -> dict[str, Any]:
    """Read `to`: a state, or `{next_audit_or: <state after the last audit>}`."""
    if isinstance(node.raw("to"), str):
        return {"target": node.choice("to", states, "state") or None}
    after = node.node("to").choice("next_audit_or", states, "state")
    return {"target": after or None, "next_audit": bool(after)}


def _grants(node: Node) -> tuple[Grant, ...]:
    grants = []
    for each in node.nodes("by"):
        party = each.choice("party", PARTIES, "party")
        # The submitter is a person already known; everybody else acts in a role.
        roles = () if party == "submitter" else _roles(each)
        grants.append(Grant(party=party, roles=roles))
    if not grants:
        node.fault("nobody may fire this trigger", "by")
    return tuple(grant for grant in grants if grant.party)


def _guards(node: Node) -> tuple[GuardUse, ...]:
    uses: dict[str, GuardUse] = {}
    for each in node.nodes("guards"):
        use = _guard(each)
        if use is not None and use.name in uses:
            each.fault(f"{use.name} is repeated", "name")
        elif use is not None:
            uses[use.name] = use
    return tuple(uses.values())


def _guard(node: Node) -> GuardUse | None:
    name = node.choice("name", GUARDS, "guard")
    if not name:
        node.abandon()  # parameters of an unknown guard are no faults of their own
        return None
    parameters: dict[str, int | date] = {}
    for parameter, kind in GUARDS[name].parameters.items():
        day = kind == "day"
        parameters[parameter] = (
            node.day(parameter) if day else node.integer(parameter, 1, DECISIONS)
        )
    return GuardUse(name=name, parameters=parameters)


def _is_trigger(node: Node, trigger: str, stages: Collection[str]) -> bool:
    if trigger in RESERVED:
        node.fault(f"{trigger} is a reserved name; no scheme may use it yet")
        return False
    verdicts = {f"{verdict}_{stage}" for stage in stages for verdict in ("pass", "return")}
    return _is_known(node, trigger, {*TRIGGERS, *verdicts}, "trigger")


def _is_free(node: Node, name: str) -> bool:
    if name in ALWAYS_SCORED:
        node.fault(f"{name} is what every score has beside its components", "name")
        node.abandon()
    return name not in ALWAYS_SCORED


def _is_known(node: Node, word: str, known: Collection[str], what: str) -> bool:
    if word in known:
        return True
    node.fault(unknown(what, word, known))
    node.abandon()  # what stands below an unknown name is nobody's to read
    return False
