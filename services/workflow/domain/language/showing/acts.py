"""Triggers in words: what they need, take, set, forget, and where they lead."""

from collections.abc import Iterator

from services.workflow.domain.data.bulletin import Published, Range
from services.workflow.domain.data.kinds import DATA
from services.workflow.domain.language.model import guards
from services.workflow.domain.language.model.guards import Guard
from services.workflow.domain.language.model.triggers import (
    NextAudit,
    Route,
    Setting,
    Take,
    ToState,
    Trigger,
)
from services.workflow.domain.language.showing.contents import told_quota
from services.workflow.domain.language.showing.naming import Here
from services.workflow.domain.language.showing.rules import (
    only,
    told_day,
    told_grants,
    told_party,
    told_where,
)


def told_target(trigger: Trigger, here: Here) -> str:
    """Say where *trigger* leads."""
    say = here.say
    match trigger.to:
        case None:
            return say("to_same")
        case ToState(state):
            return here.state(state)
        case NextAudit(state):
            return say("to_next", state=here.state(state))
        case Route(grading, routes, otherwise):
            told = say.listed(
                say("route", grade=here.grades(grading, [grade]), state=here.state(state))
                for grade, state in routes.items()
            )
            other = here.state(otherwise)
            return say("to_route", grading=here.grading(grading), routes=told, other=other)


def told_by(trigger: Trigger, here: Here) -> str:
    """Say who may fire *trigger*."""
    return here.say("by_desk") if trigger.by_desk else told_grants(trigger.by, here)


def told_needs(trigger: Trigger, here: Here) -> str:
    """Say what must hold before *trigger* may fire."""
    told = list(_needs(trigger, here))
    return here.say.listed(told, "semicolon") if told else here.say("dash")


def told_effects(trigger: Trigger, here: Here) -> str:
    """Say what *trigger* takes with it, and what it brings about."""
    told = list(_effects(trigger, here))
    return here.say.listed(told, "semicolon") if told else here.say("dash")


def _needs(trigger: Trigger, here: Here) -> Iterator[str]:
    say = here.say
    if trigger.suspended != "refused":
        yield say("while_suspended" if trigger.suspended == "allowed" else "when_suspended")
    if trigger.four_eyes:
        yield say("four_eyes")
    for name in trigger.other_than:
        if name in here.life.triggers:
            yield say("other_than", trigger=here.trigger(name))
        else:
            yield say("not_by", party=told_party(name, here))
    if trigger.reason_required:
        yield say("reason_required")
    for guard in trigger.guards:
        told = _guard(guard, here)
        yield told if isinstance(guard, guards.Matches) else only(told, guard.where, here)


def _guard(guard: Guard, here: Here) -> str:
    match guard:
        case guards.Reached(link=link, state=state) | guards.AllReached(link=link, state=state):
            return _reached(guard, link, state, here)
        case guards.AllEnded(link=link, at_least=n):
            said = "all_ended" if n else "all_ended_if_any"
            return here.say(said, link=here.link(link), n=n)
        case guards.Taken(decision=party) if party:
            return here.say("decision_taken", party=told_party(party, here))
        case guards.Taken(document=document, component=component):
            name = here.document(document) if document else here.component(component)
            return here.say("taken_unanswered" if guard.unanswered else "taken", what=name)
        case guards.Complete(document=document) | guards.WithinLimit(document=document):
            which = "complete" if isinstance(guard, guards.Complete) else "within_limit"
            return here.say(which, document=here.document(document))
        case guards.DecisionsGiven(at_least=n):
            return here.say("decisions_given", n=n)
        case guards.NotBefore(day=day):
            return here.say("not_before", day=told_day(day, here))
        case guards.Matches(where=where):
            return here.say("matches", where=told_where(where, here))
    return _special(guard, here)


def _reached(guard: guards.Reached | guards.AllReached, link: str, state: str, here: Here) -> str:
    linked = here.scheme.kinds.get(here.kind.links[link].kind) if link in here.kind.links else None
    labels = (
        (life.states[state].label for life in linked.lives if state in life.states)
        if linked
        else iter(())
    )
    label = next(labels, state)
    if isinstance(guard, guards.Reached):
        said = "still_in" if guard.still else "reached"
        return here.say(said, link=here.link(link), state=label)
    said = "all_reached" if guard.at_least else "all_reached_if_any"
    return here.say(said, link=here.link(link), state=label, n=guard.at_least)


def _no_row(guard: guards.NoRow, here: Here) -> str:
    column = here.scheme.documents[guard.document].column(guard.column)
    options = getattr(column and column.type, "options", ())
    said = here.say.listed(one.label for one in options if one.name in guard.says)
    document = here.document(guard.document)
    return here.say("no_row", document=document, column=here.column(guard.column), said=said)


_PLAIN = {
    guards.InRange: "in_range",
    guards.NoVerdictYet: "no_verdict_yet",
    guards.DecisionsTaken: "decisions_taken",
    guards.DeadlineAhead: "deadline_ahead",
    guards.DeadlineDiffers: "deadline_differs",
}


