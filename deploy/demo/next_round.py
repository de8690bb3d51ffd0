"""The round after, beside the one that was closed: half-way through when the demo ends.

What was left open is carried over, and every stage has a case in it, late ones and good ones: the
pages that stay open have something to do for whoever signs in. The rules are those of 2019, a year
later, as an office would write them.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from deploy.demo import meetings
from deploy.demo.cast import (
    AUDITORS,
    DEPUTIES,
    HOSPITAL_DEPUTY,
    HOSTS,
    LIAISON,
    OFFICE,
    SCHEME,
    STUCK,
)
from deploy.demo.meetings import COMMISSION, FIRST, PROVINCIAL, REDONE, current
from deploy.demo.reviews import REVIEW, comment, made_up, report
from deploy.demo.stage import CREATED, Act, Case, Stage, passed, rows
from deploy.running import WORKFLOW
from services.workflow import schemes

NEXT = "jilin-health-2020"
CENTRE, MATERNITY = "u-cdc", "u-maternity"
VACATED, LEFT, CAME = "u-association", "p-0115", "p-0019"  # a branch whose secretary left
_CARRIES = (
    "follows: {scheme: jilin-health-2019, carries: "
    "[{case: item, in: [open, reported], ends: carried, as: item}]}\n"
)
_HELD_BY = HOSTS | {COMMISSION: OFFICE, PROVINCIAL: LIAISON}
# In each of these somebody has a review when the demo ends.
STAGES = (
    *("drafting", "unit_audit", "organ_audit", "cleared", "presented", "commented", "scored"),
    *("opinion_given", "opinion_approved", "feedback", "acknowledged", "rectification"),
    *("rectified", "closed"),
)


def _beside(act: Callable[[Stage], None]) -> Act:
    """Let *act* see the round of the year after in place of the stage's own."""

    def of_next(stage: Stage) -> None:
        beside = stage.beside
        if beside is None:
            raise LookupError("the next round was not opened")
        act(beside)

    return of_next


# --- Opened ---


def renew_posts(stage: Stage) -> None:
    """Let the posts go on that would have ended with the year; one branch has nobody then."""
    ends = "until: 2020-12-31"
    text = stage.organisation.read_text(encoding="utf-8")
    (post,) = (line for line in text.splitlines() if LEFT in line and VACATED in line)
    text = text.replace(post, post.replace("2020-12-31", "2020-12-30"))
    stage.reorganise_as(text.replace(ends, "until: 2023-12-31"))


def rules_of_next() -> str:
    """Return the scheme of the year after: that of the year before, as far as it dates nothing."""
    told = schemes.text(SCHEME).decode().replace("2020-", "2021-").replace("2019-", "2020-")
    told = told.replace("2019年", "2020年").replace("for: 2019", "for: 2020")
    told = told.replace(f"id: {SCHEME}", f"id: {NEXT}").replace("〔2020〕", "〔2021〕")
    return told.replace("\nwords:", f"\n{_CARRIES}words:", 1)


def open_next(stage: Stage) -> None:
    """Publish the rules of the year after and open their round beside the closed one."""
    policy = schemes.policy(SCHEME).decode().replace(SCHEME, NEXT)
    files = {"scheme": rules_of_next(), "policy": policy}
    for what, text in files.items():
        file = stage.folder / f"{NEXT}.{what}.yaml"
        file.write_text(text, encoding="utf-8")
        stage.say(f"   {stage.operate(WORKFLOW, what, 'import', str(file)).splitlines()[-1]}")
    left = [one["id"] for one in stage.listed(kind="item") if one["state"] == "open"]
    opened = stage.api.post(
        "/v1/cycles", {"scheme": NEXT, "unit": COMMISSION, "year": 2020}, OFFICE
    )
    stage.beside = beside = replace(stage, cycle=opened.body["id"], plot=frozenset(), cases={})
    beside.remember()
    carried = [one for one in stage.listed(kind="item") if one["id"] in left]
    stage.hold(
        "下一年度考核周期在旁开启，未完成的整改事项结转，编号另起，指明原来的事项",
        opened.status == CREATED
        and bool(left)
        and {one["final"] for one in carried} == {"carried"}
        and len(beside.listed(kind="item")) == len(left),
    )


