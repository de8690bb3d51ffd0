"""Cases of every kind on the pages, in the words of their scheme: played in memory, shown as is."""

import re
from datetime import date

import pytest

from tests.builders import changed, post
from tests.end_to_end.pages.site import Site
from tests.unit.workflow.case.played import Play, everybody
from tests.unit.workflow.case.test_deputies import standing_in
from tests.unit.workflow.case.test_examples import asked, plan, played
from tests.unit.workflow.case.test_links_2019 import (
    COMMISSION,
    PROVINCIAL,
    at_unit_meeting,
    lists,
    row,
    scheduled,
)
from tests.unit.workflow.case.test_notice_2019 import (
    ALONE,
    FINDINGS,
    GOOD,
    POOR,
    B,
    scored,
    submitted,
    successor,
)
from tests.unit.workflow.web.staged import VIEWER, Stage

DECISION = {"decisions": [{"date": "2020-01-08", "minutes": "纪要<3>号"}]}
MANAGER, SECURITY = "p-manager-east", "p-security-east"


@pytest.fixture
def stage(site: Site, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """The notice of 2019, opened; an inspector looks."""
    seen = changed(people=[VIEWER], posts=[post(VIEWER, "w", "inspector")])
    play = Play(ALONE, everybody().evolve(seen))
    play.open()
    return Stage(play, site, monkeypatch)


@pytest.fixture
def changes(site: Site, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Changes that are asked for; the manager of the division looks."""
    return Stage(played("change-approval", "grp", "2024"), site, monkeypatch, MANAGER)


def told(stage: Stage, number: str) -> str:
    """Return what a case's page says, without its tags."""
    return re.sub(r"<[^>]+>", "", stage.page(stage.visitor(), number))


def in_rectification(play: Play) -> None:
    scored(play, GOOD)
    play.done(B, "give_opinion", "office.c", data=DECISION)
    play.done(B, "approve_opinion", "office.c", data=DECISION)
    play.fed_back(B)
    play.done(B, "start_rectification", "secretary.c.h1", data=lists(row(), row("liaison.c.h1")))


# --- Histories ---


def test_a_life_is_told_in_the_words_of_the_scheme(stage: Stage):
    in_rectification(stage.play)
    text = told(stage, B)
    for said in (
        "述职评议开启；进入起草",
        "述职报告第 1 稿",
        "现场评议得分 92.00",
        "等次“好”",
        "纪要&lt;3&gt;号",
        "进入整改，截止日",
    ):
        assert said in text, said


def test_a_deputys_act_bears_both_names_and_the_desk_says_who_stands_in(stage: Stage):
    play, of = stage.play, "office.c"
    play.organisation = standing_in(play.organisation, of, "office", unit="c", deputy="office.w")
    submitted(play)
    play.done(B, "pass_unit_audit", "deputy_secretary.c.h1")
    assert "代理 姓名&lt;office.w&gt;" in told(stage, B)
    play.done(B, "pass_organ_audit", "office.w")
    assert "姓名&lt;office.w&gt; 代 姓名&lt;office.c&gt;（办公室，c） 机关党委审核通过" in told(
        stage, B
    )


def test_what_a_return_found_and_forgot_is_told(stage: Stage):
    submitted(stage.play)
    stage.play.done(B, "return_unit_audit", "deputy_secretary.c.h1", data=FINDINGS)
    text = told(stage, B)
    assert "单位党委退回" in text
    assert "写明的内容" in text
    assert "不再作数" in text
    assert "退过1 次" in text.replace("\n", "")


def test_who_a_case_was_about_and_is_about_is_told(stage: Stage):
    stage.play.organisation = stage.play.organisation.evolve(changed(people=["newcomer"], posts=[]))
    before = stage.play.organisation
    stage.play.organisation = successor(stage.play, "c.h1", "newcomer")
    assert before is not stage.play.organisation
    stage.play.done(B, "replace_secretary", "office.c", reason="r")
    said = "述职人由 姓名&lt;secretary.c.h1&gt; 换为 姓名&lt;newcomer&gt;"
    assert said in told(stage, B)


def test_a_correction_a_mark_and_a_stopped_clock_are_told(stage: Stage):
    play = stage.play
    play.done(B, "mark", "office.c", reason="r", data={"flags": {"serious": True}})
    due = {"due_at": "2020-01-13T16:00:00+00:00"}
    play.done(B, "change_deadline", "office.c", reason="r", data=due)
    play.done(B, "suspend", "office.c", reason="r")
    play.on(date(2020, 1, 13))
    play.done(B, "resume", "office.c", reason="r")
    scored(play, POOR)
    play.done(B, "correct_score", "secretary.c", reason="记错", data=GOOD)
    text = told(stage, B)
    for said in ("标明“情节严重”", "期限 01-10 → 01-13（人工设定）", "停了 3 个工作日", "更正得分"):
        assert said in text, said


def test_each_of_several_desks_is_shown_with_its_day_until_it_signs(changes: Stage):
    number = asked(changes.play)
    text = told(changes, number)
    assert "东部平台部部门经理" in text
    assert "东部平台安全组安全员" in text
    changes.play.done(number, "approve_change", SECURITY)
    text = told(changes, number)
    assert "代表东部平台安全组安全员签署" in text
    turns = changes.page(changes.visitor(), number).count('class="turn small"')
    assert turns == 1


def test_the_row_of_a_document_is_shown_column_by_column(changes: Stage):
    number = asked(changes.play)
    page = changes.page(changes.visitor(), number)
    columns = changes.play.scheme.documents["change_plan"].columns
    for column in (one for one in columns if not one.optional):
        assert f'<th scope="col">{column.label}</th>' in page
    assert "姓名&lt;p-network&gt;" in page


# --- Links, days that wait, children ---


def test_a_case_that_is_none_yet_is_shown_as_such_and_one_there_is_with_its_state(stage: Stage):
    text = told(stage, B)
    assert "2019-commission-0001" in text
    assert "尚未开启" in text  # visits


def test_what_is_none_yet_is_one_line_to_open_that_names_each_kind_once(stage: Stage):
    page = stage.page(stage.visitor(), B)
    (line,) = re.findall(r'<section[^>]*id="none-yet">(.*?)</section>', page, re.DOTALL)
    shut, _, opened = line.partition("</summary>")
    named = re.findall(r"<li>(.*?)</li>", opened)
    assert f"尚未开启的 {len(named)} 类" in shut
    assert stage.play.scheme.kinds["visit"].label in named
    assert stage.play.case("2019-commission-0001").label not in named
    assert len(named) == len(set(named)) > 1


def test_what_a_day_waits_for_is_said_with_the_day_that_stands_in(stage: Stage):
    play = stage.play
    submitted(play)
    play.done(B, "pass_unit_audit", "deputy_secretary.c.h1")
    play.done(B, "pass_organ_audit", "office.c")
    assert "后定期限，暂以 01-20 为准" in told(stage, B)


def test_a_planned_day_is_told_and_lies_ahead(stage: Stage):
    at_unit_meeting(stage.play)
    scheduled(stage.play, PROVINCIAL, "liaison.w", "2020-01-20")
    scheduled(stage.play, COMMISSION, "office.c", "2020-02-11")
    text = told(stage, COMMISSION)
    assert "定于 2020-02-11" in text
    assert "定于此日" in text


def test_children_are_listed_with_what_is_open(stage: Stage):
    in_rectification(stage.play)
    page = stage.page(stage.visitor(), B)
    assert "2 件未结" in page
    for number in (f"{B}/01", f"{B}/02"):
        child = stage.play.case(number)
        assert f'href="/cases/{child.id}"><span class="num">{number}</span>' in page


def test_a_child_says_what_it_belongs_to_and_what_its_row_says(stage: Stage):
    in_rectification(stage.play)
    text = told(stage, f"{B}/01")
    assert f"整改事项开启；属 {B}" in text
    assert "责任人" in text
    assert "姓名&lt;office.c.h1&gt;" in text


# --- Lists ---


def test_a_mixed_list_has_common_columns_and_one_of_a_kind_its_own(stage: Stage):
    in_rectification(stage.play)
    visitor = stage.visitor()
    mixed, items = visitor.text("/cases"), visitor.text("/cases?kind=item")
    assert '<th scope="col">类别</th>' in mixed
    assert '<th scope="col">责任人</th>' not in mixed
    assert '<th scope="col">类别</th>' not in items
    assert '<th scope="col">责任人</th>' in items
    assert f"{B}/01" in items
    assert "2019-commission-0001" not in items


def test_a_kind_that_no_round_has_is_no_filter(stage: Stage):
    assert stage.visitor().get("/cases?kind=dance").status_code == 400


# --- Forms ---


def test_a_form_with_rows_fires_and_each_row_becomes_a_case(stage: Stage):
    in_rectification(stage.play)
    stage.as_person = "secretary.c.h1"
    visitor, base = stage.visitor(), "documents.lists.rows"
    page = stage.page(visitor, B)
    assert f'name="{base}.0.row" value="1"' in page
    shown = dict(re.findall(rf'name="({re.escape(base)}\.[^"]+)" value="([^"]*)"', page))
    areas = rf'name="({re.escape(base)}\.[^"]+)"[^>]*>([^<]*)</textarea>'
    shown |= dict(re.findall(areas, page))
    chosen = (
        rf'<select[^>]* name="({re.escape(base)}\.[^"]+)"[^>]*>.*?<option value="(\w+)" selected'
    )
    shown |= dict(re.findall(chosen, page, re.DOTALL))
    new = {f"{base}.2.found_by": "judged", f"{base}.2.pace": "standing"}
    new |= {f"{base}.2.problem": "又一题", f"{base}.2.owner": "office.c.h1"}
    new |= {f"{base}.2.measure": "办", f"{base}.2.due": "2020-03-31"}
    answer = stage.send(visitor, B, "add_items", reason="补", **shown | new)
    assert answer.status_code == 303, re.sub(r"<[^>]+>", "", answer.text)
    assert {one.number for one in stage.play.cases("item")} == {f"{B}/0{n}" for n in (1, 2, 3)}


def test_more_rows_are_asked_for_and_nothing_typed_is_lost(stage: Stage):
    in_rectification(stage.play)
    stage.as_person, before = "secretary.c.h1", len(stage.play.store.log)
    name = "documents.lists.rows.2.problem"
    answer = stage.send(stage.visitor(), B, "add_items", more="lists", **{name: "写到一半"})
    assert answer.status_code == 200
    assert "写到一半</textarea>" in answer.text
    assert "documents.lists.rows.7.problem" in answer.text
    assert len(stage.play.store.log) == before


def test_a_fault_in_a_row_stands_at_its_field(stage: Stage):
    in_rectification(stage.play)
    stage.as_person, base = "secretary.c.h1", "documents.lists.rows"
    typed = {f"{base}.3.problem": "题", f"{base}.3.owner": "nobody", f"{base}.3.measure": "办"}
    typed |= {f"{base}.3.due": "someday"}
    answer = stage.send(stage.visitor(), B, "add_items", reason="补", **typed)
    assert answer.status_code == 422
    assert f'id="flaw-add_items-{base}.3.due"' in answer.text
    assert 'value="nobody"' in answer.text


def test_a_window_of_instants_is_read_as_local_time(changes: Stage):
    number = changes.play.opened("change", "east-network", "p-network").case.number
    changes.as_person, base = "p-network", "documents.change_plan.rows.0"
    given = plan()["documents"]["change_plan"]["rows"][0]
    typed = {f"{base}.{name}": text for name, text in given.items() if name != "window"}
    typed |= {f"{base}.window.from": "2024-03-08T09:00", f"{base}.window.until": "2024-03-08T11:00"}
    answer = changes.send(changes.visitor(), number, "ask_approval", **typed)
    assert answer.status_code == 303, re.sub(r"<[^>]+>", "", answer.text)
    (row,) = changes.play.case(number).documents["change_plan"].rows.values()
    assert row["window"]["from"].startswith("2024-03-08T01:00")
