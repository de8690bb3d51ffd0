"""Apache Kafka brokers of our own, from Maven's jars: one node, or three to kill one of.

Each node is broker and controller in one, on free ports, with a fresh directory. That is a
shape for tests and trials: production keeps brokers and controllers apart.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from deploy.servers.ports import free_ports
from deploy.servers.processes import CouldNotStart, ServerProcess

BENCH = Path(__file__).parent.parent / "kafka"
LIBRARIES = BENCH / "libs"
_CLUSTER_ID = "c2h1cGluZy1zaHVwaW5nLQ"  # any 16 bytes in base64
_READY = "Kafka Server started"
_START_ATTEMPTS = 3
_JAVA = (
    "java",
    "-Xmx384m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",  # it would leave a folder in /tmp, whatever the temporary folder is
    f"-Dlog4j2.configurationFile={BENCH / 'log4j2.properties'}",
    "-cp",
    f"{LIBRARIES}/*",
)


def is_installed() -> bool:
    """Whether Java and the broker's jars are here; `deploy/provision.py kafka` brings them."""
    return shutil.which("java") is not None and any(LIBRARIES.glob("kafka_2.13-*.jar"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Guard:
    """What a node shows and asks for at its two guarded listeners; all files are PEM."""

    certificate: Path  # of the node, for 127.0.0.1
    key: Path
    authority: Path  # whose certificates of clients are taken
    username: str
    password: str


class KafkaCluster:
    """A cluster of *nodes* on loopback; `stop` removes its directory as well.

    With a *guard* its one node also listens where clients sign in over TLS (SCRAM-SHA-512 or
    PLAIN), and where they show a certificate.
    """

    def __init__(
        self, nodes: int = 1, *, quick_failover: bool = True, guard: Guard | None = None
    ) -> None:
        if not is_installed():
            raise CouldNotStart("Apache Kafka is not installed: run `make test` once")
        self.nodes = range(1, nodes + 1)
        self._quick_failover = quick_failover
        self._guard = guard
        self.signing_in = self.by_certificate = ""  # addresses of the guarded listeners
        self.directory = Path(tempfile.mkdtemp(prefix="kafka-"))
        self._ports: list[int] = []
        self._processes: dict[int, ServerProcess] = {}

    @property
    def bootstrap(self) -> str:
        """All brokers' addresses, as SHUPING_KAFKA_BOOTSTRAP takes them."""
        return ",".join(f"127.0.0.1:{port}" for port in self._ports)

    def start(self) -> Self:
        """Format and start all nodes; again on other ports when one was taken meanwhile."""
        for attempt in range(_START_ATTEMPTS):
            try:
                self._start_fresh()
            except CouldNotStart:
                self._end_processes()
                if attempt == _START_ATTEMPTS - 1:
                    self.stop()
                    raise
            except BaseException:
                self.stop()
                raise
            else:
                return self
        return self

    def stop(self) -> None:
        """End all nodes and remove everything."""
        self._end_processes()
        shutil.rmtree(self.directory, ignore_errors=True)

    def kill(self, node: int) -> None:
        """End one node at once, as a power cut would."""
        self._processes[node].kill()

    def freeze(self, node: int) -> None:
        """Let one node hang: connections stay open, nothing answers."""
        self._processes[node].send(signal.SIGSTOP)

    def thaw(self, node: int) -> None:
        """Let a frozen node go on."""
        self._processes[node].send(signal.SIGCONT)

    def up(self, node: int) -> None:
        """Start a node again with what it had stored, and wait for it."""
        self._launch(node)
        self._processes[node].wait_until_ready()

    def _start_fresh(self) -> None:
        count = len(self.nodes)
        ports = free_ports(2 * count)
        self._ports, controller_ports = ports[:count], ports[count:]
        voters = ",".join(f"{node}@127.0.0.1:{controller_ports[node - 1]}" for node in self.nodes)
        for node in self.nodes:
            self._configure(node, controller_ports[node - 1], voters)
        with ThreadPoolExecutor(count) as pool:
            list(pool.map(self._format, self.nodes))
        for node in self.nodes:
            self._launch(node)
        for node in self.nodes:
            self._processes[node].wait_until_ready()

    def _configure(self, node: int, controller_port: int, voters: str) -> None:
        directory = self._directory(node)
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir()
        count = len(self.nodes)
        values = {
            "ID": str(node),
            "PORT": str(self._ports[node - 1]),
            "CONTROLLER_PORT": str(controller_port),
            "VOTERS": voters,
            "DIRECTORY": str(directory),
            "REPLICATION": str(count),
            "IN_SYNC": "2" if count > 1 else "1",
        }
        text = _filled("node.properties.in", values)
        if self._quick_failover:
            text += (BENCH / "fast.properties").read_text()
        if self._guard is not None:
            text += self._guarded(self._guard, controller_port, directory)
        (directory / "server.properties").write_text(text)

    def _guarded(self, guard: Guard, controller_port: int, directory: Path) -> str:
        """Return the properties of the guarded listeners; of a repeated one the last counts."""
        self.signing_in, self.by_certificate = (f"127.0.0.1:{port}" for port in free_ports(2))
        shown = directory / "node.pem"
        shown.write_text(guard.key.read_text() + guard.certificate.read_text())
        values = {
            "PORT": str(self._ports[0]),
            "CONTROLLER_PORT": str(controller_port),
            "SIGNING_IN": self.signing_in,
            "BY_CERTIFICATE": self.by_certificate,
            "SHOWN": str(shown),
            "AUTHORITY": str(guard.authority),
            "USERNAME": guard.username,
            "PASSWORD": guard.password,
        }
        return _filled("guarded.properties.in", values)

    def _format(self, node: int) -> None:
        directory, guard, users = self._directory(node), self._guard, list[str]()
        if guard is not None:
            user = f"name={guard.username},password={guard.password}"
            users = ["--add-scram", f"SCRAM-SHA-512=[{user}]"]
        done = subprocess.run(
            [
                *_JAVA,
                "kafka.tools.StorageTool",
                "format",
                f"--cluster-id={_CLUSTER_ID}",
                "--config",
                "server.properties",
                *users,
            ],
            cwd=directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if done.returncode != 0:
            raise CouldNotStart(f"formatting failed\n{done.stdout.decode()}{done.stderr.decode()}")

    def _launch(self, node: int) -> None:
        process = ServerProcess(
            [*_JAVA, "kafka.Kafka", "server.properties"],
            self._directory(node) / "server.log",
            _READY,
        )
        process.launch(directory=self._directory(node), environment=dict(os.environ))
        self._processes[node] = process

    def _end_processes(self) -> None:
        # All at once: whoever is last has no quorum left and would wait for it in vain.
        for process in self._processes.values():
            process.send(signal.SIGCONT)
            process.send(signal.SIGTERM)
        for process in self._processes.values():
            process.stop(timeout_s=3)
        self._processes.clear()

    def _directory(self, node: int) -> Path:
        return self.directory / str(node)


def _filled(template: str, values: dict[str, str]) -> str:
    text = (BENCH / template).read_text()
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text
