"""The command that brings a database to this release."""

from dataclasses import replace

from services.workflow.adapters.database import migrate
from services.workflow.bootstrap.log import Parts
from services.workflow.console import Arguments, say
from services.workflow.inspection import refold
from services.workflow.settings import read_settings
from services.workflow.starting import in_time
from services.workflow.text_commands import publish_shipped


def run_migrate(arguments: Arguments) -> int:
    """Bring the database to this release, and publish what comes with it."""
    settings = read_settings()
    # By the owner of the database: the service's own role may not be able to come in from here.
    owners = replace(settings, database_url=settings.migration_database_url)
    parts = in_time(Parts(owners))
    migrate(settings.migration_database_url, settings.database_url)
    try:
        refold(parts)
        published = publish_shipped(parts)
    finally:
        parts.database.close()
    answer = {
        "migrated": True,
        "published": [{"kind": one.kind, "id": one.id, "hash": one.hash} for one in published],
    }
    told = [f"已发布 {one.kind} {one.id} {one.hash}" for one in published]
    return say(arguments, answer, ["数据库已是本版本的结构", *told])
