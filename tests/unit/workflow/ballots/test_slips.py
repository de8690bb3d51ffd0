"""Slips: secrets nobody mistypes, and codes that follow from what is kept of them."""

import secrets

from services.workflow.domain.ballots.slips import (
    LENGTH,
    SIGNS,
    Slip,
    check_code,
    drawn,
    read,
    read_check,
    spelled,
)


def test_a_secret_has_128_bits_of_signs_that_are_not_mistaken():
    assert len(SIGNS) ** LENGTH >= 2**128
    assert not set("01OI") & set(SIGNS)
    assert len({drawn("cadres", secrets.choice).secret for _ in range(1_000)}) == 1_000


def test_what_is_typed_in_groups_or_small_letters_is_the_same_secret():
    slip = drawn("cadres", secrets.choice)
    assert read(f" {spelled(slip.secret).lower()} ") == slip.secret
    assert read(slip.secret[:-1]) is None
    assert read("0" * LENGTH) is None
    assert read("é" * LENGTH) is None


def test_a_check_code_follows_from_the_hash_alone_and_tells_no_secret():
    slip = Slip("A" * LENGTH, "cadres")
    assert slip.check == check_code(slip.hash) == "NP3RHEE4CZ"
    assert spelled(slip.check) == "NP3R-HEE4-CZ"
    assert read_check(spelled(slip.check)) == slip.check
    assert slip.check not in slip.secret
