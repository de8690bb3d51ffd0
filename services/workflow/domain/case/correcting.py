"""A correction: what it puts right has to stand, or it would be the first to say it."""

from collections.abc import Iterator

from services.workflow.domain.case.acts import Asked
from services.workflow.domain.case.head import Case
from services.workflow.domain.data.kinds import DATA
from services.workflow.domain.language.model.triggers import Take, Trigger
from services.workflow.domain.refusals import Blocker


def never_given(trigger: Trigger, asked: Asked) -> Iterator[Blocker]:
    """Yield each figure and grade that *trigger* would correct, and that is not in force.

    Before any is brought: all of them, where none is in force.
    """
    brought = [take for take in trigger.corrects if _is_brought(take, asked)]
    if not brought and any(_stands(take, asked.case) for take in trigger.corrects):
        return
    for take in brought or trigger.corrects:
        if not _stands(take, asked.case):
            datum = DATA[take.what]
            label = datum.label(take, asked.world.scheme, asked.case.tier or "")
            place = f"data.{datum.member}.{take.name}"
            params = {"name": take.name, "label": label}
            yield Blocker(code="nothing_to_correct", field=place, params=params)


def _is_brought(take: Take, asked: Asked) -> bool:
    return asked.given(DATA[take.what].member, take.name) is not None


def _stands(take: Take, case: Case) -> bool:
    if take.what == "grade":
        return take.name in case.grades
    return take.name in case.components or take.name in case.waived
