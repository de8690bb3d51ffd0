"""/healthz, /readyz and /metrics: what operators look at, the same in every process.

They are answered on the event loop, and what readiness and figures ask is asked in a thread of
its own each, one question at a time: however many requests wait for a worker thread, whatever the
database does and however long a scrape takes, there is an answer within a second.
"""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import orjson
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from schemas.readiness import DOWN, Part, readiness
from services.workflow.adapters.http.answers import ALWAYS, Answer, of_problem
from services.workflow.adapters.http.language import preferred
from services.workflow.adapters.http.observation import request_id
from services.workflow.adapters.http.problems import Problem, not_found

PROBES = frozenset({"/healthz", "/readyz"})
ANSWER_WITHIN_S = 0.9  # a connection of readiness has 0.8 s; the rest is for what is no database
_SILENT: Mapping[str, Part] = {"database": {"status": DOWN, "reason": "NoAnswerInTime"}}


class Operations:
    """ASGI: *parts* tells how each part is; without *figures* there is no /metrics."""

    def __init__(
        self, parts: Callable[[], Mapping[str, Part]], figures: CollectorRegistry | None = None
    ) -> None:
        self._parts = parts
        self._figures = figures
        self._looking = ThreadPoolExecutor(1, "readiness")
        self._counting = ThreadPoolExecutor(1, "figures")
        self._asked: Future[Mapping[str, Part]] | None = None  # whoever asks meanwhile shares it

    async def __call__(self, scope: Any, _receive: Any, send: Any) -> None:
        """Answer one request; a body is not looked at."""
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        if scope["method"] in ("GET", "HEAD"):
            answer = await self._answer(scope["path"])
        else:
            allow = {"Allow": "GET, HEAD"}
            problem = Problem(status=405, code="method_not_allowed", headers=allow)
            answer = of_problem(problem, preferred(headers.get(b"accept-language", "")))
        given = {"HTTP_X_REQUEST_ID": headers.get(b"x-request-id")}
        await _send(send, answer, request_id(given))

    async def _answer(self, path: str) -> Answer:
        if path == "/healthz":
            return Answer(200, b'{"status":"ok"}')
        if path == "/readyz":
            status, body = readiness(await self._look())
            return Answer(status, orjson.dumps(body))
        if path == "/metrics" and self._figures is not None:
            loop = asyncio.get_running_loop()
            text = await loop.run_in_executor(self._counting, generate_latest, self._figures)
            return Answer(200, text, CONTENT_TYPE_LATEST)
        return of_problem(not_found(), preferred(""))

    async def _look(self) -> Mapping[str, Part]:
        if self._asked is None or self._asked.done():
            self._asked = self._looking.submit(self._parts)
        # Shielded: who gives up does not take the answer from those who still wait for it.
        asked = asyncio.shield(asyncio.wrap_future(self._asked))
        try:
            return await asyncio.wait_for(asked, ANSWER_WITHIN_S)
        except TimeoutError:
            return _SILENT


async def _send(send: Any, answer: Answer, request: str) -> None:
    headers = (
        ("Content-Type", answer.content_type),
        ("Content-Length", str(len(answer.body))),
        ("X-Request-Id", request),
        *ALWAYS,
        *answer.headers,
    )
    raw = [(name.encode(), value.encode()) for name, value in headers]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    await send({"type": "http.response.body", "body": answer.body})
