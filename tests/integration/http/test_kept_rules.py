"""A cycle runs under the rules it was opened with, whatever the program ships today."""

from pathlib import Path

from services.workflow.bootstrap.web import Web
from tests.integration.http.service import Service, settings, start
from tests.texts import publish_schemes
from tests.unit.workflow.scheme.cases import SCHEME, scheme_with

LATEST = "{latest: [{day: 2020-01-10}, {working_days: 2}]}"
BEFORE = scheme_with((LATEST, "{day: 2020-01-10}"))  # as it was shipped first


def returned_on_the_13th(service: Service) -> str:
    """Return when the report of a branch is due that was returned on 13 January."""
    assert service.submit("c-b1").status_code == 201
    service.clock.pass_by(days=5)
    findings = {"findings": ["请补充任务清单"]}
    answer = service.fire("c-b1", "return_organ_audit", "c.off", data=findings)
    assert answer.status_code == 201, answer.text
    return str(answer.json["review"]["due_at"])


def test_a_report_that_comes_back_has_two_working_days(tmp_path: Path):
    service = start(f"sqlite:///{tmp_path}/workflow.db", None, tmp_path)
    assert returned_on_the_13th(service) == "2020-01-15T16:00:00.000000Z"
    service.parts.database.close()


def test_a_running_cycle_keeps_its_days_when_a_scheme_with_others_is_published(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/workflow.db"
    service = start(url, None, tmp_path, schemes=[BEFORE])
    publish_schemes(service.parts.publishing, SCHEME)
    service.parts.database.close()
    service.parts = Web(settings(url, tmp_path))
    service.parts.now, service.app = service.clock, service.parts.app()
    assert returned_on_the_13th(service) == "2020-01-10T16:00:00.000000Z"
    service.parts.database.close()
