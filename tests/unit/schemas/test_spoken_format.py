"""How a public number is written, told to people: in both languages, with an example that fits."""

import pytest

from schemas.draw_number import fits, read_format, spoken

FORMATS = [
    "6 of 01-33 ascending + 1 of 01-16 ascending",
    "6 of 0-9 as-drawn + 1 of 00-14 ascending + 5 of 0-9 as-drawn",
    "20 of 01-80 ascending",
    "12 of 0-9 as-drawn",
]


@pytest.mark.parametrize("stated", FORMATS)
def test_a_format_is_told_in_words_with_an_example_that_fits(stated: str) -> None:
    groups = read_format(stated)
    told = spoken(groups)
    for sentence, before in ((told.zh, "，如 "), (told.en, ", as ")):
        assert "ascending" not in sentence
        assert fits(groups, sentence.rpartition(before)[2])
    assert "个，由小到大" in told.zh or "个，按开出的次序" in told.zh
