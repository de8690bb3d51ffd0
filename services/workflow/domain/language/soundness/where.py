"""Conditions name what the scheme has: its modes, flags, grades and tiers."""

from services.workflow.domain.language.model.lives import Exemption
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.where import (
    Condition,
    FlagSet,
    GradeIn,
    ModeIs,
    TierIn,
    Where,
)
from services.workflow.domain.language.soundness.noting import Note, note_unknown
from services.workflow.domain.language.walking import every


def check_conditions(scheme: Scheme, note: Note) -> None:
    """Note every condition that names what is not there, or what cannot be known yet."""
    for where in every(scheme, Where):
        for condition in where.conditions:
            _check_condition(scheme, condition, note)
    for exemption in every(scheme, Exemption):
        for condition in exemption.where.conditions:
            if isinstance(condition, ModeIs | FlagSet | GradeIn):
                note(condition.at, "an exemption is decided before there is a case with this")


def _check_condition(scheme: Scheme, condition: Condition, note: Note) -> None:
    match condition:
        case ModeIs(mode):
            note_unknown("mode", mode, [each.name for each in scheme.modes], condition.at, note)
        case FlagSet(flag):
            note_unknown("flag", flag, [each.name for each in scheme.flags], condition.at, note)
        case TierIn(tiers):
            known = {life.tier for _, life in scheme.lives() if life.tier}
            for tier in tiers:
                note_unknown("tier", tier, known, condition.at, note)
        case GradeIn(grading, grades):
            if note_unknown("grading", grading, scheme.gradings, condition.at, note):
                names = [each.name for each in scheme.gradings[grading].grades]
                for grade in grades:
                    note_unknown("grade", grade, names, condition.at, note)
