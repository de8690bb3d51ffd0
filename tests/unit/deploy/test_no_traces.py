"""Nothing that runs sends traces: what a phone said would be in them, with who sent it and when."""

import re
from pathlib import Path

import pytest

from tests.texts import ROOT

TRACERS = re.compile(r"^(opentelemetry|sentry|ddtrace|elastic-apm|newrelic|jaeger|zipkin|scout)")


@pytest.mark.parametrize("path", sorted(ROOT.glob("requirements*.lock")), ids=lambda one: one.name)
def test_no_library_for_traces_is_locked(path: Path):
    names = re.findall(r"^([a-z0-9_.-]+)==", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(names) > 5  # the file is read as it is written
    assert [one for one in names if TRACERS.match(one)] == []
