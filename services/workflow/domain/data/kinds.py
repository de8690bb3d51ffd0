"""All kinds of datum, and what one trigger takes of them together."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import groupby
from typing import Any

from schemas.complaints import Complaint, Fault, load
from schemas.fields import Identifier, ObjectOf, SomeOf, StrictInt, StrictSchema
from schemas.said import both
from services.workflow.domain.case.acts import Asked
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.listing import Brought
from services.workflow.domain.case.verdicts import judged
from services.workflow.domain.case.where import matches
from services.workflow.domain.case.world import World
from services.workflow.domain.data import (
    bulletin,
    component,
    decision,
    document,
    draw,
    grade,
    number,
    presence,
    roster,
    setting,
    shorthand,
)
from services.workflow.domain.data.datum import (
    Datum,
    Field,
    Filing,
    Given,
    Schema,
    telling_inside,
    titled,
)
from services.workflow.domain.data.draw import planned_by
from services.workflow.domain.data.sound import sound
from services.workflow.domain.language.model.lives import Life
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.triggers import Setting, Take, Trigger
from services.workflow.domain.refusals import Blocker

DATA: dict[str, Datum] = {
    each.DATUM.what: each.DATUM
    for each in (
        document,
        component,
        grade,
        decision,
        roster,
        presence,
        number,
        draw,
        bulletin,
    )
}
GIVEN = "given"  # of an event and of a case: kinds that neither has a member of its own for
READ = "read"  # which version of each document was read by who passes it
SUBJECT = "person"  # who a case is about from now on, where it is not the new holder of the post


def taken(trigger: Trigger, case: Case, world: World) -> tuple[Take, ...]:
    """Return what *trigger* takes of *case*, what it corrects among it."""
    return tuple(_taken(trigger, case, world))


def _taken(trigger: Trigger, case: Case, world: World, what: str = "") -> Iterator[Take]:
    for take in (*trigger.takes, *trigger.corrects):
        if what in ("", take.what) and matches(take.where, case, world.organisation):
            yield take


def to_name(trigger: Trigger, case: Case, life: Life, scheme: Scheme) -> tuple[str, ...]:
    """Return the audited documents of which who passes them names the version that was read.

    Schemes of format 1 said for good what their triggers take, and there it is nothing.
    """
    if trigger.verdict != "pass" or shorthand.is_spoken_with(scheme):
        return ()
    return tuple(one for one in judged(case, life) if scheme.documents[one].audit_criteria)


def read(
    trigger: Trigger, case: Case, world: World, data: Mapping[str, Any]
) -> tuple[Given, tuple[Fault, ...]]:
    """Return the data of *trigger*, without what is faulty in them, and every fault in them.

    What stands beside it is there, so that whatever a rule says of that is told at the same time;
    not what proves something, of which data at fault are told nothing.
    """
    takes = taken(trigger, case, world)
    named = to_name(trigger, case, world.life(case), world.scheme) if trigger.verdict else ()
    if not data and not takes and not trigger.sets and not named:
        return {}, ()  # most triggers: a schema would cost more than the decision
    shape = schema(world.scheme, case.tier or "", trigger, takes, named)
    loaded, faults = load(shape, data)
    if not faults:
        return loaded, ()
    proofs = {DATA[take.what].member for take in takes if DATA[take.what].proves(take)}
    left = sound(shape, data, faults)
    given = {name: value for name, value in left.items() if name not in proofs}
    return given, tuple(replace(fault, field=f"data.{fault.field}") for fault in faults)


def at_fault(trigger: Trigger, asked: Asked) -> Iterator[Blocker]:
    """Yield what is wrong with the data of *trigger*, beside their shape."""
    yield from _read_another(asked)
    for datum in DATA.values():
        if datum.check is not None and asked.act.given.get(datum.member):
            # Looked at by those kinds alone that have to know.
            takes = _taken(trigger, asked.case, asked.world, datum.what)
            yield from datum.check(takes, asked)


def warned(trigger: Trigger, asked: Asked) -> Iterator[Blocker]:
    """Yield what stands in no way of the data of *trigger*, and who brings them should know."""
    for datum in DATA.values():
        if datum.warn is not None and asked.act.given.get(datum.member):
            yield from datum.warn(_taken(trigger, asked.case, asked.world, datum.what), asked)


def brought(trigger: Trigger, asked: Asked) -> dict[str, Brought]:
    """Return what the data of *trigger* do to rosters."""
    if not asked.act.given.get(roster.DATUM.member):
        return {}
    takes = _taken(trigger, asked.case, asked.world, roster.DATUM.what)
    return roster.foreseen(takes, asked)


def _read_another(asked: Asked) -> Iterator[Blocker]:
    """Yield the documents that were read in another version than the one that would be passed."""
    for name, version in asked.act.given.get(READ, {}).items():
        in_force = asked.case.documents[name].version
        if version != in_force:
            label = asked.world.scheme.documents[name].label
            params: dict[str, str | int] = {
                "document": name,
                "label": label,
                "read": version,
                "version": in_force,
            }
            yield Blocker(code="version_not_in_force", field=f"data.{READ}.{name}", params=params)


def record(trigger: Trigger, given: Given, filing: Filing) -> dict[str, Any]:
    """Return the members of the event that hold what was given, texts still to be committed."""
    members: dict[str, Any] = dict(setting.record(trigger.sets, given))
    for datum, takes in _by_kind(taken(trigger, filing.case, filing.world)):
        told = datum.record(takes, given.get(datum.member, {}), filing)
        if told and datum.fold is not None:
            members[datum.member] = told
        elif told:
            members.setdefault(GIVEN, {})[datum.what] = told
    if planned := planned_by(trigger, given, filing.case, filing.world):
        days = {state: day.isoformat() for state, day in planned.items()}
        sets = members.get(setting.MEMBER, {})
        members[setting.MEMBER] = {**sets, "planned": {**sets.get("planned", {}), **days}}
    return members


def schema(
    scheme: Scheme,
    tier: str,
    trigger: Trigger,
    takes: tuple[Take, ...],
    named: tuple[str, ...] = (),
) -> Schema:
    """Return the schema of a trigger's data where it takes *takes*, and passes what is *named*.

    Made once for each: making costs more than checking.
    """
    which = scheme.hash + scheme.spoken  # what is asked for is called by the scheme's words
    told = (which, tier, trigger.name, trigger.sets, trigger.replaces, takes, named)
    return _made(_Wanted(told, scheme, trigger))


@dataclass(slots=True, unsafe_hash=True)  # one for every command, and nobody changes it
class _Wanted:
    """What a schema is made of; *told* tells it from all others."""

    told: tuple[str, str, str, tuple[Setting, ...], bool, tuple[Take, ...], tuple[str, ...]]
    scheme: Scheme = field(compare=False)
    trigger: Trigger = field(compare=False)


@lru_cache(2_000)
def _made(wanted: _Wanted) -> Schema:
    scheme, trigger = wanted.scheme, wanted.trigger
    _, tier, *_, takes, named = wanted.told
    members = dict(setting.shape(trigger.sets, scheme))
    for datum, of in _by_kind(takes):
        members[datum.member] = datum.shape(of, scheme, tier)
    if named:
        members[READ] = _versions(scheme, named)
    if trigger.replaces:
        members[SUBJECT] = Identifier()
    made = SomeOf if trigger.corrects else StrictSchema
    return made.from_dict(members, name="TriggerData")()


def _versions(scheme: Scheme, names: tuple[str, ...]) -> Field:
    """Return the field of the version of each document that was read."""
    entries: dict[str, Field] = {}
    for name in names:
        label = scheme.documents[name].label
        entries[name] = field = titled(StrictInt(least=1, required=True), label)
        takes = both("which version of {document} was read", document=label)
        field.error_messages["required"] = [Complaint("required", *takes)]
    shape = StrictSchema.from_dict(dict(entries), name="Read")
    return telling_inside(ObjectOf(shape, required=True))


def _by_kind(takes: tuple[Take, ...]) -> list[tuple[Datum, list[Take]]]:
    ordered = sorted(takes, key=_what)
    return [(DATA[what], list(of)) for what, of in groupby(ordered, key=_what)]


def _what(take: Take) -> str:
    return take.what
