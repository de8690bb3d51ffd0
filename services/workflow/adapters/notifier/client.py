"""Asking the notifier what it will send next, and about what it may today; never an error.

But for the text of a policy, which it alone may have: that it does not answer is said.

A batched call or two per page, 300 ms at most each, never on the way of a command. What would be,
under other rules, is asked on a page of its own, which waits ten seconds and then asks again, by
one of this process at a time: a notifier that stands still holds one worker thread, and no more.
"""

import http.client
from collections.abc import Mapping, Sequence
from datetime import datetime
from threading import Lock
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlsplit

import orjson

from schemas.instants import instant
from services.workflow.adapters.notifier import answers
from services.workflow.application.boards import Coming, Planned
from services.workflow.application.boards.own_work import OwnWork
from services.workflow.application.boards.plans import MEMBERS, NoPlans, Plans, UnderWay
from services.workflow.application.channel_trials import (
    ABSENT,
    AWAY,
    BUSY,
    UNREACHED,
    Channel,
    Tried,
)
from services.workflow.domain.refusals import NotifierAway

TIMEOUT_S = 0.3
_CONNECTING_S = 1  # nobody there is known at once, however long an answer may take
MOST_CASES = 200
_MOST_BYTES = 1024 * 1024
TRIAL_TIMEOUT_S = 30  # a mail server may take four seconds for each of its answers
# A notifier of the release before lets nobody ask again: its answer takes up to a minute and more.
SIMULATION_TIMEOUT_S = 75
PATIENCE_S = 10  # then it is asked again
_MOST_SIMULATED_BYTES = 128 * 1024 * 1024  # of its 100,000 lines, and those that a change moves
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
# The last four: it answered with what is no answer.
_NO_ANSWER = (
    OSError,
    http.client.HTTPException,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
)


