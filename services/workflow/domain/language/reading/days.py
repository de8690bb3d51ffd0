"""Reading rules of days and the marks they count from (§6)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from schemas.reading import Naming, Node
from schemas.said import either, said
from services.workflow.domain.language.model.days import (
    Counted,
    DayRule,
    Due,
    Earliest,
    FieldDay,
    FixedDay,
    Latest,
    Mark,
    Planned,
)
from services.workflow.domain.language.naming import NAME, PATTERN
from services.workflow.domain.language.shapes import (
    Day,
    Definitions,
    Key,
    Name,
    OneOf,
    Record,
    Schema,
    Several,
    Whole,
)

_MOST_DAYS = 3_660
_SIDES = ("after", "before", "at")
_MARK = rf"({PATTERN}\.)?{PATTERN}"
_OF_MANY = ("all", "any", "first", "last")
_TEXT = Name(
    Naming(
        lambda text: re.fullmatch(_MARK, text, re.ASCII) is not None,
        "a mark is a state, opened, round.begins, round.ends, or <link>.<state>",
    ),
    _MARK,
)
WHICH = OneOf("choice", _OF_MANY)


@dataclass(frozen=True, slots=True)
class MarkShape:
    """`held`, `meeting.held`, or of a link to many `{last: items.verified}`."""

    def read(self, node: Node, key: str) -> Mark:
        if isinstance(node.raw(key), str):
            return _mark(_TEXT.read(node, key))
        return self.of(node.node(key))

    def of(self, node: Node) -> Mark:
        given = [word for word in _OF_MANY if node.has(word)]
        if len(given) != 1:
            node.fault(
                said(
                    "a mark is a text, or exactly one of {words} with a text",
                    words=", ".join(_OF_MANY),
                )
            )
            node.abandon()
            return Mark("")
        made = _mark(_TEXT.read(node, given[0]))
        return Mark(made.state, made.link, given[0])  # type: ignore[arg-type]

    def schema(self, known: Definitions) -> Schema:
        text = _TEXT.schema(known)
        choices = [Record(dict, {word: Key(_TEXT)}).schema(known) for word in _OF_MANY]
        known["mark"] = {"anyOf": [text, *choices]}
        return {"$ref": "#/$defs/mark"}


def _mark(text: str) -> Mark:
    link, _, state = text.rpartition(".")
    return Mark(state, link)


MARK_OF = MarkShape()


@dataclass(frozen=True, slots=True)
class MarksShape:
    """A list of marks."""

    def read(self, node: Node, key: str) -> tuple[Mark, ...]:
        found = node.mixed(key, _TEXT.naming)
        return tuple(_mark(one) if isinstance(one, str) else MARK_OF.of(one) for _, one in found)

    def schema(self, known: Definitions) -> Schema:
        return {"type": "array", "items": MARK_OF.schema(known), "minItems": 1}


@dataclass(frozen=True, slots=True)
class RuleShape:
    """One rule of days; `{at: held}` and `{after: meeting.held}` alone count no days."""

    def read(self, node: Node, key: str) -> DayRule:
        return self.of(node.node(key))

    def of(self, node: Node) -> DayRule:
        """Read the mapping *node* itself."""
        given = [word for word in _WORDS if node.has(word)]
        if len(given) > 1:
            node.fault(said("a rule of days is one of {words}, not two", words=", ".join(_WORDS)))
        if given:
            return _WORDS[given[0]][1](node)
        if any(node.has(side) for side in _SIDES):
            return _counted(node, 0, working=False)
        node.fault(said("a rule of days is one of {words}", words=", ".join((*_WORDS, *_SIDES))))
        node.abandon()
        return Counted(0, at=node.path)

    def schema(self, known: Definitions) -> Schema:
        if "days" not in known:
            known["days"] = {}
            known["days"] = {"oneOf": [_schema(word, known, {}) for word in (*_WORDS, *_SIDES)]}
        return {"$ref": "#/$defs/days"}


RULE = RuleShape()
_RULES = Several(RULE, most=10)
_NUMBER = Whole(0, _MOST_DAYS)


def _counted(node: Node, n: int, *, working: bool) -> Counted:
    given = [side for side in _SIDES if node.has(side)]
    if len(given) > 1:
        node.fault(said("days are counted from one mark: {words}", words=either(given)))
    for side in given:
        mark = MARK_OF.read(node, side)
        if side == "at" and n:
            node.fault("at a mark no days are counted: it is after or before it", side)
        before = side == "before"
        return Counted(n, working, "before" if before else "after", mark, at=node.path)
    return Counted(n, working, at=node.path)


_WORDS: Mapping[str, tuple[object, Callable[[Node], DayRule]]] = {
    "day": (Day(), lambda node: FixedDay(node.day("day"), at=node.path)),
    "working_days": (
        _NUMBER,
        lambda node: _counted(node, _NUMBER.read(node, "working_days"), working=True),
    ),
    "days": (_NUMBER, lambda node: _counted(node, _NUMBER.read(node, "days"), working=False)),
    "latest": (_RULES, lambda node: Latest(_RULES.read(node, "latest"), at=node.path)),
    "earliest": (_RULES, lambda node: Earliest(_RULES.read(node, "earliest"), at=node.path)),
    "field": (NAME, lambda node: FieldDay(NAME.read(node, "field"), at=node.path)),
}


def _schema(word: str, known: Definitions, beside: Mapping[str, Schema]) -> Schema:
    """Return the schema of the rule with *word*, and of what may stand *beside* it."""
    mark = MARK_OF.schema(known)
    if word in _SIDES:
        properties = {word: mark}
    else:
        shape = _WORDS[word][0]
        properties = {word: shape.schema(known)}  # type: ignore[attr-defined]
    made: Schema = {
        "type": "object",
        "properties": properties | dict(beside),
        "required": [word],
        "additionalProperties": False,
    }
    if word in ("working_days", "days"):
        made["properties"] |= dict.fromkeys(("after", "before"), mark)
        made["not"] = {"required": ["after", "before"]}
    return made


@dataclass(frozen=True, slots=True)
class DueShape:
    """A rule of days, and beside it the one that holds until it can be told."""

    def read(self, node: Node, key: str) -> Due:
        return self.of(node.node(key))

    def of(self, node: Node) -> Due:
        """Read the mapping *node* itself."""
        until = RULE.read(node, "until_known") if node.has("until_known") else None
        return Due(RULE.of(node), until, at=node.path)

    def schema(self, known: Definitions) -> Schema:
        if "due" not in known:
            beside = {"until_known": RULE.schema(known)}
            words = (*_WORDS, *_SIDES)
            known["due"] = {"oneOf": [_schema(word, known, beside) for word in words]}
        return {"$ref": "#/$defs/due"}


DUE = DueShape()
PLANNED = Record(
    Planned,
    {
        "day": Key(RULE, default=None),
        "from": Key(RULE, default=None, to="first"),
        "by": Key(RULE, default=None, to="last"),
        "not_before": Key(RULE, default=None),
    },
    defined="planned",
)
