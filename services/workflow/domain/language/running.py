"""What of a scheme is said and checked, and runs not yet: opening a round that needs it is refused.

A draw whose steps no triggers take is needed where nobody but it may fire its trigger; what can be
done by hand stays open.
"""

from collections.abc import Iterator

from schemas.document import Path, spell
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.soundness.draws import is_run
from services.workflow.domain.refusals import Blocker


def not_yet_run(scheme: Scheme) -> list[Path]:
    """Return the places of what a round of *scheme* would need and nothing runs yet."""
    return [*dict.fromkeys(_draws(scheme))]


def hindrances(scheme: Scheme) -> tuple[Blocker, ...]:
    """Return why no round of *scheme* may be opened yet; empty: one may."""
    return tuple(
        Blocker(code="not_yet_run", field="scheme", params={"path": spell(path)})
        for path in not_yet_run(scheme)
    )


def _draws(scheme: Scheme) -> Iterator[Path]:
    for draw in scheme.draws.values():
        if is_run(scheme, draw):
            continue
        fired = [life.triggers[draw.fires] for life in scheme.kinds[draw.kind].lives]
        if draw.sets_order or not all(any(not grant.cause for grant in one.by) for one in fired):
            yield draw.at
