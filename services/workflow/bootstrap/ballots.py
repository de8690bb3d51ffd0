"""Polls: slips, ballots, and their count."""

from functools import cached_property

from services.workflow.application.ballots.casting import Casting
from services.workflow.application.ballots.counting import Counting
from services.workflow.application.ballots.polls import Polls
from services.workflow.application.ballots.sight import Sight
from services.workflow.application.ballots.voting import Voting
from services.workflow.application.rate import RateLimit
from services.workflow.bootstrap.cases import Cases


class Ballots(Cases):
    """Polls: slips, ballots, and their count."""

    @cached_property
    def polls(self) -> Polls:
        """Polls, for who holds them."""
        sight = Sight(
            store=self.database.store,
            directory=self.directory,
            rulebook=self.rulebook,
            listings=self.listings,
            now=self.now,
        )
        return Polls(sight, self.database.ballots)

    @cached_property
    def ballot_reads(self) -> RateLimit:
        """How often slips are asked about from one network: by a thousand phones at once."""
        return RateLimit(per_s=50, burst=2000)

    @cached_property
    def guesses(self) -> RateLimit:
        """How often codes of slips may be tried that are none."""
        return RateLimit(per_s=0.5, burst=60)

    @cached_property
    def casting(self) -> Casting:
        """Voting with a slip."""
        return Casting(
            self.polls,
            self.database.ballots,
            self.database.reads.people,
            guesses=self.guesses,
            reads=self.ballot_reads,
        )

    @cached_property
    def voting(self) -> Voting:
        """Voting under one's own name."""
        return Voting(self.polls, self.casting)

    @cached_property
    def counting(self) -> Counting:
        """Closing polls, and their tally."""
        return Counting(self.polls, self.database.ballots, self.firing.fire)
