"""What robots answer: status 200 whatever happened, and the truth as a code in the body."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import orjson

from services.notifier.adapters.channels.outgoing import Answer
from services.notifier.application.ports import Message
from services.notifier.domain.errors import (
    ChannelRefused,
    OutcomeUnknown,
    PermanentFailure,
    TemporaryFailure,
)

_CUT = "……\n"


@dataclass(frozen=True, kw_only=True, slots=True)
class Codes:
    """What the codes of one vendor mean. One that is not listed: not now, perhaps later."""

    vendor: str
    throttled: Mapping[int, timedelta]  # takes no more for so long
    message: frozenset[int] = field(default_factory=frozenset)  # this message, for good
    channel: frozenset[int] = field(default_factory=frozenset)  # us: key, signature, address

    def judge(self, code: int) -> None:
        """Return if *code* says that the message was taken.

        Raises:
            TemporaryFailure, PermanentFailure
        """
        if code == 0:
            return
        reason = f"{self.vendor}_{code}".replace("-", "minus_")[:64]
        if code in self.throttled:
            raise TemporaryFailure(reason, self.throttled[code])
        if code in self.channel:
            raise ChannelRefused(reason)
        if code in self.message:
            raise PermanentFailure(reason)
        raise TemporaryFailure(reason)

    def read(self, answer: Answer, *keys: str) -> tuple[int, Mapping[str, Any]]:
        """Return the code of *answer*, under the first of *keys* that is there, and its body.

        Raises:
            OutcomeUnknown: it is no answer of this vendor's.
        """
        try:
            body = orjson.loads(answer.body)
        except orjson.JSONDecodeError as error:
            raise OutcomeUnknown(f"{self.vendor}_unreadable") from error
        found = [body[key] for key in keys if key in body] if isinstance(body, dict) else []
        if not found or type(found[0]) is not int:
            raise OutcomeUnknown(f"{self.vendor}_unreadable")
        return found[0], body


def in_one(message: Message, most_bytes: int) -> str:
    """Return *message* in at most *most_bytes*; what stays is its last line, a link."""
    text = f"{message.subject}\n{message.text}".strip()
    if len(text.encode()) <= most_bytes:
        return text
    head, _, last = text.rpartition("\n")
    end = f"{_CUT}{last}".encode()
    if len(end) > most_bytes // 2:
        end, head = _CUT.strip().encode(), text
    return head.encode()[: most_bytes - len(end)].decode(errors="ignore") + end.decode()
