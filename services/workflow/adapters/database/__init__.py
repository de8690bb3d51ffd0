"""The workflow's database: SQLite embedded, PostgreSQL in production, one set of promises."""

from services.workflow.adapters.database.database import Database, connect, connect_to_watch
from services.workflow.adapters.database.migration import SchemaOutdated, check_schema, migrate

__all__ = ["Database", "SchemaOutdated", "check_schema", "connect", "connect_to_watch", "migrate"]
