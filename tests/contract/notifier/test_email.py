"""Mail over a real SMTP conversation: what each answer of the server means."""

import re
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from deploy.servers.ports import free_port
from deploy.servers.smtp import SmtpSink
from services.notifier.adapters.channels.email import EmailChannel
from services.notifier.application.ports import Message
from services.notifier.domain.errors import (
    MessageDelayed,
    OutcomeUnknown,
    PermanentFailure,
    TemporaryFailure,
)
from services.notifier.domain.words import words_of
from services.notifier.settings import read_settings
from tests.certificates import Authority
from tests.unit.notifier.test_settings import GOOD
from tests.unit.notifier.world import at

MESSAGE = Message(
    notice="0f0e0d0c-0000-5000-8000-000000000001",
    name="示例甲",
    address="p@example.org",
    subject="【述评提醒】2019-C-0001",
    text="示例甲同志：\n\n请您完成述职报告。",
    sent_at=at(1, 10, 9),
)
SENDER = "shuping@example.org"


def channel(url: str) -> EmailChannel:
    return EmailChannel(url, SENDER, timeout_s=1)


class Scripted:
    """A server that answers line by line from a script and hangs up at its end."""

    def __init__(self, *answers: str) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"smtp://127.0.0.1:{self._listener.getsockname()[1]}"
        self._answers = answers
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection, connection.makefile("rb") as lines:
            for answer in self._answers:
                connection.sendall(f"{answer}\r\n".encode())
                end = b".\r\n" if answer.startswith("354") else b"\r\n"
                while not (line := lines.readline()).endswith(end) or (
                    answer.startswith("354") and line != end
                ):
                    if not line:
                        return

    def close(self) -> None:
        self._thread.join(5)
        self._listener.close()


@pytest.fixture
def script(request: pytest.FixtureRequest) -> Iterator[Scripted]:
    server = Scripted(*request.param)
    yield server
    server.close()


def test_who_sends_is_told_by_name(smtp_sink: SmtpSink) -> None:
    EmailChannel(smtp_sink.url, SENDER, timeout_s=1, sender_name="述评提醒").send(MESSAGE)
    (mail,) = smtp_sink.wait_for(1)
    (shown,) = mail.message["From"].addresses
    assert (shown.display_name, shown.addr_spec, mail.sender) == ("述评提醒", SENDER, SENDER)


@pytest.mark.parametrize("n", range(1, 100, 7))
def test_no_encoded_word_of_a_header_is_longer_than_mail_servers_take(
    smtp_sink: SmtpSink, n: int
) -> None:
    said = "【督办】2019-C-0001 " + "逾期" * n + "🙂"
    named = replace(MESSAGE, subject=said, name="示例" * n)
    EmailChannel(smtp_sink.url, SENDER, timeout_s=1, sender_name="述" * n).send(named)
    (mail,) = smtp_sink.wait_for(1)
    assert mail.message["Subject"] == said
    head = " ".join(str(value) for _, value in mail.message.raw_items())
    assert max(map(len, re.findall(r"=\?[^? ]+\?[bqBQ]\?[^? ]*\?=", head))) <= 75


def test_a_mail_arrives_with_its_headers_and_words(smtp_sink: SmtpSink) -> None:
    channel(smtp_sink.url).send(MESSAGE)
    (mail,) = smtp_sink.wait_for(1)
    assert (mail.sender, mail.recipients) == (SENDER, ("p@example.org",))
    assert mail.message["Message-ID"] == f"<{MESSAGE.notice}@example.org>"
    assert mail.message["Subject"] == MESSAGE.subject
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert mail.message.get_content().splitlines() == MESSAGE.text.splitlines()


def test_from_a_mail_as_it_arrived_the_digest_of_its_very_words_is_worked_out(
    smtp_sink: SmtpSink,
) -> None:
    """As docs/audit-format.md tells it, whatever mail does to the ends of lines."""
    message = replace(MESSAGE, subject="【督办】" + "逾期" * 60, text=f"{MESSAGE.text}\n\n链接：x")
    kept = words_of(message.subject, message.text, b"s" * 32)
    channel(smtp_sink.url).send(message)
    (mail,) = smtp_sink.wait_for(1)
    body = mail.message.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert (b"\r\n" in body, body.endswith(b"\r\n")) == (True, True)
    text = body.decode().replace("\r\n", "\n").strip("\n")
    said = f"{mail.message['Subject']}\n\n{text}".encode()
    assert sha256(bytes.fromhex(kept.salt) + said).hexdigest() == kept.digest


def test_no_header_offers_to_unsubscribe_from_duties(smtp_sink: SmtpSink) -> None:
    """Nor is there any list: each mail is to one person about their own work."""
    channel(smtp_sink.url).send(MESSAGE)
    (mail,) = smtp_sink.wait_for(1)
    ours = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"}
    mime = {"MIME-Version", "Content-Type", "Content-Transfer-Encoding"}
    assert {*mail.message.keys()} == ours | mime


