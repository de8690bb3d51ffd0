"""What is heard is the version that passed, no page offers another, and each counts its own."""

import re
from operator import attrgetter
from pathlib import Path
from uuid import uuid4

from services.workflow.application.firing.commands import CaseCommand
from tests.builders import passed
from tests.unit.workflow.web.test_gathering_costs import HOST, Large
from tests.unit.workflow.web.visitor import Visitor

TEXTS = dict.fromkeys(("achievements", "problems", "tasks"), "写明的内容。")
DRAFTED = ("highlights", "problems", "suggestions")


def done(site: Large, trigger: str, by: str, **data: object) -> None:
    actor, case = site.actor(by), site.review_of("b-0").stream
    command = CaseCommand(case=case, trigger=trigger, actor=actor, data=data, key=str(uuid4()))
    answer = site.parts.firing.fire(command)
    assert answer.outcome == "done", (answer.blockers, answer.faults)


def test_a_report_that_has_not_passed_is_offered_nowhere_to_be_presented(tmp_path: Path):
    site = Large(tmp_path, 1)
    visitor = Visitor(site).sign_in(HOST)
    agenda, short = (
        f"/cases/{site.meeting.id}/gathering",
        f"/cases/{site.review_of('b-0').id}/short",
    )
    done(site, "submit", "p-0", documents={"report": {"parts": TEXTS}})
    shown = visitor.text(agenda)
    assert "尚无审定的稿" in shown
    assert short not in shown
    assert visitor.get(short).status_code == 404
    done(site, "pass_unit_audit", HOST, **passed())
    assert f'<a href="{short}">第 1 稿</a>' in visitor.text(agenda)
    assert visitor.get(short).status_code == 200


def test_the_first_stage_counts_the_versions_of_what_it_waits_for(tmp_path: Path):
    site = Large(tmp_path, 1)
    visitor = Visitor(site).sign_in(HOST)
    done(site, "set_mode", HOST, mode="on_site")
    done(site, "submit", "p-0", documents={"report": {"parts": TEXTS}})
    drafted = {"comment_draft": {"parts": dict.fromkeys(DRAFTED, "点评提纲。")}}
    for _ in range(3):
        done(site, "file_comment_draft", "p-0", documents=drafted)
    shown = visitor.text(f"/cases/{site.review_of('b-0').id}")
    assert "· 1 稿" in shown
    assert "· 3 稿" not in shown


def test_what_waits_for_the_meeting_is_shown_closed_with_why_and_from_a_desk_as_a_way(
    tmp_path: Path,
):
    site = Large(tmp_path, 1)
    visitor = Visitor(site).sign_in(HOST)
    done(site, "submit", "p-0", documents={"report": {"parts": TEXTS}})
    done(site, "pass_unit_audit", HOST, **passed())
    path = f"/cases/{site.review_of('b-0').id}"
    room = visitor.get(f"/cases/{site.meeting.id}/gathering").get_data(as_text=True)
    assert f'<form method="post" action="{path}/transitions">' not in room
    assert 'disabled aria-describedby="waits-present-link_not_there">登记述职' in room
    assert 'id="waits-present-link_not_there">现在不能登记述职：述评会议' in room
    desk = visitor.get("/tasks").get_data(as_text=True)
    assert f'<form method="post" action="{path}/transitions">' not in desk
    assert f'href="{path}#act-present">登记述职…</a>' in desk


def test_a_meeting_lists_its_cases_and_its_roster_by_number(tmp_path: Path):
    site = Large(tmp_path, 12)
    visitor = Visitor(site).sign_in(HOST)
    path = f"/cases/{site.meeting.id}"
    listed = re.findall(r'<span class="num">(2019-C-[0-9]+)</span>', visitor.get(path).text)
    assert listed == sorted(listed)
    assert len(listed) == 12
    told = visitor.post(f"{path}/transitions", path, trigger="list_attendants")
    assert told.status_code == 303
    reviews = sorted((site.review_of(f"b-{n}") for n in range(12)), key=attrgetter("number"))
    seated = re.findall(r"演示(p-[0-9]+)", visitor.get(f"{path}/roster").text)
    assert list(dict.fromkeys(seated)) == [one.person for one in reviews]


def test_a_form_of_the_room_over_what_moved_meanwhile_says_when_and_by_whom(tmp_path: Path):
    site = Large(tmp_path, 1)
    visitor = Visitor(site).sign_in(HOST)
    meeting = f"/cases/{site.meeting.id}"

    def sent(case: str, trigger: str) -> str:
        fields = {"version": "1", "back": "gathering", "next": site.meeting.id}
        shown_at = f"{meeting}/gathering"
        answer = visitor.post(f"/cases/{case}/transitions", shown_at, trigger=trigger, **fields)
        assert answer.status_code == 412
        return answer.get_data(as_text=True)

    told = visitor.post(f"{meeting}/transitions", meeting, trigger="list_attendants")
    assert told.status_code == 303
    own = sent(site.meeting.id, "list_attendants")
    assert f"页面打开后，演示{HOST}已于 01-08" in own
    done(site, "submit", "p-0", documents={"report": {"parts": TEXTS}})
    done(site, "pass_unit_audit", HOST, **passed())
    others = sent(site.review_of("b-0").id, "present")
    assert "页面打开后，这一件已有变动（01-08" in others
    assert not any("请求依据的是" in one for one in (own, others))
