"""The registry of reasons: every code a refusal may carry, and what is said about it.

Published and for good: clients branch on the codes, and events keep them for ever, so a code may be
added, never changed or taken away. A sentence may be worded better at any time. `{names}` stand
for the blocker's own figures; what is missing is shown as an ellipsis, never as an error.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from services.workflow.domain.refusals import Blocker

ENGLISH: Final = "en"


@dataclass(frozen=True, slots=True)
class Reason:
    """What is said of one code: why not, and what would make it pass."""

    status: int  # of HTTP, where the reason is the whole answer
    zh: str
    en: str
    zh_if: str = ""
    en_if: str = ""


def sentence(blocker: Blocker, language: str) -> tuple[str, str]:
    """Return why *blocker* blocks, and what would make it pass ("" if nothing would).

    *language* is `en` or, anything else, Chinese. An unknown code stands for itself.
    """
    reason = REASONS.get(blocker.code)
    if reason is None:
        return blocker.code, ""
    said = (reason.en, reason.en_if) if language == ENGLISH else (reason.zh, reason.zh_if)
    figures = _Figures(blocker.params)
    return said[0].format_map(figures), said[1].format_map(figures)


def warning(code: str, language: str) -> str:
    """Return the sentence of a warning, one of `WARNINGS`; an unknown code stands for itself."""
    zh, en = WARNINGS.get(code, (code, code))
    return en if language == ENGLISH else zh


class _Figures(dict[str, str | int]):
    """A blocker's figures; the page says "…" rather than nothing when an old event lacks one."""

    def __missing__(self, _name: str) -> str:
        return "…"


# The status of HTTP of a command that was refused, by what became of it; on every way in.
REFUSED: Final[Mapping[str, int]] = {
    "unknown_token": 401,
    "not_allowed": 403,
    "absent": 404,
    "unfit": 409,
    "stale": 412,
    "not_fulfilled": 422,
    "unavailable": 503,
}

# Told to the auditor with the report; they refuse nothing.
WARNINGS: Final[Mapping[str, tuple[str, str]]] = {
    "report_over_limit": ("报告总字数超过上限", "the report is over the limit"),
    "report_achievements_off_third": (
        "成绩清单字数与三分之一相差较大",
        "the list of achievements is far from a third of the report",
    ),
    "report_problems_off_third": (
        "问题清单字数与三分之一相差较大",
        "the list of problems is far from a third of the report",
    ),
    "report_tasks_off_third": (
        "任务清单字数与三分之一相差较大",
        "the list of tasks is far from a third of the report",
    ),
}

_AUTHORITY: Final[Mapping[str, Reason]] = {
    "client_scope": Reason(
        403,
        "访问令牌没有此项权限",
        "the token lacks the scope",
        "使用具有相应权限的令牌",
        "a token with the scope is used",
    ),
    "client_subtree": Reason(
        403,
        "访问令牌的组织范围不包括此对象",
        "the token's unit does not hold this object",
        "使用绑定到上级组织的令牌",
        "a token bound to a unit above is used",
    ),
    "person_required": Reason(
        403,
        "此操作须由本人负责，系统不能以自己的名义执行",
        "a person has to answer for this; a client may not do it in its own name",
        "用 On-Behalf-Of 注明操作人",
        "On-Behalf-Of names the person",
    ),
    "unknown_person": Reason(
        403,
        "组织中没有此人",
        "the organisation knows no such person",
        "先导入此人的信息",
        "the person is imported first",
    ),
    "admin_excluded": Reason(
        403,
        "系统、安全、审计管理员不得办理任何事项",
        "administrators take no part in any case",
        "由有职务的工作人员办理",
        "somebody who holds a post does it",
    ),
    "own_case": Reason(
        403,
        "不得办理本人的事项",
        "nobody decides on their own case",
        "由本人以外的人员办理",
        "somebody else does it",
    ),
    "four_eyes": Reason(
        403,
        "此操作须由另一人办理：本人此前已提交、签署或办理",
        "this needs another person: this one submitted, signed or acted before",
        "由其他人员办理",
        "somebody else does it",
    ),
    "not_submitter": Reason(
        403,
        "只有提交人可以办理",
        "only who submitted it may do this",
        "由提交人办理",
        "the submitter does it",
    ),
    "post_expired": Reason(
        403,
        "在生效之日不担任所需职务（已到期或尚未开始）",
        "the post was not held on the effective day: it was over, or had not begun",
        "由当日在任的人员办理",
        "somebody who held the post on that day does it",
    ),
    "wrong_tier": Reason(
        403,
        "所任职务属于本事项路径上的另一组织，不是此环节的办理组织",
        "the post is in another body of this case's path, not in the one that acts here",
        "由此环节的办理组织办理",
        "the body that acts in this state does it",
    ),
    "other_tree": Reason(
        403,
        "所任职务属于与本事项无关的组织",
        "the post is in a unit that has nothing to do with this case",
        "由本事项所属的组织办理",
        "a unit of this case's path does it",
    ),
    "no_post": Reason(
        403,
        "不担任办理此事所需的职务",
        "no post that allows this is held",
        "由担任所需职务的人员办理",
        "somebody who holds such a post does it",
    ),
}

