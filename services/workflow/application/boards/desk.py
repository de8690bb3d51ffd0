"""What lies on one's own desk, and what one waits for: cases to act on, and notices to read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from schemas.instants import instant
from services.workflow.application.boards.acts import (
    Parents,
    parents_of,
    quick_acts,
    stands_for,
    to_answer,
)
from services.workflow.application.boards.ledger import row_texts
from services.workflow.application.boards.look import Look, Names, Sources
from services.workflow.application.boards.returned import Returned, returns
from services.workflow.application.boards.rows import (
    Row,
    planned_for,
    read_row,
    read_rows,
    row_of,
)
from services.workflow.application.boards.waiting import Waiting, waiting
from services.workflow.application.reading_ports import ListQuery, Sieve
from services.workflow.domain.case.head import Case, by_day
from services.workflow.domain.case.requests import Request
from services.workflow.domain.case.verdicts import judged
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.refusals import NotYours

MOST_TASKS = 100
MOST_UNREAD = 1000  # as far as lists count
INBOX_PAGE = 50
MOST_PAGES = 3  # of an inbox that are looked through to fill one up, at three statements each


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """A case that waits for the one who looks."""

    row: Row
    acts: tuple[Trigger, ...]  # what they may do to it now, in the scheme's order
    stands_for: str | None  # whose deputy they are in this
    judged: tuple[str, ...]  # the documents that a verdict of theirs is due on
    returned: Returned | None = None  # that it came back, and why; None: it did not
    asked: Request | None = None  # what was asked for in it and is theirs to answer
    about: str = ""  # what its row says first, which tells it from others of its unit


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskBoard:
    """All that waits, the most urgent first, and one's own that lies with others."""

    tasks: tuple[Task, ...]
    total: int
    waiting: tuple[Waiting, ...]
    more_wait: bool  # than could be looked through
    names: Names
    notifier_away: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """One notice in an inbox."""

    notice: str
    case: str
    kind: str | None  # reminder, escalation, urge; None: its notice is gone
    text: str | None  # None: erased
    recorded_at: datetime
    read_at: datetime | None
    stands: Row | None = None  # its case as it is by now; None: out of sight
    names: Names | None = None  # of those that its row names; None: not looked up
    notifier_away: bool = False  # what comes next could not be asked
    asked_of: tuple[str, str] | None = None  # the state and desk that are to acknowledge it
    asks: bool = False  # to be acknowledged, and nobody who has the desk has promised anything yet


def task_query(look: Look) -> ListQuery:
    """Return what asks for the cases that lie with the one who looks."""
    return look.seen(
        ListQuery(
            held_by=look.seats_of(look.actor.person or ""),
            suspended=False,
            sort="due_at",
            limit=MOST_TASKS,
        )
    )


def task_board(sources: Sources, look: Look) -> TaskBoard:
    """Return what waits for the one who looks; a constant number of statements."""
    query = task_query(look)
    page = sources.reads.list_cases(query)
    look.totals.know(query, page.total)
    names = Names(look)
    rows, away = read_rows(sources, look, sorted(page.cases, key=by_day), names)
    texts = row_texts(sources, look, page.cases)
    back = returns(sources, look, ((row.case, row.here) for row in rows))
    tasks = tuple(
        replace(
            task,
            returned=back.get(task.row.case.id),
            about=_first_of(task.row, texts.get(task.row.case.stream, {})),
        )
        for task in tasks_of(sources, look, rows)
    )
    for task in tasks:
        names.want(task.stands_for)
        names.want(*((task.returned.actor, task.returned.deputy_for) if task.returned else ()))
    others, more = waiting(sources, look, names)
    names.look_up(sources.reads)
    return TaskBoard(
        tasks=tasks,
        total=page.total,
        waiting=others,
        more_wait=more,
        names=names,
        notifier_away=away,
    )


def _first_of(row: Row, texts: Mapping[str, str]) -> str:
    """Return the first text of the row that a case was made from; "" where none is to be seen."""
    columns = row.here.columns(row.case.row[0]) if row.case.row else ()
    return next((texts[one.name] for one in columns if one.name in texts), "")


def tasks_of(sources: Sources, look: Look, rows: Sequence[Row]) -> list[Task]:
    """Return what the one who looks may do to cases on their desk; one statement at most."""
    parents = parents_of(sources, (row.case for row in rows))
    return [_task_of(sources, look, row, parents) for row in rows]


def _task_of(sources: Sources, look: Look, row: Row, parents: Parents) -> Task:
    acts = tuple(quick_acts(look, row.case, sources.rulebook.of(row.case.cycle), parents))
    judges = any(act.verdict for act in acts)
    return Task(
        row=row,
        acts=acts,
        stands_for=stands_for(look, row.case),
        judged=judged(row.case, row.here.life) if judges else (),
        asked=to_answer(look, row.case, row.here.life),
    )


