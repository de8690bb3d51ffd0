"""A bug that makes a broken event is answered as one, logged with the request's id, not stored."""

from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from services.workflow.application.gate import UnfitEvent
from services.workflow.bootstrap.web import Web
from tests.integration.http.notice import notice
from tests.integration.http.service import REPORT, Service
from tests.unit.workflow.test_unfit_events import Careless


@pytest.fixture
def careless(service: Service) -> Service:
    """The service as it would be with a bug in what it makes of the review of c-b1."""
    parts = Web(service.parts.settings)
    parts.now, parts.sealer = service.clock, Careless(review=service.reviews["c-b1"])
    return replace(service, parts=parts, app=parts.app())


def answers(service: Service) -> dict[str, Any]:
    """What each way of writing about c-b1 is answered."""
    submit = {"review": service.reviews["c-b1"], "trigger": "submit", "idempotency_key": "k"}
    many = {"commands": [submit | {"data": {"report": REPORT}}]}
    note = f"/v1/reviews/{service.reviews['c-b1']}/notes"
    reported = service.call("POST", "/v1/notices", {"notices": [notice(service)]}, key=None)
    return {
        "one": service.submit("c-b1").json,
        "refused": service.fire("c-b1", "close", "c.off").json,
        "many": service.call("POST", "/v1/transitions", many, person="c-b1.sec", key=None).json[
            "results"
        ][0]["problem"],
        "note": service.call("POST", note, {"kind": "note", "text": "x"}, person="c.off").json,
        "notice": reported.json["results"][0]["problem"],
    }


def test_a_broken_event_is_a_500_logged_with_the_requests_id(careless: Service):
    before = careless.n_events()
    with capture_logs() as lines:
        codes = {way: (one["status"], one["code"]) for way, one in answers(careless).items()}
    assert set(codes.values()) == {(500, "internal")}, codes
    assert careless.n_events() == before
    bugs = [line for line in lines if line["event"] == "unexpected"]
    requests = {line["request"] for line in lines if line["event"] == "request"}
    assert [type(line["exc_info"]) for line in bugs] == [UnfitEvent] * len(codes)
    assert {line["request"] for line in bugs} == requests
