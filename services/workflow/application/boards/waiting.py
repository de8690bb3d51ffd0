"""What somebody waits for: cases about them or their unit that lie with others."""

from dataclasses import dataclass

from schemas.calendar import local_day
from services.workflow.application.boards.acts import holds
from services.workflow.application.boards.lists import running_states
from services.workflow.application.boards.look import Look, Names, Sources
from services.workflow.application.boards.rows import Row, row_of
from services.workflow.application.boards.working_time import between
from services.workflow.application.firing.rules import ZONE
from services.workflow.application.reading_ports import ListQuery

MOST_WAITING = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """A case of one's own that lies with somebody else."""

    row: Row
    days: int  # working days it has been where it is


def waiting(sources: Sources, look: Look, names: Names) -> tuple[tuple[Waiting, ...], bool]:
    """Return what lies with others, due first, and whether there is more; one statement."""
    if not look.cycles:
        return (), False
    page = sources.reads.list_cases(_query(look))
    found = []
    for case in page.cases:
        if case.is_open and case.holders and not holds(look, case):
            row = row_of(sources, look, case)
            calendar = sources.rulebook.of(case.cycle).calendar
            days = between(calendar, local_day(case.entered_at, ZONE), look.day)
            names.want(case.person, *(person for desk in row.desks for person in desk.people))
            found.append(Waiting(row=row, days=days))
    return tuple(found), page.next is not None


def _query(look: Look) -> ListQuery:
    """Return what asks for the open cases about who looks, or at a unit where they hold a post."""
    person = look.actor.person or ""
    units = {post.unit for post in look.organisation.posts_of(person, look.day)}
    return look.seen(
        ListQuery(
            persons=(person,),
            units=tuple(sorted(units)),
            states=running_states(look.cycles),
            sort="due_at",
            limit=MOST_WAITING,
        )
    )
