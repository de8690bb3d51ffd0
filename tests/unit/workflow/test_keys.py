"""One idempotency key does one thing."""

import pytest

from services.workflow.application.firing.commands import CaseCommand
from services.workflow.application.firing.port import Used
from services.workflow.application.ports import Key
from tests.unit.workflow.case.played import Play
from tests.unit.workflow.hospital import LISTS, Hospital
from tests.unit.workflow.scheme.cases import SCHEME


@pytest.fixture
def hospital() -> Hospital:
    return Hospital()


def submit(hospital: Hospital, fingerprint: bytes) -> CaseCommand:
    data = {"report": LISTS}
    return hospital.command("zhang", "submit", key="k", data=data, fingerprint=fingerprint)


def test_a_used_key_with_another_body_is_refused_and_does_nothing(hospital: Hospital):
    assert hospital.firing.fire(submit(hospital, b"one")).outcome == "done"
    before = len(hospital.events)
    answer = hospital.firing.fire(submit(hospital, b"another"))
    assert (answer.outcome, [one.code for one in answer.blockers]) == (
        "not_fulfilled",
        ["key_reused"],
    )
    assert len(hospital.events) == before


def test_a_rehearsal_tells_another_body_under_a_used_key_as_well():
    play = Play(SCHEME)
    play.open()
    number = "2019-B-0001"
    asked = (number, "submit", f"secretary.{play.case(number).unit}")
    said = {"data": {"report": LISTS}, "key": "k"}
    play.done(*asked, fingerprint=b"one", **said)
    assert play.act(*asked, fingerprint=b"one", **said).replayed
    assert play.codes(*asked, fingerprint=b"another", **said) == ["key_reused"]


def test_a_used_key_with_the_same_body_has_its_answer_again(hospital: Hospital):
    first = hospital.firing.fire(submit(hospital, b"one"))
    hospital.go_to("presented")
    again = hospital.firing.fire(submit(hospital, b"one"))
    assert (again.outcome, again.event, again.replayed) == ("done", first.event, True)
    assert again.case == first.case


def test_a_key_that_an_older_release_left_on_a_refusal_is_never_answered_as_accepted(
    hospital: Hospital,
):
    command = hospital.command("zhang", "present", key="k", fingerprint=b"one")
    assert hospital.firing.fire(command).outcome == "not_allowed"
    refused = hospital.store.appends[-1]
    key = Key(client=command.actor.client, key="k", fingerprint=b"one")
    hospital.store.seen[key.client, key.key] = Used(
        key=key, stream=refused.stream, version=refused.version, body=refused.body
    )
    answer = hospital.firing.fire(command)
    assert (answer.outcome, [one.code for one in answer.blockers]) == (
        "not_fulfilled",
        ["key_reused"],
    )


def test_two_commands_under_one_key_are_never_written_together(hospital: Hospital):
    """In one statement both would find the key unused, and neither could be told of the other."""
    own = next(one for one in hospital.store.heads.values() if one.person == "wang")
    both = [
        hospital.command("wang", "suspend", key="k", reason="出差", fingerprint=which)
        for which in (b"one", b"two")
    ]
    both[1].case = own.stream
    answers = dict(hospital.firing.fire_each(both))
    assert (answers[0].outcome, answers[1].outcome) == ("done", "not_fulfilled")
    assert [one.code for one in answers[1].blockers] == ["key_reused"]
    assert hospital.store.heads[own.id].version == 1
