"""What the pages show: boards composed of the read model in a constant number of statements."""

from services.workflow.application.boards.boards import Boards
from services.workflow.application.boards.look import (
    ZONE,
    Desk,
    Look,
    Names,
    NextNotice,
    NextNotices,
    Sources,
)

__all__ = ["ZONE", "Boards", "Desk", "Look", "Names", "NextNotice", "NextNotices", "Sources"]
