"""Deputies and absences: who stands in for whom, who is away; told, moved and taken back by form.

One's own; who keeps people and rights has everybody's. Nothing is judged here: the use case says
what is wrong, each with its field.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from schemas.complaints import Fault
from schemas.instants import BadInstant, parse_day
from services.workflow.adapters.web import filters as urls
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.flash import go_and_tell, just_done
from services.workflow.adapters.web.posted import require_known, ticked
from services.workflow.adapters.web.rendering import page, told
from services.workflow.application.boards import Look, Names
from services.workflow.domain.organisation import Absence, Delegation
from services.workflow.domain.organisation.deputising import Wish
from services.workflow.domain.refusals import Blocker, Invalid, Malformed

_PATH = "/deputies"
DELEGATED, ABSENT = "delegated", "absent"
REVOKED, MOVED = "revoked", "moved"  # behind these: what becomes of one that was told
ROLE = "role."  # what the boxes of roles begin with
_OWN = ("person", "deputy", "unit", "from", "until", "form")
MOST_SHOWN = 200


class Wrong(NamedTuple):
    """Why a form was not taken, and the field that it is about."""

    reason: str
    lift: str
    field: str


def add_deputies(pages: Blueprint, browsers: Browsers) -> None:
    """Add the page of deputies and absences."""

    @pages.get(_PATH)
    @browsers.asks("deputies.read")
    def deputies() -> Answer:
        return _page(browsers, urls.identifier(request.args, "person"))

    @pages.post(_PATH)
    @browsers.asks("deputies.record")
    def record() -> Answer:
        form = browsers.form
        require_known(form, (*_OWN, *(name for name in form if name.startswith(ROLE))))
        try:
            wish = _wish(form)
            browsers.uses.deputies.record(
                browsers.actor(), wish, browsers.circumstances().correlation
            )
        except Invalid as refused:
            return _page(browsers, form.get("person", ""), refused.blockers)
        whose = wish.entry.person
        own = whose == browsers.actor().person
        to = _PATH if own else f"{_PATH}?{urlencode({'person': whose})}"
        return go_and_tell(browsers, to, REVOKED if wish.revoked else wish.fact)


def _wish(form: Mapping[str, str]) -> Wish:
    """Return what a form asks for.

    Raises:
        Invalid: a day is none, or something is missing.
        Malformed: it is no form of ours.
    """
    kind, _, becomes = form.get("form", "").partition(".")
    if kind not in (DELEGATED, ABSENT) or becomes not in ("", REVOKED, MOVED):
        raise Malformed(Fault(field="form", code="not_a_choice"))
    revoked = becomes == REVOKED
    needed = ("person", "deputy", "unit") if kind == DELEGATED else ("person",)
    boxes = (name for name in form if name.startswith(ROLE) and ticked(form, name))
    roles = frozenset(name.removeprefix(ROLE) for name in boxes)
    missing = [one for one in needed if not form.get(one, "").strip()]
    if kind == DELEGATED and not revoked and not roles:
        missing.append("roles")
    days, wrong = _days(form, is_revoked=revoked)
    blockers = [*(Blocker(code="required", field=one) for one in missing), *wrong]
    if blockers:
        raise Invalid(tuple(blockers))
    since, until = days
    person = form["person"].strip()
    if kind == ABSENT:
        return Wish(entry=Absence(person=person, since=since, until=until), revoked=revoked)
    entry = Delegation(
        deputy=form["deputy"].strip(),
        person=person,
        unit=form["unit"],
        roles=roles,
        since=since,
        until=until,
    )
    return Wish(entry=entry, revoked=revoked)


def _days(form: Mapping[str, str], *, is_revoked: bool) -> tuple[tuple[date, date], list[Blocker]]:
    """Return from which day until which, and what is wrong with them."""
    found, wrong = list[date](), list[Blocker]()
    for name in ("from",) if is_revoked else ("from", "until"):
        text = form.get(name, "").strip()
        try:
            found.append(parse_day(text))
        except BadInstant:
            wrong.append(Blocker(code="not_a_day" if text else "required", field=name))
    return (found[0], found[-1]) if not wrong else (date.min, date.min), wrong


def _page(browsers: Browsers, whose: str, blockers: Iterable[Blocker] = ()) -> Response:
    """Return the page of *whose*, one's own where nobody is named; after a refusal with why."""
    look, form = browsers.look(), browsers.form
    person = whose or look.actor.person or ""
    wrong = [Wrong(*told(one), one.field) for one in blockers]
    delegations, absences = browsers.uses.deputies.of(look.actor, person)
    posts = [one for one in look.organisation.posts_of(person, look.day) if one.unit]
    names = Names(look)
    near = list(_colleagues(look, person))
    names.want(person, *near, *(p for one in delegations for p in (one.deputy, one.person)))
    names.look_up(browsers.uses.boards.sources.reads)
    return page(
        browsers,
        "deputies.html",
        422 if wrong else 200,
        person=person,
        keeps_all=browsers.may("deputies.read"),
        names=names,
        near=near,
        posts=posts,
        units=dict.fromkeys(one.unit for one in posts),
        delegations=sorted(delegations, key=lambda one: (one.since, one.deputy)),
        absences=sorted(absences, key=lambda one: one.since),
        wrong=wrong,
        flaws={one.field: one.reason for one in wrong},
        tried=form.get("form", ""),
        typed=form,
        done=just_done(browsers),
    )


def standing_in(browsers: Browsers, whose: str) -> tuple[list[Delegation], list[Absence], Names]:
    """Return what the page of *whose* lists, one's own where nobody is named, and their names."""
    look = browsers.look()
    person = whose or look.actor.person or ""
    delegations, absences = browsers.uses.deputies.of(look.actor, person)
    people = [person, *(p for one in delegations for p in (one.deputy, one.person))]
    names = browsers.uses.boards.names(look, people)
    ordered = sorted(delegations, key=lambda one: (one.since, one.deputy))
    return ordered, sorted(absences, key=lambda one: one.since), names


def _colleagues(look: Look, person: str) -> Iterator[str]:
    """Yield whom the form offers by name: those who hold a post where *person* does."""
    units = {one.unit for one in look.organisation.posts_of(person, look.day)}
    near = (
        one.person
        for one in look.organisation.posts()
        if one.unit in units and one.person != person and one.holds_on(look.day)
    )
    yield from list(dict.fromkeys(near))[:MOST_SHOWN]
