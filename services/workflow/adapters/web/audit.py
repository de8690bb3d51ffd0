"""What auditors begin with: the newest of all cases, what was refused, who read what."""

from collections.abc import Iterator
from typing import cast
from urllib.parse import urlencode

from flask import Blueprint, request

from schemas.complaints import Fault
from services.workflow.adapters.web import filters as urls
from services.workflow.adapters.web import words
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.languages import N_, Words, _
from services.workflow.adapters.web.rendering import page, told
from services.workflow.adapters.web.telling import UNREADABLE, WITHHELD
from services.workflow.application.boards.audit import Happened, Sort, Sought
from services.workflow.domain.refusals import Blocker, Malformed

TABS = Words(
    {
        "all": N_("全部经过"),
        "acts": N_("办理"),
        "notices": N_("通知和批注"),
        "refused": N_("被拒的操作"),
        "reads": N_("查阅记录"),
    }
)
ANSWERED = Words(
    {
        "notice_read": N_("已阅通知"),
        "notice_acknowledged": N_("答复通知：承诺完成日"),
        "notice_snoozed": N_("答复通知：推后提醒"),
    }
)
READ = Words({"case": N_("打开案卷"), "document": N_("打开待审文件")})
MARKS = {"trigger_refused": "×", "notice_recorded": "●", "note_added": "○", "case_opened": "✓"}
_MOST_DIGITS = 18
ALL = ("show", "all")  # what is shown unasked


def add_audit(pages: Blueprint, browsers: Browsers) -> None:
    """Add the auditor's first page."""

    @pages.get("/audit")
    @browsers.asks("page.audit")
    def audit() -> Answer:
        return audit_page(browsers)


def audit_page(browsers: Browsers) -> Answer:
    """Return the newest of the log that lies in sight, or who read what."""
    look, boards = browsers.look(), browsers.uses.boards
    tab, before, sought = tab_asked(), _before(), sought_asked()
    if tab == "reads":
        board: object = boards.reads(look, before, sought)
    else:
        board = boards.history(look, cast(Sort, tab), before, sought)
    asked = {
        "who": sought.who,
        "number": sought.number,
        "on": sought.day and sought.day.isoformat(),
    }
    asked = {name: text for name, text in asked.items() if text}

    def link(**more: object) -> str:
        named = {"show": tab, **asked, **more}
        said = {name: text for name, text in named.items() if text and (name, text) != ALL}
        return f"/audit?{urlencode(said)}" if said else "/audit"

    return page(
        browsers,
        "audit.html",
        board=board,
        tab=tab,
        tabs=TABS,
        read=READ,
        said=said,
        mark=mark,
        why=lambda one: list(why(one)),
        is_first=before is None,
        sought=sought,
        asked=asked,
        link=link,
        home_room="/audit",
    )


def tab_asked() -> str:
    """Return which part of the log is asked for, by its name in `TABS`.

    Raises:
        Malformed: it has none of that name.
    """
    tab = urls.one(request.args, "show") or "all"
    if tab not in TABS:
        raise Malformed(Fault(field="show", code="not_a_choice"))
    return tab


def sought_asked() -> Sought:
    """Return what is looked for.

    Raises:
        Malformed: it is no text, or no day.
    """
    day = urls.one(request.args, "on")
    return Sought(
        who=urls.searched(request.args, "who"),
        number=urls.searched(request.args, "number"),
        day=urls.day(day, "on") if day else None,
    )


def _before() -> int | None:
    given = urls.one(request.args, "before")
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) <= _MOST_DIGITS):
        raise Malformed(Fault(field="before", code="bad_cursor"), code="bad_cursor")
    return int(given)


def said(one: Happened) -> str:
    """Return what happened, in the scheme's words; what was written is on the case's page."""
    event = one.event
    if event is None:
        return _(WITHHELD if one.withheld else UNREADABLE)
    data = event.data
    match event.fact:
        case "trigger_refused":
            return _("被拒：试图“%(act)s”", act=one.row.here.trigger(data["trigger"]))
        case "notice_recorded":
            kind = words.KINDS.get(data["kind"], data["kind"])
            outcome = words.OUTCOMES.get(data["outcome"], data["outcome"])
            return _("%(kind)s，%(outcome)s", kind=kind, outcome=outcome)
        case "note_added":
            return _("人工催办") if data["kind"] == "urge" else _("批注")
        case "notice_read" | "notice_acknowledged" | "notice_snoozed":
            return _(ANSWERED[event.fact])
        case "case_opened":
            return _("%(kind)s开启", kind=one.row.here.kind.label)
        case "draw_sealed":
            return _("服务封存抽签声明")
    trigger = data.get("trigger")
    return one.row.here.trigger(trigger) if trigger else _("随所据日期重新计算")


def mark(one: Happened) -> str:
    """Return the shape that stands before an event."""
    return MARKS.get(one.event.fact, "·") if one.event else "?"


def why(one: Happened) -> Iterator[str]:
    """Yield why something was refused."""
    if one.event is None or one.event.fact != "trigger_refused":
        return
    for blocker in one.event.data.get("blockers", ()):
        known = Blocker(
            code=blocker["code"],
            field=blocker.get("field", ""),
            params=blocker.get("params", {}),
        )
        yield told(known)[0]
