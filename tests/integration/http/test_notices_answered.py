"""What people say to a notice of their own: read, taken up until a day, put off for some."""

from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.envelope import seal
from services.workflow.application.gate import UnfitEvent
from services.workflow.application.notices import NOTICE_KEYS
from services.workflow.application.ports import Append, Key, NoticeRow
from tests.integration.http.notice import notice
from tests.integration.http.service import Service
from tests.integration.http.test_notices import report
from tests.unit.schemas.facts import DATA, envelope

SECRETARY = "c-b1.sec"


def told(service: Service, **others: Any) -> str:
    """Return the id of a notice that the secretary was sent."""
    one = notice(service, **others)
    assert report(service, one) == [201]
    return str(one["notice"])


def say(
    service: Service, id_: str, how: str, body: Any, person: str = SECRETARY, **more: Any
) -> Any:
    return service.call("POST", f"/v1/inbox/{id_}/{how}", body, person=person, **more)


def beside(service: Service) -> list[dict[str, Any]]:
    where = f"/v1/reviews/{service.reviews['c-b1']}/events"
    items = service.get(where, "c.off").json["items"]
    events = [one["event"] for one in items if one["event"]["subject"].endswith("/notices")]
    return [one for one in events if "notice_recorded" not in one["type"]]


def test_a_promise_is_an_event_beside_the_case_and_moves_no_version(service: Service):
    id_ = told(service)
    answer = say(service, id_, "promise", {"until": "2020-01-10"}, key="k")
    assert answer.status_code == 201, answer.text
    (event,) = beside(service)
    assert (event["type"], event["actor"]) == ("workflow.notice_acknowledged.v1", SECRETARY)
    assert event["data"] == {
        "notice": id_,
        "version": 1,
        "track": "due",
        "rung": "due_day",
        "until": "2020-01-10",
    }
    assert answer.json["case"]["version"] == 1
    assert say(service, id_, "promise", {"until": "2020-01-10"}, key="k").data == answer.data
    other = say(service, id_, "promise", {"until": "2020-01-13"}, key="k")
    assert other.json["code"] == "key_reused"
    assert len(beside(service)) == 1


def test_what_is_put_off_says_for_how_long_and_why_beside_the_log(service: Service):
    id_ = told(service)
    body = {"working_days": 2, "reason": "赴京开会"}
    answer = say(service, id_, "snooze", body)
    assert answer.status_code == 201, answer.text
    (event,) = beside(service)
    assert event["data"]["working_days"] == 2
    assert "赴京开会" not in str(event)
    assert event["data"]["until"] > event["time"][:10]


@pytest.mark.parametrize(
    ("how", "body", "status", "code"),
    [
        ("promise", {"until": "2020-01-11"}, 422, "promise_on_a_rest_day"),
        ("promise", {"until": "2019-12-31"}, 422, "promise_out_of_range"),
        ("promise", {"until": "2020-06-30"}, 422, "promise_out_of_range"),
        ("promise", {"until": "soon"}, 400, "malformed"),
        ("promise", {}, 400, "malformed"),
        ("snooze", {"working_days": 6, "reason": "忙"}, 400, "malformed"),
        ("snooze", {"working_days": 1}, 400, "malformed"),
        ("snooze", {"working_days": 0, "reason": "忙"}, 400, "malformed"),
    ],
)
def test_what_cannot_be_promised_is_refused(
    service: Service, how: str, body: dict[str, Any], status: int, code: str
):
    answer = say(service, told(service), how, body)
    assert (answer.status_code, answer.json["code"]) == (status, code), answer.text
    assert beside(service) == []


def test_only_who_was_told_answers_and_only_while_it_is_so(service: Service):
    mine, bulletin = told(service), told(service, kind="bulletin")
    above = told(service, kind="escalation")
    until = {"until": "2020-01-10"}
    assert say(service, mine, "promise", until, person="c.off").status_code == 404
    assert say(service, "0" * 8 + mine[8:], "promise", until).status_code == 404
    assert say(service, bulletin, "promise", until).json["code"] == "not_to_be_put_off"
    off = {"working_days": 1, "reason": "忙"}
    assert say(service, above, "snooze", off).json["code"] == "not_to_be_put_off"
    assert say(service, above, "promise", until).json["code"] == "not_to_be_put_off"
    assert say(service, mine, "promise", until, key=None).json["code"] == "missing_key"
    assert service.fire("c-b1", "withdraw", "c.off", reason="调离").status_code == 201
    late = say(service, mine, "promise", until)
    assert (late.status_code, late.json["code"]) == (409, "told_moved_on")


