"""Voting with a slip: nobody is signed in, and nothing is kept of who asks.

Two statements a ballot. A sheet is held against the rule as it was frozen; only where something is
missing is it asked whether that was struck meanwhile.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from schemas.complaints import Fault
from services.workflow.application.ballots.polls import Polls
from services.workflow.application.ballots.ports import BallotStore, KeptPoll, Ticket
from services.workflow.application.ballots.times import require_open
from services.workflow.application.rate import RateLimit, network_of
from services.workflow.domain.ballots.sheet import Answer, Comment, comments_at_fault, faults
from services.workflow.domain.ballots.slips import check_code, hash_of, read
from services.workflow.domain.case.head import Case
from services.workflow.domain.language.model.scores import Poll
from services.workflow.domain.refusals import (
    Blocker,
    Conflict,
    Invalid,
    Malformed,
    TooOften,
)

NONCE = re.compile("[A-Za-z0-9_-]{16,64}", re.ASCII)
_WHY = {"phone": "slip_used", "paper": "slip_on_paper", "spoilt": "slip_spoilt"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One case on a sheet, as the voter reads it."""

    about: str  # its stream
    person: str  # a name, or the id where it is erased
    unit: str
    mode: str
    struck: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """What a slip asks."""

    kept: KeptPoll
    poll: Poll
    case: Case  # that holds the poll
    body: str  # the name of its unit
    electorate: str
    check: str
    lines: tuple[Line, ...]
    labels: Mapping[str, str]  # of grades


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """A ballot is in the urn; the code proves that the slip was used, not what it said."""

    check: str
    poll: str  # its id: where the used codes are published
    n: int  # cases that were judged


