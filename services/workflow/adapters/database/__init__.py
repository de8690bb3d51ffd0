"""The workflow's database: SQLite embedded, PostgreSQL in production, one set of promises."""

from services.workflow.adapters.database.database import Database, connect
from services.workflow.adapters.database.migration import SchemaOutdated, check_schema, migrate

__all__ = ["Database", "SchemaOutdated", "check_schema", "connect", "migrate"]
