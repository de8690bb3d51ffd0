"""The words of the pages: kinds of notices, times as people here read them.

Labels of states and triggers are the scheme's, those of roles the organisation's, sentences of
refusals the registry's; these are the rest.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from flask import g, has_request_context

from schemas.envelope import Envelope
from services.workflow.adapters.web.languages import ENGLISH, N_, Words, _, language
from services.workflow.application.boards import ZONE
from services.workflow.application.boards.spoken import Spoken

_NEAR = timedelta(days=183)  # within which a day without its year is no other one
WAYS = Words({"in": N_("到场"), "out": N_("离席"), "excused": N_("请假")})
# How a case stands that people gather for, the most pressing first.
STANDS = Words(
    {
        "going_on": N_("进行中"),
        "ahead": N_("将要进行"),
        "kept": N_("已进行，待收尾"),
        "over": N_("已结束"),
    }
)
# Columns of a bulletin, by what the scheme has it show.
SHOWN = Words(
    {
        "number": N_("案号"),
        "unit": N_("单位"),
        "person": N_("姓名"),
        "state": N_("环节"),
        "mode": N_("方式"),
        "grade": N_("等次"),
        "figure": N_("得分"),
        "listed": N_("列名"),
        "progress": N_("完成数 / 总数"),
    }
)
KINDS = Words(
    {
        "reminder": N_("提醒"),
        "escalation": N_("督办"),
        "urge": N_("人工催办"),
        "bulletin": N_("通报"),
    }
)
CHANNELS = Words(
    {
        "inapp": N_("站内通知"),
        "email": N_("邮件"),
        "console": N_("控制台"),
        "wecom_robot": N_("企业微信群机器人"),
        "wecom_app": N_("企业微信应用消息"),
        "dingtalk_robot": N_("钉钉群机器人"),
        "feishu_robot": N_("飞书群机器人"),
        "webhook": N_("业务系统接口"),
    }
)
OUTCOMES = Words(
    {
        "sent": N_("已发出"),
        "failed": N_("未送达"),
        "unknown": N_("结果不明"),
        "not_sent": N_("未发送"),
    }
)
OUTCOME_MARKS = Words({"sent": "✔", "failed": "!", "unknown": "?", "not_sent": "–"})
# Why by this channel, where who was told chose theirs.
WHY_CHANNEL = Words(
    {"chosen": N_("本人选了这个渠道"), "choice_not_let": N_("规则不许照本人所选，照规则告知")}
)
# Why a notice went out, or did not; the notifier's codes.
NOTICE_REASONS = Words(
    {
        "before_deadline": N_("期限临近"),
        "due_today": N_("今日到期"),
        "overdue": N_("逾期未办"),
        "late_start": N_("到手时期限已过"),
        "urged": N_("人工催办"),
        "arrived": N_("新到待办"),
        "came_back": N_("返回待办"),
        "asked": N_("有申请待答复"),
        "replied": N_("申请已答复"),
        "taken_over": N_("接手的待办"),
        "too_late": N_("时点已过，不再补发"),
        "superseded": N_("已由后一次提醒代替"),
        "overtaken": N_("事项已办，无需再发"),
        "top_of_ladder": N_("已无上级可报"),
        "promised": N_("已承诺完成日，此前不再提醒"),
        "snoozed": N_("已请求推后，此前不再提醒"),
        "not_chosen": N_("本人选择不走这个渠道"),
        "published": N_("已向其所在范围发布"),
        "nobody_in_range": N_("范围内无人"),
        "outcome_unknown": N_("通道未答复"),
        "sent_again": N_("重发一次，前次结果不明"),
        "replaced": N_("已不在此岗位"),
        "acted_above": N_("收到的人已办理，不再重复"),
        "no_address": N_("没有可用地址"),
        "bounced": N_("邮件被拒收"),
        "stream_set_aside": N_("有记录无法读取，提醒已停"),
    }
)
CASE = N_("事项")  # what is listed, where schemes have no one word for it
SUBJECT = N_("当事人")  # whom a case is about, where its scheme has no word for it
SKIPPED_REASONS = Words(
    {
        "vacant": N_("岗位空缺"),
        "holder": N_("承办人本人"),
        "person_appraised": N_("{subject}本人"),
        "post_ended": N_("已离任"),
        "no_such_body": N_("无此组织"),
        "left_to_others": N_("该事项不对其公开"),
        "absent": N_("外出不在岗"),
    }
)
NOTICE_REASONS |= SKIPPED_REASONS  # of a late start, whose holder alone is told
TEXTS = Words({"scheme": N_("方案"), "calendar": N_("工作日历"), "policy": N_("提醒与督办规则")})
# What an act may forget of a case, in the language's own words.
FORGOTTEN = Words(
    {
        "verdicts": N_("审核结论"),
        "scores": N_("评分"),
        "submission": N_("提交的文件"),
        "signatures": N_("签署"),
        "grade": N_("等次"),
        "reached": N_("到过的环节"),
    }
)
TAKEN = Words({"grade": N_("等次")})  # what is filled in, where the scheme has no label for it
PASSWORD_FAULTS = Words(
    {
        "password_too_short": N_("密码至少八个字符。"),
        "password_too_long": N_("密码至多一百二十八个字符。"),
        "password_common": N_("这个密码太常见，请换一个。"),
        "password_own_name": N_("密码里不要包含自己的账号。"),
    }
)
# Who writes without a person, by the name their writing bears; any other is a token's.
CLIENTS = Words(
    {
        "cli": N_("命令行"),
        "web": N_("网页"),
        "notifier": N_("通知服务"),
        "replanning": N_("期限重算"),
        "drawing": N_("抽签服务"),
    }
)
# What a token may do.
SCOPES = Words(
    {
        "read": N_("读取"),
        "trigger": N_("办理"),
        "act-for": N_("代人办理"),
        "log": N_("读事件日志"),
        "notify": N_("记录通知"),
        "admin": N_("管理"),
    }
)
MOST_COUNTED = 1000  # lists count no further: a page must not get slower with the log
WEEKDAYS = (
    N_("周一"),
    N_("周二"),
    N_("周三"),
    N_("周四"),
    N_("周五"),
    N_("周六"),
    N_("周日"),
)


def of_kind(here: Spoken) -> str:
    """Return what a case of its kind is called: a visit or a meeting is no appraisal.

    The scheme's own word is for those that the round opens for each.
    """
    if language() == ENGLISH:
        return _(CASE)
    return here.a_case if here.kind.origin.form == "each" else here.kind.label or here.a_case


def client(name: str) -> str:
    """Return what people call who wrote something down that no person did."""
    return CLIENTS.get(name) or _("上游系统“%(name)s”", name=name)


def written_by(event: Envelope) -> str:
    """Return by what way an event came in; notices by the notifier, whatever its token's name."""
    return CLIENTS["notifier"] if event.fact == "notice_recorded" else client(event.client)


