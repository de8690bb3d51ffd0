"""The morning of who looks after others, and where each kind of person begins."""

from typing import Literal

from flask import Blueprint, redirect

from services.workflow.adapters.web import filters as urls
from services.workflow.adapters.web.audit import audit_page
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.desk import shown_acts, task_page
from services.workflow.adapters.web.languages import _
from services.workflow.adapters.web.rendering import message_page, page
from services.workflow.adapters.web.views import own_views
from services.workflow.application.boards.lists import Filters

# What stands before each piece of news: shape and colour; the words are beside it.
MARKS = {
    "moved": ("✓", "g-ok"),
    "late": ("▲", "g-late"),
    "escalated": ("↑", "g-late"),
    "undelivered": ("!", "g-soon"),
}
Place = Literal["administration", "audit", "morning", "tasks"]
# Where each of the three administrators begins.
ROOMS = (("staff.read", "/staff"), ("accounts.read", "/accounts"), ("deeds.read", "/deeds"))


def add_morning(pages: Blueprint, browsers: Browsers) -> None:
    """Add the first pages of people."""

    @pages.get("/")
    @browsers.asks("page.account")
    def home() -> Answer:
        """Everybody begins where their day does."""
        match begins(browsers):
            case "audit":
                return audit_page(browsers)
            case "administration":  # no case is theirs
                asked = (room for operation, room in ROOMS if browsers.may(operation))
                return redirect(next(asked, "/inbox"), 303)
            case "morning":
                return morning_page(browsers)
        return task_page(browsers)

    @pages.get("/morning")
    @browsers.asks("page.morning")
    def morning() -> Answer:
        return morning_page(browsers)


def begins(browsers: Browsers) -> Place:
    """Return with which page the one who is signed in begins."""
    if not browsers.may("page.tasks"):
        return "administration"
    look = browsers.look()
    posts = look.organisation.posts_of(look.actor.person or "", look.day)
    observers = look.organisation.vocabulary.observers
    # Who decides as well as watches begins with what they decide.
    if browsers.may("page.audit") and all(post.role in observers for post in posts):
        return "audit"
    return "morning" if look.supervises else "tasks"


def morning_page(browsers: Browsers) -> Answer:
    """Return how things stand this morning."""
    look = browsers.look()
    if not look.cycles:
        return message_page(browsers, 200, _("还没有周期"), _("周期开启后，每天的情况都列在这里。"))
    return page(
        browsers,
        "morning.html",
        board=browsers.uses.boards.morning(look),
        marks=MARKS,
        urls=urls,
        link=urls.address,
        heat_link=heat_link,
        new=lambda name: urls.address("/cases", Filters(new=name)),
        first_act=shown_acts,
        home_room="/morning",
        views=own_views(browsers),
    )


def heat_link(**asked: object) -> str:
    """Return the list behind a cell of the matrix."""
    return urls.address("/stuck", Filters(**asked))  # type: ignore[arg-type]
