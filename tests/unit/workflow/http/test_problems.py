"""Problems: one shape, and every code in it is of the published registry."""

import re
from pathlib import Path

import pytest

from schemas.complaints import Fault
from services.workflow.adapters.http import problems
from services.workflow.domain import refusals
from services.workflow.domain.reasons import REASONS, sentence
from services.workflow.domain.refusals import Blocker

HTTP = Path(problems.__file__).parent
CODE = re.compile(r'code="([a-z_]+)"')


def test_every_code_this_adapter_gives_is_in_the_registry():
    given = {code for file in HTTP.glob("*.py") for code in CODE.findall(file.read_text("utf-8"))}
    assert len(given) > 10
    assert given - set(REASONS) == set()


def test_english_names_codes_where_chinese_names_labels():
    english = {code: f"{reason.en} {reason.en_if}" for code, reason in REASONS.items()}
    assert [code for code, said in english.items() if "label}" in said] == []
    blocker = Blocker(code="wrong_state", params={"state": "drafting", "trigger": "close"})
    assert sentence(blocker, "en")[0] == "close is not possible in the state drafting"


def test_every_refusal_has_a_status():
    blocker = Blocker(code="own_case")
    made = [
        refusals.Malformed(Fault(field="a", code="required")),
        refusals.NotYours("x"),
        refusals.NotAllowed(blocker),
        refusals.Invalid((blocker,)),
        refusals.Conflict(Blocker(code="case_exists")),  # as its reason says
        refusals.TooOften(7),
        refusals.OutcomeUnknown(),
        refusals.StoreUnavailable(),
        refusals.NotifierAway("x"),
        refusals.StoreReplaced(),
        refusals.NotWritable(),
        refusals.LogDamaged(),
    ]
    known = {one for one in vars(refusals).values() if isinstance(one, type)}
    wanted = {one for one in known if issubclass(one, refusals.Refused)} - {refusals.Refused}
    assert {type(one) for one in made} == wanted
    assert [problems.of_refusal(one).status for one in made] == [400, 404, 403, 422, 409, 429] + [
        503
    ] * 6


@pytest.mark.parametrize(
    ("language", "title"), [("zh", "请求格式有误"), ("en", "the request is malformed")]
)
def test_a_problem_lists_every_fault_in_the_language_asked_for(language: str, title: str):
    faults = [Fault(field="a", code="required"), Fault(field="b", code="too_long")]
    told = problems.malformed(*faults).document(language)
    assert (told["title"], told["status"], told["code"]) == (title, 400, "malformed")
    assert [(one["field"], one["code"]) for one in told["errors"]] == [
        ("a", "required"),
        ("b", "too_long"),
    ]


def test_reasons_that_differ_are_listed_under_one_umbrella():
    blockers = (Blocker(code="own_case"), Blocker(code="four_eyes"))
    assert problems.of_blockers(422, blockers).code == "not_fulfilled"
    assert problems.of_blockers(403, blockers[:1]).code == "own_case"
