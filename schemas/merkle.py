"""The tree over the log: RFC 6962 hashes, an incremental frontier, proofs and their verification.

The one idea: interior nodes are named by *(level, index)*, level 0 being the leaves. A node is
*complete* when all 2^level leaves under it exist; from then on it never changes. The frontier
keeps only the complete nodes that have no complete parent yet (at most one per level), so that a
leaf costs two hashes on average whatever the log's size; every other hash of the tree can be
computed from complete nodes, which a store keeps.

A proof says nothing by itself: verify it only against the root of a *signed* checkpoint.

Source: https://www.rfc-editor.org/rfc/rfc9162#section-2.1
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Self

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()

Node = tuple[int, int, bytes]  # level, index, hash
NodeAt = Callable[[int, int], bytes]  # (level, index) of a complete node -> its hash


class BadProof(ValueError):
    """The proof does not show what it claims."""


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an interior node."""
    return sha256(b"\x01" + left + right).digest()


def completed(node: Node) -> tuple[int, int]:
    """Return the key by which nodes come in the order in which a growing tree completes them."""
    level, index, _ = node
    return (index + 1) << max(0, min(level, 64)), level  # no tree of ours has another level


class Frontier:
    """The right edge of a growing tree."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []  # largest subtree first: one per set bit of size

    @classmethod
    def restore(cls, size: int, peaks: Sequence[bytes]) -> Self:
        """Go on with a tree of *size* leaves whose *peaks* were kept."""
        if len(peaks) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} peaks")
        frontier = cls()
        frontier.size = size
        frontier._peaks = list(peaks)
        return frontier

    @property
    def peaks(self) -> tuple[bytes, ...]:
        """The complete subtrees, largest first; enough to restore the frontier."""
        return tuple(self._peaks)

    def append(self, leaf: bytes) -> list[Node]:
        """Add the leaf with hash *leaf*; return the complete nodes above it, lowest first."""
        peaks, index, level = self._peaks, self.size, 0
        peaks.append(leaf)
        made: list[Node] = []
        # Each trailing one bit of the old size is a finished left sibling waiting to be joined.
        while index & 1:
            right = peaks.pop()
            peaks[-1] = node_hash(peaks[-1], right)
            index >>= 1
            level += 1
            made.append((level, index, peaks[-1]))
        self.size += 1
        return made

    def extend(self, leaves: Iterable[bytes]) -> list[Node]:
        """Add many leaves; return all complete nodes above level 0 that came into being."""
        return [node for leaf in leaves for node in self.append(leaf)]

    def root(self) -> bytes:
        """Return the root of the tree as it stands."""
        return _fold(self._peaks)


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the root over leaf hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def peaks_of(size: int, node: NodeAt) -> list[bytes]:
    """Return the peaks of a tree of *size* leaves from its stored nodes, largest first."""
    return [node(level, index) for level, index in _cover(0, size)]


def inclusion_proof(index: int, size: int, node: NodeAt) -> list[bytes]:
    """Prove that leaf *index* (from 0) is in the tree of *size* leaves; leaf's sibling first."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    proof: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(_range_hash(middle, end, node))
            end = middle
        else:
            proof.append(_range_hash(start, middle, node))
            start = middle
    return proof[::-1]


def consistency_proof(old: int, new: int, node: NodeAt) -> list[bytes]:
    """Prove that the tree of *new* leaves continues the one of *old*."""
    if not 0 < old <= new:
        raise ValueError(f"no consistency proof from {old} to {new}")
    proof: list[bytes] = []
    start, end, whole = 0, new, True  # whole: the old tree's right edge is this subtree's left
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            proof.append(_range_hash(middle, end, node))
            end = middle
        else:
            proof.append(_range_hash(start, middle, node))
            start, whole = middle, False
    if not whole:
        proof.append(_range_hash(start, end, node))
    return proof[::-1]


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Check that *leaf* is leaf *index* of the tree of *size* leaves with *root*.

    Raises:
        BadProof: it is not, or the proof is of another shape than this index and size demand.
    """
    if not 0 <= index < size:
        raise BadProof(f"no leaf {index} in a tree of {size}")
    _require_hashes([leaf, root, *proof])
    found = leaf
    for sibling, is_left in zip(proof, _sides(index, size - 1, len(proof)), strict=True):
        found = node_hash(sibling, found) if is_left else node_hash(found, sibling)
    if found != root:
        raise BadProof("the proof leads to another root")


def verify_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that the tree (*new*, *new_root*) continues the tree (*old*, *old_root*).

    Raises:
        BadProof: it does not, or the proof is of another shape than these sizes demand.
    """
    _require_hashes([old_root, new_root, *proof])
    if not 0 <= old <= new:
        raise BadProof("the log has shrunk")
    if old in (0, new):
        if proof or (old == new and old_root != new_root) or (old == 0 and old_root != EMPTY_ROOT):
            raise BadProof("the proof does not fit sizes that need none")
        return
    path = list(proof)
    if old & (old - 1) == 0:  # a complete old tree is the first node of its own proof
        path.insert(0, old_root)
    if not path:
        raise BadProof("the proof is too short")
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    found_old = found_new = path[0]
    for sibling, is_left in zip(path[1:], _sides(at, last, len(path) - 1), strict=True):
        if is_left:
            found_old = node_hash(sibling, found_old)
            found_new = node_hash(sibling, found_new)
        else:
            found_new = node_hash(found_new, sibling)
    if found_old != old_root or found_new != new_root:
        raise BadProof("the proof leads to another root")


def _fold(peaks: Sequence[bytes]) -> bytes:
    """Join complete subtrees, largest first, into the root over all of them."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in peaks[-2::-1]:
        root = node_hash(peak, root)
    return root


def _sides(at: int, last: int, n_siblings: int) -> list[bool]:
    """Tell of each sibling on the way up from node *at* whether it stands on the left.

    Raises:
        BadProof: the way up has another length.
    """
    sides: list[bool] = []
    for _ in range(n_siblings):
        if last == 0:
            raise BadProof("the proof is too long")
        is_left = bool(at & 1) or at == last
        sides.append(is_left)
        # Levels at which this node is the lone right edge contribute no sibling.
        while is_left and at and not at & 1:
            at, last = at >> 1, last >> 1
        at, last = at >> 1, last >> 1
    if last:
        raise BadProof("the proof is too short")
    return sides


def _split(n: int) -> int:
    """Return the largest power of two below *n*."""
    return 1 << (n - 1).bit_length() - 1


def _cover(start: int, end: int) -> list[tuple[int, int]]:
    """Name the complete nodes that cover leaves *start* to *end*, a subtree's, largest first."""
    nodes: list[tuple[int, int]] = []
    while start < end:
        level = (end - start).bit_length() - 1
        nodes.append((level, start >> level))
        start += 1 << level
    return nodes


def _range_hash(start: int, end: int, node: NodeAt) -> bytes:
    return _fold([node(level, index) for level, index in _cover(start, end)])


def _require_hashes(hashes: Iterable[bytes]) -> None:
    if any(len(found) != HASH_BYTES for found in hashes):
        raise BadProof(f"a hash has {HASH_BYTES} bytes")
