"""The audit in the service's own house: all that can be held against each other, and the cures.

The offline verifier looks at bytes, order and signatures; here its findings come together with
those about the tree's rows, the texts, and the read model, which only the database has.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from schemas.checkpoint import open_checkpoint, parse_checkpoint, split_notes
from schemas.note import BadNote, note_text
from services.workflow.adapters import clock
from services.workflow.adapters.database import connect
from services.workflow.adapters.files.checkpoint_file import NAME
from services.workflow.application.auditing import Auditing
from services.workflow.application.gate import fits
from services.workflow.application.tree_audit import (
    Cured,
    compare_metadata,
    compare_pending,
    compare_tree,
    rebuild_tree,
)
from services.workflow.audit import Known, Summary, verify, verify_texts
from services.workflow.bootstrap.log import Parts
from services.workflow.console import uncollected
from services.workflow.settings import SettingsRefused

Found = dict[str, Any]  # a finding's members, those that say something


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What was looked at, and all that was found."""

    summary: Summary
    pending: int
    findings: list[Found]


@dataclass(frozen=True, kw_only=True, slots=True)
class Adopted:
    """Where the file of checkpoints begins anew; 0: nothing was signed yet, and it is empty."""

    size: int
    aside: Path | None  # where the file of before is now


def inspect(
    parts: Parts, outside: Sequence[str], key: str, known: Known, *, thorough: bool = False
) -> Report:
    """Hold log, tree, checkpoints, texts and read model against each other."""
    with uncollected():
        return _inspected(parts, outside, key, known, thorough=thorough)


def _inspected(
    parts: Parts, outside: Sequence[str], key: str, known: Known, *, thorough: bool
) -> Report:
    database = parts.database
    latest = database.sequencing.last_checkpoint()
    note = None if latest is None else latest.note
    entries = database.audit.entries()
    documents = {one.hash: one.body for one in database.audit.documents()}
    offline = verify(
        entries,
        note,
        outside,
        key,
        thorough=thorough,
        fits=fits,
        known=known,
        documents=documents,
        texts=partial(_texts, parts),
    )
    found, summary = list[Found](), None
    while summary is None:
        try:
            found.append(_said(next(offline)))
        except StopIteration as ended:
            summary = ended.value
    found += map(_said, compare_tree(database.audit, 0 if latest is None else latest.size))
    found += map(_said, compare_pending(database.audit))
    found += map(_said, compare_metadata(database.audit))
    found += map(_said, verify_texts(database.audit.texts()))
    found += map(_said, Auditing(store=database.audit, rulebook=parts.rulebook).compare())
    return Report(summary=summary, pending=database.reads.log_head().pending, findings=found)


def _texts(parts: Parts, hashes: Iterable[str]) -> dict[str, str]:
    """Return texts by their hashes; those that are not what they should be are told elsewhere."""
    found = parts.database.reads.texts([bytes.fromhex(one) for one in hashes])
    return {one.hex(): text.content.decode(errors="replace") for one, text in found.items()}


def kept_notes(parts: Parts) -> list[str]:
    """Return what the service itself keeps outside, oldest first."""
    folder = parts.settings.checkpoint_dir
    file = folder and folder / NAME
    return split_notes(file.read_text(errors="replace")) if file and file.exists() else []


def notes_in(text: str) -> list[str]:
    """Return the notes in a file of checkpoints that somebody gave us; empty if there is none."""
    notes = split_notes(text)
    for note in notes:
        with suppress(BadNote):
            parse_checkpoint(note_text(note))
            return notes
    return []


def rebuild(parts: Parts) -> tuple[int, Cured]:
    """Make anew what follows from the events: the tree's rows, then the read model.

    Returns how many events were applied, and what of the tree was cured.

    Raises:
        LogDamaged: the events themselves are not those that were signed; nothing was changed.
    """
    owner = connect(parts.settings.migration_database_url)
    try:
        owner.check_schema()
        cured = rebuild_tree(owner.audit, parts.key, kept_notes(parts))
    finally:
        owner.close()
    n = Auditing(store=parts.database.audit, rulebook=parts.rulebook).rebuild()
    return n, cured


def refold(parts: Parts) -> None:
    """Live all cases through again where their rows are spelled as an earlier release did.

    Once, after migrating: there is one spelling of rows, and one fold that leads to it.
    """
    store = parts.database.audit
    if store.is_of_before():
        Auditing(store=store, rulebook=parts.rulebook).rebuild()


def adopt(parts: Parts, others: Sequence[str], known: Known) -> Adopted | Report:
    """Let the file outside begin anew with the newest checkpoint, if all the log is whole.

    Everything in the file that this key signed, and every note of *others*, is held against the
    log first. Returns the report instead where anything was found; nothing was changed then.
    """
    if parts.outside is None:
        raise SettingsRefused(["SHUPING_CHECKPOINT_DIR: names where checkpoints are kept outside"])
    notes = [*_signed_here(parts), *others]
    report = inspect(parts, notes, str(parts.key.public), known, thorough=True)
    latest = parts.database.sequencing.last_checkpoint()
    if [one for one in report.findings if latest or one["code"] != "CHECKPOINT_MISSING"]:
        return report
    note = None if latest is None else latest.note
    aside = parts.outside.begin_anew(note, clock.system_now())
    return Adopted(size=0 if latest is None else latest.size, aside=aside)


def _signed_here(parts: Parts) -> Iterator[str]:
    key = parts.key
    for note in kept_notes(parts):
        with suppress(BadNote):
            open_checkpoint(note, key.public, key.verify)
            yield note


def _said(finding: Any) -> Found:
    return {name: value for name, value in asdict(finding).items() if value is not None}
