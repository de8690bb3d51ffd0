"""A scheme as statements, each at a place of its own: what tables show and comparisons compare."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from schemas.vocabulary import Vocabulary
from services.workflow.domain.language.model.lives import Link, State
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.outliving import Outlives, outliving
from services.workflow.domain.language.showing.acts import (
    told_by,
    told_effects,
    told_needs,
    told_target,
)
from services.workflow.domain.language.showing.contents import (
    told_cap,
    told_carry,
    told_component,
    told_consequence,
    told_document,
    told_draw,
    told_grading,
    told_poll,
    told_quota,
    told_roster,
)
from services.workflow.domain.language.showing.naming import Here
from services.workflow.domain.language.showing.phrases import Phrases
from services.workflow.domain.language.showing.rules import (
    only,
    told_desks,
    told_due,
    told_grants,
    told_party,
    told_planned,
    told_rule,
)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """What a statement is about: of which kind and tier, of what sort, by which name."""

    kind: str  # "": of the scheme as a whole
    tier: str
    sort: str
    name: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing a scheme says."""

    place: Place
    label: str  # what the thing is called
    told: str
    whom: str = ""  # whose cases it is about, in words; "": everybody's


def statements(scheme: Scheme, say: Phrases, vocabulary: Vocabulary) -> Iterator[Statement]:
    """Yield all that *scheme* says, in the order in which it is shown."""
    yield from _of_whole(scheme, say, vocabulary)
    for kind in scheme.kinds.values():
        for life in kind.lives:
            here = Here(scheme, kind, life, say, vocabulary)
            whom = whose(here)
            for sort, name, label, told in _of_life(here):
                yield Statement(Place(kind.name, life.tier, sort, name), label, told, whom)


def whose(here: Here) -> str:
    """Say whose cases a life is of: kind, tier, kinds of units."""
    kind, life, say = here.kind, here.life, here.say
    if not life.tier:
        return kind.label
    kinds = here.unit_kinds(life.unit_kinds)
    return f"{kind.label} {say('title_tier', label=life.label, tier=life.tier, kinds=kinds)}"


def told_origin(here: Here) -> str:
    """Say where cases of a kind come from, and whom they are about."""
    say, kind = here.say, here.kind
    told = [_form(here)]
    if kind.every:
        told.append(say(f"every_{kind.every}"))
    if kind.person:
        told.append(say("about", roles=here.roles(kind.person)))
    if kind.exempt:
        rules = (only(rule.label, rule.where, here) for rule in kind.exempt)
        told.append(say("exempt", rules=say.listed(rules)))
    if kind.opened_by:
        told.append(say("opened_by", who=told_grants(kind.opened_by, here)))
    for made in kind.made_from:
        parent = here.scheme.kinds.get(kind.origin.parent, kind)
        there = here.at(parent)
        document = here.document(made.document)
        told.append(say("made_from", document=document, trigger=there.trigger(made.by)))
    if kind.seen_by:
        told.append(say("seen_by", who=told_grants(kind.seen_by, here)))
    for document, readers in kind.shows.items():
        who = told_grants(readers, here)
        told.append(say("shows", document=here.document(document), who=who))
    return say.listed(told, "semicolon")


def _form(here: Here) -> str:
    origin, say = here.kind.origin, here.say
    if origin.form == "each":
        return say(f"each_{origin.of}")
    if origin.form == "one_for":
        party = _party_of_any(origin.of, here)
        if origin.until:
            return say("one_for_until", party=party, state=here.state(origin.until))
        return say("one_for", party=party)
    if origin.form == "many_for":
        return say("many_for", kind=here.case(origin.of)) if origin.parent else say("many_for_unit")
    return say("on_request")


def _party_of_any(name: str, here: Here) -> str:
    """Say who a party is for the kinds that link here: it is found from their anchors."""
    rule = here.scheme.parties.units.get(name)
    return told_rule(rule, here) if rule else told_party(name, here)


Row = tuple[str, str, str, str]  # sort, name, label, told


def _left_to(told: str, state: State, here: Here) -> str:
    if not state.seen_by:
        return told
    seen = here.say("seen_by", who=told_grants(state.seen_by, here))
    return here.say.listed([told, seen], "semicolon")


def _end(state: State, here: Here, found: Iterable[Outlives]) -> str:
    told = here.say(f"end_{state.final}")
    here_to = (one for one in found if one.state == state.name)
    ways = dict.fromkeys((one.trigger.label, one.child.label) for one in here_to)
    return here.say.listed(
        [told, *(here.say("outlives", trigger=trigger, kind=kind) for trigger, kind in ways)]
    )


