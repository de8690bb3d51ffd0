"""How the events of a case move it: one fold for every kind.

A fact says *which* sort of thing happened; what it changed stands in members that every fact may
bear, so each member is read here once, whatever bears it. Nothing is looked up: what was forgotten,
whose document counts, where a route led are told by the event.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from schemas.instants import parse_instant
from services.workflow.domain.case.head import (
    NO_DUE,
    OPEN,
    Case,
    Holder,
    Reached,
    Verdict,
    changed,
    first_due,
)
from services.workflow.domain.case.wire import (
    read_audit,
    read_filed,
    read_given,
    read_grade,
    read_holders,
    read_link,
    read_signature,
)

Data = Mapping[str, Any]
Changes = dict[str, Any]

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
    }
)
OPENED = "opened"  # the mark that every case has


def open_case(kind: str, case_id: str, data: Data, scheme: str, recorded_at: datetime) -> Case:
    """Return the case as its first event *data* begins it."""
    effective_at, state = parse_instant(data["effective_at"]), data["state"]
    holders = read_holders(data.get("holders", ()))
    entered = Reached(effective_at=effective_at, recorded_at=recorded_at)
    case = Case(
        id=case_id,
        kind=kind,
        number=data["number"],
        cycle=data["cycle"],
        scheme=scheme,
        of=data.get("of"),
        family=data.get("family") or f"{kind}/{case_id}",
        unit=data["unit"],
        unit_kind=data["unit_kind"],
        path=tuple(data["path"]),
        tier=data.get("tier"),
        parties=dict(data.get("parties", {})),
        audits=tuple(read_audit(one) for one in data.get("audits", ())),
        links=tuple(read_link(one) for one in data.get("links", ())),
        person=data.get("person"),
        state=state,
        version=1,
        entered_at=effective_at,
        effective_at=effective_at,
        recorded_at=recorded_at,
        opened_at=effective_at,
        initial=state,
        reached={OPENED: entered, state: entered},
        values=dict(data.get("values", {})),
        row=dict(data.get("row", {})),
        because=data.get("because", ""),
    )
    return changed(case, _set(case, data) | _lying(holders))


def evolve(case: Case, fact: str, data: Data, actor: str | None, recorded_at: datetime) -> Case:
    """Return the case as it stands after its next event."""
    if fact not in FACTS:
        raise ValueError(f"a case's stream has no {fact}")
    effective_at = parse_instant(data["effective_at"])
    before = changed(
        case,
        {
            "version": case.version + 1,
            # What moved days alone was no act of anybody's: it never moves what comes after it.
            "effective_at": max(effective_at, case.effective_at),
            "recorded_at": recorded_at,
        },
    )
    if "forgets" in data:
        before = changed(before, _forgotten(before, data["forgets"], recorded_at))
    if "person" in data:
        before = changed(before, _replaced(before, data["person"]))
    if "to" in data:
        before = changed(before, _moved(before, data, effective_at, recorded_at))
    changes = _set(before, data) | _CLOCK.get(fact, _unmoved)(before, data, effective_at)
    if "verdict" in data:
        given = Verdict(passed=data["verdict"] == "pass", person=actor)
        changes["verdicts"] = {**before.verdicts, data.get("from", case.state): given}
    if actor is not None and "trigger" in data:
        changes["fired"] = {**before.fired, data["trigger"]: actor}
    if "holders" in data:
        changes |= _lying(read_holders(data["holders"]))
    return changed(before, changes)


def _moved(case: Case, data: Data, effective_at: datetime, recorded_at: datetime) -> Changes:
    """Entering a state: the stay begins, and with it everything that belongs to a stay."""
    state = data["to"]
    planned = {name: day for name, day in case.planned.items() if name != state}
    final = data.get("final", OPEN)
    return {
        "state": state,
        "final": final,
        "entered_at": effective_at,
        "paused_days": 0,
        "suspended_at": None,
        "signatures": (),
        "holders": (),
        "due": NO_DUE,
        # What will not happen is planned for no day.
        "planned": {} if final != OPEN else planned,
        "reached": {
            **case.reached,
            state: Reached(effective_at=effective_at, recorded_at=recorded_at),
        },
    }


def _replaced(case: Case, person: str) -> Changes:
    past = case.past_subjects
    if case.person is not None and case.person not in past:
        past = (*past, case.person)
    # Verdicts the new subject gave, they gave about themselves: nobody passes their own case.
    kept = {state: said for state, said in case.verdicts.items() if said.person != person}
    return {"person": person, "past_subjects": past, "verdicts": kept}


def _forgotten(case: Case, what: list[str], recorded_at: datetime) -> Changes:
    changes: Changes = {}
    for one in what:
        changes |= _FORGETS[one](case, recorded_at)
    return changes


def _forget_reached(case: Case, recorded_at: datetime) -> Changes:
    opened = case.reached[OPENED]
    return {"reached": {OPENED: opened}, "forgot_at": recorded_at, "planned": {}}


def _forget_submission(_case: Case, _recorded_at: datetime) -> Changes:
    # What was filed stays as a version; it counts no more, and nobody has to answer for it.
    return {"documents": {}}


_FORGETS: Mapping[str, Callable[[Case, datetime], Changes]] = {
    "verdicts": lambda _case, _at: {"verdicts": {}},
    "scores": lambda _case, _at: {"components": {}, "waived": frozenset()},
    "submission": _forget_submission,
    "signatures": lambda _case, _at: {"signatures": ()},
    "grade": lambda _case, _at: {"grades": {}},
    "reached": _forget_reached,
}


def _set(case: Case, data: Data) -> Changes:
    """Return what the members change that say themselves what they set."""
    changes: Changes = {}
    for member, apply in _MEMBERS.items():
        if member in data:
            changes |= apply(case, data[member])
    return changes


def _set_documents(case: Case, told: Data) -> Changes:
    filed = {name: read_filed(one) for name, one in told.items()}
    numbered = {name: one.version for name, one in filed.items()}
    return {
        "documents": {**case.documents, **filed},
        "n_filed": {**case.n_filed, **numbered},
    }


def _set_components(case: Case, told: Data) -> Changes:
    given = {name: read_given(one) for name, one in told.items()}
    return {"components": {**case.components, **given}}


def _set_grades(case: Case, told: Data) -> Changes:
    return {"grades": {**case.grades, **{name: read_grade(one) for name, one in told.items()}}}


def _set_flags(case: Case, told: Data) -> Changes:
    raised = {name for name, up in told.items() if up}
    return {"flags": (case.flags - told.keys()) | raised}


def _set_planned(case: Case, told: Data) -> Changes:
    days = {state: date.fromisoformat(day) for state, day in told.items()}
    return {"planned": {**case.planned, **days}}


_MEMBERS: Mapping[str, Callable[[Case, Any], Changes]] = {
    "documents": _set_documents,
    "components": _set_components,
    "waived": lambda case, told: {"waived": case.waived | frozenset(told)},
    "grades": _set_grades,
    "flags": _set_flags,
    "mode": lambda _case, told: {"mode": told},
    "order": lambda _case, told: {"order": told},
    "planned": _set_planned,
    "decisions": lambda case, told: {"decisions": (*case.decisions, *told)},
    "numbers": lambda case, told: {"numbers": {**case.numbers, **told}},
    "signature": lambda case, told: {"signatures": (*case.signatures, read_signature(told))},
}


def _unmoved(_case: Case, _data: Data, _effective_at: datetime) -> Changes:
    return {}


def _suspended(_case: Case, _data: Data, effective_at: datetime) -> Changes:
    return {"suspended_at": effective_at}


def _resumed(case: Case, data: Data, _effective_at: datetime) -> Changes:
    return {
        "suspended_at": None,
        "paused_days": case.paused_days + data["suspended_working_days"],
    }


_CLOCK: Mapping[str, Callable[[Case, Data, datetime], Changes]] = {
    "suspended": _suspended,
    "resumed": _resumed,
}


def _lying(holders: tuple[Holder, ...]) -> Changes:
    first = first_due(holders)
    return {"holders": holders, "due": NO_DUE if first is None else first.due}
