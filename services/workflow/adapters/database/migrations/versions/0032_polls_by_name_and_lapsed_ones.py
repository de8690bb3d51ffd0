"""Who votes under their own name; and a poll that is open when its case ends lapses with it.

That happens in whatever statement ends the case, so it is a trigger: nobody can end one and leave
its ballots. On PostgreSQL the tables are written anew, in no order, as at a mix: a row that is only
deleted stays in its page, with the transaction that wrote it. What is left of a slip is its hash.
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
_VOID = """
    UPDATE poll SET state = 'gone' WHERE case_id = NEW.case_id AND state IN ('waiting', 'open')"""
_OURS = """
    SELECT id FROM poll WHERE case_id = NEW.case_id AND state IN ('waiting', 'open')"""
_ON_SQLITE = f"""
CREATE TRIGGER polls_end_with_their_case AFTER UPDATE ON case_head WHEN {_ENDS} BEGIN
    DELETE FROM urn WHERE electorate IN (SELECT id FROM electorate WHERE poll IN ({_OURS}));
    DELETE FROM ballot_comment WHERE poll IN ({_OURS});
    DELETE FROM elector WHERE poll IN ({_OURS});
    UPDATE ticket SET state = 'spoilt', nonce_hash = NULL WHERE poll IN ({_OURS});
    {_VOID};
END"""  # noqa: S608 - our own constants
# The order of the locks is that of closing: the poll's row, then the tables.
_ON_POSTGRES = f"""
CREATE FUNCTION polls_end_with_their_case() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ours uuid[];
    answers urn[];
    slips ticket[];
    written ballot_comment[];
BEGIN
    WITH ended AS ({_VOID} RETURNING id)
    SELECT array_agg(id) INTO ours FROM ended;
    IF ours IS NULL THEN
        RETURN NULL;
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
    RETURN NULL;
END $$"""  # noqa: S608 - our own constants


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
        op.execute(_ON_SQLITE)
        return
    op.execute(_ON_POSTGRES)
    op.execute(
        "CREATE TRIGGER polls_end_with_their_case AFTER UPDATE ON case_head FOR EACH ROW"
        f" WHEN ({_ENDS}) EXECUTE FUNCTION polls_end_with_their_case()"
    )
