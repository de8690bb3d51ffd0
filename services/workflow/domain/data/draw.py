"""The steps of a draw: what each brings, and what its event holds of it.

The number is text: nothing of it is trimmed or made an integer, since others lost digits that way.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from schemas.draw import NO_TIER, seed_of, take_of, tickets_of
from schemas.draw_number import format_of
from schemas.fields import Code, HexHash, Identifier, Instant, ListOf, ObjectOf, StrictSchema, Text
from schemas.limits import EFFECTS
from services.workflow.domain.case.head import Attested, Case, Drawing, Entered
from services.workflow.domain.case.pool import (
    eligible,
    exempt_of,
    frozen_beside,
    others,
    pool_of,
    result_of,
    units_of,
)
from services.workflow.domain.case.world import World, stages
from services.workflow.domain.data.datum import (
    Changes,
    Datum,
    Field,
    Filing,
    Given,
    Members,
    by_name,
    choice,
    nothing,
    titled,
)
from services.workflow.domain.data.texts import Words
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.scores import Draw
from services.workflow.domain.language.model.triggers import STEPS, DrawStep, Trigger
from services.workflow.domain.language.shapes import Key, OneOf

NUMBER = 200  # characters


def _shape(takes: Sequence[DrawStep], scheme: Scheme, _tier: str) -> Field:
    """Return `{<draw>: {…}}`, by the step."""
    entries = {}
    for take in takes:
        rule = scheme.draws[take.name]
        schema = StrictSchema.from_dict(dict(_SHAPES[take.step](rule)), name="DrawStep")
        entries[take.name] = titled(ObjectOf(schema, required=True), rule.label)
    return by_name("Draws", entries, takes)


def _reason(rule: Draw) -> Any:
    return choice(rule.reasons, required=True) if rule.reasons else Code(required=True)


def _freeze_shape(rule: Draw) -> Mapping[str, Any]:
    members: dict[str, Any] = {
        "number": choice(rule.numbers, required=True),
        "issue": Identifier(required=True),
        "drawn_at": Instant(required=True),
    }
    if rule.leave_out:
        left = {"unit": Identifier(required=True), "reason": _reason(rule)}
        inner = ObjectOf(StrictSchema.from_dict(left, name="LeftOut"))
        members["left_out"] = ListOf(inner, most=EFFECTS)
    return members


_SHAPES: Mapping[str, Callable[[Draw], Mapping[str, Any]]] = {
    "freeze": _freeze_shape,
    "attest": lambda _: {"checkpoint": HexHash(required=True)},
    "enter": lambda _: {"number": Text(most=NUMBER, required=True)},
    "exempt": lambda rule: {"unit": Identifier(required=True), "reason": _reason(rule)},
}


def _record(takes: Sequence[DrawStep], given: Given, filing: Filing) -> Members:
    """Return what the step leaves."""
    (take,) = takes
    rule, brought = filing.world.scheme.draws[take.name], given.get(take.name)
    return _RECORDS[take.step](rule, brought, filing) if brought else {}


def _freeze(rule: Draw, given: Given, filing: Filing) -> Members:
    case, world = filing.case, filing.world
    pool = pool_of(rule, case, world)
    exempt = exempt_of(rule, pool, given.get("left_out", ()), world)
    units = eligible(pool, exempt)
    source = next(one for one in rule.numbers if one.name == given["number"])
    terms: dict[str, Any] = {
        "rule": rule.name,
        "draw": case.number,
        "cycle": world.round.label,
        "tier": "+".join(sorted({one.tier for one in pool if one.tier})) or NO_TIER,
        "ratio": f"{rule.share[0]}/{rule.share[1]}",
        "eligible": len(units),
        "take": take_of(len(units), rule.share),
        "source": source.label,
        "issue": given["issue"],
        "drawn_at": given["drawn_at"].astimezone(world.scheme.zone).isoformat(timespec="seconds"),
        "format": format_of(source.groups),
        "log": world.draws.log,
        "roster": Words("\n".join((*units, ""))),
    }
    if exempt:
        terms["exempt"] = exempt
    before = frozen_beside(case, world)
    if before:
        terms["follows"] = before[-1].stream
    return {"terms": terms}


def _attest(_rule: Draw, given: Given, filing: Filing) -> Members:
    drawing, signed = filing.case.drawing, filing.world.draws.signed
    if drawing is None or drawing.size not in signed:
        return {}
    root = signed[drawing.size].root
    told = {"size": drawing.size, "root": root, "checkpoint": given["checkpoint"]}
    return {"attested": told}


def _enter(_rule: Draw, given: Given, filing: Filing) -> Members:
    drawing, number = filing.case.drawing, given["number"]
    told: dict[str, Any] = {"entered": Words(number)}
    if drawing is not None and agrees(number, drawing, filing):
        told["drawn"] = _drawn(number, drawing, filing)
    return told


def agrees(number: str, drawing: Drawing, filing: Filing) -> bool:
    """Tell whether another pair of eyes has entered the same *number*, and nothing else since."""
    latest = {one.person: one.commitment["sha256"] for one in drawing.entered}
    texts = filing.world.draws.texts
    seconds = others(latest, filing.person, filing.case, filing.world)
    return any(texts.get(latest[person]) == number for person in seconds)


def _drawn(number: str, drawing: Drawing, filing: Filing) -> Mapping[str, Any]:
    root = drawing.in_time[0].root
    seed = seed_of(drawing.statement, bytes.fromhex(root), number)
    tickets = tickets_of(seed, units_of(drawing, filing.world) or ())
    return {
        "number": number,
        "root": root,
        "statement": drawing.statement,
        "seed": seed,
        "tickets": [{"unit": one.unit, "ticket": one.ticket} for one in tickets],
    }


def _exempt(_rule: Draw, given: Given, filing: Filing) -> Members:
    drawing = filing.case.drawing
    told = {"unit": given["unit"], "reason": given["reason"]}
    if drawing is not None:
        drawn, reserves = result_of(drawing)
        if given["unit"] in drawn and reserves:
            told["promoted"] = reserves[0]
    return {"exemption": told}


_RECORDS: Mapping[str, Callable[[Draw, Given, Filing], Members]] = {
    "freeze": _freeze,
    "attest": _attest,
    "enter": _enter,
    "exempt": _exempt,
}


def planned_by(
    trigger: Trigger, given: Mapping[str, Any], case: Case, world: World
) -> dict[str, date]:
    """Return the day that a freeze plans for the state to which its number leads.

    Where the scheme plans that state: nobody can enter the number before it is drawn.
    """
    take = trigger.draws
    brought = {} if take is None else given.get("draw", {}).get(take.name, {})
    if take is None or take.step != "freeze" or "drawn_at" not in brought:
        return {}
    life, day = world.life(case), world.day(brought["drawn_at"])
    entering = [
        one
        for one in life.triggers.values()
        if one.draws is not None and (one.draws.name, one.draws.step) == (take.name, "enter")
    ]
    targets = {to for one in entering for at in one.sources for to in one.targets(at, stages(case))}
    planned = {name for name, state in life.states.items() if state.planned is not None}
    return dict.fromkeys(sorted(targets & planned), day)


# --- In a case ---


def _fold(case: Case, told: Given, actor: str | None) -> Changes:
    """Take what a draw has come to."""
    if "terms" in told:
        return {"drawing": Drawing(terms=told["terms"])}
    drawing = case.drawing
    for name, step in _FOLDS.items() if drawing is not None else ():
        if name in told:
            drawing = step(drawing, told[name], case, actor)
    return {"drawing": drawing}


def _attested(drawing: Drawing, told: Given, case: Case, actor: str | None) -> Drawing:
    signed = Attested(person=actor, recorded_at=case.recorded_at, root=told["root"])
    return replace(drawing, attested=(*drawing.attested, signed))


def _entered(drawing: Drawing, told: Given, _case: Case, actor: str | None) -> Drawing:
    return replace(drawing, entered=(*drawing.entered, Entered(person=actor, commitment=told)))


_FOLDS: Mapping[str, Callable[[Any, Given, Case, str | None], Drawing]] = {
    "sealed": lambda drawing, told, *_: replace(drawing, **told),
    "attested": _attested,
    "entered": _entered,
    "drawn": lambda drawing, told, *_: replace(
        drawing, order=tuple(one["unit"] for one in told["tickets"])
    ),
    "exemption": lambda drawing, told, *_: replace(drawing, out=(*drawing.out, told["unit"])),
}

DATUM = Datum(
    what="draw",
    member="draw",
    keys={"step": Key(OneOf("step", tuple(STEPS)))},
    made=DrawStep,
    known=lambda scheme: scheme.draws,
    label=lambda take, scheme, _tier: scheme.draws[take.name].label or take.name,
    phrase=lambda take: (f"draw_{take.step}", {}),
    shape=_shape,
    record=_record,
    fold=_fold,
    handed=nothing,
    carried=nothing,
)