_STATE: Final[Mapping[str, Reason]] = {
    "wrong_state": Reason(
        409,
        "当前状态为“{state_label}”，不能“{trigger_label}”",
        "{trigger} is not possible in the state {state}",
        "事项处于允许此操作的状态",
        "the case is in a state that allows it",
    ),
    "suspended": Reason(
        409,
        "事项已中止，不能“{trigger_label}”",
        "{trigger} is not possible: the case is suspended",
        "先恢复事项",
        "the case is resumed first",
    ),
    "not_suspended": Reason(
        409,
        "事项未中止，无需“{trigger_label}”",
        "{trigger} is not possible: the case is not suspended",
        "事项处于中止状态",
        "the case is suspended",
    ),
    "cycle_exists": Reason(
        409,
        "{unit}已在{round}的周期之内，由{opened_by}开启：{cycle}",
        "{unit} is in a cycle of {round} already, opened by {opened_by}: {cycle}",
        "使用已开启的周期",
        "the open cycle is used",
    ),
    "no_holder": Reason(
        409,
        "事项已终结，没有责任方可催办",
        "the case has ended: nobody holds it",
        "事项尚未终结",
        "the case has not ended",
    ),
    "case_ended": Reason(
        409,
        "事项已终结，不再收草稿",
        "the case has ended: no draft is kept for it any more",
        "事项尚未终结",
        "the case has not ended",
    ),
    "draft_moved": Reason(
        412,
        "草稿已由 {person} 另行保存（{time}）",
        "{person} saved the draft meanwhile ({time})",
        "与已保存的内容合并后，按其 ETag 再保存",
        "it is merged with what is stored, and saved again by its ETag",
    ),
    "draft_gone": Reason(
        412,
        "草稿已不在：已提交、已弃置，或已过保存期",
        "the draft is gone: handed in, discarded, or too old",
        "不写 If-Match，另起一份",
        "a new one is begun, without If-Match",
    ),
    "stale_version": Reason(
        412,
        "当前版本为{version}，请求依据的是{expected}",
        "the version is {version}, the request was based on {expected}",
        "重新读取后再提交",
        "it is read again and sent again",
    ),
}

