"""Whatever an administrator does to the log, its tree, its checkpoints or beside it, is found.

The administrator owns the database: triggers are gone, no right is missing. What they do not have
is the signing key, and the file of checkpoints that was kept outside.
"""

import re
from hashlib import sha256
from pathlib import Path

import pytest

from schemas.checkpoint import sign_checkpoint
from schemas.merkle import Frontier
from services.workflow.adapters.database.sequencing import KEPT_LEVELS
from services.workflow.application.sequencing import LogForked
from services.workflow.audit.ed25519 import load_signer, new_key
from services.workflow.bootstrap.log import Parts
from services.workflow.settings import read_settings
from tests.integration.audit.conftest import Tampered
from tests.integration.http.service import ORGANISATION

HISTORY_DIFFERS = {"ROOT_MISMATCH", "OUTSIDE_DIFFERS"}


def leaf(body: bytes) -> bytes:
    return sha256(b"\x00" + body).digest()


def edited(log: Tampered, position: int) -> bytes:
    """Make another client the sender of an event, as canonical as it was."""
    body = log.body(position).replace(b'"client":"oa"', b'"client":"xx"')
    log.rewrite(position, body)
    return body


def re_sign(log: Tampered, key: str) -> None:
    """Make leaves, tree and checkpoint fit the events as they are now, signed with *key*."""
    public, sign = load_signer(key)
    tree = Frontier()
    log.do("DELETE FROM log_node")
    for row in log.do("SELECT position FROM log_entry ORDER BY position"):
        hashed = leaf(log.body(row.position))
        log.do("UPDATE log_entry SET leaf_hash = :leaf WHERE position = :p", leaf=hashed, p=row[0])
        for level, index, hash_ in tree.extend([hashed]):
            if level % KEPT_LEVELS:
                continue
            values = {"level": level, "index": index, "hash": hash_}
            log.do(
                "INSERT INTO log_node (level, idx, hash) VALUES (:level, :index, :hash)", **values
            )
    log.do("DELETE FROM checkpoint WHERE size < :size", size=tree.size)
    note = sign_checkpoint(public.name, tree.size, tree.root(), public, sign)
    log.do("UPDATE checkpoint SET note = :note, root = :root WHERE size = :size",
           note=note, root=tree.root(), size=tree.size)  # fmt: skip


def size(log: Tampered) -> int:
    return int(log.do("SELECT max(position) FROM log_entry")[0][0])


def test_an_untouched_log_is_whole(log: Tampered) -> None:
    assert log.found() == set()


def test_an_edited_body(log: Tampered) -> None:
    edited(log, log.position("submit"))
    assert {"LEAF_MISMATCH"} | HISTORY_DIFFERS <= log.found()


def test_an_edited_body_whose_leaf_was_hashed_again(log: Tampered) -> None:
    position = log.position("submit")
    hashed = leaf(edited(log, position))
    log.do("UPDATE log_entry SET leaf_hash = :leaf WHERE position = :p", leaf=hashed, p=position)
    assert log.found() == HISTORY_DIFFERS | {"TREE_DAMAGED"}


def test_an_edited_time(log: Tampered) -> None:
    position = log.position("pass_unit_audit")
    body = re.sub(rb'"time":"2020-01-08T', b'"time":"2020-01-07T', log.body(position))
    log.rewrite(position, body)
    assert {"LEAF_MISMATCH", "TIME_WENT_BACK"} | HISTORY_DIFFERS <= log.found()


def test_a_body_spelled_otherwise(log: Tampered) -> None:
    position = log.position("submit")
    log.rewrite(position, log.body(position).replace(b'":"', b'": "', 1))
    assert {"BODY_NOT_CANONICAL", "LEAF_MISMATCH"} <= log.found()


def test_a_deletion_in_the_middle(log: Tampered) -> None:
    position = log.position("return_unit_audit")
    log.do(
        "DELETE FROM event WHERE (stream, version) ="
        " (SELECT stream, version FROM log_entry WHERE position = :p)",
        p=position,
    )
    assert {"POSITION_GAP", "VERSION_GAP", "OUTSIDE_DIFFERS"} <= log.found()


