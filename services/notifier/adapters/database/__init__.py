"""The notifier's own database: SQLite or PostgreSQL, the same tables and the same code."""

from services.notifier.adapters.database.answers import SqlAnswers
from services.notifier.adapters.database.copying import contents
from services.notifier.adapters.database.gates import SqlGates
from services.notifier.adapters.database.migrating import migrate
from services.notifier.adapters.database.probing import Probe
from services.notifier.adapters.database.store import SqlStore, connect

__all__ = ["Probe", "SqlAnswers", "SqlGates", "SqlStore", "connect", "contents", "migrate"]
