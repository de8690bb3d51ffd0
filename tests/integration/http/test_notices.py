"""Remarks, reminders by hand, notices reported back, and the inbox they fill."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from services.workflow.adapters.http import documents
from tests.integration.http.notice import notice
from tests.integration.http.service import Service


def report(service: Service, *notices: dict[str, Any]) -> list[int]:
    answer = service.call("POST", "/v1/notices", {"notices": list(notices)}, key=None)
    assert answer.status_code == 200, answer.text
    documents.NOTICE_RESULTS.load(answer.json)
    return [result["status"] for result in answer.json["results"]]


def note(service: Service, unit: str, person: str, kind: str = "note", **others: Any) -> Any:
    where = f"/v1/reviews/{service.reviews[unit]}/notes"
    return service.call(
        "POST", where, {"kind": kind, "text": "请看第二条"}, person=person, **others
    )


def test_a_remark_is_an_event_beside_the_case_and_moves_no_version(service: Service):
    answer = note(service, "c-h1-a", "c-h1.off", key="k")
    assert answer.status_code == 201
    assert answer.json["event"]["subject"] == f"review/{service.reviews['c-h1-a']}/notices"
    assert answer.json["review"]["version"] == 1
    before = service.n_events()
    assert note(service, "c-h1-a", "c-h1.off", key="k").data == answer.data
    assert note(service, "c-h1-a", "c-h1.dep", key="k").json["code"] == "key_reused"
    assert service.n_events() == before


def test_remarks_of_many_at_once_all_find_their_place(service: Service):
    keys = [f"k-{n % 8}" for n in range(24)]  # each sent three times
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda key: note(service, "c-h1-a", "c-h1.off", key=key), keys))
    assert {answer.status_code for answer in answers} == {201}
    versions = {answer.json["event"]["streamversion"] for answer in answers}
    assert versions == set(range(1, 9))


def test_an_urge_names_the_desk_it_is_for(service: Service):
    event = note(service, "c-b1", "c.off", "urge").json["event"]
    assert event["data"]["kind"] == "urge"
    assert event["data"]["holders"] == [{"unit": "c-b1", "role": "secretary", "person": "c-b1.sec"}]


def test_who_may_not_write_is_told_so_and_who_may_not_see_is_not(shared: Service):
    assert note(shared, "c-h1-a", "c-h1-a.sec", "urge").json["code"] == "own_case"
    assert note(shared, "c-h1-a", "c.insp").status_code == 403
    assert note(shared, "c-h1-a", "c-h2.sec").status_code == 404
    assert note(shared, "c-h1-a", "c-h1.off", key=None).json["code"] == "missing_key"


def test_nobody_can_be_urged_about_a_finished_case(service: Service):
    assert service.fire("c-b1", "withdraw", "c.off", reason="调离").status_code == 201
    answer = note(service, "c-b1", "c.off", "urge")
    assert (answer.status_code, answer.json["code"]) == (409, "no_holder")


def test_a_notice_is_recorded_once_whoever_reports_it(service: Service):
    one, other = notice(service), notice(service, channel="email", outcome="unknown")
    del other["text"]
    before = service.n_events()
    assert report(service, one, other, one) == [201, 201, 201]
    assert service.n_events() == before + 2
    token = service.parts.accounts.create_token("second", frozenset({"notify"}), "w")
    answer = service.call("POST", "/v1/notices", {"notices": [one]}, token=token, key=None)
    assert [result["status"] for result in answer.json["results"]] == [200]
    otherwise = {"notices": [one | {"outcome": "failed", "reason": "refused_404"}]}
    (result,) = service.call("POST", "/v1/notices", otherwise, key=None).json["results"]
    assert (result["status"], result["problem"]["code"]) == (422, "notice_differs")
    assert result["recorded"] == {"outcome": "sent", "reason": "due_today"}
    assert service.n_events() == before + 2


def test_what_was_tried_when_it_ended_and_what_it_said_is_in_the_log(service: Service):
    told = {
        "acknowledgement": True,
        "attempts": 2,
        "wordshash": "ab" * 32,
        "settled_at": "2020-01-10T02:00:00.000000Z",
    }
    told["instead_of"] = str(uuid4())
    mail = notice(service, channel="email", **told)
    del mail["text"]
    assert report(service, mail) == [201]
    where = f"/v1/reviews/{service.reviews['c-b1']}/events"
    events = service.call("GET", where, person="c.off").json["items"]
    data = [one["event"]["data"] for one in events if "notices" in one["event"]["subject"]]
    assert [{name: one[name] for name in told} for one in data] == [told]
    again = {"attempts": 3, "wordshash": "cd" * 32, "settled_at": "2020-01-10T03:00:00.000000Z"}
    assert report(service, mail | again) == [200], "the first words count"


def test_a_notice_is_the_same_whenever_it_is_written(service: Service):
    one = notice(service)
    assert report(service, one) == [201]
    assert report(service, one | {"text": "截止时间昨天已过。", "attempts": 0}) == [200]
    other = {"person": "c.off", "unit": "c", "role": "office"}
    for another in ({"recipient": other}, {"rung": "before"}, {"channel": "email"}):
        assert report(service, one | another) == [422]
    unsent = one | {"outcome": "not_sent", "reason": "superseded"}
    del unsent["text"]
    assert report(service, unsent) == [422], "it is in the inbox"
    inbox = service.get("/v1/inbox", "c-b1.sec").json["items"]
    assert [item["text"] for item in inbox] == [one["text"]]


def as_of_a_case(one: dict[str, Any]) -> dict[str, Any]:
    """Return the report of *one* in the words for cases of every kind."""
    of, version = one["review"], one["review_version"]
    rest = {name: value for name, value in one.items() if not name.startswith("review")}
    return {**rest, "subject": f"review/{of}", "version": version}


def test_what_a_notice_is_about_may_be_told_in_the_older_spelling(service: Service):
    older, newer = notice(service), as_of_a_case(notice(service, channel="pigeon"))
    assert report(service, older, newer) == [201, 201]
    assert report(service, as_of_a_case(older)) == [200]
    where = f"/v1/reviews/{service.reviews['c-b1']}/events"
    events = [item["event"] for item in service.get(where, "c.off").json["items"]]
    recorded = [one for one in events if one["type"] == "workflow.notice_recorded.v2"]
    told = {(one["data"]["subject"], one["data"]["version"]) for one in recorded}
    assert told == {(f"review/{service.reviews['c-b1']}", 1)}
    assert [one["data"]["channel"] for one in recorded] == ["inapp", "pigeon"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"subject": None}, "notices[0].subject"),
        ({"version": None}, "notices[0].version"),
        ({"review": str(uuid4())}, "notices[0].review_version"),
        ({"subject": "organisation/w"}, "notices[0].subject"),
        ({"channel": "Pigeon"}, "notices[0].channel"),
    ],
)
def test_a_report_names_its_case_in_one_spelling(
    shared: Service, changed: dict[str, Any], field: str
):
    one = {**as_of_a_case(notice(shared)), **changed}
    sent = {name: value for name, value in one.items() if value is not None}
    answer = shared.call("POST", "/v1/notices", {"notices": [sent]}, key=None)
    assert answer.status_code == 400
    assert field in {error["field"] for error in answer.json["errors"]}


def test_a_notice_about_a_case_of_another_kind_with_its_id_is_about_none(service: Service):
    one = as_of_a_case(notice(service))
    assert report(service, {**one, "subject": one["subject"].replace("review", "visit")}) == [404]


def test_a_notice_about_no_case_spoils_no_other(service: Service):
    lost = notice(service, review=str(uuid4()))
    assert report(service, lost, notice(service)) == [404, 201]


def test_five_hundred_notices_of_one_case_are_taken_and_one_more_is_not(service: Service):
    many = [notice(service, channel="console") for _ in range(60)]
    assert set(report(service, *many)) == {201}
    too_many = [notice(service)] * 501
    answer = service.call("POST", "/v1/notices", {"notices": too_many}, key=None)
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (400, "too_many")


def test_an_in_app_notice_is_in_the_inbox_until_it_is_read(service: Service):
    first, second = notice(service), notice(service)
    report(service, first)
    service.clock.pass_by(minutes=1)
    report(service, second, notice(service, channel="email"))
    inbox = service.get("/v1/inbox", "c-b1.sec").json
    documents.INBOX.load(inbox)
    assert [item["notice"] for item in inbox["items"]] == [second["notice"], first["notice"]]
    assert inbox["items"][0]["text"] == second["text"]
    read = f"/v1/inbox/{second['notice']}/read"
    assert service.call("POST", read, person="c-b1.sec").status_code == 204
    assert service.call("POST", read, person="c-b1.sec").status_code == 204
    inbox = service.get("/v1/inbox", "c-b1.sec").json
    assert [item["notice"] for item in inbox["items"]] == [first["notice"], second["notice"]]


def test_an_inbox_is_read_by_its_owner_alone(service: Service):
    one = notice(service)
    report(service, one)
    assert service.get("/v1/inbox").json["code"] == "person_required"
    assert service.get("/v1/inbox", "c.off").json["items"] == []
    read = service.call("POST", f"/v1/inbox/{one['notice']}/read", person="c.off")
    assert read.status_code == 404


def test_an_inbox_comes_in_pages(service: Service):
    for _ in range(5):
        service.clock.pass_by(minutes=1)
        report(service, notice(service))
    found, after = [], ""
    while after is not None:
        page = service.get(
            "/v1/inbox?limit=2" + (f"&after={after}" if after else ""), "c-b1.sec"
        ).json
        found += [item["notice"] for item in page["items"]]
        after = page["next"]
    assert len(found) == len(set(found)) == 5


def test_an_inbox_is_narrowed_to_what_is_unread_and_to_a_kind_through_its_pages(service: Service):
    kinds = ("reminder", "escalation", "reminder", "escalation", "reminder")
    sent = [notice(service, kind=kind) for kind in kinds]
    for one in sent:
        service.clock.pass_by(minutes=1)
        assert report(service, one) == [201]
    read = f"/v1/inbox/{sent[4]['notice']}/read"
    assert service.call("POST", read, person="c-b1.sec").status_code == 204

    def told(narrowed: str) -> list[int]:
        found, after = list[str](), ""
        while after is not None:
            asked = f"/v1/inbox?limit=1{narrowed}" + (f"&after={after}" if after else "")
            page = service.get(asked, "c-b1.sec").json
            found += [item["notice"] for item in page["items"]]
            after = page["next"]
        numbers = {one["notice"]: n for n, one in enumerate(sent)}
        return [numbers[one] for one in found]

    assert told("&unread=true") == [3, 2, 1, 0]
    assert told("&kind=reminder") == [2, 0, 4]
    assert told("&kind=reminder&unread=true") == [2, 0]
    assert told("&kind=urge") == []
    assert told("&unread=false") == told("") == [3, 2, 1, 0, 4]


def test_names_and_addresses_come_with_the_scope_notify(shared: Service):
    answer = shared.get("/v1/people?ids=c.off,nobody-at-all,w.lia")
    documents.PEOPLE.load(answer.json)
    assert [item["id"] for item in answer.json["items"]] == ["c.off", "w.lia"]
    assert answer.json["items"][0]["email"] == "c.off@example.org"


def test_the_language_that_somebody_chose_comes_with_their_name(service: Service):
    accounts = service.parts.accounts
    for person in ("c.off", "w.lia"):
        accounts.accept_invitation(accounts.invite(person), "一个够长的口令-2020")
    accounts.choose_language("c.off", "en")
    answer = service.get("/v1/people?ids=c.off,w.lia,c.sec")
    documents.PEOPLE.load(answer.json)
    assert [one.get("language") for one in answer.json["items"]] == ["en", None, None]
    accounts.choose_language("c.off", "zh")
    assert service.get("/v1/people?ids=c.off").json["items"][0]["language"] == "zh"


def test_what_lies_beside_a_case_is_recorded_in_its_order_whoevers_clock_is_ahead(service: Service):
    for seconds in (0, -1):
        service.clock.pass_by(seconds=seconds)
        report(service, notice(service))
        service.fire("c-b1", "present" if seconds else "close", "c.off")
    service.sequence()
    log = service.get("/v1/log?limit=200").json["entries"]
    beside = [one["event"] for one in log if one["event"]["subject"].count("/") > 1]
    versions = [(one["subject"], one["streamversion"]) for one in beside]
    assert len(versions) == 4
    assert sorted(versions) == sorted(versions, key=lambda one: one[0])
    times = {
        subject: [e["time"] for e in beside if e["subject"] == subject] for subject, _ in versions
    }
    assert all(each == sorted(each) for each in times.values())
