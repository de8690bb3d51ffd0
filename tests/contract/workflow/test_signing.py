"""What is signed grows out of what was signed before, and never out of a damaged cache."""

import errno
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from schemas.checkpoint import open_checkpoint
from schemas.merkle import root_of
from services.workflow.adapters.database import Database
from services.workflow.adapters.files.checkpoint_file import CheckpointFile
from services.workflow.application import sequencing
from services.workflow.application.sequencing import (
    LogForked,
    LogKey,
    Sequencer,
    require_unforked,
)
from services.workflow.audit.ed25519 import load_signer, new_key, verifier
from tests.contract.workflow.appends import START, opening, review
from tests.contract.workflow.conftest import POSTGRES
from tests.databases import as_administrator

PUBLIC, SIGN = load_signer(new_key("test.example/log")[0])
KEY = LogKey(public=PUBLIC, sign=SIGN, verify=verifier(PUBLIC.public))


@dataclass
class Signed:
    """A log of some length that was signed now and then."""

    database: Database
    owner_url: str
    outside: CheckpointFile
    n: int = 0
    says: list[str] = field(default_factory=list)

    def sequencer(self, apart: timedelta = timedelta(seconds=1)) -> Sequencer:
        """Return one that looks at the clock at moments this far *apart*."""
        clock = iter(START + n * apart for n in range(10_000))
        return Sequencer(
            sequencing=self.database.sequencing,
            key=KEY,
            outside=self.outside,
            system_now=lambda: next(clock),
            say=lambda event, **about: self.says.append(f"{event} {about.get('kind')}"),
        )

    def grow(self, by: int) -> None:
        first, self.n = self.n + 1, self.n + by
        self.database.store.append([opening(review(n)) for n in range(first, self.n + 1)])

    def do(self, statement: str) -> None:
        as_administrator(self.owner_url, statement)

    def signed_truly(self) -> int:
        """Return how much is signed, once it is seen that this is what there is."""
        saved = self.database.sequencing.last_checkpoint()
        assert saved is not None
        leaves = [leaf for _, leaf in self.database.sequencing.leaves(0, saved.size)]
        signed = open_checkpoint(saved.note, PUBLIC, KEY.verify)
        assert (signed.size, signed.root) == (saved.size, root_of(leaves)) == saved[:2]
        assert self.outside.last(is_first=False) == saved.note
        return saved.size


@pytest.fixture
def log(database: Database, request: pytest.FixtureRequest, tmp_path: Path) -> Signed:
    owner = (
        request.getfixturevalue("workflow_urls").owner
        if database.is_postgres
        else f"sqlite:///{request.getfixturevalue('sqlite_file')}"
    )
    made = Signed(database, owner, CheckpointFile(tmp_path / "outside", PUBLIC.name))
    sequencer = made.sequencer()
    for by in (5, 18, 20):
        made.grow(by)
        sequencer.step()
    assert made.signed_truly() == 43
    return made


def test_each_checkpoint_grows_out_of_the_last(log: Signed):
    log.grow(3)
    log.sequencer().step()
    assert log.signed_truly() == 46
    assert log.sequencer().sign_if_due() is None  # another that finds nothing to do
    assert log.signed_truly() == 46


def test_checkpoints_are_a_second_apart_however_fast_the_log_grows(log: Signed):
    sequencer, sizes = log.sequencer(apart=timedelta(milliseconds=400)), list[int]()
    for _ in range(7):  # at 0.0, 0.4, 0.8, 1.2 … seconds
        log.grow(1)
        sequencer.step()
        sizes.append(log.signed_truly())
    assert sizes == [44, 44, 44, 47, 47, 47, 50]


