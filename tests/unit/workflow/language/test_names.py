"""What a scheme calls its things, an event can say."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from schemas import limits
from schemas.facts.parts import CaseNumber
from schemas.fields import Code
from services.workflow.domain.language.naming import MARK, NAME, TIER, is_mark, is_name
from tests.unit.workflow.language.examples import changed, tree

WORDS = st.one_of(
    st.from_regex(rf"\A{NAME.pattern}\Z"),
    st.from_regex(rf"\A{MARK.pattern}\Z"),
    st.text(st.sampled_from("aZ0_.-é述"), min_size=1, max_size=3),
)
LONGEST = "t" * 51


def takes(field: Code | CaseNumber, word: str) -> bool:
    try:
        field.deserialize(word)
    except ValidationError:
        return False
    return True


@given(WORDS)
def test_a_name_of_a_scheme_fits_every_event_that_tells_it(word: str):
    assert takes(Code(), word) or not (is_name(word) or is_mark(word))


def test_the_number_of_the_last_of_the_lowest_cases_fits_an_event():
    month, ordinals = "2019-12", "/999" * limits.GENERATIONS
    assert takes(CaseNumber(), f"{month}-{LONGEST}-{9_999_999}{ordinals}")
    assert TIER.naming.takes(LONGEST)
    assert not TIER.naming.takes(f"{LONGEST}t")


def test_a_case_stands_below_three_others_at_most():
    def children_of_children(made: dict[str, Any]) -> None:
        for child, parent in (("second", "item"), ("third", "second"), ("fourth", "third")):
            made["cases"][child] = tree()["cases"]["item"] | {"many_for": parent}

    told = [at for at, reason in changed(children_of_children) if "stands below" in reason]
    assert told == ["cases.fourth.many_for"]
