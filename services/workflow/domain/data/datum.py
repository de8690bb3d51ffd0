"""What a kind of datum is: all that the code knows of it, in one value that its own file makes.

One file for each kind beside this one; `kinds.py` lists them. The language asks how a scheme writes
that it is taken and what it says of it, the engine what may be brought and what the event holds and
does, pages and rehearsals what to fill in: nobody else names a kind. A kind gets everything a
trigger takes of its sort at once, because some of it is a list.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from schemas.fields import Choice, ObjectOf, StrictSchema
from services.workflow.domain.case.acts import Asked
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.world import World
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.triggers import Take
from services.workflow.domain.language.naming import NAME
from services.workflow.domain.language.shapes import Key
from services.workflow.domain.language.shapes import Shape as Written
from services.workflow.domain.refusals import Blocker

Field = Any  # of marshmallow, which the domain never names; one of `schemas.fields`
Schema = Any  # likewise
Shape = Mapping[str, Any]  # the members of a trigger's data: name -> field, of `schemas.fields`
Given = Mapping[str, Any]  # a trigger's data, loaded
Members = Mapping[str, Any]  # of an event
Changes = Mapping[str, Any]  # of a case: its fields


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


def named(told: Any, names: Collection[str], _takes: Sequence[Take]) -> Any:
    """Return of what is *told* by name what goes by *names*."""
    return {name: value for name, value in told.items() if name in names}


def nothing(_told: Any, _names: Collection[str], _takes: Sequence[Take]) -> Any:
    """Return nothing: what is told stays with its case."""
    return {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Datum:
    """One kind of datum."""

    what: str  # as a scheme's `takes` names it
    member: str  # of a trigger's data that holds it

    # --- In a scheme: how it is written that a trigger takes it, and what is said of that ---
    name: Written[Any] = NAME
    of_party: bool = False  # the name is that of a party of units, if there is one
    keys: Mapping[str, Key[Any]] = field(default_factory=dict)  # beside what every kind has
    made: type[Take] = Take
    known: Callable[[Scheme], Collection[str]] | None = None  # it names one of these; None: itself
    noun: str = ""  # what those are called, where not as the kind
    unsound: Callable[[Any], str] = lambda _take: ""  # what contradicts itself
    label: Callable[[Any, Scheme, str], str] = lambda take, _scheme, _tier: take.name  # in a tier
    # The phrase of `showing` that says what is taken, around `{what}`, the label, and what else
    # stands in it; "": the label says enough.
    phrase: Callable[[Any], tuple[str, Mapping[str, object]]] = lambda _take: ("", {})

    # --- In an act: what is brought, what is wrong with it, and what the event holds of it ---
    shape: Callable[[Sequence[Any], Scheme, str], Field]  # of a tier
    check: Callable[[Iterable[Any], Asked], Iterator[Blocker]] | None = None  # beside its shape
    warn: Callable[[Iterable[Any], Asked], Iterator[Blocker]] | None = None  # of what is taken
    # It proves something by what may be guessed. Among data at fault that is not looked at: else a
    # slip elsewhere would cost one of the few tries.
    proves: Callable[[Any], bool] = lambda _take: False
    record: Callable[[Sequence[Any], Any, Filing], Any]  # texts are marked; empty: nothing

    # --- In a case: how the event moves it. None: it is kept by kind and name, as it was told ---
    fold: Callable[[Case, Any, str | None], Changes] | None = None
    # What of it goes along to a trigger of another case, and into the opening of one (`with`).
    handed: Callable[[Any, Collection[str], Sequence[Take]], Any] = named
    carried: Callable[[Any, Collection[str], Sequence[Take]], Any] = named


def titled(field: Field, title: str, **more: object) -> Field:
    """Return *field*, called *title* by who fills it in; *more* is told beside that."""
    field.metadata = {**field.metadata, "title": title, **more} if title else field.metadata
    return field


def telling_inside(field: Field) -> Field:
    """Return *field*, an object: where it is missing, all that it needs is named as missing."""
    needed = {
        name: one.error_messages["required"]
        for name, one in field.schema.fields.items()
        if one.required
    }
    field.error_messages["required"] = needed or field.error_messages["required"]
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


def by_name(
    title: str, entries: Mapping[str, Field], takes: Sequence[Take], *, required: bool | None = None
) -> Field:
    """Return the field of what is given by name; *title* is what its schema is called."""
    schema = StrictSchema.from_dict(dict(entries), name=title)
    return ObjectOf(schema, required=needed(takes) if required is None else required)
