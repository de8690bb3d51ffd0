"""The words of a notice: why you, why now, what to do, and what comes next if you do not.

Everything a text says follows from the decision and from facts as of the decision, not as of the
moment of sending: a notice that is written a second time after a crash reads the same.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from schemas.calendar import OutsideCalendar, WorkingDays, local_day
from schemas.policy import Policy
from services.notifier.domain.notice import Notice
from services.notifier.domain.organisation import Organisation
from services.notifier.domain.plan import NextDue
from services.notifier.domain.review import Review

ROLES = {
    "secretary": "书记",
    "acting_secretary": "主持工作负责人",
    "deputy_secretary": "副书记",
    "committee_member": "委员",
    "discipline_member": "纪委委员",
    "head": "行政负责人",
    "office": "办公室",
    "clerk": "经办人",
    "liaison": "联络员",
    "inspector": "纪检巡察人员",
}
# What a template may name.
FIELDS = frozenset(
    {
        "name",
        "number",
        "unit",
        "appraised",
        "state",
        "act",
        "due",
        "link",
        "why_you",
        "why_now",
        "next",
    }
)


def fields(
    notice: Notice,
    review: Review,
    names: Mapping[str, str],
    organisation: Organisation,
    policy: Policy,
    calendar: WorkingDays,
    coming: NextDue | None,
    link: str,
) -> dict[str, str]:
    """Return what the template's fields stand for; plain text, inserted literally."""
    duty = policy.duty(notice.state, review.tier)
    person = notice.recipient.person if notice.recipient else ""
    return {
        "name": names.get(person, ""),
        "number": review.number,
        "unit": organisation.name(review.unit),
        "appraised": names.get(review.person, "（姓名已删除）"),
        "state": duty.label,
        "act": duty.act,
        "due": _day(notice.due_at, policy) if notice.due_at else "未定",
        "why_you": _why_you(notice, review, organisation),
        "why_now": _why_now(notice, names, policy, calendar),
        "next": _next(coming, notice, organisation, policy),
        "link": link,
    }


def _why_you(notice: Notice, review: Review, organisation: Organisation) -> str:
    recipient, holder = notice.recipient, review.holder
    if recipient is None or holder is None:
        return ""
    desk = _desk(recipient.unit, recipient.role, organisation)
    if (recipient.unit, recipient.role) == (holder.unit, holder.role):
        return f"本件现由您（{desk}）办理"
    passed = [
        _desk(entry.unit, entry.role, organisation)
        for entry in notice.skipped
        if entry.reason in {"vacant", "post_ended"}
    ]
    why = f"本件现由{_desk(holder.unit, holder.role, organisation)}办理，您是{desk}"
    return f"{why}（{'、'.join(passed)}空缺，逐级上报至您）" if passed else f"{why}，负责督促"


def _why_now(
    notice: Notice, names: Mapping[str, str], policy: Policy, calendar: WorkingDays
) -> str:
    if notice.kind == "urge":
        return f"{names.get(notice.urged_by or '', '上级机关')}向您催办"
    if notice.due_at is None:
        return ""
    due, today = _local(notice.due_at, policy), local_day(notice.decided_at, policy.zone)
    due_text = _day(notice.due_at, policy)
    try:
        if today > due:
            n_over = calendar.between(due, today - timedelta(days=1))
            return f"期限为{due_text}，已逾期满 {n_over} 个工作日"
        if today == due:
            return "今天是办理期限的最后一天"
        n_left = calendar.between(today, due)
    except OutsideCalendar:
        return f"期限为{due_text}"
    if n_left == 0:
        return f"期限为{due_text}，之前再无工作日"
    return f"期限为{due_text}，还有 {n_left} 个工作日"


def _next(
    coming: NextDue | None, notice: Notice, organisation: Organisation, policy: Policy
) -> str:
    if coming is None or not coming.recipients:
        return "此后不再自动逐级上报，由机关党委直接督办"
    at = coming.timed.at.astimezone(policy.zone)
    to = coming.recipients[0]
    when = f"{at.month}月{at.day}日 {at:%H:%M}"
    verb = "再次提醒" if coming.timed.rung.kind == "reminder" else "上报"
    told = notice.recipient
    same = told is not None and (told.unit, told.role) == (to.unit, to.role)
    return f"将于{when}{verb}{'您' if same else _desk(to.unit, to.role, organisation)}"


def _desk(unit: str, role: str, organisation: Organisation) -> str:
    return f"{organisation.name(unit)}{ROLES.get(role, role)}"


def _local(due_at: datetime, policy: Policy) -> date:
    # due_at is the midnight that ends the day.
    return local_day(due_at - timedelta(microseconds=1), policy.zone)


def _day(due_at: datetime, policy: Policy) -> str:
    day = _local(due_at, policy)
    return f"{day.year}年{day.month}月{day.day}日"
