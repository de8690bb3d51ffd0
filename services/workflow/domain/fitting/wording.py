"""The words of a scheme that are the organisation's: kinds, roles and powers, attributes, ids."""

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date

from schemas.document import Path
from schemas.reading import unknown
from schemas.said import said
from schemas.vocabulary import Vocabulary
from services.workflow.domain.language.model.lives import Kind
from services.workflow.domain.language.model.parties import Desk, Grant, NamedUnit, Nearest, Related
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.where import (
    AttributeIs,
    AttributeWithin,
    UnitKindIn,
)
from services.workflow.domain.language.walking import every

Note = Callable[[Path, str], None]


def check_words(scheme: Scheme, vocabulary: Vocabulary, units: Collection[str], note: Note) -> None:
    """Note every word that *vocabulary* does not have, and roles without the power they need."""
    for what, word, known, at in _named(scheme, vocabulary, units):
        if word not in known:
            note(at, unknown(what, word, known))
    for is_one in every(scheme, AttributeIs):
        _check_value(is_one, vocabulary, note)
    for within in every(scheme, AttributeWithin):
        _check_range(within, vocabulary, note)
    for at, power, roles in _powers(scheme):
        for role in roles:
            if role in vocabulary.roles and role not in vocabulary.having(power):
                note(at, said("{role} has no power to {power}", role=role, power=power))


Named = tuple[str, str, Collection[str], Path]


def _named(scheme: Scheme, words: Vocabulary, units: Collection[str]) -> Iterator[Named]:
    for _, life in scheme.lives():
        yield from (("unit kind", kind, words.kinds, life.at) for kind in life.unit_kinds)
    for nearest in every(scheme, Nearest):
        yield "unit kind", nearest.kind, words.kinds, nearest.at
        yield from [("unit kind", nearest.child, words.kinds, nearest.at)] if nearest.child else ()
    for condition in every(scheme, UnitKindIn):
        yield from (("unit kind", kind, words.kinds, condition.at) for kind in condition.kinds)
    for named in every(scheme, NamedUnit):
        yield "unit", named.id, units, named.at
    for related in every(scheme, Related):
        yield "relation", related.relation, words.relations, related.at
    for at, roles in _roles(scheme):
        yield from (("role", role, words.roles, at) for role in roles)


def _roles(scheme: Scheme) -> Iterator[tuple[Path, tuple[str, ...]]]:
    yield from ((grant.at, grant.roles) for grant in every(scheme, Grant))
    yield from ((desk.at, desk.roles) for desk in every(scheme, Desk))
    yield from ((kind.at, kind.person) for kind in scheme.kinds.values())


def _powers(scheme: Scheme) -> Iterator[tuple[Path, str, tuple[str, ...]]]:
    """Yield what roles have to have: who opens, opens; who acts or has a desk, acts."""
    for grant in (*scheme.opened_by, *scheme.closed_by):
        yield grant.at, "open", grant.roles
    for kind in scheme.kinds.values():
        for grant in (*kind.opened_by, *_actors(kind)):
            yield grant.at, "act", grant.roles
        for desk in every(kind.lives, Desk):
            yield desk.at, "act", desk.roles


def _actors(kind: Kind) -> Iterable[Grant]:
    return (
        grant for life in kind.lives for trigger in life.triggers.values() for grant in trigger.by
    )


def _check_value(condition: AttributeIs, vocabulary: Vocabulary, note: Note) -> None:
    attribute = vocabulary.attributes.get(condition.attribute)
    if attribute is None:
        note(condition.at, unknown("attribute", condition.attribute, vocabulary.attributes))
    elif isinstance(condition.value, bool) != (attribute.type == "flag"):
        note(
            condition.at,
            said("{attribute} is a {type}", attribute=attribute.name, type=attribute.type),
        )
    elif attribute.type == "choice" and condition.value not in attribute.choices:
        note(condition.at, unknown("choice", str(condition.value), attribute.choices))
    elif attribute.type not in ("flag", "choice"):
        note(
            condition.at,
            said(
                "{attribute} is a {type}: say from, below or both",
                attribute=attribute.name,
                type=attribute.type,
            ),
        )


def _check_range(condition: AttributeWithin, vocabulary: Vocabulary, note: Note) -> None:
    attribute = vocabulary.attributes.get(condition.attribute)
    if attribute is None:
        note(condition.at, unknown("attribute", condition.attribute, vocabulary.attributes))
        return
    bounds = [bound for bound in (condition.least, condition.below) if bound is not None]
    wanted = "day" if any(isinstance(bound, date) for bound in bounds) else "number"
    if attribute.type != wanted:
        note(
            condition.at,
            said(
                "{attribute} is a {type}, and this is a {wanted}",
                attribute=attribute.name,
                type=attribute.type,
                wanted=wanted,
            ),
        )
