"""How a case's figures came about, and who stands where."""

from uuid import UUID

from flask import Blueprint, request

from schemas.instants import parse_instant
from services.workflow.adapters.web import filters as urls
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.languages import _
from services.workflow.adapters.web.rendering import page
from services.workflow.application.ranking import Ranks, Stretch

AT_ONCE = 100  # places on one page
NARROWED = ("tier", "unit", "grading")


def add_scoring(pages: Blueprint, browsers: Browsers) -> None:
    """Add the table of a case's figures, and the pages of places."""

    @pages.get("/cases/<uuid:case_id>/figures")
    @browsers.asks("case.read")
    def figures(case_id: UUID) -> Answer:
        case, told = browsers.uses.scored.view(browsers.actor(), str(case_id))
        here = browsers.uses.boards.here(browsers.look(), case)
        people = [one[whose] for one in told["steps"] for whose in ("person", "deputy_for")]
        names = browsers.uses.boards.names(browsers.look(), [*people, case.person])
        shown = {"case": case, "here": here, "names": names, "instant": parse_instant}
        return page(browsers, "figures.html", scored=told, **shown)

    @pages.get("/cases/<uuid:case_id>/ranking")
    @browsers.asks("case.read")
    def ranking_of_case(case_id: UUID) -> Answer:
        grading = urls.one(request.args, "grading")
        found = browsers.uses.ranking.of_case(browsers.actor(), str(case_id), grading, _stretch())
        case = found.about
        back = (
            f"/cases/{case_id}",
            f"{browsers.look().called(case)} {case.number}" if case else "",
        )
        return _ranking(browsers, found, back)

    @pages.get("/cycles/<uuid:cycle_id>/ranking")
    @browsers.asks("case.list")
    def ranking(cycle_id: UUID) -> Answer:
        among = {name: urls.one(request.args, name) for name in NARROWED}
        found = browsers.uses.ranking.of_round(
            browsers.actor(), str(cycle_id), **among, stretch=_stretch()
        )
        return _ranking(browsers, found, ("/cycles", _("覆盖情况")))


def _stretch() -> Stretch:
    given = urls.one(request.args, "from") if request.args else ""
    wanted = int(given) if given.isdecimal() and len(given) < 7 else 0  # noqa: PLR2004
    return Stretch(first=wanted, limit=AT_ONCE)


def _ranking(browsers: Browsers, found: Ranks, back: tuple[str, str]) -> Answer:
    first, places = found.page.first, found.places
    names = browsers.uses.boards.names(browsers.look(), [one.case.person for one in places])
    kept = {name: request.args[name] for name in NARROWED if name in request.args}
    return page(
        browsers,
        "ranking.html",
        ranks=found,
        places=places,
        names=names,
        after=first + AT_ONCE if found.has_more else None,
        before=max(0, first - AT_ONCE) if first else None,
        narrowed=kept,
        back=back,
    )
