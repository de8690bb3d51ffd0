"""Who may sign in, and which tokens let programs in: listed, locked, ended, invited, revoked.

A security administrator does it, an audit administrator reads what was done: nobody is both. What
is done is written down with it. Time is the system's, as everywhere with sign-ins.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.calendar import local_day
from services.workflow.application.accounts import Accounts
from services.workflow.application.firing.rules import ZONE
from services.workflow.application.identity_ports import (
    AccountState,
    By,
    Deed,
    Identity,
    ListedToken,
)
from services.workflow.application.reading_ports import Reads
from services.workflow.application.rulebook import Directory
from services.workflow.application.staffing import found_people
from services.workflow.domain.authority import Actor, authorise
from services.workflow.domain.authority.sight import is_administrator
from services.workflow.domain.organisation import Organisation
from services.workflow.domain.refusals import Blocker, Conflict, NotAllowed, NotYours

READ, KEEP, DEEDS = "accounts.read", "accounts.keep", "deeds.read"


@dataclass(frozen=True, kw_only=True, slots=True)
class Administration:
    """The use cases of sign-ins and tokens."""

    accounts: Accounts
    identity: Identity
    reads: Reads
    directory: Directory
    now: Callable[[], datetime]  # of the service: on which day posts hold
    system_now: Callable[[], datetime]

    def listed(
        self, actor: Actor, words: str, after: str | None, limit: int, *, locked: bool = False
    ) -> tuple[list[AccountState], str | None]:
        """Return sign-ins of people by id, those behind *after*, and where the next page begins.

        *words*: those alone whose id or name has them in it. *locked*: those that are locked.

        Raises:
            NotAllowed: no security administrator.
        """
        organisation = self._require(actor, READ)
        now = self.system_now()
        people = found_people(organisation, self.reads, words)
        if locked:  # of those who have left, too
            shut = self.identity.locked(now)
            people = [one for one in shut if not words or one in set(people)]
        ahead = [one for one in people if after is None or one > after]
        page = ahead[:limit]
        known = self.identity.standing(page, now)
        rows = [known.get(person, AccountState(person=person)) for person in page]
        return rows, page[-1] if len(ahead) > limit else None

    def lock(self, actor: Actor, person: str) -> bool:
        """Lock a sign-in until it is unlocked, and end its sessions; False: it is locked already.

        Of who has none yet the link that would make one is taken back.

        Raises:
            NotAllowed: no security administrator; or themselves or another administrator.
            NotYours: nobody of that id.
            Conflict: they have no sign-in, and no link to make one.
        """
        self._require_other(actor, person)
        now = self.system_now()
        if not self.identity.standing([person], now):
            raise Conflict(Blocker(code="no_sign_in", params={"person": person}))
        return self.identity.lock(person, now, _by(actor))

    def unlock(self, actor: Actor, person: str) -> bool:
        """Let somebody sign in again; False: nothing kept them out.

        Raises:
            NotAllowed: no security administrator, or themselves.
            NotYours: nobody of that id.
        """
        self._require_other(actor, person, also_administrators=True)
        return self.identity.unlock(person, self.system_now(), _by(actor))

    def end_sessions(self, actor: Actor, person: str) -> int:
        """Sign somebody out everywhere; returns how many sessions ended.

        Raises:
            NotAllowed: no security administrator.
            NotYours: nobody of that id.
        """
        self._require_known(self._require(actor, KEEP), person)
        return self.identity.end_sessions(person, self.system_now(), _by(actor))

    def invite(self, actor: Actor, person: str) -> str:
        """Return the secret of a one-time link to set a password; an earlier one works no more.

        Raises:
            NotAllowed, NotYours: as `lock`.
            Conflict: the sign-in is locked.
        """
        self._require_other(actor, person)
        account = self.identity.account(person)
        if account is not None and account.locked_at is not None:
            raise Conflict(Blocker(code="locked_already", params={"person": person}))
        return self.accounts.invite(person, _by(actor))

    def tokens(
        self, actor: Actor, after: tuple[str, str] | None, limit: int
    ) -> Sequence[ListedToken]:
        """Return tokens by client and id, those behind *after*.

        Raises:
            NotAllowed: no security administrator.
        """
        self._require(actor, READ)
        return self.identity.tokens(after, limit)

    def revoke(self, actor: Actor, client: str, token_id: str | None = None) -> int:
        """Revoke a client's tokens, or one of them; returns how many let it in until now.

        Raises:
            NotAllowed: no security administrator.
            NotYours: the client has no such token.
        """
        self._require(actor, KEEP)
        n_revoked = self.accounts.revoke_token(client, _by(actor), token_id)
        if not n_revoked and not self.identity.has_token(client, token_id):
            raise NotYours(client)
        return n_revoked

    def deeds(self, actor: Actor, before: int | None, limit: int) -> Sequence[Deed]:
        """Return what was done to sign-ins and tokens, the newest first, older than *before*.

        Raises:
            NotAllowed: no audit administrator.
        """
        self._require(actor, DEEDS)
        return self.identity.deeds(before, limit)

    def _require_other(
        self, actor: Actor, person: str, *, also_administrators: bool = False
    ) -> None:
        organisation = self._require(actor, KEEP)
        if person == actor.person:
            raise NotAllowed(Blocker(code="own_sign_in", field="person"))
        # Who could invite the auditor, or lock them out, would be watched by nobody.
        day = local_day(self.now(), ZONE)
        if not also_administrators and is_administrator(organisation.posts_of(person, day)):
            raise NotAllowed(Blocker(code="administrators_sign_in", field="person"))
        self._require_known(organisation, person)

    def _require_known(self, organisation: Organisation, person: str) -> None:
        # Who has left can still be locked out, and signed out.
        if not organisation.has_person(person) and self.identity.account(person) is None:
            raise NotYours(person)

    def _require(self, actor: Actor, operation: str) -> Organisation:
        organisation = self.directory.current()
        verdict = authorise(actor, operation, organisation, local_day(self.now(), ZONE))
        if not verdict.allowed:
            raise NotAllowed(Blocker(code=verdict.reason))
        return organisation


def _by(actor: Actor) -> By:
    return By(client=actor.client, person=actor.person)
