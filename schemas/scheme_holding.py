"""What format 1 holds a text to, beyond what is asked of what it says in format 2.

Its words are closed: those of its time, whatever an organisation has declared since. A key that
format 2 alone knows is one that nothing reads, a grade says both its ends, and a tier says nothing
again that is not its own.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import pairwise

from schemas import vocabulary
from schemas.document import Document, Fault
from schemas.limits import ALWAYS_SCORED, SCORES, TIERS, is_tier
from schemas.reading import Naming, Node, Reading, unknown
from schemas.said import said
from schemas.upcast import PARTS

_WORDS = vocabulary.default()
_TRIGGERS = (
    *("submit", "recall", "present", "score", "give_feedback", "start_rectification", "close"),
    *("revoke_clearance", "redo", "suspend", "resume", "change_deadline", "withdraw"),
)
_RESERVED = ("replace_secretary", "correct_score")
_BODIES = ("organ_committee", "work_committee")
_DESKS = ("appraised", "auditing_body", "hearing_body")
_PARTIES = (*_DESKS, "submitter", "passing_body", *_BODIES)
_FACTS = ("state_changed", "suspended", "resumed", "deadline_changed")
_DATA = ("report", "findings", "scores", "decisions", "deadline")
# Of each guard, its parameter.
_GUARDS = {
    **dict.fromkeys(("report_complete", "report_within_limit", "no_verdict_yet"), ""),
    **dict.fromkeys(("scores_in_range", "decisions_taken", "deadline_ahead"), ""),
    "deadline_differs": "",
    "decisions_given": "at_least",
    "not_before_date": "day",
}
_SAID_AGAIN = ("label", "four_eyes", "reason_required", "suspended")
_HEAD = ("format", "id", "title", "notice", "time_zone", "year", "opens", "max_backdating_days")
_BEGINNING = "opened"
_HIGHEST = Decimal(100)
_TIER = Naming(
    is_tier,
    "a tier's name has letters, digits, dots, dashes and underscores, and at most 51 characters",
)
Grade = tuple[str, Decimal, Decimal | None]
Days = Mapping[str, date]  # from which a trigger is possible


def held(text: Document) -> list[Fault]:
    """Return what is wrong with *text*, of format 1, that its lifted form does not show."""
    reading = Reading(text)
    root = reading.root()
    _need(root, *_HEAD, "clients", "audit_criteria")
    if root.has("opened_by"):
        _hold_grants(root, "opened_by", _BODIES, "open")
    _hold_rules(root)
    _hold_lives(root)
    reading.finish()
    return reading.faults


def _take(node: Node, *keys: str) -> None:
    """Take *keys* as read: what stands there is asked in the lifted form."""
    for key in keys:
        node.raw(key)


def _need(node: Node, *keys: str) -> None:
    """Take *keys* as read, and note those that are not there: each was asked for."""
    for key in keys:
        if node.raw(key) is None and not node.has(key):
            node.fault(said("{key} is missing", key=key), key)


def _hold_rules(root: Node) -> None:
    report = root.node("report")
    _need(report, "limit", "over_limit", "tolerance_points")
    _take(report.node("lists"), *PARTS)
    for name, component in root.named("scores", SCORES - len(ALWAYS_SCORED)):
        _take(component, "label", "weight")
        if name in ALWAYS_SCORED:
            component.fault(
                said("{name} is what every score has beside its components", name=name), "name"
            )
    for area in root.nodes("content_areas"):
        _take(area, "title", "points")
        area.flag("public_hospitals_only")
    _hold_bands(root, [_grade(name, node) for name, node in root.named("grades")])


def _grade(name: str, node: Node) -> Grade:
    _need(node, "label")
    return name, node.decimal("from"), node.decimal("below") if node.has("below") else None


def _hold_bands(root: Node, grades: list[Grade]) -> None:
    for index, (_, least, below) in enumerate(grades):
        top = _HIGHEST if below is None else below
        if top > _HIGHEST or top <= least:
            reason = said(
                "empty or over {highest}: the band from {least} to {top}",
                highest=_HIGHEST,
                least=least,
                top=top,
            )
            root.fault(reason, "grades", index)
    if grades and grades[0][2] is not None:
        root.fault("the best grade reaches to 100: it has no below", "grades", 0, "below")
    for index, (better, worse) in enumerate(pairwise(grades), start=1):
        if fault := _between(better, worse):
            root.fault(fault, "grades", index, "below")


def _between(better: Grade, worse: Grade) -> str:
    """Say how the band of *worse* fails to end where that of *better* begins; "" if it does."""
    name, least, _ = better
    below = worse[2]
    if below is None:
        return "below is missing: only the best grade is open above"
    if below < least:
        return said(
            "gap between {below} and {least}, where {name} begins",
            below=below,
            least=least,
            name=name,
        )
    return (
        said("overlap with {name} between {least} and {below}", name=name, least=least, below=below)
        if below > least
        else ""
    )


def _hold_lives(root: Node) -> None:
    states = dict(root.node("states").entries())
    due = {name: _hold_state(node, "final") for name, node in states.items()}
    if _BEGINNING in states:
        root.fault(
            said("{beginning} is the mark of every case's beginning", beginning=_BEGINNING),
            "states",
            _BEGINNING,
        )
    tiers = dict(root.node("tiers").entries(_TIER, TIERS))
    stages = {stage for tier in tiers.values() for stage in _hold_kinds(tier)}
    triggers = dict(root.node("transitions").entries())
    known = {*_TRIGGERS, *(f"{verb}_{stage}" for stage in stages for verb in ("pass", "return"))}
    sources: dict[str, frozenset[str]] = {}
    first: dict[str, date] = {}
    for name, node in triggers.items():
        _hold_name(node, name, known)
        first |= _hold_said(node, name)
        sources[name] = _sources(node, states)
        _hold_move(node, states)
    for tier in tiers.values():
        _hold_tier(tier, sources, due, first)


def _hold_name(node: Node, name: str, known: Collection[str]) -> None:
    if name in _RESERVED:
        node.fault(said("{name} is a reserved name; no scheme may use it", name=name))
    elif name not in known:
        node.fault(unknown("trigger", name, known))


def _hold_move(node: Node, states: Collection[str]) -> None:
    records = node.choice("records", _FACTS, "event") if node.has("records") else _FACTS[0]
    if records and node.has("to") != (records == _FACTS[0]):
        node.fault(
            said("records {fact} if it leads to a state, and something else if not", fact=_FACTS[0])
        )
    if isinstance(node.raw("to"), Mapping):
        node.node("to").choice("next_audit_or", states, "state")


def _sources(node: Node, states: Mapping[str, Node]) -> frozenset[str]:
    written = node.raw("from")
    if written == "open_states":
        return frozenset(name for name, state in states.items() if not state.has("final"))
    names = written if isinstance(written, list) else []
    return frozenset(one for one in names if isinstance(one, str))


def _hold_said(node: Node, name: str) -> Days:
    """Hold what a transition or a tier says of a trigger; the day from which it is possible."""
    _take(node, *_SAID_AGAIN)
    if node.has("by"):
        _hold_grants(node, "by", _PARTIES, "act")
    if node.has("data"):
        node.choice("data", _DATA, "data")
    days = list(_guards(node)) if node.has("guards") else []
    return dict.fromkeys([name], max(days)) if days else {}


def _guards(node: Node) -> Iterator[date]:
    seen: set[str] = set()
    for guard in node.nodes("guards"):
        name = guard.choice("name", _GUARDS, "guard")
        if not name:
            guard.abandon()
            continue
        if name in seen:
            guard.fault(said("{name} is repeated", name=name), "name")
        seen.add(name)
        if _GUARDS[name] == "day":
            yield guard.day("day")
        elif _GUARDS[name]:
            _take(guard, _GUARDS[name])


def _hold_grants(node: Node, key: str, parties: Collection[str], power: str) -> None:
    grants = node.nodes(key)
    if not grants:
        node.fault("at least 1 needed", key)
    for grant in grants:
        if grant.choice("party", parties, "party") != "submitter":
            _hold_roles(grant, power)


def _hold_roles(node: Node, power: str) -> None:
    if node.has("roles"):
        node.words("roles", [one for one in _WORDS.roles if one in _WORDS.having(power)], "role")


def _hold_state(node: Node, *also: str) -> list[date]:
    """Hold a state; return the days on which it is due whatever comes."""
    _take(node, "label", *also)
    if node.has("desk"):
        desk = node.node("desk")
        desk.choice("party", _DESKS, "party")
        _hold_roles(desk, "act")
    return list(_due(node.node("due"))) if node.has("due") else []


def _due(node: Node) -> Iterator[date]:
    if node.has("day"):
        yield node.day("day")
    elif node.has("latest"):
        for one in node.nodes("latest"):
            yield from _due(one)
    else:
        _take(node, "working_days", "after")
        if node.has("before"):
            node.text("before")
            node.fault("no day is planned ahead, so nothing can be due before one", "before")


def _hold_kinds(tier: Node) -> Iterator[str]:
    """Hold the kinds of units of a tier; yield where they are audited."""
    _hold_body(tier.node("hearing_body"))
    for kind, node in tier.node("kinds").entries():
        if kind not in _WORDS.kinds:
            node.fault(unknown("unit kind", kind, _WORDS.kinds))
        for audit in node.nodes("audits"):
            _hold_body(audit.node("body"))
            yield audit.text("stage")


def _hold_body(node: Node) -> None:
    if node.has("unit"):
        node.choice("unit", ("own",), "unit")
    else:
        node.choice("nearest", _WORDS.kinds, "unit kind")


def _hold_tier(
    tier: Node,
    sources: Mapping[str, Collection[str]],
    due: Mapping[str, Iterable[date]],
    first: Days,
) -> None:
    _need(tier, "label", "initial")
    states = dict(tier.named("states"))
    days = {name: _hold_state(node) for name, node in states.items()}
    for name, node in tier.node("transitions").entries() if tier.has("transitions") else ():
        first = {**first, **_hold_said(node, name)}
        if name in sources and not states.keys() & set(sources[name]):
            node.fault(said("the tier has no state that {name} leaves", name=name))
    for name, node in states.items():
        for day in days[name] if node.has("due") else due.get(name, ()):
            for trigger, start in first.items():
                if name in sources.get(trigger, ()) and day < start:
                    node.fault(
                        said(
                            "the deadline {day} is before {trigger} is possible on {start}",
                            day=day,
                            trigger=trigger,
                            start=start,
                        )
                    )
