"""Debian's dovecot with one mailbox, over TLS only, on loopback.

It drops root's rights before it starts: all of it runs as one user that owns nothing else.
"""

import getpass
import grp
import os
import pwd
import shutil
import socket
import tempfile
import time
from pathlib import Path
from typing import Self

from deploy.servers.ports import free_ports
from deploy.servers.processes import CouldNotStart, ServerProcess

PROGRAM = "/usr/sbin/dovecot"
USER, PASSWORD = "bounces", "a password of the tests"
_AS_ROOT = "daemon"  # which every Debian has, with a group of its own
_PATIENCE_S = 60.0  # a slow machine is no failure
_CONFIG = """
protocols = imap
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
auth_verbose = yes
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
first_valid_gid = 1
ssl = required
ssl_cert = <{certificate}
ssl_key = <{key}
ssl_min_protocol = TLSv1.2
mail_location = maildir:{folder}/mail
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/passwords
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
"""


class Dovecot:
    """Serves the mailbox of USER; *certificate* and *key* are files that are copied."""

    def __init__(self, certificate: Path, key: Path) -> None:
        self._files = certificate, key
        self.port, self.tls_port = free_ports(2)
        self._folder = Path(tempfile.mkdtemp(prefix="imap-"))
        self._server: ServerProcess | None = None
        self._n_letters = 0

    def start(self) -> Self:
        """Start it, and return when it listens.

        Raises:
            CouldNotStart
        """
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End it, and take its mailbox away."""
        if self._server is not None:
            self._server.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def deliver(self, letter: bytes) -> None:
        """Put *letter* into the mailbox, as who delivers does: whole, or not at all."""
        self._n_letters += 1
        name = f"{self._n_letters:06}.letter"
        written = self._folder / "mail" / "tmp" / name
        written.write_bytes(letter)
        self._give(written)
        written.rename(self._folder / "mail" / "new" / name)

    def seen(self) -> int:
        """Return how many letters are marked as read."""
        letters = (self._folder / "mail" / "cur").iterdir()
        return sum("S" in one.name.partition(":2,")[2] for one in letters)

    def _start(self) -> None:
        if not Path(PROGRAM).exists():
            raise CouldNotStart("dovecot is not installed (Debian: dovecot-imapd)")
        user = _AS_ROOT if os.geteuid() == 0 else getpass.getuser()
        account = pwd.getpwnam(user)
        for name in ("run", "mail/new", "mail/cur", "mail/tmp"):
            (self._folder / name).mkdir(parents=True)
        certificate, key = (Path(shutil.copy(one, self._folder)) for one in self._files)
        (self._folder / "passwords").write_text(f"{USER}:{PASSWORD}\n")
        config = self._folder / "dovecot.conf"
        config.write_text(
            _CONFIG.format(
                folder=self._folder,
                user=user,
                group=grp.getgrgid(account.pw_gid).gr_name,
                certificate=certificate,
                key=key,
                port=self.port,
                tls_port=self.tls_port,
            )
        )
        for path in (self._folder, *self._folder.rglob("*")):
            self._give(path)
        output = self._folder / "output"
        self._server = ServerProcess([PROGRAM, "-F", "-c", str(config)], output, "")
        as_user = user if os.geteuid() == 0 else None
        self._server.launch(directory=self._folder, user=as_user)
        self._wait(output)

    def _wait(self, output: Path) -> None:
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.tls_port)) == 0:
                    return
            if self._server is not None and not self._server.alive:
                break
            time.sleep(0.05)
        log = self._folder / "dovecot.log"
        told = output.read_text() + (log.read_text() if log.exists() else "")
        raise CouldNotStart(f"dovecot does not listen\n{told[-2000:]}")

    def _give(self, path: Path) -> None:
        if os.geteuid() == 0:
            account = pwd.getpwnam(_AS_ROOT)
            os.chown(path, account.pw_uid, account.pw_gid)
