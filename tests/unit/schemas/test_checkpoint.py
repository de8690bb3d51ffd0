"""Checkpoints and proofs: spelled as C2SP says, tied to a signature, and nothing else passes."""

import pytest

from schemas import merkle
from schemas.checkpoint import (
    BadCheckpoint,
    Checkpoint,
    check_proof,
    format_checkpoint,
    format_proof,
    open_checkpoint,
    parse_checkpoint,
    parse_proof,
    sign_checkpoint,
    split_notes,
)
from schemas.merkle import BadProof, Frontier, inclusion_proof, leaf_hash
from schemas.note import BadNote, SignerKey, VerifierKey, sign_note
from services.workflow.audit import ed25519

ORIGIN = "example.org/shuping"
SEED = bytes(range(32))
KEY = VerifierKey(ORIGIN, ed25519.public_of(SEED))
SIGN, VERIFY = ed25519.signer(SEED), ed25519.verifier(ed25519.public_of(SEED))
LEAVES = [leaf_hash(bytes([i])) for i in range(11)]


def nodes() -> dict[tuple[int, int], bytes]:
    made = {(0, i): leaf for i, leaf in enumerate(LEAVES)}
    made.update({(level, i): found for level, i, found in Frontier().extend(LEAVES)})
    return made


def signed(size: int = len(LEAVES)) -> str:
    return sign_checkpoint(ORIGIN, size, merkle.root_of(LEAVES[:size]), KEY, SIGN)


def proof(index: int = 6) -> str:
    made = nodes()
    hashes = inclusion_proof(index, len(LEAVES), lambda level, i: made[level, i])
    return format_proof(index, hashes, signed())


def test_the_example_of_the_specification_is_read_and_written_as_it_stands():
    """Source: https://c2sp.org/tlog-checkpoint"""
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    read = parse_checkpoint(text)
    assert (read.origin, read.size, read.extensions) == (
        "example.com/behind-the-sofa",
        20852163,
        (),
    )
    assert format_checkpoint(read.origin, read.size, read.root) == text


def test_a_signed_checkpoint_opens_to_what_was_signed():
    root = merkle.root_of(LEAVES)
    note = sign_checkpoint(ORIGIN, 11, root, KEY, SIGN, ["an extension"])
    assert open_checkpoint(note, KEY, VERIFY) == Checkpoint(ORIGIN, 11, root, ("an extension",))


