"""What of a scheme is said and checked, and runs not yet: opening a round that needs it is refused.

A poll is needed where its component cannot be taken by hand; a draw whose steps no triggers take,
where nobody but it may fire its trigger. What can be done without stays open to be done by hand.
"""

from collections.abc import Iterator

from schemas.document import Path, spell
from services.workflow.domain.language.model.lives import Life
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.soundness.draws import is_run
from services.workflow.domain.language.soundness.scores import covered_by
from services.workflow.domain.refusals import Blocker


def not_yet_run(scheme: Scheme) -> list[Path]:
    """Return the places of what a round of *scheme* would need and nothing runs yet."""
    return [*dict.fromkeys((*_turns(scheme), *_polls(scheme), *_draws(scheme), *_votes(scheme)))]


def hindrances(scheme: Scheme) -> tuple[Blocker, ...]:
    """Return why no round of *scheme* may be opened yet; empty: one may."""
    return tuple(
        Blocker(code="not_yet_run", field="scheme", params={"path": spell(path)})
        for path in not_yet_run(scheme)
    )


def _turns(scheme: Scheme) -> Iterator[Path]:
    """Yield the kinds with a turn of their own, which would open again within the round."""
    yield from ((*kind.at, "every") for kind in scheme.kinds.values() if kind.every)


def _polls(scheme: Scheme) -> Iterator[Path]:
    for component in scheme.components.values():
        for kind, life in scheme.lives():
            poll = scheme.polls.get(component.of_tier(life.tier).poll)
            if (
                poll
                and covered_by(scheme, poll) == kind.name
                and not _by_hand(life, component.name)
            ):
                yield poll.at


def _by_hand(life: Life, component: str) -> bool:
    return any(
        take.what == "component" and take.name == component and take.by_hand
        for trigger in life.triggers.values()
        for take in trigger.takes
    )


def _draws(scheme: Scheme) -> Iterator[Path]:
    for draw in scheme.draws.values():
        if is_run(scheme, draw):
            continue
        fired = [life.triggers[draw.fires] for life in scheme.kinds[draw.kind].lives]
        if draw.sets_order or not all(any(not grant.cause for grant in one.by) for one in fired):
            yield draw.at


def _votes(scheme: Scheme) -> Iterator[Path]:
    """Yield the grades that votes give: only a poll counts votes."""
    yield from (each.at for each in scheme.gradings.values() if each.by == "votes")
