"""What would be sent to whom when, and what a change of the rules would make of it for everybody.

Nothing is sent and nothing is kept: what was brought is handed to the notifier and forgotten.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, request

from schemas.complaints import Fault
from schemas.said import both
from services.workflow.adapters.web import words
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.filters import one
from services.workflow.adapters.web.languages import CHINESE, N_, Words, _, language, speaking
from services.workflow.adapters.web.posted import Upload, require_known
from services.workflow.adapters.web.rendering import page
from services.workflow.adapters.web.sheets import cut_after, moment, saved, table
from services.workflow.application.boards.plans import NoPlans, UnderWay
from services.workflow.application.boards.simulation import (
    DIFFER,
    NOW,
    THEN,
    Simulation,
    Wanted,
)
from services.workflow.application.editions import KINDS
from services.workflow.application.saving import File
from services.workflow.application.workbooks import MOST_LINES, Value
from services.workflow.domain.refusals import Malformed

PATH = "/simulation"
DAYS_AHEAD = 13  # beside today: two weeks, as the calendar of the morning shows them
MOST_TEXT_BYTES = 1024 * 1024
MOST_TEXTS_BYTES = 3 * 1024 * 1024  # together: what the notifier takes, however it is written
ORGANISATION = "organisation"
AGAINST = "against"  # the policy that is compared with, in place of the one in force
_FILES = ("policy", AGAINST, "scheme", "calendar", ORGANISATION)
_VERSIONS = (*KINDS, AGAINST)
_NEWEST = ""
_HASH = re.compile("[0-9a-f]{64}", re.ASCII)
_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_FIELDS = ("from", "to", *_VERSIONS, "words", "about", "listed", "as")
LISTS = Words({DIFFER: N_("只看不同"), NOW: N_("现行"), THEN: N_("改后")})
LISTS_OF_TWO = Words({DIFFER: N_("只看不同"), NOW: N_("方案甲"), THEN: N_("方案乙")})
_LONGEST_ABOUT = 80
_XLSX = "xlsx"
_BEGUN, _BROUGHT = "begun", "brought"
_NOT_AGAIN = frozenset({"csrf", "as"})
SIGNS = Words({"-": N_("− 不再有"), "+": N_("+ 新增"), "": N_("照旧")})
SIGNS_OF_TWO = Words({"-": N_("− 只有甲"), "+": N_("+ 只有乙"), "": N_("相同")})
_COLUMNS = (
    *("after_change", "planned", "number", "about", "notice", "rung", "receiver", "unit", "role"),
    *("channel", "why_unsent"),
)
COMPARED = "compared"
_FILE_FIELDS = tuple(f"{name}_file" for name in _FILES)
BRINGS = Words(
    {
        "policy": N_("提醒与督办规则"),
        AGAINST: N_("方案甲（提醒与督办规则）"),
        "scheme": N_("方案"),
        "calendar": N_("工作日历"),
        ORGANISATION: N_("单位与任职"),
    }
)
WHY = Words(
    {
        "unavailable": N_("通知服务没有应答，现在算不了。过一会儿再点“推演”。"),
        "busy": N_("正在算另一个，一次只算一个。约十秒后再点“推演”。"),
        "one_thread": N_(
            "服务只有一个工作线程（SHUPING_THREADS=1），算不了推演。请管理员至少设两个。"
        ),
        "takes_too_much": N_("一分钟内算不完。把截止日期提前些再算。"),
        "too_many_notices": N_(
            "整个系统的提醒超过十万条（不只您看得到的），一次算不下。把截止日期提前些再算。"
        ),
        "bad_period": N_("日期不对：止日不早于今天和起日，最多往后四百天。"),
        "unknown_text": N_("通知服务找不到所选的版本。换一个版本，或选文件。"),
        "text_refused": N_("所选的文件有误，没有推演："),
        "internal": N_(
            "通知服务推演时出了错，没有结果。这是程序的错，照原样再算还会出错；"
            "请管理员看通知服务的日志（simulation_failed）。"
        ),
        "gone": N_("这次推演的结果已经不在了：只留十分钟，只留最近几次。请再点“推演”。"),
        "stuck": N_("现有数据推不下去，请管理员看通知服务的自检。"),
    }
)
_STATUSES = {"unavailable": 503, "busy": 503, "one_thread": 503, "internal": 502, "gone": 404}


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused:
    """Why nothing was worked out, and what is wrong with which of the files."""

    why: str
    faults: tuple[str, ...] = ()


def add_simulation(pages: Blueprint, browsers: Browsers) -> None:
    """Add the page on which rules are tried before they are published."""

    @pages.get(PATH)
    @browsers.asks("page.simulation")
    def simulation() -> Answer:
        browsers.require("page.simulation")
        id_ = one(request.args, _BEGUN)
        if not id_:
            return _page(browsers, {})
        if _UUID.fullmatch(id_) is None:
            raise Malformed(Fault(field=_BEGUN, code="not_a_uuid"))
        form = {name: one(request.args, name) for name in (*_FIELDS, _BROUGHT)}
        return _answer(browsers, form, _asked(form, {})[0], id_)

    @pages.post(PATH)
    @browsers.asks("page.simulation")
    def simulate() -> Answer:
        browsers.require("page.simulation")
        form = browsers.form
        require_known(form, _FIELDS)
        require_known(browsers.files, _FILE_FIELDS)
        asked, unfit = _asked(form, browsers.files)
        if unfit:
            refused = Refused(why=WHY["text_refused"], faults=tuple(unfit))
            return _page(browsers, form, refused=refused, status=422)
        brought = [name for name in _FILES if f"{name}_file" in browsers.files]
        return _answer(browsers, {**form, _BROUGHT: " ".join(brought)}, asked)


def _answer(
    browsers: Browsers, form: Mapping[str, str], asked: dict[str, object], under_way: str = ""
) -> Answer:
    """Answer with what came of it; where it takes longer, with the page that asks again."""
    brought = [name for name in _FILES if name in form[_BROUGHT].split()]
    asked = {**dict.fromkeys(brought), **asked}  # of what was a file is known that it was brought
    wanted, is_kept = _wanted(form), form.get("as") == _XLSX and not under_way
    if is_kept:
        wanted = replace(wanted, most=MOST_LINES)
    found = browsers.uses.boards.simulation(browsers.look(), asked, under_way, wanted)
    if isinstance(found, UnderWay):
        # What is still worked out is shown first: a page that waits cannot become a file.
        again = {name: value for name, value in form.items() if value and name not in _NOT_AGAIN}
        here = f"{PATH}?{urlencode({_BEGUN: found.id, **again})}"
        return _page(browsers, form, here=here) if under_way else redirect(here, 303)
    if isinstance(found, NoPlans):
        status = _STATUSES.get(found.code, 422)
        return _page(browsers, form, refused=_refused(found), status=status)
    if is_kept:
        return _kept(browsers, found, of_two=AGAINST in asked)
    changed = [BRINGS[name] for name in _FILES if name in asked and name != AGAINST]
    return _page(
        browsers,
        form,
        found=found,
        changed=changed,
        of_two=AGAINST in asked,
        words_of=asked.get("words"),
    )


def _wanted(form: Mapping[str, str]) -> Wanted:
    """Return what of an answer a form wants to see.

    Raises:
        Malformed: it is no form of ours.
    """
    about, listed = form.get("about", "").strip(), form.get("listed", "") or DIFFER
    if len(about) > _LONGEST_ABOUT:
        zh, en = both("text of {least}–{most} characters", least=0, most=_LONGEST_ABOUT)
        raise Malformed(Fault(field="about", code="too_long", accepted_zh=zh, accepted_en=en))
    if listed not in LISTS:
        raise Malformed(Fault(field="listed", code="not_a_choice"))
    if form.get("as", "") not in ("", _XLSX):
        raise Malformed(Fault(field="as", code="not_a_choice"))
    return Wanted(about=about, listed=listed)


def _kept(browsers: Browsers, found: Simulation, *, of_two: bool) -> Response:
    """Return the lines that the page would show, all of them, as a workbook."""
    look, signs = browsers.look(), SIGNS_OF_TWO if of_two else SIGNS
    with speaking(CHINESE):

        def lines() -> Iterator[Sequence[Value]]:
            for sign, one in found.lines:
                case = found.cases[one.case]
                yield (
                    signs[sign] if sign else "",
                    moment(one.at),
                    case.number,
                    found.names(case.person) if case.person else look.unit_name(case.unit),
                    words.KINDS.get(one.kind, one.kind),
                    one.rung,
                    found.names(one.person) if one.person else "",
                    look.unit_name(one.unit) if one.unit else "",
                    look.role(one.role) if one.role else "",
                    words.CHANNELS.get(one.channel, one.channel),
                    "" if one.leaves else words.NOTICE_REASONS.get(one.reason, one.reason),
                )
            if found.n_lines > len(found.lines):
                yield cut_after(len(found.lines))

        columns = (COMPARED, *_COLUMNS[1:]) if of_two else _COLUMNS
        told = table(_("推演"), columns, lines())
        content = browsers.uses.exports.office.write([told])
    content = browsers.uses.exports.handed_out(look, "simulation", content)
    return saved(File(content=content, plain="simulation.xlsx", called=(told.name,)))


def _asked(
    form: Mapping[str, str], files: Mapping[str, Upload]
) -> tuple[dict[str, object], list[str]]:
    """Return what the notifier is asked, and what is wrong with files before it is.

    Raises:
        Malformed: it is no form of ours.
    """
    asked: dict[str, object] = {name: _day(form, name) for name in ("from", "to")}
    if words := form.get("words", ""):
        if _UUID.fullmatch(words) is None:
            raise Malformed(Fault(field="words", code="not_a_uuid"))
        asked["words"] = words
    unfit: list[str] = []
    n_bytes = 0
    for name in _FILES:
        upload, chosen = files.get(f"{name}_file"), form.get(name, _NEWEST)
        if upload is not None:
            if why := _unfit(upload):
                unfit.append(_("%(what)s：%(said)s", what=BRINGS[name], said=why))
            else:
                asked[name] = {"text": upload.content.decode()}
                n_bytes += len(upload.content)
        elif chosen != _NEWEST:
            if _HASH.fullmatch(chosen) is None:
                raise Malformed(Fault(field=name, code="not_a_hash"))
            asked[name] = {"hash": chosen}
    if n_bytes > MOST_TEXTS_BYTES:
        unfit.append(_("几个文件合计超过 3 MiB"))
    return asked, unfit


def _unfit(upload: Upload) -> str:
    """Return why a file is not handed on; "" where it is."""
    if not upload.content:
        return _("是空的")
    if len(upload.content) > MOST_TEXT_BYTES:
        return _("超过 1 MiB")
    try:
        upload.content.decode()
    except UnicodeDecodeError:
        return _("不是 UTF-8 文本")
    return ""


def _day(form: Mapping[str, str], name: str) -> str:
    try:
        return date.fromisoformat(form.get(name, "")).isoformat()
    except ValueError as error:
        raise Malformed(Fault(field=name, code="not_a_day")) from error


def _refused(found: NoPlans) -> Refused:
    why = WHY[found.code] if found.code in WHY else _("推演被拒绝：%(code)s", code=found.code)
    return Refused(why=why, faults=tuple(map(_fault, found.faults)))


def _fault(found: Any) -> str:
    what = BRINGS.get(found.field, found.field)
    said = found.en if language() == "en" else found.zh
    if not found.line:
        return _("%(what)s：%(said)s", what=what, said=said)
    return _("%(what)s第 %(line)s 行：%(said)s", what=what, line=found.line, said=said)


def _page(
    browsers: Browsers,
    form: Mapping[str, str],
    *,
    found: Simulation | None = None,
    changed: list[str] | None = None,
    of_two: bool = False,
    words_of: object = None,
    here: str = "",
    refused: Refused | None = None,
    status: int = 200,
) -> Response:
    look = browsers.look()
    return page(
        browsers,
        "simulation.html",
        status,
        kinds=browsers.uses.boards.editions(()),
        brings=BRINGS,
        files=_FILES,
        since=form.get("from", look.day.isoformat()),
        until=form.get("to", (look.day + timedelta(days=DAYS_AHEAD)).isoformat()),
        chosen=form,
        lists=LISTS_OF_TWO if of_two else LISTS,
        signs=SIGNS_OF_TWO if of_two else SIGNS,
        of_two=of_two,
        compared=of_two or bool(changed),
        others=[one for one in changed or () if one != BRINGS["policy"]],
        versions=_VERSIONS,
        brought=form.get(_BROUGHT, "").split(),
        listed=form.get("listed") or DIFFER,
        found=found,
        changed=changed,
        words_of=words_of,
        # What was brought as a file is not kept, so nothing more can be asked about it.
        askable=not form.get(_BROUGHT),
        here=here,
        refused=refused,
    )
