"""A public number is text, held against its stated format, to the character."""

import pytest

from schemas.draw_number import Group, NotAFormat, bits_of, fits, format_of, read_format

TWO_COLOURS = (Group(6, 1, 33), Group(1, 1, 16))
NUMBER = "02 05 11 18 24 33 + 09"


def test_a_format_says_its_groups() -> None:
    assert format_of(TWO_COLOURS) == "6 of 01-33 ascending + 1 of 01-16 ascending"
    assert read_format(format_of(TWO_COLOURS)) == TWO_COLOURS
    assert read_format("5 of 0-9 as-drawn") == (Group(5, 0, 9, ascending=False),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "reds",
        "6 of 1-33 ascending",
        "9 of 1-5 ascending",
        "6 of 01-33",
        "06 of 01-33 ascending",
    ],
)
def test_what_is_no_format_is_refused(text: str) -> None:
    with pytest.raises(NotAFormat):
        read_format(text)


def test_a_number_that_is_written_as_stated_fits() -> None:
    assert fits(TWO_COLOURS, NUMBER)
    assert fits((Group(5, 0, 9, ascending=False),), "3 0 3 9 1")


@pytest.mark.parametrize(
    "number",
    [
        "2 5 11 18 24 33 + 9",
        "02 05 11 18 24 33 + 9",
        "05 02 11 18 24 33 + 09",
        "02 02 11 18 24 33 + 09",
        "02 05 11 18 24 34 + 09",
        "00 05 11 18 24 33 + 09",
        "02 05 11 18 24 33+09",
        " 02 05 11 18 24 33 + 09",
        "02 05 11 18 24 33 + 09 ",
        "02 05 11 18 24 33 + 09\n",
        "02  05 11 18 24 33 + 09",
        "02 05 11 18 24 33",
        "02 05 11 18 24 33 + 09 + 01",
        "０2 05 11 18 24 33 + 09",
        "02 05 11 18 24 ٣3 + 09",
        "²2 05 11 18 24 33 + 09",
        "",
    ],
)
def test_a_number_that_is_written_otherwise_does_not_fit(number: str) -> None:
    assert not fits(TWO_COLOURS, number)


@pytest.mark.parametrize(
    ("groups", "bits"),
    [
        ([Group(3, 0, 9, ascending=False)], 10.0),
        ([Group(5, 0, 9, ascending=False)], 16.6),
        ([*TWO_COLOURS], 24.1),
        ([Group(20, 1, 80)], 61.6),
    ],
)
def test_how_much_nobody_can_know_beforehand(groups: list[Group], bits: float) -> None:
    assert bits_of(groups) == pytest.approx(bits, abs=0.05)
