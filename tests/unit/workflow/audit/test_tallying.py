"""What a case was given by a poll is counted again, from the counts kept beside the log."""

from collections.abc import Callable
from typing import Any

import pytest

from schemas.canonical import canonical_bytes
from schemas.tally import Cell, grouped, hash_of, table, votes_table
from services.workflow.audit.tallying import TallyChecker

RULE = {
    "questions": ["overall"],
    "points": {"good": "95", "poor": "50"},
    "drop_each_end": "0",
    "electorates": [{"name": "members", "weight": "1"}],
    "without_ballots": "refuse",
}
REVIEW = "review/018f0000-0000-7000-8000-000000000001"
COUNTS = table(
    grouped({"members": 6}, RULE),
    [Cell("members", REVIEW, "overall", value, n) for value, n in (("good", 4), ("poor", 2))],
)
Told = dict[str, Any]


def tallied() -> tuple[Told, Told, dict[str, bytes]]:
    """The event of a tally, that of the case it was about, and what is kept beside the log."""
    data = {"counts": hash_of(COUNTS), "rule": hash_of(RULE), "groups": COUNTS["groups"]}
    told = {"type": "workflow.tally_taken.v1", "id": "t", "subject": "meeting/1", "data": data}
    vote = {"figure": "80.00", "n_valid": 6, "votes": {"good": 4, "poor": 2}}
    given = {"type": "workflow.state_changed.v2", "id": "g", "subject": REVIEW}
    given |= {"causationid": "t", "data": {"components": {"vote": vote}}}
    return told, given, {hash_of(one): canonical_bytes(one) for one in (COUNTS, RULE)}


def found(told: Told, given: Told, documents: dict[str, bytes]) -> list[str]:
    checker = TallyChecker(documents)
    return [*checker.check(told), *checker.check(given)]


def test_a_figure_that_follows_from_its_counts_is_found_to_do_so() -> None:
    assert found(*tallied()) == []


def test_a_figure_that_was_typed_in_is_of_no_tally() -> None:
    told, given, documents = tallied()
    given["data"]["components"] = {"superior": {"figure": "90.00"}}
    assert found(told, given, documents) == []


@pytest.mark.parametrize("claimed", [{"counts": hash_of(COUNTS)}, {"exact": "80/1"}])
def test_what_only_a_tally_gives_is_held_against_one(claimed: Told) -> None:
    told, given, documents = tallied()
    given["causationid"] = None
    assert found(told, given, documents) == []  # votes alone may be older than tallies
    given["data"]["components"]["vote"] |= claimed
    assert found(told, given, documents) == ["the vote is not what was counted"]


def vote(**changes: Any) -> Callable[[Told, Told, dict[str, bytes]], None]:
    return lambda _told, given, _kept: given["data"]["components"]["vote"].update(changes)


def changed_count(told: Told, _given: Told, kept: dict[str, bytes]) -> None:
    kept[told["data"]["counts"]] = kept[told["data"]["counts"]].replace(b'"good",4', b'"good",5')


def nothing_to_count(told: Told, _given: Told, kept: dict[str, bytes]) -> None:
    kept[told["data"]["counts"]] = b"{}"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (vote(figure="80.01"), "the vote is not what was counted"),
        (vote(n_valid=7), "the vote is not what was counted"),
        (vote(exact="8001/100"), "the vote is not what was counted"),
        (vote(counts=hash_of(RULE)), "the vote is not what was counted"),
        (vote(rule=hash_of(COUNTS)), "the vote is not what was counted"),
        (vote(votes={"good": 6}), "the vote is not what was counted"),
        (lambda _told, given, _kept: given.update(subject="review/2"), "not what was counted"),
        (lambda told, _given, _kept: told["data"].update(groups=[]), "its groups are not those"),
        (lambda told, _given, kept: kept.pop(told["data"]["counts"]), "the counts it was counted"),
        (lambda told, _given, kept: kept.pop(told["data"]["rule"]), "the rule it was counted by"),
        (nothing_to_count, "it cannot be counted again"),
        (changed_count, "the counts are not those"),
        (changed_count, "the vote is not what was counted"),
    ],
)
def test_what_does_not_follow_is_told(change: Callable[..., Any], says: str) -> None:
    everything = tallied()
    change(*everything)
    assert any(says in one for one in found(*everything))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ("ggggpp", []),
        ("gggppp", ["the votes are not those that were counted"]),
        ("ggggp", ["the votes are not those that were counted"]),
        (None, ["the votes it was counted from are not kept any more"]),
    ],
)
def test_what_people_said_under_their_own_names_is_what_was_counted(
    values: str | None, said: list[str]
) -> None:
    told, given, documents = tallied()
    words = {"g": "good", "p": "poor"}
    votes = votes_table(
        ("members", f"p-{nth}", [(REVIEW, "overall", words[value])])
        for nth, value in enumerate(values or "")
    )
    told["data"]["votes"] = hash_of(votes)
    if values is not None:
        documents |= {hash_of(votes): canonical_bytes(votes)}
    assert found(told, given, documents) == said


def test_somebody_who_stands_in_the_votes_twice_is_found() -> None:
    told, given, documents = tallied()
    sheet = [(REVIEW, "overall", "good")]
    rows = [("members", "p-1", sheet)] * 4 + [("members", "p-2", [(REVIEW, "overall", "poor")])] * 2
    votes = votes_table(rows)
    told["data"]["votes"] = hash_of(votes)
    documents |= {hash_of(votes): canonical_bytes(votes)}
    assert found(told, given, documents) == ["its votes are not one of each person"]
