"""What checkpoints claim about the log: at such a size it had such a root.

The one idea: a claim is compared when the tree, growing leaf by leaf, has just that size; so any
number of checkpoints cost one pass. A signature is checked where it decides something: of the
log's own checkpoint, of the newest kept outside, and of each one the log does not agree with. An
older note that agrees proves nothing new, signed or not.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from schemas.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from schemas.note import BadNote, VerifierKey, Verify, note_text
from services.workflow.audit.findings import Code, Finding


@dataclass(frozen=True, slots=True)
class _Claim:
    checkpoint: Checkpoint
    note: str
    is_outside: bool
    is_verified: bool


class Claims:
    """All checkpoints the log has to live up to, smallest first."""

    def __init__(
        self, note: str | None, outside: Sequence[str], key: VerifierKey, verify: Verify
    ) -> None:
        self._key, self._verify = key, verify
        self.unreadable: list[Finding] = []
        self.n_outside = 0
        self.signed_size = 0
        claims: list[_Claim] = []
        if note is not None:
            claims.extend(self._read(note, is_outside=False, verified=True))
        for i, kept in enumerate(outside):
            newest = i == len(outside) - 1
            claims.extend(self._read(kept, is_outside=True, verified=newest))
        # From the end, so that the next one due is popped off.
        self._due = sorted(claims, key=lambda claim: -claim.checkpoint.size)
        self.next_size = self._due[-1].checkpoint.size if self._due else -1

    def compare(self, size: int, root: bytes) -> Iterator[Finding]:
        """Hold the claims about *size* against the tree's *root* at that size."""
        while self._due and self._due[-1].checkpoint.size == size:
            claim = self._due.pop()
            self.n_outside += claim.is_outside
            if claim.checkpoint.root == root:
                if not claim.is_outside:
                    self.signed_size = size
                continue
            code = Code.OUTSIDE_DIFFERS if claim.is_outside else Code.ROOT_MISMATCH
            yield self._contradiction(
                claim, code, f"the first {size} entries are not those that were signed"
            )
        self.next_size = self._due[-1].checkpoint.size if self._due else -1

    def remaining(self, size: int) -> Iterator[Finding]:
        """Report the claims about more entries than the *size* there are."""
        for claim in reversed(self._due):
            code = Code.OUTSIDE_AHEAD if claim.is_outside else Code.CHECKPOINT_AHEAD
            signed = claim.checkpoint.size
            yield self._contradiction(
                claim, code, f"{signed} entries were signed, there are {size}"
            )

    def _contradiction(self, claim: _Claim, code: Code, detail: str) -> Finding:
        if not claim.is_verified:
            try:
                open_checkpoint(claim.note, self._key, self._verify)
            except BadNote as error:
                return Finding(code=Code.OUTSIDE_INVALID, detail=str(error))
        return Finding(code=code, detail=detail, position=claim.checkpoint.size)

    def _read(self, note: str, *, is_outside: bool, verified: bool) -> Iterator[_Claim]:
        try:
            if verified:
                checkpoint = open_checkpoint(note, self._key, self._verify)
            else:
                checkpoint = parse_checkpoint(note_text(note))
        except BadNote as error:
            code = Code.OUTSIDE_INVALID if is_outside else Code.SIGNATURE_INVALID
            self.unreadable.append(Finding(code=code, detail=str(error)))
        else:
            yield _Claim(checkpoint, note, is_outside, verified)
