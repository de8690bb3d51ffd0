"""The meetings: planned, approved, prepared, their day set and moved, held, and held again."""

from collections.abc import Mapping, Sequence
from typing import Any

from deploy.demo import balloting
from deploy.demo.cast import HOSTS, LIAISON, OFFICE, ORGAN_SECRETARY, SECOND_EYES, VISITED
from deploy.demo.reviews import REVIEW, comment, present_and_comment, report
from deploy.demo.stage import Act, Case, Stage, passed, rows, texts

COMMISSION, PROVINCIAL, FIRST = "u-organ", "u-work-committee", "u-hospital-1"
REDONE = "u-hospital-2"
SMALL = "u-school"  # fewer than a hundred work there
# When each unit means to hold its own, as set at first.
DAYS = {
    FIRST: "2020-01-22",
    REDONE: "2020-02-04",
    "u-maternity": "2020-02-12",
    "u-cdc": "2020-02-14",
    "u-school": "2020-02-12",
}
PLAN = texts("plan", plan="议程：述职、点评、总结讲话、测评。")
MATERIALS = texts("materials", script="主持词", speech="总结讲话")
_SUMMARY = texts("summary", summary="会议按方案召开，测评当场完成。")
_SPEECH = texts("concluding_speech", speech="抓党建要见人见事；点评指出的问题，各单位照单整改。")
# Who comes by invitation, as the office typed it: a capacity and a name in each line.
_GUESTS = ("甲", "乙", "丙", "丁", "戊", "己")
N_GUESTS = len(_GUESTS)
_INVITED = "\n".join(f"先进模范和党员、群众代表,演示来宾{name}" for name in _GUESTS)


def current(stage: Stage, unit: str) -> Case:
    """Return the meeting of *unit* that is on its way, or was last."""
    return stage.of_unit("meeting", unit)[-1]


def on_day(day: str) -> dict[str, Any]:
    """Return the data that set the day, from when until when on it, and where."""
    time = {"from": f"{day}T06:00:00Z", "until": f"{day}T09:20:00Z"}
    called = rows("call", {"time": time, "place": "示例会议室（演示）"})
    return {"planned": {"held": day}, **called}


# --- Prepared ---


def file_plans(stage: Stage) -> None:
    """Let each unit file its plan, which is due on the 14th."""
    due = {current(stage, unit)["due_on"] for unit in HOSTS}
    for unit, by in HOSTS.items():
        stage.act(current(stage, unit)["id"], "file_plan", by, data=PLAN)
    filed = {current(stage, unit)["state"] for unit in HOSTS}
    stage.hold("各单位在1月14日前报送会议方案", (due, filed) == ({"2020-01-14"}, {"plan_filed"}))


def approve_plans(stage: Stage) -> None:
    """Let the organ committee approve the plans."""
    for unit in HOSTS:
        stage.act(current(stage, unit)["id"], "approve_plan", OFFICE)
    on_their_way = [current(stage, unit) for unit in HOSTS]
    told = {(one["state"], one["due_on"]) for one in on_their_way}
    stage.hold(
        "方案经机关党委批准，材料应于1月17日前报送", told == {("plan_approved", "2020-01-17")}
    )


def prepare(stage: Stage) -> None:
    """File the materials and have them approved; no day can be set before the commission's."""
    for unit, by in HOSTS.items():
        stage.act(current(stage, unit)["id"], "file_materials", by, data=MATERIALS)
        stage.act(current(stage, unit)["id"], "approve_materials", OFFICE)
    ready = {current(stage, unit)["state"] for unit in HOSTS}
    stage.hold("主持词和总结讲话在1月17日前报送并批准", ready == {"materials_approved"})
    stage.act(current(stage, PROVINCIAL)["id"], "schedule", LIAISON, data=on_day("2020-01-20"))
    stage.say("   第一示例医院想先定会期，而委里的会期还没有定：")
    meeting = current(stage, FIRST)["id"]
    refused = stage.refuse(meeting, "schedule", HOSTS[FIRST], 422, data=on_day("2020-01-22"))
    stage.check("委会期未定，单位会期不能定", refused == ["day_unknown"])


