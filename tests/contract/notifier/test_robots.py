"""Robots, applications and webhooks, against servers that answer as their vendors do."""

import ssl
from base64 import b64decode, b64encode
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from hmac import digest
from ipaddress import ip_network
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from services.notifier.adapters.channels.outgoing import LARGEST_BYTES, Outgoing
from services.notifier.application.ports import Channel, Message
from services.notifier.domain.errors import (
    ChannelFailed,
    ChannelRefused,
    OutcomeUnknown,
    PermanentFailure,
    TemporaryFailure,
)
from services.notifier.settings import SettingsFaults, read_settings
from tests.certificates import Authority
from tests.contract.notifier.vendors import (
    AGENT,
    APP_SECRET,
    CORP,
    KEY,
    SECRET,
    TOKEN,
    Asked,
    Dingtalk,
    Feishu,
    Raw,
    Reply,
    Server,
    Wecom,
)
from tests.unit.notifier.test_settings import GOOD
from tests.unit.notifier.world import at

MESSAGE = Message(
    notice="0f0e0d0c-0000-5000-8000-000000000001",
    name="示例甲",
    address="wangwu",
    subject="【述评提醒】2019-C-0001",
    text="示例甲同志：\n\n请您完成述职报告。\nhttps://shuping.example.org/cases/1",
    sent_at=at(1, 10, 9),
)
WEBHOOK_KEY = b"a key of thirty-two bytes exactly"[:32]
HERE = {"SHUPING_ENVIRONMENT": "test", "SHUPING_CHANNELS_NETWORKS": "127.0.0.0/8"}
SETTINGS: dict[str, dict[str, str]] = {
    "wecom_robot": {"SHUPING_WECOM_ROBOT_KEY": KEY},
    "wecom_app": {
        "SHUPING_WECOM_CORP_ID": CORP,
        "SHUPING_WECOM_AGENT_ID": AGENT,
        "SHUPING_WECOM_APP_SECRET": APP_SECRET,
    },
    "dingtalk_robot": {
        "SHUPING_DINGTALK_ROBOT_TOKEN": TOKEN,
        "SHUPING_DINGTALK_ROBOT_SECRET": SECRET,
    },
    "feishu_robot": {
        "SHUPING_FEISHU_ROBOT_TOKEN": TOKEN,
        "SHUPING_FEISHU_ROBOT_SECRET": SECRET,
    },
    "webhook": {"SHUPING_WEBHOOK_SECRET": f"whsec_{b64encode(WEBHOOK_KEY).decode()}"},
}
URLS = {name: f"SHUPING_{name.partition('_')[0].upper()}_URL" for name in SETTINGS}
SECRETS = (KEY, TOKEN, SECRET, APP_SECRET, CORP, b64encode(WEBHOOK_KEY).decode())
EVERY = list(SETTINGS)


def channel(name: str, url: str, **others: str) -> Channel:
    settings = GOOD | HERE | SETTINGS[name] | {URLS[name]: url} | others
    opened = read_settings(settings).channels[name]()
    object.__setattr__(opened._outgoing, "timeout_s", 1)  # type: ignore[attr-defined]
    return opened


def outcome(name: str, url: str, message: Message = MESSAGE, **others: str) -> ChannelFailed | None:
    try:
        channel(name, url, **others).send(message)
    except ChannelFailed as failure:
        told = f"{failure!r}{failure.__cause__!r}"
        if any(secret in told for secret in SECRETS):
            pytest.fail(told)
        return failure
    return None


# --- Taken ---


def test_a_wecom_robot_calls_whom_it_is_for() -> None:
    with Server(wecom := Wecom()) as server:
        assert outcome("wecom_robot", server.url) is None
    assert wecom.sent == [f"{MESSAGE.subject}\n{MESSAGE.text}"]
    assert server.asked[0].body["text"]["mentioned_list"] == ["wangwu"]


