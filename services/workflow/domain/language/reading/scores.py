"""Reading figures and what rests on them: components, gradings, polls, draws, consequences."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, TypeVar

from schemas.draw_number import MOST, MOST_FIGURES, MOST_GROUPS
from services.workflow.domain.language.model.documents import Named
from services.workflow.domain.language.model.parties import Grant
from services.workflow.domain.language.model.scores import (
    Cap,
    Component,
    Consequence,
    Draw,
    DrawnModes,
    Electorate,
    Electors,
    Figures,
    FlagWord,
    Grade,
    Grading,
    Part,
    Point,
    Poll,
    Quota,
    Range,
    Source,
)
from services.workflow.domain.language.model.where import Where
from services.workflow.domain.language.naming import MARK, NAME, PARTY, TIER
from services.workflow.domain.language.reading.documents import NAMED
from services.workflow.domain.language.reading.sight import SEEN_BY
from services.workflow.domain.language.reading.where import ANYWHERE, WHERE
from services.workflow.domain.language.shapes import (
    Catalogue,
    Either,
    Exact,
    Flag,
    Key,
    Line,
    Names,
    OneOf,
    Present,
    Record,
    Several,
    Share,
    Table,
    Whole,
)
from services.workflow.domain.language.shapes import Named as NamedList

S = TypeVar("S", Component, Grading, Poll)
_ONE = Decimal(1)
_LABEL: Key[str] = Key(Line(), default="")
_CLAUSE: Key[str] = Key(Line(), default="")


@dataclass(frozen=True, slots=True)
class _Tiered(Catalogue[S]):
    """A catalogue of what may differ by tier, and bears its name there too."""

    def _named(self, name: str, value: S) -> S:
        tiers = {tier: replace(each, name=name) for tier, each in value.tiers.items()}
        return replace(value, name=name, tiers=tiers)


def _with_tiers(value: S, tiers: Mapping[str, dict[str, Any]]) -> S:
    return replace(value, tiers={tier: replace(value, **given) for tier, given in tiers.items()})


def _by_tier(record: Record[Any]) -> Key[Any]:
    return Key(Catalogue(TIER, record.changes("name")), default={})


# --- Components ---

_PART = Record(
    Part, {"name": Key(NAME), "weight": Key(Exact()), "label": _LABEL}, defined="component_part"
)
_COMPONENT = Record(
    Component,
    {
        "name": Key(NAME),
        "label": Key(Line()),
        "poll": Key(NAME, default=""),
        "parts": Key(NamedList(NAME, _PART, most=20), default=()),
        "clause": _CLAUSE,
        "seen_by": SEEN_BY,
        "until": Key(MARK, default=""),
    },
    defined="component",
)


def _component(tiers: Mapping[str, Any], **given: Any) -> Component:
    return _with_tiers(Component(**given), tiers)


COMPONENTS = NamedList(
    NAME,
    Record(_component, {**_COMPONENT.keys, "tiers": _by_tier(_COMPONENT)}, defined="component"),
    most=18,
)

# --- Gradings ---

_GRADE = Record(
    Grade,
    {
        "name": Key(NAME),
        "label": _LABEL,
        "from": Key(Exact(), default=None, to="least"),
        "share": Key(Share(), default=None),
    },
    defined="grade",
)
_GRADING: Record[dict[str, Any]] = Record(
    dict,
    {
        "label": _LABEL,
        "by": Key(OneOf("way of grading", ("bands", "decision", "votes"))),
        "of": Key(Either(text=NAME, mapping=Table(NAME, Exact(), most=18)), default=""),
        "grades": Key(NamedList(NAME, _GRADE, most=20)),
        "clause": _CLAUSE,
        "where": ANYWHERE,
    },
    defined="grading",
)


def _grading_keys(given: dict[str, Any]) -> dict[str, Any]:
    of = given.pop("of", None)
    if isinstance(of, str):
        return {**given, "of": of}
    return given if of is None else {**given, "weights": of}


def _grading(tiers: Mapping[str, dict[str, Any]], **given: Any) -> Grading:
    made = Grading(name="", **_grading_keys(given))
    changed = {
        tier: replace(made, **_grading_keys(dict(changes))) for tier, changes in tiers.items()
    }
    return replace(made, tiers=changed)


GRADINGS: _Tiered[Grading] = _Tiered(
    NAME,
    Record(_grading, {**_GRADING.keys, "tiers": _by_tier(_GRADING)}, defined="grading"),
    most=20,
)

# --- Polls ---


def _electors(where: Where, **grant: Any) -> Electors:
    return Electors(Grant(**grant), where, at=grant["at"])


ELECTORS = Several(
    Record(
        _electors,
        {
            "party": Key(PARTY),
            "roles": Key(Names(NAME, most=20), default=()),
            "where": ANYWHERE,
        },
    ),
    most=20,
)
_ELECTORATE = Record(
    Electorate,
    {
        "name": Key(NAME),
        "label": _LABEL,
        "people": Key(ELECTORS, default=()),
        "roster": Key(Present(), default=False),
        "weight": Key(Exact(), default=_ONE),
        "where": ANYWHERE,
    },
    needs=(("people", "roster"),),
)
_POINT = Record(Point, {"grade": Key(NAME), "points": Key(Exact())})
_RANGE = Record(
    Range,
    {
        "from": Key(Whole(0, 100), to="least"),
        "to": Key(Whole(1, 100), to="most"),
        "step": Key(Exact(), default=_ONE),
    },
)
_POLL = Record(
    Poll,
    {
        "label": _LABEL,
        "held_by": Key(NAME),
        "in": Key(NAME, to="state"),
        "covers": Key(NAME),
        "sheet": Key(NAMED),
        "scale": Key(Either(mapping=_RANGE, listed=Several(_POINT, least=2, most=20))),
        "electorates": Key(NamedList(NAME, _ELECTORATE, most=20)),
        "drop_each_end": Key(Exact(), default=Decimal(0)),
        "secret": Key(Flag(), default=True),
        "comments": Key(Flag(), default=False),
        "without_ballots": Key(OneOf("choice", ("refuse", "redistribute")), default="refuse"),
        "blanks": Key(OneOf("choice", ("counted", "refused")), default="counted"),
        "at_most": Key(Table(NAME, Share(), most=20), default={}),
    },
    defined="poll",
)


def _poll(tiers: Mapping[str, Any], **given: Any) -> Poll:
    return _with_tiers(Poll(name="", **given), tiers)


POLLS: _Tiered[Poll] = _Tiered(
    NAME,
    Record(_poll, {**_POLL.keys, "tiers": _by_tier(_POLL)}, defined="poll"),
    most=20,
)

# --- Draws ---


def _draw(among: Mapping[str, Any], leave_out: Mapping[str, Any], **given: Any) -> Draw:
    given["sets_order"] = bool(given["sets_order"])
    reasons = leave_out.get("reasons", ())
    return Draw(name="", leave_out=bool(leave_out), reasons=reasons, **given, **among)


def _tiers(read: str | tuple[str, ...]) -> tuple[str, ...]:
    return (read,) if isinstance(read, str) else read


_AMONG = Record(
    lambda at, tier, **given: {**given, "tiers": _tiers(tier)},  # noqa: ARG005
    {
        "case": Key(NAME, to="kind"),
        "tier": Key(Either(text=TIER, listed=Names(TIER)), default=()),
        "where": ANYWHERE,
    },
)
_LEAVE_OUT: Record[Any] = Record(
    dict, {"reason_required": Key(Present()), "reasons": Key(NAMED, default=())}
)
_FIGURES = Record(
    Figures,
    {
        "count": Key(Whole(1, MOST_FIGURES)),
        "from": Key(Whole(0, MOST), to="least"),
        "to": Key(Whole(1, MOST), to="most"),
        "as_drawn": Key(Present(), default=False),
    },
    defined="figures",
)
_SOURCE = Record(
    Source,
    {"name": Key(NAME), "label": Key(Line()), "figures": Key(Several(_FIGURES, most=MOST_GROUPS))},
    defined="public_number",
)
_MODES = Record(DrawnModes, {"drawn": Key(NAME), "reserves": Key(NAME)})
DRAWS = Catalogue(
    NAME,
    Record(
        _draw,
        {
            "label": _LABEL,
            "run_by": Key(NAME),
            "among": Key(_AMONG),
            "share": Key(Share()),
            "fires": Key(NAME),
            "numbers": Key(NamedList(NAME, _SOURCE, most=20), default=()),
            "modes": Key(_MODES, default=None),
            "leave_out": Key(_LEAVE_OUT, default={}),
            "always": Key(Several(WHERE, most=20), default=()),
            "sets": Key(OneOf("what is set", ("order",)), default="", to="sets_order"),
        },
        defined="draw_rule",
    ),
    most=20,
    bears="name",
)

# --- What follows from a grade ---

FLAGS = NamedList(
    NAME,
    Record(
        FlagWord,
        {"name": Key(NAME), "label": Key(Line()), "listed": Key(Present(), default=False)},
        defined="flag",
    ),
)
MODES = NAMED
_NAMED = Record(Named, {"name": Key(NAME), "label": Key(Line())})


def _consequence(proposes: tuple[Named, str] | None, opens: str, **given: Any) -> Consequence:
    proposed, decided_in = proposes or (None, "")
    return Consequence(proposes=proposed, opens=opens or decided_in, **given)


_PROPOSAL = Record(
    lambda decided_in, **named: (Named(**named), decided_in),
    {**_NAMED.keys, "decided_in": Key(NAME, default="")},
    defined="proposal",
)
CONSEQUENCES = Several(
    Record(
        _consequence,
        {
            "where": Key(WHERE),
            "clause": _CLAUSE,
            "case": Key(NAME, default="", to="kind"),
            "opens": Key(NAME, default=""),
            "bars": Key(_NAMED, default=None),
            "proposes": Key(_PROPOSAL, default=None),
        },
        defined="consequence",
        needs=(("opens", "bars", "proposes"),),
    )
)
CAPS = Several(
    Record(
        Cap,
        {
            "where": Key(WHERE),
            "at_best": Key(NAME),
            "of": Key(NAME, default="", to="grading"),
            "clause": _CLAUSE,
        },
        defined="cap",
    )
)
QUOTAS = Catalogue(
    NAME,
    Record(
        lambda **given: Quota(name="", **given),
        {
            "grades": Key(Names(NAME)),
            "at_least": Key(Share(unread=(0, 1)), default=None),
            "at_most": Key(Share(), default=None),
            "among": Key(PARTY),
            "of": Key(NAME, default="", to="grading"),
            "clause": _CLAUSE,
        },
        defined="quota",
    ),
    bears="name",
)
