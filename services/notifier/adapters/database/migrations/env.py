"""Alembic's entry: the connection is handed over by `migrating.migrate`."""

from alembic import context

from services.notifier.adapters.database.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table="notifier_migration",
)
with context.begin_transaction():
    context.run_migrations()
