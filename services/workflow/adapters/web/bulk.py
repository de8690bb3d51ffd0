"""Reminding many at once: choose, read what will be sent and to whom, then send.

The one idea: nothing is sent by the form in which one chooses, and nothing but what was read: the
second form carries the version of each case, and one that has moved since is not reminded. What it
shows is decided anew when it is sent, case by case, as if each had been reminded on its own page.
"""

import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from hashlib import sha256

from flask import Blueprint, request

from schemas.complaints import Fault
from services.workflow.adapters.web import filters as urls
from services.workflow.adapters.web import words
from services.workflow.adapters.web.addresses import require_words
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.bulk_acts import offered
from services.workflow.adapters.web.languages import CHINESE, N_, Words, _, speaking
from services.workflow.adapters.web.rendering import message_page, page, told
from services.workflow.adapters.web.ticking import KEY, READ, SEND, TEXT, ticked_cases
from services.workflow.adapters.web.typed import note_of
from services.workflow.application.asking import fingerprint
from services.workflow.application.boards.bulk import MOST_CHOSEN, Choice, offered_in_bulk, why_not
from services.workflow.application.boards.lists import Filters
from services.workflow.application.boards.rows import row_of
from services.workflow.domain.case.head import Case
from services.workflow.domain.refusals import Blocker, Malformed, NotAllowed, NotYours

WHY_NOT = Words(
    {
        "ended": N_("已结束"),
        "suspended": N_("计时停，不催办"),
        "own_desk": N_("在您自己手里"),
        "gone": N_("没有找到，或者您无权查看"),
        "moved": N_("看信以后有了变化，请重新看信再发"),
    }
)
USUAL = N_("请尽快办理；不能按期办结的，请说明原因。")


def add_bulk(pages: Blueprint, browsers: Browsers) -> None:
    """Add the page on which many are chosen, and that on which they are reminded."""

    @pages.get("/bulk")
    @browsers.asks("page.bulk")
    def bulk() -> Answer:
        look, every = browsers.look(), urls.one(request.args, "all")
        if every not in ("", "1"):
            raise Malformed(Fault(field="all", code="not_a_choice"))
        if not look.cycles:
            return message_page(browsers, 200, _("还没有周期"), _("周期开启后，都列在这里。"))
        filters = urls.read(request.args)
        require_words(look, filters)
        board = browsers.uses.boards.list(look, filters, overview=False)
        sources = browsers.uses.boards.sources
        acts = offered_in_bulk(sources, look, board.rows)
        return page(
            browsers,
            "bulk.html",
            board=board,
            filters=filters,
            every=bool(every),
            usual=_(USUAL),
            may_act=lambda row: acts[row.case.id],
            acts=offered(acts.values()),
            why=lambda row: told_why(why_not(look, row)),
            link=lambda **more: urls.address("/bulk", filters) + _more(filters, more),
            back=urls.address("/cases", filters),
            next=_further(filters, board.next, every=bool(every)),
            key=secrets.token_urlsafe(16),
        )

    @pages.post("/bulk")
    @browsers.asks("page.bulk")
    def remind() -> Answer:
        step, ids, text, key = _asked(browsers)
        found = browsers.uses.boards.chosen(browsers.look(), ids)
        if step == SEND:
            found = replace(found, choices=tuple(_as_read(browsers.form, found.choices)))
        letters = [
            (one, letter(browsers, one.row.case, text)) for one in found.choices if not one.why_not
        ]
        sent = dict(_send(browsers, letters, key)) if step == SEND else {}
        return page(
            browsers,
            "bulk_look.html",
            board=found,
            letters=letters,
            refused=[(one, told_why(one.why_not)) for one in found.choices if one.why_not],
            sent=sent,
            step=step,
            text=text,
            key=key,
        )


def _asked(browsers: Browsers) -> tuple[str, list[str], str, str]:
    """Return the step, the cases, the words and the key that a form brought.

    Raises:
        Malformed: with every fault.
    """
    form = browsers.form
    step, ids, key = ticked_cases(form, MOST_CHOSEN)
    said = {name: form[name] for name in (KEY, TEXT) if name in form}
    body, _key = note_of(said | {"kind": "urge"})
    return step, ids, body["text"], key


def _as_read(form: Mapping[str, str], choices: Iterable[Choice]) -> Iterator[Choice]:
    """Yield what was chosen; what is no longer as it was when its letter was read is not sent."""
    for one in choices:
        case = one.row.case
        is_read = form.get(READ + case.id) == str(case.version)
        yield one if one.why_not or is_read else replace(one, why_not="moved")


def letter(browsers: Browsers, case: Case, text: str) -> str:
    """Return what is written to who holds a case: at what it stands, by when, and the words."""
    with speaking(CHINESE):  # it is recorded, in the scheme's own words
        state = row_of(browsers.uses.boards.sources, browsers.look(), case).label
        if case.due_at is None:
            return _("%(state)s：%(words)s", state=state, words=text)
        day = words.due_day(case.due_at)
        return _("%(state)s（期限 %(day)s）：%(words)s", state=state, day=day, words=text)


def told_why(reason: str) -> str:
    """Return in words why a case is not reminded of; "" where it can be."""
    if not reason or reason in WHY_NOT:
        return WHY_NOT[reason] if reason else ""
    return told(Blocker(code=reason))[0]


def _send(
    browsers: Browsers, letters: list[tuple[Choice, str]], key: str
) -> Iterator[tuple[str, str]]:
    """Remind of each case; yield its id and "", or why it was not."""
    by = browsers.circumstances()
    for one, text in letters:
        case = one.row.case.id
        body = {"kind": "urge", "text": text}
        own_key = sha256(f"{key}/{case}".encode()).hexdigest()[:32]
        said = fingerprint(f"/v1/reviews/{case}/notes", by.actor.person, body)
        try:
            answer = browsers.uses.notices.note(
                by.actor, case, "urge", text, own_key, said, by.correlation
            )
        except NotYours:
            yield case, WHY_NOT["gone"]
            continue
        except NotAllowed as error:
            yield case, told(error.blocker)[0]
            continue
        why = "" if answer.is_accepted else _("；").join(told(each)[0] for each in answer.blockers)
        yield case, why


def _more(filters: Filters, more: dict[str, str]) -> str:
    sign = "&" if "?" in urls.address("/bulk", filters) else "?"
    return sign + "&".join(f"{name}={value}" for name, value in more.items()) if more else ""


def _further(filters: Filters, after: tuple[str, str] | None, *, every: bool) -> str:
    further = replace(filters, before=None, after=after)
    more = {"all": "1"} if every else {}
    return urls.address("/bulk", further) + _more(further, more) if after else ""
