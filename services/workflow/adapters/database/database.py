"""One database as the ports the workflow asks for, chosen by the address's scheme."""

from services.workflow.adapters.database.attachments import KeptAttachments
from services.workflow.adapters.database.audit_store import AuditStore
from services.workflow.adapters.database.ballots import kept_ballots
from services.workflow.adapters.database.ballots.casting import LoopBallots
from services.workflow.adapters.database.connections import ENDLESS, PROBING, Connections
from services.workflow.adapters.database.drafts import KeptDrafts
from services.workflow.adapters.database.identity import Identity
from services.workflow.adapters.database.migration import check_schema
from services.workflow.adapters.database.postgres_cases import (
    LoopCaseRounds,
    PostgresCases,
)
from services.workflow.adapters.database.reads import Reads
from services.workflow.adapters.database.relay_log import RelayLog
from services.workflow.adapters.database.sequencing import Sequencing
from services.workflow.adapters.database.sqlite_cases import SqliteCases
from services.workflow.adapters.database.tries import KeptTries
from services.workflow.adapters.database.views import KeptViews
from services.workflow.adapters.database.work_list import WorkList
from services.workflow.application.ballots.ports import BallotRounds
from services.workflow.application.firing.port import CaseRounds, CaseStore


class Database:
    """Every port over one database; safe to share between threads, not over a fork."""

    def __init__(self, connections: Connections, endless: Connections) -> None:
        """Verify and rebuild over *endless*, which waits for answers as long as they take."""
        self._connections, self._endless = connections, endless
        self.is_postgres = connections.is_postgres
        self.store: CaseStore = (
            PostgresCases(connections) if connections.is_postgres else SqliteCases(connections)
        )
        self.reads = Reads(connections)
        self.work_list = WorkList(connections)
        self.sequencing = Sequencing(connections)
        self.relay = RelayLog(connections)
        self.identity = Identity(connections)
        self.drafts = KeptDrafts(connections)
        self.attachments = KeptAttachments(connections)
        self.tries = KeptTries(connections)
        self.views = KeptViews(connections)
        self.ballots = kept_ballots(connections)
        self.audit = AuditStore(endless)

    def rounds(self) -> CaseRounds | None:
        """Return what an event loop fires through without waiting; None: there is no such way."""
        if not self.is_postgres:
            return None  # SQLite runs in the thread that calls it
        return LoopCaseRounds(self._connections.on_loop().run)

    def ballot_rounds(self) -> BallotRounds | None:
        """Return how an event loop casts ballots; None: there is no such way."""
        return LoopBallots(self._connections.on_loop()) if self.is_postgres else None

    def check_schema(self) -> None:
        """Refuse a database that is not migrated to this release (`SchemaOutdated`)."""
        check_schema(self._connections)

    def require_writable(self) -> None:
        """Ask the database for a sign of life, and whether it can be written.

        Raises:
            NotWritable: it can be read, and not be written for now.
            StoreUnavailable: there is no sign of life.
        """
        self._connections.require_writable()

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()
        self._endless.close()


def connect(url: str) -> Database:
    """Return the database at *url*; connects when first asked something."""
    connections = Connections(url)
    # On SQLite, all that is written in one process takes turns at one connection.
    endless = Connections(url, patience=ENDLESS) if connections.is_postgres else connections
    return Database(connections, endless)


def connect_to_watch(url: str) -> Database:
    """Return the database at *url* for who asks whether it is well: an answer at once, or none."""
    connections = Connections(url, size=1, patience=PROBING)
    return Database(connections, connections)
