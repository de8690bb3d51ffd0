"""Commitments: the text decides, the salt hides."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.commitments import SALT_BYTES, commit, matches
from schemas.facts.parts import Commitment

SALT = bytes(range(SALT_BYTES))


@given(st.text(), st.binary(min_size=SALT_BYTES, max_size=SALT_BYTES))
def test_a_text_matches_its_own_commitment_and_fits_the_schema(text: str, salt: bytes):
    commitment = commit(text, salt)
    assert matches(commitment, text, salt)
    assert Commitment().load(commitment) == commitment


def test_a_commitment_is_the_hash_of_salt_and_text_and_its_length_in_bytes():
    expected = sha256(SALT + "同意".encode()).hexdigest()
    assert commit("同意", SALT) == {"sha256": expected, "length": 6}


def test_another_text_another_salt_and_another_length_do_not_match():
    commitment = commit("同意", SALT)
    assert not matches(commitment, "不同意", SALT)
    assert not matches(commitment, "同意", SALT[::-1])
    assert not matches(commitment | {"length": 7}, "同意", SALT)


@pytest.mark.parametrize("salt", [b"", SALT[:-1], SALT + b"\x00"])
def test_a_salt_has_its_full_length(salt: bytes):
    with pytest.raises(ValueError, match="32 bytes"):
        commit("同意", salt)