class NotifierClient:
    """Calls the notifier at *url* with a shared *token*; no answer is None, never an error."""

    def __init__(self, url: str, token: str, patience_s: int = PATIENCE_S) -> None:
        parts = urlsplit(url)
        self._secure = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port
        self._path = parts.path.rstrip("/") + "/v1"
        self._token = token
        self._later = {"Prefer": f"respond-async, wait={patience_s}"}
        self._simulating = Lock()
        self._trying = Lock()

    def next_notices(self, cases: Sequence[str]) -> Mapping[str, Planned | None] | None:
        """Return what is planned next for each of up to 200 streams; None: no answer in time."""
        if not self._host:
            return None
        if not cases:
            return {}
        try:
            told = self._ask("/next-notices", {"subjects": list(cases[:MOST_CASES])})
            said = told.get("promises", {})  # one of the release before does not tell
            return {
                case: answers.next_notice(item, said.get(case, ()))
                for case, item in told["items"].items()
            }
        except _NO_ANSWER:
            return None

    def coming(self, until: datetime) -> Coming | None:
        """Return the cases about which something may be told up to *until*; None: no answer."""
        if not self._host:
            return None
        try:
            answer = self._ask("/coming", {"until": instant(until)})
            return Coming(cases=tuple(map(str, answer["items"])), more=bool(answer["more"]))
        except _NO_ANSWER:
            return None

    def own_work(self) -> OwnWork | None:
        """Return how the notifier finds its own work; None: no answer."""
        if not self._host:
            return None
        try:
            return answers.own_work(self._ask("/watch"))
        except _NO_ANSWER:
            return None

    def policy(self, hash_: str) -> bytes | None:
        """Return the text of a policy that it kept; None: it kept none of that hash.

        Raises:
            NotifierAway: it does not answer, and may have it.
        """
        if not self._host:
            return None
        try:
            status, body = self._call(f"/policies/{hash_}", None, TIMEOUT_S, _MOST_BYTES)
        except _NO_ANSWER as error:
            raise NotifierAway(hash_) from error
        if status == http.client.OK:
            return body
        if status == http.client.NOT_FOUND:
            return None
        raise NotifierAway(hash_)

    def simulate(self, asked: Mapping[str, object]) -> Plans | NoPlans | UnderWay:
        """Return what would be decided, or that it takes longer; else why nothing is told."""
        if not self._host:
            return NoPlans(code="unavailable")
        if not self._simulating.acquire(blocking=False):
            return NoPlans(code="busy")
        try:
            status, told = self._simulated({**asked, "members": MEMBERS})
            if any(one["field"] == "members" for one in told.get("errors", ())):
                # One of a release before does not know them all: it tells all it has of each line.
                status, told = self._simulated(asked)
            return answers.came_of(status, told)
        except _NO_ANSWER:
            return NoPlans(code="unavailable")
        finally:
            self._simulating.release()

    def simulated(self, id_: str, *, waits: bool = False) -> Plans | NoPlans | UnderWay:
        """Return what came of the one under way as *id_*; `gone` where it is not known any more.

        Where another asks just now, it is still under way; who *waits* is answered after that one.
        """
        if not self._host:
            return NoPlans(code="unavailable")
        if not self._simulating.acquire(blocking=waits):
            return UnderWay(id=id_)  # who looks again finds the door free
        try:
            status, told = self._simulated(None, f"/{quote(id_, safe='')}")
            gone = status == http.client.NOT_FOUND
            return NoPlans(code="gone") if gone else answers.came_of(status, told)
        except _NO_ANSWER:
            return NoPlans(code="unavailable")
        finally:
            self._simulating.release()

    def simulate_whole(self, asked: Mapping[str, object]) -> Plans | NoPlans:
        """Return the same however long it takes: the notifier sees to it that it ends."""
        found = self.simulate(asked)
        while isinstance(found, UnderWay):
            found = self.simulated(found.id, waits=True)
        return found

    def _simulated(
        self, wanted: Mapping[str, object] | None, of: str = ""
    ) -> tuple[int, Mapping[str, Any]]:
        path = f"/simulations{of}"
        status, body = self._call(
            path, wanted, SIMULATION_TIMEOUT_S, _MOST_SIMULATED_BYTES, self._later
        )
        return status, orjson.loads(body)

    def channels(self) -> Sequence[Channel] | None:
        """Return the channels that it has; None: no answer."""
        if not self._host:
            return None
        try:
            return tuple(map(answers.channel, self._ask("/channels")["items"]))
        except _NO_ANSWER:
            return None

    def try_channel(self, name: str, to: str) -> Tried:
        """Have it send one message that says it is a trial; return the truth of what came of it."""
        if not self._host:
            return Tried(ABSENT)
        if not self._trying.acquire(blocking=False):
            return Tried(BUSY)
        try:
            path = f"/channels/{quote(name, safe='')}/trials"
            status, body = self._call(path, {"to": to}, TRIAL_TIMEOUT_S, _MOST_BYTES)
            return answers.tried(status, body)
        except _Unreached:
            return Tried(UNREACHED)
        except _NO_ANSWER:
            return Tried(AWAY)
        finally:
            self._trying.release()

    def _ask(self, path: str, asked: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        status, body = self._call(path, asked, TIMEOUT_S, _MOST_BYTES)
        if status != http.client.OK:
            raise ValueError(f"status {status}")
        told: Mapping[str, Any] = orjson.loads(body)
        return told

    def _call(
        self,
        path: str,
        asked: Mapping[str, Any] | None,
        timeout_s: float,
        most_bytes: int,
        headers: Mapping[str, str] = _NO_HEADERS,
    ) -> tuple[int, bytes]:
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        connection = kind(self._host, self._port, timeout=min(_CONNECTING_S, timeout_s))
        try:
            _reach(connection)
            connection.sock.settimeout(timeout_s)
            connection.request(
                "GET" if asked is None else "POST",
                self._path + path,
                body=None if asked is None else orjson.dumps(asked),
                headers={
                    "Content-Type": "application/json",
                    "Authorization": f"Bearer {self._token}",
                    **headers,
                },
            )
            answer = connection.getresponse()
            return answer.status, answer.read(most_bytes)
        finally:
            connection.close()


class _Unreached(OSError):
    """Nothing was asked: nobody there, or nobody who is believed."""


def _reach(connection: http.client.HTTPConnection) -> None:
    try:
        connection.connect()
    except OSError as error:
        raise _Unreached from error
