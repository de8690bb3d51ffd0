"""The tree: against the RFC's own recursive definition, and against every flipped bit."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import merkle
from schemas.merkle import BadProof, Frontier

N = 130
LEAVES = [merkle.leaf_hash(str(i).encode()) for i in range(N)]


def rfc_root(leaves: list[bytes]) -> bytes:
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + rfc_root(leaves[:k]) + rfc_root(leaves[k:])).digest()


ROOTS = [rfc_root(LEAVES[:n]) for n in range(N + 1)]


def stored(n: int) -> dict[tuple[int, int], bytes]:
    frontier = Frontier()
    nodes = {(0, i): leaf for i, leaf in enumerate(LEAVES[:n])}
    for level, index, found in frontier.extend(LEAVES[:n]):
        assert (level, index) not in nodes
        nodes[level, index] = found
    return nodes


NODES = stored(N)


def node(level: int, index: int) -> bytes:
    return NODES[level, index]


def flips(data: bytes):
    for bit in range(len(data) * 8):
        yield bytes(b ^ (1 << bit % 8) if i == bit // 8 else b for i, b in enumerate(data))


def test_the_known_hashes_of_the_reference_log_come_out():
    """Source: the test vectors of the Certificate Transparency reference implementation."""
    data = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"]
    data.append("606162636465666768696a6b6c6d6e6f")
    leaves = [merkle.leaf_hash(bytes.fromhex(text)) for text in data]
    expected = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    assert merkle.root_of(leaves).hex() == expected


def test_every_root_is_the_rfc_s():
    frontier = Frontier()
    for n, leaf in enumerate(LEAVES):
        assert (frontier.size, frontier.root()) == (n, ROOTS[n])
        frontier.append(leaf)
    assert frontier.root() == ROOTS[N]


def test_nodes_come_out_once_and_are_the_rfc_s():
    for (level, index), found in NODES.items():
        start = index << level
        assert found == rfc_root(LEAVES[start : start + (1 << level)])
    complete = sum(N >> level for level in range(8))
    assert len(NODES) == complete


@pytest.mark.parametrize("size", range(N + 1))
def test_a_restored_frontier_goes_on_as_if_never_stopped(size: int):
    frontier = Frontier.restore(size, merkle.peaks_of(size, node))
    assert frontier.root() == ROOTS[size]
    assert frontier.peaks == tuple(merkle.peaks_of(size, node))
    frontier.extend(LEAVES[size:])
    assert frontier.root() == ROOTS[N]


def test_a_frontier_is_not_restored_from_peaks_of_another_size():
    with pytest.raises(ValueError, match="2 peaks"):
        Frontier.restore(3, [LEAVES[0]])


@pytest.mark.parametrize("size", range(1, N + 1))
def test_every_inclusion_proof_verifies_for_its_leaf_alone(size: int):
    for index in range(size):
        proof = merkle.inclusion_proof(index, size, node)
        merkle.verify_inclusion(LEAVES[index], index, size, proof, ROOTS[size])
        for other in {0, index ^ 1, index + 1, size - 1} - {index}:
            with pytest.raises(BadProof):
                merkle.verify_inclusion(LEAVES[index], other, size, proof, ROOTS[size])
        for wrong in ([*proof, LEAVES[0]], proof[1:] if proof else [LEAVES[0]]):
            with pytest.raises(BadProof):
                merkle.verify_inclusion(LEAVES[index], index, size, wrong, ROOTS[size])


@pytest.mark.parametrize("size", range(1, 40))
def test_an_inclusion_proof_holds_for_no_other_size_of_the_same_root(size: int):
    for index in range(size):
        proof = merkle.inclusion_proof(index, size, node)
        lengths = {n: len(merkle.inclusion_proof(index, n, node)) for n in range(index + 1, N)}
        for other in (n for n in lengths if lengths[n] != len(proof)):
            with pytest.raises(BadProof):
                merkle.verify_inclusion(LEAVES[index], index, other, proof, ROOTS[size])


@pytest.mark.parametrize("new", range(1, N + 1))
def test_every_consistency_proof_verifies(new: int):
    for old in range(1, new + 1):
        proof = merkle.consistency_proof(old, new, node)
        merkle.verify_consistency(old, new, ROOTS[old], ROOTS[new], proof)
        for wrong in ([*proof, LEAVES[0]], proof[:-1] if proof else [LEAVES[0]]):
            with pytest.raises(BadProof):
                merkle.verify_consistency(old, new, ROOTS[old], ROOTS[new], wrong)


@pytest.mark.parametrize(("index", "size"), [(0, 1), (0, 2), (6, 7), (11, 13), (64, 100)])
def test_an_inclusion_proof_with_any_bit_flipped_is_refused(index: int, size: int):
    proof = merkle.inclusion_proof(index, size, node)
    for i, part in enumerate([LEAVES[index], ROOTS[size], *proof]):
        for flipped in flips(part):
            parts = [LEAVES[index], ROOTS[size], *proof]
            parts[i] = flipped
            with pytest.raises(BadProof):
                merkle.verify_inclusion(parts[0], index, size, parts[2:], parts[1])


@pytest.mark.parametrize(("old", "new"), [(1, 2), (4, 7), (6, 8), (7, 13), (64, 100), (9, 9)])
def test_a_consistency_proof_with_any_bit_flipped_is_refused(old: int, new: int):
    proof = merkle.consistency_proof(old, new, node)
    for i, part in enumerate([ROOTS[old], ROOTS[new], *proof]):
        for flipped in flips(part):
            parts = [ROOTS[old], ROOTS[new], *proof]
            parts[i] = flipped
            with pytest.raises(BadProof):
                merkle.verify_consistency(old, new, parts[0], parts[1], parts[2:])


def test_the_empty_tree_is_continued_by_any_and_by_no_proof():
    merkle.verify_consistency(0, 5, ROOTS[0], ROOTS[5], [])
    with pytest.raises(BadProof):
        merkle.verify_consistency(0, 5, ROOTS[1], ROOTS[5], [])
    with pytest.raises(BadProof):
        merkle.verify_consistency(5, 4, ROOTS[5], ROOTS[4], [])


def test_a_hash_of_another_length_is_refused():
    proof = merkle.inclusion_proof(1, 2, node)
    with pytest.raises(BadProof):
        merkle.verify_inclusion(LEAVES[1], 1, 2, [proof[0] + b"\x00"], ROOTS[2])


def test_what_is_no_hash_proves_nothing_though_all_else_fits():
    """Two halves cut elsewhere have the same bytes together, and so the same hash above them."""
    both = LEAVES[0] + LEAVES[1]
    short, long = both[: merkle.HASH_BYTES - 1], both[merkle.HASH_BYTES - 1 :]
    assert merkle.node_hash(short, long) == ROOTS[2]
    with pytest.raises(BadProof, match="bytes"):
        merkle.verify_inclusion(short, 0, 2, [long], ROOTS[2])
    with pytest.raises(BadProof, match="bytes"):
        merkle.verify_consistency(3, 3, short, short, [])


@given(st.integers(1, N), st.data())
def test_no_leaf_outside_the_tree_has_a_proof(size: int, data: st.DataObject):
    index = data.draw(st.one_of(st.integers(-9, -1), st.integers(size, size + 9)))
    with pytest.raises(ValueError, match="no leaf"):
        merkle.inclusion_proof(index, size, node)
    with pytest.raises(BadProof):
        merkle.verify_inclusion(LEAVES[0], index, size, [], ROOTS[size])
