"""When something can be done of a poll: not before its time, nor once it or its case is over."""

from services.workflow.application.ballots.ports import KeptPoll
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.polling import is_to_come
from services.workflow.domain.case.world import World
from services.workflow.domain.language.model.scores import Poll
from services.workflow.domain.refusals import Blocker, Conflict


def require_begun(case: Case, kept: KeptPoll | None) -> KeptPoll:
    """Return *kept*, of which something can still be done.

    Raises:
        Conflict: it has not begun or is counted already, or its case has ended.
    """
    _require_going_on(case, kept)
    if kept is None:
        raise Conflict(Blocker(code="poll_not_open"))
    if not kept.covered:
        raise Conflict(Blocker(code=kept.why_not_begun(case.state)))
    return kept


def require_open(kept: KeptPoll, case_state: str) -> None:
    """Refuse a ballot before its poll opens, and after.

    Raises:
        Conflict: it takes none now.
    """
    if kept.state == "gone":
        raise Conflict(Blocker(code="poll_lapsed"))
    if not kept.covered:
        raise Conflict(Blocker(code=kept.why_not_begun(case_state)))
    if not is_open(kept, case_state):
        raise Conflict(Blocker(code="poll_closed"))


def is_open(kept: KeptPoll, case_state: str) -> bool:
    """Tell whether a poll takes ballots, its case standing in *case_state*."""
    return bool(kept.covered) and kept.state == "open" and kept.holds_in in ("", case_state)


def require_secret(poll: Poll | KeptPoll) -> None:
    """Refuse slips, and paper, of a poll in which people vote under their own names.

    Raises:
        Conflict: it is one.
    """
    secret = poll.secret if isinstance(poll, Poll) else poll.is_secret
    if not secret:
        raise Conflict(Blocker(code="poll_by_name"))


def require_to_come(case: Case, poll: Poll, world: World, kept: KeptPoll | None) -> None:
    """Refuse slips that nobody could use any more.

    Raises:
        Conflict: the poll is closed, or nothing leads to it any more.
    """
    _require_going_on(case, kept)
    closed = kept is not None and kept.state == "sealed"
    if closed or not is_to_come(poll, case, world):
        raise Conflict(Blocker(code="poll_closed"))


def _require_going_on(case: Case, kept: KeptPoll | None) -> None:
    if kept is not None and kept.state == "counted":
        raise Conflict(Blocker(code="poll_counted"))
    if not case.is_open:
        raise Conflict(Blocker(code="case_closed"))
