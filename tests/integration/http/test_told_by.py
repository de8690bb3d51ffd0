"""Over HTTP: under which policy one was told, to whoever may know that they were."""

from hashlib import sha256

import pytest

from tests.integration.http.service import SCHEME, Service
from tests.integration.http.test_notices_answered import SECRETARY, told


@pytest.fixture
def hash_(service: Service) -> str:
    return service.parts.editions.policies()[SCHEME].hash


def test_the_policy_of_a_notice_is_read_by_whom_it_was_told(service: Service, hash_: str):
    path = f"/v1/inbox/{told(service, policyhash=hash_)}/policy"
    answer = service.get(path, SECRETARY)
    assert answer.status_code == 200, answer.text
    assert sha256(answer.data).hexdigest() == hash_ == answer.headers["ETag"].strip('"')
    assert answer.headers["Text-Kind"] == "policy"
    again = service.get(path, SECRETARY, headers={"If-None-Match": f'"{hash_}"'})
    assert (again.status_code, again.data) == (304, b"")
    assert service.get(path, "c.off").status_code == 404
    assert service.get(path).json["code"] == "person_required"


@pytest.mark.parametrize("of", ["reviews", "cases"])
def test_the_policies_of_a_case_are_read_by_who_sees_it(service: Service, hash_: str, of: str):
    told(service, policyhash=hash_)
    path = f"/v1/{of}/{service.reviews['c-b1']}/policies"
    for person in (SECRETARY, "c.off", None):
        answer = service.get(f"{path}/{hash_}", person)
        assert sha256(answer.data).hexdigest() == hash_, answer.text
    assert service.get(f"{path}/{hash_}", "c-h1.office").status_code == 404
    for wrong in ("0" * 64, "x", "%00"):
        assert service.get(f"{path}/{wrong}", "c.off").status_code == 404
    other = f"/v1/{of}/{service.reviews['c-h1']}/policies/{hash_}"
    assert service.get(other, "c.off").status_code == 404, "nobody was told of it there"


def test_a_text_that_nobody_kept_is_absent(service: Service):
    answer = service.get(f"/v1/inbox/{told(service)}/policy", SECRETARY)
    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


def test_a_notifier_that_is_away_may_have_it(service: Service, monkeypatch: pytest.MonkeyPatch):
    client = service.parts.told_by.ask.__self__  # type: ignore[attr-defined]
    monkeypatch.setattr(client, "_host", "127.0.0.1")
    monkeypatch.setattr(client, "_port", 9)  # where nobody listens
    answer = service.get(f"/v1/inbox/{told(service)}/policy", SECRETARY)
    assert (answer.status_code, answer.json["code"]) == (503, "unavailable")
    assert answer.headers["Retry-After"] == "1"
