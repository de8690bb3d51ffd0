"""Who watches is watched: what auditors open of a case, its texts and its history, is kept.

The one idea: the trace is left where access is granted, before anything is read. So no way in
forgets it, and where it cannot be left nothing is shown.
"""

from collections.abc import Callable
from datetime import date, datetime

from services.workflow.application.identity_ports import Identity
from services.workflow.domain.authority import Actor, authorise
from services.workflow.domain.case.head import Case
from services.workflow.domain.organisation import Organisation


class Watch:
    """Grants what lies behind a case's head."""

    def __init__(self, identity: Identity, now: Callable[[], datetime]) -> None:
        self._identity = identity
        self._now = now

    def opens(
        self,
        actor: Actor,
        operation: str,
        case: Case,
        organisation: Organisation,
        day: date,
    ) -> bool:
        """Tell whether *actor* may read what *operation* shows of *case*; keep that they do.

        One row for person, case and day, and for those alone who read and decide nothing.

        Raises:
            OutcomeUnknown, StoreUnavailable: it cannot be kept, so nothing is to be shown.
        """
        if not authorise(actor, operation, organisation, day, case=case).allowed:
            return False
        if actor.person is not None:
            posts = organisation.posts_of(actor.person, day)
            if any(post.role in organisation.vocabulary.observers for post in posts):
                self._identity.record_read(actor.person, "case", case.id, day, self._now())
        return True
