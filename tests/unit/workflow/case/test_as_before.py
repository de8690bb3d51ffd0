"""A scheme of format 1 runs under this engine as it ran under its own: same answers, same days.

The two are asked the same thing at random, again and again, and must agree on who may, on every
reason against it, and on where the case stands after.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.calendar import end_of_day, local_day
from schemas.document import read_document
from schemas.instants import instant
from schemas.streams import Stream
from services.workflow.domain.authority.firing import Candidate, why_not_fire
from services.workflow.domain.case.acting import why_not_fire as why_not
from services.workflow.domain.decision import (
    Act,
    Circumstances,
    Decided,
    clamp,
    decide,
    standing_at_opening,
)
from services.workflow.domain.language.loading import load
from services.workflow.domain.report import count_report
from services.workflow.domain.review import Review, evolve, open_review
from services.workflow.domain.scheme import Scheme
from tests.unit.workflow.case.played import CALENDAR, Play

TEXT = read_document(
    Path("services/workflow/schemes/jilin-health-2019.yaml").read_text(), yaml.compose, "f"
)
FIRST, LIFTED = Scheme.parse(TEXT), load(TEXT)
RENAMED = {"report_list_empty": "part_empty", "report_too_long": "document_too_long"}
NUMBERS = ("2019-A-0001", "2019-B-0003", "2019-B-0001", "2019-C-0001", "2019-C-0004")
PEOPLE = tuple(
    f"{role}.{unit}"
    for unit in ("w", "c", "c.h1", "c.h1.a", "c.o1", "c.h1.g.a")
    for role in ("secretary", "deputy_secretary", "office", "liaison")
)
MANY = 5  # states: what may be done in so many leads nowhere
PARTS = ("achievements", "problems", "tasks")


@dataclass
class Before:
    """A case as the engine of format 1 has it."""

    play: Play
    review: Review

    @classmethod
    def of(cls, play: Play, number: str) -> "Before":
        case = play.case(number)
        data = {
            "number": case.number,
            "cycle": case.cycle,
            "person": case.person,
            "unit": case.unit,
            "kind": case.unit_kind,
            "tier": case.tier,
            "path": list(case.path),
            "audits": [{"stage": one.stage, "body": one.body} for one in case.audits],
            "hearing_body": case.parties["hearing_body"],
            "state": case.initial,
            "effective_at": instant(case.opened_at),
        }
        made = cls(play, open_review(Stream("review", case.id), data, FIRST.hash, case.recorded_at))
        data |= standing_at_opening(made.review, made.by)
        made.review = open_review(Stream("review", case.id), data, FIRST.hash, case.recorded_at)
        return made

    @property
    def by(self) -> Circumstances:
        return Circumstances(
            tier=FIRST.tiers[self.review.tier],
            scheme=FIRST,
            organisation=self.play.organisation,
            calendar=CALENDAR,
        )

    def fire(self, trigger: str, person: str, given: dict[str, Any], at: datetime | None) -> Any:
        """Return why not, or what was recorded."""
        now = self.play.now
        effective_at = max(now, self.review.effective_at) if at is None else clamp(at, now)
        transition = self.by.tier.transition(trigger)
        day = local_day(min(effective_at, now), FIRST.zone)
        candidate = Candidate(person, self.play.organisation, day)
        why = why_not_fire(candidate, self.review, transition)
        if why:
            return [why]
        report = given.get("report")
        act = Act(
            trigger=trigger,
            effective_at=effective_at,
            now=now,
            reason_given="reason" in given,
            characters=None if report is None else count_report(**report),
            scores=given.get("scores", {}),
            due_at=given.get("due_at"),
        )
        decided = decide(self.review, act, self.by)
        if not isinstance(decided, Decided):
            return [RENAMED.get(one.code, one.code) for one in decided.blockers]
        data = dict(decided.data)
        if report is not None:
            data["report"] = {"version": self.review.n_reports + 1}
        if "findings" in given:
            data["findings"] = given["findings"]
        self.review = evolve(self.review, decided.fact, data, person, now)
        return []


def standing(review: Review) -> tuple[Any, ...]:
    holder = review.holder
    return (
        review.state,
        review.version,
        holder and (holder.unit, holder.role, holder.person),
        review.due_at,
        review.due_fixed,
        review.entered_at,
        review.effective_at,
        review.suspended_at,
        review.paused_days,
        review.scores.get("grade"),
        review.scores.get("final"),
    )


def standing_now(play: Play, number: str) -> tuple[Any, ...]:
    case = play.case(number)
    holder, graded = case.holder, next(iter(case.grades.values()), None)
    return (
        case.state,
        case.version,
        holder and (holder.unit, holder.role, holder.person),
        case.due_at,
        case.due.by_hand,
        case.entered_at,
        case.effective_at,
        case.suspended_at,
        case.paused_days,
        graded and graded.name,
        graded and f"{graded.figure:.2f}",
    )


class Asking:
    """What is asked next, the same of both."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - repeatable, not secret

    def mostly(self) -> bool:
        return self.random.random() < 0.85

    def trigger(self, play: Play, number: str) -> str:
        """Return any trigger; mostly one that the state allows and that leads on."""
        case = play.case(number)
        triggers = play.world.life(case).triggers
        fitting = [name for name, one in triggers.items() if case.state in one.sources]
        leading = [name for name in fitting if len(triggers[name].sources) < MANY]
        if leading and self.mostly():
            return self.random.choice(leading)
        return self.random.choice(fitting if fitting and self.mostly() else [*triggers])

    def person(self, play: Play, number: str, trigger: str) -> str:
        """Return anybody; mostly somebody who may."""
        case, world = play.case(number), play.world
        able = [
            person
            for person in PEOPLE
            if not why_not(
                Candidate(person, world.organisation, world.day(play.now)),
                case,
                world.life(case).triggers[trigger],
                world,
            )
        ]
        return self.random.choice(able if able and self.mostly() else list(PEOPLE))

    def given(self, data: str, play: Play) -> dict[str, Any]:
        given: dict[str, Any] = {}
        if self.mostly():
            given["reason"] = "r"
        if data == "report":
            sizes = self.random.choice(
                [(3, 3, 3), (3, 0, 3), (1500, 1400, 200), (1000, 1000, 1000)]
            )
            given["report"] = {part: "字" * n for part, n in zip(PARTS, sizes, strict=True)}
        elif data == "findings":
            given["findings"] = ["f"]
        elif data == "scores":
            figures = (f"{self.random.uniform(50, 100):.2f}" for _ in range(2))
            given["scores"] = dict(zip(("ballot", "superior"), map(Decimal, figures), strict=True))
        elif data == "deadline":
            day = local_day(play.now, FIRST.zone) + timedelta(self.random.randint(-2, 20))
            given["due_at"] = end_of_day(day, FIRST.zone)
        return given

    def effective_at(self, play: Play) -> datetime | None:
        hours = None if self.mostly() else self.random.choice([-30, -3, 0, 400, -400])
        return None if hours is None else play.now + timedelta(hours=hours)


