"""The workflow service over HTTP: the log's pages, people's names, and the reports.

One kept connection, used by one thread. A connection that the server has closed meanwhile is
opened anew and the request sent once more: each of these calls may be repeated.
"""

import ssl
from collections.abc import Mapping, Sequence
from hashlib import sha256
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import quote, urlsplit

import orjson

from schemas.canonical import NotCanonical, canonical_bytes
from services.notifier.application.ports import (
    RECORDED_OTHERWISE,
    Moved,
    Person,
    Recorded,
    Remark,
    Said,
)
from services.notifier.domain.errors import (
    AnswerTooLarge,
    WorkflowRefused,
    WorkflowUnavailable,
)
from services.notifier.domain.wording import CHINESE, LANGUAGES

TIMEOUT_S = 5.0
SAID_TIMEOUT_S = 2.0  # a message goes without it rather than late
MOVED_TIMEOUT_S = 20.0  # each of 500 deadlines is told anew
# An answer larger than that is not ours: 200 events of 64 KiB each.
LARGEST_BYTES = 16 * 1024 * 1024
NOT_FOUND = HTTPStatus.NOT_FOUND
_DIFFERS = "notice_differs"
_UNREADABLE = frozenset({400, 413, 422})  # what a whole call is answered for what is in it
# What of a notice a workflow of the release before does not know; it says nothing of whom, of what
# or how it ended.
_NEWER = frozenset(
    {"acknowledgement", "attempts", "instead_of", "settled_at", "why_channel", "wordshash"}
)
_TRIED = 2  # notices, to find out whether it is one of the release before


