"""Who is asking: passwords, sessions, invitations and tokens, by a clock that the test moves."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from services.workflow.adapters.identity import Argon2Passwords
from services.workflow.application.accounts import (
    FAILURES,
    INVITATION,
    LOCKED,
    Accounts,
    InvitationRefused,
    PasswordRefused,
    SignInRefused,
)
from services.workflow.application.identity_ports import TokenRow
from tests.unit.workflow.web.identities import DictIdentity

PASSWORD = "一本 2020 年的台账"
PASSWORDS = Argon2Passwords(memory_kib=8, passes=1, lanes=1)


@dataclass
class Clock:
    at: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


class Interrupted(DictIdentity):
    """Lets something happen between finding a token and returning it, once."""

    meanwhile: Callable[[], object] | None = None

    def token(self, digest: bytes) -> TokenRow | None:
        found, act = super().token(digest), self.meanwhile
        if act is not None:
            self.meanwhile = None
            act()
        return found


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def identity() -> DictIdentity:
    return DictIdentity()


@pytest.fixture
def accounts(identity: DictIdentity, clock: Clock) -> Accounts:
    accounts = Accounts(identity, PASSWORDS, clock)
    accounts.accept_invitation(accounts.invite("p-1"), PASSWORD)
    return accounts


def fail(accounts: Accounts, times: int) -> None:
    for _ in range(times):
        with pytest.raises(SignInRefused):
            accounts.sign_in("p-1", "guessed")


def test_the_right_password_opens_a_session(accounts: Accounts):
    session = accounts.session(accounts.sign_in("p-1", PASSWORD))
    assert session is not None
    assert session.person == "p-1"


def test_nothing_that_opens_a_door_is_stored_as_it_is(accounts: Accounts, identity: DictIdentity):
    cookie, token = (
        accounts.sign_in("p-1", PASSWORD),
        accounts.create_token("oa", frozenset({"read"}), "u"),
    )
    stored = repr(vars(identity))
    assert identity.accounts["p-1"].password_hash.startswith("$argon2id$")
    assert not [secret for secret in (PASSWORD, cookie, token) if secret in stored]


@pytest.mark.parametrize(("person", "password"), [("p-1", "guessed"), ("nobody", PASSWORD)])
def test_unknown_people_and_wrong_passwords_are_refused_alike(
    accounts: Accounts, person: str, password: str
):
    with pytest.raises(SignInRefused) as refused:
        accounts.sign_in(person, password)
    assert str(refused.value) == ""


def test_an_unknown_person_costs_one_check_of_a_hash_as_well(accounts: Accounts):
    checked = []

    class Counting:
        def hash(self, password: str) -> str:
            return PASSWORDS.hash(password)

        def matches(self, password_hash: str, password: str) -> bool:
            checked.append(password_hash)
            return PASSWORDS.matches(password_hash, password)

    watched = Accounts(DictIdentity(), Counting(), lambda: datetime.now(UTC))
    with pytest.raises(SignInRefused):
        watched.sign_in("nobody", "guessed")
    assert len(checked) == 1


def test_five_failures_lock_the_account_even_for_the_right_password(accounts: Accounts):
    fail(accounts, FAILURES)
    with pytest.raises(SignInRefused):
        accounts.sign_in("p-1", PASSWORD)


def test_guesses_made_at_once_are_all_counted(accounts: Accounts, identity: DictIdentity):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: fail(accounts, 1), range(FAILURES)))
    assert identity.accounts["p-1"].failed == FAILURES


def test_a_lock_ends_after_fifteen_minutes(accounts: Accounts, clock: Clock):
    fail(accounts, FAILURES)
    clock.at += LOCKED
    assert accounts.sign_in("p-1", PASSWORD)


def test_signing_in_forgets_earlier_failures(accounts: Accounts):
    fail(accounts, FAILURES - 1)
    accounts.sign_in("p-1", PASSWORD)
    fail(accounts, FAILURES - 1)
    assert accounts.sign_in("p-1", PASSWORD)


def test_a_session_ends_after_thirty_idle_minutes(accounts: Accounts, clock: Clock):
    cookie = accounts.sign_in("p-1", PASSWORD)
    clock.at += timedelta(minutes=30)
    assert accounts.session(cookie) is None


def test_a_session_in_use_ends_after_twelve_hours(accounts: Accounts, clock: Clock):
    cookie, opened_at = accounts.sign_in("p-1", PASSWORD), clock.at
    while clock.at + timedelta(minutes=20) < opened_at + timedelta(hours=12):
        clock.at += timedelta(minutes=20)
        assert accounts.session(cookie) is not None
    clock.at = opened_at + timedelta(hours=12)
    assert accounts.session(cookie) is None


def test_signing_out_ends_the_session_for_good(accounts: Accounts):
    cookie = accounts.sign_in("p-1", PASSWORD)
    accounts.sign_out(cookie)
    assert accounts.session(cookie) is None


def test_two_sessions_have_different_form_tokens(accounts: Accounts):
    one, other = (accounts.session(accounts.sign_in("p-1", PASSWORD)) for _ in range(2))
    assert one is not None
    assert other is not None
    assert one.csrf != other.csrf


def test_an_invitation_works_once(accounts: Accounts):
    secret = accounts.invite("p-2")
    accounts.accept_invitation(secret, PASSWORD)
    with pytest.raises(InvitationRefused):
        accounts.accept_invitation(secret, PASSWORD)


def test_an_invitation_expires(accounts: Accounts, clock: Clock):
    secret = accounts.invite("p-2")
    clock.at += INVITATION
    with pytest.raises(InvitationRefused):
        accounts.invited(secret)


def test_a_newer_invitation_ends_the_one_before(accounts: Accounts):
    older = accounts.invite("p-2")
    accounts.invite("p-2")
    with pytest.raises(InvitationRefused):
        accounts.invited(older)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("1234567", "password_too_short"),
        ("x" * 129, "password_too_long"),
        ("12345678", "password_common"),
        ("zzzzzzzzzz", "password_common"),
        ("my-P-2-word", "password_own_name"),
    ],
)
def test_a_weak_password_is_refused_and_the_link_still_works(
    accounts: Accounts, password: str, code: str
):
    secret = accounts.invite("p-2")
    with pytest.raises(PasswordRefused) as refused:
        accounts.accept_invitation(secret, password)
    assert refused.value.code == code
    assert accounts.accept_invitation(secret, PASSWORD) == "p-2"


def test_a_new_password_ends_every_session(accounts: Accounts):
    cookie = accounts.sign_in("p-1", PASSWORD)
    accounts.accept_invitation(accounts.invite("p-1"), PASSWORD)
    assert accounts.session(cookie) is None


def test_a_token_is_looked_up_once(accounts: Accounts, identity: DictIdentity):
    token = accounts.create_token("oa", frozenset({"read"}), "u")
    found = [accounts.authenticate_token(token) for _ in range(3)]
    assert [row.client for row in found if row] == ["oa"] * 3
    assert identity.n_look_ups == 1


def test_a_revoked_token_is_refused_at_once(accounts: Accounts):
    token = accounts.create_token("oa", frozenset({"read"}), "u")
    assert accounts.authenticate_token(token)
    accounts.revoke_token("oa")
    assert accounts.authenticate_token(token) is None


def test_a_hash_nobody_can_read_matches_nothing():
    assert not PASSWORDS.matches("", "x")
    assert not PASSWORDS.matches("$argon2id$broken", "x")


def test_a_token_looked_up_before_a_change_is_not_kept_as_of_after_it(clock: Clock):
    """Another thread may revoke it and go in between: memory would then let it in for good."""
    identity = Interrupted()
    accounts = Accounts(identity, PASSWORDS, clock)
    token = accounts.create_token("oa", frozenset({"read"}), "w")
    identity.meanwhile = lambda: (
        accounts.revoke_token("oa"),
        accounts.authenticate_token("somebody else's"),
    )
    accounts.authenticate_token(token)
    assert accounts.known_token(token) is None
    assert accounts.authenticate_token(token) is None
