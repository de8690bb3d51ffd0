"""A verifier asks the order of the two inputs first: no root from after the number passes."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from schemas.draw import in_order, seed_of, statement_of, tickets_of
from services.workflow.audit.drawing import DrawChecker

ROOT = bytes(range(32))
UNITS = ("a", "b", "c", "d")
BEFORE, AFTER = "2020-01-09T13:14:59.999999Z", "2020-01-09T13:15:00.000000Z"
NUMBER = "1 2 3"
STREAM = "x/1"
TERMS = {
    "rule": "x",
    "draw": "d-1",
    "cycle": "2019",
    "tier": "B",
    "ratio": "1/2",
    "eligible": 4,
    "take": 2,
    "source": "s",
    "issue": "1",
    "drawn_at": "2020-01-09T21:15:00+08:00",
    "format": "3 of 0-9 ascending",
    "log": "example.org/log",
}
SIZE = 7
Steps = list[tuple[int, str, str, str, dict[str, Any]]]  # position, fact, who, when, what


def right() -> Steps:
    """Every step of a draw, as it should be."""
    stated = statement_of(TERMS, in_order(UNITS), SIZE).sha256
    seed = seed_of(stated, ROOT, NUMBER)
    tickets = [{"unit": one.unit, "ticket": one.ticket} for one in tickets_of(seed, UNITS)]
    drawn = {"statement": stated, "root": ROOT.hex(), "seed": seed, "tickets": tickets}
    signed = {"attested": {"size": SIZE, "root": ROOT.hex(), "checkpoint": "c5" * 32}}
    entered = {"entered": {"sha256": "ab" * 32, "length": 5}}
    order = [one["unit"] for one in tickets]
    exemption = {"unit": order[0], "reason": "ill", "promoted": order[2]}
    return [
        (6, "frozen", "p", BEFORE, {"terms": TERMS}),
        (7, "sealed", "", BEFORE, {"sealed": {"size": SIZE, "statement": stated}}),
        (8, "attested", "p", BEFORE, signed),
        (9, "attested", "q", BEFORE, signed),
        (10, "number_entered", "p", AFTER, entered),
        (11, "completed", "q", AFTER, entered | {"drawn": drawn | {"number": NUMBER}}),
        (12, "exempted", "p", AFTER, {"exemption": exemption}),
    ]


def found(steps: Steps, texts: dict[str, str] | None = None) -> list[str]:
    checker = DrawChecker(lambda _: texts or {})
    wrong = list[str]()
    for position, event in events(steps):
        wrong += checker.check(position, event, ROOT)
    return wrong


def events(steps: Steps) -> Iterator[tuple[int, dict[str, Any]]]:
    for position, fact, who, when, told in steps:
        event = {"type": f"workflow.draw_{fact}.v1", "subject": STREAM, "data": {"draw": told}}
        yield position, event | {"time": when} | ({"actor": who} if who else {})


def test_a_draw_in_order_is_found_to_be_so() -> None:
    assert found(right()) == []


LATER = {"drawn_at": "2020-01-12T21:15:00+08:00"}


@pytest.mark.parametrize(
    "changes",
    [
        {"follows": STREAM},  # at the same time as the one before
        {"follows": STREAM, "issue": "2"} | LATER,
        {"follows": STREAM, "source": "t"} | LATER,
        LATER,  # of another place, where somebody else types the time
    ],
)
def test_another_draw_by_a_number_that_nobody_knows_yet_is_sound(changes: dict[str, str]) -> None:
    assert elsewhere(changes) == []


def test_an_issue_that_the_draw_before_said_is_drawn_at_another_time_is_found() -> None:
    (wrong,) = elsewhere({"follows": STREAM} | LATER)
    assert "2020-01-09T21:15:00+08:00" in wrong


def test_an_issue_that_the_draw_itself_said_is_drawn_at_another_time_is_found() -> None:
    (wrong,) = elsewhere(LATER, stream=STREAM)
    assert "2020-01-09T21:15:00+08:00" in wrong
    assert elsewhere({}, stream=STREAM) == []


def test_draws_that_follow_each_other_in_a_circle_are_looked_at_once() -> None:
    checker = DrawChecker(lambda _: {})
    ways = [("x/1", "x/1"), ("x/1", "x/2"), ("x/2", "x/1"), ("x/1", "x/2")]
    for position, (stream, follows) in enumerate(ways, 6):
        told = {"draw": {"terms": TERMS | {"follows": follows, "issue": str(position)}}}
        event = {"type": "workflow.draw_frozen.v1", "subject": stream, "data": told}
        assert [*checker.check(position, event | {"time": BEFORE}, ROOT)] == []
    last = {"draw": {"terms": TERMS | {"follows": "x/2", "issue": "8"} | LATER}}
    event = {"type": "workflow.draw_frozen.v1", "subject": "x/3", "data": last, "time": BEFORE}
    (wrong,) = checker.check(20, event, ROOT)
    assert "may be known" in wrong


def elsewhere(changes: dict[str, str], stream: str = "x/2") -> list[str]:
    """Return what is wrong with freezing a draw of another unit after the right one."""
    checker, wrong = DrawChecker(lambda _: {}), list[str]()
    for position, event in events(right()):
        wrong += checker.check(position, event, ROOT)
    told = {"draw": {"terms": TERMS | changes}}
    event = {"type": "workflow.draw_frozen.v1", "subject": stream, "data": told, "time": AFTER}
    return [*wrong, *checker.check(20, event, ROOT)]


def put(nth: int, **changes: Any) -> Callable[[Steps], None]:
    def change(steps: Steps) -> None:
        step = dict(zip(("position", "fact", "who", "when", "told"), steps[nth], strict=True))
        steps[nth] = tuple((step | changes).values())  # type: ignore[call-overload]

    return change


def inside(nth: int, *path: Any, to: Any) -> Callable[[Steps], None]:
    def change(steps: Steps) -> None:
        at = steps[nth][4]
        for one in path[:-1]:
            at = at[one]
        at[path[-1]] = to

    return change


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (put(1, position=8), "it seals size 7 at 8"),
        (put(0, position=5), "it was frozen at 5"),
        (inside(1, "sealed", "size", to=8), "it seals size 8 at 7"),
        (put(3, when=AFTER), "signed when the number could be known"),
        (put(3, who="p"), "1 had signed the checkpoint in time"),
        (inside(2, "attested", to={"size": 8, "root": ROOT.hex(), "checkpoint": ""}), "size 7"),
        (inside(2, "attested", to={"size": 7, "root": "00", "checkpoint": ""}), "size 7"),
        (put(4, when=BEFORE), "entered before it was drawn"),
        (put(5, who="p"), "one person alone"),
        (inside(5, "drawn", "number", to="1 2 4"), "do not follow"),
        (inside(5, "drawn", "number", to="01 2 3"), "not written as was stated"),
        (inside(5, "drawn", "seed", to="00" * 32), "do not follow"),
        (inside(5, "drawn", "root", to="00" * 32), "another statement or root"),
        (inside(5, "drawn", "tickets", 0, "unit", to="e"), "not those of the units"),
        (inside(6, "exemption", "promoted", to="e"), "another unit was promoted"),
        (lambda steps: steps.pop(1), "not that of size 0"),
        (lambda steps: steps.pop(0), "nothing was frozen"),
        (lambda steps: steps.pop(3), "1 had signed"),
    ],
)
def test_a_draw_out_of_order_is_told(change: Callable[[Steps], Any], says: str) -> None:
    steps = right()
    change(steps)
    assert any(says in one for one in found(steps))


ANOTHER = inside(5, "entered", to={"sha256": "cd" * 32, "length": 5})


@pytest.mark.parametrize("text", ["1 2 4", "1  2 3", ""])
def test_a_draw_of_which_two_entered_different_numbers_is_told(text: str) -> None:
    steps = right()
    ANOTHER(steps)
    assert found(steps, {"ab" * 32: NUMBER, "cd" * 32: NUMBER}) == []
    for texts in ({"ab" * 32: text, "cd" * 32: NUMBER}, {"ab" * 32: text}):
        assert any("different numbers" in one for one in found(steps, texts))


def test_numbers_that_were_erased_are_no_difference_and_are_told() -> None:
    checker = DrawChecker()
    for position, event in events(right()):
        assert [*checker.check(position, event, ROOT)] == []
    assert checker.draws["x/1"].erased == ("p", "q")
