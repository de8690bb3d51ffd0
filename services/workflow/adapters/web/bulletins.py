"""Bulletins on pages: those one may read, each as a page that prints, and as a file."""

from uuid import UUID

from flask import Blueprint, request

from schemas.calendar import local_day
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.filters import one, place
from services.workflow.adapters.web.languages import CHINESE, TAGS, speaking
from services.workflow.adapters.web.rendering import page
from services.workflow.adapters.web.sheets import saved
from services.workflow.application.boards import ZONE
from services.workflow.application.bulletins import Bulletin
from services.workflow.application.papers import MEDIA, of_bulletin
from services.workflow.application.places import of_cases
from services.workflow.application.saving import File, to_save

AT_ONCE = 50  # cases whose bulletins one page lists


def _called(told: Bulletin, ending: str) -> tuple[str, tuple[str, ...]]:
    """Return what the file of a bulletin is called in ASCII, and in words."""
    case, take = told.found.case, told.found.take
    return f"{case.number}-{take.name}.{ending}", (case.number, take.label)


def add_bulletins(pages: Blueprint, browsers: Browsers) -> None:
    """Add the list, the page of one, and its file."""

    def asked(case_id: UUID) -> Bulletin:
        name = one(request.args, "name") or ""
        return browsers.uses.bulletins.read(browsers.actor(), str(case_id), name)

    def by(told: Bulletin) -> str:
        """Return who published it, told from others of their name by what they were that day."""
        names = browsers.uses.boards.names(browsers.look(), [told.by])
        return names(told.by, (local_day(told.at, ZONE), None))

    @pages.get("/bulletins")
    @browsers.asks("case.list")
    def bulletins() -> Answer:
        begin = one(request.args, "after")
        after = place(begin, of_cases("entered_at")) if begin else None
        listed = browsers.uses.bulletins.listed(browsers.actor(), AT_ONCE, after)
        following = "~".join(listed.next) if listed.next else ""
        return page(browsers, "bulletins.html", found=listed.found, after=begin, next=following)

    @pages.get("/bulletins/<uuid:case_id>")
    @browsers.asks("case.read")
    def bulletin(case_id: UUID) -> Answer:
        told = asked(case_id)
        return page(browsers, "bulletin.html", told=told, by=by(told))

    @pages.get("/bulletins/<uuid:case_id>.docx")
    @browsers.asks("case.read")
    def bulletin_paper(case_id: UUID) -> Answer:
        with speaking(CHINESE):  # what is read as well: it is in the scheme's own words
            told = asked(case_id)
        content = browsers.uses.layout.set_paper(of_bulletin(told))
        plain, called = _called(told, "docx")
        return saved(File(content=content, plain=plain, called=called, media=MEDIA))

    @pages.get("/bulletins/<uuid:case_id>.html")
    @browsers.asks("case.read")
    def bulletin_file(case_id: UUID) -> Answer:
        with speaking(CHINESE):  # it is filed and printed
            told = asked(case_id)
            answer = page(browsers, "bulletin_file.html", told=told, by=by(told))
        answer.headers["Content-Language"] = TAGS[CHINESE]
        plain, called = _called(told, "html")
        answer.headers.update(to_save(plain, *called))
        return answer
