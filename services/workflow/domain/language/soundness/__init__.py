"""Whether a scheme is sound: what only the whole can tell, each fault noted at its place."""

from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.soundness.documents import check_documents
from services.workflow.domain.language.soundness.following import check_following
from services.workflow.domain.language.soundness.noting import Note
from services.workflow.domain.language.soundness.routes import check_routes
from services.workflow.domain.language.soundness.scores import check_scores
from services.workflow.domain.language.soundness.use import check_use
from services.workflow.domain.language.soundness.where import check_conditions

_CHECKS = (
    check_conditions,
    check_documents,
    check_scores,
    check_routes,
    check_use,
    check_following,
)


def check(scheme: Scheme, note: Note) -> None:
    """Note everything that is wrong with *scheme* as a whole."""
    for one in _CHECKS:
        one(scheme, note)
