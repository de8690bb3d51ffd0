"""What is kept of polls, in five rooms: the polls, their slips, the roll, the urn, and the count.

A cast is one statement, so its locks are those of the tables. The mix takes both tables: it waits
for every cast under way, and what comes later finds the poll closed. So a ballot is counted or
refused, and never neither. Whatever else changes slips holds the poll's row first, then the tables.
"""

from services.workflow.adapters.database.ballots.counts import KeptCounts
from services.workflow.adapters.database.ballots.polls import KeptPolls
from services.workflow.adapters.database.ballots.roll import KeptRoll
from services.workflow.adapters.database.ballots.slips import KeptSlips
from services.workflow.adapters.database.ballots.urn import Urn
from services.workflow.adapters.database.connections import Connections
from services.workflow.application.ballots.ports import BallotStore


def kept_ballots(connections: Connections) -> BallotStore:
    """Return the five rooms over one database."""
    return BallotStore(
        polls=KeptPolls(connections),
        slips=KeptSlips(connections),
        roll=KeptRoll(connections),
        urn=Urn(connections),
        counts=KeptCounts(connections),
    )
