"""What is kept outside the database: lost, foreign, torn or of another log; and the way out."""

from pathlib import Path
from random import Random

import pytest

from schemas.checkpoint import split_notes
from schemas.merkle import leaf_hash
from tests.integration.audit.conftest import Tampered
from tests.integration.audit.test_tampering import cut_the_tail, edited

RANDOM = Random(2).randbytes(3000)  # noqa: S311 -- any bytes


def file_of(log: Tampered) -> Path:
    return log.folder / "checkpoints" / "checkpoints.txt"


def lose(log: Tampered, data: bytes | None) -> None:
    file_of(log).unlink()
    if data is not None:
        file_of(log).write_bytes(data)


@pytest.mark.parametrize("data", [None, b"", RANDOM], ids=["no-file", "nothing", "random"])
def test_lost_checkpoints_stop_a_start_until_they_are_adopted(
    log: Tampered, data: bytes | None
) -> None:
    lose(log, data)
    status, told = log.run("sequence")
    assert status == 1
    assert "audit checkpoint adopt" in str(told)
    assert (file_of(log).read_bytes() if file_of(log).exists() else None) == data
    size = log.do("SELECT max(size) FROM checkpoint")[0][0]
    status, told = log.run("audit", "checkpoint", "adopt")
    assert (status, told["size"]) == (0, size)
    assert log.found("--checkpoint", str(file_of(log))) == set()
    aside = None if told["aside"] is None else Path(told["aside"]).read_bytes()
    assert aside == data
    assert log.continues()


def test_a_log_that_is_not_whole_is_not_adopted(log: Tampered) -> None:
    edited(log, log.position("submit"))
    lose(log, b"")
    status, told = log.run("audit", "checkpoint", "adopt")
    assert status == 1
    assert "LEAF_MISMATCH" in {one["code"] for one in told["findings"]}
    assert file_of(log).read_bytes() == b""


def test_what_this_key_signed_is_not_adopted_away(log: Tampered) -> None:
    cut_the_tail(log)
    kept = file_of(log).read_bytes()
    status, told = log.run("audit", "checkpoint", "adopt")
    assert (status, {one["code"] for one in told["findings"]}) == (1, {"OUTSIDE_AHEAD"})
    assert file_of(log).read_bytes() == kept
    copy = log.folder / "auditor.txt"
    file_of(log).rename(copy)  # knowingly, but the auditors have theirs
    assert log.run("audit", "checkpoint", "adopt", "--checkpoint", str(copy))[0] == 1
    assert log.run("audit", "checkpoint", "adopt")[0] == 0
    assert log.continues()


def test_the_torn_beginning_of_one_note_is_none_yet(log: Tampered) -> None:
    lose(log, file_of(log).read_bytes()[:30])
    assert log.continues()


@pytest.mark.parametrize("n_whole", [0, 1])
def test_a_log_is_behind_a_torn_note_too_that_tells_its_size(log: Tampered, n_whole: int) -> None:
    notes = split_notes(file_of(log).read_text())
    cut_the_tail(log)
    torn = notes[-1].rpartition("\N{EM DASH}")[0]
    file_of(log).write_text("".join(f"{note}\n" for note in notes[:n_whole]) + torn)
    status, told = log.run("sequence")
    assert status == 1
    assert "was signed" in str(told)


@pytest.mark.parametrize("data", [b"", b"\n", b"rubbish\n", RANDOM, None])
@pytest.mark.parametrize("command", [("verify",), ("checkpoint", "adopt")])
def test_a_file_without_a_checkpoint_is_a_misuse(
    log: Tampered, data: bytes | None, command: tuple[str, ...]
) -> None:
    file = log.folder / "given.txt"
    if data is not None:
        file.write_bytes(data)
    assert log.run("audit", *command, "--checkpoint", str(file))[0] == 2


def broken_for_good(log: Tampered) -> tuple[int, str]:
    """Put an event of before the gate at the log's end, signed by nobody yet."""
    position = log.do("SELECT max(position) FROM log_entry")[0][0]
    body = log.body(position).replace(b'"effective_at":"2020', b'"effective_at":"2101')
    log.rewrite(position, body)
    leaf = leaf_hash(body)
    log.do("UPDATE log_entry SET leaf_hash = :leaf WHERE position = :p", leaf=leaf, p=position)
    return position, leaf.hex()


def codes(told: dict) -> set[str]:
    return {one["code"] for one in told["findings"]}


def test_an_event_that_breaks_its_schema_is_found_unless_it_is_known_exactly(
    log: Tampered, tmp_path: Path
) -> None:
    position, leaf = broken_for_good(log)
    status, told = log.run("audit", "verify")
    assert status == 1
    assert "SCHEMA_OLD" in codes(told)
    known = tmp_path / "known.txt"
    known.write_text(f"# of the year 2101\n{position} {leaf}\n")
    _, told = log.run("audit", "verify", "--known", str(known))
    assert "SCHEMA_OLD" not in codes(told)
    assert told["known"] == 1
    for other in (f"{position} {'0' * 64}", f"1 {leaf}", f"{position} {leaf}\n1 {leaf}", "x"):
        known.write_text(other)
        assert log.run("audit", "verify", "--known", str(known))[0] == 2
