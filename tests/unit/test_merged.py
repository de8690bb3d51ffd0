"""What was merged was merged: no file keeps both sides of a conflict."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
MARK = re.compile(rb"^(<{7}|>{7}) ", re.MULTILINE)


def test_no_file_keeps_both_sides_of_a_conflict():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    files = (ROOT / name.decode() for name in listed.stdout.split(b"\0") if name)
    assert [one for one in files if one.is_file() and MARK.search(one.read_bytes())] == []
