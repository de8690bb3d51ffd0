"""One's own desk: what waits for an act, and the notices to read."""

import secrets
from uuid import UUID

from flask import Blueprint, redirect, request

from schemas.complaints import Fault
from schemas.fields import CANONICAL_UUID
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.filters import one, place
from services.workflow.adapters.web.flash import just_done
from services.workflow.adapters.web.forms import is_quiet, is_way
from services.workflow.adapters.web.languages import N_, _
from services.workflow.adapters.web.posted import require_known
from services.workflow.adapters.web.rendering import message_page, page
from services.workflow.application.boards.desk import Task
from services.workflow.application.places import INBOX
from services.workflow.domain.case.verdicts import ends
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.refusals import Malformed

MOST_HEADLINE = 60
NOTHING_TO_READ = (N_("没有待审核的文件"), N_("在您手里的都已审核。"))
WHY_NOW = "为何现在："  # as the notifier's templates have it


def add_desk(pages: Blueprint, browsers: Browsers) -> None:
    """Add the pages of one's own tasks and notices."""

    @pages.get("/tasks")
    @browsers.asks("page.tasks")
    def tasks() -> Answer:
        return task_page(browsers)

    @pages.get("/reading")
    @browsers.asks("page.tasks")
    def first_to_read() -> Answer:
        waiting = browsers.uses.boards.to_judge(browsers.look())
        if waiting:
            return redirect(f"/cases/{waiting[0]}/reading", 303)
        return message_page(browsers, 200, *map(_, NOTHING_TO_READ))

    @pages.get("/inbox")
    @browsers.asks("page.inbox")
    def inbox() -> Answer:
        asked = one(request.args, "after")
        after = place(asked, INBOX) if asked else None
        letters, following = browsers.uses.boards.inbox(browsers.look(), after)
        return page(
            browsers,
            "inbox.html",
            letters=letters,
            headline=headline,
            why_now=why_now,
            next="~".join(following or ()),
        )

    @pages.post("/inbox/<uuid:notice>/read")
    @browsers.asks("page.inbox")
    def mark_read(notice: UUID) -> Answer:
        require_known(browsers.form, ("to",))
        to = browsers.form.get("to")
        if to is not None and CANONICAL_UUID.fullmatch(to) is None:
            raise Malformed(Fault(field="to", code="not_a_uuid"))
        by = browsers.circumstances()
        browsers.uses.answers.read(by.actor, [str(notice)], by.correlation)
        return redirect(f"/cases/{to}" if to else "/inbox", 303)

    @pages.get("/inbox/<uuid:notice>/read")
    @browsers.asks("page.inbox")
    def back_to_inbox(notice: UUID) -> Answer:  # noqa: ARG001 -- the address names it
        """Where a browser is after the form was refused: asked for by itself, it is the inbox."""
        return redirect("/inbox", 303)


def task_page(browsers: Browsers) -> Answer:
    """Return what waits for the one who is signed in."""
    board = browsers.uses.boards.tasks(browsers.look())
    return page(
        browsers,
        "tasks.html",
        board=board,
        at_once=at_once,
        shown_acts=shown_acts,
        home_room="/tasks",
        done=just_done(browsers),
        key=lambda: secrets.token_urlsafe(16),
    )


def headline(text: str) -> str:
    """Return the line of a letter that says what it is about: not whom it greets."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return next((line for line in lines if not line.endswith(("：", ":"))), text[:MOST_HEADLINE])


def why_now(text: str) -> str:
    """Return what a letter says of its moment; "" where it says nothing."""
    lines = (line.strip() for line in text.splitlines())
    return next((line.removeprefix(WHY_NOW) for line in lines if line.startswith(WHY_NOW)), "")


def shown_acts(task: Task) -> list[Trigger]:
    """Return the triggers a list offers: what the case waits for, not what may be done besides.

    Where there is something to read first, verdicts are given where it is read.
    """
    ways = [act for act in task.acts if is_way(act) and not act.reason_required]
    return [act for act in ways if not (act.verdict and task.judged)]


def at_once(task: Task, act: Trigger) -> bool:
    """Tell whether one button is enough: it asks for nothing, and the case goes on after it."""
    return is_quiet(act) and not ends(act, task.row.case, task.row.here.life)
