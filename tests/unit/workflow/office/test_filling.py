"""What is read of the sheets of a workbook, for the lists that a trigger takes."""

from dataclasses import dataclass
from typing import Any

import pytest

from services.workflow.application import filling
from services.workflow.application.filled_lists import Reading
from services.workflow.application.saving import to_save
from services.workflow.application.workbooks import Line, Sheet, Table, UnfitWorkbook
from services.workflow.domain.refusals import Blocker

ODD = [Sheet(name="Sheet1", lines=[Line(1, ("a",))])]
ANYTHING: Any = None  # where it is to go is not asked before all sheets are read
FILLING = filling.Filling(
    store=ANYTHING,
    directory=ANYTHING,
    rulebook=ANYTHING,
    boards=ANYTHING,
    office=ANYTHING,
    naming=ANYTHING,
    listings=ANYTHING,
    now=ANYTHING,
)


@dataclass
class Wrong:
    """A list in which every line is wrong."""

    title: str

    def table(self) -> Table:
        return Table(name=self.title, headings=(), lines=())

    def read(self, sheet: Sheet, _reading: Reading) -> None:
        raise UnfitWorkbook([Blocker(code="not_a_code", field=sheet.name)] * 300)


def told(*titles: str) -> list[str]:
    lists: list[Any] = [Wrong(one) for one in titles]
    place = filling._Place(command=ANYTHING, case=ANYTHING, world=ANYTHING, lists=lists)
    with pytest.raises(UnfitWorkbook) as refused:
        FILLING._filled(place, ODD)
    return [one.code for one in refused.value.blockers]


def test_the_only_sheet_is_the_only_list_whatever_it_is_called_and_its_faults_end():
    assert told("名册") == ["not_a_code"] * 200 + ["more_faults"]


def test_of_two_lists_none_is_read_from_a_sheet_that_is_called_otherwise():
    assert told("名册", "议程") == ["sheet_lacking"]


def test_a_file_is_saved_under_a_name_without_slashes_whatever_its_case_is_numbered():
    (header,) = to_save('2019-C-0001/01-a".docx').values()
    assert header.startswith('attachment; filename="2019-C-0001-01-a-.docx"; ')
