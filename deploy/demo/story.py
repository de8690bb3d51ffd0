"""The plot: who does what, when, in the cycle of 2019. Times are local; the dates are the notice's.

Each act is one or a few requests as an upstream system would send them. What happens because of
them (events, reminders, escalations) is not written here: the services do it, the log tells it.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from deploy.demo import around, deciding, drawing, meetings, next_round, rectification, reviews
from deploy.demo.narration import ZONE
from deploy.demo.stage import Act
from schemas import calendars
from schemas.calendar import WorkingDays

ROUND_ENDS = date(2020, 6, 30)  # rectifications of 60 working days have ended by then
LAST_DAY = date(2021, 2, 4)  # half-way through the round after
_DENSE = (  # when the clock stops every working day
    (date(2020, 1, 8), date(2020, 2, 28)),
    (date(2020, 5, 25), date(2020, 6, 8)),
    (date(2021, 1, 8), LAST_DAY),
)
Moment = tuple[datetime, str, Act | None]

# When, what is told first, and what is done.
ACTS: tuple[tuple[datetime, str, Act], ...] = tuple(
    (datetime.fromisoformat(at).replace(tzinfo=ZONE), what, act)
    for at, what, act in (
        ("2020-01-08T08:30", "机关党委办公室开启 2019 年度考核周期", reviews.open_round),
        ("2020-01-08T14:00", "督查调研：不打招呼，到第二示例医院", around.visit),
        ("2020-01-08T17:02", "第一批报告", reviews.first_reports),
        ("2020-01-09T10:15", "审核、退回、撤回", reviews.second_reports),
        ("2020-01-09T15:00", "现场述职抽签：固定名单，两人签署检查点", drawing.freeze),
        ("2020-01-09T16:00", "反馈督查情况", around.feed_back),
        ("2020-01-09T21:30", "双色球开奖，两人分别登记号码", drawing.enter),
        ("2020-01-10T14:00", "第二示例医院书记的报告", around.answer_visit),
        ("2020-01-10T15:30", "其余书记提交报告；有人想跳过审核", reviews.other_reports),
        ("2020-01-13T09:00", "空缺的书记到任，补立案", reviews.fill_vacancy),
        ("2020-01-13T16:00", "单位党委审核", reviews.unit_audits),
        ("2020-01-13T17:00", "各单位报送会议方案", meetings.file_plans),
        ("2020-01-14T16:30", "机关党委审核", reviews.organ_audits),
        ("2020-01-14T17:00", "机关党委批准会议方案", meetings.approve_plans),
        ("2020-01-16T10:40", "机关党委办公室人工催办", reviews.urge),
        ("2020-01-16T11:00", "抽签结果无异议，办结", drawing.close),
        ("2020-01-16T15:00", "各单位报送会议材料；省里定了会期", meetings.prepare),
        ("2020-01-17T10:00", "委述评会议定了会期，又取消，另定；各单位定会期", meetings.cancel),
        ("2020-01-19T10:00", "一位支部书记调动，由继任者述职", reviews.replace_secretary),
        ("2020-01-20T09:40", "拖了四个工作日的审核终于完成", reviews.late_audit),
        ("2020-01-20T14:00", "省直机关工委述评会议", meetings.hold_provincial),
        ("2020-01-21T14:00", "省卫生健康委述评会议", meetings.hold_commission),
        ("2020-01-22T10:30", "登记机关党委的测评与评议得分", reviews.score_commission),
        (
            "2020-01-27T20:10",
            "国务院办公厅通知：春节假期延长至 2 月 2 日；导入新日历",
            around.prolong,
        ),
        ("2020-02-03T11:00", "疫情防控：一位书记的考核中止计时", around.suspend),
        ("2020-02-04T14:00", "第二示例医院述评会议", meetings.hold_units(meetings.REDONE)),
        ("2020-02-06T10:00", "机关党委责令第二示例医院重新开展", meetings.order_redo),
        ("2020-02-10T15:00", "第二示例医院重新报告、重新准备", meetings.prepare_again),
        (
            "2020-02-12T14:00",
            "各单位述评会议",
            meetings.hold_units("u-hospital-1", "u-maternity", "u-school"),
        ),
        ("2020-02-13T16:00", "返回单位，恢复计时", around.resume),
        ("2020-02-14T14:00", "第二示例医院第二次会议；疾控中心述评会议", meetings.hold_second),
        ("2020-02-14T16:30", "登记各单位得分", reviews.score_units),
        ("2020-02-19T10:00", "各单位报送会议总结", meetings.sum_up),
        ("2020-02-20T16:00", "党委会议研究总体意见", deciding.first_body),
        ("2020-02-24T16:00", "党组会议审定；一件得分登记有误", deciding.second_body),
        ("2020-02-25T10:20", "反馈", reviews.feedback),
        ("2020-02-26T15:00", "约谈一般和差的", deciding.interviews),
        ("2020-03-04T15:00", "问题、责任、整改三张清单", rectification.rectify),
        ("2020-03-25T10:00", "整改进展、延期；整改进展通报第一期", rectification.note_progress),
        ("2020-04-09T15:00", "整改事项报告完成，退回", rectification.send_item_back),
        ("2020-04-23T15:00", "再次报告，核验通过，标注典型", rectification.verify_item),
        ("2020-05-11T10:00", "抽查发现反弹，重新整改", rectification.reopen_item),
        ("2020-05-27T16:00", "整改验收、办结", rectification.close),
        ("2020-06-30T16:00", "结束 2019 年度考核周期", rectification.close_round),
        ("2020-12-28T10:00", "任期届满，任职续期；一个支部书记空缺", next_round.renew_posts),
        ("2021-01-08T08:30", "2020 年度考核周期在旁开启", next_round.open_next),
        ("2021-01-11T16:00", "2020 年度：提交报告", next_round.submit),
        ("2021-01-12T10:00", "2020 年度：报送会议方案", next_round.plan),
        ("2021-01-13T16:00", "2020 年度：审核", next_round.audit),
        ("2021-01-15T15:00", "2020 年度：会议材料和会期", next_round.prepare),
        (
            "2021-01-20T14:00",
            "2020 年度：省直机关工委述评会议",
            next_round.hold_provincial,
        ),
        (
            "2021-01-21T14:00",
            "2020 年度：省卫生健康委述评会议",
            next_round.hold_commission,
        ),
        ("2021-01-22T10:30", "2020 年度：登记得分", next_round.score),
        ("2021-01-26T10:00", "2020 年度：空缺的书记到任，补立案", next_round.fill_vacancy),
        (
            "2021-01-26T14:00",
            "2020 年度：疾控中心述评会议",
            next_round.hold_centre,
        ),
        (
            "2021-01-27T14:00",
            "2020 年度：第二示例医院述评会议",
            next_round.hold_hospital,
        ),
        ("2021-01-28T16:00", "2020 年度：登记得分，党委会议审议", next_round.score_units),
        ("2021-02-01T16:00", "2020 年度：党组会议审定", next_round.decide),
        ("2021-02-02T10:20", "2020 年度：反馈", next_round.feed_back),
        ("2021-02-05T14:00", "2020 年度：妇幼保健院述评会议正在召开", next_round.begin),
        ("2021-02-05T15:00", "演示停在这里", next_round.look),
    )
)


def moments() -> Iterator[Moment]:
    """Yield every stop of the clock in order: the acts, and evenings when notices have gone out.

    Every working day until the end of February, then once a week, daily again around the end of
    the rectification, when its reminders and escalations go out, and in the round after; not at
    all in the half year between the two.
    """
    calendar = WorkingDays.from_json(calendars.read())
    stops: list[Moment] = list(ACTS)
    day = ACTS[0][0].date()
    while day <= LAST_DAY:
        dense = any(first <= day <= last for first, last in _DENSE)
        if calendar.is_working(day) and (dense or (day <= ROUND_ENDS and day.weekday() == 0)):
            # Once the rungs of the day are decided, and once its letters have left.
            after = (time(10), time(11, 5))
            stops += [(datetime.combine(day, each, ZONE), "", None) for each in after]
        day += timedelta(days=1)
    yield from sorted(stops, key=lambda stop: stop[0])
