"""Whom a draw is among: the cases of its kind that are heard where it is run, and their units."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from schemas.draw import drawn_of, in_order, take_of
from services.workflow.domain.case.head import Case, Drawing
from services.workflow.domain.case.sights import Sight
from services.workflow.domain.case.where import matches
from services.workflow.domain.case.world import Place, World
from services.workflow.domain.language.model.scores import Draw

ALWAYS = "always"  # the reason of those that are taken without a ticket


def rule_of(drawing: Drawing, world: World) -> Draw:
    """Return the scheme's rule that a draw was frozen under."""
    return world.scheme.draws[drawing.terms["rule"]]


def heard(rule: Draw, case: Case, world: World) -> Iterator[Case]:
    """Yield the open cases that *case* draws among, whatever else they are."""
    party = world.kind(case).origin.of
    sight = Sight("sharing", kind=rule.kind, unit=case.unit, name=party)
    for one in world.heads.at(sight, case):
        if one.is_open and (not rule.tiers or one.tier in rule.tiers):
            yield one


def pool_of(rule: Draw, case: Case, world: World) -> list[Case]:
    """Return the cases that may be drawn, as they stand now, in the order of their units.

    Only those whose state its trigger leaves from: the result would mean nothing to the others.
    """
    found = (
        one
        for one in heard(rule, case, world)
        if _is_ahead(rule, one, world) and matches(rule.where, one, world.organisation)
    )
    return sorted(found, key=lambda one: one.unit)


def exempt_of(
    rule: Draw, pool: Iterable[Case], left_out: Sequence[Mapping[str, Any]], world: World
) -> list[dict[str, str]]:
    """Return the units without a ticket, each with the code of the reason."""
    told = {one["unit"]: one["reason"] for one in left_out}
    for one in pool:
        if any(matches(where, one, world.organisation) for where in rule.always):
            told.setdefault(one.unit, ALWAYS)
    return [{"unit": unit, "reason": told[unit]} for unit in in_order(told)]


def eligible(pool: Iterable[Case], exempt: Iterable[Mapping[str, str]]) -> tuple[str, ...]:
    """Return the units that get a ticket, as a statement lists them."""
    gone = {one["unit"] for one in exempt}
    return in_order(one.unit for one in pool if one.unit not in gone)


def would_hold(case: Case, world: World) -> Mapping[str, Any] | None:
    """Return whom the list of a draw would hold, were it frozen now and nobody left out.

    Of those that are heard there and not on it, why: its result would come too late for them, or
    the scheme draws among others. None: *case* will freeze no list.
    """
    rule = next((one for one in world.scheme.draws.values() if one.run_by == case.kind), None)
    if rule is None or not case.is_open:
        return None
    pool = pool_of(rule, case, world)
    exempt, there = exempt_of(rule, pool, (), world), {one.stream for one in pool}
    units = eligible(pool, exempt)
    others = {
        one.unit: "not_meant" if _is_ahead(rule, one, world) else "too_late"
        for one in heard(rule, case, world)
        if one.stream not in there
    }
    return {
        "ratio": f"{rule.share[0]}/{rule.share[1]}",
        "take": take_of(len(units), rule.share),
        "units": list(units),
        "exempt": exempt,
        "not_on_it": [{"unit": unit, "why": others[unit]} for unit in in_order(others)],
    }


def _is_ahead(rule: Draw, case: Case, world: World) -> bool:
    return case.state in world.life(case).triggers[rule.fires].sources


def frozen_beside(case: Case, world: World) -> list[Case]:
    """Return the other draws of the place that were frozen, void ones too, the latest last."""
    standing = world.heads.standing(Place(case.cycle, case.kind, case.unit), case)
    found = (one for one in standing if one.id != case.id and one.drawing is not None)
    return sorted(found, key=lambda one: (one.opened_at, one.id))


def here_and_above(case: Case, world: World) -> Iterator[Case]:
    """Yield the draws here and at units above, void ones and those not frozen yet, too.

    *case* is the first of them: where its scheme leads back, it may have named a number before.
    """
    yield case
    for unit in reversed(case.path):
        for one in world.heads.standing(Place(case.cycle, case.kind, unit), case):
            if one.id != case.id:
                yield one


def units_of(drawing: Drawing, world: World) -> tuple[str, ...] | None:
    """Return the units of a statement; None where they were erased."""
    text = world.draws.texts.get(drawing.terms["roster"]["sha256"])
    return None if text is None else tuple(text.splitlines())


def result_of(drawing: Drawing) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return who is drawn, and the reserves in their order: who was exempted since is neither."""
    left = [unit for unit in drawing.order if unit not in drawing.out]
    drawn = drawn_of(drawing.order, drawing.terms["take"], drawing.out)
    return drawn, tuple(left[len(drawn) :])


def taken_without_ticket(drawing: Drawing) -> tuple[str, ...]:
    """Return the units that the rule takes always."""
    exempt = drawing.terms.get("exempt", ())
    return tuple(one["unit"] for one in exempt if one["reason"] == ALWAYS)


def others(people: Iterable[str | None], person: str | None, case: Case, world: World) -> set[str]:
    """Return those of *people* who are another pair of eyes than *person*'s, in this case."""
    tied = tied_to(person or "", case, world)
    return {one for one in people if one is not None and one != person and one not in tied}


def tied_to(person: str, case: Case, world: World) -> frozenset[str]:
    """Return who is the same pair of eyes in this case: *person*'s deputies, and whose they are."""
    began = world.day(case.opened_at)
    until = max(world.day(world.now), began)
    return world.organisation.standing_in.tied(person, began, until)
