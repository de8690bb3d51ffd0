"""The tree's rows held against the leaves, and made anew: nodes from leaves, leaves from events.

The offline verifier shows that the events are those that were signed. What is kept beside them
(leaf hashes, nodes, checkpoints by size, what waits for a position) is worked out from them, so
it can be held against them, and where a hand or a disk spoilt it, made anew. The one idea: the
tree grows leaf by leaf, and each kept node comes by in just that order.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from schemas.checkpoint import HASH_SUITE, open_checkpoint, parse_checkpoint
from schemas.merkle import Frontier, Node, completed, leaf_hash
from schemas.note import BadNote, note_text
from services.workflow.application.audit_ports import AuditStore, TreeRebuild
from services.workflow.application.auditing import Finding
from services.workflow.application.sequencing import LogKey, opened
from services.workflow.application.sequencing_ports import SavedCheckpoint
from services.workflow.domain.refusals import LogDamaged

METADATA = {"hash_suite": HASH_SUITE}
NodeDifference = tuple[Node | None, Node | None]  # as it is kept, as it is due


@dataclass(kw_only=True, slots=True)
class Cured:
    """How many rows were made anew."""

    leaves: int = 0
    nodes: int = 0
    checkpoints: int = 0
    metadata: int = 0
    pending: int = 0


class _Growing:
    """A tree that grows, and the nodes that are kept, in the order in which it completes them."""

    def __init__(self, kept: Iterator[Node], keeps: Callable[[int], bool], signed: int) -> None:
        self.tree = Frontier()
        self._kept, self._keeps, self._signed = kept, keeps, signed
        self._next = next(kept, None)

    def append(self, leaf: bytes) -> Iterator[NodeDifference]:
        """Add a leaf; yield how the nodes it completes differ from those that are kept."""
        for due in self.tree.append(leaf):
            if not self._keeps(due[0]):
                continue
            while self._next is not None and completed(self._next) < completed(due):
                yield self._take(), None
            if self._next is not None and self._next[:2] == due[:2]:
                kept = self._take()
                if kept != due:
                    yield kept, due
            elif self.tree.size <= self._signed:
                yield None, due  # those beyond are kept when they are signed

    def rest(self) -> Iterator[NodeDifference]:
        """Yield the nodes of no tree of ours."""
        while self._next is not None:
            yield self._take(), None

    def _take(self) -> Node | None:
        taken, self._next = self._next, next(self._kept, None)
        return taken


def compare_tree(store: AuditStore, signed_size: int) -> Iterator[Finding]:
    """Yield what of the tree's rows is not as the leaves have it, up to a gap in the positions."""
    growing = _Growing(store.nodes(), store.keeps, signed_size)
    checkpoints = _Checkpoints(store.checkpoints())
    for position, leaf in store.leaves():
        if position != growing.tree.size + 1:
            return  # the verifier tells; of what comes after nothing can be said
        yield from map(_damaged_node, growing.append(leaf))
        yield from checkpoints.compare(growing.tree)
    yield from map(_damaged_node, growing.rest())
    yield from checkpoints.rest()


def compare_pending(store: AuditStore) -> Iterator[Finding]:
    """Yield the events that wait for no position and have none, and what waits in vain."""
    for stream, version, waits in store.misplaced():
        detail = "waits for a position it cannot get" if waits else "has no position, and waits not"
        yield Finding(code="PENDING_DIFFERS", detail=detail, stream=stream, version=version)


def compare_metadata(store: AuditStore) -> Iterator[Finding]:
    """Yield a finding where the log says it was hashed and signed otherwise than we do."""
    said = store.metadata()
    if said != METADATA:
        detail = f"the log says {said} of itself, where {METADATA} is due"
        yield Finding(code="METADATA_DIFFERS", detail=detail)


class _Checkpoints:
    """The rows of checkpoints, smallest first, beside a tree that grows."""

    def __init__(self, rows: Iterator[SavedCheckpoint]) -> None:
        self._rows = rows
        self._next = next(rows, None)
        self._contradicted = False

    def compare(self, tree: Frontier) -> Iterator[Finding]:
        """Hold those of the tree's size against it; of contradictions the first is enough."""
        while self._next is not None and self._next.size <= tree.size:
            saved, self._next = self._next, next(self._rows, None)
            yield from _inconsistent(saved)
            differs = saved.size == tree.size and saved.root != tree.root()
            # The newest one is the verifier's.
            if differs and not self._contradicted and self._next is not None:
                self._contradicted = True
                detail = f"the checkpoint over {saved.size} entries signs other entries"
                yield Finding(code="ROOT_MISMATCH", detail=detail, position=saved.size)

    def rest(self) -> Iterator[Finding]:
        """Look at those that are left."""
        while self._next is not None:
            saved, self._next = self._next, next(self._rows, None)
            yield from _inconsistent(saved)