def test_a_deletion_in_the_middle_with_later_positions_moved_up(log: Tampered) -> None:
    position = log.position("return_unit_audit")
    log.do("DELETE FROM log_entry WHERE position = :p", p=position)
    for after in range(position + 1, size(log) + 1):
        log.do("UPDATE log_entry SET position = :p - 1 WHERE position = :p", p=after)
    found = log.found()
    assert {"VERSION_GAP", "OUTSIDE_DIFFERS", "OUTSIDE_AHEAD", "CHECKPOINT_AHEAD"} <= found
    assert "POSITION_GAP" not in found


def test_the_first_entries_cut_off(log: Tampered) -> None:
    log.do("DELETE FROM log_entry WHERE position <= 2")
    assert {"POSITION_GAP", "OUTSIDE_DIFFERS"} <= log.found()


def cut_the_tail(log: Tampered) -> None:
    """Leave what an earlier checkpoint signed, and nothing after it."""
    (kept,) = log.do("SELECT min(size) AS size FROM checkpoint")[0]
    assert kept < size(log)
    log.do(
        "DELETE FROM event WHERE (stream, version) IN"
        " (SELECT stream, version FROM log_entry WHERE position > :p)",
        p=kept,
    )
    log.do("DELETE FROM log_entry WHERE position > :p", p=kept)
    log.do("DELETE FROM checkpoint WHERE size > :p", p=kept)
    log.run("audit", "rebuild")


def test_the_tail_cut_with_its_checkpoints_is_found_by_what_was_kept_outside(
    log: Tampered, tmp_path: Path
) -> None:
    cut_the_tail(log)
    assert log.found() == {"OUTSIDE_AHEAD"}
    copy = tmp_path / "auditor.txt"
    (tmp_path / "checkpoints" / "checkpoints.txt").rename(copy)
    assert log.found() == set()
    assert log.found("--checkpoint", str(copy)) == {"OUTSIDE_AHEAD"}


