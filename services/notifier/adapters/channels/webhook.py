"""A webhook: each message as JSON to one address of the house's own, signed.

The notice's id goes with it, the same whenever it is repeated, so that the receiver can drop what
it has. Who receives it checks signature and time before anything else.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import time
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from hmac import digest

import orjson

from schemas.instants import instant
from services.notifier.adapters.channels.outgoing import Outgoing, read_address, read_outgoing
from services.notifier.adapters.channels.provider import Open, Provider, SettingsReader, register
from services.notifier.application.ports import Message

URL, SECRET = "SHUPING_WEBHOOK_URL", "SHUPING_WEBHOOK_SECRET"
_PREFIX, _SHORTEST, _LONGEST = "whsec_", 24, 64


class Webhook:
    """Posts to one address."""

    def __init__(
        self, outgoing: Outgoing, url: str, key: bytes, time_s: Callable[[], float] = time.time
    ) -> None:
        self._outgoing, self._url, self._key, self._time_s = outgoing, url, key, time_s

    def send(self, message: Message) -> None:
        """Hand *message* over; raises what `Channel.send` says."""
        body = orjson.dumps(
            {
                "type": "shuping.notice",
                "timestamp": instant(message.sent_at),
                "data": {
                    "notice": message.notice,
                    "name": message.name,
                    "subject": message.subject,
                    "text": message.text,
                },
            }
        )
        at = f"{self._time_s():.0f}"
        signed = digest(self._key, f"{message.notice}.{at}.".encode() + body, sha256)
        self._outgoing.call(
            "POST",
            self._url,
            body,
            {
                "Content-Type": "application/json",
                "Webhook-Id": message.notice,
                "Webhook-Timestamp": at,
                "Webhook-Signature": f"v1,{b64encode(signed).decode()}",
            },
        )


def _read(settings: SettingsReader) -> Open | None:
    url, secret = settings.optional(URL), settings.optional(SECRET)
    if url is None and secret is None:
        return None
    settings.required(URL)
    key = _key(settings, settings.required(SECRET) or "")
    if url is not None:
        url = read_address(settings, URL)
    return partial(Webhook, read_outgoing(settings), url or "", key)


def _key(settings: SettingsReader, secret: str) -> bytes:
    """Return the key in *secret*: base64, with or without the prefix that the standard gives it."""
    try:
        key = b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (Error, ValueError):
        key = b""
    if secret and not _SHORTEST <= len(key) <= _LONGEST:
        wanted = f"whsec_ and the base64 of {_SHORTEST} to {_LONGEST} bytes"
        settings.fault(SECRET, f"is not {wanted}")
    return key


register(Provider(id="webhook", read=_read))
