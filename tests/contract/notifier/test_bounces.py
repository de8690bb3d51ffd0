"""Mail that comes back is read, believed by its signature alone, and told in ledger and log."""

import ssl
import time
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import cast
from urllib.parse import quote

import pytest

from deploy.servers import CouldNotStart
from deploy.servers.dovecot import PASSWORD, USER, Dovecot
from deploy.servers.smtp import SmtpSink
from services.notifier.adapters.channels.mailbox import Mailbox, Returned, bounced_notice
from services.notifier.adapters.channels.returning import Returning
from services.notifier.settings import SettingsFaults, read_settings
from tests.certificates import Authority
from tests.contract.notifier.post_office import PostOffice
from tests.contract.notifier.test_email import MESSAGE, SENDER
from tests.contract.notifier.town import Killed, Town
from tests.servers import leave_out
from tests.unit.notifier.test_settings import GOOD
from tests.unit.notifier.world import at

RETURNING = Returning("bounces@example.org", b"a key of the tests")
NOTICE = MESSAGE.notice


def report(to: str, action: str = "failed", status: str = "5.1.1", header: str = "To") -> bytes:
    """Write a delivery status notification as mail servers do."""
    return (
        f"From: MAILER-DAEMON@mx.example.org\r\n{header}: {to}\r\nSubject: Undelivered Mail\r\n"
        "MIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nI am sorry.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.example.org\r\n\r\n"
        f"Final-Recipient: rfc822; p@example.org\r\nAction: {action}\r\nStatus: {status}\r\n\r\n"
        "--b--\r\n"
    ).encode()


def test_a_mail_leaves_under_a_signed_sender_that_names_its_notice(smtp_sink: SmtpSink) -> None:
    settings = {
        "SHUPING_SMTP_URL": smtp_sink.url,
        "SHUPING_SMTP_FROM": SENDER,
        "SHUPING_BOUNCE_ADDRESS": RETURNING.address,
        "SHUPING_BOUNCE_KEY": RETURNING.key.decode(),
        "SHUPING_IMAP_URL": "imaps://u:p@mail.example.org",
    }
    read_settings(GOOD | settings).channels["email"]().send(MESSAGE)
    (mail,) = smtp_sink.wait_for(1)
    assert RETURNING.notice(mail.sender) == NOTICE
    assert mail.message["From"].addresses[0].addr_spec == SENDER


def test_an_address_is_believed_by_its_signature_alone() -> None:
    address = RETURNING.of(NOTICE)
    local, _, domain = address.partition("@")
    assert len(local) <= 64
    assert RETURNING.notice(f"{local.upper()}@{domain}") == NOTICE
    assert Returning(RETURNING.address, b"another key").notice(address) is None
    for place in range(len("bounces+"), len(local)):
        for other in "a2":
            forged = local[:place] + other + local[place + 1 :]
            assert forged == local or RETURNING.notice(f"{forged}@{domain}") is None


@pytest.mark.parametrize("header", ["To", "Delivered-To", "X-Original-To"])
def test_a_failure_is_told_by_the_address_it_came_to(header: str) -> None:
    letter = report(f"<{RETURNING.of(NOTICE)}>", header=header)
    assert bounced_notice(letter, RETURNING) == NOTICE


def test_what_is_no_failure_counts_for_nothing() -> None:
    address = RETURNING.of(NOTICE)
    away = EmailMessage()
    away["To"], away["Auto-Submitted"] = address, "auto-replied"
    away.set_content("Action: failed")
    for letter in (
        report(address, action="delayed", status="4.4.7"),
        report(address, action="delivered", status="2.0.0"),
        report("bounces@example.org"),
        report(Returning(RETURNING.address, b"another key").of(NOTICE)),
        bytes(away),
        b"",
        b"\xff\x00 no letter",
        report(address)[:150],
    ):
        assert bounced_notice(letter, RETURNING) is None


