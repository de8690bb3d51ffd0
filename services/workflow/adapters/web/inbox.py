"""The inbox: the notices to oneself, each on a page of its own with what may be said to it.

The one idea: a notice is answered where it is read, by who has the desk, while it is so. What
cannot be answered says why. Nothing is judged here: `Answers` says what stands.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Response, redirect, request
from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from schemas.calendar import local_day
from schemas.complaints import Fault
from schemas.fields import CANONICAL_UUID, Choice, StrictSchema
from schemas.instants import parse_instant
from schemas.limits import SNOOZED_WORKING_DAYS
from schemas.policy import BULLETIN
from services.workflow.adapters.web import words
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.case import unreadable
from services.workflow.adapters.web.filters import one, place
from services.workflow.adapters.web.flash import go_and_tell, just_done
from services.workflow.adapters.web.languages import CHINESE, N_, Words
from services.workflow.adapters.web.posted import require_known
from services.workflow.adapters.web.rendering import page, told
from services.workflow.adapters.web.telling import why_told
from services.workflow.adapters.web.typed import integer, typed_text
from services.workflow.application.answers import Asking
from services.workflow.application.asking import (
    PROMISE_BODY,
    SEEN_BODY,
    SNOOZE_BODY,
    fingerprint,
    key_faults,
    read,
    require_key,
)
from services.workflow.application.boards import ZONE, Look
from services.workflow.application.boards.desk import Letter
from services.workflow.application.firing.commands import Answer as Outcome
from services.workflow.application.places import INBOX
from services.workflow.application.reading_ports import Sieve
from services.workflow.domain.reasons import REFUSED, blocker_of
from services.workflow.domain.refusals import Blocker, Malformed

MOST_HEADLINE = 60
WHY_NOW = ("为何现在：", "Why now: ")  # as the notifier's templates have it
PROMISE, SNOOZE = "promise", "snooze"
_ON, _KIND = Choice(("1",)), Choice(words.KINDS)


# Why somebody is told at all, by the kind of notice; where is said beside it.
WHY_YOU = Words(
    {
        "reminder": N_("事项在等您这一岗位"),
        "urge": N_("事项在等您这一岗位"),
        "escalation": N_("办理人逾期，按规则上报"),
        "bulletin": N_("您在这次通报的范围内"),
    }
)


class Wrong(NamedTuple):
    """Why an answer was not taken, and the field that it is about."""

    reason: str
    lift: str
    field: str


def add_inbox(pages: Blueprint, browsers: Browsers) -> None:
    """Add the pages of one's own notices, and what may be said to them."""

    @pages.get("/inbox")
    @browsers.asks("page.inbox")
    def inbox() -> Answer:
        return _list(browsers)

    @pages.post("/inbox/read")
    @browsers.asks("page.inbox")
    def mark_shown() -> Answer:
        """Mark those that the page showed, and no other that came meanwhile."""
        form = browsers.form
        require_known(form, ("notices", "unread", "kind", "asks"))
        sieve = sifted(MultiDict(form))
        body, faults = read(SEEN_BODY, {"notices": form.get("notices", "").split(" ")})
        if faults:
            raise Malformed(*faults)
        by = browsers.circumstances()
        browsers.uses.answers.read(by.actor, body["notices"], by.correlation)
        return redirect(address(sieve), 303)

    @pages.post("/inbox/<uuid:notice>/read")
    @browsers.asks("page.inbox")
    def mark_read(notice: UUID) -> Answer:
        require_known(browsers.form, ("to", "bulletin"))
        to = browsers.form.get("to")
        if to is not None and CANONICAL_UUID.fullmatch(to) is None:
            raise Malformed(Fault(field="to", code="not_a_uuid"))
        by = browsers.circumstances()
        browsers.uses.answers.read(by.actor, [str(notice)], by.correlation)
        return redirect(told_of(to, browsers.form.get("bulletin")) if to else "/inbox", 303)

    @pages.get("/inbox/<uuid:notice>")
    @browsers.asks("page.inbox")
    def one_notice(notice: UUID) -> Answer:
        return _one(browsers, str(notice))

    @pages.post("/inbox/<uuid:notice>/promise")
    @browsers.asks("page.inbox")
    def promise(notice: UUID) -> Answer:
        typed = {"until": browsers.form.get("until", "").strip(" ")}
        return _answered(browsers, str(notice), PROMISE, PROMISE_BODY, typed)

    @pages.post("/inbox/<uuid:notice>/snooze")
    @browsers.asks("page.inbox")
    def snooze(notice: UUID) -> Answer:
        form = browsers.form
        typed = {
            "working_days": integer(form.get("working_days", "").strip(" ")),
            "reason": typed_text(form.get("reason", "")),
        }
        return _answered(browsers, str(notice), SNOOZE, SNOOZE_BODY, typed)

    _add_ways_back(pages, browsers)


