"""Draws: whom they are among, who runs them, and what their result fires."""

from collections.abc import Iterator

from schemas.draw_number import LEAST_BITS, bits_of, is_sound
from schemas.said import said
from services.workflow.domain.language.model.lives import Kind, Life
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.scores import Draw, Source
from services.workflow.domain.language.model.triggers import STEPS, DrawStep, Trigger
from services.workflow.domain.language.soundness.noting import Note, note_unknown

_MOVES = ("freeze", "enter")


def check_draws(scheme: Scheme, note: Note) -> None:
    """Note what is wrong with draws, and with the triggers that take their steps."""
    for draw in scheme.draws.values():
        _check_among(scheme, draw, note)
        _check_run(scheme, draw, note)
        for source in draw.numbers:
            _check_source(source, note)
    for kind in scheme.kinds.values():
        for trigger, take in _steps(kind):
            _check_step(scheme, kind, trigger, take, note)


def is_run(scheme: Scheme, draw: Draw) -> bool:
    """Tell whether triggers take every step of *draw*, so that nobody draws it by hand."""
    kind = scheme.kinds.get(draw.run_by)
    taken = {take.step for _, take in _steps(kind) if take.name == draw.name} if kind else set()
    return {*STEPS} - {"exempt"} <= taken


def _check_among(scheme: Scheme, draw: Draw, note: Note) -> None:
    among = (*draw.at, "among")
    if not note_unknown("kind of case", draw.kind, scheme.kinds, (*among, "case"), note):
        return
    kind = scheme.kinds[draw.kind]
    for tier in draw.tiers:
        tiers = {life.tier for life in kind.lives}
        note_unknown(said("tier of {kind}", kind=kind.name), tier, tiers, (*among, "tier"), note)
    for life in kind.lives:
        if not draw.tiers or life.tier in draw.tiers:
            _check_fired(draw, kind, life, note)


def _check_fired(draw: Draw, kind: Kind, life: Life, note: Note) -> None:
    at = (*draw.at, "fires")
    known = said("trigger of {kind}", kind=kind.name)
    if not note_unknown(known, draw.fires, life.triggers, at, note):
        return
    trigger = life.triggers[draw.fires]
    if not trigger.caused:
        note(at, said("{fires} is fired by people alone; its by has no cause", fires=draw.fires))
    if not draw.numbers:
        return
    mode = trigger.sets_what("mode")
    if (mode is not None and not mode.name) != (draw.modes is not None):
        note(at, said("modes are said where {fires} sets a mode, and only then", fires=draw.fires))
    if draw.sets_order != (trigger.sets_what("order") is not None):
        note(at, said("sets is said where {fires} sets the order, and only then", fires=draw.fires))


def _check_run(scheme: Scheme, draw: Draw, note: Note) -> None:
    if not note_unknown("kind of case", draw.run_by, scheme.kinds, (*draw.at, "run_by"), note):
        return
    if draw.modes is not None:
        modes = {one.name for one in scheme.modes}
        for key in ("drawn", "reserves"):
            note_unknown("mode", getattr(draw.modes, key), modes, (*draw.modes.at, key), note)
    if draw.numbers and not is_run(scheme, draw):
        steps = ", ".join(step for step in STEPS if step != "exempt")
        note(draw.at, said("no triggers take all of its steps: {steps}", steps=steps))
    origin = scheme.kinds[draw.run_by].origin
    if draw.numbers and origin.form != "one_for":
        note((*draw.at, "run_by"), "a draw is run by a kind that is one_for the body it is among")


def _check_source(source: Source, note: Note) -> None:
    if not all(map(is_sound, source.groups)):
        note(source.at, "there are no such figures")
    elif bits_of(source.groups) < LEAST_BITS:
        note(
            source.at,
            said("too few outcomes: at least {bits} bits, or two joined", bits=LEAST_BITS),
        )


def _steps(kind: Kind) -> Iterator[tuple[Trigger, DrawStep]]:
    for life in kind.lives:
        for trigger in life.triggers.values():
            if trigger.sources and trigger.draws is not None:
                yield trigger, trigger.draws


def _check_step(scheme: Scheme, kind: Kind, trigger: Trigger, take: DrawStep, note: Note) -> None:
    at = (*take.at, "draw")
    draw = scheme.draws.get(take.name)
    if draw is None:  # told where all that is taken is looked at
        return
    if draw.run_by != kind.name or not draw.numbers:
        note(
            at,
            said(
                "{draw} is not run by {kind}, or by no public number",
                draw=draw.name,
                kind=kind.name,
            ),
        )
    if (trigger.to is not None) != (take.step in _MOVES):
        note((*trigger.at, "to"), "a draw is moved by freeze and enter, and by no other step")
    if len(trigger.takes) > 1 or trigger.by_desk or trigger.corrects or trigger.replaces:
        note(trigger.at, "a step of a draw takes nothing else, and is no signature")
