"""Who votes under their own name; and a poll that is open when its case ends lapses with it.

That happens in whatever statement ends the case, so it is a trigger: nobody can end one and leave
its ballots. On PostgreSQL the tables are written anew, in no order, as at a mix: a row that is only
deleted stays in its page, with the transaction that wrote it. What is left of a slip is its hash.
Polls of cases that had ended before this migration lapse with it, in the same way.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
CASE_ID = sa.Text().with_variant(postgresql.UUID(as_uuid=False), "postgresql")
_ENDS = "OLD.holder_unit IS NOT NULL AND NEW.holder_unit IS NULL"  # who lies on no desk has ended
_ENDING = "case_id = NEW.case_id"
_ENDED = "case_id IN (SELECT case_id FROM case_head WHERE holder_unit IS NULL)"  # before this


def _voids_on_sqlite(whose: str) -> tuple[str, ...]:
    ours = f"SELECT id FROM poll WHERE {whose} AND state IN ('waiting', 'open')"  # noqa: S608
    return (
        f"DELETE FROM urn WHERE electorate IN (SELECT id FROM electorate WHERE poll IN ({ours}))",  # noqa: S608
        f"DELETE FROM ballot_comment WHERE poll IN ({ours})",  # noqa: S608
        f"DELETE FROM elector WHERE poll IN ({ours})",  # noqa: S608
        f"UPDATE ticket SET state = 'spoilt', nonce_hash = NULL WHERE poll IN ({ours})",  # noqa: S608
        f"UPDATE poll SET state = 'gone' WHERE id IN ({ours})",  # noqa: S608
    )


def _voids_on_postgres(whose: str, back: str = "") -> str:
    # The order of the locks is that of closing: the poll's row, then the tables.
    return f"""
DECLARE
    ours uuid[];
    answers urn[];
    slips ticket[];
    written ballot_comment[];
BEGIN
    WITH ended AS (
        UPDATE poll SET state = 'gone' WHERE {whose} AND state IN ('waiting', 'open') RETURNING id)
    SELECT array_agg(id) INTO ours FROM ended;
    IF ours IS NULL THEN
        RETURN {back};
    END IF;
    LOCK TABLE elector, ticket, urn, ballot_comment IN ACCESS EXCLUSIVE MODE;
    answers := ARRAY(
        SELECT u FROM urn u JOIN electorate e ON e.id = u.electorate
        WHERE e.poll <> ALL (ours) ORDER BY gen_random_uuid());
    slips := ARRAY(
        SELECT CASE WHEN poll = ANY (ours)
               THEN ROW(secret_hash, poll, electorate, 'spoilt', NULL)::ticket ELSE t END
        FROM ticket t ORDER BY gen_random_uuid());
    written := ARRAY(
        SELECT c FROM ballot_comment c WHERE poll <> ALL (ours) ORDER BY gen_random_uuid());
    TRUNCATE urn, ticket, ballot_comment;
    INSERT INTO urn SELECT * FROM unnest(answers);
    INSERT INTO ticket SELECT * FROM unnest(slips);
    INSERT INTO ballot_comment SELECT * FROM unnest(written);
    DELETE FROM elector WHERE poll = ANY (ours);
    RETURN {back};
END"""  # noqa: S608 - our own constants


def upgrade() -> None:
    op.create_table(
        "elector",
        sa.Column("poll", CASE_ID, primary_key=True, nullable=False),
        sa.Column("person", ID, primary_key=True, nullable=False),
        sa.Column("electorate", CASE_ID, nullable=False),
        sa.Column("sheet", sa.LargeBinary(), nullable=True),
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "sqlite":
        _on_sqlite()
    else:
        _on_postgres()


def _on_sqlite() -> None:
    for statement in _voids_on_sqlite(_ENDED):
        op.execute(statement)
    op.execute(
        f"CREATE TRIGGER polls_end_with_their_case AFTER UPDATE ON case_head WHEN {_ENDS}"
        f" BEGIN {'; '.join(_voids_on_sqlite(_ENDING))}; END"
    )


def _on_postgres() -> None:
    op.execute(f"DO $$ {_voids_on_postgres(_ENDED)} $$")
    op.execute(
        "CREATE FUNCTION polls_end_with_their_case() RETURNS trigger LANGUAGE plpgsql"
        f" AS $$ {_voids_on_postgres(_ENDING, back='NULL')} $$"
    )
    op.execute(
        "CREATE TRIGGER polls_end_with_their_case AFTER UPDATE ON case_head FOR EACH ROW"
        f" WHEN ({_ENDS}) EXECUTE FUNCTION polls_end_with_their_case()"
    )
