"""The boards as the pages ask for them."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.workflow.application.boards import (
    audit,
    bulk,
    case,
    cycle,
    desk,
    gathering,
    ledger,
    lists,
    morning,
    proof,
    reading,
    texts,
    watched,
)
from services.workflow.application.boards.audit import HistoryBoard, ReadsBoard, Sort, Sought
from services.workflow.application.boards.bulk import Chosen
from services.workflow.application.boards.case import CaseBoard
from services.workflow.application.boards.cycle import TierCoverage
from services.workflow.application.boards.desk import Letter, TaskBoard
from services.workflow.application.boards.gathering import Door, Gathering
from services.workflow.application.boards.gatherings import Seated, seated
from services.workflow.application.boards.history import Place
from services.workflow.application.boards.ledger import Ledger
from services.workflow.application.boards.lists import Filters, ListBoard
from services.workflow.application.boards.look import Look, Names, Sources, look
from services.workflow.application.boards.morning import Morning
from services.workflow.application.boards.plans import (
    NoPlans,
    Simulated,
    Simulates,
    UnderWay,
    no_notifier,
)
from services.workflow.application.boards.proof import Proof, Span
from services.workflow.application.boards.reading import ReadingBoard
from services.workflow.application.boards.recurring import streams_named
from services.workflow.application.boards.simulation import ALL as EVERY_CASE
from services.workflow.application.boards.simulation import (
    Simulation,
    Wanted,
    simulation,
)
from services.workflow.application.boards.spoken import Spoken, spoken
from services.workflow.application.boards.texts import EditionRow
from services.workflow.application.boards.watched import Watched
from services.workflow.application.reading_ports import ALL, ListQuery, Sieve
from services.workflow.application.rulebook import Rules
from services.workflow.domain.authority import Actor
from services.workflow.domain.case.head import Case
from services.workflow.domain.language.model.documents import Document
from services.workflow.domain.language.model.lives import Kind
from services.workflow.domain.language.showing.phrases import Phrases
from services.workflow.domain.organisation import Organisation, Post


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """The figures beside the rooms of the rail."""

    over: int
    tasks: int
    unread: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Me:
    """The one who is signed in."""

    person: str
    name: str
    posts: tuple[Post, ...]  # held today


@dataclass(frozen=True, kw_only=True)
class Boards:
    """What the pages show; each board asks for a constant number of statements."""

    sources: Sources
    checkpoint: Callable[[], int | None]  # size of the last signed checkpoint
    simulate: Simulates = no_notifier  # what would be sent, under other rules
    simulated: Simulated = no_notifier  # what came of one that was under way

    def look(self, actor: Actor, now: datetime, organisation: Organisation | None = None) -> Look:
        """Return who looks, at what, when: every other board begins with it."""
        return look(self.sources, actor, now, organisation)

    def streams_named(self, seen: Look, numbers: Collection[str]) -> Mapping[str, str]:
        """Return the streams of cases in sight by their numbers."""
        return streams_named(self.sources, seen, numbers)

    def told_again(self, seen: Look, say: Phrases) -> Look:
        """Return *seen* in the words of these boards; no statement."""
        cycles = tuple(self.sources.rulebook.of(one.cycle.id) for one in seen.cycles)
        return replace(seen, say=say, cycles=cycles, in_words=self.sources.rulebook.word)

    def documents(self) -> Mapping[str, Document]:
        """Return what may be filed in any round by its name, as the latest calls it."""
        rows = sorted(self.sources.reads.cycles(), key=lambda row: row.opened_at)
        rules = (self.sources.rulebook.of(row.id) for row in rows)
        return {name: one for each in rules for name, one in each.scheme.documents.items()}

    def me(self, seen: Look) -> Me:
        """Return the one who looks, by name and by today's posts."""
        person = seen.actor.person or ""
        names = Names(seen)
        names.look_up(self.sources.reads)
        posts = tuple(seen.organisation.posts_of(person, seen.day))
        return Me(person=person, name=names(person), posts=posts)

    def watched(self, seen: Look) -> Watched:
        """Return how the notifier finds its own work; cases it names as far as they are seen."""
        return watched.watched(self.sources, seen)

    def morning(self, seen: Look) -> Morning:
        """Return how things stand this morning, for who looks after others."""
        seen.totals.want(*self._late(seen))  # what the rail will count is counted with it
        return morning.morning(self.sources, seen)

    def chosen(self, seen: Look, ids: Sequence[str]) -> Chosen:
        """Return of some cases whether one can remind who holds them, and why not."""
        return bulk.chosen(self.sources, seen, ids)

    def history(
        self,
        seen: Look,
        sort: Sort,
        before: int | None,
        sought: Sought | None = None,
        most: int = audit.PER_PAGE,
    ) -> HistoryBoard:
        """Return the newest of the log that lies in sight; that it was read is kept."""
        return audit.history_board(self.sources, seen, sort, before, sought or Sought(), most)

    def reads(
        self,
        seen: Look,
        before: int | None,
        sought: Sought | None = None,
        most: int = audit.PER_PAGE,
    ) -> ReadsBoard:
        """Return who opened what of the cases in sight; that it was read is kept."""
        return audit.reads_board(self.sources, seen, before, sought or Sought(), most)

    def names(self, seen: Look, people: Iterable[str | None]) -> Names:
        """Return the names of *people*, looked up together."""
        names = Names(seen)
        names.want(*people)
        names.look_up(self.sources.reads)
        return names

    def counts(self, seen: Look) -> Counts:
        """Return the figures of the rail."""
        tasks, late = desk.task_query(seen), self._late(seen)
        # The total of a list is bounded, so that a figure never costs more than its page.
        seen.totals.want(tasks, *late)
        seen.totals.look_up(self.sources.reads)
        return Counts(
            over=sum(seen.totals(query) for query in late),
            tasks=seen.totals(tasks),
            unread=desk.n_unread(self.sources, seen),
        )

    def list(self, seen: Look, filters: Filters, *, overview: bool) -> ListBoard:
        """Return one page of cases; with *overview* tiles and heat matrix too."""
        if overview:  # what the rail will count is counted with the tiles
            seen.totals.want(desk.task_query(seen), *self._late(seen))
        cycles = seen.looked_at(filters.cycle)
        return lists.list_board(self.sources, seen, cycles, filters, overview=overview)

    def head(self, seen: Look, case_id: str) -> tuple[Case, Spoken]:
        """Return one case as it stands, and what its things are called; raises NotYours."""
        found = case.seen_case(self.sources, seen, case_id).case
        return found, self.here(seen, found)

    def here(self, seen: Look, found: Case) -> Spoken:
        """Return what the things of a case that was found are called."""
        scheme = self.sources.rulebook.of(found.cycle).scheme
        return spoken(found, scheme, seen.organisation.vocabulary, seen.say)

    def case(self, seen: Look, case_id: str, before: Place | None = None) -> CaseBoard:
        """Return everything about one case, with events *before* one; raises NotYours."""
        return case.case_board(self.sources, seen, case_id, self.checkpoint(), before)

    def proof(self, seen: Look, case_id: str, span: Span) -> Proof:
        """Return what can be proved of the notices of a case; raises NotYours."""
        return proof.proof(self.sources, seen, case_id, span)

    def reading(self, seen: Look, case_id: str) -> ReadingBoard:
        """Return what is to be judged of a case, which is opened by it; raises NotYours."""
        return reading.reading_board(self.sources, seen, case_id)

    def gathering(self, seen: Look, case_id: str, first: gathering.Of = 0) -> Gathering:
        """Return a case that people gather for, its agenda from *first* on; raises NotYours.

        Or whole, or nothing of it, for who asks of the people alone.
        """
        return gathering.gathering(self.sources, seen, case_id, first)

    def seated(self, seen: Look) -> tuple[Seated, ...]:
        """Return the cases that one is expected at oneself."""
        return seated(self.sources, seen)

    def door(self, seen: Look, case_id: str) -> Door:
        """Return where one signs in oneself; raises NotYours."""
        return gathering.door(self.sources, seen, case_id)

    def tasks(self, seen: Look) -> TaskBoard:
        """Return what lies on one's own desk."""
        return desk.task_board(self.sources, seen)

    def to_judge(self, seen: Look) -> tuple[str, ...]:
        """Return the cases on one's own desk that wait for one's verdict, by urgency."""
        return desk.to_judge(self.sources, seen)

    def inbox(
        self, seen: Look, after: tuple[str, str] | None, sieve: Sieve = ALL
    ) -> tuple[tuple[Letter, ...], tuple[str, str] | None]:
        """Return one page of one's notices, unread first, and where the next begins."""
        return desk.inbox(self.sources, seen, after, sieve)

    def letter(self, seen: Look, notice: str) -> Letter:
        """Return one of one's notices, with what comes next of its case."""
        return desk.letter(self.sources, seen, notice)

    def coverage(self, seen: Look, rules: Rules) -> tuple[TierCoverage, ...]:
        """Return how far each tier of a cycle is."""
        return cycle.coverage(self.sources, seen, rules)

    def ledger(self, seen: Look, rules: Rules, filters: Filters, kind: Kind, by: str) -> Ledger:
        """Return one page of the ledger of a kind, late ones first, and what is counted of all."""
        return ledger.ledger(self.sources, seen, rules, filters, kind, by)

    def editions(self, readable: Iterable[Rules]) -> dict[str, tuple[EditionRow, ...]]:
        """Return what was published by kind, with those rounds of *readable* that run under it."""
        return texts.edition_rows(self.sources, readable)

    def simulation(
        self,
        seen: Look,
        asked: Mapping[str, object],
        under_way: str = "",
        wanted: Wanted = EVERY_CASE,
    ) -> Simulation | NoPlans | UnderWay:
        """Return what would be sent about what lies in sight, and what a change makes of it.

        Of one that was *under_way*, whatever came of it.
        """
        plans = self.simulated(under_way) if under_way else self.simulate(asked)
        if isinstance(plans, NoPlans | UnderWay):
            return plans
        changed = not asked.keys() <= {"from", "to", "words"}
        return simulation(self.sources, seen, plans, changed=changed, wanted=wanted)

    def _late(self, seen: Look) -> tuple[ListQuery, ...]:
        """Return what asks for the overdue cases of all cycles; empty before the first one."""
        if not seen.cycles:
            return ()
        return (lists.list_query(self.sources, seen, seen.cycles, Filters(due="over")),)
