"""The reviews: reports, audits, presentations, comments, scores, decisions, and what follows."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from importlib.resources import files
from typing import Any

from deploy.demo.cast import (
    AUDITORS,
    DEPUTIES,
    HOSPITAL_DEPUTY,
    HOSPITAL_SECRETARY,
    HOSTS,
    LATE,
    LIAISON,
    NEWCOMER,
    OFFICE,
    ORGAN_SECRETARY,
    OVERDUE,
    PLOT,
    RECALLED,
    REPLACED,
    RETURNED,
    SCHEME,
    STUCK,
    SUCCESSOR,
    SUSPENDED,
    VISITED,
)
from deploy.demo.stage import CREATED, Case, Stage, passed, rows, texts

REVIEW = "review"
RETURNED_DUE = "2020-01-13T16:00:00Z"  # midnight that ends the 13th here
_WRITTEN = files(__package__).joinpath("report.txt").read_text(encoding="utf-8")
COVERED = (1, 2, 3, 4, 5, 7, 8, 9, 10)  # the eighth is for public hospitals
MISTYPED = "19.00"  # for 91.00
COMMENT_DRAFTS_END = "2020-01-10T16:00:00Z"  # midnight that ends the 10th here
_DRAFT = texts(
    "comment_draft",
    highlights="主题党日按月开展，党员参加率由82%提高到96%。",
    problems="谈心谈话以集体座谈代替，31名党员中9名没有单独谈到。",
    suggestions="一季度内逐人谈一次，结果在支部大会上报告。",
)
_COMMENT = texts("comment", comment="工作有思路、有抓手，问题还要再剖析得深一些。")


def report(*, without: int = 0, times: int = 1, covers: Sequence[int] = ()) -> dict[str, Any]:
    """Return a made-up report of three lists, *without* its last paragraphs, or over again."""
    lists = {}
    for written in _WRITTEN.split("[")[1:]:
        name, *lines = written.replace("]", "").splitlines()
        lists[name] = "\n".join(lines[: len(lines) - without] * times)
    told = texts("report", **lists)
    if covers:
        told["documents"]["report"]["covers"] = list(covers)
    return told


# --- Opening ---


def open_round(stage: Stage) -> None:
    """Open the round, and see who is in it and who is not."""
    body = {"scheme": SCHEME, "unit": "u-organ", "year": 2019}
    opened = stage.api.post("/v1/cycles", body, OFFICE).body
    stage.cycle = opened["id"]
    counts = opened["coverage"]
    for name, n in counts.items():
        if n["expected"]:
            exempt = f"，免于考核 {n['exempt']}" if n["exempt"] else ""
            stage.say(f"   {name}：应立案 {n['expected']}，已立案 {n['opened']}{exempt}")
    again = stage.api.post("/v1/cycles", body, OFFICE)
    stage.say(f"   同一周期再开一次：{again.status}（不会开两次）")
    stage.check("同一周期只开一次", again.status == 409)  # noqa: PLR2004
    stage.remember()
    stage.check("各层案件都已立案", set(PLOT) - {NEWCOMER, SUCCESSOR} <= set(stage.cases))
    dues = {(one["tier"], one["due_on"]) for one in stage.cases.values()}
    stage.hold(
        "通知所定的期限：直属书记1月10日前上报，其余1月14日前审核完毕",
        dues == {("A", "2020-01-14"), ("B", "2020-01-10"), ("C", "2020-01-14")},
    )
    no_case = not stage.of_unit(REVIEW, "u-services") and counts["B"]["exempt"] == 1
    stage.hold("2019年10月以后成立的单位免于考核，不立案，计入免考核数", no_case)
    vacant = not stage.of_unit(REVIEW, "u-health-education")
    missing = counts["B"]["expected"] - counts["B"]["opened"]
    stage.hold("书记空缺的单位计入应述，暂不立案", vacant and missing == 1)


def fill_vacancy(stage: Stage) -> None:
    """Let the vacant post be filled, and the case be opened late."""
    refused = stage.open(REVIEW, OFFICE, "u-health-education")
    stage.check("空缺未补不能立案", refused.status != CREATED)
    vacancy = "  # u-health-education：书记空缺"
    filled = "  - {person: p-0112, unit: u-health-education, role: secretary, from: 2020-01-13}\n"
    stage.reorganise((vacancy, filled + vacancy))
    opened = stage.open(REVIEW, OFFICE, "u-health-education")
    stage.remember()
    case = opened.body.get("case", {})
    stage.hold(
        "书记到任后补立案，编号接着排",
        opened.status == CREATED
        and case["person"] == NEWCOMER
        and case["number"].startswith("2019-B-"),
    )


# --- Reports and audits ---


def first_reports(stage: Stage) -> None:
    """Submit the first reports; one is too long, one is sent twice."""
    stage.fire(RETURNED, "submit", RETURNED, data=report())
    stage.say("   第一示例医院党委书记的报告写得太长：")
    own = stage.cases[HOSPITAL_SECRETARY]["id"]
    stage.refuse(own, "submit", HOSPITAL_SECRETARY, 422, data=report(times=3))
    told = report(covers=COVERED)
    stage.fire(HOSPITAL_SECRETARY, "submit", HOSPITAL_SECRETARY, data=told)
    stage.clause("C2", own, "submit")
    stage.say("   他是本单位党委书记，想自己审核自己的报告：")
    stage.refuse(own, "pass_unit_audit", HOSPITAL_SECRETARY, 403)
    key = {"idempotency_key": "demo-recalled-1"}
    path = f"/v1/cases/{stage.cases[RECALLED]['id']}/transitions"
    body = {"trigger": "submit", "data": report()}
    first, second = (stage.api.post(path, body, RECALLED, **key) for _ in range(2))
    same = first.body == second.body and first.status == second.status == CREATED
    stage.say("   上游系统没等到回答，用同一个键重发：得到同一个回答，只有一条记录")
    stage.check("同一个键得到同一个回答", same)


def second_reports(stage: Stage) -> None:
    """Return one report, recall another, and submit more."""
    finding = "问题清单空泛，没有具体事例；没有回应去年督查指出的第二条"
    found = rows("findings", {"place": "problems", "paragraph": "1", "finding": finding})
    judged = {
        "criterion_a": {"verdict": "met"},
        "criterion_b": {"verdict": "unmet", "remark": "只列现象，未见根源"},
        "criterion_c": {"verdict": "partly"},
    }
    found["documents"]["assessment"] = {"rows": judged}
    found["due_at"] = RETURNED_DUE
    stage.fire(RETURNED, "return_unit_audit", "p-0040", data=found)
    stage.clause("C3.4", stage.cases[RETURNED]["id"], "return_unit_audit")
    stage.fire(RECALLED, "recall", RECALLED, reason="发现数字有误")
    stage.fire(RECALLED, "submit", RECALLED, data=report(without=1))
    stage.fire(ORGAN_SECRETARY, "submit", ORGAN_SECRETARY, data=report())
    stage.fire(HOSPITAL_SECRETARY, "pass_unit_audit", HOSPITAL_DEPUTY, data=passed())
    stage.fire(RETURNED, "submit", RETURNED, data=report(without=2))
    for person in (OVERDUE, SUSPENDED, STUCK, REPLACED):
        stage.fire(person, "submit", person, data=report())


def other_reports(stage: Stage) -> None:
    """Submit the rest; somebody would rather skip the audit."""
    for case in stage.rest("drafting"):
        stage.bulk([case], "submit", case["person"], data=report())
    _comment_drafts(stage)
    overdue = stage.cases[OVERDUE]["id"]
    stage.say("   内科党支部书记想跳过审核，直接登记述职：")
    stage.refuse(overdue, "present", OVERDUE, 403)
    stage.say("   单位党委办公室也想替他跳过：")
    stage.refuse(overdue, "present", "p-0067", 409)


def _comment_drafts(stage: Stage) -> None:
    """Hand in what is to be said of those who were drawn to present on site (C8)."""
    there = {one["id"]: one for one in stage.listed(kind=REVIEW)}
    for case in (there[one] for one in stage.drawn):
        stage.bulk([case], "file_comment_draft", case["person"], data=_DRAFT)
    filed = [stage.told(one, "file_comment_draft") for one in stage.drawn]
    in_time = [one for one in filed if one["effective_at"] < COMMENT_DRAFTS_END]
    stage.hold(
        "抽到现场述职的，1月10日前报送点评提纲", len(in_time) == len(stage.drawn) and bool(in_time)
    )


def unit_audits(stage: Stage) -> None:
    """Let the units' committees audit, of one report all but in time."""
    stage.fire(LATE, "submit", LATE, data=report())
    for person, by, version in (
        (RETURNED, "p-0040", 2),
        (REPLACED, "p-0040", 1),
        (RECALLED, "p-0099", 2),
        (SUSPENDED, "p-0093", 1),
        (STUCK, "p-0099", 1),
        (VISITED, "p-0062", 1),
    ):
        stage.fire(person, "pass_unit_audit", by, data=passed(version))
    paper = {"reference": "省直工委函〔2020〕3号"}
    stage.fire(ORGAN_SECRETARY, "pass_organ_audit", LIAISON, data=passed(), **paper)
    stage.fire(HOSPITAL_SECRETARY, "pass_organ_audit", OFFICE, data=passed())
    for unit, by in AUDITORS.items():
        stage.bulk(stage.rest("unit_audit", "C", unit), "pass_unit_audit", by, data=passed())
    for unit, by in DEPUTIES.items():
        stage.bulk(stage.rest("unit_audit", "B", unit), "pass_unit_audit", by, data=passed())


