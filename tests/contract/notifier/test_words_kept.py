"""What left can be proved word by word, and under which policy: ledger and report hold together."""

from hashlib import sha256

import pytest
from flask.testing import FlaskClient

from services.notifier.domain.errors import (
    ChannelFailed,
    OutcomeUnknown,
    PermanentFailure,
    TemporaryFailure,
)
from services.notifier.domain.words import spelled
from tests.contract.notifier.conftest import HEADERS
from tests.contract.notifier.town import Town
from tests.unit.notifier.world import POLICY, at


def mail_of(town: Town) -> str:
    (one,) = (one for one in town.notices() if one.channel == "email")
    return one.id


def test_the_log_has_a_digest_of_the_very_words_and_the_ledger_its_salt(town: Town) -> None:
    town.run(at(1, 8, 10))
    (mail,), (kept,) = town.mail.sent, [one.words for one in town.notices() if one.words]
    told = town.workflow.recorded[mail_of(town)]
    proof = bytes.fromhex(kept.salt) + spelled(mail.subject, mail.text).encode()
    assert told["wordshash"] == kept.digest == sha256(proof).hexdigest()
    other = bytes.fromhex(kept.salt) + spelled(mail.subject, mail.text + "。").encode()
    assert sha256(other).hexdigest() != told["wordshash"]
    assert kept.salt not in str(told), "without the ledger nobody can guess what it said"


def test_what_was_tried_and_when_it_was_settled_is_reported(town: Town) -> None:
    town.mail.failures.append(TemporaryFailure("refused_451"))
    town.run(at(1, 8, 10))
    first = next(one.words for one in town.notices() if one.channel == "email")
    town.run(at(1, 8, 12))
    told = town.workflow.recorded[mail_of(town)]
    assert (told["outcome"], told["attempts"]) == ("sent", 2)
    assert told["decided_at"] < told["settled_at"]
    assert first is None, "nothing had left"
    assert told["wordshash"]


@pytest.mark.parametrize(
    "failure", [TemporaryFailure("smtp_451"), PermanentFailure("smtp_550")], ids=["later", "never"]
)
def test_what_was_refused_has_no_words(town: Town, failure: ChannelFailed) -> None:
    town.mail.failures = [failure]
    town.run(at(1, 8, 10))
    (mail,) = (one for one in town.notices() if one.channel == "email")
    assert (mail.status in {"retry", "failed"}, mail.words, mail.attempts) == (True, None, 1)


def test_without_its_channel_nothing_was_tried(town: Town) -> None:
    del town.ways["email"]
    town.run(at(1, 8, 10))
    (mail,) = (one for one in town.notices() if one.channel == "email")
    assert (mail.reason, mail.words, mail.attempts) == ("channel_off", None, 0)


def test_the_words_of_what_perhaps_arrived_outlive_a_second_attempt_that_was_refused(
    town: Town,
) -> None:
    town.mail.failures = [OutcomeUnknown("slow"), PermanentFailure("smtp_550")]
    town.run(at(1, 8, 10), n_passes=1)
    ((status, kept),) = (
        (one.status, one.words) for one in town.notices() if one.channel == "email"
    )
    town.run(at(1, 8, 10, 1))
    (mail,) = (one for one in town.notices() if one.channel == "email")
    assert (mail.status, mail.attempts) == ("unknown", 2)
    assert (status, mail.words) == ("retry", kept)
    assert kept is not None


def test_what_never_left_has_no_words_no_attempt_and_a_reason(town: Town) -> None:
    town.run()
    town.run(at(1, 20, 10))
    unsent = [one for one in town.workflow.recorded.values() if one["outcome"] == "not_sent"]
    assert unsent
    for one in unsent:
        assert one["reason"] == "too_late"
        assert not {"wordshash", "attempts"} & one.keys()


def test_the_text_of_the_policy_a_notice_names_is_served_by_its_hash(
    town: Town, door: FlaskClient
) -> None:
    town.run(at(1, 8, 10))
    (hash_,) = {one["policyhash"] for one in door.get("/v1/notices", headers=HEADERS).json["items"]}
    answer = door.get(f"/v1/policies/{hash_}", headers=HEADERS)
    assert answer.status_code == 200
    assert sha256(answer.data).hexdigest() == hash_ == POLICY.hash
    assert door.get(f"/v1/policies/{'0' * 64}", headers=HEADERS).status_code == 404
    assert door.get("/v1/policies/x", headers=HEADERS).status_code == 400
    assert door.get(f"/v1/policies/{hash_}").status_code == 401
