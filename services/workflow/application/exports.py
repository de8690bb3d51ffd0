"""Lists as workbooks: the same filters, and cut to the same sight, as the page or the answer.

The one idea: a list is read page after page while its lines are written, so that a long one costs
a few statements for each two hundred cases and no more memory than one page. Figures and days are
figures and days; every text is a text, whatever it begins with.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from importlib.resources import files

from schemas.calendar import local_day
from services.workflow.application.boards import Look, Names
from services.workflow.application.boards.lists import Filters, list_query
from services.workflow.application.boards.look import Sources
from services.workflow.application.boards.rows import days_left, days_over
from services.workflow.application.boards.spoken import spoken
from services.workflow.application.firing.rules import ZONE
from services.workflow.application.reading_ports import Page
from services.workflow.application.workbooks import MOST_LINES, Office, Table, Value
from services.workflow.domain.case.head import Case

AT_ONCE = 200  # cases of one page
_HEADINGS: Mapping[str, Mapping[str, str]] = json.loads(
    files(__package__).joinpath("exports.json").read_bytes()
)
_CASES = ("number", "label", "unit", "person", "state", "desk", "entered", "due")
_TIMES = ("days_over", "days_left", "suspended")
_INSTANT = timedelta(microseconds=1)
Pages = Callable[[tuple[str, str] | None], Page]  # one page of a list, after a place in it


@dataclass(frozen=True, kw_only=True, slots=True)
class Exports:
    """What lists look like as workbooks."""

    sources: Sources
    office: Office

    def listed(self, look: Look, filters: Filters, title: str) -> bytes:
        """Return the list that a page shows, all of its pages."""
        cycles = look.looked_at(filters.cycle)
        whole = replace(filters, after=None, before=None)
        query = list_query(self.sources, look, cycles, whole) if cycles else None

        def page(after: tuple[str, str] | None) -> Page:
            if query is None:
                return Page(cases=(), next=None, total=0)
            return self.sources.reads.list_cases(replace(query, limit=AT_ONCE, after=after))

        return self.cases(look, page, title)

    def cases(
        self, look: Look, pages: Pages, title: str, language: str = "zh", *, named: bool = True
    ) -> bytes:
        """Return the cases of *pages*, each a line; people by their ids where not *named*."""
        table = Table(
            name=title,
            headings=headings((*_CASES, *_TIMES), language),
            lines=self._lines(look, pages, language, named=named),
        )
        return self.office.write([table])

    def _lines(
        self, look: Look, pages: Pages, language: str, *, named: bool
    ) -> Iterator[Sequence[Value]]:
        after, n_written = None, 0
        while n_written < MOST_LINES:
            page, names = pages(after), Names(look)
            if named:
                names.want(*(case.person for case in page.cases))
                names.want(*(holder.person for case in page.cases for holder in case.holders))
                names.look_up(self.sources.reads)
            for case in page.cases:
                yield self._line(look, names, case)
            n_written += len(page.cases)
            after = page.next
            if after is None:
                return
        (cut,) = headings(["cut"], language)
        yield [cut.format(total=page.total, n=n_written)]

    def _line(self, look: Look, names: Names, case: Case) -> Sequence[Value]:
        rules = self.sources.rulebook.of(case.cycle)
        here = spoken(case, rules.scheme, look.organisation.vocabulary)
        desks = (
            names(one.person) if one.person else f"{look.unit_name(one.unit)}{look.role(one.role)}"
            for one in case.holders
        )
        return (
            case.number,
            here.life.label or case.label,
            look.unit_name(case.unit),
            names(case.person),
            here.state(case.state),
            ", ".join(dict.fromkeys(desks)),
            _day(case.entered_at),
            _day(case.due_at - _INSTANT if case.due_at else None),
            days_over(case, look, rules),
            days_left(case, look, rules),
            _day(case.suspended_at),
        )


def headings(names: Sequence[str], language: str) -> list[str]:
    """Return what the columns are called."""
    return [_HEADINGS[name].get(language, _HEADINGS[name]["zh"]) for name in names]


def _day(at: datetime | None) -> date | None:
    return None if at is None else local_day(at, ZONE)
