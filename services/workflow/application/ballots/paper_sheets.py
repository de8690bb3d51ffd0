"""The sheets on which the paper of a poll is counted: the sums, and what was counted of whom.

The one idea: a line says what it is about, so lines may stand in any order, and whatever is wrong
is told at once, each at its cell.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from schemas.fields import Choice, Figure, StrictInt, Text
from schemas.limits import SLIPS
from schemas.tally import BLANK
from services.workflow.application.ballots.ports import KeptPoll
from services.workflow.application.cells import WORDS, given
from services.workflow.application.cells import plain as as_ascii
from services.workflow.application.described import Column, Described, Row, faults_of, misnamed
from services.workflow.application.workbooks import (
    Sheet,
    UnfitWorkbook,
    Value,
    at,
    of_a_cell,
    strangers,
)
from services.workflow.domain.ballots.reconciling import OnPaper, Papers, paper_faults
from services.workflow.domain.ballots.sheet import plain, value_at_fault
from services.workflow.domain.refusals import Blocker

SUMS = ("n_paper", "n_void", "n_returned", "n_not_returned")
_BOX, _NUMBER, _ABOUT, _QUESTION, _VALUE, _N = "electorate", "number", "about", "question", "=", "n"
_COUNTS = "counts"
_MOST_NAME = 80
Cell = tuple[str, str, str]  # electorate, case, question


@dataclass(frozen=True, kw_only=True, slots=True)
class CountedLine:
    """What a workbook says of one question about one case, and where."""

    place: str
    electorate: str
    about: str
    question: str
    counts: Mapping[str, int]  # by what is read for a value


@dataclass(frozen=True, kw_only=True, slots=True)
class PaperBrought:
    """What somebody counted, by a workbook."""

    papers: Papers
    labels: Mapping[str, str]  # of electorates
    sums: Mapping[str, str]  # where the sums of each stand
    lines: Sequence[CountedLine]
    counted_by: Sequence[str]
    rehearsed: bool


@dataclass(kw_only=True, slots=True)
class PaperSheets:
    """The two sheets of one poll."""

    rule: Mapping[str, Any]
    numbers: Mapping[str, str]  # of the cases that it covers, in the order of the sheet
    boxes: Mapping[str, str]
    questions: Mapping[str, str]
    values: Mapping[str, str]  # what paper may say; of a range, only that it says nothing
    sums: Described = field(init=False)
    counts: Described = field(init=False)

    def __post_init__(self) -> None:
        box = _choice(_BOX, self.boxes)
        self.sums = Described(
            title=WORDS["paper_sums"][0],
            columns=[box, *(_column(one, _n(required=True)) for one in SUMS)],
        )
        self.counts = Described(
            title=WORDS["paper_counts"][0],
            columns=[
                box,
                _column(_NUMBER, Text(most=_MOST_NAME, required=True)),
                Column(path=(_ABOUT,), heading=WORDS["person"][0], shown=True),
                _choice(_QUESTION, self.questions),
                *self._counted(),
            ],
        )

    @property
    def _is_range(self) -> bool:
        return self.rule["points"] is None

    def _counted(self) -> Iterator[Column]:
        if self._is_range:
            yield _column(_VALUE, Text(most=_MOST_NAME), "value")
            yield _column(_N, _n(), "n_sheets")
            return
        for name, label in self.values.items():
            yield Column(path=(_COUNTS, name), heading=label, field=_n())

    def sum_lines(self) -> Iterator[Sequence[Value]]:
        """Yield a line for each electorate, its sums to be filled in."""
        yield from ([label] for label in self.boxes.values())

    def lines(self, told: Mapping[str, str]) -> Iterator[Sequence[Value]]:
        """Yield a line for each question about each case in each electorate."""
        for label in self.boxes.values():
            for stream, number in self.numbers.items():
                for question in self.questions.values():
                    yield [label, number, told.get(stream, ""), question]

    def read(
        self,
        sheets: Sequence[Sheet],
        kept: KeptPoll,
        called: Mapping[str, Sequence[str]],
        spoils: Callable[[str], bool] = lambda _place: False,
    ) -> PaperBrought:
        """Return what was counted. *called*: what may stand for whom a case is about.

        A cell that the workbook *spoils* is no value, and told without us. What is at fault hides
        nothing of the rest: each question is summed up whose own lines can be read, and the sum
        that it is held against.

        Raises:
            UnfitWorkbook: with what is wrong, each at its cell.
        """
        blockers = list(strangers(sheets, (self.sums.title, self.counts.title)))
        sums = self._sums(sheets, blockers)
        found: dict[Cell, tuple[Row, dict[str, int]]] = {}
        unsure = set[Cell | None]()  # of which cells a line says something unclear; None: of any
        for row in self.counts.rows(sheets, blockers):
            wrong = [*faults_of(self.counts.columns, row), *self._misplaced(row, called)]
            if not wrong and not any(map(spoils, row.places.values())):
                wrong = [*self._add(found, row)]
                unsure |= {self._cell(row)} if wrong else set()
            else:
                unsure.add(None if any(map(spoils, self._identity(row))) else self._cell(row))
            blockers += wrong
        at_fault = {one.field for one in blockers}
        papers = {
            name: _on_paper(row, name, found)
            for name, row in sums.items()
            if row.at(SUMS[0]) not in at_fault and not spoils(row.at(SUMS[0]))
        }
        blockers += self._at_fault(papers, sums, found, kept, unsure)
        if blockers:
            raise UnfitWorkbook({(one.code, one.field): one for one in blockers}.values())
        return PaperBrought(
            papers=papers,
            labels=self.boxes,
            sums={name: row.at(SUMS[0]) for name, row in sums.items()},
            lines=[*self._told(found)],
            counted_by=(),
            rehearsed=True,
        )

    def _sums(self, sheets: Sequence[Sheet], blockers: list[Blocker]) -> dict[str, Row]:
        """Return the line of each electorate in the sheet of sums; each has one."""
        found: dict[str, Row] = {}
        for row in self.sums.rows(sheets, blockers):
            wrong = [*faults_of(self.sums.columns, row)]
            blockers += wrong
            box = row.value(_BOX)
            if box in found:
                blockers.append(Blocker(code="repeated", field=row.at(_BOX)))
            elif box in self.boxes:
                found[box] = row
        for name, label in self.boxes.items():
            if name not in found:
                place = at(self.sums.title, 1, 0)
                params = {"electorate": label}
                blockers.append(Blocker(code="paper_line_lacking", field=place, params=params))
        return found

    def _misplaced(self, row: Row, called: Mapping[str, Sequence[str]]) -> Iterator[Blocker]:
        """Yield that the line is about no case of the sheet, or about another person's."""
        if row.value(_NUMBER) is None:
            return  # told as lacking
        about = self._about(row)
        if about is None:
            yield Blocker(code="not_on_the_sheet", field=row.at(_NUMBER))
        else:
            yield from misnamed(row, (_ABOUT,), *called.get(about, ()))

    def _about(self, row: Row) -> str | None:
        number = as_ascii(row.value(_NUMBER) or "")
        return next((one for one, n in self.numbers.items() if n == number), None)

    def _cell(self, row: Row) -> Cell | None:
        """Return what a line is about; None: it does not say."""
        box, about, question = row.value(_BOX), self._about(row), row.value(_QUESTION)
        if box not in self.boxes or about is None or question not in self.questions:
            return None
        return box, about, question

    def _identity(self, row: Row) -> Iterator[str]:
        """Yield the places that say what a line is about."""
        yield from (row.at(one) for one in (_BOX, _NUMBER, _QUESTION))

    def _add(self, found: dict[Cell, tuple[Row, dict[str, int]]], row: Row) -> Iterator[Blocker]:
        """Put a sound line where it belongs; yield why it does not go beside another."""
        cell = self._cell(row)
        if cell is None:
            return
        if self._is_range:
            yield from self._add_value(found.setdefault(cell, (row, {}))[1], row)
        elif cell in found:
            yield Blocker(code="repeated", field=row.at(_NUMBER))
        else:
            found[cell] = (row, dict(row.value(_COUNTS) or {}))

    def _add_value(self, counts: dict[str, int], row: Row) -> Iterator[Blocker]:
        told, n = row.value(_VALUE), row.value(_N)
        if told is None and n is None:
            return  # of the template, and not filled in
        if told is None or n is None:
            yield Blocker(code="required", field=row.at(_VALUE if told is None else _N))
            return
        value = BLANK if told == self.values.get(BLANK) else _figure(told)
        if value in counts:
            yield Blocker(code="repeated", field=row.at(_VALUE))
        elif wrong := [*value_at_fault(_VALUE, value, self.rule)]:
            yield from (of_a_cell(fault, row.at(_VALUE)) for fault in wrong)
        else:
            counts[value] = n

    def _at_fault(
        self,
        papers: Papers,
        sums: Mapping[str, Row],
        found: Mapping[Cell, tuple[Row, Mapping[str, int]]],
        kept: KeptPoll,
        unsure: Collection[Cell | None],
    ) -> Iterator[Blocker]:
        streams = [one.stream for one in kept.covered]
        for fault in paper_faults(papers, streams, kept.rule):
            _, box, about, question = fault.field.split(".")
            cell = (box, about, question)
            if self._is_sure(cell, found, unsure):
                yield of_a_cell(fault, self._place(cell, sums, found))

    def _is_sure(
        self, cell: Cell, found: Collection[Cell], unsure: Collection[Cell | None]
    ) -> bool:
        """Return whether all that was counted there is known."""
        if None in unsure and (self._is_range or cell not in found):
            return False  # a line that says not what it is about may belong there
        return cell not in unsure

    def _place(
        self,
        cell: Cell,
        sums: Mapping[str, Row],
        found: Mapping[Cell, tuple[Row, Mapping[str, int]]],
    ) -> str:
        """Return where a fault of *cell* is told: at what is counted, else at the sum."""
        if cell not in found:
            return sums[cell[0]].at(SUMS[0])
        row, _ = found[cell]
        if self._is_range:
            return row.at(_VALUE)
        return row.at(_COUNTS, next(iter(self.values)))

    def _told(self, found: Mapping[Cell, tuple[Row, Mapping[str, int]]]) -> Iterator[CountedLine]:
        for (box, about, question), (row, counts) in found.items():
            yield CountedLine(
                place=row.at(_NUMBER),
                electorate=self.boxes[box],
                about=self.numbers[about],
                question=self.questions[question],
                counts={self.values.get(one, one): n for one, n in counts.items() if n},
            )


