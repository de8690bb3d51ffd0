"""One running service per test module, on each store; fresh ones for tests that change much."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.http.service import Service, begin

STORES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


def started(store: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[Service]:
    service = begin(store, folder, request)
    yield service
    service.parts.database.close()


@pytest.fixture(params=STORES, scope="module")
def shared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A service that all tests of a module use: each takes a review of its own."""
    yield from started(request.param, tmp_path_factory.mktemp("shared"), request)


@pytest.fixture(params=STORES)
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    """A service of this test's own."""
    yield from started(request.param, tmp_path, request)
