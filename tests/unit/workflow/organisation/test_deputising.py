"""Who stands in for whom, and who is away, as values of the organisation: and what is refused."""

from dataclasses import replace
from datetime import date

import pytest

from services.workflow.domain.organisation import Absence, Delegation, Organisation
from services.workflow.domain.organisation.deputising import Wish, faults, lines_of, taken_back
from services.workflow.domain.reasons import sentence
from tests.builders import organisation, post

FIRST, LAST = date(2020, 1, 13), date(2020, 1, 24)
ENTRY = Delegation(
    deputy="li", person="wang", unit="c", roles=frozenset({"office"}), since=FIRST, until=LAST
)
PEOPLE = organisation(
    [
        post("wang", "c", "office"),
        post("li", "c", "clerk"),
        post("admin", "w", "audit_administrator"),
    ]
)


def wish(*, revoked: bool = False, **changed: object) -> Wish:
    told = {
        name: getattr(ENTRY, name)
        for name in ("deputy", "person", "unit", "roles", "since", "until")
    }
    return Wish(entry=Delegation(**{**told, **changed}), revoked=revoked)  # type: ignore[arg-type]


def after(*wishes: Wish) -> Organisation:
    return PEOPLE.evolve_all(one.data() for one in wishes)


def test_it_holds_on_its_first_and_last_day_and_on_no_other():
    there = after(wish())
    days = [date(2020, 1, 12), FIRST, LAST, date(2020, 1, 25)]
    assert [len(there.standing_in.by("li", day)) for day in days] == [0, 1, 1, 0]
    assert there.deputies("c", "office", FIRST) == ("li",)
    assert there.standing_in.by("wang", FIRST) == ()
    assert there.version == PEOPLE.version + 1


def test_a_later_one_of_the_same_key_replaces_it_and_one_revoked_takes_it_back():
    shorter = after(wish(), wish(until=FIRST))
    assert shorter.standing_in.by("li", LAST) == ()
    assert len(shorter.standing_in.delegations_of("li")) == 1
    assert after(wish(), wish(revoked=True)).standing_in.delegations_of("wang") == ()


def test_who_stands_in_for_a_post_is_asked_of_its_person_unit_role_and_day():
    there = after(wish(), wish(person="zhao", deputy="li"), wish(unit="c.h1")).standing_in
    asked = {"person": "wang", "unit": "c", "role": "office", "day": FIRST}
    assert there.for_post(**asked) == ("li",)  # type: ignore[arg-type]
    for other in ({"person": "li"}, {"unit": "w"}, {"role": "clerk"}, {"day": date(2020, 1, 12)}):
        assert there.for_post(**asked | other) == ()  # type: ignore[arg-type]


def test_all_that_stand_in_and_are_away_are_listed_once_and_a_later_end_replaces_the_earlier():
    away = [Wish(entry=Absence(person="wang", since=FIRST, until=day)) for day in (LAST, FIRST)]
    there = after(wish(), wish(until=FIRST), *away).standing_in
    assert there.delegations() == (replace(ENTRY, until=FIRST),)
    assert there.absences() == there.absences_of("wang") == (away[1].entry,)
    assert there.absence("wang", LAST) is None
    back = after(*away, Wish(entry=away[1].entry, revoked=True)).standing_in
    assert back.absences() == ()


def test_those_are_tied_whose_days_touch_those_asked_about():
    there = after(wish())
    assert there.standing_in.tied("wang", LAST, date(2020, 2, 1)) == {"li"}
    assert there.standing_in.tied("li", date(2020, 1, 1), FIRST) == {"wang"}
    assert there.standing_in.tied("li", date(2020, 1, 25), date(2020, 2, 1)) == frozenset()


