"""Which tests are asked about a fault, and that one with which they wait for ever is noticed."""

from collections import Counter
from pathlib import Path

import pytest

from tests.mutants import asking
from tests.mutants.__main__ import chosen_for
from tests.mutants.asking import Warm
from tests.mutants.coming import Coming, moved, used_by
from tests.mutants.faults import Fault

FAULT = Fault(file="code.py", line=1, last=1, begin=9, end=14, instead="again")
BEFORE, WITH_IT = "waits = 'never'\n", "waits = 'again'\n"


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        ({BEFORE: 0, WITH_IT: None}, "killed"),
        ({BEFORE: None, WITH_IT: None}, "survived"),  # the tests hang by themselves
        ({BEFORE: 0, WITH_IT: 0}, "survived"),
        ({BEFORE: 0, WITH_IT: 1}, "killed"),
    ],
)
def test_a_fault_that_hangs_is_noticed_where_nothing_hangs_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends: dict[str, int | None], told: str
) -> None:
    code = tmp_path / FAULT.file
    code.write_text(BEFORE)
    assert FAULT.put_into(tmp_path) == BEFORE
    monkeypatch.setattr(asking, "_forked", lambda *_: ends[code.read_text()])
    warm = Warm(tmp_path, {}, {"test.py::one"}, {}, {})
    assert warm.noticed(FAULT, BEFORE, ["test.py::one"])[0] == told
    assert code.read_text() == WITH_IT


def test_a_line_is_followed_to_where_it_stands_and_one_written_anew_stands_for_what_was_there() -> (
    None
):
    places, unsure = moved("one\ntwo\nthree\n", "zero\none\n2\n2b\nthree\n")
    assert {line: [*there] for line, there in places.items()} == {1: [2], 2: [3, 4], 3: [5]}
    assert unsure == {1, 3, 4}


def test_who_comes_to_a_file_is_asked_about_what_was_written_in_it_since() -> None:
    known = Coming({"code.py": {1: {"here"}, 2: {"near"}}}, {"code.py": {1}}, {})
    weights = Counter(["here", "near"])
    assert chosen_for(FAULT, known, weights) == ["here", "near"]
    assert chosen_for(FAULT, Coming(known.lines, {}, {}), weights) == ["here"]


def test_of_a_test_with_many_values_one_is_asked_before_the_others() -> None:
    tests = {"one[1]", "one[2]", "one[3]", "other"}
    known = Coming({"code.py": {1: tests}}, {}, {"other": 2})
    assert chosen_for(FAULT, known, Counter(tests)) == ["one[1]", "other", "one[2]", "one[3]"]


def test_a_file_nobody_comes_to_is_held_by_who_comes_to_those_that_use_it() -> None:
    core = {"a.py": "from b import x", "b.py": "from c import x", "c.py": "", "d.py": ""}
    assert used_by({"b.py", "c.py"}, core) == {
        "a.py": {"b.py", "c.py"},
        "b.py": {"c.py"},
        "c.py": set(),
        "d.py": set(),
    }
