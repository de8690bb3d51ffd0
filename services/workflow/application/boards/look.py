"""One person's look at the cases at one instant, and where its figures come from.

The one idea: who looks, what they may see, the organisation and the rules are fetched once per
page and handed on as values; every board then asks the read model a constant number of times,
however many rows it shows.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import orjson

from schemas.calendar import local_day
from schemas.said import told
from services.workflow.application.boards.own_work import OwnWork, nobody_there
from services.workflow.application.editions import Editions
from services.workflow.application.firing.port import CaseStore
from services.workflow.application.firing.possible import Possible
from services.workflow.application.firing.rules import ZONE
from services.workflow.application.reading_ports import ListQuery, Reads, Seats
from services.workflow.application.rulebook import Directory, Rulebook, Rules
from services.workflow.application.seeing import seats_of, seen_in_lists
from services.workflow.application.watch import Watch
from services.workflow.domain.authority import Actor, Scope, visible
from services.workflow.domain.case.head import NO_DUE, Case, Due, Holder
from services.workflow.domain.case.world import Heads
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.language.showing.phrases import Phrases, phrases
from services.workflow.domain.organisation import Organisation
from services.workflow.domain.organisation.sentences import say


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """What was promised, or put off, at one desk of a case; its day may be over."""

    desk: str
    until: date
    reason: str  # promised, snoozed
    person: str | None = None  # who said so; None: a notifier of before does not know


@dataclass(frozen=True, kw_only=True, slots=True)
class NextNotice:
    """What the notifier will send about a case unless somebody acts first."""

    at: datetime
    rung: str
    kind: str  # reminder, escalation
    unit: str | None
    role: str | None
    person: str | None
    policy: str = ""  # hash of the one the case goes by; "": a notifier of before does not say
    answered: tuple[Answered, ...] = ()


@dataclass(frozen=True, slots=True)
class NothingNext:
    """A case that nothing is planned for, and what was answered to what it was told of."""

    answered: tuple[Answered, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SetAside:
    """A case that the notifier cannot follow any further: nobody is told about it."""

    position: int  # of the event that it cannot read


@dataclass(frozen=True, kw_only=True, slots=True)
class Coming:
    """About which cases the notifier may tell something up to some time."""

    cases: tuple[str, ...]  # their streams, the first one first
    more: bool = False  # there are more than it tells of


def nothing_comes(_until: datetime) -> Coming | None:
    """Answer for a notifier that is not there."""
    return None


Planned = NextNotice | SetAside | NothingNext
# By stream; None for a case nothing is planned for. No answer at all: the notifier is away.
NextNotices = Callable[[Sequence[str]], Mapping[str, Planned | None] | None]


def _as_recorded(_scheme: str, text: str) -> str:
    return text


def _no_heads(_case: Case) -> Heads:
    return Heads()


@dataclass(frozen=True, kw_only=True, slots=True)
class Sources:
    """What the boards are composed of."""

    reads: Reads
    store: CaseStore
    rulebook: Rulebook
    directory: Directory
    watch: Watch
    editions: Editions
    possible: Callable[[Actor, str, Callable[[Trigger], bool] | None], list[Possible]]
    next_notices: NextNotices
    heads: Callable[[Case], Heads] = _no_heads  # what a case links to
    coming: Callable[[datetime], Coming | None] = nothing_comes  # None: the notifier is away
    own_work: Callable[[], OwnWork | None] = nobody_there  # None: the notifier is away


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """Whose turn it is: a desk, and who sits at it today."""

    unit: str
    unit_name: str
    role: str
    people: tuple[str, ...]  # ids; empty where the post is vacant
    own: bool  # a person's own: the one it is about, or who stands in a row
    deputies: tuple[str, ...] = ()  # who stands in today for somebody who sits there
    due: Due = NO_DUE  # when it is due there
    name: str = ""  # where there are several; of a request: the document that asks


Then = tuple[date, int | None]  # a day, and the version of the organisation that told of it


class Totals:
    """How long the lists of one page are: gathered first, asked once, each counted once."""

    def __init__(self) -> None:
        self._wanted: dict[ListQuery, None] = {}
        self._known: dict[ListQuery, int] = {}

    def want(self, *queries: ListQuery) -> None:
        self._wanted.update((_whole(query), None) for query in queries)

    def know(self, query: ListQuery, total: int) -> None:
        """Keep what a page of the list has told anyway."""
        self._known[_whole(query)] = total

    def known(self, query: ListQuery) -> int | None:
        """Return what was told already; None where nothing was."""
        return self._known.get(_whole(query))

    def look_up(self, reads: Reads) -> None:
        """Ask for what is wanted and not known yet; one statement, none if there is nothing."""
        unknown = [query for query in self._wanted if query not in self._known]
        self._known.update(zip(unknown, reads.count_each(unknown), strict=True))

    def __call__(self, query: ListQuery) -> int:
        return self._known[_whole(query)]


def _whole(query: ListQuery) -> ListQuery:
    """Return *query* without what makes no difference to the length of its list."""
    return replace(query, sort="", limit=0, after=None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """Who looks, at what, when."""

    actor: Actor
    now: datetime
    day: date
    organisation: Organisation
    scope: Scope
    cycles: tuple[Rules, ...]  # the newest first; empty before the first one is opened
    sees: Mapping[str, Any] = field(default_factory=dict)  # what narrows lists: `seen_in_lists`
    totals: Totals = field(default_factory=Totals, compare=False)
    namesakes: frozenset[str] = frozenset()  # whose name somebody else bears too
    people: dict[str, Mapping[str, str]] = field(default_factory=dict, compare=False)  # by id
    say: Phrases = field(default_factory=phrases, compare=False)  # of rules, in their language
    in_words: Callable[[str, str], str] = field(default=_as_recorded, compare=False)  # by scheme

    @property
    def gap(self) -> str:
        """What stands between a unit's name and a role: Chinese needs nothing there."""
        return " " if self.say.language == "en" else ""

    @property
    def between(self) -> str:
        """What stands between things that are named one after another."""
        return ", " if self.say.language == "en" else "、"

    def rules(self, cycle: str | None) -> Rules | None:
        """Return the rules of *cycle*, of the newest one if None; None if there is none such."""
        return next(iter(self.looked_at(cycle)), None)

    def word(self, text: str, cycle: str) -> str:
        """Return what is shown for *text*, a word of its scheme that was recorded in *cycle*."""
        rules = self.rules(cycle)
        return text if rules is None else self.in_words(rules.scheme.id, text)

    def called(self, case: Case) -> str:
        """Return what the kind of *case* is called."""
        return self.word(case.label, case.cycle)

    def looked_at(self, cycle: str | None) -> tuple[Rules, ...]:
        """Return the rules of *cycle*, of all if None, the newest first: none replaces another."""
        return tuple(one for one in self.cycles if cycle is None or one.cycle.id == cycle)

    @property
    def supervises(self) -> bool:
        """Tell whether there are units below one of theirs."""
        below = (unit.parent for unit in self.organisation.units.values())
        return self.scope.everything or not set(self.scope.subtrees).isdisjoint(below)

    def unit_name(self, unit: str | None, version: int | None = None) -> str:
        """Return what a unit is called, or was at *version* of the organisation."""
        return self.organisation.unit_name(unit, version) if unit else ""

    def post_of(self, person: str, then: Then | None = None) -> str:
        """Return the unit and role by which *person* is told from others; "" if there is none.

        As of now, or of *then*: who has changed posts since is told by what they were.
        """
        day, version = then or (self.day, None)
        post = self.organisation.post_then(person, day)
        return (
            f"{self.unit_name(post.unit, version)}{self.gap}{self.role(post.role)}" if post else ""
        )

    def role(self, role: str | None) -> str:
        """Return what a role is called; nothing where none is named."""
        return self.organisation.vocabulary.role_label(role, self.say.language) if role else ""

    def desk(self, holder: Holder) -> Desk:
        """Return a holder with its name and the people at it today."""
        if holder.person:
            people: tuple[str, ...] = (holder.person,)
        else:
            people = self.organisation.holders(holder.unit, holder.role, self.day)
        return Desk(
            unit=holder.unit,
            unit_name=self.unit_name(holder.unit),
            role=holder.role,
            people=people,
            own=holder.person is not None,
            deputies=self.organisation.deputies(holder.unit, holder.role, self.day),
            due=holder.due,
            name=holder.desk,
        )

    def desks(self, case: Case) -> Iterator[Desk]:
        """Yield the desks that *case* lies on, the one that is due first before the others."""
        first = case.holder
        for holder in sorted(case.holders, key=lambda one: one is not first):
            yield self.desk(holder)

    def seats_of(self, person: str) -> tuple[Seats, ...]:
        """Return where what waits for *person* today lies."""
        rounds = [one.running for one in self.cycles]
        return seats_of(person, rounds, self.organisation, self.day)

    def seen(self, query: ListQuery) -> ListQuery:
        """Return *query* narrowed to what the one who looks may see."""
        return replace(query, **self.sees)


