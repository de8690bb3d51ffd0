"""Where a case is opened: of any kind that a scheme lets somebody open, at a unit of its round.

What is then recorded of it is asked by the forms of the case itself.
"""

import secrets
from collections.abc import Mapping

from flask import Blueprint, Response, request

from schemas.complaints import Fault
from services.workflow.adapters.web import filters as urls
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.flash import go_and_tell
from services.workflow.adapters.web.posted import require_known
from services.workflow.adapters.web.rendering import page, told
from services.workflow.application.asking import fingerprint, require_key
from services.workflow.application.boards.openable import kinds_to_open, openable
from services.workflow.application.firing.commands import Answer as Outcome
from services.workflow.application.firing.commands import OpenCommand
from services.workflow.application.rulebook import Rules
from services.workflow.domain.language.model.lives import Kind
from services.workflow.domain.reasons import REFUSED
from services.workflow.domain.refusals import Malformed, NotYours

OPENED = "opened"
_PATH = "/open"
_OWN = ("key", "cycle", "kind", "unit")
_NOTHING = Outcome(outcome="done")


def add_opening(pages: Blueprint, browsers: Browsers) -> None:
    """Add the page on which cases are opened."""

    @pages.get(_PATH)
    @browsers.asks("page.opening")
    def opening() -> Answer:
        asked = {name: urls.one(request.args, name) for name in (*_OWN, "q")}
        return _page(browsers, asked, _NOTHING)

    @pages.post(_PATH)
    @browsers.asks("case.open")
    def open_one() -> Answer:
        form = browsers.form
        require_known(form, _OWN)
        answer = browsers.uses.firing.fire(_command(browsers, form))
        if answer.outcome == "done" and answer.case is not None:
            return go_and_tell(browsers, f"/cases/{answer.case.id}", OPENED)
        return _page(browsers, {**form, "q": urls.one(request.args, "q")}, answer)


def _command(browsers: Browsers, form: Mapping[str, str]) -> OpenCommand:
    by, key = browsers.circumstances(), require_key(form.get("key"), "key")
    left_out = [name for name in ("kind", "cycle") if not form.get(name)]
    if left_out:  # the first there is may be shown, and is not opened unasked
        raise Malformed(*(Fault(field=name, code="required") for name in left_out))
    rules, kind = _chosen(browsers, form)
    cycle, unit = rules.cycle.id, form.get("unit", "")
    asked = {"cycle": cycle, "kind": kind.name, "unit": unit}
    return OpenCommand(
        cycle=cycle,
        kind=kind.name,
        unit=unit,
        actor=by.actor,
        key=key,
        fingerprint=fingerprint(_PATH, by.actor.person, asked),
        correlation=by.correlation,
    )


def _page(browsers: Browsers, asked: Mapping[str, str], answer: Outcome) -> Response:
    """Return the page, with the units of the kind that is asked for, else of the first."""
    look, named = browsers.look(), asked.get("q", "").strip()
    rules, kind = _chosen(browsers, asked)
    return page(
        browsers,
        "open.html",
        REFUSED.get(answer.outcome, 200),
        kinds=list(kinds_to_open(look)),
        board=openable(look, rules, kind, named),
        q=named,
        unit=asked.get("unit", ""),
        refused=[told(one) for one in answer.blockers],
        key=secrets.token_urlsafe(16),
    )


def _chosen(browsers: Browsers, asked: Mapping[str, str]) -> tuple[Rules, Kind]:
    """Return the round and the kind that are asked for, else the first.

    Raises:
        NotYours: there is nothing that the one who looks may open.
        Malformed: not this.
    """
    kind, cycle = asked.get("kind", ""), asked.get("cycle", "")
    kinds = list(kinds_to_open(browsers.look()))
    if not kinds:
        raise NotYours(_PATH)
    for rules, one in kinds:
        if kind in ("", one.name) and cycle in ("", rules.cycle.id):
            return rules, one
    raise Malformed(Fault(field="kind", code="not_a_choice"))
