"""Commands on their way through the rounds of the loop, and which of them may share one.

A wave holds no two commands of one family or under one key: each is decided on what those before
it have left. Of a bulk the families are read ahead: else what is done to a whole would come before
what stands earlier and has to wait for another of its part's.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain, islice

from services.workflow.application.firing.commands import Answer, Command, OpenCommand
from services.workflow.application.firing.judging import Rejected
from services.workflow.application.firing.port import Standing, Write
from services.workflow.application.gate import UnfitEvent
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.sights import Sight
from services.workflow.domain.case.world import NamedCase
from services.workflow.domain.refusals import Blocker, OutcomeUnknown, StoreUnavailable

MOST_AT_ONCE = 100  # commands in one statement: holds row locks for 17 ms, not 140 for 1,000

Families = Callable[[Sequence[str]], Mapping[str, str]]  # of cases by their names
Failure = StoreUnavailable | OutcomeUnknown | UnfitEvent


@dataclass(slots=True)
class Asked:
    """A command on its way through the rounds."""

    command: Command
    place: int  # among those it came with
    family: str  # of whose commands one is done after another; the case, where it is not known
    answer: Answer | None = None
    failure: Failure | None = None  # where there is no answer
    rejected: Rejected | None = None
    write: Write | None = None
    left_open: Mapping[str, int] = field(default_factory=dict)  # by what is written: see `Answer`
    warnings: tuple[Blocker, ...] = ()  # as well
    sights: frozenset[Sight] = frozenset()  # what it looked at that no step leads to
    named: Mapping[str, NamedCase] | None = None  # other cases that its data name: see `World`
    bearers: Mapping[str, frozenset[str]] = field(default_factory=dict)  # see `World` as well
    n_lost: int = 0  # races

    def done(self) -> Answer:
        """Return the answer to what is written."""
        assert self.write is not None  # noqa: S101 - asked of what is written alone
        own = self.write.events[0]
        return Answer(
            outcome="done",
            case=own.after,
            event=own.body,
            left_open=self.left_open,
            warnings=self.warnings,
        )


def asked(commands: Iterable[Command]) -> Iterator[Asked]:
    """Yield *commands* as they set out."""
    for place, command in enumerate(commands):
        yield Asked(command, place, stream_of(command) or _place(command))


def related(all_asked: Iterator[Asked], families: Families) -> Iterator[Asked]:
    """Yield what is asked with what *families* says theirs are, read for many at once."""
    while ahead := list(islice(all_asked, MOST_AT_ONCE)):
        found = families([stream_of(one.command) for one in ahead])
        for one in ahead:
            one.family = found.get(stream_of(one.command)) or one.family
        yield from ahead


def knowing(families: Mapping[str, str], ask: Families) -> Families:
    """Return what tells of *families*, known by the ids of cases, and asks for all others."""

    def told(cases: Sequence[str]) -> Mapping[str, str]:
        known = {one: families.get(one.rpartition("/")[2], "") for one in cases}
        unknown = [one for one, family in known.items() if not family]
        return known | dict(ask(unknown)) if unknown else known

    return told


def waves(all_asked: Iterable[Asked]) -> Iterator[Iterator[list[Asked]]]:
    """Cut what is asked into waves, to be used up one after another, of chunks in any order.

    No two commands of a wave are of one family, where that is known, or under one key.
    """
    while all_asked:
        later: list[Asked] = []
        yield _chunks(all_asked, later)
        all_asked = later


def _chunks(all_asked: Iterable[Asked], later: list[Asked]) -> Iterator[list[Asked]]:
    """Cut what is asked as it comes; what has to wait for another of them goes to *later*."""
    families, keys, chunk = set[str](), set[tuple[str, str]](), list[Asked]()
    for one in all_asked:
        command, key = one.command, (one.command.actor.client, one.command.key or "")
        if one.family in families or (command.key and key in keys):
            later.append(one)
        else:
            chunk.append(one)
        families.add(one.family)
        keys.add(key)
        if len(chunk) == MOST_AT_ONCE:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def in_lanes(
    chunks: Iterator[list[Asked]], settle: Callable[[list[Asked]], None], lanes: int
) -> Iterator[list[Asked]]:
    """Yield each chunk when it is settled, in their order; some are settled beside each other.

    While one waits for the database the next is decided: on one lane the processor of either would
    be idle half of the time.
    """
    ahead = [*islice(chunks, lanes)]
    if len(ahead) < lanes or lanes == 1:
        for chunk in chain(ahead, chunks):
            settle(chunk)
            yield chunk
        return
    with ThreadPoolExecutor(lanes, "bulk") as pool:
        under_way = deque[tuple[list[Asked], Future[None]]]()
        for chunk in chain(ahead, chunks):
            under_way.append((chunk, pool.submit(settle, chunk)))
            if len(under_way) > lanes:
                yield _settled(*under_way.popleft())
        while under_way:
            yield _settled(*under_way.popleft())


def _settled(chunk: list[Asked], settling: "Future[None]") -> list[Asked]:
    settling.result()
    return chunk


def in_turn(decided: Iterable[Asked], standing: Standing) -> Iterator[Asked]:
    """Yield of what was decided on one reading what may be written, each after those before it.

    Of one family those follow each other that need not know of each other (`Write.holds_after`):
    else the moves of many parts would wait for one reading each, where they only count on the whole
    they belong to. Whoever needs to is left out, to be decided again.
    """
    written: dict[str, list[Write]] = defaultdict(list)  # by family
    for one in decided:
        case = standing.case(stream_of(one.command))
        before = written[_place(one.command) if case is None else case.family]
        if one.write is None:  # a refusal moves no case
            yield one
        elif all(one.write.holds_after(other) for other in before):
            before.append(one.write)
            yield one


def stream_of(command: Command) -> str:
    """Return the case that *command* is decided on: of what is to be opened the parent's, or ""."""
    return command.parent if isinstance(command, OpenCommand) else command.case


def cycle_of(command: Command, case: Case | None) -> str:
    """Return the round in which *command* is decided; "" where there is no such case."""
    if case is not None:
        return case.cycle
    return command.cycle if isinstance(command, OpenCommand) else ""


def _place(command: Command) -> str:
    if isinstance(command, OpenCommand):
        return f"{command.cycle} {command.kind} {command.unit}"
    return command.case
