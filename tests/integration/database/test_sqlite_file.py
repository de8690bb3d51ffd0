"""The file of an SQLite database that is taken away, exchanged, or may only be read."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from services.workflow.adapters.database import Database, connect
from services.workflow.domain.refusals import NotWritable, StoreReplaced, StoreUnavailable
from tests.contract.workflow.appends import move, opening, review
from tests.drills.disks import full, read_only, small_disk

CASE = review()


@pytest.fixture
def sqlite(sqlite_file: Path) -> Iterator[Database]:
    found = connect(f"sqlite:///{sqlite_file}")
    yield found
    found.close()


def refuse_everything(database: Database) -> None:
    with pytest.raises(StoreReplaced):
        database.require_writable()
    with pytest.raises(StoreReplaced):
        database.store.append([move(CASE)])
    with pytest.raises(StoreReplaced):
        database.store.standing([])
    with pytest.raises(StoreReplaced), database._connections.transaction():
        pass


def test_a_file_that_was_taken_away_is_told_not_made_anew_and_written_when_it_is_back(
    sqlite: Database, sqlite_file: Path
):
    sqlite.store.append([opening(CASE)])
    away = sqlite_file.rename(sqlite_file.with_name("away"))
    refuse_everything(sqlite)
    assert not sqlite_file.exists()
    away.rename(sqlite_file)
    sqlite.require_writable()
    assert sqlite.store.append([move(CASE)]) == [True]


def test_another_file_in_the_place_of_the_database_is_told_and_left_alone(
    sqlite: Database, sqlite_file: Path
):
    sqlite.store.append([opening(CASE)])
    sqlite_file.rename(sqlite_file.with_name("away"))
    sqlite_file.touch()
    refuse_everything(sqlite)
    assert sqlite_file.stat().st_size == 0


def test_a_file_that_is_missing_is_not_made_by_who_only_opens_it(tmp_path: Path):
    missing = connect(f"sqlite:///{tmp_path}/none.db")
    with pytest.raises(StoreUnavailable):
        missing.store.standing([])
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", 8) as made:
        yield made


@pytest.fixture
def on_disk(sqlite: Database, sqlite_file: Path, disk: Path) -> Iterator[Database]:
    """What a killed process leaves: the file, and beside it a log with what was written last."""
    sqlite.store.append([opening(CASE)])
    for part in sqlite_file.parent.glob(f"{sqlite_file.name}*"):
        shutil.copy(part, disk)
    found = connect(f"sqlite:///{disk}/{sqlite_file.name}")
    yield found
    found.close()


def test_what_may_only_be_read_is_told_read_and_written_again_afterwards(
    on_disk: Database, disk: Path
):
    with read_only(disk):
        with pytest.raises(NotWritable, match="only be read"):
            on_disk.require_writable()
        with pytest.raises(StoreUnavailable):
            on_disk.store.append([move(CASE)])
        on_disk.reads.log_head()
    assert on_disk.store.append([move(CASE)]) == [True]
    on_disk.require_writable()


def test_who_still_reads_what_was_read_only_is_joined_by_nobody(on_disk: Database, disk: Path):
    with ExitStack() as under_way:
        with read_only(disk):
            under_way.enter_context(on_disk._connections.reading())
        with pytest.raises(StoreUnavailable, match="about to be opened"):
            on_disk.reads.log_head()
    assert on_disk.store.append([move(CASE)]) == [True]


def test_a_full_disk_is_told(on_disk: Database, disk: Path):
    with full(disk), pytest.raises(NotWritable, match="full"):
        on_disk.require_writable()
    on_disk.require_writable()
