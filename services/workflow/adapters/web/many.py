"""One trigger for many cases, by a workbook that is brought to a page."""

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, request

from services.workflow.adapters.web import filters as urls
from services.workflow.adapters.web.brought import Room, Seen, bring, shown
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.languages import CHINESE, _, _n, language
from services.workflow.adapters.web.rendering import page
from services.workflow.adapters.web.sheets import saved
from services.workflow.application.asking import require_key
from services.workflow.application.boards.spoken import spoken
from services.workflow.application.many_cases import Done
from services.workflow.application.workbook_cases import MOST_CASES, Purpose
from services.workflow.domain.case.acting import BETWEEN_ROLES
from services.workflow.domain.refusals import Conflict, NotYours


def add_many(pages: Blueprint, browsers: Browsers) -> None:
    """Add the page that lists what workbooks may be brought for, and that of one such purpose."""

    @pages.get("/cycles/<uuid:cycle_id>/workbooks")
    @browsers.asks("bulk.trigger")
    def workbooks(cycle_id: UUID) -> Answer:
        look = browsers.look()
        rules = look.rules(str(cycle_id))
        if rules is None:
            raise NotYours(str(cycle_id))
        purposes = browsers.uses.many_cases.purposes(look, rules)
        offered = [
            (f"/cycles/{cycle_id}/workbook?{_query(kind, trigger.name)}", rules, kind, trigger, n)
            for kind, trigger, n in purposes.found
        ]
        return page(
            browsers,
            "workbooks.html",
            rules=rules,
            purposes=offered,
            more=purposes.more,
            most=MOST_CASES,
        )

    @pages.get("/cycles/<uuid:cycle_id>/workbook")
    @browsers.asks("bulk.trigger")
    def many_by_workbook(cycle_id: UUID) -> Answer:
        return shown(browsers, _room(browsers, _purpose(str(cycle_id))))

    @pages.post("/cycles/<uuid:cycle_id>/workbook")
    @browsers.asks("bulk.trigger")
    def bring_many(cycle_id: UUID) -> Answer:
        purpose = _purpose(str(cycle_id))
        many, by = browsers.uses.many_cases, browsers.circumstances()

        def look(content: bytes) -> Seen:
            return _seen(browsers, purpose, many.look(by, purpose, content))

        def act(content: bytes, key: str) -> Seen:
            seen, key = browsers.form.get("version", ""), require_key(key or None, "key")
            try:
                return _seen(browsers, purpose, many.act(by, purpose, content, key, seen=seen))
            except Conflict:  # a case has moved
                return replace(look(content), has_moved=True)

        return bring(browsers, _room(browsers, purpose), look, act)

    @pages.get("/cycles/<uuid:cycle_id>/workbook.xlsx")
    @browsers.asks("bulk.trigger")
    def template_for_many(cycle_id: UUID) -> Answer:
        purpose = _purpose(str(cycle_id))
        return saved(browsers.uses.many_cases.template(browsers.actor(), purpose))


def _query(kind: str, trigger: str) -> str:
    return urlencode({"kind": kind, "trigger": trigger})


def _purpose(cycle: str) -> Purpose:
    asked = {name: urls.one(request.args, name) for name in ("kind", "trigger")}
    return Purpose(cycle=cycle, **asked)


def _room(browsers: Browsers, purpose: Purpose) -> Room:
    labels = browsers.uses.many_cases.labels(browsers.actor(), purpose)
    at, query = f"/cycles/{purpose.cycle}/workbook", _query(purpose.kind, purpose.trigger)
    return Room(
        title=_together(browsers, purpose, labels),
        lead=_("一行一件；能办的都已列在表里，留空的不办。"),
        back=(f"/cycles/{purpose.cycle}/workbooks", _("用表格成批办理")),
        action=f"{at}?{query}",
        template=f"{at}.xlsx?{query}",
    )


def _together(browsers: Browsers, purpose: Purpose, labels: Sequence[str]) -> str:
    look = browsers.look()
    between = BETWEEN_ROLES if language() == CHINESE else ", "
    return between.join(look.word(one, purpose.cycle) for one in labels)


def _seen(browsers: Browsers, purpose: Purpose, done: Done) -> Seen:
    look, rules = browsers.look(), browsers.look().rules(purpose.cycle)
    if rules is None:
        raise NotYours(purpose.cycle)
    cases = [answer.case for answer in done.answers if answer.case is not None]
    names = browsers.uses.boards.names(look, [case.person for case in cases])
    lines = list[tuple[str | tuple[str, str], ...]]()
    for case in cases:
        here = spoken(case, rules.scheme, look.organisation.vocabulary, look.say)
        number = (f"/cases/{case.id}", case.number)
        cell, said = done.cell.get(case.number, ""), done.said.get(case.number, "")
        about = (look.unit_name(case.unit), names(case.person))
        lines.append((cell, number, *about, said, here.state(case.state)))
    n, what = done.n_lines, _together(browsers, purpose, done.labels)
    if done.rehearsed:
        sentence = _n("读到 %(n)s 件，都能办理：%(what)s。", n, what=what)
    else:
        sentence = _n("%(n)s 件都已办理：%(what)s。", n, what=what)
    about = (_("单位"), _("人员"))
    headings = (_("单元格"), _("案号"), *about, _("填写的内容"), _("办理后的环节"))
    return Seen(sentence=sentence, headings=headings, lines=lines, version=done.seen)
