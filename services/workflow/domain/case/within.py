"""Guards over the case itself and over what a trigger brings."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from schemas.limits import NEXT_OF_QUOTA, PLAIN
from services.workflow.domain.case import between
from services.workflow.domain.case.acting import BETWEEN_ROLES
from services.workflow.domain.case.acts import Asked
from services.workflow.domain.case.composing import Composing
from services.workflow.domain.case.concerned import aside, named
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.parties import unit_of
from services.workflow.domain.case.quorum import too_few
from services.workflow.domain.case.ranking import counts, grading_of, ranked_of, standing
from services.workflow.domain.case.requests import waits_for_answer
from services.workflow.domain.case.rows import placed
from services.workflow.domain.case.shares import rounded_up
from services.workflow.domain.case.taking_up import takes_up
from services.workflow.domain.case.times import Telling
from services.workflow.domain.case.verdicts import presentable
from services.workflow.domain.case.where import matches
from services.workflow.domain.case.world import stages
from services.workflow.domain.data.decision import known_bodies, whose
from services.workflow.domain.data.document import counted
from services.workflow.domain.language.model.guards import (
    AllEnded,
    AllReached,
    CameBy,
    Complete,
    DeadlineAhead,
    DeadlineDiffers,
    DecisionsGiven,
    DecisionsTaken,
    Guard,
    Heard,
    InRange,
    Matches,
    NoOverlap,
    NoRow,
    NotBefore,
    NoVerdictYet,
    Quorum,
    QuotaMet,
    Reached,
    Taken,
    TakesUp,
    WithinLimit,
)
from services.workflow.domain.language.model.scores import Quota
from services.workflow.domain.refusals import Blocker


def blockers(guards: tuple[Guard, ...], asked: Asked) -> Iterator[Blocker]:
    """Yield everything that the guards find in the way, each asked only where it applies."""
    for guard in guards:
        if isinstance(guard, Matches) or matches(guard.where, asked.case, asked.world.organisation):
            yield from _GUARDS[type(guard)](guard, asked)


def unpresentable(document: str, asked: Asked) -> Iterator[Blocker]:
    """Yield why no version of *document* may be presented: only one that passed its audit may."""
    filed = asked.case.documents.get(document)
    params = {"document": document, "label": asked.world.scheme.documents[document].label}
    if filed is None:
        yield Blocker(code="document_lacking", params=params)
    elif presentable(asked.case, document) is None:
        yield Blocker(code="version_not_passed", params={**params, "version": filed.version})


def _between(ask: Callable[[Any, between.Question], Iterator[Blocker]]) -> Any:
    def asking(guard: Any, asked: Asked) -> Iterator[Blocker]:
        case, at, world, looks = asked.case, asked.act.effective_at, asked.world, asked.looks
        return ask(guard, between.Question(case=case, at=at, world=world, looks=looks))

    return asking


def _taken(guard: Taken, asked: Asked) -> Iterator[Blocker]:
    if guard.decision:
        yield from _decided(guard, asked)
    if guard.document:
        label = asked.world.scheme.documents[guard.document].label
        params = {"document": guard.document, "label": label}
        known = guard.document in asked.case.documents
        if not known and asked.given("documents", guard.document) is None:
            yield Blocker(code="document_lacking", params=params)
        elif guard.unanswered and not waits_for_answer(
            guard.document, asked.case, asked.world.life(asked.case)
        ):
            yield Blocker(code="request_answered", params=params)
    if guard.component and guard.component not in asked.case.waived:
        known = guard.component in asked.case.components
        if not known and asked.given("components", guard.component) is None:
            label = asked.world.scheme.components[guard.component].label
            params = {"component": guard.component, "label": label}
            yield Blocker(code="component_lacking", params=params)


def _decided(guard: Taken, asked: Asked) -> Iterator[Blocker]:
    """Yield that a body has not decided; one that there is not decides nothing."""
    body = unit_of(asked.case, guard.decision, asked.world)
    given = asked.act.given.get("decisions", ())
    takes = [take for take in asked.trigger.takes if take.what == "decision"]
    known = known_bodies(takes, asked.case, asked.world)
    brought = [
        named or one.get("body") for one, named in zip(given, whose(given, known), strict=True)
    ]
    if body is not None and body not in (*brought, *(one for one, _ in asked.case.decisions)):
        unit = asked.world.organisation.unit(body)
        params = {"unit": body, "label": body if unit is None else unit.name}
        # With a field, where the act itself may bring what is missing: else it is on no page.
        yield Blocker(
            code="decision_lacking", field="data.decisions" if takes else "", params=params
        )


def _complete(_guard: Complete, _asked: Asked) -> Iterator[Blocker]:
    """Yield nothing: no part of a document is taken blank, whether a scheme says so or not."""
    yield from ()


def _came_by(guard: CameBy, asked: Asked) -> Iterator[Blocker]:
    case, life = asked.case, asked.world.life(asked.case)
    into = {
        one.name
        for one in life.triggers.values()
        if any(case.state in one.targets(source, stages(case)) for source in one.sources)
    }
    last = next((name for name in [*case.fired][::-1] if name in into), "")
    if last not in guard.triggers:
        labels = BETWEEN_ROLES.join(life.triggers[name].label for name in guard.triggers)
        params = {
            "state": case.state,
            "state_label": life.states[case.state].label,
            "trigger": BETWEEN_ROLES.join(guard.triggers)[:PLAIN],
            "trigger_label": labels[:PLAIN],
        }
        yield Blocker(code="came_otherwise", params=params)


def _no_row(guard: NoRow, asked: Asked) -> Iterator[Blocker]:
    given = asked.given("documents", guard.document)
    document = asked.world.scheme.documents[guard.document]
    column = document.column(guard.column)
    labels = {one.name: one.label for one in getattr(column and column.type, "options", ())}
    names = {one.name: one.label for one in document.rows}
    filed = asked.case.documents.get(guard.document)
    for n, (place, row) in enumerate(placed(guard.document, given or {}), 1):
        stays = filed is not None and set(row) == {"row"}
        told = (filed.rows.get(row["row"], {}) if filed and stays else row).get(guard.column)
        if told in guard.says:
            name = names.get(place.rpartition(".")[2], str(n))
            params = {"row": name[:PLAIN], "choice": labels[told][:PLAIN]}
            yield Blocker(code="row_forbids", field=f"{place}.{guard.column}", params=params)


def _within_limit(guard: WithinLimit, asked: Asked) -> Iterator[Blocker]:
    given = asked.given("documents", guard.document)
    document = asked.world.scheme.documents[guard.document]
    if given is None or document.over_limit != "refuse" or not document.limit:
        return
    total = sum(counted(document, given).values())
    if total > document.limit:
        over = total - document.limit
        params: dict[str, str | int] = {
            "document": document.name,
            "label": document.label,
            "total": total,
            "limit": document.limit,
            "over": over,
        }
        place = f"data.documents.{guard.document}"
        yield Blocker(code="document_too_long", field=place, params=params)


def _in_range(_guard: InRange, _asked: Asked) -> Iterator[Blocker]:
    """Yield nothing: a component's own field takes no figure that is out of range."""
    yield from ()


