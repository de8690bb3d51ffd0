"""Ballots that arrive together share a commit: one reading of their slips, and one casting.

Only what nearly every phone sends is settled here. Whatever else stands in the way of a ballot
(no such slip, a sheet at fault, somebody faster, a store that is away) is left to `Casting`, which
decides it anew and has the words for it: a ballot that is sent twice is in the urn once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from services.workflow.application.ballots.casting import NONCE, Receipt
from services.workflow.application.ballots.ports import Ballot, BallotRounds, Ticket
from services.workflow.application.ballots.times import is_open
from services.workflow.application.rate import RateLimit, network_of
from services.workflow.domain.ballots.sheet import Answer, faults
from services.workflow.domain.ballots.slips import check_code, hash_of, read


@dataclass(frozen=True, kw_only=True, slots=True)
class Filled:
    """A sheet as a phone sends it."""

    secret: str  # as it was typed
    nonce: str
    answers: Sequence[Answer]
    whence: str


class Together:
    """Casting what several phones send, in two statements."""

    def __init__(self, rounds: BallotRounds, reads: RateLimit) -> None:
        self._rounds = rounds
        self._reads = reads  # of a network, as `Casting` asks it

    async def cast(self, sheets: Sequence[Filled]) -> list[Receipt | None]:
        """Return a receipt for each ballot that is in the urn now; None: nothing is said of it.

        Raises:
            StoreUnavailable: it is not known what was taken.
        """
        # Asked before anything is read, as for who comes alone.
        permitted = [not self._reads.wait_s(network_of(one.whence)) for one in sheets]
        places: dict[bytes, int] = {}  # by the slip: of two phones with one the second has to wait
        for nth, one in enumerate(sheets):
            hash_ = _hash_of(one) if permitted[nth] else None
            if hash_ is not None:
                places.setdefault(hash_, nth)
        receipts: list[Receipt | None] = [None] * len(sheets)
        try:
            taken = await self._taken(places, sheets)
        except BaseException:
            self._give_back(one for nth, one in enumerate(sheets) if permitted[nth])
            raise
        for ballot in taken:
            check, kept = check_code(ballot.secret_hash), ballot.poll
            receipt = Receipt(check=check, poll=kept.id, n=len(kept.covered))
            receipts[places[ballot.secret_hash]] = receipt
        self._give_back(
            one for nth, one in enumerate(sheets) if permitted[nth] and receipts[nth] is None
        )
        return receipts

    def _give_back(self, sheets: Iterable[Filled]) -> None:
        """Give back the permits of those who are asked for again when they are decided anew."""
        for one in sheets:
            self._reads.give_back(network_of(one.whence))

    async def _taken(
        self, places: Mapping[bytes, int], sheets: Sequence[Filled]
    ) -> Iterable[Ballot]:
        tickets = await self._rounds.tickets([*places]) if places else {}
        ballots = {
            hash_: ballot
            for hash_, ticket in tickets.items()
            if (ballot := _ballot(hash_, ticket, sheets[places[hash_]])) is not None
        }
        taken = await self._rounds.cast([*ballots.values()]) if ballots else ()
        return [ballots[hash_] for hash_ in taken]


def _hash_of(one: Filled) -> bytes | None:
    secret = None if NONCE.fullmatch(one.nonce) is None else read(one.secret)
    return None if secret is None else hash_of(secret)


def _ballot(hash_: bytes, ticket: Ticket, one: Filled) -> Ballot | None:
    """Return what *one* puts into the urn; None where anything stands in its way."""
    kept = ticket.poll
    if ticket.state != "unused" or not is_open(kept, ticket.case_state):
        return None
    if any(faults(one.answers, [each.stream for each in kept.covered], (), kept.rule)):
        return None
    nonce_hash = sha256(one.nonce.encode("ascii")).digest()
    return Ballot(poll=kept, secret_hash=hash_, nonce_hash=nonce_hash, answers=one.answers)