def test_who_has_no_account_is_called_by_no_robot() -> None:
    nobody = replace(MESSAGE, address="")
    with Server(Wecom()) as wecom, Server(Dingtalk()) as dingtalk, Server(feishu := Feishu()) as f:
        assert outcome("wecom_robot", wecom.url, nobody) is None
        assert outcome("dingtalk_robot", dingtalk.url, nobody) is None
        assert outcome("feishu_robot", f.url, nobody) is None
    assert "mentioned_list" not in wecom.asked[0].body["text"]
    assert dingtalk.asked[0].body["at"] == {"atUserIds": [], "isAtAll": False}
    assert "<at" not in feishu.sent[0]


def test_a_wecom_application_asks_for_its_token_once() -> None:
    with Server(wecom := Wecom()) as server:
        way = channel("wecom_app", server.url)
        way.send(MESSAGE)
        way.send(MESSAGE)
        wecom.token = "token-2"  # the first has run out
        way.send(MESSAGE)
    paths = [asked.path.rpartition("/")[2] for asked in server.asked]
    assert paths == ["gettoken", "send", "send", "send", "gettoken", "send"]
    assert server.asked[1].body["enable_duplicate_check"] == 1
    assert len(wecom.sent) == 3


def test_all_calls_of_one_message_end_together() -> None:
    """Each alone would be quick enough; a lease lives no longer than one of them may last."""
    wecom = Wecom()

    def slowly(asked: Asked) -> Reply:
        sleep(0.7)
        return wecom(asked)

    with Server(slowly) as server:
        failure = outcome("wecom_app", server.url)
    assert str(failure) in {"http_too_slow", "wecom_no_token"}  # by how busy the machine is


@pytest.mark.parametrize("name", ["wecom_robot", "wecom_app"])
@pytest.mark.parametrize("address", ["@all", "wangwu|zhaoliu"])
def test_an_address_calls_one_person(name: str, address: str) -> None:
    with Server(Wecom()) as server:
        failure = outcome(name, server.url, replace(MESSAGE, address=address))
    assert (type(failure), str(failure)) == (PermanentFailure, "bad_address")
    assert server.asked == []


def test_dingtalk_and_feishu_are_signed_as_their_vendors_check_it() -> None:
    with Server(Dingtalk()) as dingtalk, Server(feishu := Feishu()) as server:
        assert outcome("dingtalk_robot", dingtalk.url) is None
        assert outcome("feishu_robot", server.url) is None
    assert dingtalk.asked[0].body["at"]["atUserIds"] == ["wangwu"]
    assert feishu.sent[0].startswith('<at user_id="wangwu"></at> 【述评提醒】')


def test_a_name_calls_nobody_in_a_group() -> None:
    everybody = replace(MESSAGE, text='<at user_id="all">所有人</at>', address="all")
    with Server(feishu := Feishu()) as server:
        assert outcome("feishu_robot", server.url, everybody) is None
    assert "<" not in feishu.sent[0]


def test_a_long_text_is_cut_and_keeps_its_link() -> None:
    long = replace(MESSAGE, text="述职" * 2000 + "\nhttps://shuping.example.org/cases/1")
    with Server(wecom := Wecom()) as server:
        assert outcome("wecom_robot", server.url, long) is None
    assert wecom.sent[0].endswith("……\nhttps://shuping.example.org/cases/1")
    assert 2000 < len(wecom.sent[0].encode()) <= 2048


def test_a_webhook_is_signed_as_the_standard_says() -> None:
    with Server(lambda _: Reply(b"", 204)) as server:
        assert outcome("webhook", f"{server.url}/hooks/1") is None
    (asked,) = server.asked
    id_, time, signature = (asked.headers[f"Webhook-{n}"] for n in ("Id", "Timestamp", "Signature"))
    kind, _, signed = signature.partition(",")
    expected = digest(WEBHOOK_KEY, f"{id_}.{time}.".encode() + asked.raw, sha256)
    assert (kind, b64decode(signed), asked.path) == ("v1", expected, "/hooks/1")
    assert (id_, asked.body["data"]["notice"]) == (MESSAGE.notice, MESSAGE.notice)


