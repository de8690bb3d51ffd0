"""Events name the token or session that brought them, by an id nothing secret can be read off."""

from hashlib import sha256
from typing import Any

from schemas.envelope import open_envelope
from tests.integration.http.notice import notice
from tests.integration.http.service import EVERY_SCOPE, Service


def token_ids(service: Service, stream: str) -> list[str | None]:
    return [open_envelope(one.body).tokenid for one in service.parts.database.reads.stream(stream)]


def own_id(service: Service, token: str) -> Any:
    known = service.parts.accounts.authenticate_token(token)
    assert known is not None
    return known.id


def test_everything_a_token_brings_carries_its_id(service: Service):
    mine, review = own_id(service, service.token), f"review/{service.reviews['c-b1']}"
    service.submit("c-b1")
    service.fire("c-b1", "close", "c.off")
    note = f"/v1/reviews/{service.reviews['c-b1']}/notes"
    service.call("POST", note, {"kind": "note", "text": "x"}, person="c.off")
    service.call("POST", "/v1/notices", {"notices": [notice(service)]}, key=None)
    assert token_ids(service, f"cycle/{service.cycle}") == [mine]
    assert token_ids(service, review) == [mine, mine]
    assert token_ids(service, f"{review}/refusals") == [mine]
    assert token_ids(service, f"{review}/notices") == [mine, mine]


def test_the_id_is_the_tokens_own_and_neither_the_secret_nor_its_hash(service: Service):
    other = service.parts.accounts.create_token("oa", EVERY_SCOPE, "w")
    ids = {own_id(service, service.token), own_id(service, other)}
    assert len(ids) == 2
    for token in (service.token, other):
        hidden = (token, sha256(token.encode()).hexdigest())
        assert not [one for one in ids for secret in hidden if one in secret or secret in one]


def test_what_the_command_line_does_carries_none(service: Service):
    assert token_ids(service, "organisation/w") == [None]


def test_a_client_that_no_event_can_name_is_not_let_in(service: Service):
    token = service.parts.accounts.create_token("采购 系统", EVERY_SCOPE, "w")  # an older release
    n_events = service.n_events()
    assert service.submit("c-b1", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert service.n_events() == n_events
