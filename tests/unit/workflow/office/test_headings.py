"""What the columns of workbooks are called: words for people, whatever a trigger takes or sets."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from schemas.fields import ListOf, ObjectOf
from services.workflow.adapters.files.words_file import read_all
from services.workflow.application.described import columns_of
from services.workflow.application.in_other_words import said_for
from services.workflow.domain.data.kinds import schema
from services.workflow.domain.language.loading import as_far_as_said
from tests.unit.workflow.language.test_english_words import FILES, scheme

HAN = re.compile(r"[\u3400-\u9fff]")
APART = frozenset({"rosters", "presence", "draw"})  # that are brought in ways of their own


def headings(of: ObjectOf) -> Iterator[str]:
    """Yield the headings of *of*, and of the lists in it."""
    yield from (one.heading for one in columns_of(of) if one.path[0] not in APART)
    for name, field in of.schema.fields.items():
        if name in APART:
            continue
        inner: Any = field.inner if isinstance(field, ListOf) else field
        if isinstance(inner, ObjectOf):
            yield from headings(inner)


@pytest.mark.parametrize("file", FILES)
def test_every_column_of_what_a_trigger_takes_is_called_by_words(file: str):
    own = scheme(file)
    told = [
        (trigger.name, heading)
        for _, life in own.lives()
        for trigger in life.triggers.values()
        for heading in headings(
            ObjectOf(schema(own, life.tier, trigger, (*trigger.takes, *trigger.corrects)))
        )
    ]
    assert told
    assert [one for one in told if not HAN.search(one[1])] == []


def test_what_was_called_in_another_language_first_is_called_by_its_own_words_after() -> None:
    own = scheme(FILES[0])
    other, _ = as_far_as_said(own, said_for(own, read_all(None)))
    (trigger, tier), *_ = (
        (life.triggers["submit"], life.tier) for _, life in own.lives() if "submit" in life.triggers
    )
    (there,) = (life.triggers["submit"] for _, life in other.lives() if life.tier == tier)
    schema(other, tier, there, there.takes, ("report",))
    called = headings(ObjectOf(schema(own, tier, trigger, trigger.takes, ("report",))))
    assert [one for one in called if not HAN.search(one)] == []
