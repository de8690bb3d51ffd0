"""A correction: what it puts right has to stand, or it would be the first to say it."""

from collections.abc import Iterator

from services.workflow.domain.case.acts import Asked
from services.workflow.domain.case.head import Case
from services.workflow.domain.data.kinds import DATA
from services.workflow.domain.language.model.triggers import Take, Trigger
from services.workflow.domain.refusals import Blocker


def never_given(trigger: Trigger, asked: Asked) -> Iterator[Blocker]:
    """Yield each figure and grade that *trigger* would correct, and that is not in force."""
    for take in trigger.corrects:
        if not _stands(take, asked.case):
            datum = DATA[take.what]
            label = datum.label(take, asked.world.scheme, asked.case.tier or "")
            place = f"data.{datum.member}.{take.name}"
            params = {"name": take.name, "label": label}
            yield Blocker(code="nothing_to_correct", field=place, params=params)


def _stands(take: Take, case: Case) -> bool:
    if take.what == "grade":
        return take.name in case.grades
    return take.name in case.components or take.name in case.waived
