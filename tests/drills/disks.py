"""Small file systems that can be filled and made read-only; they need the right to mount."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_PIECES = (1 << 20, 4096)


@contextmanager
def small_disk(place: Path, megabytes: int) -> Iterator[Path]:
    """Mount a file system of *megabytes* at *place*; leave the drill out where we may not."""
    place.mkdir(parents=True, exist_ok=True)
    size = f"size={megabytes}m,mode=711"
    if os.geteuid() != 0:
        pytest.skip("left out: only root can mount a small file system")
    mounted = _run("mount", "-t", "tmpfs", "-o", size, "tmpfs", str(place))
    if mounted.returncode != 0:
        pytest.skip(f"left out: no file system can be mounted here: {mounted.stderr.strip()}")
    try:
        yield place
    finally:
        _run("umount", "--lazy", str(place))


@contextmanager
def full(disk: Path) -> Iterator[None]:
    """Fill *disk* to the last page, and make room again at the end."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for piece in _PIECES:
            try:
                while file.write(bytes(piece)) == piece:
                    pass
            except OSError:
                continue
    try:
        yield
    finally:
        ballast.unlink()


@contextmanager
def read_only(disk: Path) -> Iterator[None]:
    """Let nobody write to *disk*, root included."""
    _run("mount", "-o", "remount,ro", str(disk)).check_returncode()
    try:
        yield
    finally:
        _run("mount", "-o", "remount,rw", str(disk)).check_returncode()


def _run(*command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, capture_output=True, text=True, check=False)