def day(at: datetime | date | None) -> str:
    """Return `01-14`, in local time; the year as well where another than the nearest is meant."""
    return _short(_local(at)) if at else ""


def long_day(at: datetime | date | None) -> str:
    """Return `2020-01-14`, in local time."""
    return _local(at).strftime("%Y-%m-%d") if at else ""


def weekday(at: datetime | date) -> str:
    """Return `2020-01-22 周三`, in local time."""
    local = _local(at)
    return f"{local:%Y-%m-%d} {_(WEEKDAYS[local.weekday()])}"


def day_of_week(at: datetime | date) -> str:
    """Return `周三`, in local time."""
    return _(WEEKDAYS[_local(at).weekday()])


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
    return f"{_short(local.date())} {local:%H:%M}"


def long_clock(at: datetime) -> str:
    """Return `2020-01-20 周一 09:12`, in local time."""
    return f"{weekday(at)} {time_of_day(at)}"


def due_day(at: datetime | None) -> str:
    """Return the due day of a deadline, which is the midnight that ends it."""
    if at is None:
        return ""
    local = at.astimezone(ZONE)
    return _short(date.fromordinal((local.toordinal()) - (local.time().isoformat() == "00:00:00")))


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


def _short(on: date) -> str:
    """Return `05-08`, and `2020-05-08` half a year away: that would be read as the next one."""
    look = g.get("page_look") if has_request_context() else None
    is_far = look is not None and abs(on - look.day) > _NEAR
    return f"{on:%Y-%m-%d}" if is_far else f"{on:%m-%d}"


def _local(at: datetime | date) -> date:
    return at.astimezone(ZONE).date() if isinstance(at, datetime) else at
