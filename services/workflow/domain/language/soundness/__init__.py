"""Whether a scheme is sound: what only the whole can tell, each fault noted once at its place.

First what names nothing or is nobody's; then what the whole would do. A kind of case in which a
name is wrong is not asked the second sort: what cannot be come to because a state is misspelled is
no fault of its own.
"""

from collections.abc import Iterable

from schemas.document import Path
from schemas.said import said
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.soundness.acts import check_acts
from services.workflow.domain.language.soundness.bulletins import check_bulletins
from services.workflow.domain.language.soundness.days import check_days
from services.workflow.domain.language.soundness.documents import check_documents
from services.workflow.domain.language.soundness.draws import check_draws
from services.workflow.domain.language.soundness.following import check_following
from services.workflow.domain.language.soundness.futile import check_futile
from services.workflow.domain.language.soundness.keeping import check_keeping
from services.workflow.domain.language.soundness.kinds import check_kinds
from services.workflow.domain.language.soundness.noting import Note
from services.workflow.domain.language.soundness.parties import check_parties
from services.workflow.domain.language.soundness.quotas import check_quotas
from services.workflow.domain.language.soundness.reach import check_reach
from services.workflow.domain.language.soundness.requests import check_requests
from services.workflow.domain.language.soundness.rosters import check_rosters
from services.workflow.domain.language.soundness.routes import check_routes
from services.workflow.domain.language.soundness.scores import check_scores
from services.workflow.domain.language.soundness.triggers import check_triggers
from services.workflow.domain.language.soundness.use import check_use
from services.workflow.domain.language.soundness.waiting import check_waiting
from services.workflow.domain.language.soundness.where import check_conditions

_NAMES = (
    check_kinds,
    check_parties,
    check_triggers,
    check_days,
    check_conditions,
    check_scores,
    check_draws,
    check_bulletins,
    check_quotas,
    check_routes,
    check_keeping,
    check_use,
    check_rosters,
    check_following,
    check_futile,
)


# Of all triggers from all their states in all tiers; a notice of four kinds has some hundreds. A
# small file may say many more, since every tier has all of its kind's.
MOST_MOVES = 20_000


def check(scheme: Scheme, note: Note, broken: Iterable[Path] = (), *, lifted: bool = False) -> None:
    """Note everything that is wrong with *scheme* as a whole.

    *broken* says where faults have been noted already. Format 1 let a holder have no act, so a
    *lifted* scheme may.
    """
    if _moves(scheme) > MOST_MOVES:
        note(
            ("cases",),
            said("over all tiers, at most {most_moves} moves are possible", most_moves=MOST_MOVES),
        )
        return
    places = tuple(broken)
    kinds = {_kind(path) for path in places} - {""}

    def note_name(path: Path, reason: str) -> None:
        kinds.add(_kind(path))
        note(path, reason)

    def note_way(path: Path, reason: str) -> None:
        if _kind(path) not in kinds:
            note(path, reason)

    for one in _NAMES:
        one(scheme, note_name)
    check_documents(scheme, note_name, {_document(path) for path in places})
    check_reach(scheme, note_way)
    if not lifted:
        check_acts(scheme, note_way)
    if not kinds - {""}:  # what is waited for may be in any of them
        check_waiting(scheme, note)


def check_new(scheme: Scheme, note: Note) -> None:
    """Note what a scheme is held to as it is published, and that one of a release before may lack.

    What was published once is read for good, and its cases go on.
    """
    check_requests(scheme, note)


def _moves(scheme: Scheme) -> int:
    triggers = (trigger for _, life in scheme.lives() for trigger in life.triggers.values())
    return sum(len(trigger.sources) for trigger in triggers)


def _document(path: Path) -> str:
    """Return the document that *path* is about; "" where it is about none."""
    return str(path[1]) if path[:1] == ("documents",) and len(path) > 1 else ""


def _kind(path: Path) -> str:
    """Return the kind of case that *path* is about; "" where it is about none."""
    return str(path[1]) if path[:1] == ("cases",) and len(path) > 1 else ""
