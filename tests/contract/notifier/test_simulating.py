"""What was simulated is what the engine then sends: to whom, when, how, and why not."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from schemas.calendar import end_of_day
from schemas.instants import parse_instant
from services.notifier.adapters.database.tables import engine_pass, notice, turn
from services.notifier.application.foretelling import difference, sums, whole
from services.notifier.changing import Change
from services.notifier.domain.notice import Notice
from services.notifier.simulating import Recording, Simulator, Watched, compare
from tests.contract.notifier.town import Town, in_memory
from tests.unit.notifier.world import BRANCH_REVIEW, POSTS, SHIPPED, UNITS, ZONE, at, due
from tests.unit.schemas.test_policy import TEXT, read

UNTIL = date(2020, 2, 28)
SEEN = at(1, 8, 9)
NOTICE = "00000000-0000-5000-8000-000000000001"


def simulator(town: Town) -> Simulator:
    return Simulator(
        database=town.store._engine,
        workflow=town.workflow,
        ways=town.ways,
        feed="http",
        own=town.policy,
        public_url="https://shuping.example.org",
    )


def simulated(town: Town, change: Change = Change(), until: date = UNTIL) -> list[Notice]:  # noqa: B008
    simulation = simulator(town)
    return simulation.run(simulation.taken(), town.clock.now(), until, change)


def played(town: Town, until: date = UNTIL) -> list[Notice]:
    """Let the town's own engine go on to the end of *until*; return what it decided meanwhile.

    It looks whenever something is due, as one that looks by the second does: in which day's letter
    a mail leaves depends on when it was decided.
    """
    known = {one.id for one in town.notices()}
    now, end = town.clock.now(), end_of_day(until, ZONE) - timedelta(microseconds=1)
    while now <= end:
        town.run(now)
        now = next_due(town, now) or end + timedelta(days=1)
    town.run(end)
    return [one for one in whole(town.store) if one.id not in known]


def next_due(town: Town, now: datetime) -> datetime | None:
    with town.store.seeing() as tx:
        coming = [at for _, at in tx.timers.coming(now + timedelta(days=400), 1000)]
    with town.store._engine.connect() as connection:
        waiting = connection.scalars(
            select(notice.c.retry_at).where(notice.c.retry_at.is_not(None))
        )
        coming += [parse_instant(at) for at in waiting]
        coming += map(parse_instant, connection.scalars(select(turn.c.at)))
    return min((at for at in coming if at > now), default=None)


def lines(notices: list[Notice]) -> set[tuple[object, ...]]:
    return {
        (one.id, one.planned_at, one.recipient, one.channel, one.status, one.reason)
        for one in notices
    }


def test_what_will_be_sent_is_told_before_it_is(town: Town) -> None:
    town.run(SEEN)
    foretold = simulated(town)
    assert lines(foretold) == lines(played(town))
    assert {one.rung for one in foretold} >= {"before", "due_day", "committee"}


def test_the_words_that_are_foretold_are_those_that_leave(town: Town) -> None:
    town.run(SEEN)
    until, before = date(2020, 1, 10), len(town.mail.sent)
    foretold = [one for one in simulated(town, until=until) if one.status == "sent"]
    watched = [Watched(one.id) for one in foretold]
    for one in watched:
        simulator(town).run(simulator(town).taken(), town.clock.now(), until, Change(), one)
    played(town, until)
    mails = {one.notice: (one.subject, one.text) for one in town.mail.sent[before:]}
    assert len(mails) > 1
    for line, one in zip(foretold, watched, strict=True):
        if line.channel == "email":
            assert (one.words[0].subject, one.words[0].text) == mails[line.id]
        else:
            assert one.words[0].text == town.workflow.recorded[line.id]["text"]


def test_a_simulation_leaves_nothing_behind(town: Town) -> None:
    town.run(SEEN)
    before = (whole(town.store), list(town.mail.sent), dict(town.workflow.recorded))
    simulated(town)
    assert (whole(town.store), town.mail.sent, town.workflow.recorded) == before


def test_what_people_did_leads_to_the_same_ledger_again(town: Town) -> None:
    town.run(SEEN)
    town.log.urge(at(1, 9, 11))
    town.run(at(1, 9, 12))
    town.run(at(1, 10, 15))
    town.log.change("unit_audit", at(1, 10, 15), ("hospital", "office"), due(1, 14))
    played(town, date(2020, 1, 31))
    ledger = whole(town.store)
    found = compare(ledger, again(town))
    assert (found.differing, found.n_ledger) == ((), found.n_again)
    assert found.n_ledger > 5


def again(town: Town) -> list[Notice]:
    return simulator(town).again(Recording(town.log.deliveries()), town.clock.now())


@pytest.mark.parametrize(
    ("heard_together", "told"), [(True, {"ws", "oo"}), (False, {"ws", "ho", "oo"})]
)
def test_two_acts_of_one_instant_lead_to_it_however_they_were_heard(
    town: Town, heard_together: bool, told: set[str]
) -> None:
    town.policy, instant_of_both = SHIPPED, at(1, 8, 8, 30)
    town.restart()
    town.run(at(1, 8, 8, 1))
    town.log.change("unit_audit", instant_of_both, ("hospital", "office"), due(1, 14))
    if not heard_together:
        town.run(instant_of_both)
    town.log.change("hearing_audit", instant_of_both, ("organ", "office"), due(1, 15))
    town.run(instant_of_both)
    ledger = whole(town.store)
    assert {one.recipient.person for one in ledger if one.recipient} == told
    found = compare(ledger, again(town))
    assert (found.differing, found.n_ledger) == ((), found.n_again)


def n_noted(town: Town) -> int:
    with town.store.seeing() as tx:
        return len([*tx.progress.passes()])


def test_a_pass_that_decides_and_hands_over_nothing_is_not_noted(town: Town) -> None:
    town.run(SEEN)
    played(town, date(2020, 1, 10))
    n_before = n_noted(town)
    assert n_before > 0
    town.run()
    town.run(town.clock.now() + timedelta(minutes=1))
    assert n_noted(town) == n_before


def test_a_ledger_that_an_earlier_release_began_is_gone_through_by_its_instants() -> None:
    with in_memory() as store:
        town = Town(store)
        town.log.organise()
        town.log.open()
        town.run(SEEN)
        played(town, date(2020, 1, 13))
        with store._engine.begin() as connection:
            connection.execute(delete(engine_pass))
        played(town, date(2020, 1, 31))
        ledger = whole(town.store)
        assert 0 < n_noted(town) < len({one.decided_at for one in ledger})
        assert compare(ledger, again(town)).differing == ()


def test_a_line_that_is_missing_or_another_is_a_difference(town: Town) -> None:
    town.run(SEEN)
    foretold = simulated(town)
    later = replace(foretold[0], planned_at=foretold[0].planned_at + timedelta(minutes=1))
    assert len(compare(foretold, foretold[1:]).differing) == 1
    assert len(compare([later, *foretold[1:]], foretold).differing) == 1


def test_a_change_of_policy_shows_who_is_told_otherwise(town: Town) -> None:
    town.run(SEEN)
    mild = read(TEXT.replace("over: 3", "over: 9"))
    now, then = simulated(town), simulated(town, Change(policy=mild))
    found = difference(now, then)
    assert {one.rung.partition("/")[0] for one in found.come} >= {"organ_office"}
    assert not {"before", "due_day"} & {one.rung for one in (*found.come, *found.gone)}
    assert difference(now, now) == difference((), ())


def test_another_organisation_has_other_people_told(town: Town) -> None:
    town.run(SEEN)
    units = [
        {"id": u, "parent": parent, "name": name, "kind": kind}
        for u, (parent, kind, name) in UNITS.items()
    ]
    posts = [
        {
            "unit": u,
            "role": role,
            "person": "new" if p == "hs" else p,
            "since": "2019-01-01",
            "until": None,
        }
        for u, role, p in POSTS
    ]
    then = simulated(town, Change(organisation={"units": units, "posts": posts}))
    told = {one.recipient.person for one in then if one.rung == "committee" and one.recipient}
    assert told == {"new"}


def test_in_another_organisation_an_answer_ends_with_its_post(town: Town) -> None:
    town.log.change("unit_audit", at(1, 8, 8, 30), ("hospital", "office"), due(1, 14))
    said = {"notice": NOTICE, "version": 2, "track": "deadline", "rung": "before"}
    said |= {"until": "2020-01-13"}
    beside = f"review/{BRANCH_REVIEW}/notices"
    town.log.append(beside, "notice_acknowledged", at(1, 8, 8, 40), said, actor="ho")
    town.run(SEEN)
    units = [
        {"id": u, "parent": parent, "name": name, "kind": kind}
        for u, (parent, kind, name) in UNITS.items()
    ]
    same = {"unit": "hospital", "role": "office", "since": "2019-01-01", "until": None}
    posts = [{**same, "person": person} for person in ("ho", "hn")]
    stays, goes = (
        simulated(town, Change(organisation={"units": units, "posts": some}), date(2020, 1, 10))
        for some in (posts, posts[1:])
    )
    assert stays == []
    assert {(one.rung, one.recipient.person) for one in goes if one.recipient} == {("before", "hn")}


def test_sums_count_messages_and_people_by_rung(town: Town) -> None:
    town.run(SEEN)
    found = sums(simulated(town), ZONE)
    assert found.by_day[date(2020, 1, 10), "due_day"] == 2  # in the inbox and by mail
    assert found.reached["due_day"] == 1
    assert found.n_messages == sum(found.by_day.values())


# --- For any town ---

DAYS = st.integers(6, 31).map(lambda day: due(1, day))
CASES = st.lists(
    st.tuples(st.sampled_from(["ward", "hospital", "outpost", "organ"]), DAYS),
    min_size=1,
    max_size=4,
)
GONE = st.sets(st.sampled_from([person for _, _, person in POSTS if person != "wl"]), max_size=4)
OVER = st.integers(1, 6)


@settings(max_examples=12, deadline=None)
@given(cases=CASES, gone=GONE, over=OVER, suspended=st.booleans(), hour=st.integers(7, 19))
def test_for_any_town_what_was_simulated_is_what_is_sent(
    cases: list[tuple[str, datetime]], gone: set[str], over: int, suspended: bool, hour: int
) -> None:
    with in_memory() as store:
        town = Town(store)
        town.policy = read(
            TEXT.replace("over: 3", f"over: {over + 1}").replace("before: 2", f"before: {over}")
        )
        town.restart()
        town.log.organise(without=tuple(gone))
        for number, (unit, due_at) in enumerate(cases):
            town.log.open(f"00000000-0000-7000-8000-{number:012d}", unit, due_at)
        if suspended:
            town.log.fact("suspended", at(1, 8, 9), review=f"00000000-0000-7000-8000-{0:012d}")
        town.run(at(1, 8, hour))
        assert lines(simulated(town)) == lines(played(town))