def organ_audits(stage: Stage) -> None:
    """Let the organ committee audit."""
    stage.bulk(stage.rest("organ_audit", "B"), "pass_organ_audit", OFFICE, data=passed())
    for person in (LATE, VISITED):
        stage.fire(person, "pass_organ_audit", OFFICE, data=passed())
    stage.fire(NEWCOMER, "submit", NEWCOMER, data=report())


def urge(stage: Stage) -> None:
    """Remind by hand whose audit is late."""
    note = {"kind": "urge", "text": "请今天内完成审核。"}
    answer = stage.api.post(f"/v1/cases/{stage.cases[OVERDUE]['id']}/notes", note, OFFICE)
    stage.check("机关党委办公室人工催办", answer.status == CREATED)
    stage.fire(NEWCOMER, "pass_organ_audit", OFFICE, data=passed())


def late_audit(stage: Stage) -> None:
    """Pass the audit that was late."""
    stage.fire(OVERDUE, "pass_unit_audit", "p-0067", data=passed())


def replace_secretary(stage: Stage) -> None:
    """Hand a case over to who holds the post now: same case, another person."""
    before = stage.cases[REPLACED]
    post = "  - {person: p-0043, unit: u-hospital-1-02, role: secretary, from: 2019-01-01, until: "
    new = "  - {person: p-0042, unit: u-hospital-1-02, role: secretary, from: 2020-01-18}\n"
    stage.reorganise((post + "2020-12-31}\n", post + "2020-01-17}\n" + new))
    after = stage.fire(REPLACED, "replace_secretary", "p-0040", reason="工作调动")
    same = [after.get(name) for name in ("id", "number", "state")]
    stage.remember()
    stage.hold(
        "报告之后、述职之前更换书记：案件、编号、阶段不变，述职人换成继任者",
        same == [before["id"], before["number"], "cleared"] and after["person"] == SUCCESSOR,
    )


