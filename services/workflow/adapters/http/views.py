"""What clients see: dataclasses into JSON objects, and events spliced in as the bytes they are."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson

from schemas.calendar import local_day
from schemas.instants import instant
from services.workflow.adapters.http.problems import blocker_view
from services.workflow.application.access import Linked
from services.workflow.application.firing.possible import Possible
from services.workflow.application.firing.rules import ZONE
from services.workflow.application.wayfinding import Names
from services.workflow.domain.case.again import Neighbours
from services.workflow.domain.case.head import Case, Holder

VERSION_TAG = re.compile(r'"(0|[1-9]\d{0,9})"', re.ASCII)  # see `etag`
_INSTANT = timedelta(microseconds=1)


def case_view(case: Case, names: Names | None = None) -> dict[str, Any]:
    """Return *case* as it is told whatever its kind: with the kind, and the case it is part of."""
    view = review_view(case, names)
    for desk, holder in zip(view["holders"], case.holders, strict=True):
        desk.update(_due(holder.due_at))
    waits = case.due.waits_for
    return {
        "kind": case.kind,
        "label": case.label,
        "of": case.of,
        "final": case.final or None,
        **view,
        "waits_for": None if waits is None else {"link": waits.link or None, "mark": waits.mark},
        "values": dict(case.values),
    }


def with_links(view: dict[str, Any], links: Iterable[Linked], near: Neighbours) -> dict[str, Any]:
    """Return the *view* of a case with where its links lead; what one does not see is counted."""
    told = [
        {
            "name": one.link.name,
            "kind": one.link.kind,
            "one": one.link.way in ("slot", "of"),
            "n": one.n,
            "cases": [_linked(case) for case in one.cases],
        }
        for one in links
    ]
    follows, followed_by = (None if one is None else _linked(one) for one in near)
    return view | {"links": told, "follows": follows, "followed_by": followed_by}


def _linked(case: Case) -> dict[str, Any]:
    desk = case.holder
    return {
        "id": case.id,
        "kind": case.kind,
        "number": case.number,
        "state": case.state,
        "final": case.final or None,
        "holder": None if desk is None else _desk(desk),
        **_due(case.due_at),
    }


def _due(at: datetime | None) -> dict[str, str | None]:
    """Return the midnight at which the due day ends, and that day."""
    return {
        "due_at": None if at is None else instant(at),
        "due_on": None if at is None else _last_day(at),
    }


def possible_view(one: Possible, language: str) -> dict[str, Any]:
    """Return what one person could do now: in the scheme's words, and what fills it in."""
    return {
        "trigger": one.trigger,
        "label": one.label,
        "to": next(iter(one.to), None),
        "leads_to": [{"state": state, "label": label} for state, label in one.to.items()],
        "allowed": one.allowed,
        "blockers": [blocker_view(blocker, language) for blocker in one.blockers],
        "reason_required": one.reason_required,
        "desks": list(one.desks),
        "data": one.data,
        "left_open": dict(one.left_open),
        "warnings": [blocker_view(warning, language) for warning in one.warnings],
    }


def review_view(review: Case, names: Names | None = None) -> dict[str, Any]:
    """Return *review* as the contract lists it, *names* beside ids; absent values are null."""
    first, desks = review.holder, [_desk(one) for one in review.holders]
    desk = next(
        (told for one, told in zip(review.holders, desks, strict=True) if one is first), None
    )
    view: dict[str, Any] = {
        "id": review.id,
        "number": review.number,
        "cycle": review.cycle,
        "person": review.person,
        "unit": review.unit,
        "tier": review.tier,
        "state": review.state,
        "version": review.version,
        "holder": desk,
        "holders": desks,
        "entered_at": instant(review.entered_at),
        **_due(review.due_at),
        "suspended": review.suspended_at is not None,
    }
    if names is not None:
        _add_names(view, names)
        for each in desks:
            _add_names(each, names)
    return view


def _desk(holder: Holder) -> dict[str, Any]:
    desk: dict[str, Any] = {"unit": holder.unit, "role": holder.role}
    if holder.desk:
        desk["desk"] = holder.desk
    return desk if holder.person is None else desk | {"person": holder.person}


def _add_names(view: dict[str, Any], names: Names) -> None:
    view["unit_name"] = names.unit(view["unit"])
    if "person" in view:
        view["person_name"] = names.people.get(view["person"])


@lru_cache(1024)  # a fixed deadline is shared by tens of thousands
def _last_day(due_at: datetime) -> str:
    """Return the due day, which ends with the midnight that *due_at* is."""
    return local_day(due_at - _INSTANT, ZONE).isoformat()


def etag(case: Case) -> str:
    """Return the entity tag of *case*: its version, quoted."""
    return f'"{case.version}"'


def with_event(told: dict[str, Any], event: bytes | None) -> bytes:
    """Return the object *told* with its event, if any, whose bytes are not written anew."""
    body = orjson.dumps(told)
    return body if event is None else splice(body, "event", event)


def splice(body: bytes, name: str, value: bytes) -> bytes:
    """Return the object *body*, which is not empty, with one more member of ready bytes."""
    return b"".join((body[:-1], b',"', name.encode(), b'":', value, b"}"))
