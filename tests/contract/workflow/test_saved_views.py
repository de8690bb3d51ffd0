"""Views: a person's own, by name, so many and no more, on every store."""

from concurrent.futures import ThreadPoolExecutor

from services.workflow.adapters.database import Database
from services.workflow.application.saved_views import SavedView
from tests.contract.workflow.appends import START


def view(name: str, address: str = "/cases") -> SavedView:
    return SavedView(name=name, address=address)


def test_a_person_has_their_own_views_by_name(database: Database):
    kept = database.views
    for person, name in (("li", "乙"), ("li", "甲"), ("wang", "丙")):
        assert kept.keep(person, view(name), START, 5) == "kept"
    assert {one.name for one in kept.views("li")} == {"甲", "乙"}
    assert [one.name for one in kept.views("li")] == sorted(["甲", "乙"])
    assert kept.views("wang") == [view("丙")]
    assert kept.views("zhao") == []


def test_a_name_is_given_once_and_the_same_view_again_changes_nothing(database: Database):
    kept = database.views
    assert kept.keep("li", view("甲"), START, 5) == "kept"
    assert kept.keep("li", view("甲"), START, 5) == "kept"
    assert kept.keep("li", view("甲", "/stuck"), START, 5) == "taken"
    assert kept.views("li") == [view("甲")]


def test_there_are_as_many_as_may_be_and_room_again_once_one_is_dropped(database: Database):
    kept = database.views
    said = [kept.keep("li", view(name), START, 2) for name in "abc"]
    assert said == ["kept", "kept", "full"]
    assert (kept.drop("wang", "a"), kept.drop("li", "a"), kept.drop("li", "a")) == (
        False,
        True,
        False,
    )
    assert kept.keep("li", view("c"), START, 2) == "kept"
    assert [one.name for one in kept.views("li")] == ["b", "c"]


def test_a_view_is_called_otherwise_but_not_as_another_is(database: Database):
    kept = database.views
    for name in "ab":
        kept.keep("li", view(name, f"/cases?state={name}"), START, 5)
    kept.keep("wang", view("x"), START, 5)
    assert kept.rename("li", "a", "b") is False
    assert kept.rename("li", "x", "y") is None  # it is another's
    assert kept.rename("li", "a", "a") is True
    assert kept.rename("li", "a", "c") is True
    assert [(one.name, one.address) for one in kept.views("li")] == [
        ("b", "/cases?state=b"),
        ("c", "/cases?state=a"),
    ]


def test_windows_that_keep_at_once_keep_all_that_there_is_room_for(database: Database):
    names = [f"v{n}" for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda one: database.views.keep("li", view(one), START, 6), names))
    assert (said.count("kept"), said.count("full")) == (6, 2)
    assert len(database.views.views("li")) == 6