def rebuild_tree(store: AuditStore, key: LogKey, outside: Sequence[str]) -> Cured:
    """Make anew, in one transaction, what of the tree's rows is not as the events have it.

    *outside* are the notes kept outside. Nothing is changed where the events themselves are not
    those that were signed: their leaves are then what shows it.

    Raises:
        LogDamaged: that is so, or an event is missing, or no checkpoint can be read.
    """
    signed = _signed(store, key, outside)
    cured = Cured()
    with store.rebuilding_tree() as rebuild:
        growing = _Growing(store.nodes(), store.keeps, max(signed, default=0))
        for position, _, _, leaf, body in store.entries():
            if position != growing.tree.size + 1:
                raise LogDamaged(f"position {growing.tree.size + 1} has no event: restore a backup")
            due = leaf_hash(body)
            if due != leaf:
                rebuild.put_leaf(position, due)
                cured.leaves += 1
            cured.nodes += _mend(rebuild, growing.append(due))
            _hold(growing.tree, signed)
        cured.nodes += _mend(rebuild, growing.rest())
        for saved in [one for one in store.checkpoints() if any(_inconsistent(one))]:
            restored = _restored(saved, key, outside)
            if restored is not None:
                rebuild.put_checkpoint(saved.size, restored)
                cured.checkpoints += 1
        if store.metadata() != METADATA:
            rebuild.put_metadata(METADATA)
            cured.metadata = 1
        cured.pending = rebuild.requeue()
    return cured


def _mend(rebuild: TreeRebuild, differences: Iterator[NodeDifference]) -> int:
    n = 0
    for kept, due in differences:
        n += 1
        if kept is not None:
            rebuild.drop_node(kept[0], kept[1])
        if due is not None:
            rebuild.put_node(*due)
    return n


def _hold(tree: Frontier, signed: dict[int, bytes]) -> None:
    root = signed.get(tree.size)
    if root is not None and root != tree.root():
        raise LogDamaged(
            f"the first {tree.size} events are not those that were signed: nothing was changed; "
            "`audit verify` names them, a backup has them"
        )


def _signed(store: AuditStore, key: LogKey, notes: Sequence[str]) -> dict[int, bytes]:
    """Return the roots that the tree has to have, by size: the newest that can be trusted."""
    found: dict[int, bytes] = {}
    for note in notes[-1:]:
        with suppress(BadNote):
            newest = open_checkpoint(note, key.public, key.verify)
            found[newest.size] = newest.root
    saved = None
    for saved in store.newest_checkpoints():
        with suppress(LogDamaged):
            signed = opened(saved, key)
            return found | {signed.size: signed.root}
    if saved is not None and not found:
        raise LogDamaged("no checkpoint of this log can be read with this key")
    return found


def _inconsistent(saved: SavedCheckpoint) -> Iterator[Finding]:
    """Yield a finding where a row is not what its own note says."""
    try:
        signed = parse_checkpoint(note_text(saved.note))
    except BadNote as error:
        detail = f"the checkpoint over {saved.size} entries: {error}"
    else:
        if (signed.size, signed.root) == (saved.size, saved.root):
            return
        detail = f"the checkpoint over {saved.size} entries is not the one in its note"
    yield Finding(code="CHECKPOINT_DAMAGED", detail=detail, position=saved.size)


def _restored(saved: SavedCheckpoint, key: LogKey, notes: Sequence[str]) -> SavedCheckpoint | None:
    """Return a damaged row as it was signed: by its own note, or by the one kept outside."""
    for note in (saved.note, *notes):
        with suppress(BadNote):
            claimed = parse_checkpoint(note_text(note))
            if note == saved.note or claimed.size == saved.size:
                signed = open_checkpoint(note, key.public, key.verify)
                return SavedCheckpoint(signed.size, signed.root, note)
    return None


def _damaged_node(difference: NodeDifference) -> Finding:
    kept, due = difference
    node = kept or due or (0, 0, b"")
    how = "is missing" if kept is None else "is of no tree" if due is None else "is another"
    detail = f"node {node[1]} on level {node[0]} {how}"
    return Finding(code="TREE_DAMAGED", detail=detail)
