"""Who is told what, when: the ladder, what is never told falsely, the stopped clock, the urge.

The days are those of January 2020: the 14th, a Tuesday, is the day audits are due; the 18th is a
Saturday and free, the 19th a Sunday and worked, the 24th begins the Spring Festival.
Stories are told in the order of the calendar, because the clock never goes back.
"""

from deploy.servers import SmtpSink
from tests.end_to_end.world import SCORES, World, local, until

# Rungs speak between nine and ten, each in a minute of its own; letters in the hour after it.
AFTER_THE_RUNGS, AFTER_THE_LETTERS = "10:00", "11:05"


def test_an_urge_reaches_the_holder_at_once(world: World, mail: SmtpSink) -> None:
    world.submit("h1-1")
    world.running.settle()
    n_mails = len(mail.mails)
    path = f"/v1/reviews/{world.cases['h1-1']}/notes"
    note = {"kind": "urge", "text": "请今天内完成审核。"}
    assert world.api.post(path, note, "c.off").status == 201
    world.running.settle()
    assert world.told("h1-1", "unit_audit") == [("urge", "h1.off")]
    assert world.told("h1-1", "unit_audit", "email") == [("urge", "h1.off")]
    assert len(mail.wait_for(n_mails + 1)) == n_mails + 1
    assert mail.mails[-1].recipients == ("h1.off@shuping.example",)
    assert world.case("h1-1")["version"] == 2
    world.act("h1-1", "pass_unit_audit", "h1.off")


def test_the_inbox_says_why_you_why_now_and_what_to_do(world: World) -> None:
    inbox = world.api.get("/v1/inbox", "h1.off").body["items"]
    texts = [one["text"] for one in inbox if one["review"] == world.cases["h1-1"]]
    # Both came at one instant of a clock that stands still, in no order.
    urged, came = sorted(texts, key=lambda text: "新到待办" in text)
    assert "审核述职报告" in urged
    assert "新到待办" in came


def test_the_suspended_are_left_alone(world: World) -> None:
    """h1-2 owes its scores by the 14th, is suspended on the 10th, and resumed on the 20th."""
    world.at("01-09 09:00")
    world.submit("h1-2")
    world.act("h1-2", "pass_unit_audit", "h1.off")
    world.act("h1-2", "present", "h1.off")
    assert world.case("h1-2")["due_at"] == "2020-01-14T16:00:00.000000Z"
    world.at("01-10 08:30")
    world.act("h1-2", "suspend", "h1.off", reason="书记赴一线参加疫情防控")
    assert world.case("h1-2")["suspended"]
    assert world.fire("h1-2", "score", "h1.off", data=SCORES).status == 409


def test_an_outage_of_the_feed_over_a_deadline_sends_nothing_false(world: World) -> None:
    """The audit of h1-3 is passed on its last day, which the notifier does not hear of in time."""
    world.at("01-13 18:00")
    world.submit("h1-3")
    world.submit("h1-4")
    world.running.settle()
    feed = "notifier" if world.running.embedded else "relay"
    world.running.pause(feed)
    world.running.clock.set(local("01-14 08:30"))
    world.act("h1-3", "pass_unit_audit", "h1.off")
    world.running.clock.set(local(f"01-16 {AFTER_THE_RUNGS}"))
    world.running.go_on(feed)
    world.running.settle()
    assert world.told("h1-3", "unit_audit") == []
    # Those above wait a working day for whoever had to hear of it first.
    assert world.told("h1-4", "unit_audit") == [("late_start", "h1.off")]


def test_while_the_feed_is_away_no_rung_fires(world: World) -> None:
    """The workflow hangs for a day; what was due then is told when it is back, and only what is."""
    world.submit("h1-5")
    world.running.settle()
    told = world.told("h1-4", "unit_audit")
    world.running.pause("serve")
    world.running.clock.set(local(f"01-17 {AFTER_THE_RUNGS}"))
    until(lambda: world.notifier().get("/readyz").body["parts"]["feed"]["status"] != "ok")
    assert world.notifier().get("/readyz").body["swept_through"] < "2020-01-17"
    world.running.go_on("serve")
    world.running.settle()
    assert world.told("h1-4", "unit_audit") == [*told, ("committee", "h1.sec")]
    assert world.told("h1-5", "unit_audit") == [("due_day", "h1.off")]