def to_judge(sources: Sources, look: Look) -> tuple[str, ...]:
    """Return the cases on one's own desk that wait for one's verdict, the most urgent first."""
    query = task_query(look)
    page = sources.reads.list_cases(query)
    look.totals.know(query, page.total)
    parents = parents_of(sources, page.cases)
    return tuple(case.id for case in page.cases if _judges(sources, look, case, parents))


def _judges(sources: Sources, look: Look, case: Case, parents: Parents) -> bool:
    rules = sources.rulebook.of(case.cycle)
    return any(act.verdict for act in quick_acts(look, case, rules, parents))


def inbox(
    sources: Sources, look: Look, after: tuple[str, str] | None, sieve: Sieve
) -> tuple[tuple[Letter, ...], tuple[str, str] | None]:
    """Return one page of what *sieve* lets by, unread first, and where the next one begins."""
    names, letters, following = Names(look), list[Letter](), after
    for _ in range(MOST_PAGES):
        page, following = _letters(sources, look, following, sieve)
        planned = _as_planned(sources, page, names)
        letters += (one for one in planned if _waits(one) or not sieve.asks)
        # Of what asks, the notifier alone knows what was promised since: the page is filled up.
        if following is None or len(letters) >= INBOX_PAGE:
            break
    names.look_up(sources.reads)
    if len(letters) > INBOX_PAGE:
        following = _place(letters[INBOX_PAGE - 1])
    return tuple(letters[:INBOX_PAGE]), following


def _letters(
    sources: Sources, look: Look, after: tuple[str, str] | None, sieve: Sieve
) -> tuple[tuple[Letter, ...], tuple[str, str] | None]:
    rows = sources.reads.inbox(look.actor.person or "", INBOX_PAGE + 1, after, sieve)
    shown = rows[:INBOX_PAGE]
    texts = sources.reads.texts([row["sha256"] for row in shown]) if shown else {}
    stand = _standing(sources, look, {row["case_id"] for row in shown})
    letters = tuple(_letter(row, texts, stand.get(row["case_id"])) for row in shown)
    return letters, _place(letters[-1]) if len(rows) > INBOX_PAGE else None


def _as_planned(sources: Sources, letters: Sequence[Letter], names: Names) -> Iterator[Letter]:
    """Yield *letters*, each with what was answered to what its case was told of."""
    streams = {one.stands.case.stream for one in letters if one.stands}
    planned = sources.next_notices(sorted(streams)) if streams else {}
    for letter in letters:
        if letter.stands is None:
            yield letter
            continue
        row = planned_for(letter.stands, (planned or {}).get(letter.stands.case.stream))
        names.want(*(one.person for one in row.answered))
        told = replace(letter, stands=row, names=names)
        # While what was promised cannot be asked, nobody is said to owe an acknowledgement.
        yield replace(told, asks=planned is not None and _waits(told))


def _waits(letter: Letter) -> bool:
    """Tell whether *letter* asks to be acknowledged, and no promise since is known of."""
    if letter.asked_of is None or letter.stands is None:
        return False
    (state, desk), row = letter.asked_of, letter.stands
    promised = any((one.desk, one.reason) == (desk, "promised") for one in row.answered)
    there = state == row.case.state and desk in {one.desk for one in row.case.holders}
    return there and row.case.entered_at <= letter.recorded_at and not promised


def letter(sources: Sources, look: Look, notice: str) -> Letter:
    """Return one notice, with what comes next of its case.

    Raises:
        NotYours: it is in no inbox of the one who looks.
    """
    letters, _ = _letters(sources, look, None, Sieve(notice=notice))
    if not letters:
        raise NotYours(notice)
    found = letters[0]
    if found.stands is None:
        return found
    names = Names(look)
    row, away = read_row(sources, look, found.stands.case, names)
    names.look_up(sources.reads)
    return replace(found, stands=row, names=names, notifier_away=away)


def n_unread(sources: Sources, look: Look) -> int:
    """Return how many notices are unread; one more than MOST_UNREAD stands for any number."""
    return sources.reads.count_unread(look.actor.person or "", MOST_UNREAD + 1)


def _standing(sources: Sources, look: Look, ids: set[str]) -> Mapping[str, Row]:
    """Return how cases stand by now, those that the one who looks sees; one statement."""
    if not ids:
        return {}
    query = look.seen(ListQuery(ids=tuple(sorted(ids)), limit=len(ids)))
    page = sources.reads.list_cases(query)
    return {case.id: row_of(sources, look, case) for case in page.cases}


def _letter(row: Mapping[str, Any], texts: Mapping[bytes, Any], stands: Row | None) -> Letter:
    text = texts.get(row["sha256"])
    return Letter(
        notice=row["notice"],
        case=row["case_id"],
        kind=row["kind"],
        text=text.content.decode() if text else None,
        recorded_at=row["recorded_at"],
        read_at=row["read_at"],
        stands=stands,
        asked_of=None if row["asks_in"] is None else (row["asks_in"], row["asks_desk"]),
    )


def _place(letter: Letter) -> tuple[str, str]:
    return instant(letter.recorded_at), letter.notice
