"""What was asked for in a case and is not answered yet.

A request is a document that leaves a case where it is, and without which another trigger, that
leaves it there too, cannot answer: an extension that is asked for, and refused. A day that is set
grants it; a case that moves on has left it behind.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from services.workflow.domain.case.head import Case
from services.workflow.domain.language.model.guards import Taken
from services.workflow.domain.language.model.lives import Life
from services.workflow.domain.language.model.triggers import Trigger


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A document that asks for something, by which triggers, in which states."""

    document: str
    by: frozenset[str]
    states: frozenset[str]
    settled_by: frozenset[str]


def requests(life: Life) -> Iterator[Request]:
    """Yield what may be asked for in cases of a life."""
    stays = [one for one in life.triggers.values() if one.to is None]
    answers = [(one, guard) for one in stays for guard in one.guards if isinstance(guard, Taken)]
    for answer, guard in answers:
        asks = [one for one in stays if one is not answer and _files(one, guard.document)]
        if asks:
            settles = (one for one in life.triggers.values() if one is answer or _settles(one))
            yield Request(
                document=guard.document,
                by=frozenset(one.name for one in asks),
                states=frozenset(state for one in asks for state in one.sources),
                settled_by=frozenset(one.name for one in settles),
            )


def unanswered(case: Case, life: Life) -> Request | None:
    """Return what was asked for in *case* last and nothing settled since; None: nothing."""
    return next((one for one in requests(life) if _waits(one, case)), None)


def waits_for_answer(document: str, case: Case, life: Life) -> bool:
    """Tell whether *document* asks for something in *case* that nothing settled since."""
    return any(one.document == document and _waits(one, case) for one in requests(life))


def _waits(request: Request, case: Case) -> bool:
    steps = (name for name in [*case.fired][::-1] if name in request.by | request.settled_by)
    return case.is_open and case.state in request.states and next(steps, "") in request.by


def _files(trigger: Trigger, document: str) -> bool:
    names = {take.name for take in trigger.takes if take.what == "document"}
    return bool(document) and document in names


def _settles(trigger: Trigger) -> bool:
    return trigger.to is not None or trigger.sets_what("deadline") is not None