def _on_paper(sums: Row, box: str, found: Mapping[Cell, tuple[Row, Mapping[str, int]]]) -> OnPaper:
    counts = {
        (about, question, value): n
        for (where, about, question), (_, each) in found.items()
        if where == box
        for value, n in each.items()
    }
    return OnPaper(counts=counts, **{one: sums.value(one) for one in SUMS})


def _figure(told: str) -> str:
    """Return a figure in its one spelling; what is none is refused by the rule of the poll."""
    number = given(Figure(), told)
    try:
        return plain(Decimal(number))
    except InvalidOperation:
        return str(number)


def _n(*, required: bool = False) -> StrictInt:
    return StrictInt(least=0, most=SLIPS, required=required)


def _column(name: str, of: Any, word: str = "") -> Column:
    return Column(path=(name,), heading=WORDS[word or name][0], field=of)


def _choice(name: str, labels: Mapping[str, str]) -> Column:
    of = Choice(labels, required=True)
    of.metadata = {**of.metadata, "labels": labels}
    return _column(name, of)


def told_apart(labels: Mapping[str, str], others: Iterable[str] = ()) -> dict[str, str]:
    """Return what people read for names: the name itself where two would be called the same."""
    often = Counter([*labels.values(), *others])
    return {one: label if often[label] == 1 and label else one for one, label in labels.items()}


HEADINGS = [WORDS[one][0] for one in (_BOX, _NUMBER, "person", _QUESTION)]
