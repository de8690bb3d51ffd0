"""Calls to other people's servers: to whom they go is checked, and how long and large they get.

The name is resolved once, every address it has must be one we may speak to, and the connection is
made to the address that was checked: a name that leads inside a moment later leads nowhere. No
redirect is followed. The whole call, the name's resolution and a dripping answer included, ends at
one time limit; whether the request had left by then decides between "nothing was delivered" and
"nobody knows".

Source: https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html
"""

import ipaddress
import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPException
from threading import Lock, Thread
from time import monotonic
from urllib.parse import urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.exceptions import TimeoutError as HttpTimeout

from services.notifier.adapters.channels.provider import SettingsReader
from services.notifier.domain.errors import (
    ChannelFailed,
    ChannelRefused,
    OutcomeUnknown,
    PermanentFailure,
    TemporaryFailure,
)

# Shorter than a lease lives, so that a hanging server does not let a standby take over mid-call.
TIMEOUT_S = 4.0
LARGEST_BYTES = 64 * 1024  # of an answer; those of the robots have a hundred
NETWORKS, CA_FILE = "SHUPING_CHANNELS_NETWORKS", "SHUPING_CHANNELS_CA_FILE"
_LONGEST_PAUSE_S, _SHORTEST_PAUSE_S = 3600, 60
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], list[str]]


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of *host*."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def may_speak_to(text: str, allowed: tuple[Network, ...]) -> bool:
    """Tell whether the address *text* is anybody's on the Internet, or in an *allowed* network."""
    try:
        address = _unwrapped(ipaddress.ip_address(text))
    except ValueError:  # one with a zone, which is of this link
        return False
    if any(address in network for network in allowed):
        return True
    return address.is_global and not address.is_multicast


