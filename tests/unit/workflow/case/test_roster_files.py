"""A roster's file as tables give it, and everything that is wrong with one, told at once."""

from typing import Any

import pytest

from services.workflow.domain.reasons import sentence
from tests.unit.workflow.case.meeting import HOST, hospital, listing, roster
from tests.unit.workflow.case.played import Play
from tests.unit.workflow.case.test_links_2019 import UNIT
from tests.unit.workflow.case.test_notice_2019 import SCHEME

FILE = "data.rosters.attendance.file"


@pytest.fixture
def play() -> Play:
    made = Play(SCHEME, hospital(300))
    made.open()
    return made


def listed(play: Play, file: str) -> list[tuple[str | None, str]]:
    """Take a file; return who came by invitation."""
    play.done(UNIT, "list_attendants", HOST, data=roster(file=file))
    rows = (one for one in listing(play).rows if one.capacity == "invited")
    return [(one.person, one.guest) for one in rows]


def told(play: Play, file: str) -> list[tuple[str, Any]]:
    """Have a file refused; return what is said of which line."""
    blockers = play.act(UNIT, "list_attendants", HOST, data=roster(file=file)).blockers
    assert {one.field for one in blockers} <= {FILE}
    return [(one.code, one.params["line"]) for one in blockers]


@pytest.mark.parametrize("between", [",", "，", "\t", " , "])
@pytest.mark.parametrize("before", ["", "\ufeff", "身份{0}姓名\n", "\ufeffCapacity{0}Name\r\n"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_file_is_taken_as_tables_give_it(play: Play, between: str, before: str, ends: str):
    label = "先进模范和党员、群众代表"
    lines = [f"invited{between}office.c.b1", "", f"{label}{between}来宾甲{between}"]
    file = before.format(between) + ends.join(lines)
    assert listed(play, file) == [("office.c.b1", ""), (None, "来宾甲")]


def test_columns_come_in_the_order_that_their_headings_say(play: Play):
    assert listed(play, "姓名\t身份\n来宾甲\t先进模范和党员、群众代表") == [(None, "来宾甲")]


def test_a_quoted_name_may_have_a_comma_in_it(play: Play):
    assert listed(play, 'invited,"Smith, John"') == [(None, "Smith, John")]


def test_three_hundred_lines_are_taken_at_once(play: Play):
    file = "\n".join(f"invited,来宾{n}" for n in range(300))
    assert len(listed(play, file)) == 300


def test_every_fault_of_a_file_is_told_at_once_with_its_line(play: Play):
    lines = (
        "身份,姓名",
        "嘉宾,来宾甲",
        "invited",
        "invited,nobody.c.h1",
        "invited,来宾乙",
        "先进模范和党员、群众代表,来宾丙",
        "invited,来宾乙",
        "invited,office.c.b1",
        "committee,office.c.b1",
        "invited,来宾,丁",
        f"invited,{'长' * 41}",
        "来宾戊",
    )
    assert told(play, "\n".join(lines)) == [
        ("roster_line_capacity", 2),
        ("roster_line_nameless", 3),
        ("roster_line_unknown", 4),
        ("roster_line_repeated", 7),
        ("roster_line_repeated", 9),
        ("roster_line_unreadable", 10),
        ("roster_line_name_long", 11),
        ("roster_line_unreadable", 12),
    ]


def test_of_a_name_that_is_too_long_it_is_said_how_long_it_may_be(play: Play):
    file = roster(file=f"姓名,身份\n{'长' * 41},invited\n来宾甲")
    long, lacking = play.act(UNIT, "list_attendants", HOST, data=file).blockers
    assert sentence(long, "zh") == ("文件第2行的姓名有41个字", "至多40个字")
    assert lacking.code == "roster_line_capacity"  # the table has the name first
    assert not play.case(UNIT).rosters  # nothing of it was taken


def test_whoever_is_on_the_roster_already_may_stand_in_a_file_again(play: Play):
    assert listed(play, "invited,来宾甲") == listed(play, "invited,来宾甲")


def test_two_guests_of_one_name_are_told_apart_by_what_stands_behind_it(play: Play):
    twice = play.act(
        UNIT, "list_attendants", HOST, data=roster(file="invited,来宾甲\ninvited,来宾甲")
    )
    (repeated,) = twice.blockers
    assert repeated.code == "roster_line_repeated"
    assert "“来宾甲（一院）”" in sentence(repeated, "zh")[1]
    assert "Guest A (First Hospital)" in sentence(repeated, "en")[1]
    assert listed(play, "invited,来宾甲（一院）\ninvited,来宾甲（二院）") == [
        (None, "来宾甲（一院）"),
        (None, "来宾甲（二院）"),
    ]


@pytest.mark.parametrize("again", ["王 小明", "王\u3000小明", "王小 明 "])
def test_a_name_that_a_table_aligned_is_the_same_name(play: Play, again: str):
    assert told(play, f"invited,王小明\ninvited,{again}") == [("roster_line_repeated", 2)]
    label = "先进模范和党员、群众代表"
    assert told(play, f"invited,王小明\n{label},{again}") == [("roster_line_repeated", 2)]
    rows = [{"capacity": "invited", "guest": one} for one in ("王小明", again)]
    (twice,) = play.act(UNIT, "list_attendants", HOST, data=roster(rows=rows)).blockers
    assert twice.code == "listed_twice"
    assert listed(play, "invited,王小明") == listed(play, f"invited,{again}") == [(None, "王小明")]


def test_blanks_between_words_of_other_letters_stay(play: Play):
    assert len(listed(play, "invited,An Na\ninvited,Anna")) == 2


def test_a_list_that_adds_nobody_stays_the_text_that_it_was(play: Play):
    listed(play, "invited,来宾甲")
    before = play.case(UNIT).listed
    assert listed(play, "invited,来宾甲") == [(None, "来宾甲")]
    assert play.case(UNIT).listed == before
    assert not play.written[-1].texts
    listed(play, "invited,来宾乙")
    assert play.case(UNIT).listed != before


def test_a_guest_is_told_once_among_rows(play: Play):
    rows = [{"capacity": "invited", "guest": "来宾甲"}] * 2
    (twice,) = play.act(UNIT, "list_attendants", HOST, data=roster(rows=rows)).blockers
    place = "data.rosters.attendance.rows[1].guest"
    assert (twice.code, twice.field, twice.params["first"]) == ("listed_twice", place, 1)


def test_a_person_is_told_once_among_rows(play: Play):
    rows = [{"capacity": "invited", "person": "office.c.b1"}] * 2
    (twice,) = play.act(UNIT, "list_attendants", HOST, data=roster(rows=rows)).blockers
    place = "data.rosters.attendance.rows[1].person"
    assert (twice.code, twice.field, twice.params["first"]) == ("listed_twice", place, 1)


UNSEEN = "张\u200b三"


@pytest.mark.parametrize(
    "file", [f"invited,张三\ninvited,{UNSEEN}", "invited,office.c.b1\ninvited,office\u2060.c.b1"]
)
def test_names_that_look_the_same_are_of_one(play: Play, file: str):
    assert told(play, file) == [("roster_line_repeated", 2)]


def test_a_name_is_kept_as_people_see_it_whichever_way_it_comes(play: Play):
    assert listed(play, f"invited,{UNSEEN}") == [(None, "张三")]
    rows = [{"capacity": "invited", "guest": one} for one in (UNSEEN, "\ufeff李四")]
    play.done(UNIT, "list_attendants", HOST, data=roster(rows=rows))
    assert listed(play, "") == [(None, "张三"), (None, "李四")]
    twice = [{"capacity": "invited", "guest": one} for one in ("王五", "王\u00ad五")]
    refused = play.act(UNIT, "list_attendants", HOST, data=roster(rows=twice)).blockers
    assert [one.code for one in refused] == ["listed_twice"]


def test_who_is_brought_without_the_post_of_that_capacity_is_told_and_taken(play: Play):
    file = "committee,张三\ncommittee,secretary.c.h1\ninvited,李四\n党委委员,office.c.b1"
    rows = [{"capacity": "discipline", "guest": "王五"}]
    data = roster(file=file, rows=rows)
    for dry_run in (True, False):
        answer = play.act(UNIT, "list_attendants", HOST, data=data, dry_run=dry_run)
        assert [(one.code, one.field, one.params) for one in answer.warnings] == [
            (WITHOUT, "data.rosters.attendance.rows", params("discipline", "纪委委员", "1")),
            (WITHOUT, FILE, params("committee", "党委委员", "1, 4")),
        ]
        zh, en = (sentence(answer.warnings[1], one)[0] for one in ("zh", "en"))
        assert zh == "所列的人（第1、4行，共2人）没有这一职务，仍照所列作为“党委委员”"
        assert en == (
            "who is listed (line 1, 4; 2 in all) does not hold the post of that capacity, "
            "and is taken in it all the same"
        )
    assert "张三" in [one.guest for one in listing(play).rows if one.capacity == "committee"]


def test_of_many_lines_whole_numbers_are_told_and_that_there_are_more(play: Play):
    file = "\n".join(f"committee,来宾{n}" for n in range(95, 215))
    (warned,) = play.act(UNIT, "list_attendants", HOST, data=roster(file=file)).warnings
    assert warned.params["n"] == 120
    assert sentence(warned, "zh")[0].startswith("所列的人（第1、2、3、")
    assert "、19、20、…行，共120人）" in sentence(warned, "zh")[0]


WITHOUT = "roster_without_post"


def params(capacity: str, label: str, lines: str) -> dict[str, Any]:
    n = lines.count(",") + 1
    return {"capacity": capacity, "capacity_label": label, "n": n, "lines": lines}
