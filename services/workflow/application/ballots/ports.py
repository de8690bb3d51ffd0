"""What polls need of a store, and what it keeps of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from schemas.tally import Cell
from services.workflow.application.ports import Document
from services.workflow.domain.ballots.reconciling import Slips
from services.workflow.domain.ballots.sheet import Answer, Comment
from services.workflow.domain.case.polling import Covered

PollState = Literal["waiting", "open", "sealed", "counted", "gone"]
TicketState = Literal["unused", "phone", "paper", "spoilt"]


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptElectorate:
    """Whose slips lie in one box."""

    id: str  # random: what stands in ticket and urn
    name: str
    n_eligible: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptPoll:
    """One poll of one case, or its rehearsal."""

    id: str
    case: str  # its id
    name: str
    rehearsal: bool
    state: PollState
    holds_in: str  # the state of the case in which ballots are taken; "": in any
    rule: Mapping[str, Any]
    covered: tuple[Covered, ...]  # frozen when it opens; empty before
    electorates: tuple[KeptElectorate, ...]
    told: Mapping[str, Any] | None = None  # what by which hash, reconciliation: once the log has it

    @property
    def is_secret(self) -> bool:
        """Whether slips are cast; else people vote under their own names."""
        return bool(self.rule.get("secret", True))

    def electorate(self, name: str) -> KeptElectorate | None:
        return next((one for one in self.electorates if one.name == name), None)

    def why_not_begun(self, case_state: str) -> str:
        """Return the code of why it takes no ballots: its time has not come, or it is of nobody."""
        return "poll_covers_nobody" if self.holds_in in ("", case_state) else "poll_not_open"


@dataclass(frozen=True, kw_only=True, slots=True)
class Ticket:
    """What is kept of a slip: neither a person nor a time."""

    poll: KeptPoll
    electorate: str  # its name
    state: TicketState
    nonce_hash: bytes | None
    case_state: str  # where the case that holds the poll stands


@dataclass(frozen=True, kw_only=True, slots=True)
class Ballot:
    """A sheet that was held against the rule of its poll, and the slip it is sent with."""

    poll: KeptPoll
    secret_hash: bytes
    nonce_hash: bytes
    answers: Sequence[Answer]
    comments: Sequence[Comment] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Vote:
    """One of those who may vote under their own name; *answers* are None until they have."""

    electorate: str  # its name
    person: str
    answers: tuple[Answer, ...] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PaperCount:
    """What one person counted on paper."""

    person: str
    body: Mapping[str, Any]


class PollStore(Protocol):
    """Polls; each call is one transaction, here and below."""

    def of_case(self, case_id: str) -> list[KeptPoll]:
        """Return the polls of a case, the rehearsal last."""
        ...

    def poll(self, poll_id: str) -> KeptPoll | None: ...

    def standing(self, case_ids: Sequence[str]) -> dict[str, dict[str, str]]:
        """Return how polls stand, by case and name: "open" with slips out, or "sealed".

        In one statement, without rehearsals; one of which nothing is out is left out.
        """
        ...

    def prepare(self, poll: KeptPoll) -> None:
        """Keep a poll; one of its case and name that is there already stays as it is."""
        ...

    def open(
        self,
        poll_id: str,
        covered: Sequence[Covered],
        eligible: Mapping[str, int],
        electors: Mapping[str, str] | None = None,
    ) -> None:
        """Freeze whom a waiting poll covers and how many may vote; one that is open stays.

        *electors*, of a poll that is not secret, are who may, by person: each in one electorate.
        """
        ...

    def discard(self, poll_id: str) -> None:
        """Take a rehearsal away with everything of it."""
        ...


class SlipStore(Protocol):
    """Slips, by their hashes."""

    def issue(
        self, poll_id: str, electorate_id: str, hashes: Iterable[bytes], *, most: int, anew: bool
    ) -> bool:
        """Add tickets; *anew*: in place of all unused ones. False where too many, or too late."""
        ...

    def ticket(self, secret_hash: bytes) -> Ticket | None: ...

    def mark(self, poll_id: str, hashes: Sequence[bytes], state: TicketState) -> bool:
        """Put unused tickets into *state*; False: the poll is neither open nor sealed."""
        ...

    def states(self, poll_id: str) -> dict[bytes, TicketState]:
        """Return every ticket's state by its hash, in no order that tells anything."""
        ...

    def sums(self, *poll_ids: str) -> dict[str, list[Slips]]:
        """Return how many slips there are of each electorate, by what became of them; by poll."""
        ...