# --- Not taken: the truth stands in the body ---


@pytest.mark.parametrize(
    ("name", "vendor", "reason", "minutes"),
    [
        ("wecom_robot", Wecom(most=0), "wecom_45009", 1),
        ("dingtalk_robot", Dingtalk(most=0), "dingtalk_130101", 10),
        ("feishu_robot", Feishu(most=0), "feishu_11232", 1),
    ],
)
def test_too_many_is_tried_again_after_the_vendors_own_time(
    name: str, vendor: Any, reason: str, minutes: int
) -> None:
    with Server(vendor) as server:
        failure = outcome(name, server.url)
    assert isinstance(failure, TemporaryFailure)
    assert (failure.reason, failure.pause) == (reason, timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("name", "vendor", "others", "reason"),
    [
        ("wecom_robot", Wecom(), {"SHUPING_WECOM_ROBOT_KEY": "x" * 36}, "wecom_93000"),
        ("wecom_app", Wecom(), {"SHUPING_WECOM_APP_SECRET": "another"}, "wecom_40001"),
        ("dingtalk_robot", Dingtalk(), {"SHUPING_DINGTALK_ROBOT_SECRET": "x"}, "dingtalk_310000"),
        ("dingtalk_robot", Dingtalk(keyword="督办"), {}, "dingtalk_310000"),
        ("feishu_robot", Feishu(), {"SHUPING_FEISHU_ROBOT_SECRET": "x"}, "feishu_19021"),
        ("feishu_robot", Feishu(keyword="督办"), {}, "feishu_19024"),
    ],
)
def test_a_wrong_key_signature_or_keyword_is_refused_for_good(
    name: str, vendor: Any, others: dict[str, str], reason: str
) -> None:
    with Server(vendor) as server:
        failure = outcome(name, server.url, **others)
    assert (type(failure), failure and failure.reason) == (ChannelRefused, reason)


def test_whom_wecom_does_not_know_is_not_told() -> None:
    stranger = replace(MESSAGE, address="zhaoliu")
    with Server(Wecom()) as server:
        failure = outcome("wecom_app", server.url, stranger)
        assert (type(failure), str(failure)) == (PermanentFailure, "wecom_81013")
        for address in ("@all", "wangwu|zhaoliu"):
            assert str(outcome("wecom_app", server.url, replace(MESSAGE, address=address))) == (
                "bad_address"
            )


@pytest.mark.parametrize("kind", ["invaliduser", "unlicenseduser"])
def test_ok_with_an_invalid_user_is_no_success(kind: str) -> None:
    def serve(asked: Asked) -> Reply:
        if asked.path == "/cgi-bin/gettoken":
            return Reply({"errcode": 0, "access_token": "t"})
        return Reply({"errcode": 0, "errmsg": "ok", kind: "other|WangWu"})

    with Server(serve) as server:
        failure = outcome("wecom_app", server.url)
    assert (type(failure), str(failure)) == (PermanentFailure, f"wecom_{kind}")


@pytest.mark.parametrize("name", EVERY[:4])
def test_a_code_that_nobody_knows_is_tried_again(name: str) -> None:
    with Server(lambda _: Reply({"errcode": -1, "code": -1})) as server:
        failure = outcome(name, server.url)
    assert isinstance(failure, TemporaryFailure)
    assert failure.reason.endswith("_minus_1")


# --- Servers that answer badly ---


