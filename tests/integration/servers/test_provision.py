"""What brings the servers says which step failed, and how to go on."""

import os
import subprocess
import sys
from pathlib import Path

from deploy.running import ROOT

FAILING = "#!/bin/sh\necho E: the server is away\nexit 100\n"
# Says what it was called with, and does nothing; the real one would touch this machine.
RECORDING = '#!/bin/sh\necho "${0##*/} $*" >> "$CALLS"\n'
INSTALLING = (
    RECORDING
    + """
case "$*" in *" install "*)
  for name in prometheus promtool; do : > "$BIN/$name"; /bin/chmod 755 "$BIN/$name"; done;;
esac
"""
)
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


def brought_alerts(folder: Path, apt_get: str, *others: str) -> tuple[int, list[str]]:
    """Bring what judges alarms, with *others* on the path; return the exit and what was called."""
    program(folder / "apt-get", apt_get)
    program(folder / "sudo", SUDO)
    for name in ("sh", "rm", *others):
        program(folder / name, RECORDING)
    for name in ("env", "true"):
        (folder / name).symlink_to(f"/usr/bin/{name}")
    calls = folder / "calls"
    calls.touch()
    done = subprocess.run(
        [sys.executable, "-m", "deploy.provision", "alerts"],
        cwd=ROOT,
        env={**os.environ, "PATH": str(folder), "BIN": str(folder), "CALLS": str(calls)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, calls.read_text().splitlines()


def test_a_service_that_a_package_brings_does_not_start_at_the_next_boot(tmp_path: Path) -> None:
    code, calls = brought_alerts(tmp_path, INSTALLING, "systemctl")
    assert code == 0
    disabled = calls.index("systemctl disable prometheus.service")
    (installed,) = [n for n, call in enumerate(calls) if call.endswith(" prometheus")]
    assert installed < disabled


def test_a_machine_without_systemd_is_left_as_it_is(tmp_path: Path) -> None:
    code, calls = brought_alerts(tmp_path, INSTALLING)
    assert (code, [one for one in calls if "systemctl" in one]) == (0, [])


def test_what_was_not_installed_is_not_disabled(tmp_path: Path) -> None:
    code, calls = brought_alerts(tmp_path, FAILING, "systemctl")
    assert (code, [one for one in calls if "systemctl" in one]) == (1, [])