def told_of(*actions: str) -> bytes:
    """Write what a server tells of several to whom it passed the mail on."""
    first, *others = actions
    blocks = "".join(
        f"Final-Recipient: rfc822; {n}@example.org\r\nAction: {one}\r\nStatus: 5.0.0\r\n\r\n"
        for n, one in enumerate(others)
    ).encode()
    return report(RETURNING.of(NOTICE), first).replace(b"--b--", blocks + b"--b--")


@pytest.mark.parametrize("other", ["delivered", "relayed", "expanded", "delayed"])
def test_who_was_reached_beside_others_or_may_yet_be_did_not_fail(other: str) -> None:
    assert bounced_notice(told_of("failed", "failed"), RETURNING) == NOTICE
    assert bounced_notice(told_of("failed", other), RETURNING) is None
    assert bounced_notice(told_of(other, "failed"), RETURNING) is None


def test_a_comment_beside_an_action_is_no_part_of_it() -> None:
    for action in ("failed (user unknown)", "(for good) Failed", "failed (a) (b)"):
        assert bounced_notice(report(RETURNING.of(NOTICE), action), RETURNING) == NOTICE
    assert bounced_notice(report(RETURNING.of(NOTICE), "delayed (failed)"), RETURNING) is None


@pytest.mark.parametrize("how", ["message/rfc822", "beside"])
def test_a_failure_that_somebody_sends_on_counts_for_nothing(how: str) -> None:
    letter = EmailMessage()
    letter["To"], letter["Subject"] = RETURNING.of(NOTICE), "Fwd"
    letter.set_content("What is this?")
    theirs = message_from_bytes(report(RETURNING.of(NOTICE)), policy=default)
    if how == "beside":
        letter.make_mixed()
        letter.attach(cast("EmailMessage", theirs.get_payload(1)))
    else:
        letter.add_attachment(theirs)
    assert b"Action: failed" in bytes(letter)
    assert bounced_notice(bytes(letter), RETURNING) is None


@pytest.fixture
def office(tmp_path: Path) -> Iterator[PostOffice]:
    authority = Authority(tmp_path, "ours")
    shown = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    shown.load_cert_chain(*authority.issue("imap", "127.0.0.1"))
    with PostOffice(shown, "bounces", "secret") as office:
        yield office


def mailbox(office: PostOffice, folder: Path, user: str = "bounces") -> Mailbox:
    url = f"imaps://{user}:secret@127.0.0.1:{office.port}"
    tls = ssl.create_default_context(cafile=folder / "ours.pem")
    return Mailbox(url, RETURNING, tls, timeout_s=5)


def settled(returned: Returned, town: Town, wanted: int) -> None:
    """Let the town's engine go on until *wanted* notices have come back."""
    town.engine.returns = returned
    deadline = time.monotonic() + 20
    while sum(one.reason == "bounced" for one in town.notices()) < wanted:
        assert time.monotonic() < deadline, returned.problem
        town.run()
        time.sleep(0.02)


def test_what_came_back_is_one_more_line_in_ledger_and_log(
    town: Town, office: PostOffice, tmp_path: Path
) -> None:
    town.run(at(1, 8, 10))
    (sent,) = [one for one in town.notices() if (one.channel, one.rung) == ("email", "before")]
    office.letters += [b"Subject: hello\r\n\r\nno bounce", report(RETURNING.of(sent.id))]
    returned = Returned(mailbox(office, tmp_path), lambda: True, 0.01)
    try:
        settled(returned, town, 1)
        office.letters.append(report(RETURNING.of(sent.id)))  # once more: nothing new
        office.letters.append(report(RETURNING.of(NOTICE)))  # of a notice that nobody knows
        while len(office.seen) < 4:
            town.run()
    finally:
        returned.close()
    lines = [one for one in town.notices() if one.rung == "before" and one.channel == "email"]
    assert sorted((one.status, one.reason) for one in lines) == [
        ("failed", "bounced"),
        ("sent", "before_deadline"),
    ]
    told = [one for one in town.workflow.recorded.values() if one["reason"] == "bounced"]
    assert [(one["outcome"], one["recipient"]["person"]) for one in told] == [("failed", "ws")]


