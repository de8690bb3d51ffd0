"""Editions: what is published, once each, and which of them is in force; on both stores."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from schemas.envelope import peek
from services.workflow.adapters.database import Database
from services.workflow.application.editions import Draft, Edition, Editions, Publishing
from services.workflow.application.envelopes import Sealer
from services.workflow.application.rulebook import Directory
from services.workflow.domain.refusals import Conflict
from tests.texts import draft_of

AT = datetime(2020, 1, 8, 1, tzinfo=UTC)


def publishing(database: Database, at: datetime = AT) -> Publishing:
    return Publishing(
        store=database.store,
        reads=database.reads,
        editions=Editions(database.reads),
        directory=Directory(database.reads),
        sealer=Sealer(),
        now=lambda: at,
    )


def policy(id_: str, scheme: str, title: str = "") -> Draft:
    return draft_of("policy", {"id": id_, "scheme": scheme, "title": title})


OLD, NEW = (draft_of("calendar", {"id": "cn", "title": title}) for title in ("old", "new"))


def test_what_is_published_is_kept_by_its_hash_and_told_in_the_stream_of_its_kind(
    database: Database,
):
    assert publishing(database).publish([OLD]) == [OLD]
    (told,) = (peek(row.body) for row in database.reads.stream("text/calendar"))
    edition = Edition(kind="calendar", id="cn", hash=OLD.hash, number=1, event=told.id, since=AT)
    assert Editions(database.reads).of("calendar") == [edition]
    assert Editions(database.reads).kept([OLD.hash])[OLD.hash].canonical == OLD.canonical


def test_the_text_in_force_is_not_published_again(database: Database):
    one = publishing(database)
    one.publish([OLD])
    assert one.publish([OLD]) == []
    assert len(one.editions.of("calendar")) == 1


def test_the_newest_of_an_id_is_in_force_and_an_older_one_can_be_again(database: Database):
    one = publishing(database)
    for draft in (OLD, NEW, OLD):
        assert one.publish([draft]) == [draft]
    assert one.editions.in_force("calendar")["cn"].number == 3
    assert [listed.in_force for listed in one.editions.listed(["calendar"])].count(True) == 1


def test_all_of_several_are_published_or_none(database: Database):
    one, stale = publishing(database), publishing(database)
    one.publish([OLD])
    assert one.publish([OLD, NEW, policy("p", "s")]) == [NEW, policy("p", "s")]

    class Late(Editions):
        def of(self, kind: str) -> list[Edition]:
            return [] if kind == "calendar" else super().of(kind)

    with pytest.raises(Conflict):
        replace(stale, editions=Late(database.reads)).publish([policy("q", "s"), NEW])
    assert list(one.editions.in_force("policy")) == ["p"]


def test_an_edition_is_not_recorded_before_the_one_that_it_replaces(database: Database):
    publishing(database).publish([OLD])
    publishing(database, AT - timedelta(hours=1)).publish([NEW])
    assert [one.since for one in Editions(database.reads).of("calendar")] == [AT, AT]


def test_a_scheme_has_the_policy_that_named_it_last(database: Database):
    one = publishing(database)
    one.publish([policy("p", "s"), policy("q", "s"), policy("r", "t")])
    assert {scheme: policy.id for scheme, policy in one.editions.policies().items()} == {
        "s": "q",
        "t": "r",
    }
    one.publish([policy("q", "t")])  # it is for another scheme from now on
    assert {scheme: policy.id for scheme, policy in one.editions.policies().items()} == {
        "s": "p",
        "t": "q",
    }
    ruling = {listed.edition.id for listed in one.editions.listed(["policy"]) if listed.in_force}
    assert ruling == {"p", "q"}