# --- Reports and audits ---


@_beside
def submit(stage: Stage) -> None:
    """Hand in the reports, but one that is late; what was carried over is answered for."""
    carried = stage.listed(kind="item")
    for case in stage.rest("drafting"):
        if case["person"] != STUCK:
            data = report()
            data["documents"]["report"]["answers"] = [
                {"case": f"item/{one['id']}", "text": "已转入本年度，4月底前完成。"}
                for one in carried
                if one["unit"] == case["unit"]
            ]
            stage.bulk([case], "submit", case["person"], data=data)
    stage.open("visit", OFFICE, CENTRE)


@_beside
def audit(stage: Stage) -> None:
    """Audit what came; the first hospital's office sends one back and leaves the rest."""
    for unit, by in DEPUTIES.items():
        stage.bulk(stage.rest("unit_audit", "B", unit), "pass_unit_audit", by, data=passed())
    (own,) = stage.of_unit(REVIEW, FIRST)
    stage.bulk([own], "pass_unit_audit", HOSPITAL_DEPUTY, data=passed())
    for unit, by in AUDITORS.items():
        waiting = stage.rest("unit_audit", "C", unit)
        if unit == FIRST:
            back, *_, one, two = waiting
            found = rows("findings", {"place": "problems", "paragraph": "1", "finding": "没有事例"})
            found["documents"]["assessment"] = passed()["documents"]["assessment"]
            stage.bulk([back], "return_unit_audit", by, data=found)
            waiting = [one, two]
        stage.bulk(waiting, "pass_unit_audit", by, data=passed())
    stage.bulk(stage.rest("organ_audit", "B"), "pass_organ_audit", OFFICE, data=passed())
    stage.bulk(stage.rest("organ_audit", "A"), "pass_organ_audit", LIAISON, data=passed())


# --- Meetings ---


@_beside
def plan(stage: Stage) -> None:
    """Plan the units' meetings; the first hospital's plan still waits for its approval."""
    for unit, by in HOSTS.items():
        stage.act(current(stage, unit)["id"], "file_plan", by, data=meetings.PLAN)
        if unit != FIRST:
            stage.act(current(stage, unit)["id"], "approve_plan", OFFICE)


@_beside
def prepare(stage: Stage) -> None:
    """Set the days; of one unit the materials wait for their approval."""
    days = {PROVINCIAL: "2021-01-20", COMMISSION: "2021-01-21"}
    days |= {CENTRE: "2021-01-26", REDONE: "2021-01-27", MATERNITY: "2021-02-05"}
    for unit, by in HOSTS.items():
        if unit != FIRST:
            stage.act(current(stage, unit)["id"], "file_materials", by, data=meetings.MATERIALS)
        if unit in days:
            stage.act(current(stage, unit)["id"], "approve_materials", OFFICE)
    for unit, day in days.items():
        by = _HELD_BY[unit]
        stage.act(current(stage, unit)["id"], "schedule", by, data=meetings.on_day(day))


def _hold(unit: str, tier: str) -> Act:
    """Return the act in which *unit* holds its meeting, over what is cleared of *tier*."""

    @_beside
    def act(stage: Stage) -> None:
        below = unit if tier == "C" else ""
        heard = stage.listed(kind=REVIEW, state="cleared", tier=tier, unit=below)
        meetings.hold(stage, unit, _HELD_BY[unit], heard)

    return act


hold_provincial, hold_commission = _hold(PROVINCIAL, "A"), _hold(COMMISSION, "B")
hold_centre, hold_hospital = _hold(CENTRE, "C"), _hold(REDONE, "C")


