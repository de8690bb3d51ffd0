"""Texts, people, the inbox, cycles, intervals: what else is read."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from threading import Barrier

import psycopg
import pytest

from schemas.canonical import canonical_bytes
from schemas.commitments import commit
from services.workflow.adapters.database import Database
from services.workflow.application.firing.port import Wanted
from services.workflow.application.ports import Append, Bulk, Document, InboxItem, Text
from services.workflow.application.reading_ports import Sieve
from services.workflow.application.sought import by_name
from tests.contract.workflow.appends import CYCLE, START, append, move, moved, opening, review
from tests.contract.workflow.test_lists import notice_row
from tests.contract.workflow.test_store import cycle

MINUTE = timedelta(minutes=1)


def details(person: str, name: str, salt: bytes = bytes(32)) -> tuple[dict, Text]:
    content = canonical_bytes({"name": name, "email": f"{person}@example.org"}).decode()
    made = commit(content, salt)
    text = Text(sha256=bytes.fromhex(made["sha256"]), salt=salt, content=content.encode())
    return {"id": person, "details": made}, text


def import_people(database: Database, version: int, **names: str) -> None:
    made = [details(person, name) for person, name in names.items()]
    event = append("organisation/w", version, texts=tuple(text for _, text in made))
    data = {"people": [entry for entry, _ in made]}
    assert database.store.write(Bulk(appends=(event,), organisation=(data,)))


def test_people_are_read_by_id_and_found_by_name(database: Database):
    import_people(database, 1, zhang="张示例", li="李示例", wang="王演示")
    found = database.reads.people(["zhang", "nobody"])
    assert found == {"zhang": {"name": "张示例", "email": "zhang@example.org"}}
    assert database.reads.find_people(by_name("示例"), 10) == ["li", "zhang"]
    assert database.reads.find_people(by_name("示例"), 1) == ["li"]
    assert database.reads.find_people(by_name("example.org"), 10) == []  # a name, not an address


def test_people_are_found_by_name_beside_texts_that_are_no_details(
    database: Database, request: pytest.FixtureRequest
):
    import_people(database, 1, zhang="张示例", **{f"p{n}": "王演示" for n in range(30)})
    report = "一年来支部做成的事，逐条写。".encode()
    text = Text(sha256=bytes(32), salt=bytes(32), content=report)
    database.store.append([append("organisation/w", 2, texts=(text,))])
    if database.is_postgres:  # what autovacuum does: the planner sees that it may read all texts
        with psycopg.connect(request.getfixturevalue("workflow_urls").owner) as owner:
            owner.execute("ANALYZE")
    assert database.reads.find_people(by_name("示例"), 10) == ["zhang"]


def test_new_details_replace_the_old(database: Database):
    import_people(database, 1, zhang="张示例")
    import_people(database, 2, zhang="张改名")
    assert database.reads.people(["zhang"])["zhang"]["name"] == "张改名"


def test_dropped_people_and_posts_are_gone(database: Database):
    import_people(database, 1, zhang="张示例", li="李示例")
    post = {"person": "zhang", "unit": "c", "role": "office", "from": "2019-01-01"}
    unit = {"id": "c", "name": "机关党委", "kind": "organ_committee", "staff": 3}
    changes = (
        {"units": [unit | {"public_hospital": False}], "posts": [post]},
        {"dropped": {"people": ["li"], "posts": [post], "units": ["c"]}},
    )
    events = (append("organisation/w", 2), append("organisation/w", 3))
    assert database.store.write(Bulk(appends=events, organisation=changes))
    assert set(database.reads.people(["zhang", "li"])) == {"zhang"}
    lines = b"".join(database.audit.dump())
    assert b'"post"' not in lines
    assert b'["unit"' not in lines


def test_a_cycle_comes_back_as_it_went_in(database: Database):
    document = Document(hash="5" * 64, kind="scheme", body=b'{"x":1}')
    bulk = Bulk(
        appends=(append(f"cycle/{CYCLE}", 1),), cycle=cycle(), documents=(document, document)
    )
    assert database.store.write(bulk)
    assert database.reads.cycle(cycle().id) == cycle()
    assert database.reads.cycles() == [cycle()]
    assert database.reads.documents(["5" * 64, "x"]) == {"5" * 64: document}
    assert database.reads.cycle("x") is None


def test_a_document_kept_again_stays(database: Database):
    document = Document(hash="5" * 64, kind="scheme", body=b"{}")
    for n in (1, 2):
        assert database.store.write(
            Bulk(appends=(append(f"cycle/{review(n).id}", 1),), documents=(document,))
        )
    assert database.reads.documents(["5" * 64]) == {"5" * 64: document}


def test_intervals_follow_each_other_in_both_times(database: Database):
    states = [review()]
    for state in ("unit_audit", "cleared", "drafting"):
        states.append(moved(states[-1], state, effective_at=states[-1].effective_at + MINUTE / 2))
    database.store.append([opening(states[0])])
    for before, after in pairwise(states):
        assert database.store.append([move(before, after)]) == [True]
    rows = database.reads.intervals(states[0].id)
    assert [row["state"] for row in rows] == [one.state for one in states]
    for row, after in zip(rows, [*states[1:], None], strict=True):
        assert row["effective_to"] == (after and after.effective_at)
        assert row["recorded_to"] == (after and after.recorded_at)
    assert [row["effective_from"] for row in rows] == [one.effective_at for one in states]


def test_every_event_of_a_review_has_its_interval(database: Database):
    opened = review()
    paused = moved(opened, "drafting", suspended_at=START + MINUTE, due_at=None)
    database.store.append([opening(opened)])
    database.store.append([move(opened, paused)])
    first, second = database.reads.intervals(opened.id)
    assert (first["suspended"], second["suspended"]) == (False, True)
    assert (first["due_at"], second["due_at"]) == (opened.due_at, None)


def letter(
    number: int, minutes: int, person: str = "li", asks_in: str | None = None, nth: int = 1
) -> Append:
    at = START + minutes * MINUTE
    item = InboxItem(
        person=person,
        notice=f"n{number}",
        case_id=review(nth).id,
        sha256=b"h" * 32,
        recorded_at=at,
        asks_in=asks_in,
        asks_desk=None if asks_in is None else "",
    )
    return append(f"review/{review(number).id}/notices", 1, inbox=item, recorded_at=at)


def test_the_inbox_shows_unread_first_then_newest(database: Database):
    database.store.append([letter(n, n) for n in range(1, 5)])
    database.store.append([letter(9, 9, person="wang")])
    database.reads.mark_read("li", ["n4"], START)
    database.reads.mark_read("li", ["n4", "n9", "n0"], START + MINUTE)  # again, another.s, none
    assert [row["read_at"] for row in database.reads.inbox("wang", 10, None)] == [None]
    rows = database.reads.inbox("li", 10, None)
    assert [row["notice"] for row in rows] == ["n3", "n2", "n1", "n4"]
    assert (rows[0]["read_at"], rows[3]["read_at"]) == (None, START)
    assert rows[0]["recorded_at"] == START + 3 * MINUTE


def test_notices_marked_twice_at_once_are_marked(database: Database):
    database.store.append([letter(n, n) for n in range(1, 41)])
    together = Barrier(8)

    def mark(_: int) -> None:
        for n in range(1, 41):
            together.wait(30)
            database.reads.mark_read("li", [f"n{n}"], START)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(mark, range(8)))
    assert database.reads.count_unread("li", 100) == 0


def test_unread_notices_are_counted_only_so_far(database: Database):
    database.store.append([letter(n, n) for n in range(1, 5)])
    database.store.append([letter(9, 9, person="wang")])
    database.reads.mark_read("li", ["n4"], START)
    assert [database.reads.count_unread("li", most) for most in (2, 3, 10)] == [2, 3, 3]
    assert database.reads.count_unread("nobody", 10) == 0


@pytest.mark.parametrize("limit", [1, 2])
def test_the_inbox_is_paged_without_gap_or_repeat(database: Database, limit: int):
    database.store.append([letter(n, n // 2) for n in range(1, 7)])
    database.reads.mark_read("li", ["n2", "n5"], START)
    found, after = [], None
    while len(found) <= 6 and (rows := database.reads.inbox("li", limit, after)):
        found += [row["notice"] for row in rows]
        after = (rows[-1]["recorded_at"].isoformat(), rows[-1]["notice"])
    assert found == ["n6", "n4", "n3", "n1", "n5", "n2"]


def test_an_inbox_is_sifted_by_what_is_unread_of_which_kind_and_which_it_is(database: Database):
    for n, kind in enumerate(("reminder", "escalation", "reminder", "reminder"), 1):
        row = notice_row(n, notice=f"n{n}", kind=kind)
        database.store.append([replace(letter(n, n), notice=row)])
    database.reads.mark_read("li", ["n4"], START)

    def found(sieve: Sieve, after: tuple[str, str] | None = None) -> list[str]:
        return [row["notice"] for row in database.reads.inbox("li", 10, after, sieve)]

    assert found(Sieve(unread=True)) == ["n3", "n2", "n1"]
    assert found(Sieve(kind="reminder")) == ["n3", "n1", "n4"]
    assert found(Sieve(unread=True, kind="reminder")) == ["n3", "n1"]
    assert found(Sieve(notice="n2")) == ["n2"]
    # One that was read since it ended a page of unread ones still says where to go on.
    database.reads.mark_read("li", ["n3"], START)
    at = (START + 3 * MINUTE).isoformat()
    assert found(Sieve(unread=True), (at, "n3")) == ["n2", "n1"]
    assert found(Sieve(), (at, "n3")) == []


def test_what_asks_to_be_acknowledged_is_sifted_while_its_case_lies_where_it_did(
    database: Database,
):
    opened, moved_on, came_back = review(1), review(2), review(3)
    away = moved(moved_on, "cleared")
    again = replace(moved(came_back, came_back.state), entered_at=START + 9 * MINUTE)
    database.store.append([opening(one) for one in (opened, moved_on, came_back)])
    database.store.append([move(moved_on, away), move(came_back, again)])
    told = [
        letter(1, 1, asks_in=opened.state),
        letter(2, 2),
        letter(3, 3, asks_in=opened.state),
        letter(4, 4, asks_in=moved_on.state, nth=2),
        letter(5, 5, asks_in=came_back.state, nth=3),
        letter(6, 6, "wang", asks_in=opened.state),
    ]
    database.store.append(told)
    database.reads.mark_read("li", ["n3"], START)
    rows = database.reads.inbox("li", 10, None, Sieve(asks=True))
    assert [row["notice"] for row in rows] == ["n1", "n3"]
    assert {(row["asks_in"], row["asks_desk"]) for row in rows} == {(opened.state, "")}
    assert [row["notice"] for row in database.reads.inbox("li", 1, None, Sieve(asks=True))] == [
        "n1"
    ]


def test_an_opened_review_is_pinned(database: Database):
    opened = review()
    database.store.append([opening(opened)])
    elsewhere = replace(moved(opened), path=("w", "x"), unit="x")  # no event can do this
    database.store.append([move(opened, elsewhere)])
    head = database.store.standing([Wanted(case=opened.id)]).case(opened.id)
    assert (head.path, head.unit, head.version) == (opened.path, opened.unit, 2)
