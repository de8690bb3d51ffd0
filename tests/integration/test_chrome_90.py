"""What Chrome 90 cannot read is refused before it reaches a page. Needs npm, as CI has it."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHECK = ROOT / "deploy/browsers/check.sh"

pytestmark = pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")


def check(*files: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([CHECK, *files], capture_output=True, text=True, check=False)


def test_styles_and_scripts_of_the_pages_are_what_chrome_90_reads():
    found = check()
    assert (found.returncode, found.stdout) == (0, "")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("has.css", "a:has(b) { color: red; }"),
        ("nested.css", "a { & b { color: red; } }"),
        ("nested-bare.css", "a { .b { color: red; } }"),
        ("container.css", "@container (min-width: 1px) { a { color: red; } }"),
        ("unit.css", "a { height: 1dvh; }"),
        ("static-block.js", "class A { static { A.b = 1; } }"),
        ("private-in.js", "class A { #b; has(c) { return #b in c; } }"),
        ("clone.js", "structuredClone({});"),
    ],
)
def test_what_is_newer_is_refused(tmp_path: Path, name: str, text: str):
    (tmp_path / name).write_text(text, encoding="utf-8")
    found = check(tmp_path / name)
    assert found.returncode == 1, found.stdout + found.stderr


@pytest.mark.parametrize(
    ("name", "text"),
    [("grid.css", "a { display: grid; }"), ("assigned.js", "var a = null; a ??= 1;")],
)
def test_what_it_reads_is_not_refused(tmp_path: Path, name: str, text: str):
    (tmp_path / name).write_text(text, encoding="utf-8")
    found = check(tmp_path / name)
    assert found.returncode == 0, found.stdout + found.stderr
