"""What a worker process does when it is asked to end."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.workflow.adapters.server import BESIDE, listen_beside, on_end, told_beside


@pytest.fixture
def told() -> Iterator[list[str]]:
    """A list that the handler of before writes to; handlers are put back afterwards."""
    found: list[str] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    for number in before:
        signal.signal(number, lambda *_: found.append("the server"))
    yield found
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_who_waits_is_told_before_the_server_waits_for_them(told: list[str], number: int):
    on_end(lambda: told.append("who waits"))
    os.kill(os.getpid(), number)
    assert told == ["who waits", "the server"]


def test_where_workers_listen_for_each_other_is_told_to_them_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(BESIDE, str(tmp_path / "of somebody else"))
    with told_beside(None):
        assert [*listen_beside()] == []
        assert BESIDE not in os.environ
    with told_beside(tmp_path):
        (made,) = listen_beside()
        made.close()
        assert [one.name for one in tmp_path.iterdir()] == [str(os.getpid())]
    assert BESIDE not in os.environ
    assert BESIDE.startswith("SHUPING_")