def _no_verdict_yet(_guard: NoVerdictYet, asked: Asked) -> Iterator[Blocker]:
    # The first audit is left only by a verdict or by the recall itself.
    if stages(asked.case)[:1] != (asked.case.state,):
        yield Blocker(code="verdict_given")


def _decisions_given(guard: DecisionsGiven, asked: Asked) -> Iterator[Blocker]:
    given = len(asked.act.given.get("decisions", ()))
    if given < guard.at_least:
        params = {"given": given, "at_least": guard.at_least}
        yield Blocker(code="decisions_too_few", field="data.decisions", params=params)


def _decisions_taken(_guard: DecisionsTaken, asked: Asked) -> Iterator[Blocker]:
    for index, decision in enumerate(asked.act.given.get("decisions", ())):
        if decision["date"] > asked.day:
            place = f"data.decisions[{index}].date"
            params = {"date": decision["date"].isoformat()}
            yield Blocker(code="decision_ahead", field=place, params=params)


def _deadline_ahead(_guard: DeadlineAhead, _asked: Asked) -> Iterator[Blocker]:
    """Yield nothing: a deadline that is set by hand lies ahead, whether a scheme says so or not."""
    yield from ()


def _deadline_differs(_guard: DeadlineDiffers, asked: Asked) -> Iterator[Blocker]:
    due_at: datetime | None = asked.act.given.get("due_at")
    if due_at is not None and due_at == asked.case.due_at:
        yield Blocker(code="deadline_unchanged", field="data.due_at")


