"""The parts of a case as events spell them, both ways.

What stands here is the one place where the engine knows how the members of a fact are built; a
reading is total, because the gate lets nothing else into the log.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from schemas.instants import instant, parse_instant
from services.workflow.domain.case.head import (
    Awaited,
    Due,
    Filed,
    Given,
    Graded,
    Holder,
    Link,
    Signature,
    Source,
)

Data = Mapping[str, Any]


# --- Desks and their deadlines ---


def told_holders(holders: Iterable[Holder]) -> list[dict[str, Any]]:
    """Return the desks as an event tells them."""
    return [_told_holder(holder) for holder in holders]


def read_holders(told: Iterable[Data]) -> tuple[Holder, ...]:
    """Return the desks that an event tells."""
    return tuple(
        Holder(
            unit=one["unit"],
            role=one["role"],
            person=one.get("person"),
            desk=one.get("desk", ""),
            vacant=one.get("vacant", False),
            due=read_due(one),
        )
        for one in told
    )


def _told_holder(holder: Holder) -> dict[str, Any]:
    told: dict[str, Any] = {"unit": holder.unit, "role": holder.role}
    if holder.desk:
        told["desk"] = holder.desk
    if holder.person is not None:
        told["person"] = holder.person
    if holder.vacant:
        told["vacant"] = True
    return told | told_due(holder.due)


def told_due(due: Due) -> dict[str, Any]:
    """Return what an event says of a deadline, beside whose it is."""
    told: dict[str, Any] = {}
    if due.at is not None:
        told["due_at"] = instant(due.at)
    if due.rule is not None:
        told["rule"] = dict(due.rule)
    if due.calendar is not None:
        told["calendar"] = {"id": due.calendar[0], "hash": due.calendar[1]}
    if due.sources:
        told["sources"] = [_told_source(source) for source in due.sources]
    if due.by_hand:
        told["by_hand"] = True
    if due.waits_for is not None:
        told["waits_for"] = _told_awaited(due.waits_for)
    if due.raised_from is not None:
        told["raised_from"] = due.raised_from.isoformat()
    return told


def read_due(told: Data) -> Due:
    """Return the deadline that an event tells."""
    at, raised, waits = told.get("due_at"), told.get("raised_from"), told.get("waits_for")
    calendar = told.get("calendar")
    return Due(
        at=None if at is None else parse_instant(at),
        rule=told.get("rule"),
        calendar=None if calendar is None else (calendar["id"], calendar["hash"]),
        sources=tuple(_read_source(source) for source in told.get("sources", ())),
        by_hand=told.get("by_hand", False),
        waits_for=None if waits is None else _read_awaited(waits),
        raised_from=None if raised is None else date.fromisoformat(raised),
    )


def told_change(holder: Holder, before: Due) -> dict[str, Any]:
    """Return what an event says of a deadline that is now another."""
    told = told_due(holder.due)
    if holder.desk:
        told["desk"] = holder.desk
    if before.at is not None:
        told["previous_due_at"] = instant(before.at)
    return told


def _told_awaited(awaited: Awaited) -> dict[str, Any]:
    link = {"link": awaited.link} if awaited.link else {}
    return link | {"mark": awaited.mark}


def _read_awaited(told: Data) -> Awaited:
    return Awaited(link=told.get("link", ""), mark=told["mark"])


def _told_source(source: Source) -> dict[str, Any]:
    told: dict[str, Any] = {"version": source.version}
    if source.link:
        told["link"] = source.link
    if source.stream is not None:
        told["stream"] = source.stream
    return told


def _read_source(told: Data) -> Source:
    return Source(link=told.get("link", ""), stream=told.get("stream"), version=told["version"])


# --- What is pinned at opening ---


def told_link(link: Link) -> dict[str, Any]:
    """Return where a link leads, as the opening tells it."""
    told: dict[str, Any] = {"name": link.name, "kind": link.kind, "way": link.way}
    if link.unit is not None:
        told["unit"] = link.unit
    if link.back:
        told["back"] = link.back
    return told


def read_link(told: Data) -> Link:
    """Return where a link leads that an opening tells."""
    return Link(
        name=told["name"],
        kind=told["kind"],
        way=told["way"],
        unit=told.get("unit"),
        back=told.get("back", ""),
    )


# --- What a case takes ---


def read_filed(told: Data) -> Filed:
    """Return the version of a document that an event puts in force."""
    rows = told.get("rows", ())
    return Filed(
        version=told["version"],
        submitter=None,
        rows={row["row"]: row.get("values", {}) for row in rows},
        texts={row["row"]: row["text"] for row in rows if "text" in row},
        paragraphs={
            part["name"]: part["paragraphs"]
            for part in told.get("parts", ())
            if "paragraphs" in part
        },
        told=told,
    )


def read_given(told: Data, actor: str | None) -> Given:
    """Return a component that an event tells."""
    figure, exact = told.get("figure"), told.get("exact")
    return Given(
        figure=None if figure is None else Decimal(figure),
        exact=None if exact is None else Fraction(exact),
        parts={name: Decimal(part) for name, part in told.get("parts", {}).items()},
        votes=told.get("votes", {}),
        n_valid=told.get("n_valid", 0),
        by=actor,
    )


def told_grade(grade: Graded) -> dict[str, Any]:
    """Return a grade as an event tells it."""
    told: dict[str, Any] = {"grade": grade.name}
    if grade.figure is not None:
        told["figure"] = f"{grade.figure:.2f}"
    if grade.uncapped is not None:
        told["uncapped"] = grade.uncapped
    return told


def read_grade(told: Data) -> Graded:
    """Return a grade that an event tells."""
    figure = told.get("figure")
    return Graded(
        name=told["grade"],
        figure=None if figure is None else Decimal(figure),
        uncapped=told.get("uncapped"),
    )


def told_signature(desk: str, holder: Holder, person: str | None) -> dict[str, Any]:
    """Return who signed which desk, as an event tells it."""
    told = {"desk": desk, "unit": holder.unit, "role": holder.role}
    return told if person is None else told | {"person": person}


def read_signature(told: Data, actor: str | None) -> Signature:
    """Return who signed which desk."""
    return Signature(desk=told["desk"], person=told.get("person", actor))