def cancel(stage: Stage) -> None:
    """Set the commission's day, cancel that meeting, and set the day of the one in its place."""
    first = current(stage, COMMISSION)
    stage.act(first["id"], "schedule", OFFICE, data=on_day("2020-01-22"))
    known = stage.comes_about(lambda: _waiting(stage)["due_on"] == "2020-01-22")
    stage.hold("委述评会议的会期一定，待述职的各件期限即为会期", known)
    stage.act(first["id"], "cancel", ORGAN_SECRETARY, reason="会场另有安排")
    second = current(stage, COMMISSION)
    stage.hold(
        "委述评会议取消后另立一次；等它的案件说明会期待定，并指向新的一次",
        stage.read(first["id"])["final"] == "abandoned"
        and stage.comes_about(lambda: _waits_for(_waiting(stage), second)),
    )
    stage.act(second["id"], "schedule", OFFICE, data=on_day("2020-01-21"))
    moved = stage.comes_about(lambda: _waiting(stage)["due_on"] == "2020-01-21")
    stage.check("新会期定后，期限随之移动", moved)
    for unit, by in HOSTS.items():
        stage.act(current(stage, unit)["id"], "schedule", by, data=on_day(DAYS[unit]))
    told = {unit: current(stage, unit)["due_on"] for unit in HOSTS}
    stage.hold("各单位会期已定，均在委述评会议之后", told == DAYS)


def _waiting(stage: Stage) -> Case:
    """Return a case that is to be heard by the commission."""
    return stage.read(stage.cases[VISITED]["id"])


def _waits_for(case: Case, meeting: Case) -> bool:
    (link,) = [one for one in case["links"] if one["name"] == "meeting"]
    led = [one["number"] for one in link["cases"]]
    waits = case["waits_for"] == {"link": "meeting", "mark": "held"}
    return waits and led == [meeting["number"]]


# --- Held ---


def hold_provincial(stage: Stage) -> None:
    """Hold the province's meeting; a unit's may not be, and is moved."""
    heard = stage.listed(kind=REVIEW, state="cleared", tier="A")
    stage.say("   省直工委还没有开会，就想登记述职：")
    refused = stage.refuse(heard[0]["id"], "present", LIAISON, 422)
    stage.hold("会议未开，不能述职", refused == ["link_not_there"])
    hold(stage, PROVINCIAL, LIAISON, heard)
    stage.clause("C1.1", heard[0]["id"], "comment")
    meeting, by = current(stage, FIRST)["id"], HOSTS[FIRST]
    stage.say("   第一示例医院想赶在委述评会议之前开会：")
    refused = stage.refuse(meeting, "open_session", by, 422)
    early = ["link_not_reached", "too_early"]
    stage.hold("委述评会议未召开、会期未到，单位述评会议不能开", refused == early)
    moved = stage.act(meeting, "move_day", by, reason="避开春节", data=on_day("2020-02-12"))
    stage.hold("会期改到2月12日，期限随之移动", moved.get("due_on") == "2020-02-12")


def hold_commission(stage: Stage) -> None:
    """Hold the commission's meeting: no ballots before each review has its comment."""
    cases = stage.listed(kind=REVIEW, state="cleared", tier="B")
    meeting = current(stage, COMMISSION)["id"]
    stage.act(meeting, "open_session", OFFICE)
    n_there = _call_the_roll(stage, meeting)
    _come_to(stage, meeting, _on_site(stage, cases))
    stage.bulk(cases, "present", OFFICE)
    written = next(case for case in cases if case["id"] in stage.written)
    comment(stage, [case for case in cases if case is not written], OFFICE)
    stage.say("   还有一件书面述职没有点评，就想开始测评：")
    refused = stage.refuse(meeting, "start_balloting", OFFICE, 422)
    lacks = ["link_not_all_reached", "document_lacking"]
    stage.hold("尚有书面述职未点评，不能测评", refused == lacks)
    comment(stage, [written], OFFICE)
    data = texts("further_comment", comment="班子建设抓得紧，望再下沉一级。")
    stage.act(written["id"], "add_comment", LIAISON, data=data)
    stage.act(meeting, "conclude", OFFICE, data=_SPEECH)
    hall = balloting.hand_out(stage, meeting, OFFICE, n_there - N_GUESTS, N_GUESTS)
    hall.rehearse()
    stage.act(meeting, "start_balloting", OFFICE)
    balloting.vote_on_paper_too(stage, hall, (OFFICE, ORGAN_SECRETARY))
    held = stage.act(meeting, "finish", OFFICE)
    stage.hold("每件都点评之后测评，会议开成", held.get("state") == "held")
    stage.clause("C4.4", meeting, "conclude")
    stage.clause("C5.1", meeting, balloting.POLL)


