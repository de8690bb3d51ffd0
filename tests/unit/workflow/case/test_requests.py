"""What was asked for in a case, until it is answered, granted, or left behind."""

from dataclasses import replace

import pytest

from schemas.canonical import canonical_bytes
from schemas.document import Faults, read_document
from services.workflow.adapters.files.yaml_nodes import compose
from services.workflow.domain.case.requests import unanswered
from services.workflow.domain.language.loading import from_canonical
from tests.unit.workflow.case.played import NOTICE, scheme
from tests.unit.workflow.case.test_evolving import opened

ITEM = scheme(NOTICE.read_text()).kinds["item"].life("")
ASKED, REFUSED, MOVED = "ask_extension", "refuse_extension", "change_deadline"


def asked_for(*fired: str, state: str = "open", final: str = "") -> str:
    made = replace(opened(), state=state, final=final, fired=dict.fromkeys(fired, ("p",)))
    found = unanswered(made, ITEM)
    return "" if found is None else found.document


def test_what_is_asked_for_waits_for_an_answer():
    assert asked_for() == ""
    assert asked_for(ASKED) == "extension_request"


@pytest.mark.parametrize("answer", [REFUSED, MOVED])
def test_what_was_answered_waits_no_more_until_it_is_asked_again(answer: str):
    assert asked_for(ASKED, answer) == ""
    assert asked_for(answer, ASKED) == "extension_request"


def test_a_case_that_moved_on_or_ended_has_left_it_behind():
    assert asked_for(ASKED, state="reported") == ""
    assert asked_for(ASKED, final="completed") == ""


LONE = "        label: 整改中\n        desk: {party: owner}\n"


def on_desks(*names: str) -> str:
    """Return the notice, its open items on desks of these names."""
    text, desks = NOTICE.read_text(), [f"{{name: {one}, party: owner}}" for one in names]
    assert LONE in text
    return text.replace(LONE, f"        label: 整改中\n        desks: [{', '.join(desks)}]\n")


@pytest.mark.parametrize(
    ("desks", "path"),
    [
        (("extension_request", "beside"), "cases.item.states[0].desks[0]"),
        (tuple("abcdefghijklmopqrstu"), "cases.item.states[0]"),
    ],
    ids=["its name is taken", "there is no room"],
)
def test_what_is_asked_for_has_a_desk_in_new_schemes_and_old_ones_are_read(
    desks: tuple[str, ...], path: str
):
    text = on_desks(*desks)
    with pytest.raises(Faults) as caught:
        scheme(text)
    assert [one.path for one in caught.value.faults] == [path]
    published = canonical_bytes(read_document(text, compose).tree)
    assert len(from_canonical(published).kinds["item"].life("").states["open"].desks) == len(desks)


def test_as_many_desks_as_fit_beside_that_of_a_request_are_possible():
    scheme(on_desks(*"abcdefghijklmopqrst"))
