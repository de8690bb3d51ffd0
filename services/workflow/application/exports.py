"""Lists as workbooks: the same filters, and cut to the same sight, as the page or the answer.

The one idea: a list is read page after page while its lines are written, so that a long one costs
a few statements for each two hundred cases and no more memory than one page. Figures and days are
figures and days; every text is a text, whatever it begins with.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from importlib.resources import files

from schemas.calendar import local_day
from services.workflow.application.boards import Look, Names
from services.workflow.application.boards.ledger import row_texts
from services.workflow.application.boards.lists import Filters, list_query
from services.workflow.application.boards.look import Sources
from services.workflow.application.boards.recurring import numbers_in
from services.workflow.application.boards.rows import days_left, days_over
from services.workflow.application.boards.spoken import spoken
from services.workflow.application.firing.rules import ZONE
from services.workflow.application.reading_ports import Page
from services.workflow.application.rulebook import Rules
from services.workflow.application.workbooks import MOST_LINES, Office, Table, Value
from services.workflow.domain.case.head import Case
from services.workflow.domain.language.model.documents import Case as NamesCase
from services.workflow.domain.language.model.documents import (
    Choice,
    Column,
    Day,
    Person,
    Text,
    Unit,
)
from services.workflow.domain.language.model.lives import Kind

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

    def handed_out(self, look: Look, name: str, content: bytes) -> bytes:
        """Return *content*, the list of that name, once it is kept who takes it away.

        It is kept after the list was made, so that what is refused leaves no trace of being had.

        Raises:
            OutcomeUnknown, StoreUnavailable: it cannot be kept.
        """
        self.sources.watch.keep_export(look.actor, name, look.day)
        return content

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

    def ledger(self, look: Look, rules: Rules, kind: Kind, filters: Filters) -> bytes:
        """Return the ledger of *kind*: its cases, with the rows that they were made from.

        What a row says stands there for who reads it on the page, and for nobody else.
        """
        query = list_query(self.sources, look, (rules,), replace(filters, after=None, before=None))
        columns = {
            one.name: one
            for made in kind.made_from
            for one in rules.scheme.documents[made.document].columns
        }

        def lines() -> Iterator[Sequence[Value]]:
            after, n_written = None, 0
            while n_written < MOST_LINES:
                page = self.sources.reads.list_cases(replace(query, limit=AT_ONCE, after=after))
                texts = row_texts(self.sources, look, page.cases)
                names = self._names(look, page.cases, columns.values())
                named = ((case, one) for case in page.cases for one in columns.values())
                called = partial(_called, numbers_in(self.sources, look, named), rules)
                for case in page.cases:
                    said = texts.get(case.stream, {})
                    row = [_of_row(one, case, said, names, look) for one in columns.values()]
                    told = map(called, columns.values(), row)
                    yield [*self._line(look, names, case), *told]
                n_written += len(page.cases)
                after = page.next
                if after is None:
                    return
            (cut,) = headings(["cut"], "zh")
            yield [cut.format(total=page.total, n=n_written)]

        told = [*headings((*_CASES, *_TIMES), "zh"), *(one.label for one in columns.values())]
        return self.office.write([Table(name=kind.label, headings=told, lines=lines())])

    def _names(self, look: Look, cases: Sequence[Case], columns: Iterable[Column]) -> Names:
        names, people = Names(look), [one.name for one in columns if isinstance(one.type, Person)]
        names.want(*(case.person for case in cases))
        names.want(*(holder.person for case in cases for holder in case.holders))
        names.want(
            *(str(case.values[one]) for case in cases for one in people if one in case.values)
        )
        names.look_up(self.sources.reads)
        return names

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
            page = pages(after)
            names = self._names(look, page.cases, ()) if named else Names(look)
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
            names(one.person)
            if one.person
            else f"{look.unit_name(one.unit)}{look.gap}{look.role(one.role)}"
            for one in case.holders
        )
        return (
            case.number,
            here.life.label,
            look.unit_name(case.unit),
            names(case.person),
            here.state(case.state),
            look.between.join(dict.fromkeys(desks)),
            _day(case.entered_at),
            _day(case.due_at - _INSTANT if case.due_at else None),
            days_over(case, look, rules),
            days_left(case, look, rules),
            _day(case.suspended_at),
        )


def _of_row(column: Column, case: Case, said: Mapping[str, str], names: Names, look: Look) -> Value:
    """Return what a column of the row says that *case* was made from."""
    if isinstance(column.type, Text):
        return said.get(column.name)
    value = case.values.get(column.name)
    if value is None:
        return None
    match column.type:
        case Day():
            return date.fromisoformat(str(value))
        case Person():
            return names(str(value))
        case Unit():
            return look.unit_name(str(value))
        case Choice(options=options):
            return next((one.label or one.name for one in options if one.name == value), str(value))
    return value if isinstance(value, str | int) else str(value)


def _called(numbers: Mapping[str, str], rules: Rules, column: Column, cell: Value) -> Value:
    """Return a cell, with what people call a case: of one out of sight no more than its kind."""
    if not isinstance(column.type, NamesCase) or not isinstance(cell, str):
        return cell
    kind = rules.scheme.kinds.get(cell.partition("/")[0])
    return numbers.get(cell, "" if kind is None else kind.label)


def headings(names: Sequence[str], language: str) -> list[str]:
    """Return what the columns are called."""
    return [_HEADINGS[name].get(language, _HEADINGS[name]["zh"]) for name in names]


def _day(at: datetime | None) -> date | None:
    return None if at is None else local_day(at, ZONE)
