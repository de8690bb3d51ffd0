"""The words of the pages: kinds of notices, times as people here read them.

Labels of states and triggers are the scheme's, those of roles the organisation's, sentences of
refusals the registry's; these are the rest.
"""

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from services.workflow.application.boards import ZONE

WAYS = {"in": "到场", "out": "离席", "excused": "请假"}
# How a case stands that people gather for, the most pressing first.
STANDS = {"going_on": "进行中", "ahead": "将要进行", "kept": "已进行，待收尾", "over": "已结束"}
# Columns of a bulletin, by what the scheme has it show.
SHOWN = {
    "number": "案号",
    "unit": "单位",
    "person": "姓名",
    "state": "环节",
    "mode": "方式",
    "grade": "等次",
    "figure": "得分",
    "listed": "列名",
    "progress": "完成数 / 总数",
}
KINDS = {"reminder": "提醒", "escalation": "督办", "urge": "人工催办", "bulletin": "通报"}
CHANNELS = {"inapp": "站内通知", "email": "邮件", "console": "控制台"}
OUTCOMES = {"sent": "已发出", "failed": "未送达", "unknown": "结果不明", "not_sent": "未发送"}
OUTCOME_MARKS = {"sent": "✔", "failed": "！", "unknown": "？", "not_sent": "–"}
# Why a notice went out, or did not; the notifier's codes.
NOTICE_REASONS = {
    "before_deadline": "期限临近",
    "due_today": "今日到期",
    "overdue": "逾期未办",
    "late_start": "到手时期限已过",
    "urged": "人工催办",
    "too_late": "时点已过，不再补发",
    "superseded": "已由后一次提醒代替",
    "overtaken": "事项已办，无需再发",
    "top_of_ladder": "已无上级可报",
    "published": "已向其所在范围发布",
    "nobody_in_range": "范围内无人",
    "outcome_unknown": "通道未答复",
    "sent_again": "重发一次，前次结果不明",
    "no_address": "没有可用地址",
    "stream_set_aside": "有记录无法读取，提醒已停",
}
CASE = "事项"  # what is listed, where schemes have no one word for it
SUBJECT = "当事人"  # whom a case is about, where its scheme has no word for it
SKIPPED_REASONS = {
    "vacant": "岗位空缺",
    "holder": "承办人本人",
    "person_appraised": "{subject}本人",
    "post_ended": "已离任",
    "no_such_body": "无此组织",
    "left_to_others": "该事项不对其公开",
    "absent": "外出不在岗",
}
NOTICE_REASONS |= SKIPPED_REASONS  # of a late start, whose holder alone is told
TEXTS = {"scheme": "方案", "calendar": "工作日历", "policy": "提醒与督办规则"}
# What an act may forget of a case, in the language's own words.
FORGOTTEN = {
    "verdicts": "审核结论",
    "scores": "评分",
    "submission": "提交的文件",
    "signatures": "签署",
    "grade": "等次",
    "reached": "到过的环节",
}
TAKEN = {"grade": "等次"}  # what is filled in, where the scheme has no label for it
PASSWORD_FAULTS = {
    "password_too_short": "密码至少八个字符。",
    "password_too_long": "密码至多一百二十八个字符。",
    "password_common": "这个密码太常见，请换一个。",
    "password_own_name": "密码里不要包含自己的账号。",
}
MOST_COUNTED = 1000  # lists count no further: a page must not get slower with the log
WEEKDAYS = "一二三四五六日"


def day(at: datetime | date | None) -> str:
    """Return `01-14`, in local time."""
    return _local(at).strftime("%m-%d") if at else ""


def long_day(at: datetime | date | None) -> str:
    """Return `2020-01-14`, in local time."""
    return _local(at).strftime("%Y-%m-%d") if at else ""


def weekday(at: datetime | date) -> str:
    """Return `2020-01-22 周三`, in local time."""
    local = _local(at)
    return f"{local:%Y-%m-%d} 周{WEEKDAYS[local.weekday()]}"


def day_of_week(at: datetime | date) -> str:
    """Return `周三`, in local time."""
    return f"周{WEEKDAYS[_local(at).weekday()]}"


def time_of_day(at: datetime) -> str:
    """Return `10:32`, in local time."""
    return f"{at.astimezone(ZONE):%H:%M}"


def clock(at: datetime | None) -> str:
    """Return `01-14 09:07`, in local time; the midnight that ends a day is that day's 24:00."""
    if at is None:
        return ""
    local = at.astimezone(ZONE)
    if (local.hour, local.minute, local.second) == (0, 0, 0):
        return f"{due_day(at)} 24:00"
    return local.strftime("%m-%d %H:%M")


def long_clock(at: datetime) -> str:
    """Return `2020-01-20 周一 09:12`, in local time."""
    return f"{weekday(at)} {time_of_day(at)}"


def due_day(at: datetime | None) -> str:
    """Return the due day of a deadline, which is the midnight that ends it."""
    if at is None:
        return ""
    local = at.astimezone(ZONE)
    return date.fromordinal(
        (local.toordinal()) - (local.time().isoformat() == "00:00:00")
    ).strftime("%m-%d")


def days(number: float) -> str:
    """Return working days with one decimal."""
    return f"{number:.1f}"


def decimal(exact: str) -> str:
    """Return a fraction as a decimal; one that does not end is told to four places, and so told."""
    whole = Fraction(exact)
    ends = (whole * 10**6).denominator == 1
    n_places = 6 if ends else 4
    scaled = (whole * 10**n_places * 2 + 1) // 2  # half up
    told = f"{Decimal(scaled).scaleb(-n_places):.{n_places}f}"
    while ends and told.endswith("0") and len(told.partition(".")[2]) > 2:  # noqa: PLR2004
        told = told[:-1]
    return told if ends else f"≈ {told}"


def thousands(number: int) -> str:
    """Return 18204 as `18,204`."""
    return f"{number:,}"


def total(number: int) -> str:
    """Return how many there are; beyond what a list counts to, that there are more."""
    return f"{MOST_COUNTED:,}+" if number > MOST_COUNTED else f"{number:,}"


def _local(at: datetime | date) -> date:
    return at.astimezone(ZONE).date() if isinstance(at, datetime) else at
