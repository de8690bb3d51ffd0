"""The file of checkpoints: whole notes are kept, a torn one is taken off, nothing else is cut."""

from pathlib import Path
from random import Random

import pytest

from schemas.checkpoint import sign_checkpoint
from services.workflow.adapters.files.checkpoint_file import NAME, CheckpointFile, NoCheckpoints
from services.workflow.audit.ed25519 import load_signer, new_key

KEY, SIGN = load_signer(new_key("滨江.example/log")[0])
RANDOM = Random(1).randbytes(3000)  # noqa: S311 -- any bytes


def note(size: int) -> str:
    return sign_checkpoint(KEY.name, size, bytes([size]) * 32, KEY, SIGN)


ONE, TWO = note(1), note(2)


@pytest.fixture
def kept(tmp_path: Path) -> CheckpointFile:
    return CheckpointFile(tmp_path / "outside", KEY.name)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "outside").mkdir()
    return tmp_path / "outside" / NAME


def test_notes_are_appended_and_the_newest_is_told(kept: CheckpointFile, tmp_path: Path):
    assert kept.last(is_first=True) is None
    kept.append(ONE, is_first=True)
    kept.append(TWO, is_first=False)
    kept.append(TWO, is_first=False)  # again, after a failure elsewhere
    assert kept.last(is_first=False) == TWO
    assert (tmp_path / "outside" / NAME).read_text() == f"{ONE}\n{TWO}\n"


@pytest.mark.parametrize("n", range(0, len(ONE.encode()), 7))
def test_a_torn_note_is_taken_off_wherever_it_was_torn(kept: CheckpointFile, file: Path, n: int):
    torn = TWO.encode()[:n]
    file.write_bytes(f"{ONE}\n".encode() + torn)
    assert kept.last(is_first=False) == ONE
    kept.append(TWO, is_first=False)
    assert file.read_text() == f"{ONE}\n{TWO}\n"
    file.write_bytes(torn)  # of the very first one
    assert kept.last(is_first=not torn) is None
    kept.append(ONE, is_first=not torn)
    assert file.read_text() == f"{ONE}\n"


@pytest.mark.parametrize("data", [None, b""], ids=["no-file", "empty"])
def test_nothing_is_no_beginning_where_checkpoints_were_kept(
    kept: CheckpointFile, file: Path, data: bytes | None
):
    if data is not None:
        file.write_bytes(data)
    for ask in (kept.last, lambda **how: kept.append(ONE, **how)):
        with pytest.raises(NoCheckpoints, match="audit checkpoint adopt"):
            ask(is_first=False)
    assert (file.read_bytes() if file.exists() else None) == data


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize(
    "data",
    [
        RANDOM,
        ONE.encode() + b"\n" + RANDOM,
        RANDOM * 30 + ONE.encode(),
        RANDOM * 30,
        b"other.example/log\n7\n",
        ONE.encode()[:60] + b"x" * 2000,
    ],
    ids=["random", "after-a-note", "before-a-note", "many", "another-log", "too-long"],
)
def test_what_is_no_checkpoint_is_refused_and_left_untouched(
    kept: CheckpointFile, file: Path, data: bytes, is_first: bool
):
    file.write_bytes(data)
    for ask in (kept.last, lambda **how: kept.append(TWO, **how)):
        with pytest.raises(NoCheckpoints, match="something else"):
            ask(is_first=is_first)
    assert file.read_bytes() == data


def test_a_folder_that_is_gone_is_not_begun_anew(kept: CheckpointFile, tmp_path: Path):
    kept.append(ONE, is_first=True)
    (tmp_path / "outside").rename(tmp_path / "unmounted")
    with pytest.raises(NoCheckpoints):
        kept.append(TWO, is_first=False)
    (tmp_path / "unmounted").rename(tmp_path / "outside")
    kept.append(TWO, is_first=False)
    assert kept.last(is_first=False) == TWO


def test_a_note_that_a_witness_signed_as_well_is_one_note(kept: CheckpointFile, file: Path):
    witnessed = f"{ONE}\N{EM DASH} witness AAAAAAAA\n"
    file.write_text(f"{witnessed}\n")
    assert kept.last(is_first=False) == witnessed
