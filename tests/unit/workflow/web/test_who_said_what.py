"""The pages of a meeting say who commented and in which post, and why somebody stays away."""

import re

from services.workflow.adapters.web.minutes import outcome
from tests.end_to_end.pages import test_gathering as hall
from tests.end_to_end.pages.test_gathering import LIAISON, SECRETARY_NAME, Hall, place
from tests.unit.workflow.web.visitor import Visitor

site = hall.site  # a meeting in session, its one review heard and commented on

HOST, POST = "演示甲子", "省直机关工委（演示）联络员"


def test_a_comment_says_who_made_it_in_which_post_on_the_page_and_in_the_minutes(site: Hall):
    page = Visitor(site).sign_in(LIAISON).text(f"{place(site)}?from=1")  # behind its end
    row = re.search(r'class="told">.*?</td>', page, re.DOTALL)
    assert row
    assert "写明的内容" in row[0]
    assert f"{HOST}（{POST}）" in row[0]
    look = site.parts.boards.look(site.actor(LIAISON), site.parts.now())
    board = site.parts.boards.gathering(look, site.meeting().id, "whole")
    assert f"1 条（{HOST}（{POST}））" in outcome(board)  # where the minutes begin


def test_the_reason_that_was_typed_stands_on_the_roster_and_the_sheet_and_what_was_before(
    site: Hall,
):
    host, at = Visitor(site).sign_in(LIAISON), place(site, "roster")
    seat = re.search(
        rf'name="(row\.\d+)"[^>]*>\s*<span[^>]*>\d+</span> {SECRETARY_NAME}', host.text(at)
    )
    assert seat
    for reason in ("住院手术", "改为门诊手术"):
        told = {"trigger": "take_attendance", "way": "excused", "reason": reason, seat[1]: "1"}
        answer = host.post(at, at, **told)
        assert answer.status_code == 303, answer.get_data(as_text=True)
    page = host.text(at)
    assert "（改为门诊手术）" in page
    assert "先前 1 次" in page
    assert "（住院手术）" in page
    assert "（改为门诊手术）" in host.text(place(site, "sheet"))