def test_the_same_notice_has_the_same_message_id_again(smtp_sink: SmtpSink) -> None:
    channel(smtp_sink.url).send(MESSAGE)
    channel(smtp_sink.url).send(MESSAGE)
    assert len({mail.message["Message-ID"] for mail in smtp_sink.wait_for(2)}) == 1


def test_an_answer_of_4xx_is_temporary_and_of_5xx_permanent(smtp_sink: SmtpSink) -> None:
    smtp_sink.answer("451 busy", "554 no")
    with pytest.raises(TemporaryFailure, match="smtp_451"):
        channel(smtp_sink.url).send(MESSAGE)
    with pytest.raises(PermanentFailure, match="smtp_554"):
        channel(smtp_sink.url).send(MESSAGE)


def test_nobody_listening_is_temporary() -> None:
    with pytest.raises(TemporaryFailure, match="smtp_unreachable"):
        channel(f"smtp://127.0.0.1:{free_port()}").send(MESSAGE)


@pytest.mark.parametrize(
    "script",
    [("220 hi", "250 ok", "250 ok", "250 ok", "354 go")],
    indirect=True,
    ids=["hangs up after the last byte"],
)
def test_a_connection_lost_after_the_last_byte_is_unknown(script: Scripted) -> None:
    with pytest.raises(OutcomeUnknown):
        channel(script.url).send(MESSAGE)


@pytest.mark.parametrize(
    "script", [("220 hi", "250 ok", "250 ok"), ("220 hi",), ("421 later",)], indirect=True
)
def test_a_connection_lost_before_the_message_is_temporary(script: Scripted) -> None:
    with pytest.raises(TemporaryFailure):
        channel(script.url).send(MESSAGE)


@pytest.mark.parametrize(
    "script", [("220 hi", "250 ok", "250 ok", "550 no such user")], indirect=True
)
def test_an_unknown_recipient_is_permanent(script: Scripted) -> None:
    with pytest.raises(PermanentFailure, match="smtp_550"):
        channel(script.url).send(MESSAGE)


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (("220 hi", "250 ok", "250 ok", "452 mailbox full"), MessageDelayed),
        (("220 hi", "250 ok", "250 ok", "250 ok", "354 go", "452 mailbox full"), MessageDelayed),
        (("220 hi", "250 ok", "451 not from you now"), TemporaryFailure),
        (("220 hi", "250 ok", "250 ok", "421 closing"), TemporaryFailure),
    ],
    indirect=["script"],
)
def test_a_full_mailbox_is_of_its_message_and_not_of_the_server(
    script: Scripted, kind: type[TemporaryFailure]
) -> None:
    with pytest.raises(TemporaryFailure) as raised:
        channel(script.url).send(MESSAGE)
    assert type(raised.value) is kind


@pytest.mark.parametrize("address", ["no at sign", "a@b\r\nBcc: x@example.org", "示例@example.org"])
def test_an_address_that_is_none_is_permanent_and_never_sent(
    smtp_sink: SmtpSink, address: str
) -> None:
    with pytest.raises(PermanentFailure, match="bad_address"):
        channel(smtp_sink.url).send(replace(MESSAGE, address=address))
    assert smtp_sink.mails == []


def test_a_name_cannot_add_a_header(smtp_sink: SmtpSink) -> None:
    named = replace(MESSAGE, name="甲\r\nBcc: x@example.org")
    channel(smtp_sink.url).send(named)
    (mail,) = smtp_sink.wait_for(1)
    assert mail.message["Bcc"] is None
    assert mail.recipients == ("p@example.org",)


@pytest.mark.parametrize("starttls", [False, True], ids=["smtps", "starttls"])
def test_a_mail_server_is_believed_by_its_authority_alone(tmp_path: Path, starttls: bool) -> None:
    ours, another = Authority(tmp_path, "ours"), Authority(tmp_path, "another")
    shown = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    shown.load_cert_chain(*ours.issue("mail", "127.0.0.1"))
    sink = SmtpSink(tls=shown, starttls=starttls).start()
    for authority in (another, ours):
        settings = {
            "SHUPING_SMTP_URL": sink.url,
            "SHUPING_SMTP_FROM": SENDER,
            "SHUPING_SMTP_CA_FILE": str(authority.file),
        }
        way = read_settings(GOOD | settings).channels["email"]()
        if authority is another:
            with pytest.raises(TemporaryFailure, match="smtp_unreachable"):
                way.send(MESSAGE)
        else:
            way.send(MESSAGE)
    sink.stop()
    assert len(sink.mails) == 1
