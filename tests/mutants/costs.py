"""A plugin of pytest that writes down how much processor time each test takes.

Not how long it takes: on a busy machine that says nothing.
"""

import json
import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from time import process_time

import pytest

KEPT_IN = "MUTANTS_COSTS"  # the variable that says where
_COST = "processor_s"
_costs: defaultdict[str, float] = defaultdict(float)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    yield from _measured(item)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    yield from _measured(item)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    yield from _measured(item)


def _measured(item: pytest.Item) -> Iterator[None]:
    begun = process_time()
    try:
        return (yield)
    finally:
        item.user_properties.append((_COST, process_time() - begun))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Hear of a test, from whichever process ran it: the last report has all there is."""
    if report.when == "teardown":
        _costs[report.nodeid] = sum(s for name, s in report.user_properties if name == _COST)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):
        Path(os.environ[KEPT_IN]).write_text(json.dumps(_costs))
