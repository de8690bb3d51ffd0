"""One command against one review as it stands: what would be recorded, or what the answer is.

The order of checks is part of the contract: absent or not yours (`hidden`), key seen before
(the caller asks the store), stale version, authority, state, guards and data (`judge`). Nothing is
written here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas.calendar import local_day
from services.workflow.application import trigger_data
from services.workflow.application.commands import Command, Outcome
from services.workflow.application.envelopes import Sealer
from services.workflow.application.ports import Text
from services.workflow.application.rulebook import ZONE, Rulebook, Rules
from services.workflow.application.trigger_data import TriggerData
from services.workflow.domain.authority import authorise
from services.workflow.domain.decision import Act, Decided, clamp, decide, report_warnings
from services.workflow.domain.organisation import Organisation
from services.workflow.domain.refusals import Blocker
from services.workflow.domain.report import count_report
from services.workflow.domain.review import Review


@dataclass(kw_only=True, slots=True)
class Accepted:
    """What a command will record."""

    rules: Rules
    review: Review
    fact: str
    data: Mapping[str, Any]
    texts: tuple[Text, ...]
    at: datetime


@dataclass(kw_only=True, slots=True)
class Rejected:
    """Why a command is not done; *recorded* ones leave a trace in the refusals stream."""

    outcome: Outcome
    recorded: bool
    effective_at: datetime
    rules: Rules | None = None


class Judge:
    """Decides commands; made once, shared by all threads."""

    def __init__(self, rulebook: Rulebook, sealer: Sealer) -> None:
        self._rulebook = rulebook
        self._sealer = sealer

    def hidden(
        self, command: Command, review: Review, organisation: Organisation, now: datetime
    ) -> Rejected | None:
        """Return the answer to who may not see *review*, which exists; None to who may.

        It comes before any word about a key: a used one must not tell which cases there are.
        """
        # What one may see is asked as of now; what one may do, as of when it takes effect.
        rules = self._rulebook.of(review.cycle)
        today = local_day(now, rules.scheme.zone)
        sees = authorise(command.actor, "review.find", organisation, today, review=review)
        if sees.allowed:
            return None
        # The scope is the token's business and told; all else is not told apart from absent.
        status = 403 if sees.reason == "client_scope" else 404
        outcome = Outcome(status=status, blockers=(Blocker(code=sees.reason),))
        at = _effective_at(command, review, now)
        # A word that is no trigger was typed by somebody, and nothing typed enters the log.
        known = rules.scheme.tiers[review.tier].transition(command.trigger) is not None
        return Rejected(outcome=outcome, recorded=known, effective_at=at)

    def judge(
        self, command: Command, review: Review, organisation: Organisation, now: datetime
    ) -> Accepted | Rejected:
        """Return what *command* does to *review*, which its actor may see."""
        at = _effective_at(command, review, now)
        rules = self._rulebook.of(review.cycle)
        # What lies in the future is refused for that below, whoever will hold which post then.
        day = local_day(min(at, now), rules.scheme.zone)

        def rejected(outcome: Outcome, *, recorded: bool = True) -> Rejected:
            return Rejected(outcome=outcome, recorded=recorded, effective_at=at, rules=rules)

        if command.if_match is not None and command.if_match != review.version:
            return rejected(stale(review, command.if_match), recorded=False)
        tier = rules.scheme.tiers[review.tier]
        transition = tier.transition(command.trigger)
        if transition is None:
            unknown = Blocker(code="unknown_trigger", field="trigger")
            known = tuple(tier.transitions)
            outcome = Outcome(status=422, review=review, blockers=(unknown,), allowed=known)
            return rejected(outcome, recorded=False)
        verdict = authorise(
            command.actor,
            "review.trigger",
            organisation,
            day,
            review=review,
            transition=transition,
            trigger=command.trigger,
            client_triggers=rules.scheme.client_triggers,
        )
        if not verdict.allowed:
            blocker = Blocker(code=verdict.reason)
            return rejected(Outcome(status=403, review=review, blockers=(blocker,)))
        components = (component.name for component in rules.scheme.scoring.components)
        given, faults = trigger_data.check(transition.data, components, command.data)
        by = rules.circumstances(review.tier, organisation)
        decided = decide(review, _act(command, given, at, now), by)
        if isinstance(decided, Decided) and not faults:
            return self._accepted(command, review, given, decided, rules, at)
        if not isinstance(decided, Decided) and not decided.fits:
            allowed = tier.triggers_from(review.state, review.suspended_at is not None)
            outcome = Outcome(status=409, review=review, blockers=decided.blockers, allowed=allowed)
            return rejected(outcome)
        blockers = () if isinstance(decided, Decided) else decided.blockers
        faulty = {fault.field for fault in faults}
        told = tuple(blocker for blocker in blockers if blocker.field not in faulty)
        outcome = Outcome(status=422, review=review, blockers=told, faults=faults)
        return rejected(outcome, recorded=not faults)

    def absent(self, command: Command, organisation: Organisation, now: datetime) -> Outcome:
        """Return the answer about a review that does not exist: the same as for a hidden one."""
        day = local_day(now, ZONE)
        sees = authorise(command.actor, "review.find", organisation, day)
        # A token without the scope is told so either way, or it could tell which cases exist.
        if sees.reason == "client_scope":
            return Outcome(status=403, blockers=(Blocker(code=sees.reason),))
        return Outcome(status=404, blockers=(Blocker(code="not_found"),))

    def _accepted(
        self,
        command: Command,
        review: Review,
        given: TriggerData,
        decided: Decided,
        rules: Rules,
        at: datetime,
    ) -> Accepted:
        data, texts = dict(decided.data), list[Text]()

        def committed(text: str) -> dict[str, Any]:
            commitment, row = self._sealer.commit(text)
            texts.append(row)
            return commitment

        if command.reason:
            data["reason"] = committed(command.reason)
        if command.reference:
            data["reference"] = committed(command.reference)
        if given.report is not None:
            characters = count_report(**given.report)
            data["report"] = {
                "version": review.n_reports + 1,
                "characters": {
                    "achievements": characters.achievements,
                    "problems": characters.problems,
                    "tasks": characters.tasks,
                    "total": characters.total,
                },
                "warnings": list(report_warnings(characters, rules.scheme)),
            } | {part: committed(text) for part, text in given.report.items()}
        if given.findings:
            data["findings"] = [committed(text) for text in given.findings]
        if given.decisions:
            data["decisions"] = [
                {
                    "body": one["body"],
                    "date": one["date"].isoformat(),
                    "minutes": committed(one["minutes"]),
                }
                for one in given.decisions
            ]
        return Accepted(
            rules=rules, review=review, fact=decided.fact, data=data, texts=tuple(texts), at=at
        )


def stale(review: Review, expected: int) -> Outcome:
    """Return the answer to an `If-Match` that names another version than the present one."""
    params = {"expected": expected, "version": review.version}
    blocker = Blocker(code="stale_version", field="If-Match", params=params)
    return Outcome(status=412, review=review, blockers=(blocker,))


def _effective_at(command: Command, review: Review, now: datetime) -> datetime:
    if command.effective_at is None:
        # Another replica's clock may have been ahead of ours when it wrote the last event.
        return max(now, review.effective_at)
    return clamp(command.effective_at, now)


def _act(command: Command, given: TriggerData, at: datetime, now: datetime) -> Act:
    return Act(
        trigger=command.trigger,
        effective_at=at,
        now=max(now, at) if command.effective_at is None else now,
        reason_given=bool(command.reason),
        characters=None if given.report is None else count_report(**given.report),
        scores=given.scores,
        decision_days=tuple(one["date"] for one in given.decisions),
        due_at=given.due_at,
    )
