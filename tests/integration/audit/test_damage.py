"""One damaged row of each table of the log: what a start, signing, serving, verify and rebuild say.

On a log of forty entries, so that nodes are kept, signed at three sizes.
"""

# ruff: noqa: S608 -- the statements are our own
from dataclasses import dataclass
from datetime import timedelta

import pytest

from schemas.checkpoint import check_proof, split_notes
from schemas.merkle import leaf_hash
from services.workflow.adapters.files.checkpoint_file import NAME
from services.workflow.application.sequencing import LogForked, Sequencer
from services.workflow.bootstrap.log import Parts
from services.workflow.domain.refusals import LogDamaged
from services.workflow.settings import read_settings
from tests.integration.audit.conftest import Tampered

WRONG = "'12345678901234567890123456789012'"


@dataclass(frozen=True)
class Damage:
    """What a hand did, and what is said of it."""

    statement: str
    starts: bool = True  # whether processes that write still start
    signs: bool = False
    proves: bool = False  # whether position 3 can be proved in the newest signed size
    finds: frozenset[str] = frozenset()
    cured: bool = True  # by `audit rebuild`


def finds(*codes: str) -> frozenset[str]:
    return frozenset(codes)


ORGANISATION = "stream LIKE 'organisation/%' AND version = 1"
TREE = finds("TREE_DAMAGED")
DAMAGES = {
    "a node": Damage(f"UPDATE log_node SET hash = {WRONG} WHERE idx = 1", finds=TREE),
    "a node gone": Damage("DELETE FROM log_node WHERE idx = 1", finds=TREE),
    "a node of no tree": Damage(
        f"INSERT INTO log_node VALUES (2000000000, 0, {WRONG})",
        signs=True, proves=True, finds=TREE,
    ),
    "a leaf below a node": Damage(
        f"UPDATE log_entry SET leaf_hash = {WRONG} WHERE position = 4",
        signs=True, finds=TREE | {"LEAF_MISMATCH"},
    ),
    "a leaf at the edge": Damage(
        f"UPDATE log_entry SET leaf_hash = {WRONG} WHERE position ="
        " (SELECT max(position) FROM log_entry)",
        starts=False, finds=finds("LEAF_MISMATCH"),
    ),
    "a position gone": Damage(
        "DELETE FROM log_entry WHERE position = 4",
        signs=True, finds=finds("POSITION_GAP", "PENDING_DIFFERS", "OUTSIDE_DIFFERS"), cured=False,
    ),
    "a body": Damage(
        f"UPDATE event SET body = {WRONG} WHERE {ORGANISATION}",
        signs=True, proves=True, finds=finds("LEAF_MISMATCH", "ROOT_MISMATCH"),
        cured=False,
    ),
    "a body gone": Damage(
        f"DELETE FROM event WHERE {ORGANISATION}",
        signs=True, proves=True, finds=finds("POSITION_GAP", "ROWS_DIFFER"), cured=False,
    ),
    "a checkpoint's note": Damage(
        "UPDATE checkpoint SET note = 'x' WHERE size = (SELECT max(size) FROM checkpoint)",
        finds=finds("CHECKPOINT_DAMAGED", "SIGNATURE_INVALID"),
    ),
    "a checkpoint's root": Damage(
        f"UPDATE checkpoint SET root = {WRONG} WHERE size = (SELECT max(size) FROM checkpoint)",
        proves=True, finds=finds("CHECKPOINT_DAMAGED"),
    ),
    "a checkpoint's size": Damage(
        "UPDATE checkpoint SET size = size + 1 WHERE size = (SELECT max(size) FROM checkpoint)",
        finds=finds("CHECKPOINT_DAMAGED"),
    ),
    "an older checkpoint": Damage(
        "UPDATE checkpoint SET note = 'x' WHERE size = (SELECT min(size) FROM checkpoint)",
        signs=True, proves=True, finds=finds("CHECKPOINT_DAMAGED"),
    ),
    "waiting again": Damage(
        "INSERT INTO event_pending (recorded_at, stream, version)"
        f" SELECT recorded_at, stream, version FROM event WHERE {ORGANISATION}",
        signs=True, proves=True, finds=finds("PENDING_DIFFERS"),
    ),
    "waiting for nothing": Damage(
        "INSERT INTO event_pending (recorded_at, stream, version)"
        f" SELECT recorded_at, stream, 99 FROM event WHERE {ORGANISATION}",
        signs=True, proves=True, finds=finds("PENDING_DIFFERS"),
    ),
    "what the log says of itself": Damage(
        "UPDATE log_metadata SET value = 'sm3-sm2'",
        signs=True, proves=True, finds=finds("METADATA_DIFFERS"),
    ),
    "nothing said of itself": Damage(
        "DELETE FROM log_metadata",
        signs=True, proves=True, finds=finds("METADATA_DIFFERS"),
    ),
    "waiting no more": Damage(
        "DELETE FROM event_pending",
        signs=True, proves=True, finds=finds("PENDING_DIFFERS"),
    ),
}  # fmt: skip


class Anybody:
    """Lets everybody read."""

    def require(self, *_: object, **__: object) -> None:
        """Refuse nobody."""


