"""DingTalk's group robot: 20 messages a minute, then nothing for ten; every call is signed.

Sources:
    https://open.dingtalk.com/document/robots/custom-robot-access
    https://open.dingtalk.com/document/robots/customize-robot-security-settings
"""

import time
from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from hashlib import sha256
from hmac import digest
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
from services.notifier.domain.gate import Limit

URL = "SHUPING_DINGTALK_URL"
TOKEN, SECRET = "SHUPING_DINGTALK_ROBOT_TOKEN", "SHUPING_DINGTALK_ROBOT_SECRET"
_PUBLIC = "https://oapi.dingtalk.com"
_MOST_BYTES = 18_000  # of a body of 20,000
_BLOCKED = timedelta(minutes=10)
_CODES = Codes(
    vendor="dingtalk",
    throttled={130101: _BLOCKED, 410100: _BLOCKED},
    message=frozenset({40035, 43004, 400105, 430101, 430102, 430103, 430104}),
    channel=frozenset({300005, 310000, 400013, 400101, 400102, 400106}),
)


class DingtalkRobot:
    """Speaks in one group, and calls whom it is for by their account."""

    def __init__(
        self,
        outgoing: Outgoing,
        url: str,
        token: str,
        secret: str,
        time_s: Callable[[], float] = time.time,
    ) -> None:
        self._outgoing, self._url, self._token, self._secret = outgoing, url, token, secret
        self._time_s = time_s

    def send(self, message: Message) -> None:
        """Hand *message* over; raises what `Channel.send` says."""
        at = f"{self._time_s() * 1000:.0f}"
        signed = digest(self._secret.encode(), f"{at}\n{self._secret}".encode(), sha256)
        asked = {
            "access_token": self._token,
            "timestamp": at,
            "sign": b64encode(signed).decode(),
        }
        body = {
            "msgtype": "text",
            "text": {"content": in_one(message, _MOST_BYTES)},
            "at": {"atUserIds": [message.address] if message.address else [], "isAtAll": False},
        }
        answer = self._outgoing.call(
            "POST",
            f"{self._url}/robot/send?{urlencode(asked)}",
            orjson.dumps(body),
            {"Content-Type": "application/json"},
        )
        code, _ = _CODES.read(answer, "errcode")
        _CODES.judge(code)


def _read(settings: SettingsReader) -> Open | None:
    given = read_together(settings, TOKEN, SECRET)
    if given is None:
        return None
    token, secret = given
    url = read_address(settings, URL, _PUBLIC)
    return partial(DingtalkRobot, read_outgoing(settings), url, token, secret)


register(
    Provider(
        id="dingtalk_robot",
        address="dingtalk",
        must_have=False,
        limits=(Limit(most=20, within=timedelta(minutes=1)),),
        read=_read,
    )
)
