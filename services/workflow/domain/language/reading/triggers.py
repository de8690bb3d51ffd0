"""Reading triggers (§3).

What is read is made into a `Trigger` by `lives`, which knows the states of the case: so a tier may
say a key again.
"""

from dataclasses import dataclass
from typing import Any

from schemas.document import Path
from schemas.reading import Naming, Node
from schemas.said import said
from services.workflow.domain.data.datum import Datum
from services.workflow.domain.data.kinds import DATA
from services.workflow.domain.language.model.triggers import (
    FORGETTABLE,
    Fires,
    NextAudit,
    Opens,
    Route,
    Setting,
    Take,
    Target,
    ToState,
)
from services.workflow.domain.language.naming import LINK, MARK, NAME, PARTY
from services.workflow.domain.language.reading.days import WHICH
from services.workflow.domain.language.reading.guards import GUARDS
from services.workflow.domain.language.reading.parties import ACTORS
from services.workflow.domain.language.reading.where import ANYWHERE
from services.workflow.domain.language.shapes import (
    Catalogue,
    Definitions,
    Either,
    Flag,
    Key,
    Later,
    Line,
    Names,
    OneOf,
    Record,
    Schema,
    Several,
    Shape,
    Table,
    Variants,
)

OPEN_STATES = "open_states"  # `from: open_states`: every state that is not final
SUSPENSIONS = ("refused", "allowed", "required")
RECORDS = ("suspended", "resumed", "deadline_changed")

# --- Where it leads ---

_ROUTE = Record(
    Route,
    {
        "by": Key(NAME, to="grading"),
        "routes": Key(Table(NAME, MARK)),
        "else": Key(MARK, to="otherwise"),
    },
)
_NEXT = Record(NextAudit, {"next_audit_or": Key(MARK, to="state")})
_TARGETS: Variants[Target] = Variants("where it leads", {"by": _ROUTE, "next_audit_or": _NEXT})
_TO: Either[Target | str] = Either(text=MARK, mapping=_TARGETS)

# --- What it takes and sets ---

_BESIDE: dict[str, Key[Any]] = {"optional": Key(Flag(), default=False), "where": ANYWHERE}


def _take(datum: Datum) -> Record[Take]:
    def make(name: Any, **given: Any) -> Take:  # `decision: true` is any
        return datum.made(what=datum.what, name="" if name is True else name, **given)

    return Record(make, {datum.what: Key(datum.name, to="name"), **datum.keys, **_BESIDE})


# Made anew for each, which costs nothing beside reading: a kind is known once it is listed.
_TAKES: Later[Take] = Later(
    lambda: Variants("what is taken", {what: _take(datum) for what, datum in DATA.items()})
)


def _corrected(datum: Datum) -> Record[Take]:
    # What a correction does not bring stays as it was: no single one of them is required.
    def make(**given: Any) -> Take:
        return datum.made(what=datum.what, optional=True, **given)

    return Record(make, {datum.what: Key(NAME, to="name")})


_CORRECTS = {what: _corrected(DATA[what]) for what in ("component", "grade")}


def _setting(what: str, shape: Shape[str]) -> Record[Setting]:
    return Record(
        lambda name, at: Setting(what, name, at=at),  # type: ignore[arg-type]
        {what: Key(shape, to="name")},
    )


_SET_WORDS = ("deadline", "mode", "flag", "order")
_SET_NAMING = Naming(
    lambda text: text in _SET_WORDS,
    said("what is set is one of {words}, or a mapping", words=", ".join(_SET_WORDS)),
)
_SET_NAMES: Variants[Setting] = Variants(
    "what is set",
    {
        "planned": _setting("planned", MARK),
        "mode": _setting("mode", NAME),
        "flag": _setting("flag", NAME),
        "deadline": Record(
            lambda how, at: Setting("deadline", optional=bool(how), at=at),
            {"deadline": Key(OneOf("choice", ("optional",)), to="how")},
        ),
    },
)


