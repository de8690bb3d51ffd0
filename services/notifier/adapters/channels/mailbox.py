"""The mailbox of what came back: read over IMAP with TLS, by a thread of its own.

A letter counts by the address it came to, which names the notice, and by its delivery status; what
a robot on leave wrote, or a server that goes on trying, counts for nothing. A letter is marked as
read only after what it says has been written down, so a crash in between reads it again.

Source: https://www.rfc-editor.org/rfc/rfc3464
"""

import imaplib
import re
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default
from functools import partial
from threading import Event, Lock, Thread
from typing import cast
from urllib.parse import unquote, urlsplit

from services.notifier.adapters.channels.provider import SettingsReader
from services.notifier.adapters.channels.returning import ADDRESS, Returning

URL, CA_FILE = "SHUPING_IMAP_URL", "SHUPING_IMAP_CA_FILE"
EVERY_S, TIMEOUT_S = 60.0, 10.0
_PORTS = {"imaps": 993, "imap+starttls": 143}
_MOST_LETTERS, _MOST_BYTES = 100, 256 * 1024
_TOLD_IN = ("Delivered-To", "X-Original-To", "Envelope-To", "To")
_COMMENT = re.compile(r"\([^)]*\)")
_ADDRESS = re.compile(r"[^\s<>,;:\"]+@[^\s<>,;:\"]+")


def bounced_notice(letter: bytes, returning: Returning) -> str | None:
    """Return the notice that *letter* says did not arrive, for good; None: it says nothing."""
    message = message_from_bytes(letter, policy=default)
    if not _failed(message):
        return None
    told = " ".join(str(value) for name in _TOLD_IN for value in message.get_all(name, ()))
    named = (returning.notice(address) for address in _ADDRESS.findall(told))
    return next((notice for notice in named if notice), None)


def _failed(message: EmailMessage) -> bool:
    """Return whether it is a delivery status, and nobody it tells of was reached or may yet be.

    A mail has one recipient: where more are told of, their server passed it on to those.
    """
    if message.get_content_type() != "multipart/report":
        return False  # one that somebody sent on tells of another mail
    actions = [
        _COMMENT.sub("", str(block["Action"])).strip().lower()
        for part in message.iter_parts()
        if part.get_content_type() == "message/delivery-status"
        for block in cast("list[Message]", part.get_payload())
        if block["Action"] is not None
    ]
    return set(actions) == {"failed"}


class Mailbox:
    """One mailbox on one server; used by one thread."""

    def __init__(
        self, url: str, returning: Returning, tls: ssl.SSLContext, timeout_s: float = TIMEOUT_S
    ) -> None:
        self._url, self._returning, self._tls = urlsplit(url), returning, tls
        self._timeout_s = timeout_s

    def read(self, seen: Callable[[Sequence[str]], None]) -> None:
        """Hand the notices that came back to *seen*, and mark the letters when it returns.

        Raises:
            OSError, imaplib.IMAP4.error
        """
        server = self._connect()
        try:
            server.select("INBOX")
            _, (found, *_) = server.uid("SEARCH", "UNSEEN")
            numbers = (found or b"").split()[:_MOST_LETTERS]
            notices = []
            for number in numbers:
                notice = bounced_notice(self._letter(server, number), self._returning)
                notices += [notice] if notice else []
            seen(notices)
            if numbers:
                server.uid("STORE", b",".join(numbers).decode(), "+FLAGS", r"(\Seen)")
        finally:
            with suppress(OSError, imaplib.IMAP4.error):
                server.logout()

    def _letter(self, server: imaplib.IMAP4, number: bytes) -> bytes:
        _, parts = server.uid("FETCH", number.decode(), f"(BODY.PEEK[]<0.{_MOST_BYTES}>)")
        return b"".join(part[1] for part in parts if isinstance(part, tuple))

    def _connect(self) -> imaplib.IMAP4:
        host, port = self._url.hostname or "", self._url.port or _PORTS[self._url.scheme]
        if self._url.scheme == "imaps":
            server: imaplib.IMAP4 = imaplib.IMAP4_SSL(
                host, port, ssl_context=self._tls, timeout=self._timeout_s
            )
        else:
            server = imaplib.IMAP4(host, port, timeout=self._timeout_s)
        try:
            if self._url.scheme != "imaps":
                server.starttls(self._tls)
            server.login(unquote(self._url.username or ""), unquote(self._url.password or ""))
        except BaseException:
            # After a certificate that is not believed there is nothing left to close: that it was
            # not is what is told.
            with suppress(OSError):
                server.shutdown()
            raise
        return server


class Returned:
    """Reads a mailbox again and again, and keeps what came back until it is written down."""

    def __init__(self, mailbox: Mailbox, is_wanted: Callable[[], bool], every_s: float) -> None:
        self._mailbox, self._is_wanted, self._every_s = mailbox, is_wanted, every_s
        self._lock, self._stop, self._written = Lock(), Event(), Event()
        self._waiting: list[str] = []
        self.problem = ""  # why it cannot be read now; empty: it can
        self._thread = Thread(target=self._run, name="mailbox", daemon=True)
        self._thread.start()

    def waiting(self) -> Sequence[str]:
        """Return the notices that came back and are not written down."""
        with self._lock:
            return tuple(self._waiting)

    def written(self) -> None:
        """Let the letters of all that was waiting be marked as read."""
        with self._lock:
            self._waiting = []
        self._written.set()

    def close(self) -> None:
        self._stop.set()
        self._written.set()
        self._thread.join(TIMEOUT_S)

    def _run(self) -> None:
        while not self._stop.is_set():
            if self._is_wanted():
                try:
                    self._mailbox.read(self._hand_over)
                    self.problem = ""
                except (OSError, imaplib.IMAP4.error) as error:
                    self.problem = f"the mailbox cannot be read: {type(error).__name__}"
            self._stop.wait(self._every_s)

    def _hand_over(self, notices: Sequence[str]) -> None:
        if not notices:
            return
        self._written.clear()
        with self._lock:
            self._waiting = list(notices)
        if not self._written.wait(EVERY_S) or self._stop.is_set():
            with self._lock:
                self._waiting = []
            raise OSError("nobody wrote it down in time")  # the letters are read again


Opening = Callable[[Callable[[], bool]], Returned]


def read_mailbox(settings: SettingsReader, returning: Returning | None) -> Opening | None:
    """Return how to begin reading what comes back; None: nobody reads it."""
    url, tls = settings.optional(URL), settings.tls(CA_FILE)
    if (url is None) != (returning is None):
        settings.fault(URL, f"and {ADDRESS} belong together")
    if url is None or returning is None:
        return None
    settings.check_address(URL, url, tuple(_PORTS), credentials=True)
    return partial(_open, Mailbox(url, returning, tls))


def _open(mailbox: Mailbox, is_wanted: Callable[[], bool]) -> Returned:
    return Returned(mailbox, is_wanted, EVERY_S)
