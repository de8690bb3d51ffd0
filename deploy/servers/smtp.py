"""A real SMTP server that keeps what it is given, instead of delivering it.

It can be told to refuse, so that a sender's patience is tried with real answers on the wire.
"""

import ssl
import threading
from collections import deque
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.servers.ports import free_port

_ACCEPTED = "250 OK"
_MAIL_BYTES = 1_000_000
_PATIENCE_S = 60.0  # a slow machine is no failure


@dataclass(frozen=True, kw_only=True, slots=True)
class Mail:
    """One message that was accepted."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage

    @property
    def text(self) -> str:
        """The plain text of the message, decoded."""
        body = self.message.get_body(("plain",))
        return str(body.get_content()) if body else ""


class SmtpSink:
    """Accepts mail on loopback; *mails* holds it, oldest first.

    With *tls* it speaks TLS from the first byte, as `smtps://` asks for, or only after STARTTLS.
    """

    def __init__(
        self,
        port: int | None = None,
        tls: ssl.SSLContext | None = None,
        *,
        starttls: bool = False,
    ) -> None:
        self.mails: list[Mail] = []
        self._answers: deque[str] = deque()
        self._arrived = threading.Condition()
        self.port = port or free_port()
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=self.port,
            ready_timeout=_PATIENCE_S,
            data_size_limit=_MAIL_BYTES,
            ssl_context=None if starttls else tls,
            tls_context=tls if starttls else None,
        )
        self._scheme = "smtp" if tls is None else "smtp+starttls" if starttls else "smtps"

    @property
    def url(self) -> str:
        """The address, as SHUPING_SMTP_URL takes it."""
        return f"{self._scheme}://127.0.0.1:{self.port}"

    def start(self) -> Self:
        """Listen, in a thread."""
        self._controller.start()
        return self

    def stop(self) -> None:
        """Stop listening; what was accepted stays readable."""
        self._controller.stop(no_assert=True)

    def answer(self, *answers: str) -> None:
        """Give these answers, e.g. "451 busy", to the next messages, one each; then accept."""
        self._answers.extend(answers)

    def wait_for(self, count: int, timeout_s: float = _PATIENCE_S) -> list[Mail]:
        """Return all mail as soon as there are *count*, or what there is after *timeout_s*."""
        with self._arrived:
            self._arrived.wait_for(lambda: len(self.mails) >= count, timeout_s)
            return list(self.mails)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 (the library's name)
        """Keep one message, or refuse it as told."""
        answer = self._answers.popleft() if self._answers else _ACCEPTED
        if answer.startswith("2"):
            content = envelope.content
            raw = content.encode() if isinstance(content, str) else content or b""
            mail = Mail(
                sender=envelope.mail_from or "",
                recipients=tuple(envelope.rcpt_tos),
                message=BytesParser(EmailMessage, policy=policy.default).parsebytes(raw),
            )
            with self._arrived:
                self.mails.append(mail)
                self._arrived.notify_all()
        return answer
