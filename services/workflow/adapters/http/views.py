"""What clients see: dataclasses into JSON objects, and events spliced in as the bytes they are."""

import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson

from schemas.calendar import local_day
from schemas.instants import instant
from services.workflow.application.rulebook import ZONE
from services.workflow.application.wayfinding import Names
from services.workflow.domain.review import Holder, Review

VERSION_TAG = re.compile(r'"(0|[1-9]\d{0,9})"', re.ASCII)  # see `etag`
_INSTANT = timedelta(microseconds=1)


def case_view(case: Review, names: Names | None = None) -> dict[str, Any]:
    """Return *case* as it is told whatever its kind: with the kind, and the case it is part of."""
    parent = None if case.of == case.unit else case.of
    return {"kind": case.kind, "of": parent, **review_view(case, names)}


def review_view(review: Review, names: Names | None = None) -> dict[str, Any]:
    """Return *review* as the contract lists it, *names* beside ids; absent values are null."""
    desk = None if review.holder is None else _desk(review.holder)
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
        "holders": [] if desk is None else [desk],
        "entered_at": instant(review.entered_at),
        "due_at": None if review.due_at is None else instant(review.due_at),
        "due_on": None if review.due_at is None else _last_day(review.due_at),
        "suspended": review.suspended_at is not None,
    }
    if names is not None:
        _add_names(view, names)
        if desk is not None:
            _add_names(desk, names)
    return view


def _desk(holder: Holder) -> dict[str, Any]:
    desk: dict[str, Any] = {"unit": holder.unit, "role": holder.role}
    return desk if holder.person is None else desk | {"person": holder.person}


def _add_names(view: dict[str, Any], names: Names) -> None:
    view["unit_name"] = names.unit(view["unit"])
    if "person" in view:
        view["person_name"] = names.people.get(view["person"])


@lru_cache(1024)  # a fixed deadline is shared by tens of thousands
def _last_day(due_at: datetime) -> str:
    """Return the due day, which ends with the midnight that *due_at* is."""
    return local_day(due_at - _INSTANT, ZONE).isoformat()


def etag(review: Review) -> str:
    """Return the entity tag of *review*: its version, quoted."""
    return f'"{review.version}"'


def with_event(told: dict[str, Any], event: bytes | None) -> bytes:
    """Return the object *told* with its event, if any, whose bytes are not written anew."""
    body = orjson.dumps(told)
    return body if event is None else splice(body, "event", event)


def splice(body: bytes, name: str, value: bytes) -> bytes:
    """Return the object *body*, which is not empty, with one more member of ready bytes."""
    return b"".join((body[:-1], b',"', name.encode(), b'":', value, b"}"))