def test_a_letter_that_was_not_written_down_is_read_again(
    office: PostOffice, tmp_path: Path
) -> None:
    office.letters.append(report(RETURNING.of(NOTICE)))

    def dies(_: object) -> None:
        raise Killed

    with pytest.raises(Killed):
        mailbox(office, tmp_path).read(dies)
    assert office.seen == set()
    read: list[str] = []
    mailbox(office, tmp_path).read(read.extend)
    mailbox(office, tmp_path).read(read.extend)
    assert (read, office.seen) == ([NOTICE], {1})


def test_a_mailbox_that_cannot_be_read_is_told_without_its_password(
    town: Town, office: PostOffice, tmp_path: Path
) -> None:
    returned = Returned(mailbox(office, tmp_path, "stranger"), lambda: True, 0.01)
    try:
        while not returned.problem:
            time.sleep(0.01)
        town.engine.returns = returned
        town.run(at(1, 8, 10))
    finally:
        returned.close()
    assert town.engine.status.problems["mailbox"] == "the mailbox cannot be read: error"


def test_settings_of_bounces_belong_together() -> None:
    with pytest.raises(SettingsFaults) as caught:
        read_settings(GOOD | {"SHUPING_BOUNCE_ADDRESS": f"{'b' * 30}@example.org"})
    assert {fault.split()[0] for fault in caught.value.faults} == {
        "SHUPING_BOUNCE_ADDRESS",
        "SHUPING_BOUNCE_KEY",
        "SHUPING_IMAP_URL",
    }


@pytest.fixture
def dovecot(tmp_path: Path) -> Iterator[Dovecot]:
    server = Dovecot(*Authority(tmp_path, "ours").issue("imap", "127.0.0.1"))
    try:
        server.start()
    except CouldNotStart as error:
        leave_out(error)
    yield server
    server.stop()


@pytest.mark.parametrize("scheme", ["imaps", "imap+starttls"])
def test_debians_dovecot_is_read_over_tls_and_each_letter_once(
    town: Town, dovecot: Dovecot, tmp_path: Path, scheme: str
) -> None:
    town.run(at(1, 8, 10))
    (sent,) = [one for one in town.notices() if (one.channel, one.rung) == ("email", "before")]
    dovecot.deliver(b"From: a@example.org\r\nSubject: hello\r\n\r\nno bounce\r\n")
    dovecot.deliver(report(RETURNING.of(sent.id)))
    returned = Returned(served_by(dovecot, tmp_path, scheme), lambda: True, 0.01)
    try:
        settled(returned, town, 1)
        dovecot.deliver(report(RETURNING.of(NOTICE)))  # of a notice that nobody knows
        deadline = time.monotonic() + 60
        while dovecot.seen() < 3:
            assert time.monotonic() < deadline, returned.problem
            town.run()
    finally:
        returned.close()
    assert [one.status for one in town.notices() if one.reason == "bounced"] == ["failed"]
    read: list[str] = []
    served_by(dovecot, tmp_path, scheme).read(read.extend)
    assert read == []


def test_debians_dovecot_is_not_believed_with_another_certificate(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    (tmp_path / "others").mkdir()
    Authority(tmp_path / "others", "ours")
    dovecot.deliver(report(RETURNING.of(NOTICE)))
    for scheme in ("imaps", "imap+starttls"):
        with pytest.raises(ssl.SSLCertVerificationError):
            served_by(dovecot, tmp_path / "others", scheme).read(lambda _: None)
    assert dovecot.seen() == 0


def served_by(server: Dovecot, folder: Path, scheme: str) -> Mailbox:
    port = server.tls_port if scheme == "imaps" else server.port
    url = f"{scheme}://{USER}:{quote(PASSWORD)}@127.0.0.1:{port}"
    tls = ssl.create_default_context(cafile=folder / "ours.pem")
    return Mailbox(url, RETURNING, tls, timeout_s=30)
