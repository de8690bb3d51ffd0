"""A notifier's channels, in the hands of a test of the pages: none of it is running there."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from services.workflow.application.channel_trials import Channel, Tried
from tests.end_to_end.pages.site import china

SENT = Tried("sent")
OPEN = Channel(
    name="email",
    address="email",
    needs_address=True,
    failures=0,
    broken=False,
    shut_until=None,
    why="",
)

SEVERAL = (
    OPEN,
    replace(OPEN, name="wecom_robot", address="wecom", needs_address=False, failures=2),
    replace(OPEN, name="webhook", address="", needs_address=False, failures=6, broken=True),
    replace(
        OPEN,
        name="dingtalk_robot",
        address="dingtalk",
        needs_address=False,
        shut_until=china("01-20", "09:22"),
        why="pause",
    ),
)


@dataclass
class Outside:
    """A notifier that has these channels, and of a trial tells what it is told to."""

    has: Sequence[Channel] | None = (OPEN,)
    tells: Tried = SENT
    asked: list[tuple[str, str]] = field(default_factory=list)

    def channels(self) -> Sequence[Channel] | None:
        return self.has

    def try_channel(self, name: str, to: str) -> Tried:
        self.asked.append((name, to))
        return self.tells
