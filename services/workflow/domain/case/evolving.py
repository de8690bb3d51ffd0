"""How the events of a case move it: one fold for every kind.

A fact says *which* sort of thing happened; what it changed stands in members that every fact may
bear, so each member is read here once, whatever bears it. Nothing is looked up: what was forgotten,
whose document counts, where a route led are told by the event.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from schemas.instants import parse_instant
from services.workflow.domain.case.head import (
    NO_DUE,
    OPEN,
    Audit,
    Case,
    Filed,
    Holder,
    Reached,
    Verdict,
    changed,
    first_due,
)
from services.workflow.domain.case.wire import (
    read_due,
    read_holders,
    read_link,
    read_signature,
)
from services.workflow.domain.data.kinds import DATA, GIVEN

Data = Mapping[str, Any]
Changes = dict[str, Any]
Actor = str | None

FACTS = frozenset(
    {
        "state_changed",
        "desk_signed",
        "subject_replaced",
        "corrected",
        "suspended",
        "resumed",
        "deadline_changed",
        "planned_day_set",
        "document_filed",
        "case_changed",
        "draw_frozen",
        "draw_sealed",
        "draw_attested",
        "draw_number_entered",
        "draw_completed",
        "draw_exempted",
        "tally_taken",
    }
)
_OF_COMING = frozenset({"trigger", "effective_at", "presence"})  # all that such an event says
OPENED = "opened"  # the mark that every case has


def open_case(
    case_id: str,
    data: Data,
    scheme: str,
    recorded_at: datetime,
    *,
    family: str = "",
    actor: Actor = None,
) -> Case:
    """Return the case as its first event *data* begins it.

    *family* is the topmost case of the chain it belongs to; "": itself.
    """
    effective_at, state, row = parse_instant(data["effective_at"]), data["state"], data.get("row")
    entered = Reached(effective_at=effective_at, recorded_at=recorded_at)
    case = Case(
        id=case_id,
        kind=data["kind"],
        label=data["label"],
        number=data["number"],
        cycle=data["cycle"],
        scheme=scheme,
        of=data.get("of"),
        family=family or f"{data['kind']}/{case_id}",
        unit=data["unit"],
        unit_kind=data["unit_kind"],
        path=tuple(data["path"]),
        tier=data.get("tier"),
        parties=dict(data["parties"]),
        audits=tuple(Audit(stage=one["stage"], body=one["body"]) for one in data["audits"]),
        links=tuple(read_link(one) for one in data["links"]),
        person=data.get("subject"),
        state=state,
        version=1,
        entered_at=effective_at,
        effective_at=effective_at,
        recorded_at=recorded_at,
        opened_at=effective_at,
        initial=state,
        reached={OPENED: entered, state: entered},
        values=dict(data.get("values", {})),
        carried_from=data.get("carried_from", {}).get("number", ""),
        row=None if row is None else (row["document"], row["row"]),
        because=data.get("because", ""),
    )
    return changed(case, _taken(case, data, actor) | _lying(read_holders(data["holders"])))


def evolve(case: Case, fact: str, data: Data, actor: Actor, recorded_at: datetime) -> Case:
    """Return the case as it stands after its next event."""
    if fact not in FACTS:
        raise ValueError(f"a case's stream has no {fact}")
    effective_at = parse_instant(data["effective_at"])
    at: Changes = {
        "version": case.version + 1,
        "effective_at": effective_at,
        "recorded_at": recorded_at,
    }
    if fact != "desk_signed" and not _is_of_coming(data):
        at["unsigned_version"] = case.version + 1
    if fact == "suspended":
        at["suspended_at"] = effective_at
    after = changed(case, at)
    values = vars(after)  # nobody else has it yet: one copy serves all steps
    for step in _STEPS:
        values |= step(after, data, actor)
    return after


def lain(case: Case, holders: tuple[Holder, ...]) -> Case:
    """Return *case* on these desks, as the fold leaves it where an event tells them.

    Whoever decides knows them before they are spelled, and need not read them again.
    """
    return changed(case, _lying(holders))


def _forgotten(case: Case, data: Data, _actor: Actor) -> Changes:
    changes: Changes = {}
    for one in data.get("forgets", ()):
        changes |= _FORGETS[one](case)
    if "reached" in changes and "to" not in data:  # it stands where it stands
        here = case.reached.get(case.state)
        changes["reached"] |= {} if here is None else {case.state: here}
    if "verdicts_forgotten" in data:
        gone = data["verdicts_forgotten"]
        said = {state: one for state, one in case.verdicts.items() if state not in gone}
        changes["verdicts"] = said
    if "planned_withdrawn" in data:
        gone = data["planned_withdrawn"]
        changes["planned"] = {name: day for name, day in case.planned.items() if name not in gone}
    return changes


_FORGETS: Mapping[str, Callable[[Case], Changes]] = {
    "verdicts": lambda _case: {"verdicts": {}},
    "scores": lambda _case: {"components": {}, "waived": frozenset()},
    # What was filed stays as a version; it counts no more, and nobody has to answer for it.
    "submission": lambda _case: {"documents": {}},
    "signatures": lambda _case: {"signatures": ()},
    "grade": lambda _case: {"grades": {}, "decisions": ()},  # which were about that grade
    "reached": lambda case: {
        "reached": {OPENED: case.reached[OPENED]},
        "forgot_at": case.recorded_at,
    },
}


def _moved(case: Case, data: Data, _actor: Actor) -> Changes:
    """Enter a state: a stay begins, and with it everything that belongs to a stay."""
    changes: Changes = {}
    if "to" in data:
        state, entered = data["to"], case.effective_at
        changes = {
            "state": state,
            "final": data.get("final", OPEN),
            "entered_at": entered,
            "paused_days": 0,
            "suspended_at": None,
            "signatures": (),
            "planned": {name: day for name, day in case.planned.items() if name != state},
            "reached": {
                **case.reached,
                state: Reached(effective_at=entered, recorded_at=case.recorded_at),
            },
        }
    if "holders" in data:
        changes |= _lying(read_holders(data["holders"]))
    return changes


def _is_of_coming(data: Data) -> bool:
    """Tell whether an event says of people's coming and going, and nothing else."""
    return data.keys() <= _OF_COMING and "presence" in data


