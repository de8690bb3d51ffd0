"""Asking the notifier what it will send next; the pages show "—" while it is away.

One batched call per page, 300 ms at most, never on the way of a command.
"""

import http.client
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import orjson

from schemas.instants import parse_instant
from services.workflow.application.boards import NextNotice, Planned, SetAside

TIMEOUT_S = 0.3
MOST_REVIEWS = 200
_MOST_BYTES = 1024 * 1024


class NotifierClient:
    """Calls the notifier at *url* with a shared *token*; no answer is None, never an error."""

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        self._secure = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port
        self._path = parts.path.rstrip("/") + "/v1/next-notices"
        self._token = token

    def next_notices(self, reviews: Sequence[str]) -> Mapping[str, Planned | None] | None:
        """Return what is planned next for each of up to 200 reviews; None: no answer in time."""
        if not self._host:
            return None
        if not reviews:
            return {}
        try:
            items = self._ask(list(reviews[:MOST_REVIEWS]))
            return {review: _next(item) for review, item in items.items()}
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
            return None

    def _ask(self, reviews: list[str]) -> Mapping[str, Any]:
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        connection = kind(self._host, self._port, timeout=TIMEOUT_S)
        try:
            connection.request(
                "POST",
                self._path,
                body=orjson.dumps({"reviews": reviews}),
                headers={
                    "Content-Type": "application/json",
                    "Authorization": f"Bearer {self._token}",
                },
            )
            answer = connection.getresponse()
            if answer.status != http.client.OK:
                raise ValueError(f"status {answer.status}")
            items: Mapping[str, Any] = orjson.loads(answer.read(_MOST_BYTES))["items"]
            return items
        finally:
            connection.close()


def _next(item: Mapping[str, Any] | None) -> Planned | None:
    if item is None:
        return None
    if "set_aside" in item:
        return SetAside(position=int(item["set_aside"]["position"]))
    to = item.get("to") or {}
    return NextNotice(
        at=parse_instant(item["at"]),
        rung=str(item["rung"]),
        kind=item["kind"],
        unit=to.get("unit"),
        role=to.get("role"),
        person=to.get("person"),
    )
