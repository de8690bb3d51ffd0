"""Which kinds of case people gather for, and how such a case stands: what a list of them tells."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from services.workflow.application.boards.calls import Call, calls, words_of
from services.workflow.application.boards.lists import running_states
from services.workflow.application.boards.look import Look, Sources
from services.workflow.application.boards.spoken import Spoken, spoken
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Seated:
    """A case that somebody is expected at, though they need not see it."""

    case: Case
    here: Spoken
    calls: tuple[Call, ...]
    is_in: bool
    door: bool  # whether one says oneself now that one comes or goes


def seated(sources: Sources, look: Look) -> tuple[Seated, ...]:
    """Return the open cases on whose roster the one who looks stands, in two statements."""
    cases = [
        (
            case,
            spoken(
                case, sources.rulebook.of(case.cycle).scheme, look.organisation.vocabulary, look.say
            ),
        )
        for kind in gathering_kinds(look)
        for case in sources.reads.list_cases(_open(kind, look)).cases
        if case.is_open and case.listed
    ]
    wanted = {hash_ for case, here in cases for hash_ in _wanted(case, here)}
    found = sources.reads.texts([bytes.fromhex(one) for one in wanted]) if wanted else {}
    texts = {hash_.hex(): text for hash_, text in found.items()}
    person = look.actor.person or ""
    return tuple(one for case, here in cases for one in _seats(case, here, texts, person))


def _wanted(case: Case, here: Spoken) -> Iterator[str]:
    yield from words_of(case, here)
    for one in case.listed.values():
        if "n_expected" in one:  # of an electorate nobody is seated
            yield one["sha256"]


def _open(kind: str, look: Look) -> ListQuery:
    states = running_states(look.cycles, kind)
    return ListQuery(kind=kind, states=states, sort="-entered_at", limit=MOST_SEATED)


def _seats(case: Case, here: Spoken, texts: Mapping[str, Text], person: str) -> Iterator[Seated]:
    for name, told in case.listed.items():
        text = texts.get(told["sha256"])
        own = None if text is None else read_listing(text.content, text.salt).by_person.get(person)
        if own is not None and name in here.scheme.rosters:
            there = is_in(case.there.get(name, 0), own.row)
            door = any(one.by_code and one.name == name for one in _takes_at(case, here))
            called = calls(case, here, texts)
            yield Seated(case=case, here=here, calls=called, is_in=there, door=door)


def _takes_at(case: Case, here: Spoken) -> Iterator[Take]:
    for trigger in here.life.triggers_from(case.state):
        yield from trigger.takes


def _roster_of(life: Life, scheme: Scheme) -> bool:
    taken = (take.name for one in life.triggers.values() for take in one.takes)
    return any(name in scheme.rosters for name in taken)
