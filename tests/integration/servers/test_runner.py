"""The runner of `make test` leaves no process and no file, however it ends."""

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from deploy.test import LIMIT_S

ROOT = Path(__file__).parents[3]
PATIENCE_S = 180  # a slow machine is no failure
MESSY = """
import os, subprocess, tempfile, time
from pathlib import Path

def test_that_leaves_things_behind():
    orphan = subprocess.Popen(["setsid", "sleep", "1000"])
    left = {"pid": str(orphan.pid), "folder": tempfile.mkdtemp()}
    for name, value in left.items():
        Path(__file__).with_name(name + ".new").write_text(value)
        Path(__file__).with_name(name + ".new").rename(Path(__file__).with_name(name))
    orphan.returncode = 0  # forgotten
    time.sleep(NAP_S)
"""


def start(folder: Path, nap_s: int) -> "subprocess.Popen[bytes]":
    (folder / "test_messy.py").write_text(MESSY.replace("NAP_S", str(nap_s)))
    command = [sys.executable, "-m", "deploy.test", "-q", str(folder / "test_messy.py")]
    with (folder / "said").open("wb") as said:
        return subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=subprocess.STDOUT)


def assert_nothing_stays(folder: Path) -> None:
    assert not Path("/proc", (folder / "pid").read_text()).exists()
    assert not Path((folder / "folder").read_text()).exists()


def test_what_a_test_leaves_is_ended_and_removed(tmp_path: Path) -> None:
    assert start(tmp_path, nap_s=0).wait(PATIENCE_S) == 0
    assert_nothing_stays(tmp_path)


def test_no_limit_of_its_own_ends_a_run_before_an_hour() -> None:
    assert LIMIT_S >= 60 * 60


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_interrupted_run_leaves_nothing_and_says_what_was_running(
    tmp_path: Path, number: signal.Signals
) -> None:
    runner = start(tmp_path, nap_s=100)
    while not (tmp_path / "folder").exists():
        time.sleep(0.05)
    runner.send_signal(number)
    assert runner.wait(PATIENCE_S) == 130
    said = (tmp_path / "said").read_text()
    assert re.search("while running .*::test_that_leaves_things_behind", said), said
    assert_nothing_stays(tmp_path)