def taking(name: str, then: Reply) -> Any:
    """Serve *then*, and first the token that an application asks for."""
    token = Reply({"errcode": 0, "access_token": "t"})
    return lambda asked: token if asked.path == "/cgi-bin/gettoken" else then


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize(
    ("reply", "kind", "reason"),
    [
        (Reply(b"", 302, {"Location": "http://127.0.0.1/"}), ChannelRefused, "http_302"),
        (Reply(b"", 404), ChannelRefused, "http_404"),
        (Reply(b"", 413), PermanentFailure, "http_413"),
        (Reply(b"", 503), TemporaryFailure, "http_503"),
        (Reply(b"", 502), OutcomeUnknown, "http_502"),
        (Reply(b"x" * (LARGEST_BYTES + 1)), OutcomeUnknown, "http_answer_too_large"),
        (Reply(b"{}", 200, {"Content-Encoding": "gzip"}), OutcomeUnknown, "http_answer_broken"),
        (Reply(b"{}", 200, {"Content-Length": "99"}), OutcomeUnknown, "http_answer_broken"),
    ],
    ids=["redirect", "gone", "too large", "busy", "gateway", "gigantic", "packed", "cut off"],
)
def test_each_bad_answer_has_its_outcome(
    name: str, reply: Reply, kind: type[ChannelFailed], reason: str
) -> None:
    with Server(taking(name, reply)) as server:
        failure = outcome(name, server.url)
    assert (type(failure), str(failure)) == (kind, reason)
    assert len(server.asked) == (2 if name == "wecom_app" else 1)


@pytest.mark.parametrize("name", EVERY[:4])
@pytest.mark.parametrize(
    "body", [b"<html>ok</html>", b'{"ok": true}', b"[]", b'{"errcode": "0", "code": null}']
)
def test_a_robots_answer_that_says_nothing_is_unknown(name: str, body: bytes) -> None:
    with Server(taking(name, Reply(body))) as server:
        failure = outcome(name, server.url)
    assert isinstance(failure, OutcomeUnknown)


@pytest.mark.parametrize(
    "pieces",
    [(), (b"HTTP/1.1 200 OK\r\n", b"X: 1\r\n" * 3, b"X: 1\r\n", b"X: 1\r\n", b"X: 1\r\n")],
    ids=["says nothing", "drips"],
)
def test_a_slow_server_is_not_waited_for(pieces: tuple[bytes, ...]) -> None:
    silent = pieces or (b"",)
    with Raw(*silent, pause_s=0.4 if pieces else 30) as server:
        failure = outcome("webhook", server.url)
    assert (type(failure), str(failure)) == (OutcomeUnknown, "http_too_slow")


def test_who_hangs_up_without_an_answer_leaves_it_unknown() -> None:
    with Raw() as server:
        failure = outcome("webhook", server.url)
    assert (type(failure), str(failure)) == (OutcomeUnknown, "http_answer_broken")


def test_too_many_requests_are_paused_for_as_long_as_the_server_says() -> None:
    with Server(lambda _: Reply(b"", 429, {"Retry-After": "120"})) as server:
        failure = outcome("webhook", server.url)
    assert isinstance(failure, TemporaryFailure)
    assert failure.pause == timedelta(seconds=120)


# --- Where calls may go ---


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.8", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",  # noqa: S104
        "::1", "fe80::1", "fd00::1", "::ffff:127.0.0.2", "64:ff9b::7f00:2", "2002:7f00:2::",
        "224.0.0.1",
    ],
)  # fmt: skip
def test_no_call_goes_inside_the_house(address: str) -> None:
    with Server(lambda _: Reply()) as server:
        port = server.url.rpartition(":")[2]
        # One address of a name that is allowed does not make up for another that is not.
        house = ip_network("127.0.0.1/32") if address != "127.0.0.1" else ip_network("10.0.0.0/8")
        outgoing = Outgoing(
            allowed=(house,),
            tls=ssl.create_default_context(),
            resolve=lambda *_: ["127.0.0.1", address],
        )
        with pytest.raises(ChannelRefused, match="http_address_not_allowed"):
            outgoing.call("POST", f"http://hooks.example.org:{port}/", b"{}")
    assert server.asked == []