# --- What meetings hear ---


def present_and_comment(stage: Stage, heard: Iterable[Case], by: str) -> None:
    """Record presentation and comment of each of *heard*."""
    heard = list(heard)
    stage.bulk(heard, "present", by)
    comment(stage, heard, by)


def comment(stage: Stage, heard: Iterable[Case], by: str) -> None:
    """Record the comment on each of *heard*, which were presented."""
    wanted = {case["id"] for case in heard}
    now = [case for case in stage.listed(kind=REVIEW, state="presented") if case["id"] in wanted]
    stage.bulk(now, "comment", by, data=_COMMENT)


def superior(stars: str, yearly: str, daily: str) -> dict[str, Any]:
    """Return what the superior gives (C5.1); the ballots' part came with the meeting's count."""
    return {"components": {"superior": {"stars": stars, "yearly": yearly, "daily": daily}}}


def made_up(n: int) -> dict[str, Any]:
    given = 93 - 2 * (n % 12)
    return superior(f"{given}.00", f"{given}.50", f"{given}.25")


def score_commission(stage: Stage) -> None:
    """Record the superior's score of those whom the commission and the province heard.

    The province counts its own ballots, and its paper says what came of them.
    """
    stage.fire(HOSPITAL_SECRETARY, "score", OFFICE, data=superior("90.00", "90.05", "90.00"))
    _work_out(stage, stage.cases[HOSPITAL_SECRETARY]["id"])
    on_paper = superior("93.00", "93.50", "93.25")
    on_paper["components"]["ballot"] = "95.50"
    stage.fire(ORGAN_SECRETARY, "score", LIAISON, data=on_paper, reference="省直工委函〔2020〕9号")
    stage.fire(LATE, "score", OFFICE, data=superior(*[MISTYPED] * 3))
    for n, case in enumerate(stage.listed(kind=REVIEW, state="commented", tier="B")):
        stage.bulk([case], "score", OFFICE, data=made_up(n))


