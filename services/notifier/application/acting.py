"""What ends a repeat: whom a rung told has acted on the case.

The one idea: both are on record, line by line. They were told by this very rung, of this deadline,
and what they did since, in the case or beside it (a remark, a reminder by hand), bears their name.
What leads the case on, or gives it another deadline, ends the ladder by itself.
"""

from dataclasses import replace

from schemas.envelope import Envelope
from schemas.policy import Track
from services.notifier.application.rules import InForce
from services.notifier.application.store_ports import Transaction
from services.notifier.domain.case import Acted, Case, Stay
from services.notifier.domain.notice import Notice


def acted(tx: Transaction, in_force: InForce, case: Case, event: Envelope) -> Case:
    """Return *case* after what was done in it, or beside it, by *event*.

    Who acts for somebody, acts as well as they do.
    """
    rules = in_force.of(case)
    tracks = rules.policy.at(case.place).tracks if rules else ()
    asking = [track for track in tracks if track.until_acted]
    people = {event.actor, event.deputyfor} - {None}
    over = any(stay.due_at is not None and stay.due_at <= event.time for stay in case.stays)
    if not (asking and people and over):
        return case  # as under most policies, and while it is in time: the ledger is not asked
    told = [
        one
        for one in tx.ledger.of_cases([case.stream])
        if one.recipient
        and one.recipient.person in people
        and one.status != "not_sent"
        and one.decided_at <= event.time
    ]
    new = tuple(
        Acted(desk=stay.desk.name, track=track.name, rung=track.until_acted, deadline=stay.deadline)
        for stay in case.stays
        for track in asking
        if not stay.has_ended(track) and any(_waits_for_act(one, track, stay) for one in told)
    )
    return replace(case, acted=(*case.acted, *new)) if new else case


def _waits_for_act(notice: Notice, track: Track, stay: Stay) -> bool:
    """Tell whether *notice* is of the rung of *track* that waits for those it told to act."""
    return (
        (notice.desk, notice.track, notice.due_at) == (stay.desk.name, track.name, stay.due_at)
        and notice.kind == "escalation"  # else the holder was told in their place
        and notice.rung in {one.name for one in track.rungs if one.until_acted}
        and notice.case_version >= stay.since
    )
