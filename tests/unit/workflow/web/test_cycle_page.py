"""A round's page: how far each tier is, in figures that are those of its cases."""

import re
from pathlib import Path

from tests.end_to_end.pages.site import OFFICE, Site, china
from tests.unit.workflow.web.visitor import Visitor


def test_of_a_round_in_which_nothing_is_done_none_is_told_as_completed(tmp_path: Path):
    site = Site(tmp_path, china("01-08", "08:30"))
    site.password(OFFICE)
    office = Visitor(site).sign_in(OFFICE)
    told = re.findall(r"完成 ([\d,]+) / ([\d,]+)", office.text(f"/cycles/{site.cycle}"))
    assert {done for done, _ in told} == {"0"}
    assert sum(int(expected) for _, expected in told) == 60  # one of them has nobody in the post
