"""The driven clock: never back, never confused by a file that is gone."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.notifier.adapters.clock import DrivenClock

FIRST = datetime(2020, 1, 8, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "clock"
    file.write_text("2020-01-08T08:00:00+08:00\n")
    return file


def test_it_shows_what_the_file_says(file: Path) -> None:
    clock = DrivenClock(file)
    assert clock.now() == FIRST
    file.write_text("2020-01-09T00:00:00Z")
    assert clock.now() == datetime(2020, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize("content", ["2020-01-07T00:00:00Z", "", "soon", "2020-01-09T00:00:00"])
def test_it_never_goes_back_and_keeps_its_time_when_the_file_is_broken(
    file: Path, content: str
) -> None:
    clock = DrivenClock(file)
    file.write_text(content)
    assert clock.now() == FIRST


def test_it_keeps_its_time_when_the_file_is_gone(file: Path) -> None:
    clock = DrivenClock(file)
    file.unlink()
    assert clock.now() == FIRST
