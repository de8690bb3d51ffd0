"""WeCom: a group's robot, which anybody in the group reads, and an application's own messages.

Sources:
    https://developer.work.weixin.qq.com/document/path/91770 (robot: 20 a minute, 2048 bytes)
    https://developer.work.weixin.qq.com/document/path/90236 (application: invaliduser, duplicates)
    https://developer.work.weixin.qq.com/document/path/90313 (codes)
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

import orjson

from services.notifier.adapters.channels.answers import Codes, in_one
from services.notifier.adapters.channels.outgoing import Outgoing, read_address, read_outgoing
from services.notifier.adapters.channels.provider import (
    Open,
    Provider,
    SettingsReader,
    read_together,
    register,
)
from services.notifier.application.ports import Message
from services.notifier.domain.errors import OutcomeUnknown, PermanentFailure, TemporaryFailure
from services.notifier.domain.gate import Limit

URL, ROBOT_KEY = "SHUPING_WECOM_URL", "SHUPING_WECOM_ROBOT_KEY"
APP = CORP, AGENT, SECRET = (
    "SHUPING_WECOM_CORP_ID",
    "SHUPING_WECOM_AGENT_ID",
    "SHUPING_WECOM_APP_SECRET",
)
_PUBLIC = "https://qyapi.weixin.qq.com"
_MOST_BYTES = 2048
_SAME_WITHIN_S = 1800  # a message repeated within that is shown once
_STALE_TOKEN = frozenset({40014, 42001, 41001})
_MINUTE = timedelta(minutes=1)
_CODES = Codes(
    vendor="wecom",
    throttled={45009: _MINUTE, 45033: _MINUTE},
    message=frozenset({40003, 40008, 40058, 44004, 45002, 81013, 86001}),
    channel=frozenset({40001, 40013, 40056, 48002, 60011, 60020, 93000, 301002}),
)
_JSON = {"Content-Type": "application/json"}
_KEY = re.compile(r"[A-Za-z0-9_-]{8,128}", re.ASCII)


class WecomRobot:
    """Speaks in one group, and calls whom it is for by their account."""

    def __init__(self, outgoing: Outgoing, url: str, key: str) -> None:
        self._outgoing = outgoing
        self._url = f"{url}/cgi-bin/webhook/send?{urlencode({'key': key})}"

    def send(self, message: Message) -> None:
        """Hand *message* over; raises what `Channel.send` says."""
        _require_one(message.address)
        text: dict[str, Any] = {"content": in_one(message, _MOST_BYTES)}
        if message.address:
            text["mentioned_list"] = [message.address]
        body = orjson.dumps({"msgtype": "text", "text": text})
        code, _ = _CODES.read(self._outgoing.call("POST", self._url, body, _JSON), "errcode")
        _CODES.judge(code)


class WecomApplication:
    """Speaks to one person, by the account they have; used by one thread."""

    def __init__(self, outgoing: Outgoing, url: str, corp: str, agent: int, secret: str) -> None:
        self._outgoing, self._url, self._agent = outgoing, url, agent
        self._who = {"corpid": corp, "corpsecret": secret}
        self._token = ""

    def send(self, message: Message) -> None:
        """Hand *message* over; raises what `Channel.send` says."""
        _require_one(message.address)
        ends_at = self._outgoing.ends_at()
        token = self._token or self._fresh_token(ends_at)
        code, answer = self._send(message, token, ends_at)
        if code in _STALE_TOKEN:
            code, answer = self._send(message, self._fresh_token(ends_at), ends_at)
        _CODES.judge(code)
        for kind in ("invaliduser", "unlicenseduser"):
            if message.address.lower() in str(answer.get(kind) or "").lower().split("|"):
                raise PermanentFailure(f"wecom_{kind}")

    def _send(self, message: Message, token: str, ends_at: float) -> tuple[int, Mapping[str, Any]]:
        body = {
            "touser": message.address,
            "msgtype": "text",
            "agentid": self._agent,
            "text": {"content": in_one(message, _MOST_BYTES)},
            "enable_duplicate_check": 1,
            "duplicate_check_interval": _SAME_WITHIN_S,
        }
        url = f"{self._url}/cgi-bin/message/send?{urlencode({'access_token': token})}"
        answer = self._outgoing.call("POST", url, orjson.dumps(body), _JSON, ends_at)
        return _CODES.read(answer, "errcode")

    def _fresh_token(self, ends_at: float) -> str:
        """Return a new token; whatever goes wrong here, no message has left."""
        self._token = ""
        try:
            url = f"{self._url}/cgi-bin/gettoken?{urlencode(self._who)}"
            code, answer = _CODES.read(self._outgoing.call("GET", url, ends_at=ends_at), "errcode")
        except OutcomeUnknown as error:
            raise TemporaryFailure("wecom_no_token") from error
        _CODES.judge(code)
        token = answer.get("access_token")
        if not isinstance(token, str) or not token:
            raise TemporaryFailure("wecom_no_token")
        self._token = token
        return token


def _require_one(address: str) -> None:
    """Raise PermanentFailure if *address* is that of several people, or of all."""
    if "|" in address or address.startswith("@"):
        raise PermanentFailure("bad_address")


def _read_robot(settings: SettingsReader) -> Open | None:
    key = settings.optional(ROBOT_KEY)
    if key is None:
        return None
    if _KEY.fullmatch(key) is None:
        settings.fault(ROBOT_KEY, "is not the key alone that stands behind key= in its address")
    url = read_address(settings, URL, _PUBLIC)
    return partial(WecomRobot, read_outgoing(settings), url, key)


def _read_application(settings: SettingsReader) -> Open | None:
    given = read_together(settings, *APP)
    if given is None:
        return None
    corp, agent, secret = given
    if agent and not (agent.isascii() and agent.isdecimal() and len(agent) < 10):  # noqa: PLR2004
        settings.fault(AGENT, "is not a number")
        agent = ""
    url = read_address(settings, URL, _PUBLIC)
    outgoing = read_outgoing(settings)
    return partial(WecomApplication, outgoing, url, corp, int(agent or 0), secret)


register(
    Provider(
        id="wecom_robot",
        address="wecom",
        must_have=False,
        limits=(Limit(most=20, within=_MINUTE),),
        read=_read_robot,
    )
)
register(Provider(id="wecom_app", address="wecom", read=_read_application))
