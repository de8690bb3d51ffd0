"""A bulletin tells of what is there and can be counted, and of nothing that is left to some."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.workflow.language.examples import changed

Tree = dict[str, Any]
SOME = [{"party": "own_unit", "roles": ["office"]}]
AT = "cases.{}.triggers.circulate.takes[0]"


def taken(made: Tree, kind: str = "bulletin") -> Any:
    return made["cases"][kind]["triggers"]["circulate"]["takes"][0]


def hide_superior(made: Tree) -> None:
    superior = made["components"][1]
    superior.update(seen_by=SOME)
    del superior["until"], superior["tiers"]


def hide_superior_too_long(made: Tree) -> None:
    made["components"][1]["until"] = "rectification"


def hide_superior_and_count(made: Tree) -> None:
    hide_superior(made)
    for to in taken(made)["ranges"]:
        to["shows"] = []


def leave_feedback_to_some(made: Tree) -> None:
    states = made["cases"]["review"]["states"]
    next(one for one in states if one["name"] == "feedback")["seen_by"] = SOME


REFUSED: list[tuple[Callable[[Tree], object], str, str, str]] = [
    (
        lambda made: made["cases"]["item"]["triggers"].update(
            publish={"label": "x", "from": ["open"], "by": SOME, "takes": [taken(made)]}
        ),
        "item",
        "",
        "one for a party",
    ),
    (lambda made: taken(made).update(about="rewiew"), "bulletin", ".about", "unknown kind of case"),
    (lambda made: taken(made)["in"].append("x"), "bulletin", ".in", "unknown state"),
    (
        lambda made: taken(made, "progress_bulletin").update(progress="visit"),
        "progress_bulletin",
        ".progress",
        "no child",
    ),
    (
        lambda made: taken(made, "progress_bulletin").pop("progress"),
        "progress_bulletin",
        ".ranges",
        "nothing is counted",
    ),
    (
        lambda made: taken(made).update({"about": "visit", "in": ["closed"]}),
        "bulletin",
        ".about",
        "leaves visit to some",
    ),
    (leave_feedback_to_some, "bulletin", ".about", "leaves review to some"),
    (hide_superior, "bulletin", ".ranges[1].shows", "made of superior"),
    (hide_superior_too_long, "bulletin", ".ranges[1].shows", "made of superior"),
    (hide_superior_and_count, "bulletin", ".ranges[0].shows", "made of superior"),
]


@pytest.mark.parametrize(("change", "kind", "below", "reason"), REFUSED)
def test_a_bulletin_is_refused_where_it_is_wrong(
    change: Callable[[Tree], object], kind: str, below: str, reason: str
):
    place = AT.format(kind) if kind != "item" else "cases.item.triggers.publish.takes[0]"
    found = changed(change)
    assert any(at == place + below and reason in told for at, told in found), found


def test_what_shows_no_grade_may_tell_of_cases_whose_figures_are_left_to_some():
    found = changed(hide_superior)
    assert not [at for at, _ in found if at.startswith(AT.format("progress_bulletin"))]
