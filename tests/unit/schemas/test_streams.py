"""The names of streams: reserved kinds, and cases of whatever kind a scheme makes up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.streams import KIND, RESERVED, SIDES, NotAStream, Stream, first_part
from tests.unit.schemas.parts_of_facts import REVIEW as ID

KINDS = st.from_regex(KIND, fullmatch=True).filter(lambda kind: kind not in RESERVED)


@given(KINDS, st.uuids().map(str), st.sampled_from(("", *SIDES)))
def test_every_first_part_that_is_not_reserved_is_a_case(kind: str, id_: str, side: str):
    stream = Stream.parse(str(Stream(kind, id_, side)))
    assert (stream, stream.is_case) == ((kind, id_, side), True)
    assert (str(stream.own), first_part(str(stream))) == (f"{kind}/{id_}", kind)
    assert stream.pair == f"{kind}/{id_}"


@pytest.mark.parametrize("kind", RESERVED)
def test_a_reserved_first_part_is_no_case_and_has_no_sides(kind: str):
    assert not Stream.parse(f"{kind}/{ID}").is_case
    with pytest.raises(NotAStream):
        Stream.parse(f"{kind}/{ID}/refusals")


@pytest.mark.parametrize("kind", sorted(RESERVED.keys() - {"cycle", "round"}))
def test_what_is_no_case_and_no_round_may_have_any_id(kind: str):
    assert Stream.parse(f"{kind}/u-1.A_b") == (kind, "u-1.A_b", "")


@pytest.mark.parametrize(
    "name",
    [
        *("", "review", "review/", "/", f"/{ID}", "review/1", f"review/{ID.upper()}"),
        *(f"review/{ID}x", f"review/{ID}/", f"review/{ID}/other", f"review/{ID}/refusals/x"),
        *(f"Review/{ID}", f"{'a' * 41}/{ID}", f"item2/{ID}", f"review/{ID}\n"),
        *("cycle/2019", "organisation/", f"organisation/{'u' * 65}"),
    ],
)
def test_what_no_stream_can_be_called_is_refused(name: str):
    with pytest.raises(NotAStream):
        Stream.parse(name)
