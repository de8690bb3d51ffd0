"""What a worker process does when it is asked to end."""

import os
import signal
from collections.abc import Iterator

import pytest

from services.workflow.adapters.server import on_end


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
