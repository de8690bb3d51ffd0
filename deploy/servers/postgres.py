"""A PostgreSQL server of our own: fresh data directory, free port, each service's two roles.

Never the cluster of the distribution: what runs on port 5432 may be somebody's.
"""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString, Self

import psycopg
from psycopg import sql

from deploy.servers.ports import free_port
from deploy.servers.processes import CouldNotStart, ServerProcess


@dataclass(frozen=True, slots=True)
class Roles:
    """A service's two roles: one owns its database and migrates it, the other works in it."""

    owner: str
    app: str


WORKFLOW = Roles("shuping_owner", "shuping_app")
NOTIFIER = Roles("shuping_notifier_owner", "shuping_notifier")
OWNER, APP = WORKFLOW.owner, WORKFLOW.app
OS_USER = "postgres"  # PostgreSQL refuses to run as root
_READY = "database system is ready to accept connections"
_LISTEN_ATTEMPTS = 3


def binaries() -> Path | None:
    """Return the folder of PostgreSQL's programs, version 15 first; None if there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    preferred = [path for path in found if path.parent.parent.name == "15"]
    if preferred or found:
        return (preferred or found[::-1])[0].parent
    elsewhere = shutil.which("postgres")
    return Path(elsewhere).resolve().parent if elsewhere else None


class PostgresServer:
    """One server on loopback and a Unix socket; `stop` removes its directory as well."""

    def __init__(
        self,
        *,
        durable: bool = False,
        settings: dict[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        """*durable* keeps fsync on, as figures need it; all files lie below *folder*."""
        found = binaries()
        if found is None:
            raise CouldNotStart("PostgreSQL is not installed (Debian: postgresql-15)")
        self._programs = found
        self._settings = settings or {}
        if not durable:
            self._settings = {"fsync": "off", "full_page_writes": "off", **self._settings}
        self._os_user = OS_USER if os.geteuid() == 0 else None
        self._superuser_password = secrets.token_urlsafe(18)
        self._passwords = {
            role: secrets.token_urlsafe(18)
            for roles in (WORKFLOW, NOTIFIER)
            for role in (roles.owner, roles.app)
        }
        self.directory = Path(tempfile.mkdtemp(prefix="pg-", dir=folder))
        self.port = 0
        self._process: ServerProcess | None = None

    def start(self) -> Self:
        """Make the cluster, start it, and make the roles."""
        try:
            self._make_cluster()
            self._launch_on_a_free_port()
            self._make_roles()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Shut down fast and remove everything."""
        if self._process is not None:
            self._process.stop(signal.SIGINT)  # PostgreSQL's fast shutdown
        shutil.rmtree(self.directory, ignore_errors=True)

    def kill(self) -> None:
        """End every process of the server at once, as a power cut would."""
        if self._process is not None:
            # Immediate: no checkpoint, recovery at next start, which needs every child gone.
            self._process.stop(signal.SIGQUIT, timeout_s=60)

    def pause(self) -> None:
        """Let every process of the server hang: connections stay open, nothing answers."""
        if self._process is not None:
            self._process.send(signal.SIGSTOP)  # first, so that no child is born meanwhile
            self._signal_children(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let a paused server go on."""
        if self._process is not None:
            self._signal_children(signal.SIGCONT)
            self._process.send(signal.SIGCONT)

    def _signal_children(self, number: signal.Signals) -> None:
        # Each leads a process group of its own, and a worker may end after it was listed.
        pid = self._process.pid if self._process else 0
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(child), number)

    def restart(self) -> None:
        """Start again on the same port with the same data."""
        self._launch()

    @property
    def alive(self) -> bool:
        """Whether the server runs."""
        return self._process is not None and self._process.alive

    @property
    def socket_directory(self) -> Path:
        """Where the Unix socket lies; a round trip there is cheaper than over TCP."""
        return self.directory / "socket"

    def url(self, database: str, role: str = OWNER) -> str:
        """Return the address of *database* for *role*."""
        return f"postgresql://{role}:{self._passwords[role]}@127.0.0.1:{self.port}/{database}"

    def superuser_url(self, database: str) -> str:
        """Return the address of *database* for the superuser: for what only it may measure."""
        return f"postgresql://postgres:{self._superuser_password}@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str, template: str = "template0", owner: str = OWNER) -> None:
        """Make a database that *owner* owns."""
        self._administer(
            # Files are copied as they are: page by page through the log takes twice as long.
            "CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY FILE_COPY",
            sql.Identifier(name),
            sql.Identifier(owner),
            sql.Identifier(template),
        )

    def drop_database(self, name: str) -> None:
        """Remove a database, and whoever is still connected to it."""
        self._administer("DROP DATABASE IF EXISTS {} WITH (FORCE)", sql.Identifier(name))

    def _make_cluster(self) -> None:
        password_file = self.directory / "password"
        password_file.write_text(self._superuser_password)
        # The server's user needs to enter the folder above, too: a runner's own is closed.
        self.directory.chmod(0o700)
        self.socket_directory.mkdir()
        self._give_to_os_user()
        log = self.directory / "initdb.log"
        command = [
            *(
                ["setpriv", f"--reuid={OS_USER}", f"--regid={OS_USER}", "--init-groups", "--"]
                if self._os_user
                else []
            ),
            str(self._programs / "initdb"),
            f"--pgdata={self.directory / 'data'}",
            "--username=postgres",
            "--auth=scram-sha-256",
            f"--pwfile={password_file}",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ]
        with log.open("wb") as output:
            done = subprocess.run(
                command,
                cwd="/",
                env=self._environment(),
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if done.returncode != 0:
            raise CouldNotStart(f"initdb failed\n{log.read_text(errors='replace')}")

    def _give_to_os_user(self) -> None:
        if self._os_user is None:
            return
        account = pwd.getpwnam(self._os_user)
        for path in (self.directory, *self.directory.iterdir()):
            os.chown(path, account.pw_uid, account.pw_gid)

    def _launch_on_a_free_port(self) -> None:
        for attempt in range(_LISTEN_ATTEMPTS):
            self.port = free_port()
            try:
                self._launch()
            except CouldNotStart:
                # Somebody may have taken the port between the choice and the start.
                if attempt == _LISTEN_ATTEMPTS - 1:
                    raise
            else:
                return

    def _launch(self) -> None:
        settings = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self.socket_directory),
            "lc_messages": "C",
            "timezone": "UTC",
            "max_connections": "200",
            **self._settings,
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self._process = ServerProcess(
            [str(self._programs / "postgres"), "-D", str(self.directory / "data"), *options],
            self.directory / "server.log",
            _READY,
        )
        self._process.launch(
            directory=self.directory,
            user=self._os_user,
            environment=self._environment(),
            death_signal="INT",
        )
        try:
            self._process.wait_until_ready()
        except CouldNotStart:
            self._process.stop(signal.SIGINT)
            raise

    def _make_roles(self) -> None:
        for role, password in self._passwords.items():
            self._administer(
                "CREATE ROLE {} LOGIN PASSWORD {}", sql.Identifier(role), sql.Literal(password)
            )

    def _administer(self, statement: LiteralString, *names: sql.Composable) -> None:
        with psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user="postgres",
            password=self._superuser_password,
            dbname="postgres",
            autocommit=True,
        ) as connection:
            connection.execute(sql.SQL(statement).format(*names))

    def _environment(self) -> dict[str, str]:
        # Not the caller's: a PGPORT or PGDATA set there would lead elsewhere.
        return {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "LC_ALL": "C.UTF-8",
            "HOME": str(self.directory),
        }
