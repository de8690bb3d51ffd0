"""字数 as the office suite counts it, and what is odd about the parts of a document."""

import json
import sys
from pathlib import Path

import pytest

from deploy import counts
from services.workflow.domain.data.characters import count_characters, longest_run
from services.workflow.domain.data.document import counted, warnings
from tests.unit.workflow.scheme.cases import SCHEME

REPORT = SCHEME.documents["report"]


COUNTED = json.loads((Path(__file__).parents[2] / "counted.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("text", "count"), COUNTED)
def test_each_han_character_or_full_mark_counts_one_each_other_run_one(text: str, count: int):
    assert count_characters(text) == count


def test_there_are_sixty_examples_and_none_twice():
    assert len({text for text, _ in COUNTED}) == len(COUNTED) == 60


@pytest.mark.parametrize(
    ("text", "length"),
    [("", 0), ("党建", 0), ("ab cde", 3), ("第12345条", 5), ("don’t", 5), ("a" * 201, 201)],
)
def test_the_longest_run_is_told(text: str, length: int):
    assert longest_run(text) == length


def test_the_pages_count_by_the_classes_of_the_server():
    assert counts.TABLE.read_text(encoding="utf-8") == counts.table()


def test_the_page_of_examples_is_that_of_the_table():
    assert counts.PAGE.read_text(encoding="utf-8") == counts.page(counts.examples(), counts.kept())


def test_the_last_column_tells_what_is_counted_otherwise_and_what_was_not_asked():
    examples = [("党建", 2), ("don’t", 1), ("CO₂", 1), (" ", 0)]
    told = counts.page(examples, {"党建": 2, "don’t": 2})
    column = [line.split("|")[-2].strip() for line in told.splitlines()[-4:]]
    assert column == ["", "2", "not asked", ""]
    assert "No word processor has been asked yet." not in told
    assert "No word processor has been asked yet." in counts.page(examples, {})


OFFICE = """
import pathlib, sys, zipfile
assert sys.argv[1:4] == ["--headless", "--convert-to", "odt"], sys.argv
for name in map(pathlib.Path, sys.argv[6:]):
    told = STATISTIC.format(len(name.read_text(encoding="utf-8")))
    with zipfile.ZipFile(pathlib.Path(sys.argv[5]) / (name.stem + ".odt"), "w") as archive:
        archive.writestr("meta.xml", told)
"""
STATISTIC = (
    '<m xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0">'
    '<meta:document-statistic meta:word-count="{}"/></m>'
)


def test_a_word_processor_is_asked_of_each_text_by_itself(tmp_path: Path):
    """The program stands in for LibreOffice, which few machines have: it counts code points."""
    program = tmp_path / "soffice"
    told = f"#!{sys.executable}\nSTATISTIC = {STATISTIC!r}\n{OFFICE}"
    program.write_text(told, encoding="utf-8")
    program.chmod(0o755)
    assert counts.asked(str(program), ["党建", "a b", "一"]) == {"党建": 2, "a b": 3, "一": 1}


def test_the_parts_are_counted_apart():
    parts = {"achievements": "成绩", "problems": "问题一", "tasks": "2020"}
    assert counted(REPORT, {"parts": parts}) == {"achievements": 2, "problems": 3, "tasks": 1}


def of(*counts: int) -> tuple[str, ...]:
    parts = zip(("achievements", "problems", "tasks"), counts, strict=False)
    return tuple(warnings(REPORT, dict(parts)))


def test_three_thirds_are_not_odd():
    assert of(1000, 1000, 1000) == ()


def test_a_part_more_than_ten_points_from_a_third_is_a_warning():
    assert of(434, 283, 283) == ("achievements_uneven",)  # 43.4 %
    assert of(433, 283, 284) == ()  # 43.3 %


def test_a_part_exactly_at_the_tolerance_is_not_odd():
    assert of(13, 8, 9) == ()  # 43.33… % is 10 points from a third to the last digit


def test_a_short_part_is_odd_as_well():
    assert of(400, 400, 200) == ("tasks_uneven",)


def test_an_empty_document_has_no_shares():
    assert of(0, 0, 0) == ()


def test_over_the_limit_is_a_warning_where_it_is_not_refused():
    assert of(1001, 1000, 1000) == ("over_limit",)
