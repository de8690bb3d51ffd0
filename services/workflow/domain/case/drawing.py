"""Drawing in the open: what stands in the way of each step, and whom the result is told to.

The order of two inputs is everything. Whoever could still add to the log once the number is known
would choose the root, and so who is drawn: no number is taken before two people have signed the
checkpoint that fixes the root, and neither signature counts unless it was recorded before the draw.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from schemas.draw import ENOUGH
from schemas.draw_number import fits, read_format
from schemas.instants import instant
from services.workflow.domain.case.acts import Asked, Recorded
from services.workflow.domain.case.head import Case, Drawing
from services.workflow.domain.case.pool import (
    eligible,
    exempt_of,
    frozen_beside,
    heard,
    here_and_above,
    others,
    pool_of,
    result_of,
    rule_of,
    taken_without_ticket,
    units_of,
)
from services.workflow.domain.case.world import World
from services.workflow.domain.language.model.scores import Draw
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.refusals import Blocker

MOST = 500  # units: each is told of the result in the same transaction
_OF_TICKET, _OF_EXEMPTION = 100, 30  # octets that one takes beside its unit, and its reason
_LISTED = 50_000  # octets of an event: the freeze lists the exempt, the result all tickets


def steps_at_fault(trigger: Trigger, asked: Asked) -> Iterator[Blocker]:
    """Yield why the step of a draw that is asked cannot be taken, beside the shape of its data."""
    take = trigger.draws
    if take is None:
        return
    if asked.act.person is None:
        yield Blocker(code="person_required")
    yield from _STEPS[take.step](asked.world.scheme.draws[take.name], asked)


def _freeze(rule: Draw, asked: Asked) -> Iterator[Blocker]:
    case, world, given = asked.case, asked.world, _given(rule, asked)
    if not world.draws.log:
        yield Blocker(code="log_not_signed")
    pool = pool_of(rule, case, world)
    for one in pool:
        asked.looks.at(one)
    if "drawn_at" in given and given["drawn_at"] <= world.now:
        yield Blocker(code="drawn_already", field=_field(rule, "drawn_at"))
    elif "drawn_at" in given and not world.knows(day := world.day(given["drawn_at"])):
        params = {"day": day.isoformat()}
        yield Blocker(code="outside_calendar", field=_field(rule, "drawn_at"), params=params)
    yield from _told_otherwise(rule, asked, given)
    yield from _units(rule, pool, given.get("left_out", ()))
    exempt = exempt_of(rule, pool, given.get("left_out", ()), world)
    units = eligible(pool, exempt)
    if not units:
        yield Blocker(code="nobody_to_draw")
    if len(pool) > MOST or _listed(units, exempt) > _LISTED:
        yield Blocker(code="too_many_to_draw", params={"n": len(pool)})
    before = (one.drawing for one in frozen_beside(case, world))
    if not asked.act.reason and any(one is not None and one.order for one in before):
        yield Blocker(code="drawn_before", field="reason")


def _told_otherwise(rule: Draw, asked: Asked, given: Mapping[str, Any]) -> Iterator[Blocker]:
    """Yield that a draw here, or above, told another time of the same issue.

    Its number may be known since. Whoever froze a void draw again under the issue that made it void
    would choose among rosters and roots, with the number in hand.
    """
    source = next((one.label for one in rule.numbers if one.name == given.get("number")), None)
    if source is None or not {"issue", "drawn_at"} <= given.keys():
        return
    for one in here_and_above(asked.case, asked.world):
        if one.id != asked.case.id:
            asked.looks.by_version(one)  # it may be frozen just now
        if one.drawing is None:
            continue
        said = (one.drawing.terms["source"], one.drawing.terms["issue"])
        if said == (source, given["issue"]) and one.drawing.drawn_at != given["drawn_at"]:
            told = {"source": source, "issue": given["issue"], "at": instant(one.drawing.drawn_at)}
            params = {"draw": one.number} | told
            yield Blocker(code="issue_told_before", field=_field(rule, "issue"), params=params)
            return


def _listed(units: Iterable[str], exempt: Iterable[Mapping[str, str]]) -> int:
    """Return how many octets the longer of the two lists takes."""
    tickets = sum(len(unit) + _OF_TICKET for unit in units)
    exemptions = sum(len(one["unit"]) + len(one["reason"]) + _OF_EXEMPTION for one in exempt)
    return max(tickets, exemptions)


def _units(rule: Draw, pool: list[Case], left_out: Any) -> Iterator[Blocker]:
    counted = Counter(one.unit for one in pool)
    for unit, n in counted.items():
        if n > 1:
            yield Blocker(code="unit_twice", params={"unit": unit})
    seen = set[str]()
    for index, one in enumerate(left_out):
        if one["unit"] not in counted or one["unit"] in seen:
            field = _field(rule, f"left_out[{index}].unit")
            yield Blocker(code="not_among_drawn", field=field, params={"unit": one["unit"]})
        seen.add(one["unit"])


def _attest(rule: Draw, asked: Asked) -> Iterator[Blocker]:
    drawing = asked.case.drawing
    if drawing is None or not drawing.size:
        yield Blocker(code="draw_not_sealed")
        return
    if asked.world.now >= drawing.drawn_at:
        yield _void(drawing)
    signed = asked.world.draws.signed.get(drawing.size)
    if signed is None:
        yield Blocker(code="size_not_signed", params={"size": drawing.size})
    elif _given(rule, asked).get("checkpoint") not in (None, signed.checkpoint):
        yield Blocker(code="another_checkpoint", field=_field(rule, "checkpoint"))
    before = {one.person for one in drawing.attested}
    if len(others(before, asked.act.person, asked.case, asked.world)) < len(before):
        yield Blocker(code="attested_already")


def _enter(rule: Draw, asked: Asked) -> Iterator[Blocker]:
    drawing, now = asked.case.drawing, asked.world.now
    if drawing is None or not drawing.size:
        yield Blocker(code="draw_not_sealed")
        return
    if len(drawing.in_time) < ENOUGH:
        early = Blocker(code="root_not_attested", params={"n": len(drawing.in_time)})
        yield early if now < drawing.drawn_at else _void(drawing)
    if now < drawing.drawn_at:
        yield Blocker(code="number_too_early", params={"at": instant(drawing.drawn_at)})
    if units_of(drawing, asked.world) is None:
        yield Blocker(code="roster_erased")
    number = _given(rule, asked).get("number")
    stated = drawing.terms["format"]
    if number is not None and not fits(read_format(stated), number):
        field = _field(rule, "number")
        yield Blocker(code="number_not_as_stated", field=field, params={"format": stated})


def _exempt(rule: Draw, asked: Asked) -> Iterator[Blocker]:
    drawing = asked.case.drawing
    if drawing is None or not drawing.size:
        yield Blocker(code="draw_not_sealed")
        return
    if not asked.act.reason:
        yield Blocker(code="reason_required", field="reason")
    unit = _given(rule, asked).get("unit")
    known = drawing.order or units_of(drawing, asked.world) or ()
    if unit is not None and (unit not in known or unit in drawing.out):
        yield Blocker(code="not_among_drawn", field=_field(rule, "unit"), params={"unit": unit})
    elif unit is not None and not {*known} - {*drawing.out, unit}:
        yield Blocker(code="last_to_draw", field=_field(rule, "unit"), params={"unit": unit})


def _void(drawing: Drawing) -> Blocker:
    return Blocker(code="draw_void", params={"at": instant(drawing.drawn_at)})


def _given(rule: Draw, asked: Asked) -> Mapping[str, Any]:
    given: Mapping[str, Any] = asked.act.given.get("draw", {}).get(rule.name, {})
    return given


def _field(rule: Draw, name: str) -> str:
    return f"data.draw.{rule.name}.{name}"


_STEPS = {"freeze": _freeze, "attest": _attest, "enter": _enter, "exempt": _exempt}


# --- Whom the result is told to ---


class Told(NamedTuple):
    """A trigger of a case that was drawn, or is a reserve, with what it brings."""

    case: Case
    trigger: str
    given: Mapping[str, Any]


def told_of(event: Recorded, world: World) -> Iterator[Told]:
    """Yield what the result of a draw, or an exemption after it, fires."""
    case, before = event.after, event.before
    if case.drawing is None or not case.drawing.order or before is None:
        return
    if event.fact == "draw_completed":
        changed = (*taken_without_ticket(case.drawing), *case.drawing.order)
    elif event.fact == "draw_exempted" and before.drawing is not None:
        was, now = set(result_of(before.drawing)[0]), set(result_of(case.drawing)[0])
        changed = tuple(unit for unit in case.drawing.order if unit in was ^ now)
    else:
        return
    yield from _told(changed, case, case.drawing, world)


def _told(units: tuple[str, ...], case: Case, drawing: Drawing, world: World) -> Iterator[Told]:
    rule = rule_of(drawing, world)
    drawn, reserves = result_of(drawing)
    ranks = {unit: rank for rank, unit in enumerate((*drawn, *reserves), 1)}
    ahead = {*drawn, *taken_without_ticket(drawing)}
    at = {one.unit: one for one in heard(rule, case, world)}
    for unit in units:
        if unit not in at:
            continue
        given: dict[str, Any] = {}
        if rule.modes is not None:
            given["mode"] = rule.modes.drawn if unit in ahead else rule.modes.reserves
        if rule.sets_order and unit in ranks:
            given["order"] = ranks[unit]
        if given or unit in ahead:
            yield Told(at[unit], rule.fires, given)