def test_who_is_away_is_known_by_the_day():
    there = PEOPLE.evolve(Wish(entry=Absence(person="wang", since=FIRST, until=LAST)).data())
    assert there.standing_in.absence("wang", LAST) is not None
    assert there.standing_in.absence("wang", date(2020, 1, 25)) is None
    assert there.holders("c", "office", FIRST) == ("wang",)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (wish(deputy="nobody"), "no_such_person"),
        (wish(deputy="wang"), "own_deputy"),
        (wish(unit="nowhere"), "no_such_unit"),
        (wish(roles=frozenset({"secretary"})), "not_theirs"),
        (wish(roles=frozenset({"security_administrator"})), "not_handed_on"),
        (wish(deputy="admin"), "deputy_administers"),
        (wish(until=date(2020, 1, 12)), "over_before_it_begins"),
        (wish(until=date(2021, 1, 14)), "not_for_a_time"),
        (wish(since=date(2020, 1, 1), until=date(2020, 1, 2)), "over_already"),
        (wish(since=date(2020, 1, 7)), "begins_in_the_past"),
        (wish(revoked=True), "nothing_to_revoke"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_cannot_hold_is_refused_with_its_reason(asked: Wish, code: str):
    found = list(faults(PEOPLE, asked, date(2020, 1, 8)))
    assert code in [one.code for one in found]
    for language in ("zh", "en"):
        assert all(all(sentence(one, language)) for one in found)


def test_an_administrator_hands_nothing_on_and_is_told_what_could_be():
    entry = Delegation(
        deputy="li",
        person="admin",
        unit="w",
        roles=frozenset({"audit_administrator"}),
        since=FIRST,
        until=LAST,
    )
    (only,) = faults(PEOPLE, Wish(entry=entry), FIRST)
    assert (only.code, only.field) == ("not_handed_on", "roles")
    reason, accepted = sentence(only, "zh")
    assert "审计管理员" in reason
    assert accepted


def test_days_that_are_told_already_are_not_told_twice():
    there = after(wish())
    again = wish(since=LAST, until=date(2020, 2, 1))
    assert [one.code for one in faults(there, again, FIRST)] == ["told_for_these_days"]
    assert list(faults(there, wish(until=date(2020, 2, 1)), LAST)) == []  # a later end of the same
    away = PEOPLE.evolve(Wish(entry=Absence(person="wang", since=FIRST, until=LAST)).data())
    overlapping = Wish(entry=Absence(person="wang", since=LAST, until=LAST))
    assert [one.code for one in faults(away, overlapping, FIRST)] == ["told_for_these_days"]


def codes(there: Organisation, asked: Wish, day: date) -> list[tuple[str, str]]:
    return [(one.code, one.field) for one in faults(there, asked, day)]


def test_roles_change_from_today_on_and_never_in_days_that_are_past():
    posts = [post("wang", "c", one) for one in ("office", "secretary")]
    there = organisation([*posts, post("li", "c", "clerk")]).evolve(wish().data())
    other, day = wish(roles=frozenset({"office", "secretary"})), date(2020, 1, 15)
    assert codes(there, other, FIRST) == []
    assert codes(there, other, day) == [("roles_in_force", "roles")]
    assert codes(there, wish(until=day), day) == []  # its end alone still moves
    ended = there.evolve(taken_back(there, wish(revoked=True), day).data())
    assert codes(ended, other, day) == [("begins_in_the_past", "from")]
    assert codes(ended, wish(roles=other.entry.roles, since=day), day) == []


def test_what_is_over_is_not_made_to_last_over_days_that_are_past():
    later, day = date(2020, 2, 10), date(2020, 1, 30)
    assert codes(after(wish()), wish(until=later), day) == [("begins_in_the_past", "from")]
    away = PEOPLE.evolve(Wish(entry=Absence(person="wang", since=FIRST, until=LAST)).data())
    longer = Wish(entry=Absence(person="wang", since=FIRST, until=later))
    assert codes(away, longer, day) == [("begins_in_the_past", "from")]
    assert codes(away, longer, LAST) == []


def test_who_stood_in_stays_tied_for_the_days_it_held_though_it_was_taken_back():
    there, day = after(wish()), date(2020, 1, 15)
    ended = there.evolve(taken_back(there, wish(revoked=True), day).data())
    assert ended.standing_in.by("li", day) == ()
    assert ended.standing_in.tied("li", day, LAST) == {"wang"}
    assert ended.standing_in.tied("li", date(2020, 1, 16), LAST) == frozenset()
    at_once = there.evolve(taken_back(there, wish(revoked=True), FIRST).data())
    assert at_once.standing_in.tied("li", FIRST, FIRST) == {"wang"}  # it held for that one day
    never = there.evolve(taken_back(there, wish(revoked=True), date(2020, 1, 8)).data())
    assert never.standing_in.tied("li", date(2020, 1, 1), LAST) == frozenset()


def test_what_changes_is_told_as_an_import_tells_it():
    there, name = after(wish()), {"li": "李四", "wang": "王五"}.__getitem__
    (new,) = lines_of(PEOPLE, wish(), name)
    assert new.startswith("+ 代理 li 李四 代 wang 王五（c ")
    assert [
        next(lines_of(there, one, name))[0] for one in (wish(until=FIRST), wish(revoked=True))
    ] == ["~", "-"]
    assert list(lines_of(there, wish(), name)) == ["与现有组织一致，没有变化。"]


def test_somebody_may_stand_in_for_one_day():
    assert [*faults(PEOPLE, wish(since=FIRST, until=FIRST), FIRST)] == []