def test_a_promise_of_who_has_not_the_desk_binds_nobody(service: Service):
    # Nobody held the desk, so the reminder climbed to them; or a release of before told them.
    office = {"person": "c.off", "unit": "c", "role": "office"}
    climbed = told(service, recipient=office)
    until = {"until": "2020-01-10"}
    answer = say(service, climbed, "promise", until, person="c.off")
    assert (answer.status_code, answer.json["code"]) == (409, "not_to_be_put_off")
    assert beside(service) == []
    assert say(service, told(service), "promise", until).status_code == 201


def test_what_was_told_before_the_case_came_back_is_not_answered(service: Service):
    secretary = "c-h1-a.sec"
    to = {"person": secretary, "unit": "c-h1-a", "role": "secretary"}
    first = told(service, unit="c-h1-a", recipient=to)
    service.clock.pass_by(minutes=1)
    assert service.submit("c-h1-a").status_code == 201
    assert service.fire("c-h1-a", "recall", secretary).status_code == 201
    until = {"until": "2020-01-10"}
    answer = say(service, first, "promise", until, person=secretary)
    assert (answer.status_code, answer.json["code"]) == (409, "told_moved_on")
    now = told(service, unit="c-h1-a", recipient=to, review_version=3)
    assert say(service, now, "promise", until, person=secretary).status_code == 201


def test_what_a_release_before_told_is_answered_as_well(service: Service):
    id_, case = DATA["notice_recorded"]["notice"], service.reviews["c-b1"]
    to = {"person": SECRETARY, "unit": "c-b1", "role": "secretary"}
    others = {"kind": "reminder", "state": "drafting", "review_version": 1, "recipient": to}
    told_at = datetime(2020, 1, 8, 1, 30, tzinfo=UTC)
    event = envelope(
        "notice_recorded",
        subject=f"review/{case}/notices",
        time=told_at,
        data={**DATA["notice_recorded"], **others},
    )
    row = NoticeRow(
        notice=id_,
        case_id=case,
        kind="reminder",
        rung="1",
        channel="email",
        outcome="sent",
        person=SECRETARY,
        unit="c-b1",
        role="secretary",
        decided_at=told_at,
    )
    one = Append(
        stream=event.subject,
        version=1,
        type=event.type,
        recorded_at=told_at,
        body=seal(event),
        key=Key(client=NOTICE_KEYS, key=id_, fingerprint=bytes(16)),
        notice=row,
    )
    assert service.parts.database.store.append([one]) == [True]
    answer = say(service, id_, "promise", {"until": "2020-01-10"})
    assert answer.status_code == 201, answer.text
    (said,) = beside(service)
    assert said["data"]["version"] == 1


@pytest.mark.parametrize("fault", [False, UnfitEvent("unfit")])
def test_what_could_not_be_recorded_as_read_is_not_marked(
    service: Service, monkeypatch: pytest.MonkeyPatch, fault: bool | UnfitEvent
):
    def append(_store: Any, batch: Any) -> list[bool]:
        if isinstance(fault, UnfitEvent):
            raise fault
        return [False for _ in batch]

    id_ = told(service)
    with monkeypatch.context() as patch:
        patch.setattr(type(service.parts.database.store), "append", append)
        answer = say(service, id_, "read", None, key=None)
    assert answer.status_code == (500 if fault else 503), answer.text
    assert service.get("/v1/inbox", SECRETARY).json["items"][0]["read_at"] is None
    assert say(service, id_, "read", None, key=None).status_code == 204
    assert [one["data"]["notice"] for one in beside(service)] == [id_]


def test_that_a_bulletin_was_read_is_no_event(service: Service):
    id_ = told(service, kind="bulletin")
    assert say(service, id_, "read", None, key=None).status_code == 204
    assert beside(service) == []
    assert service.get("/v1/inbox", SECRETARY).json["items"][0]["read_at"] is not None


def test_that_a_notice_was_read_is_in_the_log_once(service: Service):
    first, second, third = (told(service) for _ in range(3))
    for _ in range(2):
        assert say(service, first, "read", None, key=None).status_code == 204
    seen = {"notices": [first, second]}
    for _ in range(2):
        answer = service.call("POST", "/v1/inbox/read", seen, person=SECRETARY, key=None)
        assert answer.status_code == 204, answer.text
    read = [one["data"]["notice"] for one in beside(service)]
    assert sorted(read) == sorted([first, second])
    unread = [
        one["notice"]
        for one in service.get("/v1/inbox", SECRETARY).json["items"]
        if one["read_at"] is None
    ]
    assert unread == [third], "what came meanwhile was not seen"


def test_nobody_marks_what_another_was_sent_and_nothing_is_half_done(service: Service):
    mine = told(service)
    theirs = told(service, recipient={"person": "c.off", "unit": "c", "role": "office"})
    seen = {"notices": [mine, theirs]}
    answer = service.call("POST", "/v1/inbox/read", seen, person=SECRETARY, key=None)
    assert answer.status_code == 404
    assert beside(service) == []
    assert service.get("/v1/inbox", SECRETARY).json["items"][0]["read_at"] is None
