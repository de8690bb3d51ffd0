"""The rules in force: policy and calendar, and the timers that follow from them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from schemas.calendar import WorkingDays
from schemas.policy import Policy
from services.notifier.application.ports import Store, Timer
from services.notifier.domain.plan import LATE, Timed, begin, go_on, ladder
from services.notifier.domain.review import Review

_BATCH = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """What every decision is taken under; immutable, one for the life of the process."""

    policy: Policy
    calendar: WorkingDays
    channels: tuple[str, ...]  # the policy's channels as this installation has them

    def timers(self, review: Review, before: Mapping[str, Timer]) -> list[Timer]:
        """Return the timers a review should have now, where it had those of *before*.

        Rungs that are behind stay behind as long as the deadline is the same one.
        """
        found = []
        for track in self.policy.tracks:
            rungs = ladder(review, track, self.policy, self.calendar)
            old = before.get(track.name)
            if old is not None and old.deadline == review.deadline:
                stood_still = old.at is None and bool(rungs)
                index = go_on(track, old.passed, review) if stood_still else old.passed
            elif rungs:
                index = begin(track, rungs, review)
            else:
                continue
            found.append(
                Timer(
                    review=review.id,
                    track=track.name,
                    deadline=review.deadline,
                    passed=index,
                    at=_at(rungs, index, review),
                )
            )
        return found


def _at(rungs: tuple[Timed, ...], index: int, review: Review) -> datetime | None:
    if index == LATE:
        return review.armed_at if rungs else None
    return rungs[index].at if index < len(rungs) else None


def put_in_force(store: Store, epoch: int, rules: Rules) -> int:
    """Set all timers anew if policy or calendar are not those they were set by.

    A rung that has passed stays behind: its notice has been decided, under whichever policy.
    Returns how many reviews were looked at; 0 when nothing changed.
    """
    wanted = (rules.policy.hash, rules.calendar.hash)
    with store.seeing() as tx:
        if tx.facts.rules() == wanted:
            return 0
    n_reviews, after = 0, ""
    while True:
        with store.writing(epoch) as tx:
            reviews = tx.facts.running(after, _BATCH)
            before = tx.timers.of(review.id for review in reviews)
            fresh = [
                timer
                for review in reviews
                for timer in rules.timers(review, before.get(review.id, {}))
            ]
            tx.timers.replace((review.id for review in reviews), fresh)
            if len(reviews) < _BATCH:
                tx.facts.save_rules(
                    (rules.policy.hash, rules.policy.canonical),
                    (rules.calendar.hash, rules.calendar.canonical),
                )
                return n_reviews + len(reviews)
        n_reviews, after = n_reviews + len(reviews), reviews[-1].id
