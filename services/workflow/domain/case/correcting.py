"""A correction: what it puts right has to stand, or it would be the first to say it."""

from collections.abc import Iterator

from services.workflow.domain.case.head import Case
from services.workflow.domain.case.within import Asked
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.triggers import Take, Trigger
from services.workflow.domain.refusals import Blocker

_MEMBER = {"component": "components", "grade": "grades"}


def never_given(trigger: Trigger, asked: Asked) -> Iterator[Blocker]:
    """Yield each figure and grade that *trigger* would correct, and that is not in force."""
    for take in trigger.corrects:
        if not _stands(take, asked.case):
            params = {"name": take.name, "label": _label(take, asked.world.scheme)}
            place = f"data.{_MEMBER[take.what]}.{take.name}"
            yield Blocker(code="nothing_to_correct", field=place, params=params)


def _stands(take: Take, case: Case) -> bool:
    if take.what == "grade":
        return take.name in case.grades
    return take.name in case.components or take.name in case.waived


def _label(take: Take, scheme: Scheme) -> str:
    known = scheme.gradings if take.what == "grade" else scheme.components
    return known[take.name].label
