"""The offline verifier: a whole log passes, and each way to tamper with one has its code."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest

from schemas.canonical import canonical_bytes
from schemas.checkpoint import sign_checkpoint
from schemas.envelope import seal
from schemas.merkle import leaf_hash, root_of
from schemas.registry import EventRegistry
from services.workflow.application import auditing, tree_audit
from services.workflow.application.gate import fits
from services.workflow.audit import (
    Code,
    Finding,
    Known,
    NotKnown,
    Summary,
    verify,
    verify_texts,
)
from services.workflow.audit.ed25519 import load_signer, new_key
from tests.unit.schemas.facts import DATA, envelope

PRIVATE, VKEY = new_key("example.org/log")
KEY, SIGN = load_signer(PRIVATE)
OTHER_PRIVATE, _ = new_key("example.org/log")

Row = tuple[int, str, int, bytes, bytes]


def row(position: int, stream: str, version: int, body: bytes) -> Row:
    return position, stream, version, leaf_hash(body), body


def log(n: int = 12) -> list[Row]:
    """Events of three streams in turn."""
    rows = []
    for i in range(n):
        stream, version = f"review/0191f3a0-0000-7000-8000-00000000000{i % 3}", i // 3 + 1
        event = envelope("note_added", subject=stream, streamversion=version)
        event = replace(event, time=event.time + timedelta(seconds=i))
        rows.append(row(i + 1, stream, version, seal(event)))
    return rows


def sign(rows: list[Row], size: int | None = None, private: str = PRIVATE) -> str:
    key, sign_ = load_signer(private)
    leaves = [leaf_hash(body) for *_, body in rows][: len(rows) if size is None else size]
    return sign_checkpoint(key.name, len(leaves), root_of(leaves), key, sign_)


def audit(
    rows: list[Row], note: str | None, *outside: str, **how: Any
) -> tuple[list[Finding], Summary]:
    findings, verification = [], verify(rows, note, outside, VKEY, **how)
    try:
        while True:
            findings.append(next(verification))
    except StopIteration as end:
        return findings, end.value


def codes(rows: list[Row], note: str | None, *outside: str, **how: Any) -> list[str]:
    return [finding.code.value for finding in audit(rows, note, *outside, **how)[0]]


WHOLE = log()
NOTE = sign(WHOLE)
OUTSIDE = [sign(WHOLE, size) for size in (1, 5, 8, 12)]


def with_event(change: Callable[[dict], None], at: int = 4) -> list[Row]:
    """A log in which one event says something else, re-hashed as an administrator could."""
    rows = log()
    position, stream, version, _, body = rows[at]
    event = orjson.loads(body)
    change(event)
    rows[at] = row(position, stream, version, orjson.dumps(event, option=orjson.OPT_SORT_KEYS))
    return rows


def test_a_whole_log_has_no_findings():
    findings, summary = audit(WHOLE, NOTE, *OUTSIDE)
    assert findings == []
    root = root_of(leaf for *_, leaf, _ in WHOLE)
    assert summary == Summary(size=12, root=root, n_streams=3, signed_size=12, n_outside=4)


def test_every_type_of_event_passes_in_both_depths():
    """Each in a stream of its own: only a step of a draw cannot be right without those before."""
    rows = [
        row(i + 1, event.subject, event.streamversion, seal(event))
        for i, event in enumerate(
            envelope(fact, subject=f"review/0191f3a0-0000-7000-8000-{i:012d}")
            for i, fact in enumerate(DATA)
        )
    ]
    assert set(codes(rows, sign(rows))) == {"DRAW_DIFFERS"}
    assert set(codes(rows, sign(rows), thorough=True)) == {"DRAW_DIFFERS"}


def test_an_attribute_of_a_newer_writer_is_no_finding():
    rows = with_event(lambda event: event.update(workspace="review/x"))
    assert codes(rows, sign(rows)) == []
    assert codes(rows, sign(rows), thorough=True) == []


def test_an_empty_log_is_whole():
    assert codes([], None) == []
    assert codes([], sign([]), sign([])) == []


def test_events_after_the_checkpoint_are_not_signed_yet_and_no_finding():
    findings, summary = audit(WHOLE, sign(WHOLE, 7), *OUTSIDE[:2])
    assert (findings, summary.signed_size) == ([], 7)


@pytest.mark.parametrize("bit", range(0, 8 * 400, 7))
def test_a_flipped_bit_in_the_bytes_is_found(bit: int):
    rows = log()
    position, stream, version, leaf, body = rows[5]
    i = bit // 8 % len(body)
    spoilt = body[:i] + bytes([body[i] ^ 1 << bit % 8]) + body[i + 1 :]
    rows[5] = position, stream, version, leaf, spoilt
    found = codes(rows, NOTE)
    assert {"LEAF_MISMATCH", "ROOT_MISMATCH"} <= set(found)


def test_a_flipped_bit_in_a_stored_leaf_hash_is_found():
    rows = log()
    position, stream, version, leaf, body = rows[5]
    rows[5] = position, stream, version, bytes([leaf[0] ^ 1]) + leaf[1:], body
    (finding,), _ = audit(rows, NOTE, *OUTSIDE)
    assert (finding.code, finding.position, finding.version) == (Code.LEAF_MISMATCH, 6, 2)


def test_an_edited_and_re_hashed_event_contradicts_the_signed_root():
    rows = with_event(lambda event: event.update(actor="p-somebody-else"))
    found = codes(rows, NOTE, *OUTSIDE)
    assert sorted(found) == ["OUTSIDE_DIFFERS"] * 3 + ["ROOT_MISMATCH"]


def test_a_deleted_event_leaves_a_gap():
    rows = log()
    del rows[5]
    assert codes(rows, NOTE)[:2] == ["POSITION_GAP", "VERSION_GAP"]
    assert "CHECKPOINT_AHEAD" in codes(rows, NOTE)


def test_a_deleted_event_is_found_though_everything_is_renumbered():
    rows = log()
    del rows[5]
    rows = [(i + 1, *rest) for i, (_, *rest) in enumerate(rows)]
    assert "VERSION_GAP" in codes(rows, sign(rows))
    assert set(codes(rows, sign(rows), NOTE)) == {"VERSION_GAP", "OUTSIDE_AHEAD"}


def test_the_first_event_of_a_stream_cannot_be_missing():
    rows = log()[1:]
    rows = [(i + 1, *rest) for i, (_, *rest) in enumerate(rows)]
    assert codes(rows, sign(rows)) == ["VERSION_GAP"]


def test_an_inserted_event_is_found():
    rows = log()
    extra = envelope("note_added", subject=rows[0][1], streamversion=2)
    rows.insert(4, row(5, extra.subject, 2, seal(extra)))
    assert codes(rows, NOTE)[:2] == ["VERSION_REPEATED", "TIME_WENT_BACK"]
    assert {"POSITION_REPEATED", "ROOT_MISMATCH"} <= set(codes(rows, NOTE))


def test_two_swapped_events_are_found():
    rows = log()
    rows[3], rows[6] = (4, *rows[6][1:]), (7, *rows[3][1:])
    found = codes(rows, NOTE)
    assert found == ["VERSION_GAP", "VERSION_REPEATED", "TIME_WENT_BACK", "ROOT_MISMATCH"]


def test_a_tail_cut_off_with_its_checkpoints_is_found_from_outside_alone():
    rows = log()[:8]
    assert codes(rows, sign(rows)) == []
    assert codes(rows, sign(rows), *OUTSIDE) == ["OUTSIDE_AHEAD"]
    assert codes(rows, None, *OUTSIDE) == ["OUTSIDE_AHEAD", "CHECKPOINT_MISSING"]


def test_a_head_cut_off_is_found():
    found = codes(log()[3:], NOTE)
    assert found[0] == "POSITION_GAP"
    assert found.count("VERSION_GAP") == 3


def test_a_log_shorter_than_its_own_checkpoint_is_found():
    assert codes(log()[:8], NOTE) == ["CHECKPOINT_AHEAD"]


def test_a_history_rewritten_and_signed_again_with_the_key_is_found_from_outside():
    rows = with_event(lambda event: event.update(actor="p-somebody-else"), at=6)
    assert codes(rows, sign(rows)) == []
    assert codes(rows, sign(rows), *OUTSIDE) == ["OUTSIDE_DIFFERS", "OUTSIDE_DIFFERS"]


def test_a_log_signed_with_another_key_is_found():
    assert codes(WHOLE, sign(WHOLE, private=OTHER_PRIVATE)) == ["SIGNATURE_INVALID"]


def test_a_checkpoint_of_another_log_under_our_key_is_found():
    root = root_of(leaf for *_, leaf, _ in WHOLE)
    assert codes(WHOLE, sign_checkpoint("example.org/2", 12, root, KEY, SIGN)) == [
        "SIGNATURE_INVALID"
    ]


@pytest.mark.parametrize("i", range(4))
def test_a_checkpoint_outside_that_we_never_signed_is_told_from_a_changed_log(i: int):
    forged = sign(with_event(lambda event: event.update(actor="p-x"), at=0), (1, 5, 8, 12)[i])
    ours = [*OUTSIDE[:i], forged, *OUTSIDE[i + 1 :]]
    assert codes(WHOLE, NOTE, *ours) == ["OUTSIDE_DIFFERS"]
    spoilt = forged[:-9] + ("A" if forged[-9] != "A" else "B") + forged[-8:]
    assert codes(WHOLE, NOTE, *OUTSIDE[:i], spoilt, *OUTSIDE[i + 1 :]) == ["OUTSIDE_INVALID"]


def test_the_newest_checkpoint_outside_must_be_signed_even_where_it_agrees():
    root = root_of(leaf for *_, leaf, _ in WHOLE)
    other, sign_other = load_signer(OTHER_PRIVATE)
    unsigned = sign_checkpoint(KEY.name, 12, root, other, sign_other)
    assert codes(WHOLE, NOTE, *OUTSIDE[:3], unsigned) == ["OUTSIDE_INVALID"]


def test_an_unreadable_note_outside_is_a_finding_not_a_crash():
    assert codes(WHOLE, NOTE, "rubbish", *OUTSIDE) == ["OUTSIDE_INVALID"]
    assert codes(WHOLE, "rubbish") == ["SIGNATURE_INVALID"]


def test_a_key_that_is_none_is_a_finding_not_a_crash():
    assert [finding.code for finding in verify(WHOLE, NOTE, [], "no key")] == [Code.KEY_INVALID]


def test_an_event_moved_to_another_stream_is_found():
    rows = log()
    rows[11] = (12, rows[9][1], 5, *rows[11][3:])
    assert codes(rows, NOTE) == ["SUBJECT_MISMATCH", "VERSION_MISMATCH"]


def test_events_filed_under_each_other_s_stream_are_found():
    rows = log()
    one, other = rows[0][1], rows[1][1]
    rows[0], rows[1] = (1, other, *rows[0][2:]), (2, one, *rows[1][2:])
    assert codes(rows, NOTE) == ["SUBJECT_MISMATCH", "SUBJECT_MISMATCH"]


def test_an_event_filed_under_another_version_than_it_names_is_found():
    rows = with_event(lambda event: event.update(streamversion=3))
    assert codes(rows[:5], sign(rows[:5])) == ["VERSION_MISMATCH", "VERSION_GAP"]


def test_an_event_dated_before_its_predecessor_is_found():
    rows = with_event(lambda event: event.update(time="2020-01-01T00:00:00.000000Z"))
    assert codes(rows, sign(rows)) == ["TIME_WENT_BACK"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda event: event.update(type="workflow.note_added.v9"), "UNKNOWN_EVENT"),
        (lambda event: event.update(type="workflow.unheard_of.v1"), "UNKNOWN_EVENT"),
        (lambda event: event.update(dataschema="urn:other"), "EVENT_BROKEN"),
        (lambda event: event.pop("client"), "EVENT_BROKEN"),
        (lambda event: event.update(position=5), "EVENT_BROKEN"),
        (lambda event: event.update(EXTRA="x"), "EVENT_BROKEN"),
        (lambda event: event.update(time="2020-01-11"), "EVENT_BROKEN"),
        (lambda event: event.update(organisationversion="1", actor=7), "EVENT_BROKEN"),
        (lambda event: event.update(streamversion=2.0), "BODY_NOT_CANONICAL"),
        (lambda event: event.update(actor=7), "EVENT_BROKEN"),
        (lambda event: event.update(data=[]), "EVENT_BROKEN"),
        (lambda event: event["data"].pop("text"), "EVENT_BROKEN"),
        (lambda event: event["data"].update(name="王某"), "EVENT_BROKEN"),
        (lambda event: event["data"]["text"].update(length=1.5), "BODY_NOT_CANONICAL"),
        (lambda event: event["data"]["text"].update(length=9.0), "BODY_NOT_CANONICAL"),
        (lambda event: event["data"]["text"].update(length=2**53), "BODY_NOT_CANONICAL"),
        (lambda event: event["data"].update({"名": 1}), "BODY_NOT_CANONICAL"),
        (lambda event: event["data"]["text"].update({"名": 1}), "BODY_NOT_CANONICAL"),
        (lambda event: event["data"]["text"].update(a=[{"b": [1.5]}]), "BODY_NOT_CANONICAL"),
        (lambda event: event.update(data=1.5), "BODY_NOT_CANONICAL"),
        (lambda event: event.update(organisationversion=True), "EVENT_BROKEN"),
        # Of the same shape as all before it, but for what holds the members.
        (lambda event: event.update(data=list(event["data"])), "EVENT_BROKEN"),
        (
            lambda event: event.update(data={**event["data"], "kind": "x"} | {"k": 1}),
            "EVENT_BROKEN",
        ),
    ],
)
def test_bytes_that_could_not_have_been_recorded_are_named(
    change: Callable[[dict], None], code: str
):
    rows = with_event(change)
    assert codes(rows, sign(rows)) == [code]
    assert codes(rows, sign(rows), fits=fits) == [code]


@pytest.mark.parametrize(
    ("spell", "code"),
    [
        (lambda event: canonical_bytes(event) + b" ", "BODY_NOT_CANONICAL"),
        (lambda event: orjson.dumps(dict(reversed(event.items()))), "BODY_NOT_CANONICAL"),
        (
            lambda event: canonical_bytes(event).replace(b"urge", b"\\u0075rge"),
            "BODY_NOT_CANONICAL",
        ),
        (lambda event: b'{"actor":"p-0",' + canonical_bytes(event)[1:], "BODY_NOT_CANONICAL"),
        (lambda _: b"{", "BODY_NOT_JSON"),
        (lambda _: b"", "BODY_NOT_JSON"),
        (lambda _: b"\xff\xfe", "BODY_NOT_JSON"),
        (lambda _: b"[]", "EVENT_BROKEN"),
        (lambda _: b"null", "EVENT_BROKEN"),
    ],
)
def test_another_spelling_of_the_same_event_is_no_event(spell: Callable[[dict], bytes], code: str):
    rows = log()
    position, stream, version, _, body = rows[11]
    rows[11] = row(position, stream, version, spell(orjson.loads(body)))
    assert codes(rows, sign(rows)) == [code]
    assert codes(rows, sign(rows), fits=fits) == [code]


def test_a_deep_fault_is_found_where_there_is_a_quick_way_to_ask_or_all_is_read():
    rows = with_event(lambda event: event["data"]["text"].update(sha256="short"))
    assert codes(rows, sign(rows)) == []
    assert codes(rows, sign(rows), fits=fits) == ["SCHEMA_OLD"]
    assert codes(rows, sign(rows), thorough=True) == ["SCHEMA_OLD"]
    assert codes(rows, sign(rows), fits=lambda event: "length" in event) == ["SCHEMA_OLD"] * 12


def test_a_broken_event_that_is_known_exactly_is_no_finding():
    rows = with_event(lambda event: event["data"]["text"].update(sha256="short"))
    known = Known.parse(f"5 {rows[4][3].hex()}  # by its position and leaf hash")
    findings, summary = audit(rows, sign(rows), fits=fits, known=known)
    assert (findings, summary.n_known, known.left) == ([], 1, [])
    for other in (f"5 {rows[3][3].hex()}", f"4 {rows[3][3].hex()}", f"99 {rows[4][3].hex()}"):
        known = Known.parse(other)
        assert codes(rows, sign(rows), fits=fits, known=known) == ["SCHEMA_OLD"]
        assert known.left == [int(other.partition(" ")[0])]


@pytest.mark.parametrize(
    "text", ["5", "5 x", f"0 {'a' * 64}", f"5 {'A' * 64}", f"5 {'a' * 64}\n" * 2]
)
def test_a_file_of_known_events_has_positions_and_leaf_hashes_each_once(text: str):
    with pytest.raises(NotKnown):
        Known.parse(text)


READS = "reads/0191f3a0-0000-7000-8000-000000000009"


@pytest.mark.parametrize("type_", ["workflow.text_shown.v1", "workflow.note_added.v1"])
def test_a_kind_of_stream_that_is_not_followed_is_carried_and_kept_in_order(type_: str):
    rows = log()
    for position, version in ((13, 1), (14, 2)):
        event = orjson.loads(rows[-1][4]) | {
            "subject": READS, "streamversion": version, "type": type_, "anything": {"at": ["all"]}
        }  # fmt: skip
        rows.append(row(position, READS, version, canonical_bytes(event)))
    findings, summary = audit(rows, sign(rows), fits=fits)
    assert (findings, summary.n_carried, summary.size) == ([], 2, 14)
    del rows[12]
    assert codes(rows, sign(rows)) == ["POSITION_GAP", "VERSION_GAP"]


def test_no_event_is_carried_past_by_the_name_of_another_stream():
    rows = with_event(lambda event: event.update(subject=READS))
    assert "SUBJECT_MISMATCH" in codes(rows, sign(rows))
    rows = log()
    rows[11] = (12, READS, *rows[11][2:])
    assert "SUBJECT_MISMATCH" in codes(rows, sign(rows))


def test_a_reader_that_knows_no_types_says_so_of_each():
    assert codes(WHOLE, NOTE, registry=EventRegistry()) == ["UNKNOWN_EVENT"] * 12


def test_a_text_that_was_changed_beside_the_log_is_found():
    salt, text = bytes(32), "同意".encode()
    commitment = sha256(salt + text).digest()
    assert list(verify_texts([(commitment, salt, text)])) == []
    (finding,) = verify_texts([(commitment, salt, "不同意".encode())])
    assert finding.code == Code.COMMITMENT_MISMATCH


def test_every_code_is_explained_in_the_documentation():
    page = (Path(__file__).parents[4] / "docs" / "audit-format.md").read_text()
    explained = re.findall(r"^\| `([A-Z_]+)` \|", page, re.MULTILINE)
    offline = [code.value for code in Code]
    replayed = [
        code
        for module in (auditing, tree_audit)
        for code in re.findall(r'"([A-Z]+_[A-Z_]+)"', Path(module.__file__).read_text())
        if code not in offline
    ]
    assert explained[: len(offline)] == offline
    assert sorted(explained[len(offline) :]) == sorted(set(replayed))
