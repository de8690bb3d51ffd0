"""No case leaves the state in which its poll takes ballots while slips are out: on both stores."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.integration.http.test_rooms import HOST, Room, room
from tests.integration.http.test_sights import signed_in

__all__ = ["room"]
FINISH = {"trigger": "finish"}


def seen(room: Room) -> dict[str, Any]:
    """Return what the host is told of ending the vote."""
    items = room.service.get(f"{room.case}/transitions", HOST).json["items"]
    return next(one for one in items if one["trigger"] == "finish")


def codes(told: dict[str, Any], what: str) -> list[str]:
    return [one["code"] for one in told.get(what, [])]


def test_what_is_voted_on_does_not_end_while_slips_are_out_and_the_poll_is_not_closed(
    room: Room,
) -> None:
    cast, _ = room.issue("figures", "deputies", 2)
    room.start()
    # Nobody has looked at the poll since: it would open with the first who does.
    assert codes(seen(room), "blockers") == ["poll_goes_on"]
    page = signed_in(room.service, HOST).open(room.case.removeprefix("/v1")).text
    assert "已经发票，还没有封票" in page
    assert room.cast(cast, "50", "60").status_code == 200
    for body in (FINISH, FINISH | {"dry_run": True}):
        refused = room.host("/transitions", body)
        assert (refused.status_code, codes(refused.json, "errors")) == (422, ["poll_goes_on"])
    room.close("figures")
    assert codes(seen(room), "blockers") == []
    assert room.host("/transitions", FINISH).status_code == 201


def test_who_ends_what_was_never_voted_on_is_told_before(room: Room) -> None:
    room.issue("grades", "deputies", 1)
    room.start()
    room.close("grades")
    rehearsed = room.host("/transitions", FINISH | {"dry_run": True})
    assert rehearsed.status_code == 200
    warned = [one["reason"] for one in rehearsed.json["warnings"]]
    assert codes(rehearsed.json, "warnings") == ["poll_never_held"] * 2
    assert [one["reason"] for one in seen(room)["warnings"]] == warned
    page = signed_in(room.service, HOST).open(room.case.removeprefix("/v1")).text
    assert "没有发过票，也没有人投过票" in page
    ended = room.host("/transitions", FINISH)
    assert (ended.status_code, "warnings" in ended.json) == (201, False)


def test_what_is_called_off_takes_its_polls_with_it(room: Room) -> None:
    room.issue("figures", "deputies", 2)
    room.start()
    assert room.host("/transitions", {"trigger": "call_off"}).status_code == 201


def test_closing_and_ending_at_once_leave_no_poll_open_behind(room: Room) -> None:
    room.issue("figures", "deputies", 3)
    room.start()
    with ThreadPoolExecutor(8) as pool:
        ends = [pool.submit(room.host, "/transitions", FINISH) for _ in range(4)]
        closing = pool.submit(room.host, "/polls/figures/closing")
        ends += [pool.submit(room.host, "/transitions", FINISH) for _ in range(4)]
        told = [one.result().status_code for one in ends]
        closed = closing.result()
    # Ended first, there would be nothing left to close.
    assert (closed.status_code, {*told} <= {201, 409, 422}) == (200, True)
    if 201 not in told:
        assert room.host("/transitions", FINISH).status_code == 201