class Casting:
    """Showing a sheet to who holds a slip, and taking it."""

    def __init__(
        self,
        polls: Polls,
        kept: BallotStore,
        names: Callable[[Sequence[str]], Mapping[str, Mapping[str, str]]],
        guesses: RateLimit,
        reads: RateLimit,
    ) -> None:
        self._polls = polls
        self._slips = kept.slips
        self._urn = kept.urn
        self._names = names
        self._guesses = guesses  # by a network: slips that there are none of
        self._reads = reads  # the same, right ones too: as wide as a room behind one address needs

    def sheet(self, typed: str, whence: str) -> Sheet:
        """Return what a slip asks.

        Raises:
            Invalid: it is no slip. Conflict: it was used, or the poll takes no ballots now.
            TooOften: from *whence* too much was tried that is no slip, or far too much at all.
        """
        hash_, ticket = self._usable(typed, whence)
        return self.sheet_of(ticket.poll, ticket.electorate, check_code(hash_))

    def sheet_of(self, kept: KeptPoll, electorate: str, check: str = "") -> Sheet:
        """Return what a poll asks of who votes in *electorate*."""
        case, poll, world, linked = self._polls.sight.covering(kept)
        people = [one.person for one in kept.covered if one.person is not None]
        names = self._names(people)
        modes = {one.name: one.label for one in world.scheme.modes}

        def line(stream: str, person: str | None) -> Line:
            there = linked.get(stream)
            unit = None if there is None else world.organisation.unit(there.unit)
            mode = there.mode if there is not None else None
            return Line(
                about=stream,
                person=names.get(person or "", {}).get("name", person or ""),
                unit=unit.name if unit is not None else "",
                mode=modes.get(mode or "", ""),
                struck=_is_struck(there, person),
            )

        body = world.organisation.unit(case.unit)
        gradings = world.scheme.gradings.values()
        return Sheet(
            kept=kept,
            poll=poll,
            case=case,
            body=body.name if body is not None else "",
            electorate=next(
                (one.label or one.name for one in poll.electorates if one.name == electorate),
                electorate,
            ),
            check=check,
            lines=tuple(line(one.stream, one.person) for one in kept.covered),
            labels={grade.name: grade.label for each in gradings for grade in each.grades},
        )

    def check(
        self, typed: str, answers: Sequence[Answer], comments: Sequence[Comment], whence: str
    ) -> None:
        """Hold a sheet against the rule without sending it.

        Raises:
            Invalid, Conflict: as `sheet`. Malformed: every fault of the sheet.
        """
        _, ticket = self._usable(typed, whence)
        self.require_sound(ticket.poll, answers, comments)

    def cast(
        self,
        typed: str,
        nonce: str,
        answers: Sequence[Answer],
        comments: Sequence[Comment],
        whence: str,
    ) -> Receipt:
        """Take a sheet; the same phone that asks again is told that it is taken.

        Raises:
            Invalid, Conflict: as `sheet`. Malformed: every fault of the sheet.
        """
        if NONCE.fullmatch(nonce) is None:
            raise Malformed(Fault(field="nonce", code="not_a_nonce"))
        hash_, ticket = self._ticket(typed, whence)
        nonce_hash = sha256(nonce.encode("ascii")).digest()
        kept = ticket.poll
        receipt = Receipt(check=check_code(hash_), poll=kept.id, n=len(kept.covered))
        if ticket.state == "phone" and ticket.nonce_hash == nonce_hash:
            return receipt
        _require_usable(ticket)
        self.require_sound(kept, answers, comments)
        if self._urn.cast(kept, hash_, nonce_hash, answers, comments):
            return receipt
        again = self._slips.ticket(hash_)  # somebody was faster, or the poll was closed
        if again is not None and again.state == "phone" and again.nonce_hash == nonce_hash:
            return receipt
        if again is not None:
            _require_usable(again)
        raise Conflict(Blocker(code="poll_closed"))

    def recorded(self, typed: str, nonce: str) -> Receipt | None:
        """Return the receipt of a ballot that this very device cast before; None: it did not."""
        secret = read(typed)
        hash_ = hash_of(secret or "")
        ticket = None if secret is None else self._slips.ticket(hash_)
        if ticket is None or ticket.state != "phone":
            return None
        if ticket.nonce_hash != sha256(nonce.encode()).digest():
            return None
        kept = ticket.poll
        return Receipt(check=check_code(hash_), poll=kept.id, n=len(kept.covered))

    def _usable(self, typed: str, whence: str) -> tuple[bytes, Ticket]:
        hash_, ticket = self._ticket(typed, whence)
        _require_usable(ticket)
        return hash_, ticket

    def _ticket(self, typed: str, whence: str) -> tuple[bytes, Ticket]:
        network = network_of(whence)
        _require_permit(self._reads, network)
        secret = read(typed)
        hash_ = b"" if secret is None else hash_of(secret)
        ticket = None if secret is None else self._slips.ticket(hash_)
        if ticket is None:
            # A room may share one address: who holds a slip is never kept waiting by who guesses.
            _require_permit(self._guesses, network)
            raise Invalid((Blocker(code="unknown_slip", field="secret"),))
        if ticket.poll.state == "waiting":
            self._polls.opened(ticket.poll, ticket.case_state)
            ticket = self._slips.ticket(hash_) or ticket
        return hash_, ticket

    def require_sound(
        self, kept: KeptPoll, answers: Sequence[Answer], comments: Sequence[Comment]
    ) -> None:
        """Hold a sheet against the rule.

        Raises:
            Malformed: every fault of the sheet.
        """
        covered = [one.stream for one in kept.covered]
        found = [*faults(answers, covered, (), kept.rule)]
        if any(one.code == "required" for one in found):
            *_, linked = self._polls.sight.covering(kept)
            struck = [
                one.stream for one in kept.covered if _is_struck(linked.get(one.stream), one.person)
            ]
            found = [*faults(answers, covered, struck, kept.rule)]
        found += comments_at_fault(comments, covered, kept.rule)
        if found:
            raise Malformed(*found)


def _require_permit(rate: RateLimit, network: str) -> None:
    wait_s = rate.wait_s(network)
    if wait_s:
        raise TooOften(wait_s)


def _is_struck(case: Case | None, person: str | None) -> bool:
    return case is None or case.final not in ("", "completed") or case.person != person


def _require_usable(ticket: Ticket) -> None:
    if ticket.poll.state == "gone":
        raise Conflict(Blocker(code="poll_lapsed"))
    if ticket.state != "unused":
        raise Conflict(Blocker(code=_WHY[ticket.state]))
    require_open(ticket.poll, ticket.case_state)