def _not_before(guard: NotBefore, asked: Asked) -> Iterator[Blocker]:
    case, world = asked.case, asked.world
    telling = Telling(case=case, world=world, entered=world.day(case.entered_at))
    first = telling.day(guard.day)
    if telling.unknown:
        yield between.day_unknown(telling.unknown[0], case, world.scheme)
    elif first is not None and asked.day < first:
        yield Blocker(code="too_early", field="effective_at", params={"date": first.isoformat()})


def _matches(guard: Matches, asked: Asked) -> Iterator[Blocker]:
    if not matches(guard.where, asked.case, asked.world.organisation):
        yield Blocker(code="not_for_this_case")


def _quorum(guard: Quorum, asked: Asked) -> Iterator[Blocker]:
    if not guard.number:
        yield from _quorum_there(guard, asked)
        return
    roster = asked.given("rosters", guard.roster)
    n_listed = asked.case.rosters.get(guard.roster, 0) if roster is None else len(set(roster))
    number = asked.given("numbers", guard.number)
    n_there = int(asked.case.numbers.get(guard.number, "0")) if number is None else number
    needed = rounded_up(n_listed, guard.share)
    params = {"there": n_there, "needed": needed, "listed": n_listed}
    place = f"data.numbers.{guard.number}"
    if n_there < needed:
        yield Blocker(code="quorum_lacking", field=place, params=params)
    elif n_there > n_listed:  # nobody is there who is on no list
        yield Blocker(code="more_than_listed", field=place, params=params)


def _quorum_there(guard: Quorum, asked: Asked) -> Iterator[Blocker]:
    for one in named(asked.act, asked.case, asked.world):
        asked.looks.by_version(one)
    n_out = len(aside(asked.act, asked.case, guard.roster, asked.world))
    yield from too_few(asked.case, guard.roster, guard.share, asked.world, n_out)


def _quota_met(guard: QuotaMet, asked: Asked) -> Iterator[Blocker]:
    quota = asked.world.scheme.quotas[guard.quota]
    found = [one for one in asked.world.heads.sharing(asked.case, quota.among) if counts(one)]
    for one in found:
        if one.id != asked.case.id:
            asked.looks.by_version(one)
    # An act that gives the grade is asked with the grade it gives, and nobody can be the first of
    # two: those that have none yet may still get one that counts.
    gives = _gives_grade(asked, quota.grading)
    own = _as_graded(asked) if gives else asked.case
    counting = [ranked_of(own if one.id == own.id else one, quota.grading) for one in found]
    now = standing(counting, quota, grading_of(quota, asked.world.scheme, asked.case.tier or ""))
    to_come = now.n - now.n_graded if gives else 0
    numbers = [one.number for one in now.next[:NEXT_OF_QUOTA]]
    while len(", ".join(numbers)) > PLAIN:  # an event holds no longer parameter
        numbers.pop()
    next_: dict[str, str | int] = {"next": ", ".join(numbers) or "-", "n": now.n}
    next_ |= _grades(quota, asked)
    if now.lacking > to_come:
        lacking = {"lacking": now.lacking, "at_least": now.at_least}
        yield Blocker(code="quota_lacking", params={**lacking, **next_})
    elif now.over:
        over = {"over": now.over, "at_most": now.at_most}
        yield Blocker(code="quota_exceeded", params={**over, **next_})


