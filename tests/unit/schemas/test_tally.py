"""Figures follow from counts and a rule alone: exactly, in whatever order they were given."""

import statistics
from decimal import Decimal
from fractions import Fraction
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from schemas.scoring import rounded
from schemas.tally import (
    APART_FROM,
    BLANK,
    Cell,
    grouped,
    hash_of,
    hash_of_codes,
    results,
    table,
    trimmed_mean,
)

POINTS = {"good": "95", "fair": "85", "average": "70", "poor": "50"}
RULE = {
    "poll": "hall",
    "questions": ["duty", "life"],
    "points": POINTS,
    "drop_each_end": "0.05",
    "electorates": [{"name": "cadres", "weight": "0.6"}, {"name": "guests", "weight": "0.4"}],
    "without_ballots": "refuse",
}
REVIEW = "review/018f0000-0000-7000-8000-000000000001"
answers = st.lists(st.sampled_from([*POINTS, BLANK]), min_size=5, max_size=60)
ballots = st.fixed_dictionaries(dict.fromkeys(("cadres", "guests"), answers))


def counted(given: dict[str, list[str]], rule: dict = RULE) -> dict:
    """Count sheets that say the same to every question."""
    cells = [
        Cell(box, REVIEW, question, value, 1)
        for box, values in given.items()
        for value in values
        for question in rule["questions"]
    ]
    return table(grouped({box: len(values) for box, values in given.items()}, rule), cells)


def ruled(**changes: object) -> dict:
    return RULE | changes


@given(ballots, st.randoms(use_true_random=False))
def test_the_order_of_ballots_never_matters(given: dict[str, list[str]], random: Random):
    before = counted(given)
    for values in given.values():
        random.shuffle(values)
    assert hash_of(counted(given)) == hash_of(before)
    assert results(counted(given), RULE) == results(before, RULE)


@given(ballots)
def test_a_figure_is_the_weighted_mean_of_trimmed_means_rounded_once(given: dict[str, list[str]]):
    means = []
    for values in (given["cadres"], given["guests"]):
        points = sorted(Fraction(POINTS[one]) for one in values if one)
        dropped = int(len(points) * Fraction("0.05"))
        kept = points[dropped : len(points) - dropped]
        means.append(statistics.mean(kept) if kept else None)
    result = results(counted(given), RULE)[REVIEW]
    if None in means:
        assert result.figure is None
        return
    exact = means[0] * Fraction("0.6") + means[1] * Fraction("0.4")
    assert abs(Fraction(result.figure) - exact) <= Fraction("0.005")
    assert rounded(exact) == result.figure
    assert result.n_valid == 2 * sum(bool(one) for values in given.values() for one in values)


@given(st.fractions(min_value=0, max_value=100, max_denominator=10**6))
def test_a_half_is_rounded_up_and_nothing_is_rounded_twice(exact: Fraction):
    cents = exact * 100
    expected = int(cents) + (cents - int(cents) >= Fraction(1, 2))
    assert rounded(exact) == Decimal(expected) / 100


def test_what_lies_just_below_a_half_stays_below_it():
    assert rounded(Fraction(89995, 1000)) == Decimal("90.00")
    assert rounded(Fraction(89995, 1000) - Fraction(1, 10**30)) == Decimal("89.99")


def test_an_equal_share_is_dropped_at_both_ends():
    given = [(Fraction(0), 1), (Fraction(50), 18), (Fraction(100), 1)]
    assert trimmed_mean(given, "0.05") == 50
    assert trimmed_mean(given, "0") == 50
    assert trimmed_mean([(Fraction(0), 1), (Fraction(90), 18)], "0.05") == Fraction(90 * 18, 19)
    assert trimmed_mean([], "0.05") is None


def test_electorates_of_under_five_ballots_are_counted_together():
    names = ("a", "b", "c", "d")
    rule = ruled(electorates=[{"name": one, "weight": "0.25"} for one in names])
    groups = grouped({"a": 40, "b": 2, "c": 4, "d": 0}, rule)
    assert [(one.name, one.n_valid, one.weight) for one in groups] == [
        ("a", 40, Fraction(1, 4)),
        ("b+c", 6, Fraction(1, 2)),
    ]


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 12), min_size=1))
def test_no_group_is_small_enough_to_tell_on_its_own(n_valid: dict[str, int]):
    rule = ruled(electorates=[{"name": one, "weight": "0.125"} for one in "abcdefgh"])
    groups = grouped(n_valid, rule)
    assert sum(one.n_valid for one in groups) == sum(n_valid.values())
    assert len(groups) < 2 or min(one.n_valid for one in groups) >= APART_FROM


def test_who_gave_nothing_leaves_the_weight_to_others_only_where_the_rule_says_so():
    given = {"cadres": ["good"] * 6, "guests": [BLANK] * 6}
    assert results(counted(given), RULE)[REVIEW].figure is None
    redistributing = ruled(without_ballots="redistribute")
    assert results(counted(given, redistributing), redistributing)[REVIEW].figure == Decimal(95)


def test_blanks_are_counted_apart_and_weigh_nothing():
    given = {"cadres": ["good", BLANK, "good", BLANK, "good"], "guests": ["good"] * 5}
    result = results(counted(given), RULE)[REVIEW]
    assert (result.figure, result.n_valid, result.n_blank) == (Decimal(95), 16, 4)
    assert result.votes == {"good": 16}


def test_figures_are_taken_as_they_were_given():
    rule = ruled(points=None, questions=["score"], drop_each_end="0")
    cells = [Cell("cadres", REVIEW, "score", "87.5", 3), Cell("guests", REVIEW, "score", "90", 5)]
    counts = table(grouped({"cadres": 5, "guests": 5}, rule), cells)
    assert results(counts, rule)[REVIEW].figure == Decimal("88.50")


def test_used_codes_are_known_by_one_hash_in_whatever_order():
    assert hash_of_codes(["B2", "A2"]) == hash_of_codes(["A2", "B2"])
    assert hash_of_codes([]) == ("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")


def test_people_who_vote_under_their_own_names_are_counted_apart_however_few():
    few = {"cadres": 1, "guests": 2}
    assert [one.electorates for one in grouped(few, RULE)] == [("cadres", "guests")]
    apart = grouped(few, ruled(secret=False))
    assert [one.electorates for one in apart] == [("cadres",), ("guests",)]
