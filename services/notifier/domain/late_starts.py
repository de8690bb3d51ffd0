"""How holders were told that a case was late when it came, by what the ledger says of it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from schemas.policy import LATE_START
from services.notifier.domain.case import Stay
from services.notifier.domain.notice import FINAL, PERHAPS_TOLD, Notice
from services.notifier.domain.plan import LateStart


def late_starts(stay: Stay, notices: Iterable[Notice]) -> Mapping[str, LateStart]:
    """Return by track how the holder was told of the present deadline that it had gone by.

    What was told to whoever had the desk before was not told to them. Told is told by one channel;
    passed over, when nothing is under way any more.
    """
    by_track: dict[str, list[Notice]] = {}
    for notice in notices:
        known_since = notice.case_version >= stay.since
        of_it = notice.desk == stay.desk.name and notice.due_at == stay.due_at
        if notice.rung == LATE_START and known_since and of_it:
            by_track.setdefault(notice.track, []).append(notice)
    return {track: LateStart(_settled_at(found)) for track, found in by_track.items()}


def _settled_at(notices: Sequence[Notice]) -> datetime | None:
    """Return when those were told who were told last: others may have come to the desk since."""
    last = max(one.decided_at for one in notices if one.instead_of is None)
    notices = [one for one in notices if one.decided_at >= last]
    told = [one.settled_at or one.decided_at for one in notices if one.status in PERHAPS_TOLD]
    if told:
        return min(told)
    if any(one.status not in FINAL for one in notices):
        return None
    return max(one.settled_at or one.decided_at for one in notices)
