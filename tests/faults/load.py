"""Clients at work while something is killed: they move cases to and fro, and remind by hand.

Each request has a key, which is its id in the log as well. A client without an answer sends the
same request again until it has one; every third gives up instead, so that outcomes nobody learnt
of are in the history too.
"""

import http.client
import threading
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from itertools import count
from types import TracebackType
from typing import Any, Self

from deploy.client import Answer
from tests.end_to_end.world import REPORT, World, until
from tests.faults.history import Recorded, Request, faults

UNKNOWN = 503
GIVE_UP_EVERY = 3


class Load:
    """Some clients in threads, from `with` to its end; then `requests` is what they know."""

    def __init__(self, world: World, units: Sequence[str], *, n_movers: int = 4) -> None:
        self._world = world
        self._units = units
        self._ending = threading.Event()
        self._unanswered = count(1)
        self.requests: list[Request] = []
        self.urges: dict[str, int] = {}  # request id -> status
        self.answers: Counter[int] = Counter()
        self._threads = [
            *(threading.Thread(target=self._move, args=(n,)) for n in range(n_movers)),
            threading.Thread(target=self._urge),
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        self.go_on()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.end()

    def end(self) -> None:
        """Let every client finish what it is at."""
        self._ending.set()
        for thread in self._threads:
            thread.join()  # each ends by itself: no request is waited for without end

    def go_on(self, n: int = 40) -> None:
        """Return when *n* more moves were acknowledged."""
        goal = self.answers[201] + n
        until(lambda: self.answers[201] >= goal)

    def _move(self, n: int) -> None:
        """Submit and recall, each case against one other client that does the same."""
        for turn in count():
            if self._ending.is_set():
                return
            unit = self._units[(n // 2 + turn) % len(self._units)]
            trigger = "submit" if (turn // len(self._units)) % 2 == 0 else "recall"
            data = {"data": REPORT} if trigger == "submit" else {}
            case, asked_at = self._world.cases[unit], time.monotonic()
            path = f"/v1/reviews/{case}/transitions"
            id_, answer = self._ask(path, {"trigger": trigger, **data}, f"{unit}.sec")
            self.requests.append(_request(id_, case, answer, asked_at))

    def _urge(self) -> None:
        case = self._world.cases[self._units[0]]
        while not self._ending.wait(0.1):
            body = {"kind": "urge", "text": "请尽快办理。"}
            id_, answer = self._ask(f"/v1/reviews/{case}/notes", body, "c.off")
            self.urges[id_] = answer.status if answer else UNKNOWN

    def _ask(self, path: str, body: dict[str, Any], person: str) -> tuple[str, Answer | None]:
        """Send until there is an answer; None when the client gave up."""
        id_, api = str(uuid.uuid4()), self._world.api
        while True:
            try:
                answer = api.post(path, body, person, idempotency_key=id_, x_request_id=id_)
            except (OSError, http.client.HTTPException):
                self.answers[0] += 1
            else:
                self.answers[answer.status] += 1
                if answer.status != UNKNOWN:
                    return id_, answer
            if next(self._unanswered) % GIVE_UP_EVERY == 0:
                return id_, None
            time.sleep(0.05)

    # --- Afterwards ---

    def faults(self) -> list[str]:
        """Return everything in which the log and what clients know contradict each other."""
        of_mine = {self._world.cases[unit] for unit in self._units}
        log = [entry["event"] for entry in self._world.log()]
        recorded = [
            Recorded(
                review=event["subject"].removeprefix("review/"),
                version=event["streamversion"],
                request=event["correlationid"],
            )
            for event in log
            if event["subject"].removeprefix("review/") in of_mine
        ]
        return faults([*self.requests], recorded)


def _request(id_: str, case: str, answer: Answer | None, asked_at: float) -> Request:
    now = time.monotonic()
    if answer is None:
        outcome, version = "info", 0
    elif answer.status == 201:
        outcome, version = "ok", answer.body["event"]["streamversion"]
    else:
        assert answer.status in (409, 422), answer.body
        outcome, version = "fail", 0
    return Request(
        id=id_,
        review=case,
        outcome=outcome,  # type: ignore[arg-type]
        asked_at=asked_at,
        answered_at=now,
        version=version,
    )
