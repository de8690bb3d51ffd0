"""Figures add up, grades have no gap, and whatever is declared has a taker and a reader."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.workflow.language.examples import changed

Tree = dict[str, Any]


def put(*path: Any, to: Any) -> Callable[[Tree], None]:
    """Return the change that writes *to* at *path*."""

    def change(tree: Any) -> None:
        for step in path[:-1]:
            tree = tree[step]
        tree[path[-1]] = to

    return change


def covers_one(tree: Any) -> None:
    tree["cases"]["meeting"]["links"]["leading"] = {"case": "meeting", "for": "organ_committee"}
    tree["polls"]["hall"]["covers"] = "leading"


def drop(*path: Any) -> Callable[[Tree], None]:
    """Return the change that takes away what stands at *path*."""

    def change(tree: Any) -> None:
        for step in path[:-1]:
            tree = tree[step]
        del tree[path[-1]]

    return change


GRADES = ("gradings", "person", "grades")
LOT = ("draws", "on_site")
THREE = {"count": 3, "from": 0, "to": 9, "as_drawn": True}
HALL = ("polls", "hall")
VOTES = {
    "by": "votes",
    "of": "ballot",
    "grades": [{"name": "good", "share": [2, 3]}, {"name": "poor"}],
}
DECIDED = {"by": "decision", "grades": [{"name": "good"}, {"name": "poor"}]}
QUOTA = {"grades": ["average", "poor"], "at_least": [15, 100], "among": "hearing_body"}
THREE = ("fair", "average", "poor")
BY_GRADE = {"by": "person", "routes": {"poor": "rectification"}, "else": "feedback"}

REFUSED: list[tuple[Callable[[Tree], None], str, str]] = [
    # weights, bands, votes
    (put("gradings", "person", "of", "ballot", to="0.71"), "gradings.person.of", "add up to 1.01"),
    (
        put("gradings", "person", "of", "bal", to="0.1"),
        "gradings.person.of.bal",
        "unknown component",
    ),
    (put(*GRADES, 3, "from", to="1"), "gradings.person.grades[3].from", "gap: nothing below 1"),
    (put(*GRADES, 1, "from", to="90"), "gradings.person.grades[1].from", "not below good at 90"),
    (put(*GRADES, 0, "from", to="101"), "gradings.person.grades[0].from", "over 100"),
    (put(*GRADES, 0, "share", to=[1, 2]), "gradings.person.grades[0].share", "nothing reads share"),
    (drop(*GRADES, 1, "from"), "gradings.person.grades[1]", "fair has no from"),
    (put("gradings", "town", to={**VOTES, "of": "superior"}), "gradings.town.of", "no poll"),
    (
        put("gradings", "town", to={**VOTES, "grades": [{"name": "good"}, {"name": "poor"}]}),
        "gradings.town.grades[0]",
        "good has no share",
    ),
    (put("gradings", "branch", to=DECIDED), "gradings.branch", "no trigger takes the grade branch"),
    (
        put("components", 1, "parts", to=[{"name": "a", "weight": "0.5"}]),
        "components[1].parts",
        "0.5",
    ),
    (
        put("components", 1, "tiers", to={"X": {"label": "x"}}),
        "components[1].tiers.X",
        "unknown tier X",
    ),
    (put("components", 0, "poll", to="hal"), "components[0].poll", "unknown poll hal"),
    (
        put(
            "cases",
            "review",
            "tiers",
            "C",
            "triggers",
            to={"score": {"takes": [{"component": "ballot", "by_hand": True}]}},
        ),
        "gradings.person.of.superior",
        "review never has superior in tier C",
    ),
    # takers and readers
    (drop("gradings", "person", "of", "superior"), "components[1]", "no grading weighs superior"),
    (
        put("documents", "memo", to={"label": "x", "parts": [{"name": "a", "label": "x"}]}),
        "documents.memo",
        "no trigger takes memo",
    ),
    (drop("flags", 4, "listed"), "flags[4]", "nothing looks at model"),
    (drop("cases", "review", "triggers", "mark", "sets"), "flags[0]", "no trigger sets discipline"),
    (
        drop("cases", "review", "triggers", "set_mode", "sets"),
        "modes[0]",
        "no trigger sets on_site",
    ),
    (drop("components", 0, "poll"), "polls.hall", "no component comes from the poll hall"),
    (
        put(*HALL, "electorates", 1, "name", to="guests"),
        "polls.hall.electorates[1]",
        "roster guests",
    ),
    # polls
    (put(*HALL, "held_by", to="review"), "polls.hall.held_by", "not one for a body"),
    (put(*HALL, "in", to="closed"), "polls.hall.in", "closed is an end"),
    (put(*HALL, "in", to="x"), "polls.hall.in", "unknown state x"),
    (covers_one, "polls.hall.covers", "leads to one case"),
    (put(*HALL, "covers", to="x"), "polls.hall.covers", "unknown link of meeting x"),
    (put(*HALL, "drop_each_end", to="0.5"), "polls.hall.drop_each_end", "everything"),
    (put(*HALL, "scale", 0, "grade", to="best"), "polls.hall.scale[0]", "unknown grade best"),
    (put(*HALL, "at_most", to={"best": [1, 3]}), "polls.hall.at_most", "unknown grade best"),
    (put(*HALL, "scale", 1, "points", to="95"), "polls.hall.scale[1]", "counts as much as good"),
    (put(*HALL, "electorates", 1, "weight", to="0.5"), "polls.hall.electorates", "add up to 1.1"),
    (
        put(*HALL, "electorates", 0, "people", to=[{"party": "appraised"}]),
        "polls.hall.electorates[0]",
        "nobody but the subject",
    ),
    (
        put(*HALL, "electorates", 0, "people", to=[{"party": "own_unit"}]),
        "polls.hall.electorates[0].people[0]",
        "say in which roles",
    ),
    # draws
    (put("draws", "on_site", "run_by", to="x"), "draws.on_site.run_by", "unknown kind of case x"),
    (put("draws", "on_site", "among", "tier", to="D"), "draws.on_site.among.tier", "review D"),
    (put("draws", "on_site", "fires", to="submit"), "draws.on_site.fires", "has no cause"),
    (put(*LOT, "modes", "drawn", to="x"), "draws.on_site.modes.drawn", "unknown mode x"),
    (put(*LOT, "sets", to="order"), "draws.on_site.fires", "sets the order, and only then"),
    (
        put(*LOT, "numbers", to=[{"name": "x", "label": "x", "figures": [THREE]}]),
        "draws.on_site.numbers[0]",
        "too few outcomes: at least 24 bits",
    ),
    (
        put(*LOT, "numbers", 0, "figures", 1, "count", to=17),
        "draws.on_site.numbers[0]",
        "there are no such figures",
    ),
    (put(*LOT, "run_by", to="visit"), "draws.on_site", "all of its steps"),
    (
        put("cases", "draw", "triggers", "attest", "to", to="drawn"),
        "cases.draw.triggers.attest.to",
        "by no other step",
    ),
    # what follows
    (put("consequences", 0, "opens", to="visit"), "consequences[0].opens", "visit is no child"),
    (put("consequences", 0, "opens", to="item"), "consequences[0].opens", "no_longer"),
    (
        put("consequences", 0, "where", to={"grade": {"of": "person", "in": ["bad"]}}),
        "consequences[0].where.grade",
        "unknown grade bad",
    ),
    (
        put("caps", to=[{"where": {"flag": "serious"}, "at_best": "x"}]),
        "caps[0].at_best",
        "grade x",
    ),
    # quotas
    (put("quotas", to={"low": QUOTA}), "quotas.low", "no guard asks"),
    (put("quotas", to={"low": {**QUOTA, "at_most": [1, 10]}}), "quotas.low.at_least", "nobody can"),
    (
        put("quotas", to={"low": {**QUOTA, "among": "appraised"}}),
        "quotas.low.among",
        "party of units",
    ),
    (
        put(
            "quotas",
            to={
                "a": {**QUOTA, "at_least": [6, 10]},
                "b": {**QUOTA, "at_least": [5, 10], "grades": ["good", "fair"]},
            },
        ),
        "quotas.b",
        "nobody can meet it together with a",
    ),
    (
        put("quotas", to={one: {**QUOTA, "at_least": [2, 5], "grades": [one]} for one in THREE}),
        "quotas.poor",
        "nobody can meet it together with average, fair",
    ),
    (
        put(
            "quotas",
            to={
                "some": {**QUOTA, "at_least": [1, 2]},
                "few": {
                    "grades": ["fair", "average", "poor"],
                    "at_most": [1, 3],
                    "among": "hearing_body",
                },
            },
        ),
        "quotas.some",
        "nobody can meet it together with few",
    ),
    (
        put(
            "quotas",
            to={
                "all": {
                    "grades": ["good", "fair", "average", "poor"],
                    "at_most": [1, 2],
                    "among": "hearing_body",
                }
            },
        ),
        "quotas.all.at_most",
        "every case has one",
    ),
    # routes
    (
        put("cases", "review", "triggers", "give_feedback", "to", to=BY_GRADE),
        "cases.review.triggers.give_feedback",
        "no trigger corrects person from rectification",
    ),
    (
        put("cases", "review", "triggers", "give_feedback", "to", to={**BY_GRADE, "by": "x"}),
        "cases.review.triggers.give_feedback.to.by",
        "unknown grading x",
    ),
    # documents and conditions
    (
        put("documents", "report", "must_answer", to=["visit"]),
        "documents.report.must_answer",
        "visit",
    ),
    (put("documents", "report", "about", to="report"), "documents.report.about", "about itself"),
    (
        drop("documents", "report", "content_areas"),
        "documents.report.covers",
        "without content_areas",
    ),
    (
        put("documents", "lists", "columns", 1, "case", to="x"),
        "documents.lists.columns[1].case",
        "x",
    ),
    (
        put("documents", "lists", "parts", to=[{"name": "a", "label": "x"}]),
        "documents.lists",
        "either",
    ),
    (
        put("cases", "review", "exempt", 0, "where", to={"mode": "on_site"}),
        "cases.review.exempt[0].where.mode",
        "before there is a case",
    ),
    (
        put("consequences", 0, "where", to={"mode": "x"}),
        "consequences[0].where.mode",
        "unknown mode x",
    ),
    (
        put("follows", to={"scheme": "jilin-health-2019"}),
        "follows.scheme",
        "follows itself",
    ),
    (
        put(
            "follows",
            to={
                "scheme": "s",
                "carries": [{"case": "item", "in": ["open"], "ends": "carried", "as": "x"}],
            },
        ),
        "follows.carries[0].as",
        "unknown kind of case x",
    ),
]


@pytest.mark.parametrize(("change", "path", "reason"), REFUSED)
def test_what_does_not_add_up_or_is_not_used_is_refused(
    change: Callable[[Tree], None], path: str, reason: str
):
    found = changed(change)
    assert any(at == path and reason in why for at, why in found), found


def test_a_route_whose_correction_decides_it_anew_is_sound():
    def change(tree: Tree) -> None:
        triggers = tree["cases"]["review"]["triggers"]
        triggers["give_feedback"]["to"] = {
            "by": "person",
            "routes": {"poor": "feedback"},
            "else": "closed",
        }
        triggers["correct_score"] |= {"from": ["feedback"], "to": triggers["give_feedback"]["to"]}

    assert not [path for path, _ in changed(change) if "triggers.give_feedback" in path]


def test_quotas_that_ask_for_all_cases_and_no_more_are_sound():
    halves = {
        "a": {**QUOTA, "at_least": [5, 10]},
        "b": {**QUOTA, "at_least": [5, 10], "grades": ["good", "fair"]},
    }
    assert not [why for _, why in changed(put("quotas", to=halves)) if "nobody can meet" in why]


@pytest.mark.parametrize(("bound", "share"), [("at_most", [10, 3]), ("at_least", "0.5")])
def test_of_a_share_that_is_none_only_that_is_told_and_not_that_nobody_can_meet_it(
    bound: str, share: Any
):
    quota = {"grades": ["good", *THREE], bound: share, "among": "hearing_body"}
    found = [why for at, why in changed(put("quotas", to={"a": quota})) if at.startswith("quotas")]
    (why,) = (one for one in found if "no guard asks" not in one)
    assert why.startswith("a share of two whole numbers is expected")


def test_a_scale_of_figures_begins_at_a_hundred_at_the_latest():
    def begun(least: int) -> list[str]:
        scale = {"from": least, "to": 100}
        return [path for path, _ in changed(put(*HALL, "scale", to=scale))]

    assert begun(101) == ["polls.hall.scale.from"]
    assert "polls.hall.scale.from" not in begun(100)
