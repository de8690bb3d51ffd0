"""Which kinds of case people gather for, and how such a case stands: what a list of them tells."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from schemas.calendar import local_day
from services.workflow.application.boards.lists import running_states
from services.workflow.application.boards.look import Look, Sources
from services.workflow.application.boards.spoken import Spoken, spoken
from services.workflow.application.firing.rules import ZONE
from services.workflow.application.ports import Text
from services.workflow.application.reading_ports import ListQuery
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.listing import is_in, read_listing
from services.workflow.domain.language.model.guards import Quorum
from services.workflow.domain.language.model.lives import Life
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.triggers import Take

MOST_SEATED = 200  # open cases of a kind that are looked through: those that moved last
Stands = Literal["going_on", "ahead", "kept", "over"]


def gathering_kinds(look: Look) -> Mapping[str, str]:
    """Return the kinds of case that people gather for in any round, each with its label."""
    return {
        kind.name: kind.label
        for rules in look.cycles
        for kind in rules.scheme.kinds.values()
        if any(_roster_of(life, rules.scheme) for life in kind.lives)
    }


def stands(case: Case, here: Spoken) -> Stands:
    """Tell whether people gather for *case* now, will, have, or it is over."""
    if not case.is_open:
        return "over"
    quorum_at = {
        state
        for trigger in here.life.triggers.values()
        if any(isinstance(one, Quorum) for one in trigger.guards)
        for state in trigger.sources
    }
    if quorum_at.isdisjoint((*case.reached, case.state)):
        return "ahead"
    comes = (one.what == "presence" for one in _takes_at(case, here))
    return "going_on" if any(comes) else "kept"


def days(case: Case, here: Spoken) -> Mapping[str, date]:
    """Return the days of the states that the scheme plans: when it was entered, or will be."""
    set_ = {
        setting.name
        for trigger in here.life.triggers.values()
        for setting in trigger.sets
        if setting.what == "planned"
    }
    found = dict(case.planned)
    for name, state in here.life.states.items():
        was = case.reached.get(name)
        if was is not None and (state.planned or name in set_):
            found[name] = local_day(was.effective_at, ZONE)
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Seated:
    """A case that somebody is expected at, though they need not see it."""

    case: Case
    here: Spoken
    is_in: bool
    door: bool  # whether one says oneself now that one comes or goes


def seated(sources: Sources, look: Look) -> tuple[Seated, ...]:
    """Return the open cases on whose roster the one who looks stands, in two statements."""
    person = look.actor.person or ""
    cases = [
        case
        for kind in gathering_kinds(look)
        for case in sources.reads.list_cases(_open(kind, look)).cases
        if case.is_open and case.listed
    ]
    wanted = [
        bytes.fromhex(one["sha256"])
        for case in cases
        for one in case.listed.values()
        if "n_expected" in one  # of an electorate nobody is seated
    ]
    texts = sources.reads.texts(wanted) if wanted else {}
    return tuple(found for case in cases for found in _seats(case, texts, person, sources, look))


def _open(kind: str, look: Look) -> ListQuery:
    states = running_states(look.cycles, kind)
    return ListQuery(kind=kind, states=states, sort="-entered_at", limit=MOST_SEATED)


def _seats(
    case: Case, texts: Mapping[bytes, Text], person: str, sources: Sources, look: Look
) -> Iterator[Seated]:
    scheme = sources.rulebook.of(case.cycle).scheme
    here = spoken(case, scheme, look.organisation.vocabulary)
    for name, told in case.listed.items():
        text = texts.get(bytes.fromhex(told["sha256"]))
        own = None if text is None else read_listing(text.content, text.salt).by_person.get(person)
        if own is not None and name in scheme.rosters:
            there = is_in(case.there.get(name, 0), own.row)
            door = any(one.by_code and one.name == name for one in _takes_at(case, here))
            yield Seated(case=case, here=here, is_in=there, door=door)


def _takes_at(case: Case, here: Spoken) -> Iterator[Take]:
    for trigger in here.life.triggers_from(case.state):
        yield from trigger.takes


def _roster_of(life: Life, scheme: Scheme) -> bool:
    taken = (take.name for one in life.triggers.values() for take in one.takes)
    return any(name in scheme.rosters for name in taken)