def _grades(quota: Quota, asked: Asked) -> dict[str, str]:
    """Return the grades of a quota and what they are called, as far as an event holds it."""
    grading = grading_of(quota, asked.world.scheme, asked.case.tier or "")
    known = () if grading is None else grading.grades
    labels = [one.label for one in known if one.name in quota.grades]
    told = {"grades": " / ".join(quota.grades), "grades_label": "、".join(labels)}
    return {name: text[:PLAIN] for name, text in told.items()}


def _gives_grade(asked: Asked, grading: str) -> bool:
    """Tell whether the act itself brings what the grade is made of."""
    scheme, trigger = asked.world.scheme, asked.trigger
    names = [grading] if grading else list(scheme.gradings)
    tier = asked.case.tier or ""
    made_of = {
        component
        for name in names
        for one in (scheme.gradings[name].of_tier(tier),)
        for component in (one.of, *one.weights)
    }
    brought = {(take.what, take.name) for take in (*trigger.takes, *trigger.corrects)}
    brought |= {("component", name) for name in trigger.waives}
    return not brought.isdisjoint(
        {("component", name) for name in made_of} | {("grade", name) for name in names}
    )


def _as_graded(asked: Asked) -> Case:
    return Composing(
        asked.case, asked.trigger, asked.act, asked.world, asked.case.recorded_at
    ).graded()


def _no_overlap(guard: NoOverlap, asked: Asked) -> Iterator[Blocker]:
    place, own = _span(asked, guard)
    if own is None:
        return
    here = unit_of(asked.case, guard.unit, asked.world) if guard.unit else asked.case.unit
    for one in asked.world.heads.alike(asked.case):
        if one.id == asked.case.id or not one.is_open:
            continue
        there = unit_of(one, guard.unit, asked.world) if guard.unit else one.unit
        other = _filed_span(one, guard)
        if there == here and other is not None:
            asked.looks.by_version(one)
            if own[0] <= other[1] and other[0] <= own[1]:
                params = {"number": one.number, "from": other[0], "until": other[1]}
                yield Blocker(code="span_overlaps", field=place, params=params)


def _span(asked: Asked, guard: NoOverlap) -> tuple[str, tuple[str, str] | None]:
    """Return the case's span behind where the act says it; "": it was filed before."""
    given = asked.given("documents", guard.document)
    for place, row in placed(guard.document, given or {}):
        value = row.get(guard.column)
        if value is not None:
            span = value["since"].isoformat(), value["until"].isoformat()
            return f"{place}.{guard.column}.from", span
    return "", _filed_span(asked.case, guard)


def _filed_span(case: Case, guard: NoOverlap) -> tuple[str, str] | None:
    filed = case.documents.get(guard.document)
    for values in () if filed is None else filed.rows.values():
        if guard.column in values:
            return values[guard.column]["from"], values[guard.column]["until"]
    return None


_GUARDS: Mapping[type[Any], Callable[[Any, Asked], Iterator[Blocker]]] = {
    Reached: _between(between.reached),
    AllReached: _between(between.all_reached),
    AllEnded: _between(between.all_ended),
    Heard: _between(between.heard),
    Taken: _taken,
    Complete: _complete,
    CameBy: _came_by,
    NoRow: _no_row,
    TakesUp: takes_up,
    WithinLimit: _within_limit,
    InRange: _in_range,
    NoVerdictYet: _no_verdict_yet,
    DecisionsGiven: _decisions_given,
    DecisionsTaken: _decisions_taken,
    DeadlineAhead: _deadline_ahead,
    DeadlineDiffers: _deadline_differs,
    NotBefore: _not_before,
    Matches: _matches,
    QuotaMet: _quota_met,
    Quorum: _quorum,
    NoOverlap: _no_overlap,
}
