"""What a sheet that is filled in says of itself: how much is done, and what is wrong where."""

from types import SimpleNamespace
from typing import Any

from schemas.complaints import Fault
from services.workflow.adapters.web.voting import asked
from services.workflow.domain.language.model.scores import Range

# Their labels sort the other way round than they are asked.
QUESTIONS = (SimpleNamespace(name="work", label="作"), SimpleNamespace(name="conduct", label="乙"))


def shown(form: dict[str, str], struck: tuple[bool, ...], *faults: Fault) -> dict[str, Any]:
    lines = [
        SimpleNamespace(about=f"review/{n}", person=f"某{n}", unit="", struck=one)
        for n, one in enumerate(struck)
    ]
    sheet: Any = SimpleNamespace(
        poll=SimpleNamespace(sheet=QUESTIONS, scale=Range(at=(), least=0, most=100)),
        lines=lines,
        labels={},
        kept=SimpleNamespace(rule={"range": {}, "blanks": "counted"}),
    )
    browsers: Any = SimpleNamespace(form=form)
    return asked(browsers, sheet, faults)


def test_what_is_wrong_with_one_line_is_told_in_the_order_in_which_it_is_asked():
    wrong = [
        Fault(field=f"sheet.review/{n}.{question.name}", code="required")
        for n in (1, 0)
        for question in QUESTIONS
    ]
    told = [one.said for one in shown({}, (False, False), *wrong, *wrong)["faults"]]
    assert [one.split()[:2] for one in told] == [
        ["某0", "作"],
        ["某0", "乙"],
        ["某1", "作"],
        ["某1", "乙"],
    ]


def test_neither_what_is_to_fill_in_nor_what_is_counts_lines_that_are_struck():
    form = {f"a.{n}.{one.name}": "90" for n in (0, 1) for one in QUESTIONS}
    found = shown(form, (False, True, False))
    assert (found["filled"], found["all"]) == (2, 4)