_GUARDS: Final[Mapping[str, Reason]] = {
    "reason_required": Reason(
        422, "此操作须写明理由", "a reason is required", "写明理由", "a reason is given"
    ),
    "effective_in_future": Reason(
        422,
        "生效时间不能在将来",
        "the effective time is in the future",
        "生效时间不晚于现在",
        "the effective time is not after now",
    ),
    "outside_calendar": Reason(
        422,
        "工作日历没有 {day} 所在的年份，无法计算期限",
        "the calendar of working days has no table for {day}, so the deadline cannot be told",
        "日历补充该年份后",
        "the calendar has that year",
    ),
    "effective_too_old": Reason(
        422,
        "生效时间早于允许追溯的{days}天",
        "the effective time is more than {days} days ago",
        "生效时间在{days}天以内",
        "the effective time is within {days} days",
    ),
    "effective_before_last": Reason(
        422,
        "生效时间早于本事项的上一次办理（{earliest}）",
        "the effective time is before the case's last event ({earliest})",
        "生效时间不早于 {earliest}",
        "the effective time is not before {earliest}",
    ),
    "report_list_empty": Reason(
        422,
        "{label}没有内容",
        "the list of {list} is empty",
        "写明{label}",
        "the list of {list} is written",
    ),
    "report_too_long": Reason(
        422,
        "报告共{total}字，超过上限{limit}字",
        "the report has {total} characters, the limit is {limit}",
        "至少删减{over}字",
        "at least {over} characters are cut",
    ),
    "verdict_given": Reason(
        422,
        "已有审核结论，不能再办理此操作",
        "a verdict has been given: it is too late for this",
        "由审核方退回",
        "whoever audits it sends it back",
    ),
    "score_missing": Reason(
        422,
        "缺少{label}",
        "{score} is missing",
        "填写{label}",
        "{score} is given",
    ),
    "score_out_of_range": Reason(
        422,
        "{label}应在0至100之间",
        "{score} is not between 0 and 100",
        "填写0至100的分数",
        "a score from 0 to 100 is given",
    ),
    "decisions_too_few": Reason(
        422,
        "已填决定{given}项，须有{at_least}项",
        "{given} decisions are given, {at_least} are required",
        "补齐决定的日期和纪要编号",
        "{at_least} decisions with date and minutes are given",
    ),
    "decision_ahead": Reason(
        422,
        "决定日期{date}晚于生效之日",
        "the decision's date {date} is after the effective day",
        "作出决定之后再办理",
        "the decision has been taken",
    ),
    "deadline_not_ahead": Reason(
        422,
        "新期限不在生效时间之后",
        "the new deadline is not after the effective time",
        "填写更晚的期限",
        "a later deadline is given",
    ),
    "deadline_unchanged": Reason(
        422,
        "新期限与原期限相同",
        "the new deadline is the present one",
        "填写不同的期限",
        "another deadline is given",
    ),
    "too_early": Reason(
        422,
        "不得早于{date}",
        "not possible before {date}",
        "在{date}或之后办理",
        "it is done on {date} or later",
    ),
}

_WHOLE: Final[Mapping[str, Reason]] = {
    "not_fulfilled": Reason(
        422,
        "有若干条件未满足",
        "several conditions do not hold",
        "满足所列各项条件",
        "each of the conditions listed holds",
    ),
    "unknown_trigger": Reason(
        422,
        "方案中没有此操作",
        "the scheme knows no such trigger",
        "使用方案中的操作",
        "a trigger of the scheme is used",
    ),
    "no_policy": Reason(
        422,
        "方案 {scheme} 还没有发布提醒与督办规则，到期将无人得到通知",
        "no policy is published for the scheme {scheme}, so nobody would be told what is due",
        "先用 policy import 发布该方案的规则",
        "a policy for the scheme is published, with policy import",
    ),
    "no_calendar": Reason(
        422,
        "还没有发布工作日历 {calendar}，无法计算期限",
        "the calendar {calendar} is not published, so no deadline can be told",
        "先用 calendar import 发布该日历",
        "the calendar is published, with calendar import",
    ),
    "nobody_opens": Reason(
        422,
        "该方案没有写明由谁开启周期，不能再开启",
        "the scheme does not say who opens its cycles, so none is opened any more",
        "使用写明 opened_by 的方案",
        "a scheme with opened_by is used",
    ),
    "key_reused": Reason(
        422,
        "此 Idempotency-Key 已用于另一请求",
        "this Idempotency-Key was used for another request",
        "使用新的键",
        "a new key is used",
    ),
    "notice_differs": Reason(
        422,
        "同一通知编号已有不同的记录",
        "a notice of this id is recorded with other content",
        "使用新的通知编号",
        "a new notice id is used",
    ),
    "scheme_unknown": Reason(
        422,
        "没有此方案",
        "no such scheme",
        "使用已有方案的编号",
        "the id of a known scheme is used",
    ),
    "year_mismatch": Reason(
        422,
        "方案适用于{year}年度",
        "the scheme is for {year}",
        "填写{year}",
        "the year is {year}",
    ),
    "body_missing": Reason(
        422,
        "组织“{unit}”（{kind}）上级缺少所需的组织",
        "the unit {unit} ({kind}) lacks a body above it that it needs",
        "先补全组织树",
        "the tree of units is completed first",
    ),
    "position_beyond_size": Reason(
        422,
        "位置超出日志长度{size}",
        "the position is beyond the log of size {size}",
        "位置不大于{size}",
        "the position is at most {size}",
    ),
    "size_not_signed": Reason(
        422,
        "没有长度为{size}的签名检查点",
        "no checkpoint was signed at size {size}",
        "使用检查点的长度",
        "the size of a checkpoint is used",
    ),
}

