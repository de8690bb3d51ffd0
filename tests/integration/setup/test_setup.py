"""`make setup` on a bare machine, with Debian 12's installer, and what it says when it fails."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
OF_DEBIAN_12 = "23.0.1"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The files that a set-up reads, and an empty environment with the old installer."""
    for name in ("pyproject.toml", "requirements.lock", "requirements-dev.lock", "deploy/setup.sh"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    subprocess.run([sys.executable, "-m", "venv", tmp_path / ".venv"], check=True)
    python = tmp_path / ".venv/bin/python"
    quiet = ["-m", "pip", "install", "-q", "--disable-pip-version-check"]
    subprocess.run([python, *quiet, f"pip=={OF_DEBIAN_12}"], check=True)
    return tmp_path


def setup(checkout: Path, which: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [checkout / "deploy/setup.sh", which],
        env={**os.environ, "HOME": str(checkout / "home")},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.timeout(900)
def test_both_lists_install_into_an_empty_environment(checkout: Path):
    for which in ("runtime", "dev", "dev"):
        done = setup(checkout, which)
        assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == ""  # up to date: nothing to do, nothing to say
    python = checkout / ".venv/bin/python"
    version = subprocess.check_output([python, "-m", "pip", "--version"], text=True)
    assert version.split()[1] == OF_DEBIAN_12
    subprocess.run([python, "-c", "import flask, psycopg, kafka, pytest"], check=True)


def test_a_package_that_cannot_be_had_is_named_with_the_way_to_go_on(checkout: Path):
    lock = checkout / "requirements.lock"
    lock.write_text(f"flask==0.0.1 --hash=sha256:{'0' * 64}\n")
    done = setup(checkout, "runtime")
    assert done.returncode == 1
    assert "flask==0.0.1" in done.stderr
    assert "setup: installing from requirements.lock failed" in done.stderr
    assert "run this again" in done.stderr


def test_a_list_that_lacks_something_is_found_out_and_not_taken_for_done(checkout: Path):
    lock = checkout / "requirements.lock"
    found = re.search(r"^jinja2==[^#]+", lock.read_text(), re.MULTILINE)
    assert found is not None
    lock.write_text(found[0])
    for _ in range(2):
        done = setup(checkout, "runtime")
        assert done.returncode == 1
        assert "requires markupsafe, which is not installed" in done.stderr
        assert "setup: pip check failed" in done.stderr
