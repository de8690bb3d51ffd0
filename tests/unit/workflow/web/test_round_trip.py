"""Whatever a trigger takes can be typed: the fields of its form, filled in, say its data again."""

from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from services.workflow.adapters.web.fields import Asking, Field
from services.workflow.adapters.web.forms import names_many
from services.workflow.adapters.web.taking import groups_of
from services.workflow.adapters.web.typed import field_at, read_form
from services.workflow.application.boards.spoken import spoken
from services.workflow.application.boards.to_answer import Point
from services.workflow.application.rehearsing.offering import Offer, Wishes, offered
from services.workflow.domain.case.answering import to_answer
from services.workflow.domain.case.head import Case
from services.workflow.domain.language.model.triggers import Trigger
from tests.unit.workflow.case.played import Play
from tests.unit.workflow.case.test_examples import played
from tests.unit.workflow.case.test_notice_2019 import SCHEME


def every_trigger() -> Iterator[tuple[Play, Case, Trigger]]:
    """Yield every trigger of every kind of the three schemes, with a case to hold it against."""
    notice = Play(SCHEME)
    changes = played("change-approval", "grp", "2024")
    for play in (notice, changes, played("laboratory-safety", "nku", "2024-Q1")):
        play.open()
        if play is changes:
            play.opened("change", "east-network", "p-network")
        some = next(iter(play.world.heads.cases.values()))
        for kind, life in play.scheme.lives():
            of_kind = [*play.cases(kind.name), some]
            for trigger in life.triggers.values():
                if names_many(trigger):  # who came and went is told on a page of its own
                    continue
                yield play, of_kind[0], trigger


ALL = [pytest.param(*one, id=f"{one[0].scheme.id} {one[2].name}") for one in every_trigger()]


def fields_of(play: Play, case: Case, trigger: Trigger) -> list[Field]:
    organisation = play.organisation
    look = SimpleNamespace(
        organisation=organisation, unit_name=str, role=str, day=play.world.day(play.now)
    )
    here = spoken(case, play.scheme, organisation.vocabulary)
    points = {
        take.name: [
            Point(key=one.key, number=one.number)
            for one in to_answer(play.scheme.documents[take.name], case, play.world, "p")
        ]
        for take in trigger.takes
        if take.what == "document"
    }
    asking = Asking(
        case=case,
        here=here,
        look=look,  # type: ignore[arg-type]
        typed={},
        to_answer=points,
    )
    return [field for group in groups_of(trigger, asking) for field in group.fields]


def typed(data: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Yield the fields that *data* stand in, as somebody types them."""
    if isinstance(data, Mapping):
        for name, value in data.items():
            yield from typed(value, f"{at}.{name}" if at else name)
    elif isinstance(data, list) and data and isinstance(data[0], str):
        yield at, "\n".join(data)
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from typed(value, f"{at}.{index}")
    else:
        yield at, {True: "1", False: "0"}.get(data, str(data)) if data is not None else ""


@pytest.mark.parametrize(("play", "case", "trigger"), ALL)
def test_what_is_typed_into_a_form_is_the_data_of_its_trigger(
    play: Play, case: Case, trigger: Trigger
):
    data = offered(Offer(case=case, trigger=trigger, world=play.world, person="p", wishes=Wishes()))
    fields = fields_of(play, case, trigger)
    form = dict(typed(data))
    lines = {field.name: field.options[0][0] for field in fields if field.kind == "lines"}
    for name, column in lines.items():
        form[name] = form.pop(f"{name}.0.{column}", form.get(name, ""))
    assert set(form) <= {field.name for field in fields} | {"desk"}
    assert read_form(fields, form).data == data
    assert read_form(fields, {}).data == {}


def test_a_fault_finds_its_field_though_rows_before_it_are_empty():
    field = Field(name="documents.lists.rows.4.due", label="", kind="day")
    places = read_form([field], {field.name: "x"}).places
    assert field_at("data.documents.lists.rows[0].due", places) == field.name
    assert field_at("data.documents.lists", places) == field.name
    assert field_at("data.documents.lists.rows[0].due.from", places) == field.name
