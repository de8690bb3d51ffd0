"""Run all tests on real servers and leave nothing behind: python -m deploy.test [pytest arguments].

The long stories of `make drills` are tests like the others, in a folder that is left out unless it
is named: python -m deploy.test tests/drills.

Two things make that sure, however the run ends: all temporary files lie in one folder, and this
process adopts every orphan below it (Linux calls it a subreaper), so it can end them all.
Standard library only.

Two processes of tests run side by side, each with servers of its own: `tests/conftest.py` makes
them per session, and each process is one. A file of tests stays together, for what it shares.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from deploy.provision import provision

ROOT = Path(__file__).parent.parent
LIMIT_S = 60 * 60  # a run that hangs ends here; a slow machine does not come near
_SIDE_BY_SIDE = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
_MARKED = frozenset({"postgres", "kafka", "browser"})  # the others are looked for by their tests
_PR_SET_CHILD_SUBREAPER = 36
_TEARDOWN_S = 30  # for pytest, once interrupted, to stop the servers it started
_GRACE_S = 3  # for what is left after pytest to end by itself


class Interrupted(Exception):
    """Somebody asked us to end; the text is the signal's name."""


def main(arguments: list[str]) -> int:
    """Bring the servers, run pytest, clean up; return its exit status."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    folder = Path(tempfile.mkdtemp(prefix="shuping-"))
    folder.chmod(0o711)  # PostgreSQL's user has to reach its own folder inside
    try:
        return _run(_options(), arguments, folder)
    except Interrupted as signal_name:
        print(f"ended by {signal_name}", flush=True)
        return 130
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        _end_everything_below()
        shutil.rmtree(folder, ignore_errors=True)


def _options() -> list[str]:
    """Return the options that leave out what cannot run here, and say so; in CI all has to run."""
    failures = provision(["postgres", "kafka", "browser", "printing", "pdf", "alerts", "mail"])
    if not failures:
        return []
    needed = " ".join(sorted(set(" ".join(failures.values()).split())))
    if os.environ.get("CI"):
        print(f"missing: {needed}", flush=True)
        return []
    marked = [name for name in failures if name in _MARKED]
    print(f"missing: {needed}; left out: tests of {', '.join(failures)}", flush=True)
    return ["-m", " and ".join(f"not {name}" for name in marked)] if marked else []


def _run(options: list[str], arguments: list[str], folder: Path) -> int:
    """Run pytest with *folder* as its temporary folder; return its exit status."""
    told = ("-p", "deploy.unfinished")
    command = [sys.executable, "-m", "pytest", *told, *_SIDE_BY_SIDE, *options, *arguments]
    # Told of our death, should it be a kill -9: an interrupted pytest stops its servers.
    tests = subprocess.Popen(
        ["setpriv", "--pdeathsig=INT", "--", *_mounting(), *command],
        cwd=ROOT,
        env=_environment(folder),
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C comes to us alone, and from us
    )
    try:
        return tests.wait(LIMIT_S)
    except subprocess.TimeoutExpired:
        print(f"not done after {LIMIT_S // 60} minutes", flush=True)
        return 124
    finally:
        if tests.poll() is None:
            tests.send_signal(signal.SIGINT)
            try:
                tests.wait(_TEARDOWN_S)
            except subprocess.TimeoutExpired:
                tests.kill()


def _environment(folder: Path) -> dict[str, str]:
    """Return ours, with all that is written in *folder*; what is compiled is so once a run.

    Tests start hundreds of processes, each of which would compile the whole product anew where
    bytecode may not be written.
    """
    kept = {name: said for name, said in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {"PYTHONPYCACHEPREFIX": str(folder / "bytecode"), **kept, "TMPDIR": str(folder)}


def _mounting() -> list[str]:
    """Return what gives tests mounts of their own, which end with them, where that is allowed."""
    private = ["unshare", "--mount", "--"]
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        return []
    tried = subprocess.run([*private, "true"], capture_output=True, check=False)
    return private if tried.returncode == 0 else []


def _end_everything_below() -> None:
    """End every descendant; name those that had to be killed."""
    deadline = time.monotonic() + _GRACE_S
    while (left := list(_descendants(os.getpid()))) and time.monotonic() < deadline:
        _reap()
        time.sleep(0.05)
    if left:
        print(f"killed what tests left running: {', '.join(map(_name, left))}", flush=True)
    while left:
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        _reap()
        time.sleep(0.05)
        left = list(_descendants(os.getpid()))


def _descendants(ancestor: int) -> Iterator[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                # "pid (name) state parent …", and a name may hold spaces and brackets.
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue  # it ended meanwhile
            children.setdefault(parent, []).append(int(entry.name))
    level = children.get(ancestor, [])
    while level:
        yield from level
        level = [grandchild for child in level for grandchild in children.get(child, [])]


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return str(pid)


def _interrupt(number: int, _frame: FrameType | None) -> None:
    raise Interrupted(signal.Signals(number).name)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
