"""A pytest plugin: when a run is interrupted, say which tests were running.

`deploy/test.py` loads it, and interrupts a run that takes too long.
"""

_running: dict[str, None] = {}  # in the order in which they began


def pytest_runtest_logstart(nodeid: str) -> None:
    """Remember a test; processes of tests tell the one above them, so it knows of all."""
    _running[nodeid] = None


def pytest_runtest_logfinish(nodeid: str) -> None:
    """Forget a test that is done."""
    _running.pop(nodeid, None)


def pytest_keyboard_interrupt() -> None:
    """Name what is not done."""
    for nodeid in _running:
        print(f"interrupted while running {nodeid}", flush=True)
