"""Two bodies decide one after the other (C5.3), one figure was wrong, and what follows."""

from typing import Any

from deploy.demo.cast import HOSTS, LATE, OFFICE, ORGAN_SECRETARY
from deploy.demo.meetings import COMMISSION, current
from deploy.demo.reviews import MISTYPED, superior
from deploy.demo.stage import Case, Stage, rows


def _decided(day: str, minutes: str) -> dict[str, Any]:
    return {"decisions": [{"date": day, "minutes": minutes}]}


def first_body(stage: Stage) -> None:
    """Record what the committees decided, once for all that each meeting heard."""
    for unit, by in (HOSTS | {COMMISSION: OFFICE}).items():
        meeting, minutes = current(stage, unit)["id"], "党委会议纪要〔2020〕2号"
        stage.act(meeting, "give_opinions", by, data=_decided("2020-02-20", minutes))
        stage.clause("C5.3", meeting, "give_opinions")
        if unit != COMMISSION:  # which waits for the second body
            stage.act(meeting, "close", OFFICE)


def second_body(stage: Stage) -> None:
    """Record what the leadership group decided; then correct a score."""
    meeting, minutes = current(stage, COMMISSION)["id"], "党组会议纪要〔2020〕5号"
    stage.act(meeting, "approve_opinions", OFFICE, data=_decided("2020-02-24", minutes))
    stage.clause("C5.3", meeting, "approve_opinions")
    heard = stage.listed(kind="review", tier="B")
    stage.hold(
        "总体意见先经党委会议、再经党组会议，两次决定各有日期和纪要号",
        {one["state"] for one in heard if one["state"].startswith("op")} == {"opinion_approved"},
    )
    stage.act(meeting, "close", OFFICE)
    _correct(stage)


def interviews(stage: Stage) -> None:
    """Hold the interviews, to which nobody is called before the feedback."""
    for case in stage.listed(kind="interview", state="called"):
        by, told = _interviewer(case), "谈了差距和原因，明确了整改时限。"
        talk = {"day": "2020-02-26", "interviewer": by, "record": told}
        stage.bulk([case], "hold", by, data=rows("interview_record", talk))
    held = stage.listed(kind="interview", state="held")
    stage.hold(
        "一般和差的均已约谈并登记",
        bool(held) and not stage.listed(kind="interview", state="called"),
    )
    for case in held[:1]:
        stage.clause("C6", case["id"], "hold")


def _correct(stage: Stage) -> None:
    stage.say(f"   {LATE} 的上级评议得分登记成 {MISTYPED}，等次一般；还没有反馈，谁也不知道：")
    right = superior(*["91.00"] * 3)
    case = stage.fire(LATE, "correct_score", ORGAN_SECRETARY, reason="登记有误", data=right)
    stage.hold(
        "两个会议审议之后更正得分：决定保留，等次随之更正，从未立过约谈",
        case.get("state") == "opinion_approved" and not stage.of_unit("interview", "u-talent"),
    )


def _interviewer(case: Case) -> str:
    unit = next((unit for unit in HOSTS if case["unit"].startswith(f"{unit}-")), "")
    return HOSTS.get(unit, OFFICE)