def test_no_process_writes_to_a_log_behind_the_checkpoint_outside(
    log: Tampered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_the_tail(log)
    parts = Parts(read_settings())
    with pytest.raises(LogForked):
        parts.check_log()
    embedded = parts.settings.embedded
    parts.database.close()
    if not embedded:
        monkeypatch.setenv("SHUPING_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    changed = tmp_path / "organisation.yaml"
    changed.write_text(ORGANISATION.read_text("utf-8").replace("staff: 10", "staff: 11"), "utf-8")
    commands = [("serve",), ("sequence",), ("organisation", "import", str(changed))]
    for command in (*commands, *([] if embedded else [("relay",)])):
        status, told = log.run(*command)
        assert status == 1
        assert "was signed" in str(told)


def test_a_log_whose_checkpoints_outside_another_key_signed_is_not_continued(
    log: Tampered, tmp_path: Path
) -> None:
    (tmp_path / "log.key").write_text(new_key("other.example/log")[0], encoding="ascii")
    status, told = log.run("sequence")
    assert status == 1
    assert "checkpoints.txt is not this log's" in str(told)


def test_an_event_moved_far_beyond_the_end(log: Tampered) -> None:
    log.do("UPDATE log_entry SET position = 1000000000000000 WHERE position = :p", p=size(log))
    assert log.found() == {"POSITION_GAP"}


def test_two_events_swapped(log: Tampered) -> None:
    first, second = log.position("submit"), log.position("pass_unit_audit")
    for from_, to in ((first, 0), (second, first), (0, second)):
        log.do("UPDATE log_entry SET position = :to WHERE position = :at", to=to, at=from_)
    assert {"VERSION_GAP"} | HISTORY_DIFFERS <= log.found()


def test_an_event_inserted(log: Tampered) -> None:
    position = log.position("pass_unit_audit")
    for after in range(size(log), position - 1, -1):
        log.do("UPDATE log_entry SET position = :p + 1 WHERE position = :p", p=after)
    forged = log.body(position + 1).replace(b'"streamversion":5', b'"streamversion":6')
    values = {"stream": "review/x", "leaf": leaf(forged), "body": forged, "p": position}
    log.do(
        "INSERT INTO event (stream, version, type, recorded_at, body) SELECT :stream, 1, type,"
        " recorded_at, :body FROM event ORDER BY stream LIMIT 1",
        stream="review/x",
        body=forged,
    )
    log.do("INSERT INTO log_entry (position, stream, version, leaf_hash)"
           " VALUES (:p, :stream, 1, :leaf)",
           **{k: v for k, v in values.items() if k != "body"})  # fmt: skip
    assert {"SUBJECT_MISMATCH", "VERSION_MISMATCH"} | HISTORY_DIFFERS <= log.found()


def test_history_rewritten_and_signed_with_another_key(log: Tampered, tmp_path: Path) -> None:
    auditors = str(load_signer((tmp_path / "log.key").read_text().strip())[0])
    edited(log, log.position("submit"))
    forged = new_key("test.example/log")[0]
    re_sign(log, forged)
    assert log.found() == {"SIGNATURE_INVALID", "OUTSIDE_DIFFERS"}
    (tmp_path / "log.key").write_text(forged, encoding="ascii")
    assert "OUTSIDE_INVALID" in log.found()
    assert log.found("--key", auditors) == {"SIGNATURE_INVALID", "OUTSIDE_DIFFERS"}


def test_history_rewritten_and_signed_with_the_key_itself(log: Tampered, tmp_path: Path) -> None:
    edited(log, log.position("submit"))
    re_sign(log, (tmp_path / "log.key").read_text().strip())
    assert log.found() == {"OUTSIDE_DIFFERS"}


def with_all_signed_again(log: Tampered, position: int, pattern: bytes, other: bytes) -> set[str]:
    """Change an event and whatever is held against its bytes; return what replaying finds."""
    body = re.sub(pattern, other, log.body(position))
    assert body != log.body(position)
    log.rewrite(position, body)
    re_sign(log, (log.folder / "log.key").read_text().strip())
    (log.folder / "checkpoints" / "checkpoints.txt").unlink()
    return log.found()


def test_a_move_that_the_scheme_does_not_have(log: Tampered) -> None:
    position = log.position("pass_unit_audit")
    found = with_all_signed_again(log, position, rb'"to":"[a-z_]+"', b'"to":"closed"')
    assert found == {"NOT_BY_SCHEME", "HEAD_DIFFERS", "ROWS_DIFFER"}
    log.run("audit", "rebuild")
    assert log.found() == {"NOT_BY_SCHEME"}


def test_a_fact_that_only_replaying_looks_at(log: Tampered) -> None:
    position = log.position("pass_unit_audit")
    found = with_all_signed_again(log, position, rb'"role":"[a-z_]+"', b'"role":"nobody"')
    assert found == {"HEAD_DIFFERS", "ROWS_DIFFER"}


def test_an_event_that_cannot_be_lived_through_again(log: Tampered) -> None:
    position = log.position("pass_unit_audit")
    found = with_all_signed_again(log, position, rb'"effective_at":"2020', b'"effective_at":"x020')
    assert found == {"REPLAY_FAILED", "SCHEMA_OLD"}


def test_an_event_moved_to_another_stream(log: Tampered) -> None:
    (row,) = log.do(
        "SELECT stream, version FROM log_entry WHERE position = :p", p=log.position("withdraw")
    )
    values = {"s": row.stream, "v": row.version}
    log.do("UPDATE event SET stream = 'review/x' WHERE stream = :s AND version = :v", **values)
    log.do("UPDATE log_entry SET stream = 'review/x' WHERE stream = :s AND version = :v", **values)
    assert "SUBJECT_MISMATCH" in log.found()


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE case_head SET state = 'closed' WHERE state = 'withdrawn'", "HEAD_DIFFERS"),
        ("UPDATE case_head SET due_at = NULL WHERE state = 'cleared'", "HEAD_DIFFERS"),
        ("DELETE FROM case_head WHERE state = 'withdrawn'", "HEAD_MISSING"),
        ("UPDATE case_record SET person = 'c.off' WHERE unit = 'c-b1'", "HEAD_DIFFERS"),
        ("UPDATE case_interval SET due_at = NULL WHERE version = 2", "ROWS_DIFFER"),
        ("UPDATE case_interval SET suspended = NOT suspended WHERE version = 3", "ROWS_DIFFER"),
        ("DELETE FROM case_interval WHERE version = 2", "ROWS_DIFFER"),
        ("DELETE FROM case_within WHERE unit = 'c-h1'", "ROWS_DIFFER"),
        ("UPDATE refusal SET actor = 'c.off'", "ROWS_DIFFER"),
        ("DELETE FROM refusal", "ROWS_DIFFER"),
        ("UPDATE notice SET outcome = 'failed'", "ROWS_DIFFER"),
        ("DELETE FROM inbox", "ROWS_DIFFER"),
        ("UPDATE cycle SET label = '2018'", "ROWS_DIFFER"),
        ("UPDATE unit SET name = '' WHERE id = 'c-h1'", "ROWS_DIFFER"),
        ("DELETE FROM person WHERE id = 'c.off'", "ROWS_DIFFER"),
        ("UPDATE post SET until = '2019-12-31' WHERE person = 'c.off'", "ROWS_DIFFER"),
        (
            "INSERT INTO post VALUES ('c.off', 'c-h1', 'secretary', '2019-01-01', NULL)",
            "ROWS_DIFFER",
        ),
    ],
)
def test_a_changed_read_model(log: Tampered, statement: str, code: str) -> None:
    log.do(statement)
    assert log.found() == {code}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET type = 'workflow.suspended.v1' WHERE version = 2",
        "UPDATE event SET recorded_at = '2020-01-09T00:00:00.000000Z' WHERE version = 1",
    ],
)
def test_what_is_kept_beside_an_events_bytes(log: Tampered, statement: str) -> None:
    log.do(statement)
    assert log.found() == {"ROWS_DIFFER"}


