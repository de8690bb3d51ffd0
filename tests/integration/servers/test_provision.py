"""What brings the servers says which step failed, and how to go on."""

import os
import subprocess
import sys
from pathlib import Path

from deploy.running import ROOT

FAILING = "#!/bin/sh\necho E: the server is away\nexit 100\n"
SUDO = '#!/bin/sh\nshift\nexec "$@"\n'


def program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def test_a_step_that_fails_says_which_and_how_to_go_on(tmp_path: Path) -> None:
    program(tmp_path / "apt-get", FAILING)
    program(tmp_path / "sudo", SUDO)
    for name in ("env", "true"):
        (tmp_path / name).symlink_to(f"/usr/bin/{name}")
    done = subprocess.run(
        [sys.executable, "-m", "deploy.provision", "browser"],
        cwd=ROOT,
        env={**os.environ, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "E: the server is away\nprovision: apt-get update failed, see above." in done.stdout
    assert "provision: apt-get install chromium" in done.stdout
    assert "Then run this again" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("missing: chromium")
