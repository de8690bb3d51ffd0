"""Whose paper a document is, where whoever filed it serves in several bodies."""

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from services.workflow.application.boards.versions import Version
from services.workflow.application.letters import written_by
from services.workflow.domain.organisation import Organisation
from tests.builders import organisation, post, review

OFFICE = (("c", ("office",)),)  # who may file it: the office of the organ committee


def tree(*posts: Any) -> Organisation:
    return organisation([post("hs", "c.b1", "secretary"), *posts])


def signed(tree: Organisation, writer: str, may: Any, **others: Any) -> str:
    at = datetime(2020, 2, 1, tzinfo=UTC)
    version = Version(document="comment", label="", number=1, at=at, actor=writer, **others)
    look: Any = SimpleNamespace(organisation=tree, unit_name=lambda unit: unit)
    return written_by(version, review(tree, "c.b1", "hs"), look, may)


@pytest.mark.parametrize("first", [date(2018, 1, 1), date(2019, 6, 1)])
def test_of_several_posts_the_one_counts_by_which_it_may_be_filed(first: date) -> None:
    two = tree(post("po", "c.h2", "secretary", first), post("po", "c", "office"))
    assert signed(two, "po", OFFICE) == "c"
    assert signed(two, "somebody", OFFICE, deputy_for="po") == "c"


@pytest.mark.parametrize("first", [date(2018, 1, 1), date(2019, 6, 1)])
def test_where_that_is_not_known_a_post_that_has_to_do_with_the_case_counts(first: date) -> None:
    assert signed(
        tree(post("po", "c.h2", "office", first), post("po", "c", "office")), "po", ()
    ) == ("c")
    own = tree(post("po", "c.h2", "office", first), post("po", "c.b1", "member"))
    assert signed(own, "po", ()) == "c.b1"


def test_what_whom_it_is_about_files_is_their_units_whatever_they_are_elsewhere() -> None:
    assert signed(tree(post("hs", "c", "office", date(2018, 1, 1))), "hs", OFFICE) == "c.b1"