@pytest.mark.parametrize(("kind", "old", "new"), [
    ("scheme", b'"four_eyes":true', b'"four_eyes":false'),
    ("scheme", b"{", b"["),
    ("calendar", b"2020-01-01", b"2020-01-03"),
])  # fmt: skip
def test_changed_rules(log: Tampered, kind: str, old: bytes, new: bytes) -> None:
    for hash_, body in log.do("SELECT hash, body FROM document WHERE kind = :kind", kind=kind):
        assert old in bytes(body)
        other = bytes(body).replace(old, new)
        log.do("UPDATE document SET body = :body WHERE hash = :hash", body=other, hash=hash_)
    assert log.found() == {"DOCUMENT_DIFFERS"}
    parts = Parts(read_settings())
    with pytest.raises(LookupError, match="damaged"):
        getattr(parts.rulebook, kind)(hash_)
    parts.database.close()


def test_a_published_text_that_is_gone(log: Tampered) -> None:
    log.do("DELETE FROM document WHERE kind = 'policy'")
    assert log.found() == {"DOCUMENT_MISSING"}


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)  # elsewhere bytes can be nothing else
def test_bytes_that_became_words_in_the_hands_of_an_editor(log: Tampered) -> None:
    log.do("UPDATE event SET body = CAST(body AS TEXT)")
    log.do("UPDATE text SET content = CAST(content AS TEXT)")
    assert log.found() == set()
    log.do("UPDATE text SET content = 'altered'")
    log.do('UPDATE event SET body = replace(body, \'"client":"oa"\', \'"client":"xx"\')')
    assert {"COMMITMENT_MISMATCH", "LEAF_MISMATCH", "OUTSIDE_DIFFERS"} <= log.found()


def test_a_changed_text(log: Tampered) -> None:
    log.do("UPDATE text SET content = :content", content="很具体".encode())
    assert log.found() == {"COMMITMENT_MISMATCH"}


def test_erased_texts_leave_the_log_whole(log: Tampered) -> None:
    log.do("DELETE FROM text")
    assert log.found() == set()
