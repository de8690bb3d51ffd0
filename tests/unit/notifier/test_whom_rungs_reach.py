"""On any organisation: nobody is escalated their own case, and a vacancy never ends a ladder."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from schemas.calendar import local_day
from services.notifier.domain.case import Holder
from services.notifier.domain.organisation import Absence, Organisation, Post, Unit
from services.notifier.domain.plan import LateStart, NextDue, plan
from tests.unit.notifier.world import CALENDAR, POLICY, UNITS, ZONE, at, due, review

PEOPLE = ("ws", "hs", "ts", "os", "p1", "p2", "p3")
ROLES = ("secretary", "acting_secretary", "deputy_secretary", "office", "liaison")
SINCE = date(2019, 1, 1)
POSTS = st.lists(
    st.builds(
        Post,
        person=st.sampled_from(PEOPLE),
        unit=st.sampled_from([*UNITS]),
        role=st.sampled_from(ROLES),
        since=st.just(SINCE),
    ),
    max_size=14,
)
ABOVE = st.lists(  # at the desks that rungs look for, by those whose cases they are
    st.builds(
        Post,
        person=st.sampled_from(PEOPLE[:5]),
        unit=st.sampled_from(["hospital", "organ"]),
        role=st.sampled_from(["secretary", "deputy_secretary", "office"]),
        since=st.just(SINCE),
    ),
    min_size=3,
    max_size=14,
)
AWAY = st.lists(
    st.builds(Absence, person=st.sampled_from(PEOPLE), since=st.just(SINCE)), max_size=2
)
REVIEWED = st.sampled_from(["ward", "hospital", "outpost", "organ"])
RUNGS = st.integers(0, len(POLICY.tracks[0].rungs) - 1)


def organised(posts: list[Post], away: list[Absence]) -> Organisation:
    units = [Unit(id=u, parent=p, kind=k, name=n) for u, (p, k, n) in UNITS.items()]
    return Organisation(units, posts, absences=away)


def decided(unit: str, organisation: Organisation, index: int, desk: str = "") -> NextDue:
    """Return the rung at *index* of a review of *unit*, with who writes it or on a desk above."""
    passed = {POLICY.tracks[0].name: index}
    at_desk = {"holder": Holder(unit="hospital", role=desk)} if desk else {}
    (found,) = plan(review(unit, **at_desk), passed, POLICY, CALENDAR, organisation, at(1, 8))
    return found


@given(REVIEWED, POSTS | ABOVE, AWAY, RUNGS, st.sampled_from(["", *ROLES]))
def test_who_is_appraised_is_never_escalated_their_own_case(
    unit: str, posts: list[Post], away: list[Absence], index: int, desk: str
) -> None:
    found = decided(unit, organised(posts, away), index, desk)
    told = {one.person for one in found.recipients}
    if found.timed.rung.kind == "escalation":
        assert review(unit).case.person not in told


@given(REVIEWED, REVIEWED, ABOVE, AWAY, RUNGS, st.sampled_from(ROLES))
def test_who_a_case_is_about_is_never_escalated_a_part_of_it(
    whole: str, unit: str, posts: list[Post], away: list[Absence], index: int, desk: str
) -> None:
    above = review(whole).case
    item = review(unit, person=None, of=above.stream, holder=Holder(unit=unit, role=desk))
    part, passed = replace(item, above=(above,)), {POLICY.tracks[0].name: index}
    (found,) = plan(part, passed, POLICY, CALENDAR, organised(posts, away), at(1, 8))
    if found.timed.rung.kind == "escalation":
        assert above.person not in {one.person for one in found.recipients}


@given(REVIEWED, POSTS, RUNGS)
def test_a_rung_is_told_to_nobody_only_where_nobody_is_left_above(
    unit: str, posts: list[Post], index: int
) -> None:
    organisation = organised(posts, [])
    found = decided(unit, organisation, index)
    if found.recipients:
        return
    appraised = review(unit).case.person
    offices = organisation.holders("organ", "office", SINCE)  # of the last rung
    assert found.reason == "top_of_ladder"
    assert set(offices) <= {appraised}
    assert found.skipped


@given(REVIEWED, st.dates(date(2020, 1, 2), date(2020, 6, 30)))
def test_between_the_due_day_and_any_rung_above_lies_a_whole_working_day(
    unit: str, day: date
) -> None:
    stay = review(unit, due_at=due(day.month, day.day), armed_at=at(1, 1))
    passed = {POLICY.tracks[0].name: POLICY.tracks[0].n_reminders}
    (found,) = plan(stay, passed, POLICY, CALENDAR, organised([], []), at(1, 1))
    assert CALENDAR.add(day, 1) < local_day(found.timed.at, ZONE)


@given(REVIEWED, st.datetimes(datetime(2020, 1, 2), datetime(2020, 6, 30)), RUNGS)  # noqa: DTZ001
def test_between_a_late_start_and_any_rung_above_lies_a_whole_working_day(
    unit: str, told: datetime, index: int
) -> None:
    """Whenever the holder was told, on a day of rest too, they have a working day to act."""
    settled = told.replace(tzinfo=ZONE)
    stay = review(unit, due_at=due(1, 2), armed_at=settled)
    passed = {POLICY.tracks[0].name: max(index, POLICY.tracks[0].n_reminders)}
    late = {POLICY.tracks[0].name: LateStart(settled)}
    (found,) = plan(stay, passed, POLICY, CALENDAR, organised([], []), settled, late)
    days = (settled.date() + timedelta(days=n) for n in range(30))
    had = next(day for day in days if CALENDAR.is_working(day))
    assert local_day(found.timed.at, ZONE) > had
