"""One server process: started with its output in a file, awaited by a line there, stopped.

`setpriv --pdeathsig` makes the kernel end the server when its parent is gone; it also drops
root's rights in place, without a process of its own in between (su and runuser keep one).
"""

import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

_PATIENCE_S = 180.0  # a slow machine is no failure


class CouldNotStart(Exception):
    """A server did not come up; the text ends with the last lines it wrote."""


class ServerProcess:
    """A child that writes to *log* and says *ready_line* there once it can be used."""

    def __init__(self, command: list[str], log: Path, ready_line: str) -> None:
        self._command = command
        self._log = log
        self._ready_line = ready_line
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id; only after `launch`."""
        if self._child is None:
            raise RuntimeError("the server was not launched")
        return self._child.pid

    def launch(
        self,
        *,
        directory: Path,
        user: str | None = None,
        environment: Mapping[str, str] | None = None,
        death_signal: str = "TERM",
    ) -> None:
        """Start the process and return at once; *user* is an OS user, if we are root."""
        as_user = [f"--reuid={user}", f"--regid={user}", "--init-groups"] if user else []
        with self._log.open("wb") as output:
            self._child = subprocess.Popen(
                ["setpriv", f"--pdeathsig={death_signal}", *as_user, "--", *self._command],
                cwd=directory,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # A group of its own: Ctrl-C in the terminal goes to the caller, who stops us.
                start_new_session=True,
            )

    def wait_until_ready(self, timeout_s: float = _PATIENCE_S) -> None:
        """Return when the ready line is in the log.

        Raises:
            CouldNotStart: the process ended, or the line did not come in time.
        """
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if self._ready_line in self._read_log():
                return
            if not self.alive:
                break
            time.sleep(0.05)
        tail = "\n".join(self._read_log().splitlines()[-30:])
        raise CouldNotStart(f"{self._command[0]} did not say {self._ready_line!r}\n{tail}")

    @property
    def alive(self) -> bool:
        """Whether the process runs (stopped by SIGSTOP counts as running)."""
        return self._child is not None and self._child.poll() is None

    def send(self, number: signal.Signals) -> None:
        """Send a signal, if the process is there."""
        if self._child is not None and self._child.poll() is None:
            self._child.send_signal(number)

    def kill(self) -> None:
        """End it at once, as a power cut would; return when it is gone, and its port free."""
        self.send(signal.SIGKILL)
        self._reap(_PATIENCE_S)

    def stop(self, number: signal.Signals = signal.SIGTERM, timeout_s: float = 10) -> None:
        """Ask it to end; after *timeout_s* make it end."""
        self.send(number)
        if not self._reap(timeout_s):
            self.kill()

    def _reap(self, timeout_s: float) -> bool:
        if self._child is None:
            return True
        try:
            self._child.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _read_log(self) -> str:
        return self._log.read_text(errors="replace")
