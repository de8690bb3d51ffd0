"""Where a round is closed: what is open in it, whose that is, and why it is closed all the same.

Every figure is a link to the list that it counts.
"""

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, Response

from schemas.complaints import Fault
from services.workflow.adapters.web import filters as urls
from services.workflow.adapters.web.browser import Answer, Browsers
from services.workflow.adapters.web.flash import go_and_tell
from services.workflow.adapters.web.posted import require_known
from services.workflow.adapters.web.rendering import page, told
from services.workflow.application.asking import CLOSE_BODY, fingerprint, read, require_key
from services.workflow.application.boards import Look
from services.workflow.application.boards.lists import Filters
from services.workflow.application.ports import Key
from services.workflow.application.round_closing import Closing, Decision, version_of
from services.workflow.domain.reasons import blocker_of
from services.workflow.domain.refusals import Blocker, Conflict, Invalid, Malformed

CLOSED = "cycle_closed"
MOST_GROUPS = 12  # of units and of desks, those with the most first
_OWN = ("key", "version", "reason", "reference")
VERSIONS = {"1": 1, "2": 2}  # of a round: it is opened, and closed once
_NOTHING: Mapping[str, str] = {}


def add_closing(pages: Blueprint, browsers: Browsers) -> None:
    """Add the page on which a round is closed."""

    @pages.get("/cycles/<uuid:cycle_id>/close")
    @browsers.asks("cycle.read")
    def closing(cycle_id: UUID) -> Answer:
        return _page(browsers, str(cycle_id), _NOTHING)

    @pages.post("/cycles/<uuid:cycle_id>/close")
    @browsers.asks("cycle.close")
    def close(cycle_id: UUID) -> Answer:
        form, cycle = browsers.form, str(cycle_id)
        require_known(form, _OWN)
        by, key = browsers.circumstances(), require_key(form.get("key"), "key")
        asked = {name: form.get(name, "") for name in ("reason", "reference")}
        try:
            decision = _decided(asked, form.get("version", ""))
        except Malformed as refused:
            if {one.field for one in refused.faults} <= asked.keys():
                said = [blocker_of(one) for one in refused.faults]
                return _page(browsers, cycle, form, said, 400)
            raise
        path = f"/cycles/{cycle}/close"
        print_of = fingerprint(path, by.actor.person, asked)
        used = Key(client=by.actor.client, key=key, fingerprint=print_of)
        try:
            browsers.uses.round_closing.close(by.actor, cycle, decision, by.correlation, used)
        except Invalid as refused:
            return _page(browsers, cycle, form, refused.blockers, 422)
        except Conflict as refused:
            if refused.blocker.code != "stale_version":
                raise
            return _page(browsers, cycle, form, (refused.blocker,), 412)
        return go_and_tell(browsers, f"/cycles/{cycle}", CLOSED)


def _decided(asked: Mapping[str, str], version: str) -> Decision:
    """Return what a form decides.

    Raises:
        Malformed: with every fault.
    """
    _, faults = read(CLOSE_BODY, {name: text or None for name, text in asked.items()})
    if version not in VERSIONS:
        faults.append(Fault(field="version", code="not_a_choice"))
    if faults:
        raise Malformed(*faults)
    reason, reference = asked["reason"], asked["reference"]
    return Decision(reason=reason, reference=reference, expected=VERSIONS[version])


def _page(
    browsers: Browsers,
    cycle: str,
    typed: Mapping[str, str],
    refused: Iterable[Blocker] = (),
    status: int = 200,
) -> Response:
    look = browsers.look()
    found = browsers.uses.round_closing.preview(look.actor, cycle)
    blockers = tuple(refused)

    def link(**asked: Any) -> str:
        return urls.address("/cases", Filters(cycle=cycle, running=True, **asked))

    return page(
        browsers,
        "closing.html",
        status,
        found=found,
        rules=found.rules,
        kinds=_kinds(found, look),
        units=_most(one.unit for one in found.seen),
        desks=_most(one.holder.unit for one in found.seen if one.holder is not None),
        link=link,
        most=MOST_GROUPS,
        typed=typed,
        refused=[(*told(one), one.field) for one in blockers],
        at=sorted({one.field for one in blockers}),
        key=secrets.token_urlsafe(16),
        version=version_of(found.rules.cycle),
    )


def _kinds(found: Closing, look: Look) -> list[tuple[str, str, str, str, int]]:
    """Return kind and tier, what each is called, and how many are open, in the scheme's order."""
    counted = Counter((one.kind, one.tier or "") for one in found.seen)
    rules = look.rules(found.rules.cycle.id) or found.rules
    return [
        (kind.name, life.tier, kind.label, life.label, counted[kind.name, life.tier])
        for kind, life in rules.scheme.lives()
        if counted[kind.name, life.tier]
    ]


def _most(told: Iterable[str]) -> list[tuple[str, int]]:
    return Counter(told).most_common()