DAMAGE = {
    "a node": "UPDATE log_node SET hash = '12345678901234567890123456789012' WHERE idx = 0",
    "no node": "DELETE FROM log_node WHERE idx = 1",
    "a leaf": "UPDATE log_entry SET leaf_hash = '12345678901234567890123456789012'"
    " WHERE position = 43",
    "a short leaf": "UPDATE log_entry SET leaf_hash = '1' WHERE position = 43",
    "a position": "UPDATE log_entry SET position = 1043 WHERE position = 43",
    "a note": "UPDATE checkpoint SET note = 'x' WHERE size = 43",
    "a root": "UPDATE checkpoint SET root = '1' WHERE size = 43",
    "a size": "UPDATE checkpoint SET size = 44 WHERE size = 43",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_nothing_is_signed_out_of_what_is_damaged_while_positions_go_on(log: Signed, damage: str):
    log.do(damage)
    log.grow(2)
    kept, sequencer = log.outside.last(is_first=False), log.sequencer()
    assert sequencer.positions.attempt() == 2
    assert sequencer.signing.attempt() is None
    assert log.says == ["duty_in_trouble TREE_DAMAGED"]
    assert log.outside.last(is_first=False) == kept
    assert log.database.reads.log_head().pending == 0


def test_a_checkpoint_that_was_kept_outside_but_not_saved_is_gone_on_from(log: Signed):
    log.do("DELETE FROM checkpoint WHERE size = 43")
    log.grow(1)
    log.sequencer().step()
    assert log.signed_truly() == 44


def test_a_log_that_falls_behind_while_it_is_served_is_not_signed(log: Signed):
    log.do("DELETE FROM checkpoint WHERE size = 43")
    log.do("DELETE FROM log_entry WHERE position > 30")
    with pytest.raises(LogForked, match="43 were signed"):
        log.sequencer().sign_if_due()
    log.do("UPDATE log_entry SET leaf_hash = '1' WHERE position = 25")
    log.grow(20)
    with pytest.raises(LogForked, match="not those that were signed"):
        log.sequencer().step()


def test_what_could_not_be_signed_for_long_is_signed_in_strides(
    log: Signed, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sequencing, "_MOST_TO_SIGN", 4)
    monkeypatch.setattr(sequencing, "_LEAVES_AT_ONCE", 3)
    log.grow(10)
    sequencer = log.sequencer()
    sizes = [sequencer.step() or log.signed_truly() for _ in range(4)]
    assert sizes == [10, 51, 53, 53]


def test_a_start_tells_a_damaged_cache_from_another_log(log: Signed):
    require = lambda: require_unforked(log.database.sequencing, KEY, log.outside)  # noqa: E731
    assert require() is None
    log.do("UPDATE log_node SET hash = '12345678901234567890123456789012'")
    assert "audit rebuild" in require()
    log.do("DELETE FROM log_node")
    assert "audit rebuild" in require()
    log.do("UPDATE log_entry SET leaf_hash = '12345678901234567890123456789012' WHERE position=3")
    with pytest.raises(LogForked, match="audit verify"):
        require()
    log.do("DELETE FROM log_entry WHERE position = 3")
    with pytest.raises(LogForked, match="audit verify"):
        require()


class Failing:
    """A place outside where nothing can be kept for a while."""

    place = "nowhere"

    def __init__(self, outside: CheckpointFile, stop: threading.Event) -> None:
        self._outside, self._stop = outside, stop
        self.errors: list[Exception] = [OSError(errno.ENOSPC, "full"), RuntimeError("unforeseen")]

    def last(self, *, is_first: bool) -> str | None:
        return self._outside.last(is_first=is_first)

    def append(self, note: str, *, is_first: bool) -> None:
        if self.errors:
            raise self.errors.pop()
        self._outside.append(note, is_first=is_first)
        self._stop.set()


class Interrupted:
    """A place outside that is reached when something else has happened *meanwhile*."""

    place = "elsewhere"

    def __init__(self, outside: CheckpointFile, meanwhile: Callable[[], object]) -> None:
        self._outside, self._meanwhile = outside, meanwhile

    def last(self, *, is_first: bool) -> str | None:
        return self._outside.last(is_first=is_first)

    def append(self, note: str, *, is_first: bool) -> None:
        self._meanwhile()
        self._outside.append(note, is_first=is_first)
        self._meanwhile()


@pytest.mark.parametrize("database", [POSTGRES], indirect=True)  # on SQLite nobody stands by
def test_of_two_sequencers_one_signs_at_a_time(log: Signed):
    one, standby, signed = log.sequencer(), log.sequencer(), list[int]()

    def meanwhile() -> None:
        log.grow(1)
        standby.positions.attempt()
        standby.signing.attempt()
        signed.append(log.database.sequencing.last_checkpoint().size)

    one._outside = Interrupted(log.outside, meanwhile)
    log.grow(1)
    one.step()
    assert (signed, log.signed_truly()) == ([43, 43], 44)
    standby.step()
    assert (log.says, log.signed_truly()) == ([], 46)


def test_the_sequencer_outlives_what_nobody_foresaw(log: Signed):
    stop, sequencer = threading.Event(), log.sequencer()
    sequencer._outside = Failing(log.outside, stop)
    log.grow(3)
    sequencer.run(stop)
    assert log.signed_truly() == 46
    assert log.says == [
        "duty_in_trouble RuntimeError",
        f"duty_in_trouble OSError[{errno.ENOSPC}]",
        "duty_goes_on None",
    ]