def as_now(given: dict[str, Any]) -> dict[str, Any]:
    """Return the data as this engine takes them."""
    data: dict[str, Any] = {}
    if "report" in given:
        data["documents"] = {"report": {"parts": given["report"]}}
    if "findings" in given:
        data["documents"] = {"findings": {"rows": [{"finding": "f"}]}}
    if "scores" in given:
        data["components"] = {name: str(figure) for name, figure in given["scores"].items()}
    if "due_at" in given:
        data["due_at"] = instant(given["due_at"])
    return data


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("number", NUMBERS)
def test_both_engines_say_the_same_and_leave_a_case_where_the_other_does(number: str, seed: int):
    play, asking = Play(LIFTED), Asking(seed * 1_000 + NUMBERS.index(number))
    play.open()
    before = Before.of(play, number)
    assert standing_now(play, number) == standing(before.review)
    for _ in range(40):
        trigger = asking.trigger(play, number)
        person = asking.person(play, number, trigger)
        given = asking.given(before.by.tier.transition(trigger).data, play)
        at = asking.effective_at(play)
        more = {"reason": given["reason"]} if "reason" in given else {}
        data = as_now(given)
        answer = play.act(number, trigger, person, data=data, effective_at=at, **more)
        told = before.fire(trigger, person, given, at)
        assert [one.code for one in answer.blockers] == told, (trigger, person, at)
        assert answer.faults == (), trigger
        assert standing_now(play, number) == standing(before.review), trigger
        if asking.random.random() < 0.3:
            play.now += timedelta(hours=asking.random.randint(1, 60))
    play.replayed()
