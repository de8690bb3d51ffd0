"""Tokens, sign-ins, one-time links, sessions."""

from datetime import timedelta
from typing import Any

from services.workflow.adapters.database import Database
from services.workflow.application.identity_ports import (
    By,
    SessionRow,
    TokenRow,
    WantedReads,
)
from tests.contract.workflow.appends import START

HOUR = timedelta(hours=1)
DIGEST, OTHER = b"d" * 32, b"e" * 32


def token(**changes: Any) -> TokenRow:
    values = {"id": "t-1", "client": "oa", "scopes": frozenset({"read", "act-for"}), "unit": "w"}
    return TokenRow(**{**values, "revoked": False, **changes})


def test_a_token_comes_back_as_it_went_in(database: Database):
    assert database.identity.token(DIGEST) is None
    database.identity.create_token(DIGEST, token(), START)
    assert database.identity.token(DIGEST) == token()


def test_revoking_reaches_every_token_of_a_client_once(database: Database):
    database.identity.create_token(DIGEST, token(), START)
    database.identity.create_token(OTHER, token(client="platform"), START)
    assert database.identity.revoke_token("oa", START) == 1
    assert database.identity.revoke_token("oa", START) == 0
    assert database.identity.token(DIGEST) == token(revoked=True)
    assert database.identity.token(OTHER).revoked is False


def test_every_change_of_a_token_moves_the_version_that_the_hot_path_reads(database: Database):
    versions = [database.store.standing([]).identity_version]
    database.identity.create_token(DIGEST, token(), START)
    versions.append(database.store.standing([]).identity_version)
    database.identity.revoke_token("oa", START)
    versions.append(database.store.standing([]).identity_version)
    assert versions == sorted(set(versions))
    assert database.identity.version() == versions[-1]


def test_a_new_password_forgets_failures_and_ends_sessions(database: Database):
    database.identity.set_password("li", "hash", START)
    database.identity.count_failure("li", 5, START + HOUR)
    account = database.identity.account("li")
    assert (account.failed, account.locked_until) == (5, START + HOUR)
    row = SessionRow(digest=DIGEST, id="s-1", person="li", created_at=START, seen_at=START)
    database.identity.create_session(row)
    database.identity.set_password("li", "new", START + HOUR)
    account = database.identity.account("li")
    assert (account.password_hash, account.failed, account.locked_until) == ("new", 0, None)
    assert database.identity.session(DIGEST) is None
    assert database.identity.account("wang") is None


def test_a_link_works_once_and_in_time(database: Database):
    database.identity.create_invitation(DIGEST, "li", START + HOUR, START)
    assert database.identity.invitation(DIGEST, START) == "li"
    assert database.identity.use_invitation(DIGEST, START + HOUR) is None
    assert database.identity.use_invitation(DIGEST, START) == "li"
    assert database.identity.use_invitation(DIGEST, START) is None
    assert database.identity.invitation(DIGEST, START) is None


def test_a_newer_link_replaces_the_older(database: Database):
    database.identity.create_invitation(DIGEST, "li", START + HOUR, START)
    database.identity.create_invitation(OTHER, "li", START + HOUR, START)
    assert database.identity.use_invitation(DIGEST, START) is None
    assert database.identity.use_invitation(OTHER, START) == "li"


def test_a_session_is_kept_touched_and_ended(database: Database):
    row = SessionRow(digest=DIGEST, id="s-1", person="li", created_at=START, seen_at=START)
    assert not database.identity.create_session(row)  # nobody of that name may sign in
    database.identity.set_password("li", "hash", START)
    database.identity.create_session(row)
    database.identity.touch_session(DIGEST, START + HOUR)
    assert database.identity.session(DIGEST).seen_at == START + HOUR
    database.identity.delete_session(DIGEST)
    assert database.identity.session(DIGEST) is None


def test_reading_is_recorded_once_for_person_subject_and_day(database: Database):
    for person, subject, day in (
        *[("inspector", "cycle/1", START.date())] * 3,
        ("inspector", "cycle/1", START.date() + timedelta(days=1)),
        ("inspector", "cycle/2", START.date()),
        ("other", "cycle/1", START.date()),
    ):
        database.identity.record_read(person, "export", subject, day, START)
    with database._connections.reading() as connection:
        n_rows = connection.exec_driver_sql("SELECT count(*) FROM read_audit").scalar_one()
    assert n_rows == 4


def test_what_somebody_has_read_is_told_on_whatever_days(database: Database):
    for subject, day in (("a", 0), ("a", 1), ("b", 0)):
        at = START + timedelta(days=day)
        database.identity.record_read("li", "document", subject, at.date(), at)
    assert database.identity.read_of("li", "document", ("a", "c")) == {"a"}
    assert database.identity.read_of("li", "case", ("a",)) == set()
    assert database.identity.read_of("other", "document", ("a", "b")) == set()


def test_what_was_read_of_cases_is_told_the_newest_first(database: Database):
    for n, what in enumerate(("case", "document", "history", "case")):
        database.identity.record_read("li", what, f"s{n}", START.date(), START)
    told = database.identity.reads(None, 2)
    assert [(one.what, one.subject) for one in told] == [("case", "s3"), ("document", "s1")]
    before = database.identity.reads(told[-1].id, 9)
    assert [(one.subject, one.person, one.at) for one in before] == [("s0", "li", START)]


