"""Tokens, sign-ins, one-time links, sessions."""

from datetime import timedelta
from typing import Any

from services.workflow.adapters.database import Database
from services.workflow.application.identity_ports import SessionRow, TokenRow
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
    database.identity.create_invitation(DIGEST, "li", START + HOUR)
    assert database.identity.invitation(DIGEST, START) == "li"
    assert database.identity.use_invitation(DIGEST, START + HOUR) is None
    assert database.identity.use_invitation(DIGEST, START) == "li"
    assert database.identity.use_invitation(DIGEST, START) is None
    assert database.identity.invitation(DIGEST, START) is None


def test_a_newer_link_replaces_the_older(database: Database):
    database.identity.create_invitation(DIGEST, "li", START + HOUR)
    database.identity.create_invitation(OTHER, "li", START + HOUR)
    assert database.identity.use_invitation(DIGEST, START) is None
    assert database.identity.use_invitation(OTHER, START) == "li"


def test_a_session_is_kept_touched_and_ended(database: Database):
    row = SessionRow(digest=DIGEST, id="s-1", person="li", created_at=START, seen_at=START)
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


def test_what_somebody_has_read_is_counted_once_on_whatever_days(database: Database):
    for subject, day in (("a", 0), ("a", 1), ("b", 0)):
        at = START + timedelta(days=day)
        database.identity.record_read("li", "document", subject, at.date(), at)
    assert database.identity.n_read("li", "document", ("a", "c")) == 1
    assert database.identity.n_read("li", "case", ("a",)) == 0
    assert database.identity.n_read("other", "document", ("a", "b")) == 0


def test_what_was_read_of_cases_is_told_the_newest_first(database: Database):
    for n, what in enumerate(("case", "document", "history", "case")):
        database.identity.record_read("li", what, f"s{n}", START.date(), START)
    told = database.identity.reads(None, 2)
    assert [(one.what, one.subject) for one in told] == [("case", "s3"), ("document", "s1")]
    before = database.identity.reads(told[-1].id, 9)
    assert [(one.subject, one.person, one.at) for one in before] == [("s0", "li", START)]
