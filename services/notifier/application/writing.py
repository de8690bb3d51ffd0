"""Writing notices: facts from the database, names from the workflow, words from the templates.

Names are fetched for each batch and forgotten with it. They are never asked for while planning: a
workflow that is away delays a message, it does not change who is told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.policy import URGE
from services.notifier.application.ports import Person, Store, Texts, Timer, Workflow
from services.notifier.application.rules import Rules
from services.notifier.domain.notice import Notice, late_starts
from services.notifier.domain.organisation import Organisation
from services.notifier.domain.plan import NextDue, plan
from services.notifier.domain.review import Review
from services.notifier.domain.wording import fields

# As many as the workflow answers for in one call.
_PEOPLE = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """A notice and what it says; *reason* is set when there is no sense in sending it."""

    notice: Notice
    to: Person | None = None
    subject: str = ""
    text: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Writing:
    """What it takes to put a notice into words."""

    store: Store
    workflow: Workflow
    texts: Texts
    rules: Rules
    public_url: str

    def write(self, notices: Sequence[Notice]) -> list[Written]:
        """Return *notices* in words.

        Raises:
            WorkflowUnavailable, WorkflowRefused: names cannot be had now.
            StoreUnavailable
        """
        with self.store.seeing() as tx:
            reviews = tx.facts.reviews(notice.review for notice in notices)
            set_aside = {event.review for event in tx.progress.set_aside(reviews)}
            timers = tx.timers.of(reviews)
            told = tx.ledger.late_starts(reviews)
            units = {unit for review in reviews.values() for unit in review.path}
            organisation = tx.facts.organisation(units)
        people = self._people(notices, reviews)
        return [
            Written(notice=notice, reason="stream_set_aside")
            if notice.review in set_aside
            else self._one(
                notice,
                reviews[notice.review],
                timers.get(notice.review, {}),
                told.get(notice.review, []),
                people,
                organisation,
            )
            for notice in notices
        ]

    def _one(
        self,
        notice: Notice,
        review: Review,
        timers: Mapping[str, Timer],
        told: Sequence[Notice],
        people: Mapping[str, Person],
        organisation: Organisation,
    ) -> Written:
        if review.version != notice.review_version:
            # The holder has acted, or the deadline moved: what it would say is no longer so.
            return Written(notice=notice, reason="overtaken")
        to = people.get(notice.recipient.person) if notice.recipient else None
        if to is None:
            return Written(notice=notice, reason="no_such_person")
        if notice.channel == "email" and not to.email:
            return Written(notice=notice, reason="no_address")
        names = {id_: person.name for id_, person in people.items()}
        filled = fields(
            notice,
            review,
            names,
            organisation,
            self.rules.policy,
            self.rules.calendar,
            self._coming(notice, review, timers, told, organisation),
            f"{self.public_url}/cases/{review.id}",
        )
        subject, text = self.texts.render(notice.kind, filled)
        return Written(notice=notice, to=to, subject=subject, text=text)

    def _coming(
        self,
        notice: Notice,
        review: Review,
        timers: Mapping[str, Timer],
        told: Sequence[Notice],
        organisation: Organisation,
    ) -> NextDue | None:
        """Return what comes after *notice* if nothing happens."""
        behind = {name: timer.passed for name, timer in timers.items()}
        if notice.track != URGE:
            behind[notice.track] = self.rules.policy.behind(notice.track, notice.rung)
        coming = plan(
            review,
            behind,
            self.rules.policy,
            self.rules.calendar,
            organisation,
            notice.decided_at,
            late_starts(review, told),
        )
        return min(coming, key=lambda due: due.timed.at, default=None)

    def _people(
        self, notices: Sequence[Notice], reviews: Mapping[str, Review]
    ) -> Mapping[str, Person]:
        ids = {review.person for review in reviews.values()}
        ids.update(notice.recipient.person for notice in notices if notice.recipient)
        ids.update(notice.urged_by for notice in notices if notice.urged_by)
        wanted = sorted(ids)
        found: dict[str, Person] = {}
        for start in range(0, len(wanted), _PEOPLE):
            found.update(self.workflow.people(wanted[start : start + _PEOPLE]))
        return found
