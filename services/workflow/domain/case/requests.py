"""What was asked for in a case and is not answered yet.

A request is a document that leaves a case where it is, and without which another trigger, that
leaves it there too, cannot answer: an extension that is asked for, and refused. A day that is set
grants it; a case that moves on has left it behind. Until then the case lies with who may answer,
too: on a desk that bears the name of the document, beside those of its state.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.workflow.domain.case.head import Case
from services.workflow.domain.language.model.guards import Taken
from services.workflow.domain.language.model.lives import Life
from services.workflow.domain.language.model.parties import Desk
from services.workflow.domain.language.model.triggers import Trigger


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A document that asks for something, by which triggers, in which states."""

    document: str
    by: frozenset[str]
    states: frozenset[str]
    settled_by: frozenset[str]
    desk: Desk  # of who answers it


def requests(life: Life) -> Iterator[Request]:
    """Yield what may be asked for in cases of a life."""
    stays = [one for one in life.triggers.values() if one.to is None]
    answers = [(one, guard) for one in stays for guard in one.guards if isinstance(guard, Taken)]
    for answer, guard in answers:
        asks = [one for one in stays if one is not answer and _files(one, guard.document)]
        desk = _answers_at(answer, guard.document)
        if asks and desk is not None:
            settles = (one for one in life.triggers.values() if one is answer or _settles(one))
            yield Request(
                document=guard.document,
                by=frozenset(one.name for one in asks),
                states=frozenset(state for one in asks for state in one.sources),
                settled_by=frozenset(one.name for one in settles),
                desk=desk,
            )


def unanswered(case: Case, life: Life) -> Request | None:
    """Return what was asked for in *case* last and nothing settled since; None: nothing."""
    return next((one for one in requests(life) if _waits(one, case)), None)


def waits_for_answer(document: str, case: Case, life: Life) -> bool:
    """Tell whether *document* asks for something in *case* that nothing settled since."""
    return any(one.document == document and _waits(one, case) for one in requests(life))


def lacks_what_comes_first(case: Case, trigger: Trigger, life: Life) -> bool:
    """Tell whether a document that *trigger* only goes on from, such as a request, is not there."""
    brought = {one.name for one in trigger.takes if one.what == "document"}
    needed = [one for one in trigger.guards if isinstance(one, Taken) and not one.where.conditions]
    return any(
        one.document not in case.documents
        or (one.unanswered and not waits_for_answer(one.document, case, life))
        for one in needed
        if one.document and one.document not in brought
    )


def waiting(case: Case, known: Iterable[Request]) -> Iterator[Request]:
    """Yield what of *known* was asked for in *case* and that nothing settled since."""
    return (one for one in known if _waits(one, case))


def on_several_desks(life: Life) -> tuple[str, ...]:
    """Return the states in which a case may lie on more than one desk."""
    asked = {state for one in requests(life) for state in one.states}
    return tuple(
        one.name for one in life.states.values() if len(one.desks) > 1 or one.name in asked
    )


def _waits(request: Request, case: Case) -> bool:
    steps = (name for name in [*case.fired][::-1] if name in request.by | request.settled_by)
    return case.is_open and case.state in request.states and next(steps, "") in request.by


def _answers_at(answer: Trigger, name: str) -> Desk | None:
    """Return the desk of who may fire *answer*: those named first, else those after them."""
    desk: Desk | None = None
    for grant in reversed([one for one in answer.by if not one.cause]):
        desk = Desk(party=grant.party, roles=grant.roles, name=name, otherwise=desk, at=grant.at)
    return desk


def _files(trigger: Trigger, document: str) -> bool:
    names = {take.name for take in trigger.takes if take.what == "document"}
    return bool(document) and document in names


def _settles(trigger: Trigger) -> bool:
    return trigger.to is not None or trigger.sets_what("deadline") is not None
