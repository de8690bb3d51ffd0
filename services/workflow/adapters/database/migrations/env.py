"""Runs migrations on the connection that `migration.migrate` hands over, in its transaction."""

from alembic import context

from services.workflow.adapters.database.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
