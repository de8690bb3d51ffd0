"""What must hold of a service after whatever was sent to it: rows, readers, the verifier."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from schemas.canonical import canonical_bytes
from services.notifier.adapters.database import SqlStore, connect, migrate
from services.notifier.adapters.feed.http import HttpFeed
from services.workflow.adapters.database import tables
from services.workflow.audit import verify
from tests.contract.notifier.town import Town
from tests.integration.http.service import Service

# What may come to a table although everything was refused: sessions, what was read, and refusals.
MAY_GROW = {"session", "read_audit", "refusal", "event", "event_pending"}


def _counted() -> sa.Select[Any]:
    event = tables.event.c.stream
    asked = [
        sa.select(sa.func.count()).select_from(table).scalar_subquery().label(table.name)
        for table in tables.metadata.sorted_tables
        if table.name not in MAY_GROW
    ]
    besides = sa.select(sa.func.count()).where(event.not_like("%/refusals"))
    return sa.select(*asked, besides.scalar_subquery().label("events"))


_ROWS = _counted()  # one statement: it is asked twice for every input


def n_rows(service: Service) -> dict[str, int]:
    """Return how many rows each table has, and how many events there are besides refusals."""
    with service.parts.database._connections.reading() as connection:
        return dict(connection.execute(_ROWS).mappings().one())


def n_refusals(service: Service) -> int:
    """Return how many refusals are recorded."""
    asked = sa.select(sa.func.count()).select_from(tables.refusal)
    with service.parts.database._connections.reading() as connection:
        return int(connection.execute(asked).scalar_one())


def require_whole(service: Service, folder: Path) -> None:
    """Require that the verifier finds nothing, thoroughly, and a notifier reads to the head."""
    service.sequence()
    parts, last = service.parts, service.parts.database.sequencing.last_checkpoint()
    assert last is not None
    entries = parts.database.audit.entries()
    assert list(verify(entries, last.note, [], str(parts.key.public), thorough=True)) == []
    head = parts.database.reads.log_head().position
    database = connect(f"sqlite:///{folder}/notifier.db")
    migrate(database)
    town = Town(SqlStore(database))
    town.feed = HttpFeed(lambda path, _: service.get(path).json)  # type: ignore[assignment]
    for listed in service.get("/v1/texts").json["items"]:
        town.serve(canonical_bytes(service.get(f"/v1/texts/{listed['hash']}").json))
    town.restart()
    town.run(service.clock.at)
    status = town.engine.status
    assert (status.feed_position, status.problems, status.n_set_aside) == (head, {}, 0)
    town.store.close()
