"""The offline verifier: is this log, to the bit, the one that was signed?

It needs the entries, the checkpoints and a public key; no database, no scheme, no trust in the
service. It streams: memory grows with the number of streams, not of events. What it cannot see is
whether the events follow from the rules: replay shows that.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import Any

import orjson

from schemas.facts import EVENTS
from schemas.merkle import Frontier
from schemas.note import BadKey
from schemas.registry import EventRegistry
from services.workflow.audit.claims import Claims
from services.workflow.audit.drawing import FACTS, MARK, DrawChecker, Texts
from services.workflow.audit.ed25519 import load_verifier
from services.workflow.audit.entries import Entry, EntryChecker, Fits
from services.workflow.audit.findings import Code, Finding, Summary
from services.workflow.audit.grading import GradeChecker
from services.workflow.audit.known import Known
from services.workflow.audit.tallying import MARKS as OF_TALLIES
from services.workflow.audit.tallying import Documents, TallyChecker


def verify(
    entries: Iterable[Entry],
    checkpoint_note: str | None,
    outside: Sequence[str],
    vkey: str,
    *,
    thorough: bool = False,
    registry: EventRegistry = EVENTS,
    fits: Fits | None = None,
    known: Known | None = None,
    documents: Documents | None = None,
    texts: Texts = lambda _: {},
) -> Generator[Finding, None, Summary]:
    """Yield everything that is not as it was recorded; return what was looked at.

    *entries* come in the order of their positions; *checkpoint_note* is the log's own latest,
    *outside* those kept elsewhere, oldest first. With *thorough*, each event is also held against
    its whole schema; *fits* does so too, in a quicker way that the caller has. Events that break
    theirs are no finding where *known* names them; what of it was not met is left in it. With
    *documents*, those kept beside the log, tallies are counted and grades worked out again; *texts*
    are others kept there: of them, numbers that were entered for a draw are compared as far as they
    are there.
    """
    known = Known() if known is None else known
    try:
        claims = Claims(checkpoint_note, outside, *load_verifier(vkey))
    except BadKey as error:
        yield Finding(code=Code.KEY_INVALID, detail=str(error))
        return Summary(size=0, root=Frontier().root(), n_streams=0, signed_size=0, n_outside=0)
    yield from claims.unreadable
    checker = EntryChecker(thorough=thorough, registry=registry, fits=fits, known=known)
    frontier, draws = Frontier(), DrawChecker(texts)
    checks = () if documents is None else _checks(documents)
    yield from claims.compare(0, frontier.root())
    for entry in entries:
        leaf, findings = checker.check(entry)
        if findings:
            yield from findings
        frontier.append(leaf)
        if MARK in entry[4]:
            yield from _drawn(draws, entry, frontier)
        for check, marks, code in checks:
            if any(mark in entry[4] for mark in marks):
                yield from _worked_out(check, code, entry)
        if frontier.size == claims.next_size:
            yield from claims.compare(frontier.size, frontier.root())
    yield from claims.remaining(frontier.size)
    if checkpoint_note is None and frontier.size:
        yield Finding(
            code=Code.CHECKPOINT_MISSING, detail=f"nothing signs the {frontier.size} entries"
        )
    return Summary(
        size=frontier.size,
        root=frontier.root(),
        n_streams=checker.n_streams,
        signed_size=claims.signed_size,
        n_outside=claims.n_outside,
        n_carried=checker.n_carried,
        n_known=len(known.met),
        n_erased=sum(bool(one.erased) for one in draws.draws.values()),
    )


def _drawn(draws: DrawChecker, entry: Entry, frontier: Frontier) -> Iterator[Finding]:
    """Decide a step of a draw again; one that cannot be read is a finding of the entries."""
    position, stream, version, _, body = entry
    with suppress(ValueError, TypeError, KeyError, AttributeError):
        event = orjson.loads(body)
        if event["type"] in FACTS:
            for detail in draws.check(position, event, frontier.root()):
                yield Finding(
                    code=Code.DRAW_DIFFERS,
                    detail=detail,
                    position=position,
                    stream=stream,
                    version=version,
                )


Check = Callable[[Any], Iterator[str]]  # yields what is wrong with an event


def _checks(documents: Documents) -> Sequence[tuple[Check, Sequence[bytes], Code]]:
    """Return what is worked out again from documents, of which events, and what else is found."""
    grades = GradeChecker(documents)
    return (
        (TallyChecker(documents).check, OF_TALLIES, Code.TALLY_DIFFERS),
        (grades.check, grades.marks, Code.GRADE_DIFFERS),
    )


def _worked_out(check: Check, code: Code, entry: Entry) -> Iterator[Finding]:
    """Work an event out again; one that cannot be read is a finding of the entries."""
    position, stream, version, _, body = entry
    with suppress(ValueError, TypeError, KeyError, AttributeError):
        for detail in check(orjson.loads(body)):
            yield Finding(
                code=code,
                detail=detail,
                position=position,
                stream=stream,
                version=version,
            )


def verify_texts(texts: Iterable[tuple[bytes, bytes, bytes]]) -> Iterator[Finding]:
    """Hold texts kept beside the log, as (commitment, salt, content), against their commitments.

    An erased text is no finding: it is not among *texts* any more.
    """
    for commitment, salt, content in texts:
        if sha256(salt + content).digest() != commitment:
            yield Finding(
                code=Code.COMMITMENT_MISMATCH,
                detail=f"the text kept for {commitment.hex()} is another one",
            )