def test_who_is_locked_is_signed_out_and_stays_out_until_unlocked(database: Database):
    identity, by = database.identity, By(client="web", person="admin")
    assert not identity.lock("li", START, by)  # there is nothing to lock
    identity.set_password("li", "hash", START)
    row = SessionRow(digest=DIGEST, id="s-1", person="li", created_at=START, seen_at=START)
    assert identity.create_session(row)
    identity.create_invitation(OTHER, "li", START + HOUR, START, by)
    assert identity.lock("li", START, by)
    assert not identity.lock("li", START + HOUR, by)
    assert identity.account("li").locked_at == START
    assert identity.session(DIGEST) is None
    assert identity.invitation(OTHER, START) is None
    assert not identity.create_session(row)
    assert [*identity.locked(START)] == ["li"]
    assert identity.unlock("li", START, by)
    assert not identity.unlock("li", START, by)
    assert [*identity.locked(START)] == []
    assert identity.create_session(row)


def test_how_sign_ins_stand_is_told_without_what_has_run_out(database: Database):
    identity, by = database.identity, By(client="web", person="admin")
    identity.set_password("li", "hash", START)
    identity.count_failure("li", 5, START + HOUR / 4)
    identity.set_password("wang", "hash", START)
    for digest, seen in ((DIGEST, START), (OTHER, START + HOUR / 12)):
        row = SessionRow(digest=digest, id=None, person="wang", created_at=START, seen_at=seen)
        assert identity.create_session(row)
    identity.create_invitation(b"i" * 32, "zhao", START + HOUR, START, by)
    people = ["li", "nobody", "wang", "zhao"]
    now = identity.standing(people, START + HOUR / 6)
    assert [*now] == ["li", "wang", "zhao"]
    assert now["li"].locked_until == START + HOUR / 4
    assert (now["wang"].n_sessions, now["wang"].seen_at) == (2, START + HOUR / 12)
    assert (now["zhao"].has_password, now["zhao"].invited_until) == (False, START + HOUR)
    later = identity.standing(people, START + HOUR)
    assert [*later] == ["li", "wang"]
    assert (later["li"].locked_until, later["wang"].n_sessions) == (None, 0)


def test_all_that_is_done_to_sign_ins_and_tokens_is_written_down_once(database: Database):
    identity, by = database.identity, By(client="web", person="admin")
    identity.create_token(DIGEST, token(), START)
    identity.create_token(OTHER, token(id="t-2"), START, by)
    assert identity.revoke_token("oa", START + HOUR, by, "t-2") == 1
    assert identity.revoke_token("oa", START + HOUR, by, "t-2") == 0
    assert identity.token(DIGEST).revoked is False
    identity.create_invitation(DIGEST, "li", START + HOUR, START, by)
    identity.set_password("li", "hash", START)
    assert identity.end_sessions("li", START, by) == 0
    deeds = identity.deeds(None, 10)
    assert [(one.what, one.subject, one.person) for one in reversed(deeds)] == [
        ("token_created", "oa", None),
        ("token_created", "oa", "admin"),
        ("token_revoked", "oa", "admin"),
        ("invited", "li", "admin"),
        ("password_set", "li", "li"),
    ]
    assert [one.detail for one in reversed(deeds)] == ["t-1", "t-2", "t-2", None, None]
    assert [*identity.deeds(deeds[1].id, 2)] == deeds[2:4]


def test_tokens_are_listed_page_by_page(database: Database):
    for n, (client, token_id) in enumerate((("oa", "b"), ("oa", None), ("hr", "a"))):
        digest = bytes([n]) * 32
        database.identity.create_token(digest, token(client=client, id=token_id), START)
    listed = database.identity.tokens(None, 2)
    assert [(one.client, one.id) for one in listed] == [("hr", "a"), ("oa", None)]
    assert [one.id for one in database.identity.tokens(("oa", ""), 2)] == ["b"]
    assert (listed[0].created_at, listed[0].revoked_at) == (START, None)


def test_what_was_read_is_narrowed_by_person_case_and_time(database: Database):
    for hour, (person, what, subject) in enumerate(
        (
            ("li", "case", "1"),
            ("li", "document", "review/1/report/1"),
            ("wang", "case", "1"),
            ("li", "case", "11"),
            ("li", "document", "review/11/report/1"),
        )
    ):
        at = START + hour * HOUR
        database.identity.record_read(person, what, subject, at.date(), at)

    def told(**wanted: Any) -> list[tuple[str, str]]:
        rows = database.identity.reads(None, 9, WantedReads(**wanted))
        return [(one.person, one.subject) for one in rows]

    assert told(case="review/1") == [("wang", "1"), ("li", "review/1/report/1"), ("li", "1")]
    assert told(case="review/1", people={"wang"}) == [("wang", "1")]
    assert told(people=set()) == []
    assert told(since=START + HOUR, until=START + 3 * HOUR) == [
        ("wang", "1"),
        ("li", "review/1/report/1"),
    ]


def test_a_session_keeps_the_form_that_is_gone_on_with_until_it_ends(database: Database):
    identity = database.identity
    identity.set_password("li", "hash", START)
    row = SessionRow(digest=DIGEST, id="s-1", person="li", created_at=START, seen_at=START)
    identity.create_session(row)
    identity.leave_form(DIGEST, b"typed")
    assert identity.session(DIGEST).left == b"typed"
    identity.leave_form(DIGEST, None)
    assert identity.session(DIGEST).left is None


def test_sessions_that_have_ended_by_themselves_are_taken_away(database: Database):
    identity = database.identity
    identity.set_password("li", "hash", START)
    for digest, seen in ((DIGEST, START), (OTHER, START + HOUR)):
        row = SessionRow(digest=digest, id=None, person="li", created_at=START, seen_at=seen)
        identity.create_session(row)
    assert identity.forget_sessions(START + HOUR) == 1
    assert (identity.session(DIGEST), identity.session(OTHER).person) == (None, "li")
    assert identity.forget_sessions(START + 12 * HOUR) == 1
