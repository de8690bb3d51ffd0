"""What a kind of datum is: how a trigger's data spell it, and what the event holds of it.

One file for each kind beside this one; `kinds.py` lists them. A kind gets everything a trigger
takes of its sort at once, because some of it is a list.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from schemas.fields import Choice
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.world import World
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.triggers import Take

Field = Any  # of marshmallow, which the domain never names; one of `schemas.fields`
Schema = Any  # likewise
Shape = Mapping[str, Any]  # the members of a trigger's data: name -> field, of `schemas.fields`
Given = Mapping[str, Any]  # a trigger's data, loaded
Members = Mapping[str, Any]  # of an event


class Named(Protocol):
    """What has a name in data, and another for people."""

    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str: ...


@dataclass(kw_only=True, slots=True)  # one for every command
class Filing:
    """What recording may look at: the case it goes to, and who brings it when."""

    case: Case
    world: World
    person: str | None
    day: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Datum:
    """One kind of datum."""

    what: str  # as a scheme's `takes` names it
    shape: Callable[[Sequence[Take], Scheme, str], Shape]  # of a tier
    record: Callable[[Sequence[Take], Given, Filing], Members]


def titled(field: Field, title: str, **more: object) -> Field:
    """Return *field*, called *title* by who fills it in; *more* is told beside that."""
    field.metadata = {**field.metadata, "title": title, **more} if title else field.metadata
    return field


def choice(options: Sequence[Named], *, required: bool) -> Field:
    """Return the field of one of *options*, each with what people read for it."""
    labels = {one.name: one.label or one.name for one in options}
    field = Choice(list(labels), required=required)
    field.metadata = {**field.metadata, "labels": labels}
    return field


def needed(takes: Sequence[Take]) -> bool:
    """Tell whether any of *takes* has to be given."""
    return any(not take.optional for take in takes)
