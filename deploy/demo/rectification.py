"""Rectification: items, how far they are, what is verified or taken up again, and the end."""

from collections.abc import Iterable

from deploy.demo.cast import (
    HOSPITAL_SECRETARY,
    HOSTS,
    LATE,
    LIAISON,
    NEWCOMER,
    OFFICE,
    ORGAN_SECRETARY,
    OVERDUE,
    RECALLED,
    RETURNED,
    SUCCESSOR,
    SUSPENDED,
    VISITED,
)
from deploy.demo.reviews import REVIEW
from deploy.demo.stage import CREATED, Case, Stage, rows, texts

LEAD = "p-0037"
# Where an item of their own is still open when the year's reviews are closed.
LEFT_OPEN = ("u-blood", "u-hospital-1-05", "u-hospital-1-06")
STANDING, STAGES, AT_ONCE = "standing", "by_stages", "at_once"
_WHY_CLOSED = "考核工作已完成；未结的整改事项已逾期催办，由各单位继续整改，按期核验"
_LOOKED = rows("verification", {"how": "on_the_spot", "remark": "逐月抽看，记录齐全。"})


def item(problem: str, owner: str, due: str, pace: str = STAGES, **more: str) -> dict[str, str]:
    """Return a row of the three lists."""
    told = {"problem": problem, "found_by": "commented", "measure": "列出计划，逐月检查"}
    return told | {"owner": owner, "pace": pace, "due": due} | more


def rectify(stage: Stage) -> None:
    """Begin rectification; of two, the rows of the lists become items."""
    lists = rows(
        "lists",
        item("组织生活记录不全", "p-0036", "2020-04-10", lead=LEAD),
        item("党员教育缺少针对性", "p-0039", "2020-05-20", STANDING, found_by="judged"),
    )
    stage.fire(HOSPITAL_SECRETARY, "start_rectification", HOSPITAL_SECRETARY, data=lists)
    items = stage.of_unit("item", "u-hospital-1")
    told = [(one["holder"]["person"], one["due_on"], one["state"]) for one in items]
    stage.hold(
        "清单的每一行成为一个整改事项，各有责任人和期限",
        told == [("p-0036", "2020-04-10", "open"), ("p-0039", "2020-05-20", "open")],
    )
    for case in stage.listed(kind=REVIEW, state="feedback"):
        own = item("谈心谈话覆盖面不够", case["person"], "2020-05-08", found_by="oneself")
        data = rows("lists", own) if case["unit"] in LEFT_OPEN else {}
        stage.bulk([case], "start_rectification", case["person"], data=data)


def note_progress(stage: Stage) -> None:
    """Tell how far items are; one is granted another day, and all may read how it goes."""
    first, second = stage.of_unit("item", "u-hospital-1")
    stage.act(
        first["id"], "note_progress", LEAD, data=texts("progress_note", progress="已核对半数。")
    )
    asked = rows("extension_request", {"until": "2020-05-29", "grounds": "集中授课因疫情推迟"})
    stage.act(second["id"], "ask_extension", "p-0039", data=asked)
    until = {"due_at": "2020-05-29T16:00:00Z"}
    later = stage.act(second["id"], "change_deadline", OFFICE, data=until, reason="疫情防控")
    stage.hold("整改事项申请延期，上级写明理由另定期限", later.get("due_on") == "2020-05-29")
    opened = stage.open("progress_bulletin", OFFICE, "u-organ").body["case"]
    told = {"bulletins": {"progress": {"range": "everybody_below"}}}
    case = stage.act(opened["id"], "circulate", OFFICE, data=told)
    following = stage.listed(kind="progress_bulletin", state="preparing")
    stage.hold(
        "整改进展定期通报：一期发布，下一期即立案",
        case.get("final") == "completed" and bool(following),
    )


def send_item_back(stage: Stage) -> None:
    """Report an item, which is sent back, and comes again."""
    one = stage.of_unit("item", "u-hospital-1")[0]
    evidence = texts("evidence", done="已补齐记录，并核对一遍。")
    stage.act(one["id"], "report", "p-0036", data=evidence)
    remarks = texts("remarks", remark="第三季度的仍缺") | {"due_at": "2020-04-24T16:00:00Z"}
    back = stage.act(one["id"], "send_back", OFFICE, data=remarks)
    again = (back.get("state"), back.get("due_on"), back.get("holder", {}).get("person"))
    stage.hold("核验不过的事项退回责任人，另定期限", again == ("open", "2020-04-24", "p-0036"))


