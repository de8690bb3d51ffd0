"""The served description and the service agree, on what fits it and on what does not."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.integration.http.afterwards import require_whole
from tests.integration.http.service import Service

CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
MODES = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
EXAMPLES = 15  # of each operation


@schemathesis.serializer("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
def workbook(_context: Any, value: Any) -> bytes:
    """What is made up is bytes, and no workbook: its kind is told by the type alone."""
    return value if isinstance(value, bytes) else str(value).encode()


def operations(service: Service) -> Iterator[Any]:
    schema = schemathesis.openapi.from_wsgi("/openapi.json", service.app)
    for found in schema.get_all_operations():
        yield found.ok()


_made_up: dict[Any, list[Any]] = {}  # by mode


def made_up(service: Service, mode: Any) -> list[Any]:
    """Return requests for every operation: both stores hear the same ones.

    Making one up takes four times as long as answering it, and looks at the description alone.
    """
    if mode not in _made_up:
        found = _made_up[mode] = list[Any]()
        for operation in operations(service):

            @seed(2019)
            @settings(max_examples=EXAMPLES, database=None, suppress_health_check=list(HealthCheck))
            @given(case=operation.as_strategy(generation_mode=mode))
            def drawn(case: Any) -> None:
                found.append(case)

            drawn()
    return _made_up[mode]


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
def test_whatever_fits_the_description_or_does_not_is_answered_as_it_says(
    shared: Service, mode: Any, capfd: pytest.CaptureFixture[str]
):
    headers = {"Authorization": f"Bearer {shared.token}", "On-Behalf-Of": "c.off"}
    n = 0
    for case in made_up(shared, mode):
        answer = case.call(headers=headers, app=shared.app)
        case.validate_response(answer, checks=CHECKS)
        n += 1
    assert n >= 200
    out, err = capfd.readouterr()
    assert "Traceback" not in out + err


def test_afterwards_the_notifier_reads_all_and_the_verifier_finds_nothing(
    shared: Service, tmp_path: Any
):
    require_whole(shared, tmp_path)
