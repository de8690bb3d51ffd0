"""A client of our HTTP API in thirty lines: what an upstream system does, no more."""

import http.client
import json
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; *body* is the JSON object, or {"text": …} where it is none."""

    status: int
    headers: dict[str, str]
    body: dict[str, Any]


class Client:
    """Calls one service, with a token and on behalf of people."""

    def __init__(self, url: str, token: str = "", *, timeout_s: float = 60) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port
        self._token = token
        self._timeout_s = timeout_s

    def get(self, path: str, person: str = "", **query: str | int) -> Answer:
        """Read *path*; *query* goes behind it."""
        return self.call("GET", f"{path}?{urlencode(query)}" if query else path, person=person)

    def post(self, path: str, body: Any, person: str = "", **headers: str) -> Answer:
        """Send *body* to *path* with a fresh key; headers as `if_match="3"`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named.setdefault("idempotency-key", str(uuid.uuid4()))
        return self.call("POST", path, body, person, named)

    def fire(self, review: str, trigger: str, person: str, **rest: Any) -> Answer:
        """Fire *trigger* on *review* as *person*; *rest* is `data`, `reason` and so on."""
        path = f"/v1/reviews/{quote(review)}/transitions"
        return self.post(path, {"trigger": trigger, **rest}, person)

    def ready(self) -> bool:
        """Tell whether the service says that it can work."""
        try:
            return self.get("/readyz").status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        person: str = "",
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Make one request and return its answer, whatever its status."""
        named = {"Content-Type": "application/json"} if body is not None else {}
        if self._token:
            named["Authorization"] = f"Bearer {self._token}"
        if person:
            named["On-Behalf-Of"] = person
        raw = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        connection = http.client.HTTPConnection(self._host, self._port, timeout=self._timeout_s)
        try:
            connection.request(method, path, raw, named | (headers or {}))
            answer = connection.getresponse()
            data = answer.read()
            found = {name.lower(): value for name, value in answer.getheaders()}
            if "json" in found.get("content-type", ""):
                return Answer(answer.status, found, json.loads(data))
            return Answer(answer.status, found, {"text": data.decode(errors="replace")})
        finally:
            connection.close()