class WorkflowClient:
    """Calls to one workflow service."""

    def __init__(self, url: str, token: str) -> None:
        self._url = urlsplit(url)
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/json",
            "User-Agent": "shuping-notifier",
        }
        self._connection: HTTPConnection | None = None

    def get(self, path: str, wait_s: float = 0) -> Any:
        """Return the JSON at *path*, where the server may hold the request for *wait_s*."""
        return self._call("GET", path, None, TIMEOUT_S + wait_s)

    def people(self, ids: Sequence[str]) -> Mapping[str, Person]:
        """Return the people known under *ids*, at most 200."""
        if not ids:
            return {}
        answer = self._call("GET", f"/v1/people?ids={quote(','.join(ids))}", None, TIMEOUT_S)
        try:
            return {item["id"]: _person(item) for item in answer["items"]}
        except (KeyError, TypeError, AttributeError) as error:
            raise WorkflowRefused("people come in a form that is not known") from error

    def words(self, hash_: str, language: str) -> Mapping[str, str]:
        """Return what *language* says for words of the scheme under *hash_*."""
        path = f"/v1/texts/{quote(hash_)}/words?language={quote(language)}"
        answer = self._call("GET", path, None, SAID_TIMEOUT_S)
        try:
            return {str(word): str(told) for word, told in answer["words"].items()}
        except (KeyError, TypeError, AttributeError) as error:
            raise WorkflowRefused("words come in a form that is not known") from error

    def said(self, person: str, came: Mapping[str, int]) -> Mapping[str, Said]:
        """Return what was said to *person* where cases came back, at most 50 of them."""
        cases = ",".join(f"{stream}@{version}" for stream, version in came.items())
        path = f"/v1/said?person={quote(person)}&cases={quote(cases)}"
        answer = self._call("GET", path, None, SAID_TIMEOUT_S)
        try:
            return {item["subject"]: _said(item) for item in answer["items"]}
        except (KeyError, TypeError, AttributeError) as error:
            raise WorkflowRefused("what was said comes in a form that is not known") from error

    def text(self, hash_: str) -> bytes | None:
        """Return the canonical text under *hash_*; None: it is not served."""
        try:
            body = canonical_bytes(self._call("GET", f"/v1/texts/{hash_}", None, TIMEOUT_S))
        except WorkflowRefused as error:
            if error.status == NOT_FOUND:
                return None
            raise
        except NotCanonical as error:
            raise WorkflowRefused(f"the text {hash_} is none of ours") from error
        if sha256(body).hexdigest() != hash_:
            raise WorkflowRefused(f"the text {hash_} comes with another hash")
        return body

    def moved_deadlines(self, calendar: bytes) -> Moved:
        """Return which deadlines importing a *calendar*, a canonical text, would move."""
        body, path = b'{"calendar":%s}' % calendar, "/v1/moved-deadlines"
        cases = dict[str, Mapping[str, Any]]()
        page = path
        while True:
            answer = self._call("POST", page, body, MOVED_TIMEOUT_S)
            try:
                cases |= {one["subject"]: one["data"] for one in answer["items"]}
                beyond = tuple((one["number"], one["day"]) for one in answer["beyond"])
                following = answer["next"]
                page = f"{path}?after={quote(following or '')}"
            except (KeyError, TypeError, AttributeError) as error:
                raise WorkflowRefused("what would move comes in an unknown form") from error
            # With one that is beyond it the calendar is not tried: the rest need not be asked.
            if beyond or following is None:
                return Moved(cases=cases, beyond=beyond)

    def record(self, notices: Sequence[Mapping[str, object]]) -> Mapping[str, Recorded]:
        """Report up to 500 notices; return {notice id: what came of it}.

        One that the workflow cannot read makes it refuse the whole call. A workflow of the release
        before is told it without what that one does not know. What it cannot read even so is looked
        for by halves and given up alone, if others of the call can be read: if none can, it may be
        the call that is wrong, and nobody's notice is given up for that. The others keep what is
        proof of them.
        """
        taken = self._try(notices)
        if isinstance(taken, WorkflowRefused) and self._is_of_before(notices):
            notices = [_plain(one) for one in notices]
            taken = self._try(notices)
        if not isinstance(taken, WorkflowRefused):
            return taken
        answers, unreadable = self._by_halves(notices, taken)
        if unreadable and not answers:
            raise next(iter(unreadable.values()))
        given_up = {id_: Recorded(error.status or 400) for id_, error in unreadable.items()}
        return answers | given_up

    def _by_halves(
        self, notices: Sequence[Mapping[str, object]], refused: WorkflowRefused
    ) -> tuple[dict[str, Recorded], dict[str, WorkflowRefused]]:
        """Return what came of *notices*, which were *refused* as a whole, and of which nothing did.

        One alone is told without its proof, rather than not at all.
        """
        if len(notices) == 1:
            plain = _plain(notices[0])
            taken = refused if plain == notices[0] else self._try([plain])
            if isinstance(taken, WorkflowRefused):
                return {}, {str(notices[0]["notice"]): refused}
            return taken, {}
        middle = len(notices) // 2
        answers, unreadable = dict[str, Recorded](), dict[str, WorkflowRefused]()
        for half in (notices[:middle], notices[middle:]):
            taken = self._try(half)
            if isinstance(taken, WorkflowRefused):
                taken, lost = self._by_halves(half, taken)
                unreadable |= lost
            answers |= taken
        return answers, unreadable

    def _is_of_before(self, notices: Sequence[Mapping[str, object]]) -> bool:
        """Tell whether the workflow takes notices only without what is newer than it is.

        Two are tried, since one may be refused for itself.
        """
        newer = [one for one in notices if _plain(one) != one][:_TRIED]
        n_without = 0
        for one in newer:
            if not isinstance(self._try([one]), WorkflowRefused):
                return False
            n_without += not isinstance(self._try([_plain(one)]), WorkflowRefused)
        return n_without > 0

    def _try(
        self, notices: Sequence[Mapping[str, object]]
    ) -> dict[str, Recorded] | WorkflowRefused:
        """Return what came of *notices*, or why they cannot be read."""
        try:
            return self._record(notices)
        except WorkflowRefused as error:
            if error.status not in _UNREADABLE:
                raise
            return error

    def _record(self, notices: Sequence[Mapping[str, object]]) -> dict[str, Recorded]:
        body = orjson.dumps({"notices": list(notices)})
        answer = self._call("POST", "/v1/notices", body, TIMEOUT_S * 4)
        try:
            return {item["notice"]: _recorded(item) for item in answer["results"]}
        except (KeyError, TypeError, AttributeError) as error:
            raise WorkflowRefused("reports are answered in a form that is not known") from error

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _call(self, method: str, path: str, body: bytes | None, timeout_s: float) -> Any:
        kept = self._connection is not None
        try:
            return self._once(method, path, body, timeout_s)
        except (OSError, HTTPException) as error:
            self.close()
            if not kept or isinstance(error, TimeoutError):
                raise WorkflowUnavailable(f"{method} {_bare(path)}: {_name(error)}") from error
        try:
            return self._once(method, path, body, timeout_s)
        except (OSError, HTTPException) as error:
            self.close()
            raise WorkflowUnavailable(f"{method} {_bare(path)}: {_name(error)}") from error

    def _once(self, method: str, path: str, body: bytes | None, timeout_s: float) -> Any:
        if self._connection is None:
            self._connection = self._open(timeout_s)
        connection = self._connection
        connection.timeout = timeout_s
        if connection.sock is not None:
            connection.sock.settimeout(timeout_s)
        headers = dict(self._headers)
        if body is not None:
            headers["Content-Type"] = "application/json"
        connection.request(method, self._url.path.rstrip("/") + path, body, headers)
        response = connection.getresponse()
        data = response.read(LARGEST_BYTES + 1)
        return self._answer(response, data, f"{method} {_bare(path)}")

    def _open(self, timeout_s: float) -> HTTPConnection:
        host = self._url.hostname or ""
        if self._url.scheme == "https":
            context = ssl.create_default_context()
            return HTTPSConnection(host, self._url.port, timeout=timeout_s, context=context)
        return HTTPConnection(host, self._url.port, timeout=timeout_s)

    def _answer(self, response: HTTPResponse, data: bytes, call: str) -> Any:
        if len(data) > LARGEST_BYTES:
            self.close()
            raise AnswerTooLarge(f"{call}: the answer is too large")
        status = response.status
        if status >= 500 or status == 429:  # noqa: PLR2004
            raise WorkflowUnavailable(f"{call}: {status}")
        if status not in {200, 201}:
            raise WorkflowRefused(f"{call}: {status}", status)
        try:
            return orjson.loads(data)
        except orjson.JSONDecodeError as error:
            raise WorkflowRefused(f"{call}: the answer is not JSON") from error