def _add_ways_back(pages: Blueprint, browsers: Browsers) -> None:
    """Add where a browser is after a form was refused, and asks for that address by itself."""

    @pages.get("/inbox/read")
    @browsers.asks("page.inbox")
    def back_to_list() -> Answer:
        return redirect("/inbox", 303)

    @pages.get("/inbox/<uuid:notice>/read")
    @pages.get("/inbox/<uuid:notice>/promise")
    @pages.get("/inbox/<uuid:notice>/snooze")
    @browsers.asks("page.inbox")
    def back_to_inbox(notice: UUID) -> Answer:
        return redirect(f"/inbox/{notice}", 303)


def sifted(query: MultiDict[str, str]) -> Sieve:
    """Return which notices an address asks for; names nobody knows are left alone.

    Raises:
        Malformed: a known name twice, or with a value that it does not have.
    """
    asked = {name: one(query, name) for name in ("unread", "kind", "asks")}
    for name, field in (("unread", _ON), ("kind", _KIND), ("asks", _ON)):
        try:
            _ = asked[name] and field.deserialize(asked[name])
        except ValidationError as error:
            raise Malformed(Fault(field=name, code="not_a_choice")) from error
    return Sieve(unread=bool(asked["unread"]), kind=asked["kind"], asks=bool(asked["asks"]))


def address(sieve: Sieve, after: Iterable[str] = ()) -> str:
    """Return the address of a list of notices; what is as usual is left out."""
    on = {"unread": sieve.unread, "asks": sieve.asks}
    said = {"kind": sieve.kind, **{name: "1" if one else "" for name, one in on.items()}}
    said["after"] = "~".join(after)
    query = urlencode({name: value for name, value in said.items() if value})
    return f"/inbox?{query}" if query else "/inbox"


def told_of(case: str, bulletin: str | None) -> str:
    """Return the address of what a notice tells of: a *bulletin* ("": the first), or its case."""
    if bulletin is None:
        return f"/cases/{case}"
    query = urlencode({"name": bulletin} if bulletin else {})
    return f"/bulletins/{case}?{query}" if query else f"/bulletins/{case}"


def opened(letter: Letter, bulletin: str = "") -> str:
    """Return the address of what a letter tells of, the *bulletin* of that name if it tells so."""
    return told_of(letter.case, bulletin if letter.kind == BULLETIN else None)


