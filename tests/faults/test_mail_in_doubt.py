"""Killed between the mail server's acceptance and its own record of it: once more, and marked."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.servers import SmtpSink
from tests.faults.conftest import ON_SERVERS, Victim


class HesitantSink(SmtpSink):
    """Has taken the mail, but does not say so while *hesitates* is set."""

    def __init__(self) -> None:
        super().__init__()
        self.hesitates = threading.Event()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 (the library's name)
        answer = await super().handle_DATA(server, session, envelope)
        while self.hesitates.is_set():  # noqa: ASYNC110 (set by another thread)
            await asyncio.sleep(0.02)
        return answer


@pytest.fixture
def smtp_sink() -> Iterator[HesitantSink]:
    sink = HesitantSink()
    sink.start()
    yield sink
    sink.hesitates.clear()
    sink.stop()


@pytest.mark.parametrize(
    "system", ["embedded", pytest.param("production", marks=ON_SERVERS)], indirect=True
)
def test_a_mail_in_doubt_is_sent_once_more_under_its_id_and_reported_as_unknown(
    system: Victim, smtp_sink: HesitantSink
) -> None:
    world = system.world
    world.submit("h1-1")
    world.running.settle()  # that it came has been told
    n_mails = len(smtp_sink.mails)
    smtp_sink.hesitates.set()
    urge = {"kind": "urge", "text": "请今天内完成审核。"}
    assert world.api.post(f"/v1/reviews/{world.cases['h1-1']}/notes", urge, "c.off").status == 201
    assert len(smtp_sink.wait_for(n_mails + 1)) == n_mails + 1
    world.running.kill("notifier")
    smtp_sink.hesitates.clear()
    world.running.launch("notifier")
    world.running.settle()
    first, second = smtp_sink.mails[n_mails:]
    assert first.message["Message-ID"] == second.message["Message-ID"]
    told = [event["data"] for event in world.events("h1-1", "notice_recorded")]
    outcomes = sorted(
        (one["channel"], one["outcome"], one["reason"]) for one in told if one["kind"] == "urge"
    )
    assert outcomes == [("email", "unknown", "sent_again"), ("inapp", "sent", "urged")]
