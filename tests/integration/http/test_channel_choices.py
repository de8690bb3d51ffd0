"""Choosing one's channels over HTTP: one's own, of those that a policy in force lets be chosen."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.envelope import open_envelope
from services.workflow.adapters.files import drafts
from tests.integration.http.conftest import STORES, started
from tests.integration.http.service import Service
from tests.texts import POLICY

SECRETARY, OTHER = "c-h1.sec", "c-h2.sec"
PATH = "/v1/inbox/channels"
BOTH = ["email", "wecom_app"]


@pytest.fixture(params=STORES)
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    """A service whose policy lets two channels be chosen."""
    for one in started(request.param, tmp_path, request):
        choose_among(one, "[email, wecom_app]")
        yield one


def choose_among(service: Service, channels: str) -> None:
    text = POLICY.partition("\nchoices:")[0] if "\nchoices:" in POLICY else POLICY
    loaded = drafts.load_policy(
        f"{text}\nchoices:\n  - {{channels: {channels}, rungs: [before]}}\n", "policy.yaml"
    )
    draft = drafts.Draft(
        kind="policy", id=loaded.id, hash=loaded.hash, canonical=loaded.canonical, running="pin"
    )
    service.parts.publishing.publish([draft])


def test_what_may_be_chosen_is_told_and_what_was_is_kept(service: Service):
    before = service.get(PATH, SECRETARY).json
    assert (before["chosen"], before["channels"]) == (None, BOTH)
    (lets,) = before["policies"]
    assert lets["choices"] == [{"channels": BOTH, "rungs": ["before"]}]
    answer = service.call("PUT", PATH, {"channels": ["wecom_app"]}, person=SECRETARY)
    assert (answer.status_code, answer.json["chosen"]) == (200, ["wecom_app"])
    assert service.get(PATH, SECRETARY).json["chosen"] == ["wecom_app"]
    assert service.get(PATH, OTHER).json["chosen"] is None
    answer = service.call("DELETE", PATH, person=SECRETARY)
    assert (answer.status_code, answer.json["chosen"]) == (200, None)


def chosen(service: Service) -> list[dict[str, object]]:
    _, bodies = service.parts.database.reads.organisation(0)
    told = (open_envelope(body) for body in bodies)
    return [dict(one.data) for one in told if one.fact == "channels_chosen"]


def test_each_choice_is_in_the_log_once(service: Service):
    for channels in (["wecom_app", "email"], BOTH, []):
        service.call("PUT", PATH, {"channels": channels}, person=SECRETARY)
    service.call("DELETE", PATH, person=SECRETARY)
    service.call("DELETE", PATH, person=SECRETARY)
    assert chosen(service) == [
        {"person": SECRETARY, "channels": BOTH},
        {"person": SECRETARY, "channels": []},
        {"person": SECRETARY, "channels": [], "revoked": True},
    ]


@pytest.mark.parametrize("channel", ["inapp", "dingtalk_robot"])
def test_what_no_policy_lets_be_chosen_is_refused_with_what_may_be(service: Service, channel: str):
    answer = service.call("PUT", PATH, {"channels": [channel]}, person=SECRETARY)
    assert answer.status_code == 422
    (error,) = answer.json["errors"]
    assert (error["code"], error["field"]) == ("channel_not_offered", "channels")
    assert "email、wecom_app" in str(error)
    assert chosen(service) == []


def test_a_choice_that_is_offered_no_more_can_be_taken_back(service: Service):
    service.call("PUT", PATH, {"channels": BOTH}, person=SECRETARY)
    choose_among(service, "[email]")
    offered = service.get(PATH, SECRETARY).json
    assert (offered["chosen"], offered["channels"]) == (BOTH, ["email"])
    assert service.call("DELETE", PATH, person=SECRETARY).json["chosen"] is None
