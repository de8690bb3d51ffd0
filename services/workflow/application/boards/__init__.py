"""What the pages show: boards composed of the read model in a constant number of statements."""

from services.workflow.application.boards.boards import Boards, Counts
from services.workflow.application.boards.look import (
    Answered,
    Coming,
    Desk,
    Look,
    Names,
    NextNotice,
    NextNotices,
    NothingNext,
    Planned,
    SetAside,
    Sources,
    Then,
)
from services.workflow.application.firing.rules import ZONE

__all__ = [
    "ZONE",
    "Answered",
    "Boards",
    "Coming",
    "Counts",
    "Desk",
    "Look",
    "Names",
    "NextNotice",
    "NextNotices",
    "NothingNext",
    "Planned",
    "SetAside",
    "Sources",
    "Then",
]