@dataclass(frozen=True, slots=True)
class _Settings:
    """`[deadline, {planned: held}, {deadline: optional}]`: words, and mappings of one."""

    def read(self, node: Node, key: str) -> tuple[Setting, ...]:
        return tuple(
            Setting(one, at=(*node.path, key, index))  # type: ignore[arg-type]
            if isinstance(one, str)
            else _SET_NAMES.of(one)
            for index, one in node.mixed(key, _SET_NAMING)
        )

    def schema(self, known: Definitions) -> Schema:
        choices = {"anyOf": [{"enum": list(_SET_WORDS)}, _SET_NAMES.schema(known)]}
        return {"type": "array", "items": choices, "minItems": 1}


# --- What it does elsewhere ---

_WITH: Key[tuple[str, ...]] = Key(Names(NAME, most=20), default=(), to="given")
_OPENS = Record(
    Opens,
    {"case": Key(NAME, to="kind"), "for": Key(PARTY, default="", to="party"), "with": _WITH},
    defined="opens",
)
_FIRES = Record(
    Fires,
    {
        "case": Key(LINK, to="link"),
        "trigger": Key(NAME),
        "which": Key(WHICH, default="all"),
        "with": _WITH,
    },
    defined="fires",
)


def _one_or_several(record: Record[Any]) -> Either[Any]:
    return Either(mapping=record, listed=Several(record, most=20))


def _trigger(at: Path, **given: Any) -> dict[str, Any]:
    return {"at": at, **fields(given)}


_EYES: Either[Any] = Either(flag=Flag(), text=NAME, listed=Names(NAME, most=20))

TRIGGER: Record[dict[str, Any]] = Record(
    _trigger,
    {
        "label": Key(Line()),
        "from": Key(Either(text=OneOf("choice", (OPEN_STATES,)), listed=Names(MARK)), to="sources"),
        "to": Key(_TO, default=None),
        "by": Key(Either(text=OneOf("choice", ("desk",)), listed=ACTORS)),
        "guards": Key(GUARDS, default=()),
        "four_eyes": Key(_EYES, default=False),
        "reason_required": Key(Flag(), default=False),
        "suspended": Key(OneOf("choice", SUSPENSIONS), default="refused"),
        "records": Key(OneOf("event", RECORDS), default=""),
        "verdict": Key(OneOf("verdict", ("pass", "back")), default=""),
        "forgets": Key(Names(OneOf("what is forgotten", FORGETTABLE)), default=()),
        "sets": Key(_Settings(), default=()),
        "takes": Key(Several(_TAKES, least=0, most=20), default=()),
        "presents": Key(NAME, default=""),
        "replaces": Key(OneOf("choice", ("subject",)), default=""),
        "corrects": Key(Several(Variants("what is corrected", _CORRECTS), most=20), default=()),
        "waives": Key(Names(NAME, most=20), default=()),
        "opens": Key(_one_or_several(_OPENS), default=()),
        "fires": Key(_one_or_several(_FIRES), default=()),
    },
    defined="trigger",
)
TRIGGERS = Catalogue(NAME, TRIGGER)
CHANGES = Catalogue(NAME, TRIGGER.changes())  # as a tier says some of it again


def fields(given: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a `Trigger` that what is *given* of one stands for."""
    made = dict(given)
    if isinstance(to := made.get("to"), str):
        made["to"] = ToState(to)
    if "by" in made:
        made["by_desk"] = made["by"] == "desk"
        made["by"] = () if made["by_desk"] else made["by"]
    if "four_eyes" in made:
        other = made["four_eyes"]
        named = (other,) if isinstance(other, str) else other
        made["other_than"] = named if isinstance(named, tuple) else ()
        made["four_eyes"] = other is True
    if "replaces" in made:
        made["replaces"] = bool(made["replaces"])
    if "sources" in made and isinstance(made["sources"], str):
        made["sources"] = (made["sources"],)
    for key in ("opens", "fires"):
        if key in made and not isinstance(made[key], tuple):
            made[key] = (made[key],)
    return made
