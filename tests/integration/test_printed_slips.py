"""Slips as they come out of the printer: the text of the PDF, page by page."""

import re
import secrets
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from services.workflow.adapters.web.slips import NoPango, in_two_lines, printed
from services.workflow.domain.ballots.slips import Slip, drawn, spelled

N, A_PAGE = 20, 8
BOX = "列席代表"
_WORD = re.compile(
    r'<word xMin="[\d.]+" yMin="([\d.]+)" xMax="[\d.]+" yMax="([\d.]+)">(.*?)</word>'
)


@pytest.fixture(scope="module")
def slips() -> list[Slip]:
    return [drawn("invited", secrets.choice) for _ in range(N)]


@pytest.fixture(scope="module")
def pdf(slips: list[Slip], tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("pdftotext") is None:
        pytest.skip("left out: pdftotext is not installed (Debian: poppler-utils)")
    file = tmp_path_factory.mktemp("slips") / "slips.pdf"
    try:
        made = printed(
            slips,
            told="2020-01-22 · 2019-unit-0002",
            title="示例委述评会议 现场测评",
            box=BOX,
            address="https://piao.example/vote",
            n_covered=9,
            rehearsal=False,
        )
    except NoPango as missing:
        pytest.skip(f"left out: {missing}")
    file.write_bytes(made)
    return file


def told(pdf: Path, *options: str) -> str:
    command = ["pdftotext", *options, str(pdf), "-"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def pages(pdf: Path) -> list[str]:
    return told(pdf).removesuffix("\f").split("\f")


def codes(slip: Slip) -> tuple[str, ...]:
    return (*in_two_lines(spelled(slip.secret)), spelled(slip.check))


def test_eight_to_a_page_and_each_once(pdf: Path, slips: list[Slip]):
    printed_ = {code for slip in slips for code in codes(slip)}
    found = [Counter(word for word in page.split() if word in printed_) for page in pages(pdf)]
    assert [page.total() for page in found] == [3 * A_PAGE, 3 * A_PAGE, 3 * (N - 2 * A_PAGE)]
    assert sum(found, Counter()) == Counter(printed_)
    assert len(printed_) == 3 * N  # no two of one code


def test_they_lie_in_no_order_in_which_they_were_made(pdf: Path, slips: list[Slip]):
    text = "\n".join(pages(pdf))
    order = sorted(slips, key=lambda slip: text.index(codes(slip)[0]))
    assert order != slips


def test_but_for_their_codes_all_are_the_same_so_none_has_a_number(pdf: Path, slips: list[Slip]):
    text = "\n".join(pages(pdf))
    for slip in slips:
        for code in codes(slip):
            text = text.replace(code, "code")
    lines = Counter(line for line in text.splitlines() if line.strip())
    assert {n % N for n in lines.values()} == {0}, lines


def test_whose_box_it_goes_into_is_printed_large(pdf: Path):
    words = [
        (float(bottom) - float(top), word)
        for top, bottom, word in _WORD.findall(told(pdf, "-bbox"))
    ]
    heights = {word: height for height, word in words}
    others = [height for height, word in words if word != BOX]
    assert heights[BOX] > 1.3 * max(others)
