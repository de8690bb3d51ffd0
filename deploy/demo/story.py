"""The plot: who does what, when, in the cycle of 2019. Times are local; the dates are the notice's.

Each act is one or a few requests as an upstream system would send them. What happens because of
them (events, reminders, escalations) is not written here: the services do it, the log tells it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from typing import Any

from deploy.client import Answer, Client
from deploy.demo.narration import ZONE, refused
from deploy.running import WORKFLOW
from schemas import calendars
from schemas.calendar import WorkingDays

OFFICE, OFFICE_OTHER, ORGAN_SECRETARY, LIAISON = "p-0016", "p-0017", "p-0008", "p-0001"
# The plot's people, by what happens to them.
HOSPITAL_SECRETARY, HOSPITAL_DEPUTY = "p-0034", "p-0035"  # tier B, audited by their own committee
RETURNED, OVERDUE, RECALLED, SUSPENDED, LATE, STUCK = (
    "p-0044",
    "p-0070",
    "p-0104",
    "p-0095",
    "p-0113",
    "p-0105",
)
PLOT = (ORGAN_SECRETARY, HOSPITAL_SECRETARY, RETURNED, OVERDUE, RECALLED, SUSPENDED, LATE, STUCK)
# Whose committee office audits and holds meetings for its branches.
COMMITTEE_OFFICES = {
    "u-hospital-1": "p-0040",
    "u-hospital-2": "p-0067",
    "u-maternity": "p-0082",
    "u-cdc": "p-0093",
    "u-school": "p-0099",  # no office there: the deputy secretary
}
PROLONGED = "2026.1.json"  # the calendar of after the notice of 27 January 2020
LAST_DAY = date(2020, 6, 30)  # rectifications of 60 working days have ended by then
DENSE_UNTIL = date(2020, 2, 28)  # until here the clock stops every working day
_LISTS = {"achievements": "成绩", "problems": "问题", "tasks": "任务"}


def report(length: int = 900) -> dict[str, Any]:
    """Return a made-up report of three lists of *length* characters each."""
    return {
        "report": {
            name: (f"{title}清单：" + "支部建设扎实推进，" * length)[:length]
            for name, title in _LISTS.items()
        }
    }


@dataclass
class Stage:
    """What acts have at hand: the API, the cases by person, and the checks they make."""

    api: Client
    operate: Callable[..., str]  # runs a command on the service's own machine
    say: Callable[[str], None]
    cases: dict[str, Mapping[str, Any]] = field(default_factory=dict)  # by person appraised
    cycle: str = ""
    checks: list[tuple[str, bool]] = field(default_factory=list)

    def check(self, what: str, holds: bool) -> None:  # noqa: FBT001 - it is what is checked
        """Note one thing that must hold."""
        self.checks.append((what, holds))

    def fire(self, person: str, trigger: str, by: str, **rest: Any) -> Answer:
        """Fire a trigger that must be accepted."""
        answer = self.api.fire(self.cases[person]["id"], trigger, by, **rest)
        if answer.status != 201:  # noqa: PLR2004
            self.say(f"   意外：{trigger} {refused(answer.body)}")
        self.check(f"{trigger}（{person}）被接受", answer.status == 201)  # noqa: PLR2004
        return answer

    def refuse(self, person: str, trigger: str, by: str, expected: int, **rest: Any) -> None:
        """Fire a trigger that must be refused, and tell why it was."""
        answer = self.api.fire(self.cases[person]["id"], trigger, by, **rest)
        self.say(f"   ✗ {refused(answer.body)}")
        self.check(f"{trigger}（{person}）以 {expected} 拒绝", answer.status == expected)

    def bulk(self, commands: list[dict[str, Any]], by: str) -> None:
        """Send many commands at once on behalf of one person; all must be accepted."""
        if not commands:
            return
        answer = self.api.post("/v1/transitions", {"commands": commands}, by)
        results = answer.body.get("results", [])
        bad = [result for result in results if result["status"] != 201]  # noqa: PLR2004
        for result in bad[:3]:
            self.say(f"   意外：{refused(result.get('problem', {}))}")
        self.check(f"{by} 批量办理 {len(commands)} 件", bool(results) and not bad)

    def rest(self, state: str, tier: str = "", unit: str = "") -> list[Mapping[str, Any]]:
        """Return the cases outside the plot that are in *state*."""
        wanted = {"cycle": self.cycle, "state": state, "tier": tier, "unit": unit}
        query = {name: value for name, value in wanted.items() if value}
        found = self.api.get("/v1/reviews", limit=200, **query).body["items"]
        return [case for case in found if case["person"] not in PLOT]


Act = Callable[[Stage], None]


def _open(stage: Stage) -> None:
    body = {"scheme": "jilin-health-2019", "unit": "u-organ", "year": 2019}
    opened = stage.api.post("/v1/cycles", body, OFFICE).body
    stage.cycle = opened["id"]
    for tier, counts in opened["coverage"].items():
        stage.say(f"   {tier} 层：应述 {counts['expected']}，立案 {counts['opened']}")
    again = stage.api.post("/v1/cycles", body, OFFICE)
    stage.say(f"   同一周期再开一次：{again.status}（不会开两次）")
    stage.check("同一周期只开一次", again.status == 409)  # noqa: PLR2004
    page = stage.api.get("/v1/reviews", cycle=stage.cycle, limit=200).body
    stage.cases |= {case["person"]: case for case in page["items"]}
    stage.check("各层案件都已立案", set(PLOT) <= set(stage.cases))


def _first_reports(stage: Stage) -> None:
    stage.fire(RETURNED, "submit", RETURNED, data=report())
    stage.say("   第一示例医院党委书记的报告写得太长：")
    stage.refuse(HOSPITAL_SECRETARY, "submit", HOSPITAL_SECRETARY, 422, data=report(1200))
    stage.fire(HOSPITAL_SECRETARY, "submit", HOSPITAL_SECRETARY, data=report())
    stage.say("   他是本单位党委书记，想自己审核自己的报告：")
    stage.refuse(HOSPITAL_SECRETARY, "pass_unit_audit", HOSPITAL_SECRETARY, 403)
    key = {"idempotency_key": "demo-recalled-1"}
    path = f"/v1/reviews/{stage.cases[RECALLED]['id']}/transitions"
    body = {"trigger": "submit", "data": report()}
    first, second = (stage.api.post(path, body, RECALLED, **key) for _ in range(2))
    same = first.body == second.body and first.status == second.status == 201  # noqa: PLR2004
    stage.say("   上游系统没等到回答，用同一个键重发：得到同一个回答，只有一条记录")
    stage.check("同一个键得到同一个回答", same)


def _ninth(stage: Stage) -> None:
    findings = ["问题清单空泛，没有具体事例", "没有回应去年督查指出的第二条"]
    stage.fire(RETURNED, "return_unit_audit", "p-0040", data={"findings": findings})
    stage.fire(RECALLED, "recall", RECALLED, reason="发现数字有误")
    stage.fire(RECALLED, "submit", RECALLED, data=report(880))
    stage.fire(ORGAN_SECRETARY, "submit", ORGAN_SECRETARY, data=report())
    stage.fire(HOSPITAL_SECRETARY, "pass_unit_audit", HOSPITAL_DEPUTY)
    stage.fire(RETURNED, "submit", RETURNED, data=report(910))
    stage.fire(OVERDUE, "submit", OVERDUE, data=report())
    stage.fire(SUSPENDED, "submit", SUSPENDED, data=report())
    stage.fire(STUCK, "submit", STUCK, data=report())


def _tenth(stage: Stage) -> None:
    for case in stage.rest("drafting"):
        commands = [_command(case, "submit", data=report())]
        stage.bulk(commands, case["person"])
    stage.say("   内科党支部书记想跳过审核，直接登记述职：")
    stage.refuse(OVERDUE, "present", OVERDUE, 403)
    stage.say("   单位党委办公室也想替他跳过：")
    stage.refuse(OVERDUE, "present", "p-0067", 409)


def _thirteenth(stage: Stage) -> None:
    stage.fire(LATE, "submit", LATE, data=report())
    stage.fire(RETURNED, "pass_unit_audit", "p-0040")
    for person, by in ((RECALLED, "p-0099"), (SUSPENDED, "p-0093"), (STUCK, "p-0099")):
        stage.fire(person, "pass_unit_audit", by)
    stage.fire(ORGAN_SECRETARY, "pass_organ_audit", LIAISON, reference="省直工委函〔2020〕3号")
    stage.fire(HOSPITAL_SECRETARY, "pass_organ_audit", OFFICE)
    for unit, office in COMMITTEE_OFFICES.items():
        # A branch secretary who also works in the organ committee's office never audits that case.
        audited = [case for case in stage.rest("unit_audit", unit=unit) if case["tier"] == "C"]
        stage.bulk([_command(case, "pass_unit_audit") for case in audited], office)
        own = [case for case in stage.rest("unit_audit", unit=unit) if case["tier"] == "B"]
        deputy = {"u-hospital-2": "p-0062", "u-maternity": "p-0077", "u-cdc": "p-0088"}
        stage.bulk([_command(c, "pass_unit_audit") for c in own], deputy.get(unit, "p-0099"))


def _fourteenth(stage: Stage) -> None:
    cases = [case for case in stage.rest("organ_audit") if case["tier"] == "B"]
    stage.bulk([_command(case, "pass_organ_audit") for case in cases], OFFICE)
    stage.fire(LATE, "pass_organ_audit", OFFICE)


def _urge(stage: Stage) -> None:
    note = {"kind": "urge", "text": "请今天内完成审核。"}
    path = f"/v1/reviews/{stage.cases[OVERDUE]['id']}/notes"
    answer = stage.api.post(path, note, OFFICE)
    stage.check("机关党委办公室人工催办", answer.status == 201)  # noqa: PLR2004


def _late_audit(stage: Stage) -> None:
    stage.fire(OVERDUE, "pass_unit_audit", "p-0067")


def _commission_meeting(stage: Stage) -> None:
    stage.fire(ORGAN_SECRETARY, "present", LIAISON)
    stage.fire(HOSPITAL_SECRETARY, "present", OFFICE)
    stage.fire(LATE, "present", OFFICE)
    cases = stage.rest("cleared", tier="B")
    stage.bulk([_command(case, "present") for case in cases if _may(case)], OFFICE)
    stage.bulk([_command(case, "present") for case in cases if not _may(case)], OFFICE_OTHER)


def _prolong(stage: Stage) -> None:
    file = str(files(calendars).joinpath(calendars.STATE_COUNCIL, PROLONGED))
    wanted = (WORKFLOW, "calendar", "import", file)
    told = stage.operate(*wanted, "--dry-run")
    lines = told.splitlines()
    stage.say("   " + "\n   ".join(lines[:4] + ["…"] * (len(lines) > 4)))  # noqa: PLR2004
    stage.check("延长假期先预览：将移动哪些期限", " → " in told)
    stage.say(f"   {stage.operate(*wanted)}")
    again = stage.operate(*wanted)
    stage.check("同一日历再导入一次没有新的记录", "没有新的记录" in again)


def _suspend(stage: Stage) -> None:
    stage.fire(SUSPENDED, "suspend", "p-0093", reason="书记赴一线参加疫情防控")


def _resume(stage: Stage) -> None:
    stage.fire(SUSPENDED, "resume", "p-0093", reason="已返回单位")


def _unit_meetings(stage: Stage) -> None:
    for person, by in ((RETURNED, "p-0040"), (OVERDUE, "p-0067"), (RECALLED, "p-0098")):
        stage.fire(person, "present", by)
    stage.fire(STUCK, "present", "p-0098")
    for unit, office in COMMITTEE_OFFICES.items():
        by = "p-0098" if unit == "u-school" else office
        cases = stage.rest("cleared", tier="C", unit=unit)
        stage.bulk([_command(case, "present") for case in cases], by)


def _score_b(stage: Stage) -> None:
    scores = {"ballot_score": "89.99", "superior_score": "90.02"}
    stage.fire(HOSPITAL_SECRETARY, "score", OFFICE, data=scores)
    stage.fire(ORGAN_SECRETARY, "score", LIAISON, data=_scores(0))
    stage.fire(LATE, "score", OFFICE, data={"ballot_score": "76.50", "superior_score": "71.00"})
    cases = stage.rest("presented", tier="B")
    for by in (OFFICE, OFFICE_OTHER):
        own = [case for case in cases if _may(case) == (by == OFFICE)]
        stage.bulk([_command(c, "score", data=_scores(n)) for n, c in enumerate(own)], by)


def _score_c(stage: Stage) -> None:
    for person, by in ((RETURNED, "p-0040"), (OVERDUE, "p-0067"), (RECALLED, "p-0098")):
        stage.fire(person, "score", by, data=_scores(3))
    stage.fire(SUSPENDED, "present", "p-0093")
    stage.fire(SUSPENDED, "score", "p-0093", data=_scores(1))
    stage.fire(STUCK, "score", "p-0098", data=_scores(9))
    for unit, office in COMMITTEE_OFFICES.items():
        by = "p-0098" if unit == "u-school" else office
        cases = stage.rest("presented", tier="C", unit=unit)
        stage.bulk([_command(c, "score", data=_scores(n)) for n, c in enumerate(cases)], by)


def _feedback(stage: Stage) -> None:
    decisions = [
        {"body": "u-organ", "date": "2020-02-20", "minutes": "机关党委会议纪要〔2020〕2号"},
        {"body": "u-leadership-group", "date": "2020-02-24", "minutes": "党组会议纪要〔2020〕5号"},
    ]
    data = {"decisions": decisions}
    for person in (HOSPITAL_SECRETARY, LATE):
        stage.fire(person, "give_feedback", OFFICE, data=data)
    stage.fire(ORGAN_SECRETARY, "give_feedback", LIAISON)
    cases = stage.rest("scored", tier="B")
    for by in (OFFICE, OFFICE_OTHER):
        own = [case for case in cases if _may(case) == (by == OFFICE)]
        stage.bulk([_command(case, "give_feedback", data=data) for case in own], by)
    for person, by in (
        (RETURNED, "p-0040"),
        (OVERDUE, "p-0067"),
        (RECALLED, "p-0098"),
        (SUSPENDED, "p-0093"),
        (STUCK, "p-0098"),
    ):
        stage.fire(person, "give_feedback", by)
    for unit, office in COMMITTEE_OFFICES.items():
        by = "p-0098" if unit == "u-school" else office
        cases = stage.rest("scored", tier="C", unit=unit)
        stage.bulk([_command(case, "give_feedback") for case in cases], by)


def _rectify(stage: Stage) -> None:
    for person in PLOT:
        stage.fire(person, "start_rectification", person)
    for case in stage.rest("feedback"):
        stage.bulk([_command(case, "start_rectification")], case["person"])


def _close(stage: Stage) -> None:
    stage.fire(ORGAN_SECRETARY, "close", LIAISON, reference="省直工委函〔2020〕41号")
    stage.fire(HOSPITAL_SECRETARY, "close", OFFICE)
    stage.fire(LATE, "close", OFFICE)
    for person, by in (
        (RETURNED, "p-0040"),
        (OVERDUE, "p-0067"),
        (RECALLED, "p-0098"),
        (SUSPENDED, "p-0093"),
    ):
        stage.fire(person, "close", by)
    cases = stage.rest("rectification", tier="B")
    for by in (OFFICE, OFFICE_OTHER):
        # Three cases stay open: what is left undone is what the stuck list is for.
        own = [case for case in cases if _may(case) == (by == OFFICE)]
        stage.bulk([_command(case, "close") for case in own[: len(own) - 1 or 1]], by)
    for unit, office in COMMITTEE_OFFICES.items():
        by = "p-0098" if unit == "u-school" else office
        cases = stage.rest("rectification", tier="C", unit=unit)
        left = 2 if unit == "u-hospital-1" else 0
        stage.bulk([_command(case, "close") for case in cases[: len(cases) - left]], by)


# When, what is told first, and what is done.
ACTS: tuple[tuple[datetime, str, Act], ...] = tuple(
    (datetime.fromisoformat(at).replace(tzinfo=ZONE), what, act)
    for at, what, act in (
        ("2020-01-08T08:30", "机关党委办公室开启 2019 年度考核周期", _open),
        ("2020-01-08T17:02", "第一批报告", _first_reports),
        ("2020-01-09T10:15", "审核、退回、撤回", _ninth),
        ("2020-01-10T15:30", "其余书记提交报告；有人想跳过审核", _tenth),
        ("2020-01-13T16:00", "单位党委审核", _thirteenth),
        ("2020-01-14T16:30", "机关党委审核", _fourteenth),
        ("2020-01-16T10:40", "机关党委办公室人工催办", _urge),
        ("2020-01-20T09:40", "拖了四个工作日的审核终于完成", _late_audit),
        ("2020-01-21T14:00", "省卫生健康委述评会议", _commission_meeting),
        ("2020-01-22T10:30", "登记机关党委的测评与评议得分", _score_b),
        ("2020-01-27T20:10", "国务院办公厅通知：春节假期延长至 2 月 2 日；导入新日历", _prolong),
        ("2020-02-03T11:00", "疫情防控：一位书记的考核中止计时", _suspend),
        ("2020-02-12T14:00", "各单位述评会议", _unit_meetings),
        ("2020-02-13T16:00", "返回单位，恢复计时", _resume),
        ("2020-02-14T16:30", "登记各单位得分", _score_c),
        ("2020-02-25T10:20", "两次会议研究后反馈", _feedback),
        ("2020-03-04T15:00", "问题、责任、整改三张清单", _rectify),
        ("2020-05-27T16:00", "整改验收、办结", _close),
    )
)


def moments() -> Iterator[tuple[datetime, str, Act | None]]:
    """Yield every stop of the clock in order: the acts, and evenings when notices have gone out.

    Every working day until the end of February, then once a week, daily again around the end of
    the rectification, when its reminders and escalations go out.
    """
    calendar = WorkingDays.from_json(calendars.read())
    stops: list[tuple[datetime, str, Act | None]] = list(ACTS)
    day = ACTS[0][0].date()
    while day <= LAST_DAY:
        dense = day <= DENSE_UNTIL or date(2020, 5, 25) <= day <= date(2020, 6, 8)
        if calendar.is_working(day) and (dense or day.weekday() == 0):
            stops.append((datetime.combine(day, time(10, 5), ZONE), "", None))
        day += timedelta(days=1)
    yield from sorted(stops, key=lambda stop: stop[0])


def _command(case: Mapping[str, Any], trigger: str, **rest: Any) -> dict[str, Any]:
    key = f"demo-{case['id']}-{trigger}-{case['version']}"
    return {"review": case["id"], "trigger": trigger, "idempotency_key": key, **rest}


def _may(case: Mapping[str, Any]) -> bool:
    """Tell whether the first of the office's two may decide: nobody decides their own case."""
    return bool(case["person"] != OFFICE)


def _scores(n: int) -> dict[str, str]:
    return {"ballot_score": f"{95 - 2 * (n % 12)}.50", "superior_score": f"{93 - 2 * (n % 12)}.25"}