def headline(text: str) -> str:
    """Return the line of a letter that says what it is about: not whom it greets."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return next((line for line in lines if not line.endswith(("：", ":"))), text[:MOST_HEADLINE])


def why_now(text: str) -> str:
    """Return what a letter says of its moment; "" where it says nothing."""
    lines = (line.strip() for line in text.splitlines())
    found = ((line, begins) for line in lines for begins in WHY_NOW if line.startswith(begins))
    return next((line.removeprefix(begins) for line, begins in found), "")


def _list(browsers: Browsers) -> Response:
    sieve, asked = sifted(request.args), one(request.args, "after")
    after = place(asked, INBOX) if asked else None
    look = browsers.look()
    letters, following = browsers.uses.boards.inbox(look, after, sieve)
    return page(
        browsers,
        "inbox.html",
        letters=letters,
        sieve=sieve,
        address=lambda **wanted: address(Sieve(**wanted)),
        unseen=" ".join(letter.notice for letter in letters if letter.read_at is None),
        headline=headline,
        opened=opened,
        why_now=why_now,
        written_in=browsers.uses.accounts.chosen_language(look.actor.person or "") or CHINESE,
        next=address(sieve, following) if following else "",
    )


def _answered(
    browsers: Browsers, notice: str, how: str, schema: StrictSchema, typed: Mapping[str, Any]
) -> Answer:
    """Say to a notice what the form says; back to it, with what came of it."""
    try:
        outcome = _say(browsers, notice, how, _read(browsers, schema, typed))
    except Malformed as refused:
        status, outcome = unreadable(refused)
        return _one(browsers, notice, how, outcome, status)
    if outcome.is_accepted:
        return go_and_tell(browsers, f"/inbox/{notice}", how)
    return _one(browsers, notice, how, outcome, REFUSED.get(outcome.outcome))


def _read(browsers: Browsers, schema: StrictSchema, typed: Mapping[str, Any]) -> Mapping[str, Any]:
    require_known(browsers.form, ("key", *typed))
    body, faults = read(schema, typed)
    faults += key_faults(browsers.form.get("key"))
    if faults:
        raise Malformed(*faults)
    return body


def _say(browsers: Browsers, notice: str, how: str, body: Mapping[str, Any]) -> Outcome:
    by, answers = browsers.circumstances(), browsers.uses.answers
    said = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in body.items()
    }
    asking = Asking(
        actor=by.actor,
        notice=notice,
        key=require_key(browsers.form.get("key")),
        fingerprint=fingerprint(f"/v1/inbox/{notice}/{how}", by.actor.person, said),
        correlation=by.correlation,
    )
    if how == PROMISE:
        return answers.acknowledge(asking, body["until"])
    return answers.snooze(asking, body["working_days"], body["reason"])


def _one(
    browsers: Browsers,
    notice: str,
    tried: str = "",
    outcome: Outcome | None = None,
    status: int | None = None,
) -> Response:
    """Return the page of one notice; after a refused answer with its reasons and what was typed."""
    look = browsers.look()
    letter = browsers.uses.boards.letter(look, notice)
    recorded = browsers.uses.answers.recorded(look.actor, notice)
    here = letter.stands.here if letter.stands else None
    a_case = words.of_kind(here) if here else ""
    wrong = list(_wrong(outcome, lambda one: told(one, a_case))) if outcome else []
    reason = recorded.data["reason"]

    def said(why: str) -> str:
        return why_told(why, here) if here else words.NOTICE_REASONS.get(why, why)

    return page(
        browsers,
        "notice.html",
        status or 200,
        letter=letter,
        recorded=recorded,
        why_not=told(recorded.blocker, a_case) if recorded.blocker else None,
        reason=said(reason),
        skipped=[(one, said(one["reason"])) for one in recorded.data["skipped"]],
        stood_in=_stood_in(look, recorded.data),
        other_ways=[
            (one, parse_instant(one.get("settled_at") or one["decided_at"]), said(one["reason"]))
            for one in browsers.uses.told_by.other_ways(recorded.data)
        ],
        WHY_YOU=WHY_YOU,
        headline=headline,
        opened=opened,
        tried=tried,
        most_snoozed=SNOOZED_WORKING_DAYS,
        typed=browsers.form,
        wrong=wrong,
        flaws={one.field: one.reason for one in reversed(wrong) if one.field},
        done=just_done(browsers),
        key=lambda: secrets.token_urlsafe(16),
    )


def _stood_in(look: Look, told: Mapping[str, Any]) -> bool:
    """Tell whether one was told as the deputy of who held the post on that day."""
    to = told.get("recipient", {})
    if not (to.get("unit") and to.get("role")):
        return False
    day = local_day(parse_instant(told["decided_at"]), ZONE)
    return look.actor.person in look.organisation.deputies(to["unit"], to["role"], day)


def _wrong(outcome: Outcome, said: Callable[[Blocker], tuple[str, str]]) -> Iterator[Wrong]:
    """Yield what is wrong with an answer, in words."""
    for fault in outcome.faults:
        yield Wrong(*said(blocker_of(fault)), fault.field)
    for blocker in outcome.blockers:
        yield Wrong(*said(blocker), blocker.field)
