"""How a round went: who is covered and who is not, grades, returns, lateness, models, what is open.

The one idea: it is counted from the cases as they stand, those alone that the reader sees; heads
are read a few thousand at a time, so the number of statements grows with none of the cases. Pages,
JSON and files of the office all show the same rows.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from schemas.calendar import local_day
from schemas.envelope import peek
from services.workflow.application.access import Access
from services.workflow.application.lacking import Lacking, lacking, left_out_of
from services.workflow.application.ports import Text
from services.workflow.application.ranking import hides_figures, pages_of
from services.workflow.application.reading_ports import ListQuery, Reads
from services.workflow.application.rulebook import Rulebook, Rules
from services.workflow.application.watch import Watch
from services.workflow.domain.authority import Actor
from services.workflow.domain.case.head import Case, by_day
from services.workflow.domain.case.turns import expected_as
from services.workflow.domain.case.world import World
from services.workflow.domain.data.setting import MEMBER
from services.workflow.domain.language.model.lives import Kind, Life
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.refusals import NotYours

AT_ONCE = 5_000  # heads of one statement
MOST_LISTED = 200  # of what is open, the latest first; and of models


@dataclass(kw_only=True, slots=True)
class Sums:
    """What is counted of the cases of one life: of a tier, or of a kind that has none."""

    kind: Kind
    life: Life
    expected: int | None = None  # None: nobody says how many there are to be
    n: int = 0  # cases
    n_completed: int = 0
    n_carried: int = 0  # they go on in the round after
    n_open: int = 0
    n_late: int = 0  # open, with the clock running, and over their day
    n_returned: int = 0  # sent back at least once
    n_returns: int = 0
    grades: dict[str, Counter[str]] = field(default_factory=dict)  # by grading
    # As what its cases are expected, where the kind has turns of its own: of each turn once.
    turns: set[tuple[str, str | None, tuple[int, int]]] = field(default_factory=set)

    @property
    def n_abandoned(self) -> int:
        return self.n - self.n_completed - self.n_carried - self.n_open


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """A case that bears a listed flag, with what was said of it; None: erased, or not theirs."""

    case: Case
    flag: str  # what the scheme calls it
    note: str | None
    by: str | None
    position: int | None  # of the event that marked it


@dataclass(frozen=True, kw_only=True, slots=True)
class _Mark:
    by: str | None
    hash: bytes  # of the reason that was given
    position: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundReport:
    """A round as it stands at one moment."""

    rules: Rules
    at: datetime
    sums: Sequence[Sums]  # of lives that have cases or are to have some: those first
    lacking: Sequence[Lacking]
    models: Sequence[Model]
    n_models: int
    open: Sequence[Case]  # the first of those that are, the latest first
    n_escalated: int  # cases of which somebody above was ever told that they are late
    # Whether the round is the reader's to look after. A body that has a part in it reads of its
    # own cases alone, and nobody is expected or lacking there.
    is_whole: bool

    @property
    def n_open(self) -> int:
        return sum(one.n_open for one in self.sums)


class RoundReports:
    """The use case of who asks how a round went."""

    def __init__(self, *, access: Access, reads: Reads, rulebook: Rulebook, watch: Watch) -> None:
        self._access = access
        self._reads = reads
        self._rulebook = rulebook
        self._watch = watch

    def of(self, actor: Actor, cycle: str) -> RoundReport:
        """Return the report of a round.

        Raises:
            NotYours: there is none, or its figures are not theirs to read.
        """
        rules, now = self._rulebook.of(cycle), self._access.now()
        row = rules.cycle
        if not self._access.may_read(actor, row):
            raise NotYours(cycle)
        whole = self._access.looks_after(actor, row)
        lives = rules.scheme.lives()
        sums = {(kind.name, life.tier): Sums(kind=kind, life=life) for kind, life in lives}
        for sort in row.kinds if whole else ():
            if sums[sort.kind, sort.tier].kind.origin.form == "each":
                sums[sort.kind, sort.tier].expected = sort.expected
        flagged, open_ = list[Case](), list[Case]()
        listed = {one.name: one.label for one in rules.scheme.flags if one.listed}
        narrowed = self._access.seen_in_lists(actor, [row])
        query = ListQuery(cycle=cycle, limit=AT_ONCE, **narrowed)
        for cases in pages_of(self._reads, query):
            world = self._access.alone(*cases)
            for case in cases:
                one = sums[case.kind, case.tier or ""]
                _count(one, case, now, rules.scheme.zone)
                _grade(one, actor, case, world)
            flagged += (case for case in cases if not case.flags.isdisjoint(listed))
            open_ += (case for case in cases if case.is_open)
        open_.sort(key=by_day)
        marks = self._marks(flagged[:MOST_LISTED], listed)
        hashes = [*left_out_of(row), *(one.hash for one in marks.values())]
        texts = self._reads.texts(hashes) if hashes else {}
        organisation = self._access.asked_about
        left = lacking(row, rules.scheme, organisation, self._reads, texts) if whole else ()
        for (kind, tier), one in sums.items():
            if one.kind.every and one.expected is not None:  # later turns expect theirs as well
                gone = sum((x.kind, x.tier, x.is_exempt) == (kind, tier, False) for x in left)
                one.expected = max(one.expected, len(one.turns) + gone)
        return RoundReport(
            rules=rules,
            at=now,
            sums=sorted(
                (one for one in sums.values() if one.n or one.expected),
                key=lambda one: one.expected is None,
            ),
            lacking=left,
            models=[*self._models(actor, flagged[:MOST_LISTED], listed, marks, texts)],
            n_models=len(flagged),
            open=open_[:MOST_LISTED],
            n_escalated=self._reads.count_notices(query, ("sent", "unknown"), ("escalation",)),
            is_whole=whole,
        )

    def _models(
        self,
        actor: Actor,
        cases: Sequence[Case],
        listed: Mapping[str, str],
        marks: Mapping[tuple[str, str], _Mark],
        texts: Mapping[bytes, Text],
    ) -> Iterator[Model]:
        """Yield what bears a listed flag, with its note; no statement."""
        if not cases:
            return
        world = self._access.alone(*cases)
        for case in cases:
            may_read = self._watch.shows_texts(actor, case, world)
            for flag in sorted(case.flags & listed.keys()):
                mark = marks.get((case.stream, flag))
                text = texts.get(mark.hash) if mark and may_read else None
                yield Model(
                    case=case,
                    flag=listed[flag],
                    note=text.content.decode() if text else None,
                    by=mark.by if mark else None,
                    position=mark.position if mark else None,
                )

    def _marks(
        self, cases: Sequence[Case], listed: Mapping[str, str]
    ) -> dict[tuple[str, str], _Mark]:
        """Return by stream and flag what raised it last, however long ago.

        One statement for nearly all: what is left is looked for further back until it is found.
        """
        wanted = {(case.stream, flag) for case in cases for flag in case.flags & listed.keys()}
        found, after = dict[tuple[str, str], _Mark](), None
        while left := wanted - found.keys():
            streams = sorted({stream for stream, _ in left})
            page = self._reads.events_of(streams, AT_ONCE, after, newest_first=True)
            for one in page:
                event = peek(one.body)
                for flag in _raised(event.data):
                    hash_ = bytes.fromhex(event.data["reason"]["sha256"])
                    mark = _Mark(by=event.actor, hash=hash_, position=one.position)
                    found.setdefault((one.stream, flag), mark)
            if len(page) < AT_ONCE:  # a flag that was raised without a word, or before any text
                return found
            after = (page[-1].stream, page[-1].version)
        return found


def _grade(sums: Sums, actor: Actor, case: Case, world: World) -> None:
    """Count the grades of *case* that are the reader's to see."""
    for name, graded in case.grades.items():
        grading = world.scheme.gradings[name].of_tier(case.tier)
        if not hides_figures(actor, case, grading, world):
            sums.grades.setdefault(name, Counter())[graded.name] += 1


