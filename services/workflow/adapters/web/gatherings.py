"""The list of cases that people gather for: what is under way, ahead, and what waits for papers."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from flask import Blueprint, abort, request

from schemas.complaints import Fault
from services.workflow.adapters.web import filters as urls
from services.workflow.adapters.web import words
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.rendering import page
from services.workflow.application.boards import Look
from services.workflow.application.boards.calls import calls
from services.workflow.application.boards.gatherings import gathering_kinds, stands
from services.workflow.application.boards.rows import Row
from services.workflow.domain.refusals import Malformed


def add_gatherings(pages: Blueprint, browsers: Browsers) -> None:
    """Add the list."""

    @pages.get("/gatherings")
    @browsers.asks("page.gatherings")
    def gatherings() -> Answer:
        return _list(browsers)


def _list(browsers: Browsers) -> Answer:
    look = browsers.look()
    kinds, (asked, _) = gathering_kinds(look), kind_asked(look)
    filters = replace(urls.read(request.args), kind=asked)
    board = browsers.uses.boards.list(look, filters, overview=False)
    after = urls.address("/gatherings", replace(filters, after=board.next)) if board.next else ""
    return page(
        browsers,
        "meetings.html",
        board=board,
        kinds=kinds,
        kind=asked,
        calls=calls,
        seated=browsers.uses.boards.seated(look),
        groups=[(label, rows) for label, rows in _groups(board.rows) if rows],
        next=after,
    )


def kind_asked(look: Look) -> tuple[str, str]:
    """Return the kind that the address asks for, else the first, and what it is called.

    Raises:
        NotFound: people gather for nothing. Malformed: not for this.
    """
    kinds = gathering_kinds(look)
    if not kinds:
        abort(404)
    asked = urls.one(request.args, "kind") or next(iter(kinds))
    if asked not in kinds:
        raise Malformed(Fault(field="kind", code="not_a_choice"))
    return asked, kinds[asked]


def _groups(rows: Iterable[Row]) -> Iterator[tuple[str, list[Row]]]:
    """Yield what is under way, ahead, waiting for its papers and over, each with its cases."""
    found: dict[str, list[Row]] = {label: [] for label in words.STANDS.values()}
    for row in rows:
        found[words.STANDS[stands(row.case, row.here)]].append(row)
    yield from found.items()
