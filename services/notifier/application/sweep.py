"""Sweeping: what is due becomes decisions in the ledger, in the transaction that moves the timer.

A crash before the commit leaves the timer due, after it the decision taken; there is nothing in
between. Nothing is sent here, so nothing here waits for anybody.

The caller sweeps for an instant only after the feed has been read to a head seen at or after it.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from schemas.calendar import local_day
from schemas.policy import Target
from services.notifier.application.ports import Store, Timer, Transaction
from services.notifier.application.rules import Rules
from services.notifier.domain.notice import Notice, Urge, decide, decide_urge, late_starts
from services.notifier.domain.organisation import Organisation
from services.notifier.domain.plan import plan
from services.notifier.domain.recipients import climb
from services.notifier.domain.review import Review

_BATCH = 200


def sweep(store: Store, epoch: int, now: datetime, rules: Rules) -> int:
    """Decide everything due at *now*; return how many notices that came to.

    Raises:
        LeaseLost, StoreUnavailable: what was not decided stays due.
    """
    n_notices = 0
    while True:
        with store.writing(epoch) as tx:
            timers, urges = tx.timers.due(now, _BATCH), tx.timers.urges(_BATCH)
            if not timers and not urges:
                return n_notices
            ids = {timer.review for timer in timers} | {urge.review for urge in urges}
            reviews = tx.facts.reviews(ids)
            units = {unit for review in reviews.values() for unit in review.path}
            organisation = tx.facts.organisation(units)
            told = tx.ledger.late_starts(timer.review for timer in timers)
            notices = _rungs(tx, timers, reviews, told, organisation, now, rules)
            notices += _urges(tx, urges, reviews, organisation, now, rules)
            tx.ledger.add(notices)
            n_notices += len(notices)


def _rungs(
    tx: Transaction,
    timers: list[Timer],
    reviews: Mapping[str, Review],
    told: Mapping[str, list[Notice]],
    organisation: Organisation,
    now: datetime,
    rules: Rules,
) -> list[Notice]:
    notices, moved = [], []
    for timer in timers:
        known = told.get(timer.review, [])
        decided, after = _fire(timer, reviews[timer.review], known, organisation, now, rules)
        notices += decided
        moved.append(after)
    tx.timers.move(moved)
    return notices


def _fire(
    timer: Timer,
    review: Review,
    told: list[Notice],
    organisation: Organisation,
    now: datetime,
    rules: Rules,
) -> tuple[list[Notice], Timer]:
    """Decide every rung of one track that is due, and say where its timer stands then."""
    notices: list[Notice] = []
    passed = timer.passed
    while True:
        behind = {track.name: len(track.rungs) for track in rules.policy.tracks}
        behind[timer.track] = passed
        late = late_starts(review, [*told, *notices])
        coming = plan(review, behind, rules.policy, rules.calendar, organisation, now, late)
        at = coming[0].timed.at if coming else None
        if at is None or at > now:
            return notices, replace(timer, passed=passed, at=at)
        notices += decide(coming[0], review, rules.policy, rules.channels, now)
        passed = rules.policy.behind(timer.track, coming[0].timed.rung.name)


def _urges(
    tx: Transaction,
    urges: list[Urge],
    reviews: Mapping[str, Review],
    organisation: Organisation,
    now: datetime,
    rules: Rules,
) -> list[Notice]:
    notices = []
    day = local_day(now, rules.policy.zone)
    for urge in urges:
        review = reviews[urge.review]
        reached = climb(urge_targets(rules), review, organisation, day)
        notices += decide_urge(
            urge,
            review,
            (reached.recipients, reached.skipped),
            rules.policy,
            rules.channels,
            now,
        )
    tx.timers.settle(urges)
    return notices


def urge_targets(rules: Rules) -> tuple[Target, ...]:
    """Return where a reminder by hand goes: to the holder, and up the first ladder from there."""
    rungs = rules.policy.tracks[0].rungs
    above = (rung.target for rung in rungs if rung.target.body != "holder")
    return (Target(body="holder"), *above)
