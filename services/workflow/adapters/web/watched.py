"""How the notifier finds its own work, for who keeps it running: counts, cases, channels.

A channel is tried here: one message, and what the other side said to it, in its own code.
"""

import re
from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response

from schemas.complaints import Fault
from schemas.limits import is_code
from schemas.said import both
from services.workflow.adapters.web import words
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.flash import go_and_tell, just_done
from services.workflow.adapters.web.languages import N_, Words, _
from services.workflow.adapters.web.posted import require_known
from services.workflow.adapters.web.rendering import page, told
from services.workflow.application.channel_trials import BEGUN
from services.workflow.domain.reasons import blocker_of
from services.workflow.domain.refusals import Malformed

STANDS = Words(
    {
        "armed": N_("已定下一次提醒"),
        "unarmed": N_("没有下一次提醒，也说不出原因"),
        "suspended": N_("暂停计时"),
        "ladder_over": N_("各级提醒都已发过"),
        "set_aside": N_("案件有读不懂的事件，已搁置"),
        "no_policy": N_("所依规则没有提醒办法"),
        "no_ladder": N_("所依规则在这一阶段不提醒"),
        "outside_calendar": N_("超出日历已公布的年份"),
    }
)
BECAME = Words(
    {
        "kept": N_("已照计划决定"),
        "moved": N_("案件当天已办走或改了期限"),
        "put_off": N_("当天承诺、推后，或换了办法、日历"),
        "stands_still": N_("当天停了计时"),
        "waits": N_("在等还没读到的事件"),
        "missing": N_("计划了却没有决定，也说不出原因"),
    }
)
WHY = Words(
    {
        "top_of_ladder": N_("到顶也没有可告知的人"),
        "vacant": N_("岗位空缺"),
        "holder": N_("案件就在其本人手上"),
        "person_appraised": N_("案件就是关于其本人的"),
        "post_ended": N_("任职已结束"),
        "no_such_body": N_("没有这样的机构"),
        "left_to_others": N_("案件不归其查看"),
        "absent": N_("请假且无人代理"),
    }
)

ADDRESSES = Words(
    {
        "email": N_("邮箱"),
        "wecom": N_("企业微信账号"),
        "dingtalk": N_("钉钉账号"),
        "feishu": N_("飞书账号"),
    }
)
SHUT = Words(
    {
        "budget": N_("额度用完"),
        "pause": N_("对方要求暂停"),
        "circuit": N_("连续失败"),
    }
)
# What came of a trial, and whether it is as it should be.
CAME = Words(
    {
        "sent": N_("已发出，对方已收下。对方收下不等于本人看到，请到收信处核对。"),
        "later": N_("没有发出：对方现在不收，过后再试。"),
        "failed": N_("没有发出：对方不收这一条，多半是地址不对。"),
        "refused": N_("没有发出：对方不认我们，请核对密钥、签名和地址。"),
        "unknown": N_("结果不明：已交给对方，没有等到答复。可能已经送达。"),
        "shut": N_("没有发出：此渠道现在停发，见下表。"),
        "away": N_("没有得到通知服务的结果。这一条可能已经发出，请先到收信处核对。"),
        "busy": N_("正在试发另一条，一次只试一条。几秒后再试。"),
        "absent": N_("没有试：通知服务没有这个渠道。"),
        "no_address": N_("没有试：此渠道要填收信地址。"),
        "unreached": N_("没有试：连不上通知服务，请看它是否在运行、地址对不对。"),
        "turned_away": N_("没有试：通知服务不认这次请求，请核对两边的令牌和版本。"),
        "one_thread": N_(
            "没有试：服务只有一个工作线程（SHUPING_THREADS=1），等答复时别的页面都打不开。"
            "请至少设两个，或用命令行试发。"
        ),
    }
)
# The same as it is told on record, where nobody is to do anything about it.
ON_RECORD = Words(
    {
        BEGUN: N_("开始试发"),
        "sent": N_("已发出，对方已收下"),
        "later": N_("没有发出：对方当时不收"),
        "failed": N_("没有发出：对方不收这一条"),
        "refused": N_("没有发出：对方不认我们"),
        "unknown": N_("结果不明：已交给对方，没有等到答复"),
        "shut": N_("没有发出：此渠道当时停发"),
        "away": N_("没有得到通知服务的结果"),
        "busy": N_("没有试：当时正在试发另一条"),
        "absent": N_("没有试：通知服务没有这个渠道"),
        "no_address": N_("没有试：没有填收信地址"),
        "unreached": N_("没有试：连不上通知服务"),
        "turned_away": N_("没有试：通知服务不认这次请求"),
    }
)
PATH = "/watch"
MOST_ADDRESS = 254
_CODE = re.compile(r"[a-z0-9_]{0,64}", re.ASCII)
FRESH = timedelta(minutes=5)  # it looks once a minute, of system time whatever clock is driven


def add_watched(pages: Blueprint, browsers: Browsers) -> None:
    """Add the page on which the notifier's own work is looked after."""

    @pages.get(PATH)
    @browsers.asks("page.watch")
    def watched() -> Answer:
        return _watched(browsers)

    @pages.post(PATH)
    @browsers.asks("channel.try")
    def try_channel() -> Answer:
        form = browsers.form
        require_known(form, ("channel", "to"))
        name, to = form.get("channel", ""), form.get("to", "").strip(" ")
        if not is_code(name):
            raise Malformed(Fault(field="channel", code="not_a_code"))
        if "to" not in form:
            raise Malformed(Fault(field="to", code="required"))
        if len(to) > MOST_ADDRESS or not to.isprintable():
            zh, en = both("text of {least}–{most} characters", least=1, most=MOST_ADDRESS)
            code = "too_long" if to.isprintable() else "control_character"
            wrong = Fault(field="to", code=code, accepted_zh=zh, accepted_en=en)
            return _watched(browsers, name, _("，").join(filter(None, told(blocker_of(wrong)))))
        tried = browsers.uses.channel_trials.try_one(browsers.actor(), name, to)
        reason = tried.reason if _CODE.fullmatch(tried.reason) else ""
        return go_and_tell(browsers, PATH, f"{name}-{tried.outcome}-{reason}")


def _watched(browsers: Browsers, refused: str = "", why: str = "") -> Response:
    """Return the page; after an address that was refused to the channel *refused* with *why*."""
    board = browsers.uses.boards.watched(browsers.look())
    own = board.own
    fresh = own is not None and own.at is not None and datetime.now(UTC) - own.at <= FRESH
    name, outcome, reason = (*just_done(browsers).split("-"), "", "", "")[:3]
    return page(
        browsers,
        "watched.html",
        400 if refused else 200,
        own=own,
        cases=board.cases,
        names=board.names,
        fresh=fresh,
        stands=STANDS,
        became=BECAME,
        why=WHY,
        channels=browsers.uses.channel_trials.channels(browsers.actor()) or (),
        addresses=ADDRESSES,
        shut=SHUT,
        tried=name,
        came=CAME.get(outcome, outcome),
        is_well=outcome == "sent",
        reason=reason,
        refused=refused,
        flaw=why,
        typed=browsers.form.get("to", "") if refused else "",
    )


def on_record(detail: str) -> str:
    """Return what is on record of a trial in words; a code that nobody knows as it stands."""
    outcome, _, reason = detail.partition(" ")
    said = ON_RECORD.get(outcome, outcome)
    return f"{said} ({words.NOTICE_REASONS.get(reason, reason)})" if reason else said
