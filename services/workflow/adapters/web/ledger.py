"""The ledger of a kind whose cases grow out of rows: late ones first, by unit, case and holder."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, request

from services.workflow.adapters.web import filters as urls
from services.workflow.adapters.web.addresses import ledger_asked, summed
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.languages import N_, Words, _
from services.workflow.adapters.web.lists import cell
from services.workflow.adapters.web.rendering import page
from services.workflow.adapters.web.voice import Voice
from services.workflow.application.boards.ledger import in_round
from services.workflow.domain.language.model.documents import Text

GROUPS = Words({"unit": N_("按单位"), "of": N_("按案件"), "holder": N_("按经办")})
HEADS = Words({"unit": N_("单位"), "of": N_("案件"), "holder": N_("经办")})


def add_ledger(pages: Blueprint, browsers: Browsers) -> None:
    """Add the page of a ledger."""

    @pages.get("/ledgers/<kind>")
    @browsers.asks("page.ledger")
    def ledger(kind: str) -> Answer:
        look, path = browsers.look(), f"/ledgers/{kind}"
        rules, of, asked, by = ledger_asked(look, kind, request.args)
        shown = replace(asked, kind=None)
        board = browsers.uses.boards.ledger(look, rules, shown, of, by)
        names = board.list.names

        def link(to: str = path, /, **changes: Any) -> str:
            plain = replace(shown, **{"after": None, "before": None} | changes)
            address = urls.address(to, plain)
            return summed(address, by) if to == path else address

        def texts(row: Any) -> list[tuple[str, str]]:
            said = board.texts.get(row.case.stream, {})
            columns = row.here.columns(row.case.row[0]) if row.case.row else ()
            return [(one.label, said[one.name]) for one in columns if one.name in said]

        def values(row: Any) -> list[tuple[str, str]]:
            columns = row.here.columns(row.case.row[0]) if row.case.row else ()
            told = (
                (one.label, cell(row, one, board.list, look))
                for one in columns
                if not isinstance(one.type, Text)
            )
            return [(label, text) for label, text in told if text]

        def wished(row: Any) -> list[tuple[str, str]]:
            of, texts = board.asked[row.case.stream]
            voice = Voice(here=row.here, look=look, names=board.list.names, numbers={})
            told = (
                (one.label, voice.value(one, of.values[one.name]))
                if one.name in of.values
                else (one.label, texts.get(one.name, ""))
                for one in of.columns
            )
            return [(label, text) for label, text in told if text]

        words = {
            "due": urls.DUES,
            "state": {name: label for name, label, _ in board.states},
            "unit": {shown.unit or "": look.unit_name(shown.unit)},
            "holder": {shown.holder or "": look.unit_name(shown.holder) or names(shown.holder)},
            "running": {"True": _("进行中")},
            "alone": {"True": _("不含下级单位")},
            "asks": {"True": _("申请待答复")},
            "suspended": {"True": _("暂停计时")},
        }
        return page(
            browsers,
            "ledger.html",
            board=board,
            by=by,
            groups=GROUPS,
            heads=HEADS,
            names=names,
            link=link,
            other=lambda cycle: urls.address(path, in_round(shown, cycle)),
            texts=texts,
            values=values,
            wished=wished,
            filters=shown,
            sorts=urls.SORTS,
            chips=[*urls.chips(path, shown, words)],
            next=link(after=board.list.next) if board.list.next else "",
            before=link(before=board.list.before) if board.list.before else "",
            home_room=path,
        )
