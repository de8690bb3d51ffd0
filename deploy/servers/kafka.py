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


class KafkaCluster:
    """A cluster of *nodes* on loopback; `stop` removes its directory as well."""

    def __init__(self, nodes: int = 1, *, quick_failover: bool = True) -> None:
        if not is_installed():
            raise CouldNotStart("Apache Kafka is not installed: run `make test` once")
        self.nodes = range(1, nodes + 1)
        self._quick_failover = quick_failover
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
        text = (BENCH / "node.properties.in").read_text()
        for name, value in values.items():
            text = text.replace(f"@{name}@", value)
        if self._quick_failover:
            text += (BENCH / "fast.properties").read_text()
        (directory / "server.properties").write_text(text)

    def _format(self, node: int) -> None:
        directory = self._directory(node)
        done = subprocess.run(
            [
                *_JAVA,
                "kafka.tools.StorageTool",
                "format",
                f"--cluster-id={_CLUSTER_ID}",
                "--config",
                "server.properties",
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
