"""The page of what was published: schemes, calendars, policies, and the rounds under each."""

from flask import Blueprint

from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.rendering import page, read_by


def add_texts(pages: Blueprint, browsers: Browsers) -> None:
    """Add the page of texts."""

    @pages.get("/texts")
    @browsers.asks("text.read")
    def texts() -> Answer:
        browsers.require("text.read")
        look = browsers.look()
        kinds = browsers.uses.boards.editions(read_by(look))
        return page(browsers, "texts.html", kinds=kinds)