def proves(parts: Parts) -> bool:
    """Tell whether position 3 is proved; a proof that is false fails the test."""
    sequencing, key = parts.database.sequencing, parts.key
    reading = parts.log_reading
    reading._access = Anybody()
    latest = sequencing.last_checkpoint()
    assert latest is not None
    try:
        proof = reading.proof(None, 3, latest.size)
    except LogDamaged:
        return False
    ((_, leaf),) = sequencing.leaves(2, 1)
    assert check_proof(proof, leaf, key.public, key.verify)[0] == 2
    return True


def signs(parts: Parts) -> bool:
    """Give positions to what waits, which nothing may stop, and tell whether all is then signed."""
    now = iter(range(100))
    at = parts.now()
    sequencer = Sequencer(
        sequencing=parts.database.sequencing, key=parts.key, outside=parts.outside,
        system_now=lambda: at + timedelta(seconds=next(now)),
    )  # fmt: skip
    before = parts.database.sequencing.tree_size()
    n = sequencer.positions.attempt()
    assert n is not None
    assert parts.database.sequencing.tree_size() == before + n
    sequencer.signing.attempt()
    return sequencer.signing.trouble is None


def starts(parts: Parts) -> bool:
    try:
        parts.check_log()
    except LogForked:
        return False
    return True


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_one_damaged_row(long_log: Tampered, damage: Damage) -> None:
    log = long_log
    log.do(damage.statement)
    assert damage.finds <= log.found()
    parts = Parts(read_settings())
    assert starts(parts) == damage.starts
    assert proves(parts) == damage.proves
    assert signs(parts) == damage.signs
    status, told = log.run("audit", "rebuild")
    assert status == (0 if damage.cured else 1), told
    if damage.cured:
        assert log.found() == set()
        assert (starts(parts), signs(parts), proves(parts)) == (True, True, True)
    parts.database.close()


ANEW = {
    "a node": "nodes",
    "a leaf at the edge": "leaves",
    "a checkpoint's note": "checkpoints",
    "what the log says of itself": "metadata",
    "waiting again": "pending",
}


@pytest.mark.parametrize("damage", [*ANEW, ""])
def test_a_row_that_is_made_anew_is_counted_by_what_it_is(long_log: Tampered, damage: str) -> None:
    made = {ANEW[damage]: 1} if damage else {}
    if damage:
        long_log.do(DAMAGES[damage].statement)
    status, told = long_log.run("audit", "rebuild")
    counts = {name: n for name, n in told.items() if name in ANEW.values()}
    assert (status, counts) == (0, dict.fromkeys(ANEW.values(), 0) | made)


def test_what_rebuild_cannot_cure_it_leaves_as_it_is(long_log: Tampered) -> None:
    log = long_log
    position = log.position("submit")
    log.rewrite(position, log.body(position).replace(b'"client":"oa"', b'"client":"xx"'))
    log.do(f"UPDATE log_node SET hash = {WRONG} WHERE idx = 0")
    before = log.do("SELECT * FROM log_entry ORDER BY position"), log.do("SELECT * FROM log_node")
    status, told = log.run("audit", "rebuild")
    assert status == 1
    assert "not those that were signed" in str(told)
    after = log.do("SELECT * FROM log_entry ORDER BY position"), log.do("SELECT * FROM log_node")
    assert after == before
    assert "LEAF_MISMATCH" in log.found()


def test_a_rebuild_makes_the_whole_tree_from_the_events_alone(long_log: Tampered) -> None:
    log = long_log
    kept = log.do("SELECT * FROM log_node ORDER BY level, idx")
    log.do("DELETE FROM log_node")
    log.do(f"UPDATE log_entry SET leaf_hash = {WRONG}")
    assert log.run("audit", "rebuild")[0] == 0
    assert log.do("SELECT * FROM log_node ORDER BY level, idx") == kept
    for row in log.do("SELECT position, leaf_hash FROM log_entry"):
        assert bytes(row.leaf_hash) == leaf_hash(log.body(row.position))
    assert log.found() == set()


def test_nodes_are_made_anew_up_to_the_newest_signed_size_however_old_the_notes_outside(
    long_log: Tampered,
) -> None:
    file = long_log.folder / "checkpoints" / NAME
    oldest, *newer = split_notes(file.read_text())
    assert newer
    file.write_text(oldest)
    kept = long_log.do("SELECT * FROM log_node ORDER BY level, idx")
    long_log.do("DELETE FROM log_node")
    assert long_log.run("audit", "rebuild")[0] == 0
    assert long_log.do("SELECT * FROM log_node ORDER BY level, idx") == kept


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)  # elsewhere roles guard it
def test_the_log_is_as_guarded_after_a_rebuild_as_before(long_log: Tampered) -> None:
    log = long_log
    log.do("CREATE TRIGGER log_node_no_update BEFORE UPDATE ON log_node"
           " BEGIN SELECT RAISE(ABORT, 'never'); END")  # fmt: skip
    log.do("DELETE FROM log_node WHERE idx = 0")
    assert log.run("audit", "rebuild")[0] == 0
    with pytest.raises(Exception, match="never"):
        log.do("UPDATE log_node SET idx = 7")


@pytest.mark.parametrize(
    "store", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
def test_only_the_owner_mends_the_tree(long_log: Tampered) -> None:
    log = long_log
    log.do("DELETE FROM log_node WHERE idx = 1")
    log.do("REVOKE INSERT ON log_node FROM CURRENT_USER")
    status, told = log.run("audit", "rebuild")
    assert status == 1
    assert "SHUPING_MIGRATION_DATABASE_URL" in str(told)
