"""One trigger for many that were ticked: what it would do to each is shown, then it is done.

The one idea: it is as if each had been done on its own page. Those that allow it are done, of the
others it is told why; nothing is done by the form in which one chooses, and nothing to a case that
has moved since it was shown. What asks for more than a reason has to be done on the case's page.
"""

import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import chain

import structlog
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
from services.workflow.application.firing.waves import Failure
from services.workflow.application.gate import UnfitEvent
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.verdicts import ends, judged
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.reasons import blocker_of
from services.workflow.domain.refusals import Blocker, OutcomeUnknown, StoreUnavailable

log = structlog.get_logger()
PATH = "/bulk/acts"
REASON, READ = "reason", "read."
UNSURE = N_("提交时连接中断，不知道是否已办；请打开它的页面查看，再决定是否重做")
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
    act: str = ""  # what its kind calls the trigger
    after: str = ""  # the state that it goes to
    why_not: str = ""  # "": nothing is in the way


def offered(acts: Iterable[Iterable[Trigger]]) -> list[tuple[str, str, int]]:
    """Return what may be done to some cases at once, of what may to each.

    By name, what their kinds call it, and to how many.
    """
    n, labels = Counter[str](), dict[str, dict[str, None]]()
    for act in chain.from_iterable(acts):
        labels.setdefault(act.name, {})[act.label] = None
        n[act.name] += 1
    return [(name, _("、").join(known), n[name]) for name, known in labels.items()]


def add_bulk_acts(pages: Blueprint, browsers: Browsers) -> None:
    """Add the page on which one trigger is fired for many."""

    @pages.post(PATH)
    @browsers.asks("page.bulk")
    def act_on_many() -> Answer:
        form = browsers.form
        step, ids, key = ticked_cases(form, MOST_CHOSEN)
        board = browsers.uses.boards.chosen(browsers.look(), ids)
        rows = {one.row.case.id: one.row for one in board.choices}
        sending = step == SEND
        if sending:
            commands = {one: _command(browsers, one, form.get(READ + one, ""), key) for one in ids}
        else:
            shown = ((one, str(row.case.version)) for one, row in rows.items())
            commands = {
                one: replace(_command(browsers, one, version, key), dry_run=True, key=None)
                for one, version in shown
            }
        before = _done_before(browsers, commands) if sending else {}
        fates = [*_fates(browsers, rows, commands, before)]
        gone = [case for one, case in before.items() if one not in rows]
        try:
            return page(
                browsers,
                "bulk_acts.html",
                board=board,
                labels=[*dict.fromkeys(one.act for one in fates if one.act)],
                allowed=[one for one in fates if not one.why_not],
                refused=[one for one in fates if one.why_not],
                gone=gone,
                n_absent=board.n_absent - len(gone),
                step=step,
                trigger=form.get(TRIGGER, ""),
                reason=form.get(REASON, ""),
                key=key if sending else secrets.token_urlsafe(16),
            )
        except StoreUnavailable as error:  # of the page: what was sent may well be done
            if not sending:
                raise
            raise OutcomeUnknown(str(error)) from error


def _command(browsers: Browsers, case: str, shown: str, key: str) -> CaseCommand:
    """Return the command for one case; it is held to the version that was *shown*.

    Raises:
        Malformed: the form makes no sense.
    """
    form = browsers.form
    typed: Mapping[str, str] = {
        "trigger": form.get(TRIGGER, ""),
        "version": shown,
        "key": sha256(f"{key}/{case}".encode()).hexdigest()[:32],
    }
    if form.get(REASON, "").strip():
        typed = {**typed, REASON: form[REASON]}
    return command_of(case, (), typed, browsers.circumstances())


def _done_before(browsers: Browsers, commands: Mapping[str, CaseCommand]) -> dict[str, Case]:
    """Return the cases for which the same form was sent before and did it, by their ids."""
    before = browsers.uses.apart.done_before([*commands.values()])
    return {one: case for one, case in zip(commands, before, strict=True) if case is not None}


def _fates(
    browsers: Browsers,
    rows: Mapping[str, Row],
    commands: Mapping[str, CaseCommand],
    before: Mapping[str, Case],
) -> Iterator[Fate]:
    acts = {one: row.here.life.triggers.get(commands[one].trigger) for one, row in rows.items()}
    whys = _whys(browsers, rows, acts)
    sent = [one for one in rows if one not in before and one not in whys]
    answers = dict(
        zip(sent, browsers.uses.apart.fire([commands[one] for one in sent]), strict=True)
    )
    for one, row in rows.items():
        known = acts[one]
        fate = Fate(row=row, act="" if known is None else known.label)
        answer = answers.get(one)
        if one in before:  # where it stands by now says nothing of where this step led it
            yield fate
        elif isinstance(answer, Outcome) and answer.is_accepted and answer.case is not None:
            yield replace(fate, after=row.here.state(answer.case.state))
        else:
            yield replace(fate, why_not=whys[one] if answer is None else _said(answer))


def _whys(
    browsers: Browsers, rows: Mapping[str, Row], acts: Mapping[str, Trigger | None]
) -> dict[str, str]:
    """Return what a page asks besides, of those of which many at once cannot be asked it."""
    whys, judging = dict[str, str](), dict[str, tuple[Case, tuple[str, ...]]]()
    for one, row in rows.items():
        act = acts[one]
        if act is None:
            whys[one] = WHY_NOT["unknown"]
        elif not takes_nothing(act):
            whys[one] = WHY_NOT["takes"]
        elif ends(act, row.case, row.here.life):
            whys[one] = WHY_NOT["ends"]
        elif act.verdict == "pass" and row.case.state in act.sources:
            judging[one] = (row.case, judged(row.case, row.here.life))
    watch = browsers.uses.boards.sources.watch
    opened = watch.have_opened(browsers.actor(), judging.values())
    unread = " ".join(told(Blocker(code="text_not_opened"))).strip()
    return whys | {one: unread for one, was in zip(judging, opened, strict=True) if not was}


def _said(answer: Outcome | Failure) -> str:
    match answer:
        case OutcomeUnknown():
            return _(UNSURE)
        case StoreUnavailable():
            return told(Blocker(code="unavailable"))[0]
        case UnfitEvent():
            log.error("page_failed", path=PATH, kind="UnfitEvent", exc_info=answer)
            return told(Blocker(code="internal"))[0]
    if answer.outcome == "absent":
        return WHY_NOT["absent"]
    wrong = (*answer.blockers, *map(blocker_of, answer.faults))
    why = [" ".join(told(one)).strip() for one in wrong]
    return _("；").join(why)