def _of_life(here: Here) -> Iterator[Row]:
    kind, life, say = here.kind, here.life, here.say
    yield "kind", kind.name, kind.label, told_origin(here)
    left = [*outliving(here.scheme, kind, life)]
    for state in life.states.values():
        yield "state", state.name, state.label, state.label
        if state.final:
            yield "end", state.name, state.label, _end(state, here, left)
        else:
            desks = told_desks(state.desks, state.until, here)
            yield "desk", state.name, state.label, _left_to(desks, state, here)
            yield "due", state.name, state.label, _due(here, state.name)
    for unit_kind, audits in life.audits.items():
        told = say.listed(f"{here.state(one.stage)} {told_rule(one.body, here)}" for one in audits)
        yield "audits", unit_kind, here.unit_kind(unit_kind), told
    for trigger in life.triggers.values():
        if trigger.sources:
            name, label = trigger.name, trigger.label
            yield "trigger", name, label, label
            sources = say.listed(here.state(source) for source in trigger.sources)
            yield "way", name, label, f"{sources} → {told_target(trigger, here)}"
            yield "by", name, label, told_by(trigger, here)
            yield "takes", name, label, told_effects(trigger, here)
            yield "guards", name, label, told_needs(trigger, here)
    for link in kind.links.values():
        yield "link", link.name, f"`{link.name}`", told_link(link, here)


def _due(here: Here, name: str) -> str:
    state = here.life.states[name]
    told = told_due(state.due, here)
    more = [told_planned(state.planned, here)] if state.planned is not None else []
    if state.waits:
        more.append(here.say("waits", marks=here.say.listed(map(here.mark, state.waits))))
    if state.asks_nothing:
        more.append(here.say("asks_nothing"))
    return here.say("brackets", what=told, more=here.say.listed(more)) if more else told


def told_link(link: Link, here: Here) -> str:
    """Say to which cases *link* leads."""
    kind = here.case(link.kind)
    party = told_party(link.party, here) if link.party else ""
    return here.say(f"link_{link.form}", kind=kind, party=party, back=link.back)


def _of_whole(scheme: Scheme, say: Phrases, vocabulary: Vocabulary) -> Iterator[Statement]:
    kind = next(iter(scheme.kinds.values()))
    here = Here(scheme, kind, kind.lives[0], say, vocabulary)
    for sort, name, label, told in _rows_of_whole(here):
        yield Statement(Place("", "", sort, name), label, told)


def _rows_of_whole(here: Here) -> Iterator[Row]:
    scheme, say = here.scheme, here.say
    yield "round", "", "", told_round(scheme, say)
    yield "openers", "", "", told_grants(scheme.opened_by, here)
    if scheme.closed_by:
        yield "closers", "", "", told_grants(scheme.closed_by, here)
    days = say("head_days", days=scheme.max_backdating, least=scheme.least_notice)
    yield "days", "", "", days
    if scheme.clients:
        yield "clients", "", "", say("clients", triggers=say.names(sorted(scheme.clients)))
    if scheme.follows:
        told = [say("follows", scheme=scheme.follows.scheme)]
        told += [told_carry(one, here) for one in scheme.follows.carries]
        yield "following", "", scheme.follows.scheme, say.listed(told, "semicolon")
    yield from (("word", name, name, word) for name, word in scheme.words.items())
    yield from _rows_of_words(here)
    yield from _rows_of_scores(here)


def _rows_of_words(here: Here) -> Iterator[Row]:
    scheme = here.scheme
    for mode in scheme.modes:
        yield "mode", mode.name, f"`{mode.name}`", mode.label
    for flag in scheme.flags:
        yield "flag", flag.name, f"`{flag.name}`", flag.label
    for name, rule in {**scheme.parties.units, **scheme.parties.people}.items():
        yield "party", name, f"`{name}`", told_rule(rule, here)
    for document in scheme.documents.values():
        yield "document", document.name, document.label, told_document(document, here)


def _rows_of_scores(here: Here) -> Iterator[Row]:
    scheme = here.scheme
    for component in scheme.components.values():
        label = _by_clause(component.label, component.clause)
        yield "component", component.name, label, told_component(component, here)
    for grading in scheme.gradings.values():
        label = _by_clause(grading.label or grading.name, grading.clause)
        yield "grading", grading.name, label, told_grading(grading, here)
    for poll in scheme.polls.values():
        yield "poll", poll.name, poll.label or poll.name, told_poll(poll, here)
    for roster in scheme.rosters.values():
        yield "roster", roster.name, roster.label, told_roster(roster, here)
    for draw in scheme.draws.values():
        yield "drawing", draw.name, draw.label or draw.name, told_draw(draw, here)
    for index, consequence in enumerate(scheme.consequences):
        named = consequence.bars or consequence.proposes
        name = named.name if named else consequence.opens
        told = told_consequence(consequence, here)
        yield "consequence", f"{name}.{index}", consequence.clause or name, told
    for index, cap in enumerate(scheme.caps):
        yield "limit", f"cap.{index}", cap.clause or cap.at_best, told_cap(cap, here)
    for quota in scheme.quotas.values():
        yield "limit", quota.name, quota.clause or quota.name, told_quota(quota, here)


def _by_clause(label: str, clause: str) -> str:
    return f"{label} · {clause}" if clause else label


def told_round(scheme: Scheme, say: Phrases) -> str:
    """Say how often cases are opened."""
    told = say(f"every_{scheme.round.every}")
    parts = [told]
    if scheme.round.once:
        parts.append(say("for_round", label=scheme.round.label))
    if scheme.round.opens:
        parts.append(say("round_opens", day=scheme.round.opens))
    if scheme.round.ends:
        parts.append(say("round_ends", day=scheme.round.ends))
    return say.listed(parts)
