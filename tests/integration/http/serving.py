"""A service behind a real port, asked in bytes: what no client library would send as well."""

import http.client
import json
import socket
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn

from services.workflow.adapters.http.loop import Loop
from services.workflow.adapters.http.operations import Operations
from services.workflow.adapters.http.ways import LongWay
from services.workflow.adapters.server import configured
from tests.integration.http.service import REPORT, Service

SUBMIT = {"trigger": "submit", "data": {"report": REPORT}}


class Counted(Loop):
    """Counts who came the long way."""

    n_long = 0
    n_done = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.n_long += 1
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.n_done += 1


@dataclass
class Served:
    """A service behind a real port, its requests read by the loop."""

    service: Service
    loop: Counted
    port: int
    connections: Collection[Any]  # as the server counts them
    casts: Any = None  # how ballots are cast on the loop, if they are

    def raw(self, unit: str, body: bytes, version: str = "1.1", **headers: str) -> bytes:
        """Return the bytes of one request for the short way; *headers* with _ for -."""
        sent = {
            "Host": "localhost",
            "Authorization": f"Bearer {self.service.token}",
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        path = f"/v1/reviews/{self.service.reviews[unit]}/transitions"
        return f"POST {path} HTTP/{version}\r\n{lines}\r\n".encode() + body

    def submit(self, unit: str, **headers: str) -> bytes:
        headers = {"On_Behalf_Of": f"{unit}.sec", "Idempotency_Key": f"submit-{unit}"} | headers
        return self.raw(unit, json.dumps(SUBMIT).encode(), **headers)

    def ask(self, *requests: bytes, answers: int | None = None) -> list[tuple[int, bytes, Any]]:
        """Send *requests* at once over one connection; return status, body and headers of each."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            connection.sendall(b"".join(requests))
            return [answer(connection) for _ in range(answers or len(requests))]


class OneByte:
    """A socket whose file takes no more than it needs, so that the next answer stays in it."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection

    def makefile(self, *_: Any) -> Any:
        return self.connection.makefile("rb", 0)


def answer(connection: socket.socket) -> tuple[int, bytes, Any]:
    response = http.client.HTTPResponse(OneByte(connection))  # type: ignore[arg-type]
    response.begin()
    return response.status, response.read(), response.headers


@contextmanager
def serving(service: Service, way: type[LongWay]) -> Iterator[Served]:
    """Serve *service* over connections of the class *way*."""
    operations = Operations(service.parts.watching.parts)
    fires, casts = service.parts.fire_together(), service.parts.cast_together()
    loop = Counted(service.app, fires, operations, threads=4, casts=casts)
    server = uvicorn.Server(configured(loop, way))
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        port = listening.getsockname()[1]
        yield Served(service, loop, port, server.server_state.connections, casts)
    finally:
        server.should_exit = True
        thread.join(20)
