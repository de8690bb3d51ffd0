"""Firing triggers by form: every refusal comes back in words, beside what was typed.

The one idea: a page asks more than the API of a person about to do what is not easily undone. Who
passes a text has opened it, who ends a case has typed its number. Both are asked only of those who
may do it at all, so that every other attempt is judged, and remembered, as it is anywhere.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from flask import Blueprint, Response, redirect

from schemas.fields import CANONICAL_UUID
from schemas.limits import CASE_NUMBER
from services.workflow.adapters.web.bringing import bring_files
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.case import case_page, unreadable
from services.workflow.adapters.web.fields import DROP, LOOK, MORE, Asking, Group
from services.workflow.adapters.web.flash import go_and_tell
from services.workflow.adapters.web.gathering import gathering_page
from services.workflow.adapters.web.reading import reading_page
from services.workflow.adapters.web.rendering import know_people
from services.workflow.adapters.web.sheets import read_sheets
from services.workflow.adapters.web.taking import groups_of
from services.workflow.adapters.web.typed import GATHERING, NEXT, NUMBER, READING, TASKS, command_of
from services.workflow.application.firing.commands import Answer as Outcome
from services.workflow.application.firing.commands import CaseCommand
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.verdicts import ends, judged
from services.workflow.domain.language.model.lives import Life
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.refusals import Blocker, Malformed, NotYours

_NUMBER = re.compile(CASE_NUMBER, re.ASCII)


class _Known(NamedTuple):
    """A trigger that the scheme knows, of a case in sight."""

    case: Case
    life: Life
    trigger: Trigger
    groups: list[Group]  # what it takes


def add_acts(pages: Blueprint, browsers: Browsers) -> None:
    """Add what fires triggers."""

    @pages.post("/cases/<uuid:case_id>/transitions")
    @browsers.asks("case.trigger")
    def fire(case_id: UUID) -> Answer:
        case, form = str(case_id), browsers.form
        trigger = form.get("trigger", "")
        known = _known(browsers, case, trigger)
        only_asked, unfit = {MORE, DROP} & form.keys(), brought(browsers, case)
        if unfit:
            answer = Outcome(outcome="not_fulfilled", blockers=unfit)
            return _again(browsers, case, answer=answer, tried=trigger)
        if only_asked and known is not None:
            return _again(browsers, case, tried=trigger)  # for more rows, or a file less
        try:
            answer = _attempt(browsers, case, known, rehearse=LOOK in form)
        except Malformed as refused:
            status, answer = unreadable(refused)
            return _again(browsers, case, status, answer=answer, tried=trigger)
        if answer.outcome == "done":
            return go_and_tell(browsers, _after(browsers, case), trigger)
        return _again(browsers, case, answer=answer, tried=trigger)

    @pages.get("/cases/<uuid:case_id>/transitions")
    @pages.get("/cases/<uuid:case_id>/notes")
    @browsers.asks("case.read")
    def back_to_case(case_id: UUID) -> Answer:
        """Where a browser is after a form was refused: asked for by itself, it is the case."""
        return redirect(f"/cases/{case_id}", 303)


def attempt(browsers: Browsers, case: str, besides: Iterable[str]) -> Outcome:
    """Fire what the form that was sent asks for; *besides* are fields of its page alone.

    Raises:
        Malformed: it cannot be read.
        NotYours: the case is absent, or out of sight.
    """
    known = _known(browsers, case, browsers.form.get("trigger", ""))
    return _attempt(browsers, case, known, besides)


def _attempt(
    browsers: Browsers,
    case: str,
    known: "_Known | None",
    besides: Iterable[str] = (),
    *,
    rehearse: bool = False,
) -> Outcome:
    by, groups = browsers.circumstances(), known.groups if known else None
    command = command_of(case, groups, browsers.form, by, besides=besides)
    if rehearse:
        answer = browsers.uses.firing.fire(replace(command, dry_run=True, key=None))
    else:
        answer = _fire(browsers, command, known)
    if answer.outcome == "absent":
        raise NotYours(case)
    return answer


def brought(browsers: Browsers, case: str) -> tuple[Blocker, ...]:
    """Keep the files that came with the form, and let go of one; why one was not taken."""
    if not browsers.files and DROP not in browsers.form:
        return ()
    trigger = browsers.form.get("trigger", "")
    known = _known(browsers, case, trigger)
    fields = [field for group in (known.groups if known else ()) for field in group.fields]
    unfit = read_sheets(browsers, case, trigger, fields)
    return (*unfit, *bring_files(browsers, case, fields))


def _known(browsers: Browsers, case: str, trigger: str) -> _Known | None:
    """Return *trigger* and what it takes.

    None where the scheme does not know it, or the case is out of sight: the attempt goes on in
    either case, as it is the use case that refuses it, and remembers.
    """
    look = browsers.look()
    try:
        found, here = browsers.uses.boards.head(look, case)
    except NotYours:
        return None
    known = here.life.triggers.get(trigger)
    if known is None:
        return None
    form = browsers.form
    named = {text for text in map(str.strip, form.values()) if _NUMBER.fullmatch(text)}
    streams = browsers.uses.boards.streams_named(look, named) if known.takes else {}
    numbers = {stream: number for number, stream in streams.items()}
    asking = Asking(case=found, here=here, look=look, typed=form, numbers=numbers)
    return _Known(found, here.life, known, list(groups_of(known, asking)))


def _fire(browsers: Browsers, command: CaseCommand, known: _Known | None) -> Outcome:
    lacking = tuple(_lacking(browsers, known)) if known else ()
    if lacking:
        rehearsal = replace(command, dry_run=True, key=None)
        if browsers.uses.firing.fire(rehearsal).outcome == "rehearsed":
            return Outcome(outcome="not_fulfilled", blockers=lacking)
    return browsers.uses.firing.fire(command)


def _lacking(browsers: Browsers, known: _Known) -> Iterator[Blocker]:
    """Yield what a page still asks of the person for this act."""
    case, life, trigger, _ = known
    if ends(trigger, case, life) and browsers.form.get(NUMBER, "").strip() != case.number:
        yield Blocker(code="number_not_typed", field=NUMBER, params={"number": case.number})
    if trigger.verdict == "pass" and case.state in trigger.sources:
        actor, documents = browsers.actor(), judged(case, life)
        if not browsers.uses.boards.sources.watch.has_opened(actor, case, documents):
            yield Blocker(code="text_not_opened")


def _again(
    browsers: Browsers,
    case: str,
    status: int | None = None,
    *,
    answer: Outcome | None = None,
    tried: str,
) -> Response:
    """Return the page that the form stood on, with what came of it."""
    if answer is not None:
        know_people(browsers, answer.blockers)
    back, host = browsers.form.get("back"), browsers.form.get(NEXT) or case
    if back == GATHERING and CANONICAL_UUID.fullmatch(host):
        return gathering_page(browsers, host, status, answer=answer, tried=tried, case=case)
    show = reading_page if back == READING else case_page
    return show(browsers, case, status, answer=answer, tried=tried)


def _after(browsers: Browsers, case: str) -> str:
    """Return where an act leads that was done."""
    match browsers.form.get("back"), browsers.form.get(NEXT):
        case (str(back), _) if back == TASKS:
            return "/tasks"
        case (str(back), next_one) if back == READING:
            return f"/cases/{next_one}/reading" if next_one else "/reading"
        case (str(back), host) if back == GATHERING:
            return f"/cases/{host or case}/gathering"
    return f"/cases/{case}"
