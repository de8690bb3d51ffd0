"""The lists: what is stuck, all cases, what a search found."""

from collections.abc import Iterable
from dataclasses import replace

from flask import Blueprint, request

from services.workflow.adapters.web import filters as urls
from services.workflow.adapters.web.addresses import require_words
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.languages import CHINESE, N_, Words, _, speaking
from services.workflow.adapters.web.rendering import a_case, message_page, page
from services.workflow.adapters.web.sheets import saved
from services.workflow.adapters.web.views import own_views
from services.workflow.adapters.web.voice import Voice
from services.workflow.application.boards import Look
from services.workflow.application.boards.lists import (
    TILES,
    Filters,
    ListBoard,
    kinds_of,
    state_labels,
    tiers_of,
)
from services.workflow.application.boards.rows import Row
from services.workflow.application.saving import File
from services.workflow.domain.language.model.documents import Column

TILE_LABELS = Words(
    {
        "running": N_("进行中"),
        "soon": N_("3 个工作日内到期"),
        "over": N_("已超期"),
        "escalated": N_("已督办"),
        "suspended": N_("暂停计时"),
        "undelivered": N_("未送达"),
    }
)


def add_lists(pages: Blueprint, browsers: Browsers) -> None:
    """Add the pages that list cases."""

    @pages.get("/stuck")
    @browsers.asks("page.stuck")
    def stuck() -> Answer:
        return _asked(browsers, "/stuck", _("卡滞清单"), overview=True, due="over")

    @pages.get("/cases")
    @browsers.asks("page.cases")
    def cases() -> Answer:
        return _asked(
            browsers, "/cases", _("全部%(look)s", look=a_case(browsers.look())), overview=False
        )

    @pages.get("/stuck.xlsx")
    @browsers.asks("page.stuck")
    def stuck_sheet() -> Answer:
        return _sheet(browsers, "stuck", N_("卡滞清单"), due="over")

    @pages.get("/cases.xlsx")
    @browsers.asks("page.cases")
    def cases_sheet() -> Answer:
        return _sheet(browsers, "cases", N_("全部%(look)s"))

    @pages.get("/search")
    @browsers.asks("page.cases")
    def search() -> Answer:
        text = urls.sought(request.args)
        title = (
            _("查找“%(text)s”", text=text)
            if text
            else _("全部%(look)s", look=a_case(browsers.look()))
        )
        return _list(browsers, "/cases", Filters(text=text), title, overview=False)


def _asked(browsers: Browsers, path: str, title: str, *, overview: bool, due: str = "") -> Answer:
    asked = urls.read(request.args)
    return _list(browsers, path, replace(asked, due=due or asked.due), title, overview=overview)


def _sheet(browsers: Browsers, name: str, title: str, due: str = "") -> Answer:
    filters = urls.read(request.args)
    filters = replace(filters, due=due or filters.due)
    require_words(browsers.look(), filters)
    exports = browsers.uses.exports
    with speaking(CHINESE):  # files are the office's
        look = browsers.look()
        content = exports.handed_out(look, name, exports.listed(look, filters, a_case(look)))
        called = (_(title, look=a_case(look)),)
    return saved(File(content=content, plain=f"{name}.xlsx", called=called))


def _list(browsers: Browsers, path: str, filters: Filters, title: str, *, overview: bool) -> Answer:
    look, boards = browsers.look(), browsers.uses.boards
    cycles = look.looked_at(filters.cycle)
    if not cycles:
        return message_page(
            browsers,
            200 if not filters.cycle else 404,
            _("还没有周期"),
            _("周期开启后，都列在这里。"),
        )
    require_words(look, filters)
    # What another cycle, kind or tier has, this one may lack: a form can ask for all of them.
    kinds = {name: one.label for name, one in kinds_of(cycles).items()}
    kind = filters.kind if filters.kind in kinds else None
    tiers = {name: one.label for name, one in tiers_of(cycles, kind).items()}
    tier = filters.tier if filters.tier in tiers else None
    filters = replace(filters, kind=kind, tier=tier)
    labels = state_labels(cycles, tier, kind)
    if filters.state not in labels:
        filters = replace(filters, state=None)
    board = boards.list(look, filters, overview=overview)
    words = {
        "due": urls.DUES,
        "noticed": urls.NOTICED,
        "new": {
            name: _("%(label)s（上个工作日以来）", label=label) for name, label in urls.NEW.items()
        },
        "on": {filters.on: _("%(day)s 到期", day=filters.on[5:])},
        "running": {"True": _("进行中")},
        "alone": {"True": _("不含下级单位")},
        "asks": {"True": _("申请待答复")},
        "suspended": {"True": _("暂停计时")},
        "state": labels,
        "kind": kinds,
        "tier": tiers,
        "unit": {filters.unit or "": look.unit_name(filters.unit)},
        "holder": {filters.holder or "": look.unit_name(filters.holder)},
        "text": {filters.text: f"“{filters.text}”"},
    }
    shown = [
        chip
        for chip in urls.chips(path, filters, words)
        if not (overview and chip.label == urls.DUES["over"])
    ]

    def link(to: str = path, /, **changes: object) -> str:
        return urls.address(to, replace(filters, **{"after": None, "before": None} | changes))  # type: ignore[arg-type]

    tiles = [
        (name, TILE_LABELS[name], count, urls.address(*_tile(name, filters)))
        for name, count in board.tiles.items()
    ]
    return page(
        browsers,
        "list.html",
        board=board,
        tiers=tiers,
        kinds=kinds,
        columns=own_columns(board.rows) if kind or len(kinds) == 1 else (),
        cell=lambda row, column: cell(row, column, board, look),
        filters=filters,
        title=title,
        here=path,
        overview=overview,
        chips=shown,
        labels=labels,
        tiles=tiles,
        link=link,
        sheet=link(f"{path}.xlsx"),
        next=link(after=board.next) if board.next else "",
        before=link(before=board.before) if board.before else "",
        sorts=urls.SORTS,
        # Of what is stuck the figures take their statements.
        views=() if overview else own_views(browsers),
        query=filters.text,
        home_room=path,
    )


def own_columns(rows: Iterable[Row]) -> tuple[Column, ...]:
    """Return the columns of the rows that the cases of one list were made from."""
    found = {
        column.name: column
        for row in rows
        if row.case.row is not None
        for column in row.here.columns(row.case.row[0])
        if column.name in row.case.values
    }
    return tuple(found.values())


def cell(row: Row, column: Column, board: ListBoard, look: Look) -> str:
    """Return what stands in a column of the row that a case was made from."""
    value = row.case.values.get(column.name)
    if value is None:
        return ""
    voice = Voice(here=row.here, look=look, names=board.names, numbers=board.numbers)
    return voice.value(column, value)


def _tile(name: str, filters: Filters) -> tuple[str, Filters]:
    """Return the list behind a tile."""
    if name == "over":
        return "/stuck", Filters(cycle=filters.cycle)
    return "/cases", replace(TILES[name], cycle=filters.cycle)