def _replaced(case: Case, data: Data, _actor: Actor) -> Changes:
    if "subject" not in data:
        return {}
    past = dict.fromkeys((*case.past_subjects, data["previous"]))
    return {"person": data["subject"], "past_subjects": tuple(past)}


def _clock(case: Case, data: Data, _actor: Actor) -> Changes:
    if "suspended_working_days" in data:
        paused = case.paused_days + data["suspended_working_days"]
        return {"suspended_at": None, "paused_days": paused}
    return {}


def _said(case: Case, data: Data, actor: Actor) -> Changes:
    """Take down who did and said what in this stay."""
    changes: Changes = {}
    if actor is not None and "trigger" in data:
        name, others = data["trigger"], dict(case.fired)
        earlier = [one for one in others.pop(name, ()) if one != actor]
        if _is_of_coming(data):  # hundreds sign in at a door, and nobody judges that
            earlier = []
        changes["fired"] = {**others, name: (actor, *earlier)}  # in the order of the last time
    if "signature" in data and "to" not in data:
        changes["signatures"] = (*case.signatures, read_signature(data["signature"], actor))
    if "verdict" in data:
        said = data["verdict"]
        passed = said["result"] == "pass"
        # What is filed with it comes after: nobody has looked at that.
        about = {name: one.version for name, one in case.documents.items()} if passed else {}
        given = Verdict(passed=passed, person=actor, body=said.get("body"), about=about)
        changes["verdicts"] = {**case.verdicts, said["state"]: given}
    return changes


def _taken(case: Case, data: Data, actor: Actor) -> Changes:
    """Take what the event says was filed, given, decided and set."""
    changes: Changes = {}
    for member, told in data.items():
        apply = _MEMBERS.get(member)
        if apply is not None:
            changes |= apply(case, told, actor)
    if "submitters" in data:
        filed = changes.get("documents", case.documents)
        changes["documents"] = _submitted(filed, data["submitters"])
    return changes


def _submitted(filed: Mapping[str, Filed], submitters: Data) -> Mapping[str, Filed]:
    return {
        name: replace(one, submitter=submitters[name]) if name in submitters else one
        for name, one in filed.items()
    }


def _given(case: Case, told: Data, _actor: Actor) -> Changes:
    """Keep the rest by kind and name, as it was told: nothing but its own kind looks at it."""
    given = {what: {**case.given.get(what, {}), **by_name} for what, by_name in told.items()}
    return {"given": {**case.given, **given}}


def _settings(case: Case, told: Data, _actor: Actor) -> Changes:
    changes: Changes = {name: told[name] for name in ("mode", "order") if name in told}
    if "flags" in told:
        raised = {name for name, up in told["flags"].items() if up}
        changes["flags"] = (case.flags - told["flags"].keys()) | raised
    if "planned" in told:
        days = {state: date.fromisoformat(day) for state, day in told["planned"].items()}
        changes["planned"] = {**case.planned, **days}
    return changes


_MEMBERS: Mapping[str, Callable[[Case, Any, Actor], Mapping[str, Any]]] = {
    **{one.member: one.fold for one in DATA.values() if one.fold is not None},
    GIVEN: _given,
    "waived": lambda case, told, _: {"waived": case.waived | frozenset(told)},
    "sets": _settings,
    "poll": lambda case, told, _: {"tallies": case.tallies | {told}},
}


def _due_moved(case: Case, data: Data, _actor: Actor) -> Changes:
    """Move deadlines of desks that stay; a resumption leaves what was set by hand set by hand."""
    if "dues" not in data:
        return {}
    moved = {one.get("desk", ""): read_due(one) for one in data["dues"]}
    resumed = "suspended_working_days" in data
    holders = []
    for one in case.holders:
        due = moved.get(one.desk, one.due)
        by_hand = due.by_hand or (resumed and one.due.by_hand)
        holders.append(replace(one, due=replace(due, by_hand=by_hand)))
    return _lying(tuple(holders))


def _lying(holders: tuple[Holder, ...]) -> Changes:
    first = first_due(holders)
    return {"holders": holders, "due": NO_DUE if first is None else first.due}


_STEPS = (_forgotten, _moved, _replaced, _clock, _said, _taken, _due_moved)
