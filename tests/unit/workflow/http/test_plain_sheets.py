"""Sheets from JSON: the quick check by hand takes only what the schema takes, as it takes it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.workflow.adapters.http.ballots import SheetBody
from services.workflow.adapters.http.casting import is_plain

CASE = "talk/0195a1f0-0000-7000-8000-000000000001"
ANSWER = {"about": CASE, "question": "overall", "value": "91.5"}
BODY = {"secret": "2345-6789 abcd", "nonce": "n" * 22, "sheet": [ANSWER]}
WORDS = some.sampled_from(
    [
        "",
        " ",
        "-",
        "a",
        "A",
        "ä",
        "a\n",
        "n" * 61,
        "n" * 64,
        "n" * 65,
        "0.5",
        CASE,
        f"{CASE}/notices",
    ]
)
ODD = some.none() | some.booleans() | some.integers() | WORDS | some.text(max_size=3)
ANSWERS = some.dictionaries(some.sampled_from([*ANSWER, "x"]), ODD).map(lambda odd: ANSWER | odd)
SHEETS = some.lists(ANSWERS | ODD, max_size=3) | ODD


@given(some.dictionaries(some.sampled_from(["secret", "nonce", "x"]), ODD), SHEETS)
def test_what_the_quick_check_takes_the_schema_takes_as_it_is(changes: dict[str, Any], sheet: Any):
    body = BODY | changes | {"sheet": sheet}
    if is_plain(body):
        assert SheetBody().load(body) == body


@pytest.mark.parametrize("kind", ["cycle", "round", "organisation", "text", "log"])
def test_what_is_no_case_is_not_plain(kind: str):
    answer = ANSWER | {"about": CASE.replace("talk", kind)}
    assert not is_plain(BODY | {"sheet": [answer]})


def test_a_plain_sheet_takes_the_quick_way():
    assert is_plain(BODY)
    assert is_plain(BODY | {"sheet": []})
    assert not is_plain({name: BODY[name] for name in ("secret", "sheet")})
    assert not is_plain(BODY | {"sheet": [ANSWER] * 501})
    assert not is_plain(BODY | {"comments": []})
