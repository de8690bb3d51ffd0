"""The paper of a poll, counted by a workbook.

The one idea: the workbook is another way to type what one person counted. The empty one says
nothing of what another has counted, and what is read is judged by the very rules of what is typed;
only the place of a fault is a cell. Two still count, each for themselves.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from schemas.tally import BLANK
from services.workflow.application.ballots.counting import Counting
from services.workflow.application.ballots.paper_sheets import (
    HEADINGS,
    PaperBrought,
    PaperSheets,
    told_apart,
)
from services.workflow.application.ballots.polls import Polls
from services.workflow.application.ballots.ports import KeptPoll
from services.workflow.application.ballots.sight import Here
from services.workflow.application.boards import Boards
from services.workflow.application.cells import WORDS
from services.workflow.application.saving import WORDS as SAID
from services.workflow.application.saving import File
from services.workflow.application.workbooks import Office
from services.workflow.domain.authority import Actor


@dataclass(frozen=True, kw_only=True, slots=True)
class PaperWorkbooks:
    """The use cases of who counts paper by a workbook."""

    polls: Polls
    counting: Counting
    boards: Boards
    office: Office
    now: Callable[[], datetime]

    def template(self, actor: Actor, case_id: str, name: str, *, named: bool = True) -> File:
        """Return the workbook to fill in: whom the poll covers, and nothing that anybody counted.

        Raises:
            NotYours, NotAllowed: not theirs to count. Conflict: it is not closed, or all is told.
        """
        here, kept = self.counting.to_count(actor, case_id, name)
        sheets = self._sheets(here, kept)
        called = self._called(actor, kept, named=named)
        told = {stream: spelled[-1] for stream, spelled in called.items()}
        content = self.office.write(
            [sheets.sums.table(sheets.sum_lines()), sheets.counts.table(sheets.lines(told))]
        )
        words = (here.case.number, here.poll.label or name, SAID["paper_counts"]["zh"])
        return File(content=content, plain=f"{name}.xlsx", called=words)

    def _called(self, actor: Actor, kept: KeptPoll, *, named: bool) -> Mapping[str, Sequence[str]]:
        """Return what may stand for whom each case is about; what *actor* reads is the last."""
        look = self.boards.look(actor, self.now())
        names = self.boards.names(look, [one.person for one in kept.covered] if named else [])
        units = {stream: look.unit_name(case.unit) for stream, case in self._linked(kept).items()}
        return {
            one.stream: names.spellings(one.person) if one.person else (units.get(one.stream, ""),)
            for one in kept.covered
        }

    def count(
        self,
        actor: Actor,
        case_id: str,
        name: str,
        content: bytes,
        *,
        dry_run: bool = False,
        named: bool = True,
    ) -> PaperBrought:
        """Keep what *actor* counted, as a workbook says it; with *dry_run* nothing is kept.

        Where people are not *named* to *actor*, only their ids may stand beside the numbers.

        Raises:
            As `Counting.count_paper`. UnfitFile, UnfitWorkbook: with what is wrong, each at its
            cell.
        """
        here, kept = self.counting.to_count(actor, case_id, name)  # before anything is unpacked
        sheets = self._sheets(here, kept)
        called = self._called(actor, kept, named=named)
        book = self.office.read(content)
        with book.whole() as found:
            read = sheets.read(found, kept, called, book.spoils)
        counted_by = self.counting.count_paper(actor, case_id, name, read.papers, dry_run=dry_run)
        return replace(read, counted_by=counted_by, rehearsed=dry_run)

    def _linked(self, kept: KeptPoll) -> Mapping[str, Any]:
        *_, linked = self.polls.sight.covering(kept)
        return linked

    def _sheets(self, here: Here, kept: KeptPoll) -> PaperSheets:
        linked = self._linked(kept)
        numbers = {
            one.stream: linked[one.stream].number if one.stream in linked else one.stream
            for one in kept.covered
        }
        boxes = {one.name for one in kept.electorates}
        grades = {
            grade.name: grade.label
            for each in here.world.scheme.gradings.values()
            for grade in each.grades
        }
        values = {one: grades.get(one, "") for one in kept.rule["points"] or ()}
        if kept.rule["blanks"] != "refused":
            values[BLANK] = WORDS["blank"][0]
        return PaperSheets(
            rule=kept.rule,
            numbers=numbers,
            boxes=told_apart(
                {one.name: one.label for one in here.poll.electorates if one.name in boxes}
            ),
            questions=told_apart({one.name: one.label for one in here.poll.sheet}),
            values=told_apart(values, HEADINGS),
        )