def _unwrapped(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one only wraps, else *address*."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered."""

    status: int
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """Makes calls within bounds; one connection a call, no redirects, no environment's proxies."""

    allowed: tuple[Network, ...] = ()
    tls: ssl.SSLContext
    timeout_s: float = TIMEOUT_S
    resolve: Resolve = resolve

    def ends_at(self) -> float:
        """Return when calls that begin now, and belong together, have to end, for `call`."""
        return monotonic() + self.timeout_s

    def call(
        self,
        method: str,
        url: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        ends_at: float | None = None,
    ) -> Answer:
        """Return the answer of status 2xx.

        Where a message takes several calls, all of them end at *ends_at*: a lease lives no longer.

        Raises:
            TemporaryFailure, PermanentFailure, OutcomeUnknown: the reason holds no address.
        """
        left_s = (self.ends_at() if ends_at is None else ends_at) - monotonic()
        if left_s <= 0:
            raise TemporaryFailure("http_too_slow")
        call = _Call(self, method, url, body, dict(headers or {}))
        call.start()
        call.join(left_s)
        answer = call.end()
        _judge(answer.status, answer.retry_after)
        return Answer(answer.status, answer.body)


@dataclass(frozen=True, slots=True)
class _Raw:
    status: int
    body: bytes
    retry_after: str


class _Call(Thread):
    """One call, in a thread, because neither a name's resolution nor a handshake can be hurried."""

    def __init__(
        self, outgoing: Outgoing, method: str, url: str, body: bytes, headers: dict[str, str]
    ) -> None:
        super().__init__(name="outgoing", daemon=True)
        self._outgoing, self._method, self._body, self._headers = outgoing, method, body, headers
        self._url = urlsplit(url)
        self._lock = Lock()
        self._left = self._given_up = False  # the request has begun to leave; nobody waits any more
        self._connection: HTTPConnection | None = None
        self._outcome: _Raw | ChannelFailed | None = None

    def run(self) -> None:
        try:
            self._outcome = self._go()
        except ChannelFailed as failure:
            self._outcome = failure
        except Exception as error:  # noqa: BLE001 -- told to whom waits, below, by what had left
            self._outcome = self._broken(error)
        finally:
            if self._connection is not None:
                self._connection.close()

    def end(self) -> _Raw:
        """Return the answer, or give the call up if it has not come."""
        with self._lock:
            self._given_up = True
            outcome, left = self._outcome, self._left
        if isinstance(outcome, _Raw):
            return outcome
        if outcome is not None:
            raise outcome
        sock = getattr(self._connection, "sock", None)
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        raise (OutcomeUnknown if left else TemporaryFailure)("http_too_slow")

    def _broken(self, error: Exception) -> ChannelFailed:
        # The socket's own limit may strike before that of who waits: it is as long.
        is_slow = isinstance(error, TimeoutError | HttpTimeout)
        if self._left:
            return OutcomeUnknown("http_too_slow" if is_slow else "http_answer_broken")
        if not isinstance(error, (OSError, HTTPError, HTTPException)):
            raise error
        return TemporaryFailure("http_unreachable")

    def _go(self) -> _Raw:
        host = self._url.hostname or ""
        port = self._url.port or (443 if self._url.scheme == "https" else 80)
        addresses = self._outgoing.resolve(host, port)
        if not addresses or not all(may_speak_to(a, self._outgoing.allowed) for a in addresses):
            raise ChannelRefused("http_address_not_allowed")
        connection = self._connection = self._connect(host, port, addresses)
        target = (self._url.path or "/") + (f"?{self._url.query}" if self._url.query else "")
        with self._lock:
            if self._given_up:
                raise TemporaryFailure("http_too_slow")
            self._left = True
        connection.request(
            self._method,
            target,
            body=self._body or None,
            headers={"Host": self._url.netloc, "User-Agent": "shuping-notifier", **self._headers},
            preload_content=False,
        )
        answer = connection.getresponse()
        body = b""
        # To its end: only there does it show that an answer was cut off.
        while piece := answer.read(LARGEST_BYTES, decode_content=False):
            body += piece
            if len(body) > LARGEST_BYTES:
                raise OutcomeUnknown("http_answer_too_large")
        if answer.headers.get("Content-Encoding"):
            raise OutcomeUnknown("http_answer_broken")  # nobody asked for one
        return _Raw(answer.status, body, answer.headers.get("Retry-After", ""))

    def _connect(self, host: str, port: int, addresses: list[str]) -> HTTPConnection:
        for address in addresses:
            connection = self._unconnected(host, port, address)
            try:
                connection.connect()
            except NewConnectionError:
                if address == addresses[-1]:
                    raise
            else:
                return connection
        raise TemporaryFailure("http_unreachable")

    def _unconnected(self, host: str, port: int, address: str) -> HTTPConnection:
        timeout = self._outgoing.timeout_s
        if self._url.scheme != "https":
            return HTTPConnection(address, port, timeout=timeout)
        return HTTPSConnection(
            address, port, timeout=timeout, ssl_context=self._outgoing.tls, server_hostname=host
        )


def _judge(status: int, retry_after: str) -> None:
    """Say what a status other than 2xx means.

    Raises:
        TemporaryFailure, PermanentFailure, OutcomeUnknown
    """
    reason = f"http_{status}"
    if 200 <= status < 300:  # noqa: PLR2004
        return
    if status in {429, 503}:
        raise TemporaryFailure(reason, _pause(retry_after) if status == 429 else None)  # noqa: PLR2004
    if status in {408, 425}:
        raise TemporaryFailure(reason)
    if status >= 500:  # noqa: PLR2004 -- a gateway may have passed it on before it failed
        raise OutcomeUnknown(reason)
    if status < 400 or status in {401, 403, 404, 405, 410}:  # noqa: PLR2004
        raise ChannelRefused(reason)
    raise PermanentFailure(reason)


def _pause(retry_after: str) -> timedelta:
    seconds = int(retry_after) if retry_after.isdecimal() and len(retry_after) < 9 else 0  # noqa: PLR2004
    return timedelta(seconds=min(max(seconds, _SHORTEST_PAUSE_S), _LONGEST_PAUSE_S))


def read_outgoing(settings: SettingsReader) -> Outgoing:
    """Return how calls are made here: networks that are allowed besides the Internet, and TLS."""
    networks = []
    for text in (settings.optional(NETWORKS) or "").split(","):
        try:
            networks += [ipaddress.ip_network(text.strip())] if text.strip() else []
        except ValueError:
            settings.fault(NETWORKS, "is not a list of networks, as in 10.1.0.0/16,fd00::/8")
    return Outgoing(allowed=tuple(networks), tls=settings.tls(CA_FILE))


def read_address(settings: SettingsReader, name: str, default: str = "") -> str:
    """Return where the server called *name* is; a secret goes there, so in production by TLS."""
    url = settings.optional(name) or default
    schemes = ("https",) if settings.in_production else ("https", "http")
    settings.check_address(name, url, schemes, credentials=False)
    return url.rstrip("/")
