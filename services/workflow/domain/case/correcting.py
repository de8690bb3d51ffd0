"""A correction: what it puts right has to stand, or it would be the first to say it.

And it has to be theirs to put right: who corrects as the one who recorded a figure corrects that
figure, and no other. What a poll counted is not typed in again as it stands.
"""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from services.workflow.domain.authority.firing import Candidate
from services.workflow.domain.case.acting import who_does, why_not_fire
from services.workflow.domain.case.acts import Asked
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.parties import people_rule
from services.workflow.domain.case.seeing import extent_of
from services.workflow.domain.case.voices import voices
from services.workflow.domain.data.component import Polled
from services.workflow.domain.data.kinds import DATA
from services.workflow.domain.language.model.parties import Submitter
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


def of_others(trigger: Trigger, asked: Asked) -> Iterator[Blocker]:
    """Yield each figure brought that somebody else recorded, where that is what lets correct."""
    person, case, world = asked.act.person, asked.case, asked.world
    named = [one for one in trigger.corrects if one.what == "component" and _is_brought(one, asked)]
    rest = tuple(
        grant
        for grant in trigger.by
        if not isinstance(people_rule(case, grant.party, world), Submitter)
    )
    if asked.act.caused or person is None or not named or len(rest) == len(trigger.by):
        return
    candidate = Candidate(person, world.organisation, asked.day)
    if not why_not_fire(candidate, case, replace(trigger, by=rest), world):
        return
    speaking = [*voices(candidate, case, world)]
    people, unseen = {one.person for one in speaking}, extent_of(speaking, case, world).components
    words = world.organisation.vocabulary
    roles = [words.role_label(role) for grant in rest for role in grant.roles]
    for take in named:
        given = case.components.get(take.name)
        if given is not None and given.by not in people:
            label = DATA[take.what].label(take, world.scheme, case.tier or "")
            named_by = [given.by] if given.by and take.name not in unseen else []
            who = who_does(named_by, roles)
            params = {"component": take.name, "label": label, **who}
            yield Blocker(
                code="recorded_by_another", field=f"data.components.{take.name}", params=params
            )


def counted_already(trigger: Trigger, asked: Asked) -> Iterator[Blocker]:
    """Yield each figure by hand that says what a poll counted: it would be rounded twice."""
    for take in (*trigger.takes, *trigger.corrects):
        if take.what == "component" and says_what_was_counted(take.name, asked):
            label = DATA[take.what].label(take, asked.world.scheme, asked.case.tier or "")
            figure = f"{asked.case.components[take.name].figure:.2f}"
            params = {"component": take.name, "label": label, "figure": figure}
            yield Blocker(
                code="counted_already", field=f"data.components.{take.name}", params=params
            )


def says_what_was_counted(name: str, asked: Asked) -> bool:
    """Tell whether the figure brought under *name* is the one in force, and a poll's."""
    value, given = asked.given("components", name), asked.case.components.get(name)
    if value is None or given is None or not given.n_valid or isinstance(value, Polled | dict):
        return False
    return given.figure is not None and Decimal(value) == given.figure


def _is_brought(take: Take, asked: Asked) -> bool:
    return asked.given(DATA[take.what].member, take.name) is not None


def _stands(take: Take, case: Case) -> bool:
    if take.what == "grade":
        return take.name in case.grades
    return take.name in case.components or take.name in case.waived
