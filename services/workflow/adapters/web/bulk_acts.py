"""One trigger for many that were ticked: what it would do to each is shown, then it is done.

The one idea: it is as if each had been done on its own page. Those that allow it are done, of the
others it is told why; nothing is done by the form in which one chooses, and nothing to a case that
has moved since it was shown. What asks for more than a reason has to be done on the case's page.
"""

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import chain

from flask import Blueprint

from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.languages import N_, Words, _
from services.workflow.adapters.web.rendering import page, told
from services.workflow.adapters.web.ticking import SEND, TRIGGER, ticked_cases
from services.workflow.adapters.web.typed import command_of
from services.workflow.application.boards.bulk import MOST_CHOSEN, takes_nothing
from services.workflow.application.boards.rows import Row
from services.workflow.application.firing.commands import Answer as Outcome
from services.workflow.application.firing.commands import CaseCommand
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.verdicts import ends, judged
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.refusals import Blocker

PATH = "/bulk/acts"
REASON, READ = "reason", "read."
WHY_NOT = Words(
    {
        "unknown": N_("这一件没有这一步"),
        "takes": N_("这一步还要填写内容，请在它的页面办理"),
        "ends": N_("这一步会结束它，要输入案号，请在它的页面办理"),
        "absent": N_("没有找到，或者您无权查看"),
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Fate:
    """What would come, or came, of one case."""

    row: Row
    after: str = ""  # the state that it goes to
    why_not: str = ""  # "": nothing is in the way


def offered(acts: Iterable[Iterable[Trigger]]) -> list[tuple[Trigger, int]]:
    """Return what may be done to some cases at once, and to how many, of what may to each."""
    n, known = Counter[str](), dict[str, Trigger]()
    for act in chain.from_iterable(acts):
        known.setdefault(act.name, act)
        n[act.name] += 1
    return [(act, n[name]) for name, act in known.items()]


def add_bulk_acts(pages: Blueprint, browsers: Browsers) -> None:
    """Add the page on which one trigger is fired for many."""

    @pages.post(PATH)
    @browsers.asks("page.bulk")
    def act_on_many() -> Answer:
        form = browsers.form
        step, ids, key = ticked_cases(form, MOST_CHOSEN)
        trigger, sending = form.get(TRIGGER, ""), step == SEND
        board = browsers.uses.boards.chosen(browsers.look(), ids)
        rows = [one.row for one in board.choices]
        commands = [_command(browsers, row.case, trigger, key, sending=sending) for row in rows]
        fates = [_fate(browsers, *one) for one in zip(rows, commands, strict=True)]
        known = (row.here.life.triggers.get(trigger) for row in rows)
        label = next((one.label for one in known if one is not None), "")
        return page(
            browsers,
            "bulk_acts.html",
            board=board,
            label=label,
            allowed=[one for one in fates if not one.why_not],
            refused=[one for one in fates if one.why_not],
            step=step,
            trigger=trigger,
            reason=form.get(REASON, ""),
            key=key if sending else secrets.token_urlsafe(16),
        )


def _command(
    browsers: Browsers, case: Case, trigger: str, key: str, *, sending: bool
) -> CaseCommand:
    """Return the command for one case; it is held to the version that was shown.

    Raises:
        Malformed: the form makes no sense.
    """
    form = browsers.form
    shown = form.get(f"{READ}{case.id}", "") if sending else str(case.version)
    typed: Mapping[str, str] = {
        "trigger": trigger,
        "version": shown,
        "key": sha256(f"{key}/{case.id}".encode()).hexdigest()[:32],
    }
    if form.get(REASON, "").strip():
        typed = {**typed, REASON: form[REASON]}
    command = command_of(case.id, (), typed, browsers.circumstances())
    return command if sending else replace(command, dry_run=True, key=None)


def _fate(browsers: Browsers, row: Row, command: CaseCommand) -> Fate:
    act = row.here.life.triggers.get(command.trigger)
    why = _why_not(browsers, row, act)
    if why:
        return Fate(row=row, why_not=why)
    answer = browsers.uses.firing.fire(command)
    if answer.is_accepted and answer.case is not None:
        return Fate(row=row, after=row.here.state(answer.case.state))
    return Fate(row=row, why_not=_said(answer))


def _why_not(browsers: Browsers, row: Row, act: Trigger | None) -> str:
    """Return what a page asks besides, and many at once cannot be asked; "": nothing."""
    if act is None:
        return WHY_NOT["unknown"]
    if not takes_nothing(act):
        return WHY_NOT["takes"]
    if ends(act, row.case, row.here.life):
        return WHY_NOT["ends"]
    if act.verdict == "pass" and row.case.state in act.sources:
        documents = judged(row.case, row.here.life)
        watch = browsers.uses.boards.sources.watch
        if not watch.has_opened(browsers.actor(), row.case, documents):
            return " ".join(told(Blocker(code="text_not_opened"))).strip()
    return ""


def _said(answer: Outcome) -> str:
    if answer.outcome == "absent":
        return WHY_NOT["absent"]
    why = [" ".join(told(one)).strip() for one in answer.blockers]
    why += [told(Blocker(code=one.code, field=one.field))[0] for one in answer.faults]
    return _("；").join(why)
