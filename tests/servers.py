"""The real servers that tests use, one per session, and cheap fresh databases on them.

A migrated database takes a second to make and a moment to copy: `prepared` makes it once and
then clones it for each test.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

from deploy.servers import CouldNotStart, KafkaCluster, PostgresServer
from deploy.servers.postgres import WORKFLOW, Roles


@dataclass(frozen=True, kw_only=True, slots=True)
class DatabaseUrls:
    """One database, as its owner and as the role of the service that works in it."""

    name: str
    owner: str  # SHUPING_MIGRATION_DATABASE_URL, SHUPING_NOTIFIER_MIGRATION_DATABASE_URL
    app: str  # SHUPING_DATABASE_URL, SHUPING_NOTIFIER_DATABASE_URL


class Databases:
    """Makes databases on one server, and drops them."""

    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        self._templates: dict[str, str] = {}
        self._made = 0

    def fresh(self, template: str = "template0", roles: Roles = WORKFLOW) -> DatabaseUrls:
        """Return a new database of one service, empty or a copy of *template*."""
        self._made += 1
        name = f"test_{self._made}"
        self.server.create_database(name, template, roles.owner)
        return DatabaseUrls(
            name=name,
            owner=self.server.url(name, roles.owner),
            app=self.server.url(name, roles.app),
        )

    def prepared(
        self, label: str, prepare: Callable[[DatabaseUrls], None], roles: Roles = WORKFLOW
    ) -> DatabaseUrls:
        """Return a copy of the database that *prepare* made the first time *label* was asked.

        *prepare* closes its connections: a database in use cannot be copied.
        """
        if label not in self._templates:
            template = self.fresh(roles=roles)
            prepare(template)
            self._templates[label] = template.name
        return self.fresh(self._templates[label], roles)

    def drop(self, urls: DatabaseUrls) -> None:
        """Remove a database; connections to it are cut."""
        self.server.drop_database(urls.name)


def start_postgres(
    settings: dict[str, str] | None = None, folder: Path | None = None
) -> PostgresServer:
    """Start a PostgreSQL for tests, or leave the test out if it is not installed."""
    try:
        return PostgresServer(settings=settings, folder=folder).start()
    except CouldNotStart as error:
        leave_out(error)


def start_kafka(nodes: int) -> KafkaCluster:
    """Start brokers, or leave the test out if they are not installed."""
    try:
        return KafkaCluster(nodes).start()
    except CouldNotStart as error:
        leave_out(error)


def leave_out(error: CouldNotStart) -> NoReturn:
    """Skip for a developer without the server; fail where everything has to run."""
    if os.environ.get("CI"):
        raise error
    pytest.skip(str(error))
