"""What goes on around the reviews: a visit, a longer holiday, a suspension."""

from importlib.resources import files

from deploy.demo.cast import HOSPITAL_SECRETARY, OFFICE, SUSPENDED, VISITED
from deploy.demo.reviews import report
from deploy.demo.stage import CREATED, NOT_FOUND, Stage
from deploy.running import WORKFLOW
from schemas import calendars

PROLONGED = "2026.1.json"  # the calendar of after the notice of 27 January 2020


def visit(stage: Stage) -> None:
    """Visit a unit unannounced, and write down what was found."""
    opened = stage.open("visit", OFFICE, "u-hospital-2")
    stage.check("督查调研立案", opened.status == CREATED)
    went = {"place": "党委办公室", "day": "2020-01-08", "announced": False, "leader": OFFICE}
    finding = {"finding": "党费台账不全", "severity": "notable"}
    documents = {"visit_record": {"rows": [went]}, "visit_report": {"rows": [finding]}}
    case = opened.body["case"]["id"]
    stage.act(case, "record", OFFICE, data={"documents": documents})
    below = stage.api.get(f"/v1/cases/{case}", VISITED).status
    stage.hold("没有打招呼的督查，反馈之前单位看不到", below == NOT_FOUND)


def feed_back(stage: Stage) -> None:
    """Tell the unit what the visit found."""
    (found,) = stage.of_unit("visit", "u-hospital-2")
    told = stage.act(found["id"], "feed_back", OFFICE)
    stage.check("督查情况反馈给单位", told.get("holder", {}).get("unit") == "u-hospital-2")
    stage.clause("C3.2", found["id"], "feed_back")


def answer_visit(stage: Stage) -> None:
    """Submit the report, which answers it."""
    (found,) = stage.of_unit("visit", "u-hospital-2")
    data = report()
    answer = {"case": f"visit/{found['id']}", "row": 1, "text": "台账已补齐，专人保管"}
    data["documents"]["report"]["answers"] = [answer]
    stage.fire(VISITED, "submit", VISITED, data=data)
    stage.clause("C3.3", stage.cases[VISITED]["id"], "submit")
    (found,) = stage.of_unit("visit", "u-hospital-2")
    stage.hold("书记的述职报告回应了督查反馈", found["state"] == "answered")
    closed = stage.act(found["id"], "close", OFFICE)
    stage.check("督查调研办结", closed.get("final") == "completed")


def prolong(stage: Stage) -> None:
    """Import the calendar with the longer Spring Festival, after a preview."""
    file = str(files(calendars).joinpath(calendars.STATE_COUNCIL, PROLONGED))
    wanted = (WORKFLOW, "calendar", "import", file)
    dues = [stage.read(stage.cases[HOSPITAL_SECRETARY]["id"])["due_on"]]
    told = stage.operate(*wanted, "--dry-run")
    lines = told.splitlines()
    stage.say("   " + "\n   ".join(lines[:4] + ["…"] * (len(lines) > 4)))  # noqa: PLR2004
    stage.hold("春节假期延长当日导入日历，先预览哪些期限移动", " → " in told)
    stage.say(f"   {stage.operate(*wanted)}")
    dues.append(stage.read(stage.cases[HOSPITAL_SECRETARY]["id"])["due_on"])
    stage.hold("导入之后，按工作日计算的期限顺延两个工作日", dues == ["2020-02-11", "2020-02-13"])
    stage.clause("C8", stage.cases[HOSPITAL_SECRETARY]["id"], "deadline_changed")
    again = stage.operate(*wanted)
    stage.check("同一日历再导入一次没有新的记录", "没有新的记录" in again)


def suspend(stage: Stage) -> None:
    """Stop the clock of who is needed elsewhere."""
    stage.fire(SUSPENDED, "suspend", "p-0093", reason="书记赴一线参加疫情防控")


def resume(stage: Stage) -> None:
    """Let it go on."""
    stage.fire(SUSPENDED, "resume", "p-0093", reason="已返回单位")
