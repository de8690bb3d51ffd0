"""The parts of a case as events spell them, both ways.

What stands here is the one place where the engine knows the members of a fact; a reading is total,
because the gate lets nothing else into the log.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from schemas.instants import instant, parse_instant
from services.workflow.domain.case.head import (
    NO_DUE,
    Audit,
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
    if holder.person is not None:
        told["person"] = holder.person
    if holder.desk:
        told["desk"] = holder.desk
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
    if due.sources:
        told["sources"] = [_told_source(source) for source in due.sources]
    if due.by_hand:
        told["by_hand"] = True
    if due.waits_for is not None:
        told["waits_for"] = {"link": due.waits_for.link, "mark": due.waits_for.mark}
    if due.raised_from is not None:
        told["raised_from"] = due.raised_from.isoformat()
    return told


def read_due(told: Data) -> Due:
    """Return the deadline that an event tells."""
    at, waits, raised = told.get("due_at"), told.get("waits_for"), told.get("raised_from")
    if at is None and waits is None and "rule" not in told:
        return NO_DUE
    return Due(
        at=None if at is None else parse_instant(at),
        rule=told.get("rule"),
        sources=tuple(_read_source(source) for source in told.get("sources", ())),
        by_hand=told.get("by_hand", False),
        waits_for=None if waits is None else Awaited(link=waits["link"], mark=waits["mark"]),
        raised_from=None if raised is None else date.fromisoformat(raised),
    )


def _told_source(source: Source) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": source.kind, "id": source.id}
    if source.version:
        told["version"] = source.version
    if source.hash:
        told["hash"] = source.hash
    return told


def _read_source(told: Data) -> Source:
    return Source(
        kind=told["kind"],
        id=told["id"],
        version=told.get("version", 0),
        hash=told.get("hash", ""),
    )


def told_link(link: Link) -> dict[str, Any]:
    """Return where a link leads, as the opening tells it."""
    told: dict[str, Any] = {"name": link.name, "kind": link.kind, "way": link.way}
    if link.unit is not None:
        told["unit"] = link.unit
    if link.back:
        told["back"] = link.back
    if link.empty:
        told["empty"] = True
    return told


def read_link(told: Data) -> Link:
    """Return where a link leads that an opening tells."""
    return Link(
        name=told["name"],
        kind=told["kind"],
        way=told["way"],
        unit=told.get("unit"),
        back=told.get("back", ""),
        empty=told.get("empty", False),
    )


def read_audit(told: Data) -> Audit:
    """Return an audit that an opening tells."""
    return Audit(stage=told["stage"], body=told["body"])


def read_filed(told: Data) -> Filed:
    """Return the version of a document that an event puts in force."""
    facts = told.get("facts", {})
    return Filed(version=told["version"], submitter=told.get("submitter"), facts=facts)


def told_given(given: Given) -> dict[str, Any]:
    """Return a component's figures as an event tells them."""
    told: dict[str, Any] = {"figures": {part: str(n) for part, n in given.figures.items()}}
    return told if given.by is None else told | {"by": given.by}


def read_given(told: Data) -> Given:
    """Return a component's figures that an event tells."""
    figures = {part: Decimal(n) for part, n in told["figures"].items()}
    return Given(figures=figures, by=told.get("by"))


def told_grade(grade: Graded) -> dict[str, Any]:
    """Return a grade as an event tells it."""
    told: dict[str, Any] = {"grade": grade.name}
    if grade.figure is not None:
        told["figure"] = f"{grade.figure:.2f}"
    if grade.lowered_from is not None:
        told["lowered_from"] = grade.lowered_from
    return told


def read_grade(told: Data) -> Graded:
    """Return a grade that an event tells."""
    figure = told.get("figure")
    return Graded(
        name=told["grade"],
        figure=None if figure is None else Decimal(figure),
        lowered_from=told.get("lowered_from"),
    )


def told_signature(signature: Signature) -> dict[str, Any]:
    """Return who signed which desk, as an event tells it."""
    told = {"desk": signature.desk}
    return told if signature.person is None else told | {"person": signature.person}


def read_signature(told: Data) -> Signature:
    """Return who signed which desk, as an event tells it."""
    return Signature(desk=told["desk"], person=told.get("person"))
