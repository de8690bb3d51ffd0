"""The guards a scheme may name: what must hold before a trigger may fire.

A scheme says `guards: [{name: report_within_limit}]`; here each name has its meaning. A guard looks
at `Facts`, plain values gathered before, and returns every blocker it finds, so that people
are told all that is wrong at once and not one thing per attempt.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from services.workflow.domain.refusals import Blocker
from services.workflow.domain.report import LISTS, ReportCount, ReportRules
from services.workflow.domain.scoring import HIGHEST, Scoring


class Facts(NamedTuple):
    """What guards may look at; None or empty: not given with this trigger.

    Equal facts hash alike: a tier answers the same question once.
    """

    audits: tuple[str, ...]  # the stages this review passes, in order
    state: str
    effective_at: datetime
    effective_on: date  # its local day
    suspended: bool = False
    reason_given: bool = False
    characters: ReportCount | None = None
    scores: tuple[tuple[str, Decimal], ...] = ()  # component, score
    decision_days: tuple[date, ...] = ()  # local days of the decisions given
    due_at: datetime | None = None  # the deadline in force
    new_due_at: datetime | None = None  # the deadline asked for


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """The parts of a scheme that guards measure against."""

    report: ReportRules
    scoring: Scoring


# What a trigger may take as data; the shape of each is the contract's, not the scheme's.
DATA = ("report", "findings", "scores", "decisions", "deadline")

Blockers = tuple[Blocker, ...]
Guard = Callable[[Facts], Blockers]


@dataclass(frozen=True, kw_only=True, slots=True)
class GuardKind:
    """A guard as a scheme may name it."""

    label: str
    make: Callable[[Rules, Mapping[str, Any]], Guard]
    parameters: Mapping[str, str] = field(default_factory=dict)  # name -> day or count
    data: str = ""  # the data it looks at, which the trigger must take


def _report_complete(rules: Rules, _parameters: Mapping[str, Any]) -> Guard:
    labels = rules.report.labels

    def guard(facts: Facts) -> Blockers:
        count = facts.characters
        if count is None:
            return ()
        return tuple(
            Blocker(
                code="report_list_empty",
                field=f"data.report.{part}",
                params={"list": part, "label": labels[part]},
            )
            for part in LISTS
            if not count.of(part)
        )

    return guard


def _report_within_limit(rules: Rules, _parameters: Mapping[str, Any]) -> Guard:
    limit, refuse = rules.report.limit, rules.report.refuse_over_limit

    def guard(facts: Facts) -> Blockers:
        count = facts.characters
        if count is None or not refuse or count.total <= limit:
            return ()
        params = {"total": count.total, "limit": limit, "over": count.total - limit}
        return (Blocker(code="report_too_long", field="data.report", params=params),)

    return guard


def _no_verdict_yet(_rules: Rules, _parameters: Mapping[str, Any]) -> Guard:
    def guard(facts: Facts) -> Blockers:
        # The first audit is left only by a verdict or by the recall itself.
        first = facts.audits[:1] == (facts.state,)
        return () if first else (Blocker(code="verdict_given"),)

    return guard


def _scores_in_range(rules: Rules, _parameters: Mapping[str, Any]) -> Guard:
    components = rules.scoring.components

    def guard(facts: Facts) -> Blockers:
        if not facts.scores:
            return ()
        given, found = dict(facts.scores), []
        for component in components:
            place, score = f"data.{component.datum}", given.get(component.name)
            params = {"score": component.datum, "label": component.label}
            if score is None:
                found.append(Blocker(code="score_missing", field=place, params=params))
            elif not (score.is_finite() and 0 <= score <= HIGHEST):
                found.append(Blocker(code="score_out_of_range", field=place, params=params))
        return tuple(found)

    return guard


def _decisions_given(_rules: Rules, parameters: Mapping[str, Any]) -> Guard:
    least = parameters["at_least"]

    def guard(facts: Facts) -> Blockers:
        given = len(facts.decision_days)
        if given >= least:
            return ()
        params = {"given": given, "at_least": least}
        return (Blocker(code="decisions_too_few", field="data.decisions", params=params),)

    return guard


def _decisions_taken(_rules: Rules, _parameters: Mapping[str, Any]) -> Guard:
    def guard(facts: Facts) -> Blockers:
        return tuple(
            Blocker(
                code="decision_ahead",
                field=f"data.decisions[{index}].date",
                params={"date": day.isoformat()},
            )
            for index, day in enumerate(facts.decision_days)
            if day > facts.effective_on
        )

    return guard


def _deadline_ahead(_rules: Rules, _parameters: Mapping[str, Any]) -> Guard:
    def guard(facts: Facts) -> Blockers:
        if facts.new_due_at is None or facts.new_due_at > facts.effective_at:
            return ()
        return (Blocker(code="deadline_not_ahead", field="data.due_at"),)

    return guard


def _deadline_differs(_rules: Rules, _parameters: Mapping[str, Any]) -> Guard:
    def guard(facts: Facts) -> Blockers:
        if facts.new_due_at is None or facts.new_due_at != facts.due_at:
            return ()
        return (Blocker(code="deadline_unchanged", field="data.due_at"),)

    return guard


def _not_before_date(_rules: Rules, parameters: Mapping[str, Any]) -> Guard:
    first: date = parameters["day"]

    def guard(facts: Facts) -> Blockers:
        if facts.effective_on >= first:
            return ()
        params = {"date": first.isoformat()}
        return (Blocker(code="too_early", field="effective_at", params=params),)

    return guard


GUARDS: Mapping[str, GuardKind] = {
    "report_complete": GuardKind(
        label="三张清单都有内容",
        make=_report_complete,
        data="report",
    ),
    "report_within_limit": GuardKind(
        label="字数不超过上限",
        make=_report_within_limit,
        data="report",
    ),
    "no_verdict_yet": GuardKind(
        label="尚无审核结论",
        make=_no_verdict_yet,
    ),
    "scores_in_range": GuardKind(
        label="各项得分齐全，在0至100之间",
        make=_scores_in_range,
        data="scores",
    ),
    "decisions_given": GuardKind(
        label="会议决定不少于规定次数",
        make=_decisions_given,
        parameters={"at_least": "count"},
        data="decisions",
    ),
    "decisions_taken": GuardKind(
        label="会议已经召开",
        make=_decisions_taken,
        data="decisions",
    ),
    "deadline_ahead": GuardKind(
        label="新期限在生效时间之后",
        make=_deadline_ahead,
        data="deadline",
    ),
    "deadline_differs": GuardKind(
        label="新期限与原期限不同",
        make=_deadline_differs,
        data="deadline",
    ),
    "not_before_date": GuardKind(
        label="不早于规定日期",
        make=_not_before_date,
        parameters={"day": "day"},
    ),
}
