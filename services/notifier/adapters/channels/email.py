"""Mail over SMTP: at least once, and therefore under a Message-ID that follows from the notice.

The one idea: the outcome is unknown only between the message's last byte and the server's answer.
Before it, every failure is one of the two plain kinds, by the server's own first digit.

Source: https://www.rfc-editor.org/rfc/rfc5321#section-4.2.1
"""

import re
import smtplib
import ssl
from contextlib import suppress
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from functools import partial
from urllib.parse import unquote, urlsplit

from services.notifier.adapters.channels.provider import Open, Provider, SettingsReader, register
from services.notifier.adapters.channels.returning import Returning, read_returning
from services.notifier.application.ports import Message
from services.notifier.domain.errors import (
    ChannelFailed,
    MessageDelayed,
    OutcomeUnknown,
    PermanentFailure,
    TemporaryFailure,
)

SCHEMES = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
# Shorter than a lease lives, so that a hanging server does not let a standby take over mid-call.
TIMEOUT_S = 4.0
URL, FROM, CA_FILE = "SHUPING_SMTP_URL", "SHUPING_SMTP_FROM", "SHUPING_SMTP_CA_FILE"
FROM_NAME, MOST_NAME = "SHUPING_SMTP_FROM_NAME", 100
# An encoded word has at most 75 characters, and on the lines that follow a space stands before it.
# Source: https://www.rfc-editor.org/rfc/rfc2047#section-2
_POLICY = SMTP.clone(max_line_length=76)
_SENDER = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", re.ASCII)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_OK, _CLOSING = 250, 421


class EmailChannel:
    """Sends through one SMTP server, a connection a message; used by one thread."""

    def __init__(
        self,
        url: str,
        sender: str,
        tls: ssl.SSLContext | None = None,
        timeout_s: float = TIMEOUT_S,
        sender_name: str = "",
        returning: Returning | None = None,
    ) -> None:
        """*tls* says whom the server is believed; None: whom this machine believes.

        *sender_name* is what readers see in place of the address *sender*; "": the address alone.
        What cannot be delivered goes to *returning*; None: to *sender*.
        """
        self._url = urlsplit(url)
        self._sender = sender
        self._from = Address(display_name=sender_name, addr_spec=sender)
        self._tls = tls or ssl.create_default_context()
        self._domain = sender.rpartition("@")[2]
        self._timeout_s = timeout_s
        self._returning = returning

    def send(self, message: Message) -> None:
        """Hand *message* to the server.

        Raises:
            TemporaryFailure, PermanentFailure, OutcomeUnknown
        """
        data = self._compose(message)
        try:
            server = self._connect()
        except smtplib.SMTPResponseException as error:
            raise TemporaryFailure(f"smtp_{error.smtp_code}") from error
        except (OSError, smtplib.SMTPException) as error:
            raise TemporaryFailure("smtp_unreachable") from error
        try:
            self._hand_over(server, message, data)
            with suppress(OSError, smtplib.SMTPException):
                # The message is theirs already; a farewell that fails changes nothing.
                server.quit()
        finally:
            server.close()

    def _hand_over(self, server: smtplib.SMTP, message: Message, data: bytes) -> None:
        sender = self._returning.of(message.notice) if self._returning else self._sender
        try:
            _require(server.mail(sender), TemporaryFailure)
            _require(server.rcpt(message.address))
        except (OSError, smtplib.SMTPException) as error:
            raise TemporaryFailure("smtp_connection_lost") from error
        try:
            _require(server.data(data))
        except smtplib.SMTPDataError as error:
            # The server did not want to see the message at all.
            raise _failure(error.smtp_code) from error
        except (OSError, smtplib.SMTPException) as error:
            raise OutcomeUnknown("smtp_connection_lost") from error

    def _connect(self) -> smtplib.SMTP:
        host = self._url.hostname or ""
        port = self._url.port or SCHEMES[self._url.scheme]
        # Named, because the library would otherwise look its own name up, for seconds if need be.
        if self._url.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                host, port, self._domain, timeout=self._timeout_s, context=self._tls
            )
        else:
            server = smtplib.SMTP(host, port, self._domain, timeout=self._timeout_s)
        if self._url.scheme == "smtp+starttls":
            server.starttls(context=self._tls)
        server.ehlo_or_helo_if_needed()
        if self._url.username:
            server.login(unquote(self._url.username), unquote(self._url.password or ""))
        return server

    def _compose(self, message: Message) -> bytes:
        mail = EmailMessage(policy=_POLICY)
        try:
            to = Address(display_name=_CONTROLS.sub(" ", message.name), addr_spec=message.address)
            mail["From"] = self._from
            mail["To"] = to
            mail["Subject"] = message.subject
            mail["Date"] = message.sent_at
            mail["Message-ID"] = f"<{message.notice}@{self._domain}>"
            # Out-of-office robots must not answer, and must not be answered.
            mail["Auto-Submitted"] = "auto-generated"
            mail.set_content(message.text, cte="base64")
            message.address.encode("ascii")
        except (ValueError, HeaderParseError, IndexError) as error:
            raise PermanentFailure("bad_address") from error
        return mail.as_bytes()


def _require(answer: tuple[int, bytes], not_now: type[TemporaryFailure] = MessageDelayed) -> None:
    code = answer[0]
    if code // 10 != _OK // 10:
        raise _failure(code, not_now)


def _failure(code: int, not_now: type[TemporaryFailure] = MessageDelayed) -> ChannelFailed:
    """Return what *code* says: once the sender was taken, of this message, unless they close."""
    if code >= 500:  # noqa: PLR2004
        return PermanentFailure(f"smtp_{code}")
    return (TemporaryFailure if code == _CLOSING else not_now)(f"smtp_{code}")


def _read(settings: SettingsReader) -> Open | None:
    url, tls = settings.optional(URL), settings.tls(CA_FILE)
    if url is None or url == "console:":  # see `console.py`
        return None
    settings.check_address(URL, url, tuple(SCHEMES), credentials=True)
    sender = settings.required(FROM) or ""
    if sender and _SENDER.fullmatch(sender) is None:
        settings.fault(FROM, "is not a bare mail address")
    name = settings.optional(FROM_NAME) or ""
    if _CONTROLS.search(name) or len(name) > MOST_NAME:
        settings.fault(FROM_NAME, f"is not a name on one line of at most {MOST_NAME} characters")
    returning = read_returning(settings)
    return partial(EmailChannel, url, sender, tls, sender_name=name, returning=returning)


register(Provider(id="email", address="email", read=_read))
