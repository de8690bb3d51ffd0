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


def test_a_round_has_columns_of_what_something_is_in_and_tiers_by_name(shipped: Site):
    shipped.password(OFFICE)
    office = Visitor(shipped).sign_in(OFFICE)
    told = office.text(f"/cycles/{shipped.cycle}")
    heads = re.findall(r'<th scope="col" class="n">([^<]+)</th>', told)
    assert "起草" in heads
    assert "已评分" not in heads
    assert "commission ·" not in told
    assert "C · " in told
    told = office.text(f"/cycles/{shipped.cycle}/outcome")
    assert "commission ·" not in told
    # What is about a unit says it once.
    assert not re.search(r">([^<]+)</a><span class=\"sub\">\1 <span", told)
    assert re.search(r"</a><span class=\"sub\"><span class=\"num number\">", told)