def _plain(notice: Mapping[str, object]) -> Mapping[str, object]:
    """Return *notice* without what is newer than the release before."""
    return {name: value for name, value in notice.items() if name not in _NEWER}


def _person(item: Mapping[str, Any]) -> Person:
    addresses = {
        name: value
        for name, value in item.items()
        if name not in {"id", "name", "language"} and isinstance(value, str)
    }
    chosen = item.get("language")
    language = chosen if chosen in LANGUAGES else CHINESE
    return Person(id=item["id"], name=item["name"], addresses=addresses, language=language)


def _said(item: Mapping[str, Any]) -> Said:
    remarks = tuple(
        Remark(text=str(one["text"]), part=str(one["part"]), paragraph=int(one["paragraph"]))
        for one in item["remarks"]
    )
    return Said(remarks=remarks, more=int(item["more"]))


def _recorded(item: Mapping[str, Any]) -> Recorded:
    if item.get("problem", {}).get("code") != _DIFFERS:
        return Recorded(int(item["status"]))
    # The first report counts. A workflow of the release before does not say what that one was.
    first = item.get("recorded", {})
    return Recorded(RECORDED_OTHERWISE, first.get("outcome", ""), first.get("reason", ""))


def _bare(path: str) -> str:
    """Return *path* without its query: it holds ids of people, and this ends in the log."""
    return path.partition("?")[0]


def _name(error: Exception) -> str:
    return type(error).__name__
