"""A fault with which tests wait for ever is noticed, where they do not without it."""

from pathlib import Path

import pytest

from tests.mutants import asking
from tests.mutants.asking import Warm
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
