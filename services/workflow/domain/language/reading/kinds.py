"""Reading kinds of case: where they come from, their links, states, triggers and tiers (§1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from schemas.document import Path
from services.workflow.domain.language.model.lives import (
    ENDS,
    Audit,
    Exemption,
    Link,
    MadeFrom,
    Origin,
)
from services.workflow.domain.language.model.parties import Grant, PartyRule
from services.workflow.domain.language.naming import MARK, NAME, PARTY, TIER
from services.workflow.domain.language.reading.days import DUE, PLANNED, MarksShape
from services.workflow.domain.language.reading.parties import (
    DESK,
    DESKS,
    OVERRIDES,
    UNIT_RULE,
)
from services.workflow.domain.language.reading.sight import GRANTS, SEEN_BY, SHOWS
from services.workflow.domain.language.reading.triggers import CHANGES, TRIGGERS
from services.workflow.domain.language.reading.where import WHERE
from services.workflow.domain.language.shapes import (
    Catalogue,
    Either,
    Key,
    Line,
    Names,
    OneOf,
    Present,
    Record,
    Several,
    Variants,
    Whole,
)
from services.workflow.domain.language.shapes import Named as NamedList

EVERY = ("year", "quarter", "month")
_MOST_STATES = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class WrittenTier:
    """A tier as it is written: what differs from the kind."""

    at: Path
    label: str
    initial: str
    kinds: Mapping[str, tuple[Audit, ...]]
    parties: Mapping[str, PartyRule]
    states: tuple[dict[str, Any], ...]
    triggers: Mapping[str, dict[str, Any]]
    without: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class WrittenKind:
    """A kind as it is written; `lives` makes its lives of it."""

    at: Path
    label: str
    origin: Origin
    person: tuple[str, ...]
    exempt: tuple[Exemption, ...]
    links: Mapping[str, Link]
    opened_by: tuple[Grant, ...]
    made_from: tuple[MadeFrom, ...]
    every: str
    seen_by: tuple[Grant, ...]
    shows: Mapping[str, tuple[Grant, ...]]
    initial: str
    states: tuple[dict[str, Any], ...]
    triggers: Mapping[str, dict[str, Any]]
    tiers: Mapping[str, WrittenTier]


# --- States ---

_AT_LEAST: Record[int] = Record(
    lambda at_least, at: at_least,  # noqa: ARG005
    {"at_least": Key(Whole(1, 20))},
)
_UNTIL: Either[Any] = Either(text=OneOf("choice", ("all", "any")), mapping=_AT_LEAST)
_STATE: Record[dict[str, Any]] = Record(
    dict,
    {
        "name": Key(MARK),
        "label": Key(Line()),
        "desk": Key(DESK, default=None),
        "desks": Key(DESKS, default=None),
        "until": Key(_UNTIL, default="all"),
        "due": Key(DUE, default=None),
        "final": Key(OneOf("end", ENDS), default=None),
        "waits": Key(MarksShape(), default=()),
        "planned": Key(PLANNED, default=None),
        "seen_by": SEEN_BY,
        "asks_nothing": Key(Present(), default=False),
    },
    defined="state",
    needs=(("desk", "desks", "final"),),
)


_CHANGED_STATE: Record[dict[str, Any]] = _STATE.changes()

# --- Links ---


def _link(form: str, **fixed: str) -> Any:
    def make(at: Path, **given: Any) -> Link:
        made = {"name": "", "kind": "", **fixed, **given}
        made.pop("peers", None)
        return Link(form=form, at=at, **made)  # type: ignore[arg-type]

    return make


_LINKED = Key(NAME, default="", to="kind")
_LINKS: dict[str, Record[Link]] = {
    "for": Record(_link("slot"), {"case": _LINKED, "for": Key(PARTY, to="party")}),
    "of": Record(_link("unit"), {"case": _LINKED, "of": Key(PARTY, to="party")}),
    "back": Record(_link("back"), {"case": _LINKED, "back": Key(MARK)}),
    "children": Record(_link("children"), {"children": Key(NAME, to="kind")}),
    "peers": Record(_link("peers"), {"peers": Key(Present())}),
}
LINKS: Catalogue[Link] = Catalogue(
    MARK, Variants("a link", _LINKS, defined="link"), most=50, bears="name"
)

# --- Tiers ---

_AUDIT = Record(Audit, {"stage": Key(MARK), "body": Key(UNIT_RULE)})
_AUDITED: Record[tuple[Audit, ...]] = Record(
    lambda audits, at: audits,  # noqa: ARG005
    {"audits": Key(Several(_AUDIT, least=0, most=10), default=())},
)
_TIER = Record(
    WrittenTier,
    {
        "label": Key(Line()),
        "initial": Key(MARK, default=""),
        "kinds": Key(Catalogue(NAME, _AUDITED, most=50)),
        "parties": Key(OVERRIDES, default={}),
        "states": Key(NamedList(MARK, _CHANGED_STATE, most=_MOST_STATES), default=()),
        "triggers": Key(CHANGES, default={}),
        "without": Key(Names(NAME), default=()),
    },
    defined="tier",
)

# --- Kinds ---

_ON_REQUEST = Record(
    lambda by, at: by,  # noqa: ARG005
    {"by": Key(GRANTS)},
)
_PERSON = Record(
    lambda roles, at: roles,  # noqa: ARG005
    {"roles": Key(Names(NAME, most=20))},
)
_MADE_FROM = Record(MadeFrom, {"document": Key(NAME), "by": Key(NAME)})
_EXEMPTION = Record(Exemption, {"where": Key(WHERE), "label": Key(Line(), default="")})

Form = Literal["each", "one_for", "many_for", "on_request"]
FORMS: tuple[Form, ...] = ("each", "one_for", "many_for", "on_request")
_UNTIL_IN: Record[tuple[str, str]] = Record(
    lambda party, until, at: (party, until),  # noqa: ARG005
    {"party": Key(PARTY), "until": Key(MARK)},
)


def _kind(at: Path, opened_by: tuple[Grant, ...], **given: Any) -> WrittenKind:
    origins = {form: given.pop(form) for form in FORMS}
    form: Form = next((form for form in FORMS if origins[form] is not None), "each")
    if form == "on_request":
        return WrittenKind(at=at, origin=Origin(form), opened_by=origins[form], **given)
    of = origins[form] or ""
    of, until = of if isinstance(of, tuple) else (of, "")
    return WrittenKind(at=at, origin=Origin(form, of, until), opened_by=opened_by, **given)


_KIND = Record(
    _kind,
    {
        "label": Key(Line()),
        "each": Key(OneOf("choice", ("unit", "post")), default=None),
        "one_for": Key(Either(text=NAME, mapping=_UNTIL_IN), default=None),
        "many_for": Key(NAME, default=None),
        "on_request": Key(_ON_REQUEST, default=None),
        "person": Key(_PERSON, default=()),
        "exempt": Key(Several(_EXEMPTION, most=20), default=()),
        "links": Key(LINKS, default={}),
        "opened_by": Key(GRANTS, default=()),
        "made_from": Key(Several(_MADE_FROM, most=20), default=()),
        "every": Key(OneOf("turn", EVERY), default=""),
        "seen_by": SEEN_BY,
        "shows": Key(SHOWS, default={}),
        "initial": Key(MARK, default=""),
        "states": Key(NamedList(MARK, _STATE, most=_MOST_STATES)),
        "triggers": Key(TRIGGERS),
        "tiers": Key(Catalogue(TIER, _TIER, most=50), default={}),
    },
    defined="kind",
    needs=(FORMS,),
)
KINDS = Catalogue(NAME, _KIND, most=50)
