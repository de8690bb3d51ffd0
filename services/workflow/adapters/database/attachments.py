"""Files of documents, by case, hash and document."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from services.workflow.adapters.database import tables
from services.workflow.adapters.database.bulk import insert
from services.workflow.adapters.database.connections import Connections
from services.workflow.application.attachments import Attachment

_row = tables.attachment.c
# So long one whose time is over is kept from being swept: somebody may just be naming it.
_BEING_NAMED = timedelta(hours=1)


class KeptAttachments:
    """Implements the port `AttachmentStore`; safe to share between threads."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def attachments(self, case_id: str, hash_: str) -> list[Attachment]:
        """Return a file for each document it was brought for, in one statement."""
        mine = sa.and_(_row.case_id == case_id, _row.sha256 == bytes.fromhex(hash_))
        asked = sa.select(tables.attachment).where(mine).order_by(_row.document)
        with self._connections.reading() as connection:
            return [_attachment(row) for row in connection.execute(asked)]

    def names(self, case_id: str) -> dict[tuple[str, str], str]:
        """Return the name of each file of a case, without its bytes, in one statement."""
        asked = sa.select(_row.document, _row.sha256, _row.name).where(_row.case_id == case_id)
        with self._connections.reading() as connection:
            return {(row.document, row.sha256.hex()): row.name for row in connection.execute(asked)}

    def keep(self, attachment: Attachment, most: int) -> bool:
        """Keep a file, once, where the case has fewer than *most*; in one transaction.

        Who brings another to the same case meanwhile waits: else two would both be the last. One
        that a version names keeps its name and its time.
        """
        values = {
            "case_id": attachment.case,
            "sha256": bytes.fromhex(attachment.sha256),
            "document": attachment.document,
            "name": attachment.name,
            "kind": attachment.kind,
            "content": attachment.content,
            "brought_by": attachment.brought_by,
            "brought_at": attachment.brought_at,
            "gone_at": attachment.gone_at,
        }
        same = (_row.sha256 == values["sha256"]) & (_row.document == attachment.document)
        others = (
            sa.select(sa.func.count())
            .where(_row.case_id == attachment.case, ~same)
            .scalar_subquery()
        )
        record = tables.case_record.c.id == attachment.case
        one_after_another = sa.select(sa.literal(1)).where(record).with_for_update(key_share=True)
        chosen = sa.select(
            *(sa.literal(value, _row[name].type) for name, value in values.items())
        ).where(others < most)
        with self._connections.transaction() as connection:
            connection.execute(one_after_another)
            statement = insert(connection, tables.attachment).from_select(list(values), chosen)
            told = statement.on_conflict_do_update(
                index_elements=list(tables.attachment.primary_key),
                set_={
                    name: sa.case(
                        (_row.gone_at.is_(None), _row[name]), else_=statement.excluded[name]
                    )
                    for name in ("name", "gone_at")
                },
            ).returning(_row.kind)
            return connection.execute(told).first() is not None

    def forget(self, now: datetime) -> int:
        """Take away every file whose time is over and that no version names."""
        over = tables.attachment.delete().where(_row.gone_at <= now - _BEING_NAMED)
        with self._connections.at_once() as connection:
            return connection.execute(over).rowcount


def _attachment(row: Any) -> Attachment:
    return Attachment(
        case=row.case_id,
        document=row.document,
        sha256=row.sha256.hex(),
        name=row.name,
        kind=row.kind,
        content=row.content,
        brought_by=row.brought_by,
        brought_at=row.brought_at,
        gone_at=row.gone_at,
    )