_HTTP: Final[Mapping[str, Reason]] = {
    "malformed": Reason(400, "请求格式有误", "the request is malformed"),
    "missing_key": Reason(
        400,
        "缺少 Idempotency-Key",
        "the Idempotency-Key is missing",
        "附上 Idempotency-Key",
        "an Idempotency-Key is sent",
    ),
    "bad_cursor": Reason(
        400,
        "游标无效",
        "the cursor is not valid",
        "从第一页重新读取",
        "the list is read from its beginning",
    ),
    "unauthenticated": Reason(
        401,
        "没有有效的令牌或登录",
        "no valid token or session",
        "附上有效的令牌，或重新登录",
        "a valid token is sent",
    ),
    "not_found": Reason(404, "不存在，或无权查看", "it does not exist, or is not yours to see"),
    "method_not_allowed": Reason(
        405,
        "此地址不支持这种方法",
        "this address does not take this method",
        "使用 Allow 所列方法",
        "a method listed in Allow is used",
    ),
    "too_large": Reason(
        413, "请求内容过大", "the body is too large", "缩小或分批提交", "it is sent in parts"
    ),
    "too_slow": Reason(
        408,
        "请求内容到达过慢",
        "the request arrives too slowly",
        "5秒之后不低于每秒8 KiB",
        "it arrives at 8 KiB a second or more after the first 5 seconds",
    ),
    "unsupported_media_type": Reason(
        415,
        "不支持的内容类型",
        "the media type is not supported",
        "使用 application/json（UTF-8）",
        "application/json in UTF-8 is sent",
    ),
    "rate_limited": Reason(
        429,
        "请求过于频繁",
        "too many requests",
        "等待 Retry-After 所示秒数",
        "the seconds of Retry-After have passed",
    ),
    "internal": Reason(500, "系统内部错误", "an internal error"),
    "unavailable": Reason(
        503,
        "暂时无法办理，没有写入任何内容",
        "not possible at the moment; nothing was written",
        "稍后用同一个键重试",
        "it is repeated later with the same key",
    ),
    "log_damaged": Reason(
        503,
        "日志的散列树或检查点已损坏，无法据以证明",
        "the log's tree or its checkpoint is damaged and proves nothing",
        "管理员用 audit rebuild 修复之后",
        "an administrator has made it anew by `audit rebuild`",
    ),
    "overloaded": Reason(
        503,
        "系统繁忙，请求未受理",
        "there is no room for this request now; it was not looked at",
        "等待 Retry-After 所示秒数后重试",
        "it is repeated after the seconds of Retry-After",
    ),
    "outcome_unknown": Reason(
        503,
        "写入时连接中断，结果未知",
        "the connection was lost while writing; the outcome is unknown",
        "用同一个键重试即可得知结果",
        "it is repeated with the same key, which tells",
    ),
}

