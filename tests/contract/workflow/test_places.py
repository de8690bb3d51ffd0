"""A round on its places, as the read model ranks it: the same places as the rule in the domain."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from random import Random

import pytest

from services.workflow.adapters.database import Database
from services.workflow.adapters.database.tables import case_grade
from services.workflow.application.reading_ports import Alike, ListQuery, RankQuery
from services.workflow.domain.case.head import Case, Graded
from services.workflow.domain.case.ranking import Place, counts, ranked, ranked_of
from tests.contract.workflow.appends import CYCLE, move, moved, opening, review

ORDER = ("good", "fair", "poor")
ENDS = {"dropped": "abandoned", "done": "completed"}
ASKED = RankQuery(
    cases=ListQuery(cycle=CYCLE, kind="review"),
    grading="person",
    order=ORDER,
    counting=(("C", ("drafting", "done")), ("B", ("drafting", "done", "dropped"))),
    limit=7,
)


def graded(random: Random) -> dict[str, Graded]:
    """Return grades as they come: by few figures, so that some are equal, by a body, or none."""
    figure = random.choice([None, Decimal("80.00"), Decimal("80.05"), Decimal("100.00")])
    one = Graded(name=random.choice((*ORDER, "of_before")), figure=figure, uncapped=None)
    other = {"town": Graded(name="good")} if random.random() < 0.5 else {}
    return other if random.random() < 0.2 else {"person": one} | other


def states(random: Random) -> Iterator[tuple[Case, Case]]:
    """Yield cases as they were opened, and as they came to a grade and perhaps to an end."""
    for nth in range(1, 61):
        before = review(nth, parties={"hearing_body": f"c.h{nth % 3}"})
        state = random.choice(["drafting", "drafting", "done", "dropped"])
        after = moved(before, state, grades=graded(random), final=ENDS.get(state, ""))
        yield before, after


@pytest.fixture
def round_(database: Database) -> list[Case]:
    both = [*states(Random(7))]  # noqa: S311 - the same in each run
    database.store.append([opening(before) for before, _ in both])
    assert all(database.store.append([move(before, after) for before, after in both]))
    return [after for _, after in both]


def in_pages(database: Database, asked: RankQuery = ASKED) -> list[Place]:
    """Return all places, page after page, each going on after the last case of the one before."""
    page = database.reads.places(asked)
    found = [*page.places]
    while page.first + len(page.places) < page.total:
        assert len(page.places) == asked.limit
        page = database.reads.places(replace(asked, after=found[-1].case.id))
        assert page.first == len(found)
        found += page.places
    assert page.total == len(found)
    assert page.n_graded == sum(one.place is not None for one in found)
    return found


def wanted(cases: list[Case]) -> list[Place]:
    return ranked([ranked_of(one, "person") for one in cases if counts(one)], ORDER)


def test_places_are_those_of_the_rule_whatever_page_they_are_on(
    database: Database, round_: list[Case]
):
    expected = wanted(round_)
    assert len({one.place for one in expected}) > 5
    assert in_pages(database) == expected
    by_number = [database.reads.places(replace(ASKED, first=n, limit=1)).places for n in (0, 9)]
    assert by_number == [(expected[0],), (expected[9],)]


def test_places_follow_when_grades_come_change_and_go(database: Database, round_: list[Case]):
    cases = dict(enumerate(round_))
    assert cases[1].grades
    assert cases[2].grades
    for nth, grades in ((2, {}), (1, {"person": Graded(name="poor", figure=Decimal("0.01"))})):
        after = moved(cases[nth], cases[nth].state, grades=grades)
        assert database.store.append([move(cases[nth], after)]) == [True]
        cases[nth] = after
    assert in_pages(database) == wanted([*cases.values()])
    with database._connections.reading() as connection:
        rows = connection.execute(case_grade.select()).all()
    assert len(rows) == sum(len(one.grades) for one in cases.values())


def test_beyond_the_last_place_and_after_a_case_that_is_none_of_them_is_nothing(
    database: Database, round_: list[Case]
):
    for beyond in ({"first": 1000}, {"after": "0" * 36}, {"after": "x"}):
        assert database.reads.places(replace(ASKED, **beyond)).places == ()  # type: ignore[arg-type]
    assert round_


def test_each_case_is_counted_for_the_body_it_has(database: Database, round_: list[Case]):
    told = database.reads.graded(ASKED, "hearing_body")
    assert sorted(told) == sorted(
        (one.parties["hearing_body"], ranked_of(one, "person")) for one in round_ if counts(one)
    )
    assert {body for body, _ in database.reads.graded(ASKED, "no_such")} == {"c.h1.a"}


def alike(person: str = "nobody", units: tuple[str, ...] = (), near: tuple[str, ...] = ()) -> Alike:
    return Alike(person=person, units=units, parties=(("hearing_body", near),))


def test_of_those_that_are_alike_one_is_told_and_whom_one_is_about_by_itself(
    database: Database, round_: list[Case]
):
    def key(one: Case) -> tuple[str, str]:
        return one.state, one.parties["hearing_body"]

    query, by_id = ASKED.cases, {one.id: one for one in round_}
    keys = {key(one) for one in round_}
    told = database.reads.one_of_each(query, alike(units=("c.h0", "c.h1", "c.h2")))
    assert sum(n for _, n in told) == len(round_)
    assert len(told) == len(keys)
    assert {key(by_id[id_]) for id_, _ in told} == keys
    assert len(database.reads.one_of_each(query, alike("zhang"))) == len(round_)
    another = moved(by_id[told[0][0]], person="li", past_subjects=("zhang",))
    assert database.store.append([move(by_id[told[0][0]], another)]) == [True]
    assert (another.id, 1) in database.reads.one_of_each(query, alike())


def test_units_at_which_somebody_never_had_a_post_are_one_to_them(
    database: Database, round_: list[Case]
):
    query, by_id = ASKED.cases, {one.id: one for one in round_}
    told = database.reads.one_of_each(query, alike(units=("c.h1",)))
    assert sum(n for _, n in told) == len(round_)
    wanted = {(one.state, one.parties["hearing_body"] == "c.h1") for one in round_}
    assert len(told) == len(wanted)
    mine = [by_id[id_].parties["hearing_body"] == "c.h1" for id_, _ in told]
    assert {(by_id[told[n][0]].state, mine[n]) for n in range(len(told))} == wanted


def test_a_party_that_is_not_named_is_told_apart_by_paths_with_a_unit_that_it_may_be(
    database: Database,
):
    paths = (("c", "c.h1", "a"), ("c", "c.h1", "b"), ("c", "c.h2", "d"))
    cases = [review(n, path=path, parties={}) for n, path in enumerate(paths, start=1)]
    database.store.append([opening(one) for one in cases])
    for near, n_sorts in (((), 1), (("c.h1",), 3), (("c.h2",), 2), (("c.h",), 1), (("%",), 1)):
        told = database.reads.one_of_each(ASKED.cases, alike(units=("c.h1", "c.h2"), near=near))
        assert (len(told), sum(n for _, n in told)) == (n_sorts, 3)


def test_of_each_state_those_due_first_come_in_turn(database: Database, round_: list[Case]):
    n_states = len({(one.kind, one.tier, one.state) for one in round_})
    assert 1 < n_states < len(round_)
    by_id = {one.id: one for one in round_}
    told = database.reads.first_of_each(ASKED.cases, len(round_) + 1)
    assert sorted(told) == sorted(by_id)
    firsts = [(by_id[id_].kind, by_id[id_].tier, by_id[id_].state) for id_ in told[:n_states]]
    assert len({*firsts}) == n_states
    assert database.reads.first_of_each(ASKED.cases, 3) == told[:3]
    last = by_id[told[-1]]
    soon = moved(last, last.state, due_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert database.store.append([move(last, soon)]) == [True]
    assert last.id in database.reads.first_of_each(ASKED.cases, n_states)