def look(
    sources: Sources, actor: Actor, now: datetime, organisation: Organisation | None = None
) -> Look:
    """Return *actor*'s look at *now*; two statements, one if the *organisation* is at hand."""
    organisation = organisation or sources.directory.current()
    day = local_day(now, ZONE)
    rows = sorted(sources.reads.cycles(), key=lambda row: (row.year, row.opened_at), reverse=True)
    cycles = tuple(sources.rulebook.of(row.id) for row in rows)
    return Look(
        actor=actor,
        now=now,
        day=day,
        organisation=organisation,
        scope=visible(actor, organisation, day),
        cycles=cycles,
        sees=seen_in_lists(actor, [one.running for one in cycles], organisation, day),
        namesakes=sources.directory.namesakes(organisation),
        in_words=sources.rulebook.word,
    )


class Names:
    """Names of people, gathered first and looked up once; what the page knows is not asked again.

    The one who looks is named on every page, so they are always among those that are asked for.
    """

    def __init__(self, look: Look) -> None:
        self._wanted = {look.actor.person} if look.actor.person else set[str]()
        self._known = look.people
        self._look = look

    def want(self, *people: str | None) -> None:
        self._wanted.update(person for person in people if person)

    def look_up(self, reads: Reads) -> None:
        unknown = sorted(self._wanted - self._known.keys())
        if unknown:
            self._known.update(dict.fromkeys(unknown, _NAMELESS) | dict(reads.people(unknown)))
            self._look_up_former(reads, [one for one in unknown if not self._known[one]])

    def _look_up_former(self, reads: Reads, unknown: Sequence[str]) -> None:
        """Find the names of those who were taken out of the file; no statement where none was."""
        former = self._look.organisation.former_people
        gone = {one: bytes.fromhex(former[one]) for one in unknown if one in former}
        texts = reads.texts(list(gone.values())) if gone else {}
        self._known.update(
            {one: orjson.loads(texts[sha].content) for one, sha in gone.items() if sha in texts}
        )

    def __call__(self, person: str | None, then: Then | None = None) -> str:
        """Return a name; the id where the name was erased.

        Where another bears it too, unit and role stand beside it, as they were *then*.
        """
        if not person:
            return ""
        name = self._bare(person)
        post = self._look.post_of(person, then) if person in self._look.namesakes else ""
        return f"{name}（{post}）" if post else name

    def spellings(self, person: str | None) -> tuple[str, ...]:
        """Return all that may stand for somebody in a list: id, name, and name with post."""
        return (person, self._bare(person), self(person)) if person else ("",)

    def by(self, actor: str | None, deputy_for: str | None, at: datetime) -> str:
        """Return who did something *at* a moment, and as whose deputy."""
        return self._with_principal(self(actor, _then(at)), deputy_for, at)

    def in_post(self, actor: str | None, deputy_for: str | None, at: datetime) -> str:
        """Return who did something *at* a moment, in which post, and as whose deputy."""
        if not actor:
            return ""
        name, post = self._bare(actor), self._look.post_of(actor, _then(at))
        return self._with_principal(f"{name}（{post}）" if post else name, deputy_for, at)

    def _with_principal(self, name: str, deputy_for: str | None, at: datetime) -> str:
        stood_for = self.stood_for(deputy_for, _then(at)) if deputy_for else ""
        return " ".join(part for part in (name, stood_for) if part)

    def _bare(self, person: str) -> str:
        return self._known.get(person, _NAMELESS).get("name", person)

    def stood_for(self, person: str, then: Then | None = None) -> str:
        """Return who a deputy stands in for: by name, role and unit, as they were *then*.

        It is told in the language that the one who looks reads.
        """
        name = self._bare(person)
        post = self._look.organisation.post_then(person, then[0] if then else self._look.day)
        if post is None:
            return told(say("acts_for_one_gone", name=name), self._look.say.language)
        unit = self._look.unit_name(post.unit, then and then[1])
        whole = say("acts_for", name=name, role=self._look.role(post.role), unit=unit)
        return told(whole, self._look.say.language)


def _then(at: datetime) -> Then:
    return local_day(at, ZONE), None


_NAMELESS: Mapping[str, str] = {}  # of who is erased, or unknown
