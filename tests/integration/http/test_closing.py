"""A round closes by a decision, C1 and C8: over what is open, which goes on to its own end."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import orjson
import pytest
from werkzeug.test import TestResponse

from schemas.canonical import canonical_bytes
from schemas.envelope import open_envelope
from schemas.instants import instant
from services.workflow.adapters.http import documents
from services.workflow.application import round_closing
from services.workflow.application.auditing import Auditing
from tests.integration.http.forms import Browser
from tests.integration.http.service import Service
from tests.integration.http.test_bad_input import require_problem

PASSWORD = "correct horse 8 battery"
WHY = "其余随下一年度继续办理"


def closing(service: Service, person: str = "c.off", **asked: Any) -> TestResponse:
    headers, key = asked.pop("headers", None), asked.pop("key", "fresh")
    path = f"/v1/cycles/{service.cycle}/close"
    return service.call("POST", path, asked, person=person, headers=headers, key=key)


def closed(service: Service, **asked: Any) -> dict[str, Any]:
    answer = closing(service, **{"reason": WHY} | asked)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json
    return told


def test_c8_a_round_closes_over_open_cases_only_with_a_reason(service: Service):
    before = service.n_events()
    refused = closing(service)
    assert (refused.status_code, refused.json["errors"][0]["code"]) == (422, "reason_required")
    assert service.n_events() == before
    told = closed(service, reference="吉卫机党〔2020〕9号")
    documents.CYCLE_CLOSED.load(told)
    assert told["closing"]["by"] == "c.off"
    assert (told["closing"]["reason"], told["closing"]["n_open"]) == (WHY, 7)
    assert service.n_events() == before + 1


def test_c8_the_event_keeps_which_cases_were_open_by_hash(service: Service):
    closed(service)
    reads = service.parts.database.reads
    event = open_envelope(reads.stream(f"cycle/{service.cycle}")[1].body)
    assert (event.type, event.streamversion) == ("workflow.cycle_closed.v1", 2)
    assert WHY not in str(event.data)
    kept = reads.texts([bytes.fromhex(event.data["left_open"]["sha256"])]).popitem()[1]
    listed = orjson.loads(kept.content)
    assert {one["case"] for one in listed} == {f"review/{one}" for one in service.reviews.values()}
    assert {(one["state"], one["version"]) for one in listed} == {("drafting", 1)}
    assert sum(one["open"] for one in event.data["kinds"]) == len(listed) == 7


def test_c8_a_preview_counts_what_is_open_and_writes_nothing(service: Service):
    before = service.n_events()
    told = closing(service, dry_run=True, key=None)
    assert told.status_code == 200, told.text
    documents.CYCLE_CLOSING.load(told.json)
    assert {one["tier"]: one["open"] for one in told.json["kinds"]} == {"A": 1, "B": 3, "C": 3}
    assert sum(one["open"] for one in told.json["units"]) == told.json["n_open"] == 7
    assert [one["code"] for one in told.json["blockers"]] == ["reason_required"]
    assert service.n_events() == before


@pytest.mark.parametrize("person", ["c-h1.off", "c-h1.sec", "c.clerk", "w.sec"])
def test_only_whom_the_scheme_names_closes_a_round(service: Service, person: str):
    before = service.n_events()
    assert closing(service, person, reason=WHY).status_code in {403, 404}
    assert closing(service, person, dry_run=True).status_code in {403, 404}
    assert service.n_events() == before


def test_the_same_request_is_answered_again_and_another_is_refused(service: Service):
    first = closing(service, reason=WHY, key="one")
    again = closing(service, reason=WHY, key="one")
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert again.json == first.json
    assert closing(service, reason="另一个", key="one").json["code"] == "key_reused"
    other = closing(service, reason=WHY)
    require_problem(other, 409)
    assert (other.json["code"], other.json["closed_by"]) == ("cycle_closed", "c.off")


def test_a_decision_on_what_is_no_more_is_refused(service: Service):
    path = f"/v1/cycles/{service.cycle}"
    tag = service.get(path, "c.off").headers["ETag"]
    assert closing(service, reason=WHY, headers={"If-Match": '"7"'}).status_code == 412
    assert closing(service, reason=WHY, headers={"If-Match": "7"}).status_code == 400
    done = closing(service, reason=WHY, headers={"If-Match": tag})
    assert (done.status_code, done.headers["ETag"]) == (201, '"2"')
    assert service.get(path, "c.off").headers["ETag"] == '"2"'
    assert closing(service, reason=WHY, headers={"If-Match": tag}).status_code == 412


@pytest.mark.parametrize(
    ("at", "code"),
    [
        ("2020-01-08T00:00:00Z", "effective_before_last"),
        ("2020-02-08T00:00:00Z", "effective_in_future"),
    ],
)
def test_a_round_is_not_closed_before_it_was_opened_nor_in_the_future(
    service: Service, at: str, code: str
):
    told = closing(service, reason=WHY, effective_at=at)
    assert (told.status_code, told.json["errors"][0]["code"]) == (422, code)


def test_c1_open_cases_go_on_and_no_review_begins_in_a_closed_round(service: Service):
    closed(service)
    assert service.submit("c-h1-a").status_code == 201
    body = {"kind": "review", "cycle": service.cycle, "unit": "c-h1-a"}
    refused = service.call("POST", "/v1/cases", body, person="c.off")
    assert (refused.status_code, refused.json["code"]) == (409, "round_closed")
    told = service.get(f"/v1/cycles/{service.cycle}", "c.off").json
    assert told["closed_at"] == "2020-01-08T01:00:00.000000Z"
    assert told["coverage"]["C"]["states"] == {"drafting": 2, "unit_audit": 1}


def test_a_replay_leads_to_the_closed_round_and_back(service: Service):
    closed(service)
    service.sequence()
    auditing = Auditing(store=service.parts.database.audit, rulebook=service.parts.rulebook)
    assert [*auditing.compare()] == []
    auditing.rebuild()
    assert [*auditing.compare()] == []
    row = service.parts.database.reads.cycle(service.cycle)
    assert row is not None
    assert row.closed_at is not None


Lines = list[dict[str, Any]]


def without_one(lines: Lines) -> None:
    lines.pop()


def in_another_state(lines: Lines) -> None:
    lines[0]["state"] = "cleared"


def at_another_version(lines: Lines) -> None:
    lines[0]["version"] += 1


def under_another_number(lines: Lines) -> None:
    lines[0]["number"] = "2019-C-9999"


def with_a_case_of_no_round(lines: Lines) -> None:
    lines[0]["case"] = "review/00000000-0000-4000-8000-0000000000ff"


@pytest.mark.parametrize(
    ("forge", "told"),
    [
        (without_one, ["was open, and is not among what was"]),
        (in_another_state, ["did not stand open"]),
        (at_another_version, ["did not stand open"]),
        (under_another_number, ["did not stand open"]),
        (with_a_case_of_no_round, ["was open, and is not among", "is no case of the round"]),
    ],
)
def test_c8_a_closing_whose_list_is_not_how_its_cases_stood_is_found(
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    forge: Callable[[Lines], None],
    told: list[str],
):
    """Whoever has the process writes what they like, hashed and signed as all else."""
    truly = round_closing._listed

    def forged(cases: Any) -> str:
        lines = orjson.loads(truly(cases))
        forge(lines)
        return canonical_bytes(lines).decode()

    monkeypatch.setattr(round_closing, "_listed", forged)
    service.clock.pass_by(minutes=5)
    closed(service)
    service.clock.pass_by(minutes=5)
    assert service.submit("c-h1-a").status_code == 201
    found = misclosed(service)
    assert len(found) >= len(told)
    for sentence in told:
        assert any(sentence in one for one in found), found


def misclosed(service: Service) -> list[str]:
    service.sequence()
    auditing = Auditing(store=service.parts.database.audit, rulebook=service.parts.rulebook)
    found = [*auditing.compare()]
    assert {(one.code, one.stream, one.version) for one in found} <= {
        ("CLOSING_DIFFERS", f"cycle/{service.cycle}", 2)
    }
    return [one.detail for one in found]


def test_c8_a_closing_that_counts_other_than_it_lists_is_found(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    counted = [{"name": "review", "tier": "B", "open": 7}]
    monkeypatch.setattr(round_closing, "_counted", lambda _: counted)
    closed(service)
    assert misclosed(service) == ["it counts other than it lists"]


def test_c8_a_case_that_had_ended_and_is_listed_as_open_is_found(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    truly, ended = round_closing._listed, service.reviews["c-h2-a"]
    assert service.fire("c-h2-a", "withdraw", "c-h2.sec", reason="合并").status_code == 201
    line = {"case": f"review/{ended}", "state": "withdrawn", "version": 2}
    line["number"] = service.get(f"/v1/reviews/{ended}", "c.off").json["number"]

    def forged(cases: Any) -> str:
        return canonical_bytes([*orjson.loads(truly(cases)), line]).decode()

    monkeypatch.setattr(round_closing, "_listed", forged)
    service.clock.pass_by(minutes=5)
    closed(service)
    (ended_told, counted) = misclosed(service)
    assert ended in ended_told
    assert counted == "it counts other than it lists"


def test_c8_of_cases_that_moved_and_ended_before_and_after_a_true_closing_nothing_is_told(
    service: Service,
):
    service.submit("c-h1-a")
    assert service.fire("c-h2-a", "withdraw", "c-h2.sec", reason="合并").status_code == 201
    service.clock.pass_by(minutes=5)
    closed(service)
    service.clock.pass_by(minutes=5)
    assert service.fire("c-h1-a", "withdraw", "c-h1.sec", reason="合并").status_code == 201
    assert misclosed(service) == []


def test_what_moved_while_its_list_was_read_is_listed_as_it_stands(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    store, moved = service.parts.database.store, list[int]()
    write = type(store).write

    def moved_before(self: Any, bulk: Any, *cases: Any) -> Any:
        if bulk.closes is not None and not moved:
            moved.append(service.submit("c-h1-a").status_code)
        return write(self, bulk, *cases)

    monkeypatch.setattr(type(store), "write", moved_before)
    closed(service)
    assert moved == [201]
    reads = service.parts.database.reads
    event = open_envelope(reads.stream(f"cycle/{service.cycle}")[-1].body)
    kept = reads.texts([bytes.fromhex(event.data["left_open"]["sha256"])]).popitem()[1]
    listed = {one["case"]: one["version"] for one in orjson.loads(kept.content)}
    assert listed.pop(f"review/{service.reviews['c-h1-a']}") == 2
    assert set(listed.values()) == {1}


def test_a_round_is_not_closed_before_the_last_case_began_in_it(service: Service):
    withdrawn = service.fire("c-h2-a", "withdraw", "c-h2.sec", reason="合并")
    assert withdrawn.status_code == 201, withdrawn.text
    before = service.clock.at
    service.clock.at += timedelta(hours=2)
    body = {"kind": "review", "cycle": service.cycle, "unit": "c-h2-a"}
    made = service.call("POST", "/v1/cases", body, person="c.off")
    assert made.status_code == 201, made.text
    service.clock.at += timedelta(hours=2)
    at = instant(before + timedelta(hours=1))
    told = closing(service, reason=WHY, effective_at=at)
    assert (told.status_code, told.json["errors"][0]["code"]) == (422, "effective_before_last")
    assert closing(service, reason=WHY, effective_at=instant(before + timedelta(hours=2))).json


def test_of_a_closing_and_an_opening_at_once_the_later_finds_the_round_closed(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    """The opening is decided while the round runs, and written when it does not."""
    store = service.parts.database.store
    append = type(store).append
    held: list[int] = []

    def closed_before(self: Any, batch: Any) -> Any:
        if not held and any(getattr(one, "running", "") for one in batch):
            held.append(1)
            closed(service)
        return append(self, batch)

    monkeypatch.setattr(type(store), "append", closed_before)
    withdrawn = service.fire("c-h2-a", "withdraw", "c-h2.sec", reason="合并")
    assert withdrawn.status_code == 201, withdrawn.text
    body = {"kind": "review", "cycle": service.cycle, "unit": "c-h2-a"}
    refused = service.call("POST", "/v1/cases", body, person="c.off")
    assert held
    assert (refused.status_code, refused.json["code"]) == (409, "round_closed")


def signed_in(service: Service, person: str) -> Browser:
    accounts = service.parts.accounts
    accounts.accept_invitation(accounts.invite(person), PASSWORD)
    return Browser(service.app).sign_in(person, PASSWORD)


def test_c8_the_page_counts_what_is_open_and_each_figure_opens_the_list_it_counts(
    service: Service,
):
    service.submit("c-h1-a")
    browser = signed_in(service, "c.off")
    shown = browser.open(f"/cycles/{service.cycle}/close").text
    counted = re.findall(r'<a href="(/cases[^"]+)">(?:<b>)?(\d+)', shown)
    assert len(counted) > 8
    for to, n in counted:
        listed = browser.open(unescape(to)).text
        assert f"共 {n} 件" in re.sub(r"<[^>]+>", "", listed), to


def test_c8_who_closes_a_round_on_its_page_says_why_and_finds_it_told(service: Service):
    browser = signed_in(service, "c.off")
    path = f"/cycles/{service.cycle}"
    assert f'href="{path}/close"' in browser.open(path).text
    (form,) = (one for one in browser.page(f"{path}/close").forms if one.action == f"{path}/close")
    without = browser.send(form, form.typed() | {"reason": ""})
    assert without.status_code == 422
    assert "没有结束" in without.text
    wrong = browser.send(form, form.typed() | {"reason": "长" * 2001, "reference": "文号三"})
    assert wrong.status_code == 400
    assert 'name="reason" rows="4" maxlength="2000" required aria-invalid="true"' in wrong.text
    assert "长" * 2001 in wrong.text
    assert re.search('过长</a> <span class="lift">. 到 2000 个字符的文本</span>', wrong.text)
    assert "…" not in wrong.text.partition("没有结束")[2].partition("</ul>")[0]
    assert 'value="文号三"' in wrong.text
    done = browser.send(form, form.typed() | {"reason": WHY})
    assert (done.status_code, done.headers["Location"]) == (303, path)
    told = browser.open(path).text
    assert WHY in told
    assert "未结 7 件" in re.sub(r"<[^>]+>", "", told)
    assert f'href="{path}/close"' not in told
    assert browser.open(f"{path}/close").status_code == 409


def test_who_may_not_close_a_round_is_shown_no_way_to(service: Service):
    browser = signed_in(service, "c.clerk")
    assert "/close" not in browser.open(f"/cycles/{service.cycle}").text
    assert browser.open(f"/cycles/{service.cycle}/close").status_code == 403