# Of one field: what it should be is said beside it, as `accepted`.
_FIELDS: Final[Mapping[str, Reason]] = {
    code: Reason(400, zh, en)
    for code, (zh, en) in {
        "required": ("必须填写", "it is required"),
        "null": ("不能为 null", "it may not be null"),
        "invalid": ("不是有效的值", "it is not valid"),
        "unknown_field": ("没有此字段", "there is no such field"),
        "not_an_object": ("应为对象", "it is not an object"),
        "not_a_list": ("应为数组", "it is not an array"),
        "not_an_integer": ("应为整数", "it is not an integer"),
        "not_a_boolean": ("应为 true 或 false", "it is not a boolean"),
        "not_a_string": ("应为字符串", "it is not a string"),
        "not_plain": ("应为字符串或整数", "it is neither a string nor an integer"),
        "not_an_identifier": ("不是有效的编号", "it is not an identifier"),
        "not_a_code": ("不是有效的代码", "it is not a code"),
        "not_a_hash": ("不是有效的散列值", "it is not a hash"),
        "not_a_key": ("不是有效的 Idempotency-Key", "it is not an Idempotency-Key"),
        "not_an_etag": ("不是有效的 If-Match", "it is not an entity tag of ours"),
        "not_a_choice": ("不在可选值之内", "it is none of the values accepted"),
        "not_an_id": ("不是有效的标识", "it is not an id"),
        "not_a_path": ("不是有效的字段路径", "it is not the path of a field"),
        "not_a_source": ("不是有效的事件来源", "it is not the source of an event"),
        "not_a_stream": ("不是有效的事件流", "it is not the name of a stream"),
        "not_a_uuid": ("不是 UUID", "it is not a UUID"),
        "not_an_instant": ("不是带时区的时刻", "it is not an instant with an offset"),
        "not_a_day": ("不是日期", "it is not a day"),
        "not_a_decimal": ("不是十进制数", "it is not a decimal number"),
        "not_a_score": ("不是有效的分数", "it is not a score"),
        "out_of_range": ("超出范围", "it is out of range"),
        "too_long": ("过长", "it is too long"),
        "too_short": ("过短", "it is too short"),
        "too_many": ("项目过多", "there are too many entries"),
        "too_few": ("项目过少", "there are too few entries"),
        "control_character": ("含有控制字符", "it holds a control character"),
        "lone_surrogate": ("含有不成对的代理字符", "it holds a lone surrogate"),
        "not_normalised": ("文本不是 Unicode 规范形式 C", "it is not in Unicode's normal form C"),
        "empty_body": ("请求没有内容", "the body is empty"),
        "body_cut_off": ("请求内容不完整", "the body is cut off"),
        "byte_order_mark": ("内容不应以字节顺序标记开头", "the body begins with a byte order mark"),
        "not_utf8": ("内容不是 UTF-8", "the body is not UTF-8"),
        "not_json": ("内容不是 JSON", "the body is not JSON"),
        "repeated": ("重复出现", "it is there more than once"),
        "duplicate_key": ("对象中有重复的键", "a key is repeated in an object"),
        "not_a_number": ("NaN 和 Infinity 不是 JSON 数值", "NaN and Infinity are no JSON numbers"),
        "number_too_large": ("数值过大", "a number is too large"),
        "too_deep": ("嵌套过深", "it is nested too deeply"),
    }.items()
}

# Of cases of any kind; a catalogue, as texts are data.
_CASES: Final[Mapping[str, Reason]] = {
    code: Reason(**told)
    for code, told in json.loads(
        files(__package__).joinpath("reasons_of_cases.json").read_bytes()
    ).items()
}

REASONS: Final[Mapping[str, Reason]] = {
    **_AUTHORITY,
    **_CASES,
    **_STATE,
    **_GUARDS,
    **_WHOLE,
    **_HTTP,
    **_FIELDS,
}