class RollStore(Protocol):
    """Who may vote under their own name, of polls that are not secret, and what they said."""

    def of_person(self, poll_id: str, person: str) -> Vote | None:
        """Return what is kept of somebody; None: they have no vote there."""
        ...

    def votes(self, poll_id: str) -> list[Vote]:
        """Return who may vote and what they said, by person."""
        ...

    def cast(
        self, poll: KeptPoll, person: str, answers: Sequence[Answer], comments: Sequence[Comment]
    ) -> bool:
        """Keep what somebody says, once; False where they have, or the poll takes nothing now."""
        ...

    def sums(self, *poll_ids: str) -> dict[str, list[Slips]]:
        """Return how many may vote in each electorate, and how many have; by poll."""
        ...


class UrnStore(Protocol):
    """Answers, and what becomes of them."""

    def cast(
        self,
        poll: KeptPoll,
        secret_hash: bytes,
        nonce_hash: bytes,
        answers: Sequence[Answer],
        comments: Sequence[Comment] = (),
    ) -> bool:
        """Use a ticket up and put what it says into the urn; False where either cannot be."""
        ...

    def close(self, poll_id: str) -> None:
        """Take no more ballots, and put counts in place of the urn; once is as good as twice."""
        ...

    def scrub(self) -> None:
        """Leave nothing of what was mixed in any file of the database that is ours to clean."""
        ...

    def counts(self, *poll_ids: str) -> dict[str, list[Cell]]:
        """Return the counts of closed polls, by poll."""
        ...

    def comments(self, poll_id: str) -> dict[str, Comment]:
        """Return what was written by its id, in an order that tells nothing."""
        ...

    def erase_comment(self, poll_id: str, comment: str) -> bool:
        """Take one away, with what is left of it in files that are ours; False: there is none."""
        ...


class BallotRounds(Protocol):
    """What an event loop asks for all the phones that send at once, each call one statement."""

    async def tickets(self, hashes: Sequence[bytes]) -> Mapping[bytes, Ticket]:
        """Return what is kept of slips, by their hashes."""
        ...

    async def cast(self, ballots: Sequence[Ballot]) -> Collection[bytes]:
        """Cast ballots of as many slips in one commit; return the hashes of those it took."""
        ...


class CountStore(Protocol):
    """What is counted on paper, and the telling."""

    def keep_paper(self, poll_id: str, count: PaperCount, tied: Collection[str]) -> bool:
        """Keep what somebody counted, in place of what they counted before.

        False: the poll is not sealed, or two others counted, or one of *tied* did.
        """
        ...

    def papers(self, *poll_ids: str) -> dict[str, list[PaperCount]]:
        """Return who counted what, by poll."""
        ...

    def keep_documents(self, documents: Sequence[Document]) -> None:
        """Keep canonical tables beside the log, by their hash."""
        ...

    def documents(self, hashes: Collection[str]) -> dict[str, bytes]:
        """Return what was kept under these hashes, by hash."""
        ...

    def hold(self, poll_id: str) -> bool:
        """Let nothing of a sealed poll change while it is told; False: it is not sealed."""
        ...

    def release(self, poll_id: str) -> None:
        """Have a poll sealed again that was held and not told."""
        ...

    def settle(self, poll_id: str, told: Mapping[str, Any]) -> None:
        """Forget slips and all that only counting needed, but *told*: the tally is in the log."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class BallotStore:
    """Where polls, slips and answers are kept."""

    polls: PollStore
    slips: SlipStore
    roll: RollStore
    urn: UrnStore
    counts: CountStore