def test_an_overdue_audit_climbs_to_the_organ_committees_office(world: World) -> None:
    world.at(f"01-19 {AFTER_THE_RUNGS}")
    above = [one for one in world.told("h1-4", "unit_audit") if one[0] != "late_start"]
    assert above == [("committee", "h1.sec"), ("organ_office", "c.off")]
    overdue = world.api.get("/v1/reviews", "c.off", overdue="true", state="unit_audit").body
    assert world.cases["h1-4"] in [one["id"] for one in overdue["items"]]


def test_what_is_told_in_app_is_mailed_too_and_recorded_once_each(
    world: World, mail: SmtpSink
) -> None:
    world.at(f"01-19 {AFTER_THE_LETTERS}")
    assert world.told("h1-4", "unit_audit", "email") == world.told("h1-4", "unit_audit")
    notices = [event["data"]["notice"] for event in world.events("h1-4", "notice_recorded")]
    assert len(notices) == len(set(notices))
    of_this_system = [one for one in mail.mails if world.running.url in one.text]
    ids = [one.message["Message-ID"] for one in of_this_system]
    assert len(ids) == len(set(ids))
    letters = [one for one in of_this_system if "今日" in str(one.message["Subject"])]
    assert len({(one.recipients, one.message["Subject"]) for one in letters}) == len(letters)


def test_a_rung_that_would_reach_the_holder_goes_to_the_deputy_and_says_so(world: World) -> None:
    """h2 has no office, so its secretary holds the audit of h2-1 and would be told of himself."""
    world.submit("h2-1")
    assert world.case("h2-1")["holder"] == {"unit": "h2", "role": "secretary"}
    for day in ("01-20", "01-21", "01-22"):  # not as after an outage, where the holder comes first
        world.at(f"{day} {AFTER_THE_RUNGS}")
    (escalated,) = [
        event["data"]
        for event in world.events("h2-1", "notice_recorded")
        if (event["data"]["rung"], event["data"]["channel"]) == ("committee", "inapp")
        and event["data"]["state"] == "unit_audit"
    ]
    assert escalated["recipient"]["person"] == "h2.dep"
    skipped = {"unit": "h2", "role": "secretary", "person": "h2.sec", "reason": "holder"}
    assert skipped in escalated["skipped"]


def test_a_deadline_grows_by_the_working_days_of_the_suspension(world: World) -> None:
    world.act("h1-2", "resume", "h1.off", reason="已返回单位")
    (resumed,) = world.events("h1-2", "resumed")
    # 13 to 17, 19 to 22 January; three working days from the 9th were over on the 14th.
    assert resumed["data"]["suspended_working_days"] == 9
    (due,) = resumed["data"]["dues"]
    assert world.case("h1-2")["due_at"] == due["due_at"]
    assert world.case("h1-2")["due_at"] == "2020-02-03T16:00:00.000000Z"
    assert world.told("h1-2", "presented") == []


def test_after_the_suspension_the_ladder_begins_anew(world: World) -> None:
    world.at(f"02-03 {AFTER_THE_RUNGS}")
    assert world.told("h1-2", "presented") == [("due_day", "h1.off")]


def test_what_was_not_sent_is_kept_with_its_reason(world: World) -> None:
    world.at(f"02-03 {AFTER_THE_LETTERS}")
    ledger = world.ledger(review=world.cases["h1-4"])
    assert {one["status"] for one in ledger} <= {"sent", "not_sent"}
    assert all(one["reason"] for one in ledger)


def test_afterwards_the_log_is_whole(world: World) -> None:
    world.require_whole()
