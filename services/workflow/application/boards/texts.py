"""What was published, and which rounds run under it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.workflow.application.boards.look import Sources
from services.workflow.application.editions import KINDS, Listed
from services.workflow.application.rulebook import Rules


@dataclass(frozen=True, kw_only=True, slots=True)
class EditionRow:
    """One edition, with the rounds of the one who looks that run under it."""

    listed: Listed
    rounds: tuple[Rules, ...]  # the newest first


def edition_rows(sources: Sources, readable: Iterable[Rules]) -> dict[str, tuple[EditionRow, ...]]:
    """Return every edition by kind, the newest first; *readable* are the rounds to be named."""
    rounds = tuple(readable)
    rows: dict[str, list[EditionRow]] = {kind: [] for kind in KINDS}
    for listed in sources.editions.listed(KINDS):
        under = tuple(_under(listed, rounds))
        rows[listed.edition.kind].append(EditionRow(listed=listed, rounds=under))
    return {kind: tuple(found) for kind, found in rows.items()}


def _under(listed: Listed, rounds: Iterable[Rules]) -> Iterator[Rules]:
    """Yield the rounds that pinned a text; a policy in force serves all of its scheme."""
    for rules in rounds:
        pinned = (rules.cycle.scheme_hash, rules.cycle.calendar_hash)
        serves = listed.in_force and listed.kept.scheme == rules.cycle.scheme
        if listed.edition.hash in pinned or serves:
            yield rules
