"""Taking away what somebody wrote on a ballot, by who runs the service, with a record of it.

Nobody knows who wrote it, and no event has it: so the record is a remark beside the case, that one
was taken away and why. It is written first: what is cut off in between is ended by who asks again.
"""

from collections.abc import Mapping
from hashlib import sha256

from services.workflow.application.ballots.ports import BallotStore, KeptPoll
from services.workflow.application.notices import Notices
from services.workflow.application.ports import FINGERPRINT_BYTES, Key
from services.workflow.domain.ballots.sheet import Comment
from services.workflow.domain.refusals import Blocker, Conflict, NotYours

CLIENT = "cli"


class Erasing:
    """The use cases of `ballots comments` and `ballots erase`."""

    def __init__(self, kept: BallotStore, notices: Notices) -> None:
        self._kept = kept
        self._notices = notices

    def comments(self, poll_id: str) -> Mapping[str, Comment]:
        """Return what was written in a poll, by its id.

        Raises:
            NotYours: there is no such poll. Conflict: it is not closed, so nobody has read it.
        """
        return self._kept.urn.comments(self._closed(poll_id).id)

    def erase(self, poll_id: str, comment: str, remark: str) -> None:
        """Take one away, and leave *remark* beside the case that holds the poll.

        Raises:
            NotYours: there is no such poll, or no such comment (any more). Conflict: it is not
                closed. StoreUnavailable: it is still in the files, while somebody reads them.
        """
        kept = self._closed(poll_id)
        if comment not in self._kept.urn.comments(kept.id):
            self._kept.urn.scrub()  # it may be gone from the rows, and not yet from the files
            raise NotYours(comment)
        fingerprint = sha256(f"{kept.id} {comment}".encode()).digest()[:FINGERPRINT_BYTES]
        key = Key(client=CLIENT, key=f"erase-{comment}", fingerprint=fingerprint)
        answer = self._notices.told_by_operator(kept.case, remark, key)
        if not answer.is_accepted:
            raise Conflict(answer.blockers[0] if answer.blockers else Blocker(code="unavailable"))
        self._kept.urn.erase_comment(kept.id, comment)

    def _closed(self, poll_id: str) -> KeptPoll:
        kept = self._kept.polls.poll(poll_id)
        if kept is None:
            raise NotYours(poll_id)
        if kept.state not in ("sealed", "counted"):
            raise Conflict(Blocker(code="poll_not_closed"))
        return kept