def _count(sums: Sums, case: Case, now: datetime, zone: ZoneInfo) -> None:
    n = n_returns(case, sums.life)
    sums.n += 1
    sums.n_completed += case.final == "completed"
    sums.n_carried += case.final == "carried"
    sums.n_open += case.is_open
    sums.n_late += is_late(case, now)
    sums.n_returned += n > 0
    sums.n_returns += n
    if sums.kind.every:
        sums.turns.add(expected_as(sums.kind, case, local_day(case.opened_at, zone)))


def n_returns(case: Case, life: Life) -> int:
    """Return how often *case* was sent back: each time a document of its own said why."""
    back = [one for one in life.triggers.values() if one.verdict == "back"]
    other = {
        name for one in life.triggers.values() if one.verdict != "back" for name in _documents(one)
    }
    first = (next((name for name in _documents(one) if name not in other), "") for one in back)
    return sum(case.n_filed.get(name, 0) for name in {*first})


def _documents(trigger: Trigger) -> list[str]:
    return [take.name for take in trigger.takes if take.what == "document"]


def is_late(case: Case, now: datetime) -> bool:
    """Tell whether *case* is open, its clock running, and over its day."""
    return case.is_open and not case.suspended and case.due_at is not None and case.due_at <= now


def _raised(data: Mapping[str, object]) -> Iterator[str]:
    """Yield the flags that an event sets, where it says why."""
    sets = data.get(MEMBER)
    if isinstance(sets, Mapping) and "reason" in data:
        yield from (name for name, raised in sets.get("flags", {}).items() if raised)
