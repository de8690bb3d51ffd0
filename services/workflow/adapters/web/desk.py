"""One's own desk: what waits for an act."""

import secrets

from flask import Blueprint, redirect

from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.flash import just_done
from services.workflow.adapters.web.forms import is_quiet, is_way, leads_back
from services.workflow.adapters.web.languages import N_, _
from services.workflow.adapters.web.rendering import message_page, page
from services.workflow.adapters.web.voice import Voice
from services.workflow.application.boards.desk import Task
from services.workflow.domain.case.verdicts import ends
from services.workflow.domain.language.model.documents import Person
from services.workflow.domain.language.model.guards import AllEnded, AllReached, Heard, Reached
from services.workflow.domain.language.model.triggers import Trigger

NOTHING_TO_READ = (N_("没有待审核的文件"), N_("在您手里的都已审核。"))


def add_desk(pages: Blueprint, browsers: Browsers) -> None:
    """Add the pages of one's own tasks."""

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


def task_page(browsers: Browsers) -> Answer:
    """Return what waits for the one who is signed in."""
    look = browsers.look()
    board = browsers.uses.boards.tasks(look)

    def wished(task: Task) -> list[tuple[str, str]]:
        """Return what was asked for but its texts, for which the page of the case is opened."""
        row, name = task.row, task.asked.document if task.asked else ""
        filed = row.case.documents.get(name)
        values = filed.rows[max(filed.rows)] if filed and filed.rows else {}
        voice = Voice(here=row.here, look=look, names=board.names, numbers={})
        columns = (one for one in row.here.columns(name) if not isinstance(one.type, Person))
        return [
            (one.label, voice.value(one, values[one.name])) for one in columns if one.name in values
        ]

    return page(
        browsers,
        "tasks.html",
        board=board,
        at_once=at_once,
        shown_acts=shown_acts,
        leads_back=leads_back,
        wished=wished,
        home_room="/tasks",
        done=just_done(browsers),
        key=lambda: secrets.token_urlsafe(16),
    )


def shown_acts(task: Task) -> list[Trigger]:
    """Return the triggers a list offers: what the case waits for, not what may be done besides.

    Where there is something to read first, verdicts are given where it is read. What was asked for
    waits for those that grant and refuse it. What leads forward comes before what leads back.
    """
    answers = task.asked.settled_by if task.asked else frozenset[str]()
    ways = [
        act
        for act in task.acts
        if (is_way(act) and not act.reason_required) or (act.to is None and act.name in answers)
    ]
    found = (act for act in ways if not (act.verdict and task.judged))
    return sorted(found, key=lambda act: leads_back(act, task.row.case))


def at_once(task: Task, act: Trigger) -> bool:
    """Tell whether one button is enough: it asks for nothing, and the case goes on after it.

    What hangs on other cases is judged where they are asked: on the page of the case.
    """
    asks_others = any(
        isinstance(one, Reached | AllReached | AllEnded | Heard) for one in act.guards
    )
    return is_quiet(act) and not asks_others and not ends(act, task.row.case, task.row.here.life)