@_beside
def begin(stage: Stage) -> None:
    """Begin a meeting that is not over when the demo ends: one was heard, one has its comment."""
    by = HOSTS[MATERNITY]
    meeting = current(stage, MATERNITY)["id"]
    stage.act(meeting, "open_session", by)
    first, second, *_ = stage.rest("cleared", "C", MATERNITY)
    meetings.come_to(stage, meeting, [first, second], by)
    stage.bulk([first, second], "present", by)
    comment(stage, [first], by)


# --- What came of it ---


@_beside
def score(stage: Stage) -> None:
    """Score those whom province and commission heard."""
    for case in stage.rest("commented", "A"):
        stage.bulk([case], "score", LIAISON, data=_counted_elsewhere())
    _score(stage, stage.rest("commented", "B"), OFFICE)


@_beside
def score_units(stage: Stage) -> None:
    """Score those whom two units heard; of the centre one is left."""
    _score(stage, stage.rest("commented", "C", REDONE), HOSTS[REDONE])
    _score(stage, stage.rest("commented", "C", CENTRE)[1:], HOSTS[CENTRE])
    decided = {"decisions": [{"date": "2021-01-28", "minutes": "党委会议纪要〔2021〕2号"}]}
    for unit in (COMMISSION, REDONE):
        stage.act(current(stage, unit)["id"], "give_opinions", _HELD_BY[unit], data=decided)


@_beside
def fill_vacancy(stage: Stage) -> None:
    """Let the branch without a secretary have one, whose report is late from the first day."""
    post = f"  - {{person: {CAME}, unit: {VACATED}, role: secretary, from: 2021-01-25}}\n"
    before = f"  - {{person: {LEFT}, unit: {VACATED}"
    stage.reorganise((before, post + before))
    stage.open(REVIEW, OFFICE, VACATED)
    stage.remember()
    stage.fire(CAME, "submit", CAME, data=report())


@_beside
def decide(stage: Stage) -> None:
    """Record what the second body decided, and what the province did."""
    decided = {"decisions": [{"date": "2021-02-01", "minutes": "党组会议纪要〔2021〕3号"}]}
    stage.act(current(stage, COMMISSION)["id"], "approve_opinions", OFFICE, data=decided)
    for case in stage.rest("scored", "A"):
        stage.bulk([case], "give_feedback", LIAISON, data=decided)


@_beside
def feed_back(stage: Stage) -> None:
    """Tell most their result; some have read it, begun with what is to be mended, or ended."""
    _, *told = stage.rest("opinion_approved", "B")
    stage.bulk(told, "give_feedback", OFFICE)
    steps = ("acknowledge", "start_rectification", "report_rectification")
    for n_steps, case in enumerate(told[:4]):
        for step in steps[:n_steps]:
            stage.fire(case["person"], step, case["person"])
    (ended,) = told[4:5]
    for step in steps:
        stage.fire(ended["person"], step, ended["person"])
    stage.fire(ended["person"], "close", OFFICE)
    away = stage.rest("cleared", "C", FIRST)[-1]
    stage.bulk([away], "suspend", HOSTS[FIRST], reason="书记脱产学习")


def look(stage: Stage) -> None:
    """See that what the pages open on is worth it."""
    beside = stage.beside
    if beside is None:
        raise LookupError("the next round was not opened")
    reviews = beside.listed(kind=REVIEW)
    today = "2021-02-05"
    late = {one["id"] for one in reviews if one["due_on"] and one["due_on"] < today}
    good = {one["id"] for one in reviews if one["due_on"] and one["due_on"] >= today}
    stage.hold(
        "演示停在下一年度的中途：述职评议每个阶段都有案件，有逾期的，也有按期的",
        {one["state"] for one in reviews} >= set(STAGES)
        and any(one["suspended"] for one in reviews)
        and bool(late)
        and bool(good),
    )


def _score(stage: Stage, cases: Sequence[Case], by: str) -> None:
    for n, case in enumerate(cases):
        stage.bulk([case], "score", by, data=made_up(n))


def _counted_elsewhere() -> dict[str, Any]:
    """Return a figure of the province, which counts its own ballots."""
    told = made_up(0)
    told["components"]["ballot"] = "94.50"
    return told
