"""Files of documents, by case and hash."""

import sqlalchemy as sa

from services.workflow.adapters.database import tables
from services.workflow.adapters.database.bulk import insert
from services.workflow.adapters.database.connections import Connections
from services.workflow.application.attachments import Attachment

_row = tables.attachment.c


class KeptAttachments:
    """Implements the port `AttachmentStore`; safe to share between threads."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def attachment(self, case_id: str, hash_: str) -> Attachment | None:
        """Return a file, in one statement."""
        mine = sa.and_(_row.case_id == case_id, _row.sha256 == bytes.fromhex(hash_))
        with self._connections.reading() as connection:
            row = connection.execute(sa.select(tables.attachment).where(mine)).first()
        if row is None:
            return None
        return Attachment(
            case=row.case_id,
            document=row.document,
            sha256=row.sha256.hex(),
            name=row.name,
            kind=row.kind,
            content=row.content,
            brought_by=row.brought_by,
            brought_at=row.brought_at,
        )

    def keep(self, attachment: Attachment, most: int) -> bool:
        """Keep a file, once, where the case has fewer than *most*; in one statement."""
        values = {
            "case_id": attachment.case,
            "sha256": bytes.fromhex(attachment.sha256),
            "document": attachment.document,
            "name": attachment.name,
            "kind": attachment.kind,
            "content": attachment.content,
            "brought_by": attachment.brought_by,
            "brought_at": attachment.brought_at,
        }
        others = (
            sa.select(sa.func.count())
            .where(_row.case_id == attachment.case, _row.sha256 != values["sha256"])
            .scalar_subquery()
        )
        chosen = sa.select(
            *(sa.literal(value, _row[name].type) for name, value in values.items())
        ).where(others < most)
        with self._connections.at_once() as connection:
            statement = insert(connection, tables.attachment).from_select(list(values), chosen)
            told = statement.on_conflict_do_update(
                index_elements=list(tables.attachment.primary_key),
                set_={"name": statement.excluded.name},
            ).returning(_row.kind)
            return connection.execute(told).first() is not None