def test_a_name_is_resolved_once_and_the_address_that_was_checked_is_called() -> None:
    asked: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    with Server(lambda _: Reply()) as server:
        port = server.url.rpartition(":")[2]
        allowed = read_settings(GOOD | HERE | SETTINGS["webhook"] | {URLS["webhook"]: server.url})
        outgoing = replace(allowed.channels["webhook"]()._outgoing, resolve=resolve)  # type: ignore[attr-defined]
        outgoing.call("POST", f"http://hooks.example.org:{port}/", b"{}")
    assert asked == ["hooks.example.org"]
    assert server.asked[0].headers["Host"] == f"hooks.example.org:{port}"


def test_a_server_is_believed_by_its_authority_and_name(tmp_path: Path) -> None:
    ours, another = Authority(tmp_path, "ours"), Authority(tmp_path, "another")
    shown = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    shown.load_cert_chain(*ours.issue("hooks", "127.0.0.1"))
    with Server(lambda _: Reply(), shown) as server:
        port = server.url.rpartition(":")[2]
        for authority, host, taken in (
            (another, "127.0.0.1", False),
            (ours, "other.example.org", False),
            (ours, "127.0.0.1", True),
        ):
            way = read_settings(
                GOOD
                | HERE
                | SETTINGS["webhook"]
                | {
                    "SHUPING_ENVIRONMENT": "production",
                    "SHUPING_CHANNELS_CA_FILE": str(authority.file),
                    "SHUPING_WEBHOOK_URL": f"https://{host}:{port}/",
                }
            ).channels["webhook"]()
            inner = way._outgoing  # type: ignore[attr-defined]
            object.__setattr__(inner, "resolve", lambda *_: ["127.0.0.1"])
            if taken:
                way.send(MESSAGE)
            else:
                with pytest.raises(TemporaryFailure, match="http_unreachable"):
                    way.send(MESSAGE)


# --- Settings ---


def faults(**settings: str) -> set[str]:
    with pytest.raises(SettingsFaults) as caught:
        read_settings(GOOD | settings)
    assert not any(secret in str(caught.value) for secret in SECRETS)
    return {fault.split()[0] for fault in caught.value.faults}


def test_every_fault_of_every_channel_is_told_at_once() -> None:
    assert faults(
        SHUPING_WECOM_ROBOT_KEY="https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=" + KEY,
        SHUPING_WECOM_CORP_ID=CORP,
        SHUPING_WECOM_AGENT_ID="one",
        SHUPING_DINGTALK_ROBOT_TOKEN=TOKEN,
        SHUPING_FEISHU_ROBOT_SECRET=SECRET,
        SHUPING_FEISHU_URL="http://open.feishu.cn",  # without TLS, in production
        SHUPING_WEBHOOK_URL="https://169.254.169.254/hook",
        SHUPING_WEBHOOK_SECRET="short",
        SHUPING_CHANNELS_NETWORKS="10.0.0.0/8,somewhere",
    ) == {
        "SHUPING_WECOM_ROBOT_KEY",
        "SHUPING_WECOM_AGENT_ID",
        "SHUPING_WECOM_APP_SECRET",
        "SHUPING_DINGTALK_ROBOT_SECRET",
        "SHUPING_FEISHU_ROBOT_TOKEN",
        "SHUPING_FEISHU_URL",
        "SHUPING_WEBHOOK_URL",
        "SHUPING_WEBHOOK_SECRET",
        "SHUPING_CHANNELS_NETWORKS",
    }


def test_a_secret_of_a_channel_comes_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(KEY)
    with Server(wecom := Wecom()) as server:
        settings = {"SHUPING_WECOM_ROBOT_KEY_FILE": str(file), "SHUPING_WECOM_URL": server.url}
        read_settings(GOOD | HERE | settings).channels["wecom_robot"]().send(MESSAGE)
    assert len(wecom.sent) == 1
