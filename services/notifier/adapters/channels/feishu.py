"""Feishu's group robot: 100 messages a minute and 5 a second; every call is signed.

Source: https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
"""

import re
import time
from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from hashlib import sha256
from hmac import digest
from typing import Any
from urllib.parse import quote

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

URL = "SHUPING_FEISHU_URL"
TOKEN, SECRET = "SHUPING_FEISHU_ROBOT_TOKEN", "SHUPING_FEISHU_ROBOT_SECRET"
_PUBLIC = "https://open.feishu.cn"
_MOST_BYTES = 18_000  # of a body of 20 KB
_MINUTE = timedelta(minutes=1)
_CODES = Codes(
    vendor="feishu",
    throttled={11232: _MINUTE, 11233: _MINUTE, 99991400: _MINUTE},
    message=frozenset({9499, 11246}),
    channel=frozenset({19001, 19021, 19022, 19024}),
)
_MENTIONED = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


class FeishuRobot:
    """Speaks in one group, and calls whom it is for by their account."""

    def __init__(
        self,
        outgoing: Outgoing,
        url: str,
        token: str,
        secret: str,
        time_s: Callable[[], float] = time.time,
    ) -> None:
        self._outgoing, self._secret, self._time_s = outgoing, secret, time_s
        self._url = f"{url}/open-apis/bot/v2/hook/{quote(token, safe='')}"

    def send(self, message: Message) -> None:
        """Hand *message* over; raises what `Channel.send` says."""
        at = f"{self._time_s():.0f}"
        signed = digest(f"{at}\n{self._secret}".encode(), b"", sha256)
        body: dict[str, Any] = {
            "timestamp": at,
            "sign": b64encode(signed).decode(),
            "msg_type": "text",
            "content": {"text": self._text(message)},
        }
        headers = {"Content-Type": "application/json"}
        answer = self._outgoing.call("POST", self._url, orjson.dumps(body), headers)
        code, _ = _CODES.read(answer, "code", "StatusCode")
        _CODES.judge(code)

    def _text(self, message: Message) -> str:
        # What stands in names and titles calls nobody: a tag is one only with its own bracket.
        text = in_one(message, _MOST_BYTES).replace("<", "＜")
        if _MENTIONED.fullmatch(message.address) and message.address != "all":
            return f'<at user_id="{message.address}"></at> {text}'
        return text


def _read(settings: SettingsReader) -> Open | None:
    given = read_together(settings, TOKEN, SECRET)
    if given is None:
        return None
    token, secret = given
    url = read_address(settings, URL, _PUBLIC)
    return partial(FeishuRobot, read_outgoing(settings), url, token, secret)


register(
    Provider(
        id="feishu_robot",
        address="feishu",
        must_have=False,
        limits=(
            Limit(most=5, within=timedelta(seconds=1)),
            Limit(most=100, within=_MINUTE),
        ),
        read=_read,
    )
)