def test_a_checkpoint_with_any_bit_flipped_is_refused():
    data = signed().encode()
    for bit in range(len(data) * 8):
        spoilt = bytes(b ^ (1 << bit % 8) if i == bit // 8 else b for i, b in enumerate(data))
        try:
            text = spoilt.decode()
        except UnicodeDecodeError:
            continue
        with pytest.raises(BadNote):
            open_checkpoint(text, KEY, VERIFY)


def test_a_checkpoint_of_another_log_signed_with_our_key_is_refused():
    text = format_checkpoint("example.org/other", 11, merkle.root_of(LEAVES))
    with pytest.raises(BadCheckpoint, match="another log"):
        open_checkpoint(sign_note(text, KEY, SIGN), KEY, VERIFY)


@pytest.mark.parametrize(
    "text",
    [
        "o\n1\n",
        "o\n01\n" + "A" * 43 + "=\n",
        "o\n+1\n" + "A" * 43 + "=\n",
        "o\n-1\n" + "A" * 43 + "=\n",
        "o\n１\n" + "A" * 43 + "=\n",
        "o\n9223372036854775808\n" + "A" * 43 + "=\n",
        "o\n1\n" + "A" * 42 + "B=\n",
        "o\n1\nAAAA\n",
        "o\n1\n" + "A" * 43 + "=\n\nx\n",
        "\n1\n" + "A" * 43 + "=\n",
    ],
)
def test_a_text_that_is_no_checkpoint_is_refused_though_signed(text: str):
    with pytest.raises(BadCheckpoint):
        parse_checkpoint(text)


def test_a_checkpoint_that_could_not_be_read_is_not_written():
    with pytest.raises(ValueError, match="not empty"):
        format_checkpoint("", 1, LEAVES[0])
    with pytest.raises(ValueError, match="not empty"):
        format_checkpoint("o", 1, LEAVES[0], ["two\nlines"])
    with pytest.raises(ValueError, match="size and root"):
        format_checkpoint("o", 1, b"short")


@pytest.mark.parametrize("index", range(len(LEAVES)))
def test_a_proof_shows_its_own_leaf_and_no_other(index: int):
    at, checkpoint = check_proof(proof(index), LEAVES[index], KEY, VERIFY)
    assert (at, checkpoint.size) == (index, len(LEAVES))
    with pytest.raises(BadProof):
        check_proof(proof(index), LEAVES[index - 1], KEY, VERIFY)


def test_a_proof_with_any_bit_flipped_is_refused():
    data = proof().encode()
    for bit in range(len(data) * 8):
        spoilt = bytes(b ^ (1 << bit % 8) if i == bit // 8 else b for i, b in enumerate(data))
        try:
            text = spoilt.decode()
        except UnicodeDecodeError:
            continue
        with pytest.raises((BadProof, BadNote)):
            check_proof(text, LEAVES[6], KEY, VERIFY)


def test_a_proof_whose_checkpoint_another_key_signed_is_refused():
    other = SignerKey(ORIGIN, bytes(32))
    key = VerifierKey(ORIGIN, ed25519.public_of(other.seed))
    with pytest.raises(BadNote):
        check_proof(proof(), LEAVES[6], key, ed25519.verifier(key.public))


def test_the_layout_of_a_proof_is_the_specification_s():
    """Source: https://c2sp.org/tlog-proof"""
    text = format_proof(7, [LEAVES[0]], "NOTE", extra=b"hint")
    lines = text.split("\n")
    assert lines[:3] == ["c2sp.org/tlog-proof@v1", "extra aGludA==", "index 7"]
    assert lines[4:] == ["", "NOTE"]
    read = parse_proof(text)
    assert (read.index, read.hashes, read.note, read.extra) == (7, (LEAVES[0],), "NOTE", b"hint")


def test_a_tree_of_one_leaf_has_a_proof_without_hashes():
    text = format_proof(0, [], sign_checkpoint(ORIGIN, 1, LEAVES[0], KEY, SIGN))
    assert check_proof(text, LEAVES[0], KEY, VERIFY)[0] == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c2sp.org/tlog-proof@v2\nindex 0\n\nx",
        "c2sp.org/tlog-proof@v1\n\nx",
        "c2sp.org/tlog-proof@v1\nindex 00\n\nx",
        "c2sp.org/tlog-proof@v1\nindex -1\n\nx",
        "c2sp.org/tlog-proof@v1\nextra =\nindex 0\n\nx",
        "c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\nx",
        "c2sp.org/tlog-proof@v1\nindex 0\nnot base64\n\nx",
        "c2sp.org/tlog-proof@v1\nindex 0\n" + ("A" * 43 + "=\n") * 65 + "\nx",
    ],
)
def test_what_is_no_proof_is_refused(text: str):
    with pytest.raises(BadProof):
        parse_proof(text)


def test_a_file_of_appended_checkpoints_splits_into_its_notes():
    notes = [signed(1), signed(5), signed(11)]
    assert split_notes("".join(notes)) == notes
    assert split_notes("\n".join(notes)) == notes
    assert split_notes("") == []


def test_a_checkpoint_cut_off_in_the_middle_is_seen():
    whole, cut = signed(5), signed(11)[:-20]
    assert split_notes(whole + cut)[0] == whole
    with pytest.raises(BadNote):
        open_checkpoint(split_notes(whole + cut)[1], KEY, VERIFY)
