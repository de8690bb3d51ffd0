"""Drills: what goes wrong on a server, done on purpose under load, and how it ends."""

import gc
import logging
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.drills.site import Site, running_site
from tests.end_to_end.systems import Prepared
from tests.faults.conftest import own_databases, prepared, system

__all__ = ["own_databases", "prepared", "system"]
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == HERE:
            item.add_marker("drill")
            item.add_marker(pytest.mark.timeout(1800))
            # kafka-python leaves the socket of a refused connection to the garbage collector.
            item.add_marker(pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"))


@pytest.fixture(autouse=True)
def _left_sockets_are_collected_here() -> Iterator[None]:
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    yield
    gc.collect()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that PostgreSQL's user can pass through, unlike pytest's own."""
    made = Path(tempfile.mkdtemp(prefix="drill-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def site(request: pytest.FixtureRequest, folder: Path, prepared: Prepared) -> Iterator[Site]:
    """A site on the store that the test's parameter names."""
    with running_site(request.param, folder, prepared) as made:
        yield made
