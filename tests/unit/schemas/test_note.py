"""Signed notes: the reference vector, and every way to spoil a note or a key."""

import pytest

from schemas.note import BadKey, BadNote, SignerKey, VerifierKey, open_note, sign_note
from services.workflow.audit import ed25519

# Source: the documentation of golang.org/x/mod/sumdb/note.
VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SKEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
SIGNATURE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpR"
    "Zb6KE6RyyBwJnAM=\n"
)
NOTE = f"{TEXT}\n{SIGNATURE}"
# Source: https://c2sp.org/tlog-checkpoint gives a checkpoint, signed by a witness we do not know.
WITNESS = (
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3"
    "b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)


def test_the_reference_note_is_made_and_opened_byte_for_byte():
    key, sign = ed25519.load_signer(SKEY)
    assert str(key) == VKEY
    assert sign_note(TEXT, key, sign) == NOTE
    assert open_note(NOTE, *ed25519.load_verifier(VKEY)) == TEXT


def test_keys_are_written_as_they_are_read():
    key = SignerKey.parse(SKEY, ed25519.public_of)
    assert key.text(ed25519.public_of(key.seed)) == SKEY
    assert str(VerifierKey.parse(VKEY)) == VKEY


def test_a_private_key_does_not_show_in_logs():
    assert "seed" not in repr(SignerKey.parse(SKEY, ed25519.public_of))


def test_a_new_key_signs_what_its_public_half_verifies():
    private, public = ed25519.new_key("example.org/log")
    key, sign = ed25519.load_signer(private)
    assert open_note(sign_note(TEXT, key, sign), *ed25519.load_verifier(public)) == TEXT


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u3000b"])
def test_a_key_needs_a_name_that_a_note_can_carry(name: str):
    with pytest.raises(BadKey):
        ed25519.new_key(name)


def test_no_part_and_no_neighbour_of_a_key_is_a_key():
    for i in range(len(VKEY)):
        for wrong in (VKEY[:i], VKEY[i + 1 :], VKEY[:i] + chr(ord(VKEY[i]) + 1) + VKEY[i + 1 :]):
            with pytest.raises(BadKey):
                VerifierKey.parse(wrong)
    for i in range(len(SKEY)):
        for wrong in (SKEY[:i], SKEY[i + 1 :], SKEY[:i] + chr(ord(SKEY[i]) + 1) + SKEY[i + 1 :]):
            with pytest.raises(BadKey):
                SignerKey.parse(wrong, ed25519.public_of)


def test_a_note_with_any_bit_flipped_is_refused():
    key, verify = ed25519.load_verifier(VKEY)
    data = NOTE.encode()
    for bit in range(len(data) * 8):
        spoilt = bytes(b ^ (1 << bit % 8) if i == bit // 8 else b for i, b in enumerate(data))
        try:
            text = spoilt.decode()
        except UnicodeDecodeError:
            continue
        with pytest.raises(BadNote):
            open_note(text, key, verify)


def test_signatures_by_others_are_skipped_wherever_they_stand():
    opened = ed25519.load_verifier(VKEY)
    assert open_note(NOTE + WITNESS, *opened) == TEXT
    assert open_note(f"{TEXT}\n{WITNESS}{SIGNATURE}", *opened) == TEXT


def test_a_note_that_only_others_signed_is_refused():
    with pytest.raises(BadNote, match="no signature by PeterNeumann"):
        open_note(f"{TEXT}\n{WITNESS}", *ed25519.load_verifier(VKEY))


def test_the_right_key_under_another_name_is_another_key():
    _, sign = ed25519.load_signer(SKEY)
    stranger = VerifierKey("somebody.example", VerifierKey.parse(VKEY).public)
    with pytest.raises(BadNote):
        open_note(sign_note(TEXT, stranger, sign), *ed25519.load_verifier(VKEY))


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n",
        TEXT,
        SIGNATURE,
        TEXT + SIGNATURE,
        NOTE[:-1],
        NOTE + "\n",
        NOTE + "more\n",
        NOTE.replace("—", "-"),
        NOTE.replace("answer", "answer\r"),
        f"{TEXT}\n{SIGNATURE * 65}",
        "x" * 70_000 + NOTE,
    ],
)
def test_what_is_no_note_is_refused(note: str):
    with pytest.raises(BadNote):
        open_note(note, *ed25519.load_verifier(VKEY))


def test_a_text_without_its_last_newline_is_not_signed():
    key, sign = ed25519.load_signer(SKEY)
    with pytest.raises(BadNote):
        sign_note("no newline", key, sign)
