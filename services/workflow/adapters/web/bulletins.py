"""Bulletins on pages: those one may read, each as a page that prints, and as a file."""

from uuid import UUID

from flask import Blueprint

from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.rendering import page
from services.workflow.adapters.web.sheets import saved
from services.workflow.application.papers import MEDIA, of_bulletin


def add_bulletins(pages: Blueprint, browsers: Browsers) -> None:
    """Add the list, the page of one, and its file."""

    @pages.get("/bulletins")
    @browsers.asks("case.list")
    def bulletins() -> Answer:
        found = browsers.uses.bulletins.listed(browsers.actor())
        return page(browsers, "bulletins.html", found=found)

    @pages.get("/bulletins/<uuid:case_id>")
    @browsers.asks("case.read")
    def bulletin(case_id: UUID) -> Answer:
        told = browsers.uses.bulletins.read(browsers.actor(), str(case_id))
        return page(browsers, "bulletin.html", told=told)

    @pages.get("/bulletins/<uuid:case_id>.docx")
    @browsers.asks("case.read")
    def bulletin_paper(case_id: UUID) -> Answer:
        told = browsers.uses.bulletins.read(browsers.actor(), str(case_id))
        content = browsers.uses.layout.set_paper(of_bulletin(told))
        return saved(content, f"{told.found.case.number}.docx", MEDIA)

    @pages.get("/bulletins/<uuid:case_id>.html")
    @browsers.asks("case.read")
    def bulletin_file(case_id: UUID) -> Answer:
        told = browsers.uses.bulletins.read(browsers.actor(), str(case_id))
        answer = page(browsers, "bulletin_file.html", told=told)
        name = f"{told.found.case.number}.html"
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer
