"""Many at once: of each case that was chosen, what can be done about it, and why not."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.workflow.application.boards.acts import holds, parents_of, quick_acts
from services.workflow.application.boards.look import Look, Names, Sources
from services.workflow.application.boards.rows import Row, row_of
from services.workflow.application.reading_ports import ListQuery
from services.workflow.domain.authority import authorise
from services.workflow.domain.case.verdicts import ends
from services.workflow.domain.language.model.triggers import Trigger

MOST_CHOSEN = 50  # as many as a list shows


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """One case, and what keeps one from reminding who holds it; "": nothing does."""

    row: Row
    why_not: str  # ended, suspended, own_desk, or a reason of the authority function


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """What was chosen, in the order of numbers, and the names of who holds it."""

    choices: tuple[Choice, ...]
    n_absent: int  # chosen, and not there or not in sight
    names: Names


def chosen(sources: Sources, look: Look, ids: Sequence[str]) -> Chosen:
    """Return what can be done about some cases; a constant number of statements."""
    query = look.seen(ListQuery(ids=tuple(ids), limit=MOST_CHOSEN))
    rows = [row_of(sources, look, case) for case in sources.reads.list_cases(query).cases]
    names = Names(look)
    for row in rows:
        names.want(row.case.person, *(one for desk in row.desks for one in desk.people))
    names.look_up(sources.reads)
    choices = tuple(Choice(row=row, why_not=why_not(look, row)) for row in rows)
    return Chosen(choices=choices, n_absent=len(ids) - len(choices), names=names)


def why_not(look: Look, row: Row) -> str:
    """Return why the one who looks cannot remind who holds a case; "" if they can."""
    case = row.case
    if not case.holders:
        return "ended"
    if case.suspended:
        return "suspended"
    if holds(look, case):
        return "own_desk"
    return authorise(look.actor, "case.urge", look.organisation, look.day, case=case).reason


def offered_in_bulk(sources: Sources, look: Look, rows: Sequence[Row]) -> dict[str, list[Trigger]]:
    """Return what the one who looks may do to cases among many, by id; one statement at most."""
    parents = parents_of(sources, (row.case for row in rows))
    return {
        row.case.id: [
            act
            for act in quick_acts(look, row.case, sources.rulebook.of(row.case.cycle), parents)
            if takes_nothing(act) and not ends(act, row.case, row.here.life)
        ]
        for row in rows
    }


def takes_nothing(act: Trigger) -> bool:
    """Tell whether a trigger asks for nothing but, perhaps, a reason: one form does for many."""
    return not (act.takes or act.corrects or act.sets or act.replaces or act.by_desk)
