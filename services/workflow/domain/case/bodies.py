"""Whose decision it is: one that a known body has to take may name no other."""

from collections.abc import Iterator

from services.workflow.domain.case.within import Asked
from services.workflow.domain.data.decision import MEMBER, known_bodies, whose
from services.workflow.domain.data.kinds import taken
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.refusals import Blocker


def bodies_at_fault(trigger: Trigger, asked: Asked) -> Iterator[Blocker]:
    """Yield the decisions that name another body than the one whose they are to be."""
    given = asked.act.given.get(MEMBER)
    if not given:
        return
    takes = [one for one in taken(trigger, asked.case, asked.world) if one.what == "decision"]
    bodies = whose(given, known_bodies(takes, asked.case, asked.world))
    for index, (decision, body) in enumerate(zip(given, bodies, strict=True)):
        if body is not None and decision.get("body", body) != body:
            place = f"data.{MEMBER}[{index}].body"
            yield Blocker(code="other_body", field=place, params={"body": body})
