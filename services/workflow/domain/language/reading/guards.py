"""Reading guards: a list of `{name: …}`, each with the keys of its own (§3)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.reading import Node
from services.workflow.domain.language.model import guards
from services.workflow.domain.language.model.guards import Guard
from services.workflow.domain.language.model.where import EVERYWHERE
from services.workflow.domain.language.naming import LINK, MARK, NAME, PARTY
from services.workflow.domain.language.reading.days import RULE, WHICH
from services.workflow.domain.language.reading.documents import ROWS
from services.workflow.domain.language.reading.where import ANYWHERE, WHERE
from services.workflow.domain.language.shapes import (
    Definitions,
    Key,
    Names,
    OneOf,
    Present,
    Record,
    Schema,
    Several,
    Share,
    Whole,
)

_MOST_CASES = 1_000_000
_LINK = {"link": Key(LINK)}
_STATE = {"state": Key(MARK)}
_DOCUMENT = {"document": Key(NAME)}


def _guard(
    make: Callable[..., Any], keys: Mapping[str, Key[Any]], needs: tuple[str, ...] = ()
) -> Record[Guard]:
    return Record(make, {"where": ANYWHERE, **keys}, needs=(needs,) if needs else ())


_RECORDS: Mapping[str, Record[Guard]] = {
    "reached": _guard(
        guards.Reached,
        {
            **_LINK,
            **_STATE,
            "which": Key(WHICH, default="one"),
            "still": Key(Present(), default=False),
        },
    ),
    "all_reached": _guard(
        guards.AllReached, {**_LINK, **_STATE, "at_least": Key(Whole(0, _MOST_CASES), default=1)}
    ),
    "all_ended": _guard(
        guards.AllEnded, {**_LINK, "at_least": Key(Whole(0, _MOST_CASES), default=0)}
    ),
    "taken": _guard(
        guards.Taken,
        {
            "document": Key(NAME, default=""),
            "component": Key(NAME, default=""),
            "decision": Key(PARTY, default=""),
            "unanswered": Key(Present(), default=False),
        },
        ("document", "component", "decision"),
    ),
    "complete": _guard(guards.Complete, _DOCUMENT),
    "no_row": _guard(
        guards.NoRow, {**_DOCUMENT, "column": Key(NAME), "says": Key(Names(NAME, most=ROWS))}
    ),
    "takes_up": _guard(guards.TakesUp, {**_DOCUMENT, "column": Key(NAME), **_LINK}),
    "came_by": _guard(guards.CameBy, {"triggers": Key(Names(NAME))}),
    "within_limit": _guard(guards.WithinLimit, _DOCUMENT),
    "in_range": _guard(guards.InRange, {}),
    "no_verdict_yet": _guard(guards.NoVerdictYet, {}),
    "decisions_given": _guard(guards.DecisionsGiven, {"at_least": Key(Whole(1, 10))}),
    "decisions_taken": _guard(guards.DecisionsTaken, {}),
    "deadline_ahead": _guard(guards.DeadlineAhead, {}),
    "deadline_differs": _guard(guards.DeadlineDiffers, {}),
    "not_before": _guard(guards.NotBefore, {"day": Key(RULE)}),
    "matches": _guard(guards.Matches, {"where": Key(WHERE)}),
    "quota_met": _guard(guards.QuotaMet, {"quota": Key(NAME)}),
    "quorum": _guard(
        guards.Quorum, {"number": Key(NAME, default=""), "roster": Key(NAME), "share": Key(Share())}
    ),
    "heard": _guard(
        guards.Heard,
        {
            **_LINK,
            "roster": Key(NAME),
            "share": Key(Share()),
            "no_point": Key(WHERE, default=None),
        },
    ),
    "no_overlap": _guard(
        guards.NoOverlap,
        {**_DOCUMENT, "column": Key(NAME), "at": Key(PARTY, default="", to="unit")},
    ),
}
_NAME = OneOf("guard", tuple(_RECORDS))


@dataclass(frozen=True, slots=True)
class _GuardShape:
    """A guard, told apart by its name."""

    def read(self, node: Node, key: str) -> Guard:
        return self.of(node.node(key))

    def of(self, node: Node) -> Guard:
        """Read the mapping *node* itself."""
        name = _NAME.read(node, "name")
        if name:
            return _RECORDS[name].of(node)
        node.abandon()  # keys of an unknown guard are no faults of their own
        return guards.Matches(where=EVERYWHERE, at=node.path)

    def schema(self, known: Definitions) -> Schema:
        choices = []
        for name, record in _RECORDS.items():
            made = record.schema(known)
            made["properties"]["name"] = {"const": name}
            made["required"] = ["name", *made["required"]]
            choices.append(made)
        known["guard"] = {"oneOf": choices}
        return {"$ref": "#/$defs/guard"}


GUARDS = Several(_GuardShape(), least=0, most=20)  # none: a tier takes the kind's away
