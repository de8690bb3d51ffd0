"""The small parts of the HTTP adapter: languages, rates, cursors."""

import pytest

from services.workflow.adapters.http import cursors
from services.workflow.adapters.http.language import preferred
from services.workflow.application.rate import RateLimit, network_of


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB,en;q=0.9", "en"),
        ("fr,en;q=0.5", "en"),
        ("en;q=0.3,zh;q=0.7", "zh"),
        ("en;q=0", "zh"),
        ("en;q=nonsense", "zh"),
        (";;;,,,", "zh"),
        ("*", "zh"),
    ],
)
def test_chinese_is_spoken_unless_english_is_preferred(header: str, language: str):
    assert preferred(header) == language


def test_a_client_that_runs_away_waits_and_another_does_not():
    now = [0.0]
    rate = RateLimit(per_s=2, burst=3, monotonic_s=lambda: now[0])
    assert [rate.wait_s("a") for _ in range(4)] == [0, 0, 0, 1]
    assert rate.wait_s("b") == 0
    now[0] = 0.5  # one permit has grown back
    assert rate.wait_s("a") == 0
    assert rate.wait_s("a") == 1


def test_a_permit_that_was_not_used_is_there_again_and_no_more_than_that():
    limit = RateLimit(per_s=0.001, burst=1, monotonic_s=lambda: 0.0)
    limit.give_back("nobody")
    assert limit.wait_s("one") == 0
    limit.give_back("one")
    assert limit.wait_s("one") == 0
    assert limit.wait_s("one") > 0


def test_a_bulk_larger_than_the_burst_passes_once_and_is_then_owed():
    now = [0.0]
    rate = RateLimit(per_s=10, burst=10, monotonic_s=lambda: now[0])
    assert rate.wait_s("a", 100) == 0
    assert rate.wait_s("a") == 10


def test_whose_bucket_is_full_again_is_forgotten_and_who_waits_is_not():
    now = [0.0]
    rate = RateLimit(per_s=1, burst=3, monotonic_s=lambda: now[0])
    assert rate.wait_s("owes", 1_000_000) == 0
    for n in range(100_000):
        now[0] += 0.1
        rate.wait_s(f"client {n}")
    assert len(rate._left) < 2000
    assert rate.wait_s("owes") > 0


def test_one_subscriber_of_ipv6_is_one_client():
    one, other, neighbour = "2001:db8:1:2::7", "2001:db8:1:2:ffff::", "2001:db8:1:3::7"
    assert network_of(one) == network_of(other) != network_of(neighbour)
    assert network_of("::ffff:192.0.2.7") == network_of("192.0.2.7") == "192.0.2.7"
    assert network_of("192.0.2.7") != network_of("192.0.2.8")
    assert network_of("") == ""


def test_a_cursor_leads_back_to_its_place():
    cursor = cursors.encode("-due_at", "2020-01-10T16:00:00.000000Z", "id-1")
    assert cursors.decode("-due_at", cursor) == ("2020-01-10T16:00:00.000000Z", "id-1")


def test_every_altered_character_of_a_cursor_is_noticed():
    cursor = cursors.encode("number", "2019-C-0001", "id-1")
    for index, old in enumerate(cursor):
        altered = cursor[:index] + ("A" if old != "A" else "B") + cursor[index + 1 :]
        with pytest.raises(cursors.BadCursor):
            cursors.decode("number", altered)


@pytest.mark.parametrize("cursor", ["", "!", "AAAAAAAA", "A" * 600, "´´´´´´´´", "AAAAAAA=", "1"])
def test_what_is_no_cursor_is_refused(cursor: str):
    with pytest.raises(cursors.BadCursor):
        cursors.decode("number", cursor)


def test_a_cursor_of_another_list_is_refused():
    cursor = cursors.encode("number", "2019-C-0001", "id-1")
    with pytest.raises(cursors.BadCursor):
        cursors.decode("-due_at", cursor)