def verify_item(stage: Stage) -> None:
    """Report it again, and let it be verified."""
    one = stage.of_unit("item", "u-hospital-1")[0]
    evidence = texts("evidence", done="第三季度的也已补齐。")
    stage.act(one["id"], "report", "p-0036", data=evidence)
    more = texts("evidence", done="附第三季度记录目录。")
    stage.act(one["id"], "add_evidence", "p-0036", data=more)
    stage.act(one["id"], "mark", OFFICE, reason="记录本与党员名册逐人对应，可供各支部借鉴")
    stage.clause("C9", one["id"], "mark")
    verified = stage.act(one["id"], "verify", OFFICE, data=_LOOKED)
    stage.hold("再次报告后由上级核验通过", verified.get("final") == "completed")
    stage.clause("C7", one["id"], "verify")
    review = stage.cases[HOSPITAL_SECRETARY]["id"]
    model = {"data": {"flags": {"model": True}}, "reason": "一述一评后逐条建账，做法可推广"}
    stage.act(review, "mark", OFFICE, **model)
    stage.clause("C9", review, "mark")


def reopen_item(stage: Stage) -> None:
    """Take up again what a spot check found not to hold."""
    first, second = stage.of_unit("item", "u-hospital-1")
    again = item("组织生活记录又有缺页", "p-0036", "2020-05-22", AT_ONCE)
    again |= {"found_by": "inspected", "earlier": f"item/{first['id']}"}
    data = rows("lists", {"row": 1}, {"row": 2}, again)
    review = stage.cases[HOSPITAL_SECRETARY]["id"]
    stage.act(review, "reopen_items", OFFICE, data=data, reason="抽查发现记录缺页")
    taken_up = stage.of_unit("item", "u-hospital-1")[-1]
    stage.hold(
        "核验过的事项经抽查重新整改：另立一项，指明原来的事项",
        (taken_up["state"], taken_up["number"]) == ("open", f"{first['number'][:-2]}03")
        and second["state"] == "open",
    )


def close(stage: Stage) -> None:
    """Close what is done, and leave the rest."""
    _close_over_items(stage)
    stage.fire(ORGAN_SECRETARY, "close", LIAISON, reference="省直工委函〔2020〕41号")
    by = {LATE: OFFICE, NEWCOMER: OFFICE, VISITED: OFFICE, RETURNED: "p-0040", SUCCESSOR: "p-0040"}
    by |= {OVERDUE: "p-0067", RECALLED: "p-0098", SUSPENDED: "p-0093"}
    for person, who in by.items():
        stage.fire(person, "close", who)
    # Some stay open, over items that are late: what is left undone is what the stuck list is for.
    stage.bulk(_done(stage.rest("rectification", "B")), "close", OFFICE)
    for unit, who in HOSTS.items():
        stage.bulk(_done(stage.rest("rectification", "C", unit)), "close", who)


def _done(cases: Iterable[Case]) -> list[Case]:
    """Return those of *cases* whose own lists have been worked off."""
    return [case for case in cases if case["unit"] not in LEFT_OPEN]


def _close_over_items(stage: Stage) -> None:
    review = stage.cases[HOSPITAL_SECRETARY]["id"]
    stage.say("   机关党委办公室想在还有事项未完成时办结：")
    refused = stage.refuse(review, "close", OFFICE, 422)
    stage.hold("还有整改事项未核验，考核不能办结", refused == ["link_not_all_ended"])
    for one, owner in zip(
        stage.of_unit("item", "u-hospital-1")[1:], ("p-0039", "p-0036"), strict=True
    ):
        stage.act(one["id"], "report", owner, data=texts("evidence", done="已按计划完成。"))
        stage.act(one["id"], "verify", OFFICE, data=_LOOKED)
    result = texts("result", result="三个事项均已完成。")
    told = stage.act(review, "report_rectification", HOSPITAL_SECRETARY, data=result)
    desk = told.get("holder", {}).get("unit")
    stage.hold(
        "整改中经办人有事可办：报告整改完成，交上级核",
        (told.get("state"), desk) == ("rectified", "u-organ"),
    )
    closed = stage.act(review, "close", OFFICE)
    stage.hold("事项全部核验后办结", closed.get("final") == "completed")


def close_round(stage: Stage) -> None:
    """Close the round by a decision: what is late in it stays with who has it (C8)."""
    path = f"/v1/cycles/{stage.cycle}/close"
    open_before = {one["id"] for one in stage.unfinished()}
    refused = stage.api.post(path, {}, ORGAN_SECRETARY)
    stage.say(f"   机关党委书记结束本周期，没有写理由：{refused.status}")
    decided = {"reason": _WHY_CLOSED, "reference": "吉卫机党〔2020〕16号"}
    by_office = stage.api.post(path, decided, OFFICE)
    closed = stage.api.post(path, decided, ORGAN_SECRETARY)
    told = closed.body.get("closing", {})
    stage.hold(
        "考核周期经决定结束：要写理由，未结的逐件记下，继续办到底",
        (refused.status, by_office.status, closed.status) == (422, 403, CREATED)
        and told.get("n_open") == len(open_before) > 0
        and {one["id"] for one in stage.unfinished()} == open_before,
    )