def _special(guard: Guard, here: Here) -> str:
    match guard:
        case guards.CameBy(triggers=names):
            return here.say("came_by", triggers=here.say.listed(map(here.trigger, names)))
        case guards.NoRow():
            return _no_row(guard, here)
        case guards.TakesUp(document=document, column=column, link=link):
            told = {"document": here.document(document), "column": here.column(column)}
            return here.say("takes_up", **told, link=here.link(link))
        case guards.QuotaMet(quota=quota):
            return here.say("quota_met", quota=told_quota(here.scheme.quotas[quota], here))
        case guards.Quorum(number=number, roster=roster, share=(part, whole)):
            share = f"{part}/{whole}"
            if number:
                return here.say("quorum", number=number, roster=roster, share=share)
            return here.say("quorum_there", roster=here.roster(roster), share=share)
        case guards.Heard():
            return _heard(guard, here)
        case guards.NoOverlap(document=document, column=column, unit=party):
            return here.say(
                "no_overlap",
                document=here.document(document),
                column=here.column(column),
                at=told_party(party, here) if party else here.say("unit_itself"),
            )
    return here.say(_PLAIN[type(guard)])


def _heard(guard: guards.Heard, here: Here) -> str:
    link, roster = here.link(guard.link), here.roster(guard.roster)
    share = "/".join(map(str, guard.share))
    if guard.no_point is None:
        return here.say("heard", link=link, roster=roster, share=share)
    where = told_where(guard.no_point, here)
    return here.say("heard_by_points", link=link, roster=roster, share=share, where=where)


def _effects(trigger: Trigger, here: Here) -> Iterator[str]:
    say = here.say
    yield from (_take(take, here) for take in trigger.takes)
    yield from (_setting(setting, here) for setting in trigger.sets)
    if trigger.presents:
        yield say("presents", document=here.document(trigger.presents))
    if trigger.verdict:
        yield say(trigger.verdict)
    if trigger.forgets:
        yield say("forgets", what=say.listed(say(f"forget_{each}") for each in trigger.forgets))
    if trigger.replaces:
        yield say("replaces")
    if trigger.corrects:
        how = "corrects" if len(trigger.corrects) == 1 else "corrects_any"
        yield say(how, what=say.listed(_taken(take, here) for take in trigger.corrects))
    if trigger.waives:
        yield say("waives", what=say.listed(here.component(name) for name in trigger.waives))
    if trigger.records:
        yield say(f"records_{trigger.records}")
    yield from _elsewhere(trigger, here)


def _elsewhere(trigger: Trigger, here: Here) -> Iterator[str]:
    say = here.say
    for opens in trigger.opens:
        kind = here.case(opens.kind)
        party = told_party(opens.party, here) if opens.party else ""
        told = say("opens_for", kind=kind, party=party) if party else say("opens", kind=kind)
        yield _with(told, opens.given, here)
    for fires in trigger.fires:
        link = here.link(fires.link)
        if fires.which in ("any", "first", "last"):
            link = say(f"which_{fires.which}", link=link)
        told = say("fires", link=link, trigger=_fired(fires.link, fires.trigger, here))
        yield _with(told, fires.given, here)


def _with(told: str, given: tuple[str, ...], here: Here) -> str:
    """Say what goes along: what the trigger takes or sets, by the name the scheme has for it."""
    if not given:
        return told
    return here.say("brackets", what=told, more=here.say("goes_along", names=here.say.names(given)))


def _fired(link: str, trigger: str, here: Here) -> str:
    kind = here.scheme.kinds.get(here.kind.links[link].kind) if link in here.kind.links else None
    found = (
        (life.triggers[trigger].label for life in kind.lives if trigger in life.triggers)
        if kind
        else iter(())
    )
    return next(found, trigger)


def _take(take: Take, here: Here) -> str:
    say = here.say
    if DATA[take.what].of_party:
        of = told_party(take.name, here) if take.name else ""
        told = say(f"takes_{take.what}", of=of) if of else say(f"takes_any_{take.what}")
        if take.optional:
            told = say("brackets", what=told, more=say("optional"))
    else:
        told = say("takes_optional" if take.optional else "takes", what=_taken(take, here))
    return only(told, take.where, here)


def _taken(take: Take, here: Here) -> str:
    datum = DATA[take.what]
    label, (phrase, more) = datum.label(take, here.scheme, here.life.tier), datum.phrase(take)
    told = here.say(phrase, what=label, **more) if phrase else label
    return _published(take, told, here) if isinstance(take, Published) else told


def _published(take: Published, told: str, here: Here) -> str:
    """Say what a bulletin tells of, and to whom what of it."""
    say, lives = here.say, here.scheme.kinds[take.about].lives
    labels = {name: one.label for life in lives for name, one in life.states.items()}
    states = say.listed(labels.get(name, name) for name in take.states)
    about = [say("about_in", kind=here.case(take.about), states=states)]
    if take.progress:
        about.append(say("counts_of", kind=here.case(take.progress)))
    ranges = (_range(one, here) for one in take.ranges)
    return say("brackets", what=told, more=say.listed((*about, *ranges), "semicolon"))


def _range(to: Range, here: Here) -> str:
    say = here.say
    shown = say.listed(say(f"shows_{name}") for name in to.shows) if to.shows else say("shows_sums")
    return say("goes_to", to=to.label, readers=told_grants(to.readers, here), shown=shown)


def _setting(setting: Setting, here: Here) -> str:
    say, name = here.say, setting.name
    match setting.what:
        case "planned":
            return say("sets_planned", name=here.state(name))
        case "mode":
            return say("sets_this_mode", name=here.mode(name)) if name else say("sets_mode")
        case "flag":
            return say("sets_this_flag", name=here.flag(name)) if name else say("sets_flag")
    return say("sets_deadline_or_not" if setting.optional else f"sets_{setting.what}")