def _work_out(stage: Stage, case: str) -> None:
    """Work a figure out again, from the counts of the ballots to the grade."""
    (grading,) = stage.api.get(f"/v1/cases/{case}/figures", OFFICE).body["gradings"]
    ballot, given = grading["components"]
    exact = Fraction(ballot["exact"]) * Fraction("0.7") + Fraction(given["exact"]) * Fraction("0.3")
    stage.say(f"   票数平均 {ballot['exact']}，上级 {given['figure']}，综合 {grading['sum']}")
    stage.hold(
        "综合得分由票数逐步算出，只在最后四舍五入一次，等次由此而定",
        ballot["poll"]["follows"]
        and Fraction(grading["sum"]) == exact
        and abs(Fraction(grading["figure"]) - exact) <= Fraction("0.005"),
    )
    stage.clause("C5.2", case, "score")


def score_units(stage: Stage) -> None:
    """Record the superior's score of those whom their units heard."""
    stage.fire(STUCK, "score", HOSTS["u-school"], data=made_up(9))
    for unit, by in HOSTS.items():
        for n, case in enumerate(stage.listed(kind=REVIEW, state="commented", unit=unit)):
            stage.bulk([case], "score", by, data=made_up(n))


# --- What came of it ---


def feedback(stage: Stage) -> None:
    """Tell everybody the result."""
    paper = {"decisions": [{"date": "2020-02-24", "minutes": "吉直工委〔2020〕8号"}]}
    stage.fire(ORGAN_SECRETARY, "give_feedback", LIAISON, data=paper)  # C5.3: of tier A
    approved = stage.listed(kind=REVIEW, state="opinion_approved", tier="B")
    stage.bulk(approved, "give_feedback", OFFICE)
    for unit, by in HOSTS.items():
        cases = stage.listed(kind=REVIEW, state="opinion_given", unit=unit, tier="C")
        stage.bulk(cases, "give_feedback", by)
    told = stage.fire(HOSPITAL_SECRETARY, "acknowledge", HOSPITAL_SECRETARY)
    stage.hold("述职人签收反馈，签收时间记入日志", told.get("state") == "acknowledged")
    _circulate(stage)


def _circulate(stage: Stage) -> None:
    """Publish the results to everybody below the committee: names and grades, no figures."""
    opened = stage.open("bulletin", OFFICE, "u-organ").body["case"]
    told = {"bulletins": {"results": {"range": "everybody_below"}}}
    case = stage.act(opened["id"], "circulate", OFFICE, data=told)
    read = stage.api.get(f"/v1/bulletins/{opened['id']}", OFFICE)
    rows = (read.body.get("content") or {}).get("rows", ())
    shown = {name for row in rows for name in row}
    stage.hold(
        "结果在规定范围内通报：有姓名和等次，没有得分",
        case.get("final") == "completed" and {"person", "grade"} <= shown and "figure" not in shown,
    )
