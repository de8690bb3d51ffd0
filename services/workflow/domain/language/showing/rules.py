"""Days, parties and conditions in words."""

from collections.abc import Iterable, Iterator

from services.workflow.domain.language.model.days import (
    Counted,
    DayRule,
    Due,
    Earliest,
    FieldDay,
    FixedDay,
    Latest,
    Planned,
)
from services.workflow.domain.language.model.parties import (
    BUILT_IN,
    Desk,
    Everybody,
    FieldPerson,
    Grant,
    Listed,
    NamedUnit,
    Nearest,
    OtherSubjects,
    OwnUnit,
    PartyRule,
    PeopleRule,
    Related,
    Subject,
    Submitter,
    Until,
)
from services.workflow.domain.language.model.where import (
    AttributeIs,
    AttributeWithin,
    Condition,
    FlagSet,
    GradeIn,
    ModeIs,
    TierIn,
    UnitKindIn,
    Where,
)
from services.workflow.domain.language.showing.naming import Here

_PARENT = "of."


def told_day(rule: DayRule, here: Here) -> str:
    """Say when *rule* falls."""
    say = here.say
    match rule:
        case FixedDay(day):
            return say("fixed_day", day=day)
        case FieldDay(column):
            return say("field_day", column=here.column(column))
        case Latest(rules) | Earliest(rules):
            which = "latest" if isinstance(rule, Latest) else "earliest"
            return say(which, rules=say.listed(told_day(one, here) for one in rules))
        case Counted():
            return _counted(rule, here)


def _counted(rule: Counted, here: Here) -> str:
    days = "working_days" if rule.working else "days"
    if rule.mark is None:
        return here.say(f"{days}_in", n=rule.n)
    mark = here.mark(rule.mark)
    if not rule.n and not rule.working:
        return here.say("at", mark=mark)
    return here.say(f"{days}_{rule.side}", n=rule.n, mark=mark)


def told_due(due: Due | None, here: Here) -> str:
    """Say a deadline; a dash where there is none."""
    if due is None:
        return here.say("dash")
    told = told_day(due.rule, here)
    if due.until_known is None:
        return told
    return here.say("until_known", rule=told, other=told_day(due.until_known, here))


def told_planned(planned: Planned, here: Here) -> str:
    """Say within which bounds a planned day is set."""
    bounds = {
        "planned_day": planned.day,
        "planned_from": planned.first,
        "planned_by": planned.last,
        "planned_not_before": planned.not_before,
    }
    told = [here.say(key, day=told_day(rule, here)) for key, rule in bounds.items() if rule]
    return here.say.listed(told) if told else here.say("planned")


def told_rule(rule: PartyRule, here: Here) -> str:
    """Say who a party is."""
    say = here.say
    match rule:
        case OwnUnit():
            return say("unit_itself")
        case NamedUnit(id_):
            return say("named_unit", id=id_)
        case Nearest(kind, above, child):
            which = "nearest_above" if above else "nearest"
            body = say(which, kind=here.unit_kind(kind))
            return say("child_of", body=body, child=here.unit_kind(child)) if child else body
    return _told_people(rule, here)


def _told_people(rule: PeopleRule, here: Here) -> str:
    say = here.say
    match rule:
        case Subject():
            return say("subject")
        case Submitter(of):
            name = here.component(of) if of in here.scheme.components else here.document(of)
            return say("submitter", of=name)
        case FieldPerson(column):
            return say("field_person", column=here.column(column))
        case Related(relation, party):
            told = told_party(party, here)
            return say("related", relation=here.relation(relation), party=told)
        case Everybody(party):
            return say("everybody", party=told_party(party, here))
        case OtherSubjects(under):
            return say("other_subjects", under=told_party(under, here))
        case Listed(roster):
            return say("listed_on", roster=here.roster(roster))


def told_party(name: str, here: Here) -> str:
    """Say who the party called *name* is."""
    if name.startswith(_PARENT):
        parent = here.scheme.kinds.get(here.kind.origin.parent)
        party = told_party(name.removeprefix(_PARENT), here.at(parent))
        return here.say("of_parent", party=party)
    if name in BUILT_IN:
        return here.say(name)
    rule = here.life.parties.get(name)
    return told_rule(rule, here) if rule else name


def told_grant(grant: Grant, here: Here) -> str:
    if grant.cause:
        return here.say("cause")
    return _in_roles(told_party(grant.party, here), grant.roles, here)


def told_grants(grants: Iterable[Grant], here: Here) -> str:
    return here.say.listed((told_grant(grant, here) for grant in grants), "semicolon")


def told_desks(desks: tuple[Desk, ...], until: Until, here: Here) -> str:
    """Say where a case lies; a dash where it does nowhere."""
    if not desks:
        return here.say("dash")
    told = here.say.listed((_desk(desk, here) for desk in desks), "semicolon")
    if len(desks) == 1:
        return told
    how = f"several_{until}" if isinstance(until, str) else "several_some"
    return here.say("brackets", what=told, more=here.say(how, n=until))


def _desk(desk: Desk, here: Here) -> str:
    told = _in_roles(told_party(desk.party, here), desk.roles, here)
    if desk.due is not None:
        told = here.say("brackets", what=told, more=told_due(desk.due, here))
    if desk.otherwise is None:
        return told
    return here.say("desk_else", desk=told, other=_desk(desk.otherwise, here))


def _in_roles(party: str, roles: tuple[str, ...], here: Here) -> str:
    return f"{party}{here.say('colon')}{here.roles(roles)}" if roles else party


def told_where(where: Where, here: Here) -> str:
    """Say which cases *where* names."""
    return here.say.listed(told for one in where.conditions for told in _condition(one, here))


def _condition(condition: Condition, here: Here) -> Iterator[str]:
    say = here.say
    match condition:
        case AttributeIs() | AttributeWithin():
            yield from _attribute(condition, here)
        case UnitKindIn(kinds):
            yield say("unit_kinds", kinds=here.unit_kinds(kinds))
        case TierIn(tiers):
            yield say("tiers", tiers=say.names(tiers))
        case ModeIs(mode):
            yield say("mode_is", mode=here.mode(mode))
        case FlagSet(flag):
            yield say("flag_set", flag=here.flag(flag))
        case GradeIn(grading, grades):
            told = here.grades(grading, grades)
            yield say("grade_in", grading=here.grading(grading), grades=told)


def _attribute(condition: AttributeIs | AttributeWithin, here: Here) -> Iterator[str]:
    name = here.attribute(condition.attribute)
    if isinstance(condition, AttributeIs):
        if isinstance(condition.value, bool):
            yield here.say(f"attribute_{str(condition.value).lower()}", attribute=name)
        else:
            yield here.say("attribute_is", attribute=name, value=condition.value)
        return
    if condition.least is not None:
        yield here.say("attribute_from", attribute=name, least=condition.least)
    if condition.below is not None:
        yield here.say("attribute_below", attribute=name, below=condition.below)


def only(what: str, where: Where, here: Here) -> str:
    """Return *what*, with the cases it is for where it is not for all."""
    if not where.conditions:
        return what
    return here.say("only_where", what=what, where=told_where(where, here))
