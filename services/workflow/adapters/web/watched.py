"""How the notifier finds its own work, for who keeps it running: counts, and ids of cases."""

from datetime import UTC, datetime, timedelta

from flask import Blueprint

from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.languages import N_, Words
from services.workflow.adapters.web.rendering import page

STANDS = Words(
    {
        "armed": N_("已定下一次提醒"),
        "unarmed": N_("没有下一次提醒，也说不出原因"),
        "suspended": N_("暂停计时"),
        "ladder_over": N_("各级提醒都已发过"),
        "set_aside": N_("案件有读不懂的事件，已搁置"),
        "no_policy": N_("所依规则没有提醒办法"),
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

FRESH = timedelta(minutes=5)  # it looks once a minute, of system time whatever clock is driven


def add_watched(pages: Blueprint, browsers: Browsers) -> None:
    """Add the page on which the notifier's own work is looked after."""

    @pages.get("/watch")
    @browsers.asks("page.watch")
    def watched() -> Answer:
        own = browsers.uses.boards.own_work()
        fresh = own is not None and own.at is not None and datetime.now(UTC) - own.at <= FRESH
        return page(
            browsers,
            "watched.html",
            own=own,
            fresh=fresh,
            stands=STANDS,
            became=BECAME,
            why=WHY,
        )