def _call_the_roll(stage: Stage, meeting: str) -> int:
    """List who is expected; hear nobody before a quorum is there; one goes out for their own.

    Return how many came.
    """
    _list(stage, meeting, OFFICE)
    stage.say("   到会的还不够法定人数，就想开始述职：")
    point = rows("agenda_point", {"point": "宣布到会人数"})
    refused = stage.refuse(meeting, "hear", OFFICE, 422, data=point)
    stage.hold("到会不足三分之二，议程不能开始", refused == ["quorum_lacking"])
    told = _let_come(stage, meeting, OFFICE)
    stage.act(meeting, "hear", OFFICE, data=point)
    out = {"row": 1, "way": "out", "why": "concerned", "reason": "点评本人，离席"}
    stage.act(meeting, "take_attendance", OFFICE, data=_moves(out))
    stage.act(meeting, "take_attendance", OFFICE, data=_moves({"row": 1, "way": "in"}))
    counted = stage.told(meeting, "hear")["presence"]["attendance"]
    stage.hold(
        "名册按身份编制，到会签到；每项议程记下当时在场人数和法定人数",
        counted == {"n_present": told, "n_expected": told, "n_needed": -(-told * 2 // 3)},
    )
    stage.clause("C4.3", meeting, "hear")
    return told


def _come_to(stage: Stage, meeting: str, cases: Sequence[Case]) -> None:
    """Have a meeting come to each of those who present on site, and to none before that."""
    stage.say("   会议还没有进行到第一位，就想登记现场述职：")
    refused = stage.refuse(cases[0]["id"], "present", OFFICE, 422)
    stage.hold("会议没有进行到的，不能登记现场述职", refused == ["not_heard_yet"])
    _hear(stage, meeting, cases, OFFICE)


def _on_site(stage: Stage, cases: Sequence[Case]) -> list[Case]:
    """Return those a meeting comes to one by one: who was drawn, and all where nobody drew."""
    return [case for case in cases if case["id"] not in stage.written]


def _hear(stage: Stage, meeting: str, cases: Sequence[Case], by: str) -> None:
    """Have a meeting come to each case, one after the other."""
    for case in cases:
        point = {"heard": f"{REVIEW}/{case['id']}", "point": "现场述职、点评"}
        stage.act(meeting, "hear", by, data=rows("agenda_point", point))


def come_to(
    stage: Stage, meeting: str, cases: Sequence[Case], by: str, guests: str = _INVITED
) -> int:
    """Let everybody come, and have the meeting come to each of *cases*; return how many came."""
    _list(stage, meeting, by, guests)
    n_there = _let_come(stage, meeting, by)
    _hear(stage, meeting, _on_site(stage, cases), by)
    return n_there


def _list(stage: Stage, meeting: str, by: str, guests: str = _INVITED) -> None:
    data = {"rosters": {"attendance": {"file": guests}}}
    stage.act(meeting, "list_attendants", by, data=data)


def _let_come(stage: Stage, meeting: str, by: str) -> int:
    """Let everybody come who is expected; return how many they are."""
    told = stage.told(meeting, "list_attendants")["rosters"]["attendance"]["n_expected"]
    come = [{"row": row, "way": "in"} for row in range(1, told + 1)]
    stage.act(meeting, "take_attendance", by, data=_moves(*come))
    return int(told)


def _moves(*moves: Mapping[str, Any]) -> dict[str, Any]:
    return {"presence": {"attendance": {"moves": list(moves)}}}


def hold_units(*units: str) -> Act:
    """Return the act in which *units* hold theirs."""

    def act(stage: Stage) -> None:
        for unit in units:
            cases = stage.listed(kind=REVIEW, state="cleared", tier="C", unit=unit)
            hold(stage, unit, HOSTS[unit], cases)

    return act


def hold(stage: Stage, unit: str, by: str, heard: Sequence[Case]) -> None:
    meeting = current(stage, unit)["id"]
    stage.act(meeting, "open_session", by)
    if unit == PROVINCIAL:  # that body keeps its own roster, and votes by itself
        present_and_comment(stage, heard, by)
        stage.act(meeting, "start_balloting", by)
    else:
        n_guests = 0 if unit == SMALL else N_GUESTS
        n_there = come_to(stage, meeting, heard, by, _INVITED if n_guests else "")
        present_and_comment(stage, heard, by)
        stage.act(meeting, "conclude", by, data=_SPEECH)
        hall = balloting.hand_out(stage, meeting, by, n_there - n_guests, n_guests)
        stage.act(meeting, "start_balloting", by)
        asked = balloting.vote(hall)
        if unit == SMALL:
            told = [(one["electorate"], one["n_eligible"]) for one in asked]
            everybody = told == [(balloting.MEMBERS, n_there)]
            stage.hold("不足100人的单位：全体干部到会，全体干部测评", everybody)
    stage.act(meeting, "finish", by)


# --- Held again ---


def order_redo(stage: Stage) -> None:
    """Order a unit's whole round to be done again: its reviews go back, a second meeting opens."""
    first = current(stage, REDONE)
    heard = stage.listed(kind=REVIEW, state="commented", tier="C", unit=REDONE)
    data = {"due_at": "2020-02-11T16:00:00Z"}
    stage.act(first["id"], "redo", ORGAN_SECRETARY, reason="走过场，点评不见问题", data=data)
    again = stage.listed(kind=REVIEW, state="drafting", tier="C", unit=REDONE)
    second = current(stage, REDONE)
    stage.hold(
        "责令重开：该单位各件退回起草并另定期限，另立第二次会议",
        len(again) == len(heard) > 0
        and {one["due_on"] for one in again} == {"2020-02-11"}
        and second["number"] != first["number"],
    )
    stage.clause("C4.2", first["id"], "redo")


def prepare_again(stage: Stage) -> None:
    """Bring reports and the second meeting to where the first ones were."""
    by, meeting = HOSTS[REDONE], current(stage, REDONE)["id"]
    for case in stage.listed(kind=REVIEW, state="drafting", unit=REDONE):
        stage.bulk([case], "submit", case["person"], data=report(without=3))
    cases = stage.listed(kind=REVIEW, state="unit_audit", unit=REDONE)
    stage.bulk(cases, "pass_unit_audit", by, data=passed(2))
    stage.act(meeting, "file_plan", by, data=PLAN)
    stage.act(meeting, "approve_plan", OFFICE)
    stage.act(meeting, "file_materials", by, data=MATERIALS)
    stage.act(meeting, "approve_materials", OFFICE)
    stage.act(meeting, "schedule", by, data=on_day("2020-02-14"))


def hold_second(stage: Stage) -> None:
    """Hold what was ordered again, and the one that waited for its last case."""
    hold_units(REDONE, "u-cdc")(stage)
    first, second = stage.of_unit("meeting", REDONE)
    ends = [first["final"], second["state"]]
    stage.hold("重开的第二次会议按期开成", ends == ["abandoned", "held"])


def sum_up(stage: Stage) -> None:
    """File the summaries, which are due on the 20th; the end waits for what is decided."""
    hosts = HOSTS | {COMMISSION: OFFICE, PROVINCIAL: LIAISON}
    due = {current(stage, unit)["due_on"] for unit in hosts}
    for unit, by in hosts.items():
        _keep_minutes(stage, current(stage, unit)["id"], unit, by)
        stage.act(current(stage, unit)["id"], "file_summary", by, data=_SUMMARY)
    stage.act(current(stage, PROVINCIAL)["id"], "close", LIAISON)  # whose decisions are elsewhere
    states = {current(stage, unit)["state"] for unit in hosts}
    told = (due, states) == ({"2020-02-20"}, {"summary_filed", "closed"})
    stage.hold("会议总结在2月20日前报送", told)
    stage.clause("C4.1", current(stage, FIRST)["id"], "file_summary")


def _keep_minutes(stage: Stage, meeting: str, unit: str, by: str) -> None:
    """File the minutes, have somebody else approve them, and correct them by an annex."""
    parts = {"course": "逐人述职、点评。", "outcome": "测评完成。"}
    stage.act(meeting, "file_minutes", by, data=texts("proceedings", **parts))
    if unit == COMMISSION:
        refused = stage.refuse(meeting, "approve_minutes", by, 403)
        stage.hold("纪要由另一人审定", refused == ["four_eyes"])
    stage.act(meeting, "approve_minutes", SECOND_EYES[unit])
    if unit == COMMISSION:
        data = texts("annex", correction="到会人数中来宾一人应为列席。")
        stage.act(meeting, "correct_minutes", by, data=data, reason="记录有误")
