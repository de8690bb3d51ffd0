"""What the pages show and what their forms do, without a browser."""

import re
from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from services.workflow.adapters.web import filters as urls
from services.workflow.adapters.web.rendering import TEMPLATES
from services.workflow.application.boards import SetAside, lists
from services.workflow.domain.refusals import NotYours
from tests.end_to_end.pages.site import OFFICE, Site
from tests.spoiled import REFUSED, store_unchecked
from tests.unit.workflow.web.conftest import AUDITOR, counted
from tests.unit.workflow.web.visitor import Visitor


def totals(text: str) -> dict[str, str]:
    """Return the figures of the tiles by name."""
    return dict(re.findall(r'<a class="tile[^>]*>([^<]+)<b>([^<]+)</b>', text))


def cases_of(text: str) -> list[str]:
    """Return the cases a list shows, in its order."""
    return re.findall(r'<td><a href="/cases/([0-9a-f-]{36})">', text)


def links(text: str) -> dict[str, str]:
    """Return the addresses of the tiles by name."""
    found = re.findall(r'<a class="tile[^"]*" href="([^"]+)"[^>]*>([^<]+)<b>', text)
    return {name: address.replace("&amp;", "&") for address, name in found}


def test_each_tile_counts_the_list_that_it_opens(office: Visitor):
    text = office.text("/stuck")
    for name, address in links(text).items():
        listed = office.text(address)
        found = re.search(r"共 ([\d,+]+) 件", listed)
        assert found is not None, address
        assert found[1] == totals(text)[name], name


def test_what_is_stuck_at_one_place_is_counted_in_the_headline(office: Visitor):
    assert "筛出" not in office.text("/stuck")
    text = office.text("/stuck?unit=u-hospital-2")
    (found,) = re.findall(r"筛出 (\d+) 件；全部：\d+ 件超期未动", text)
    assert int(found) == len(cases_of(text)) < 56


@pytest.mark.parametrize(
    ("noticed", "unit"), [("escalated", "u-hospital-1-01"), ("undelivered", "u-hospital-1-02")]
)
def test_what_was_escalated_and_what_never_arrived_are_lists_of_their_own(
    site: Site, office: Visitor, noticed: str, unit: str
):
    assert cases_of(office.text(f"/cases?noticed={noticed}")) == [site.review_of(unit).id]


def test_pages_of_a_list_are_turned_there_and_back(office: Visitor, monkeypatch: Any):
    monkeypatch.setattr(lists, "PER_PAGE", 20)
    for sort in urls.SORTS:
        there, address = [], f"/cases?sort={sort}"
        while address:
            text = office.text(address)
            there.append(cases_of(text))
            address = turned(text, "next")
        assert len({case for page in there for case in page}) == 59
        back = []
        while address := turned(text, "prev"):
            text = office.text(address)
            back.append(cases_of(text))
        assert back == there[-2::-1]


def turned(text: str, where: str) -> str:
    found = re.search(rf'<a href="([^"]+)" rel="{where}">', text)
    return found[1].replace("&amp;", "&") if found else ""


def test_a_head_orders_its_list_and_pressed_again_the_other_way_round(office: Visitor):
    heads = re.findall(r'aria-sort="(\w+)"><a href="([^"]+)"', office.text("/cases?sort=number"))
    assert heads == [("ascending", "/cases?sort=-number")]
    first = cases_of(office.text("/cases?sort=-number"))[0]
    assert first not in cases_of(office.text("/cases?sort=number"))


def test_what_is_printed_says_by_whom_when_and_what_was_left_out(office: Visitor):
    text = office.text("/cases?due=over&sort=number")
    assert re.search(r'print-only">筛选：超期；.*排序：案号<', text)
    assert re.search(r'print-only small">2020-\d\d-\d\d .* 由 .+ 打印<', text)
    assert len(cases_of(office.text("/cases?many=1"))) == 59


@pytest.mark.parametrize(
    "text",
    [
        "0003",
        "C-0003",
        "c-0003",
        "2019-c-0003",
        "c0003",
        "2019C0003",
        "２０１９－C－0003",
        "第一示例 医院",
        "示例 医 院",
        "dyslyy",
    ],
)
def test_a_search_finds_the_end_of_a_number_pinyin_and_what_has_a_blank(office: Visitor, text: str):
    assert cases_of(office.text(f"/search?q={text}"))


def test_a_browser_that_asks_for_an_icon_gets_one(visitor: Visitor):
    answer = visitor.get("/favicon.ico")
    assert (answer.status_code, answer.content_type) == (200, "image/svg+xml")


def test_a_list_shows_nothing_that_a_click_would_refuse(site: Site, visitor: Visitor):
    visitor.sign_in(AUDITOR)
    for case in cases_of(visitor.text("/cases")):
        assert visitor.get(f"/cases/{case}").status_code == 200
    assert len(cases_of(visitor.text("/cases"))) < 59


def test_a_secretary_of_a_branch_sees_the_own_case_alone(site: Site, visitor: Visitor):
    review = site.review_of("u-hospital-1-05")
    visitor.sign_in(review.person)
    assert cases_of(visitor.text("/cases")) == [review.id]
    look = site.parts.boards.look(site.actor(review.person), site.parts.now())
    with pytest.raises(NotYours):
        site.parts.boards.head(look, site.review_of("u-hospital-1-06").id)


def test_a_task_without_a_step_of_ones_own_says_so(site: Site, visitor: Visitor):
    unit, nothing = "u-hospital-2-01", "现在没有您可办的步骤"
    person = site.review_of(unit).person
    site.password(person)
    visitor.sign_in(person)
    assert nothing not in visitor.text("/tasks")
    site.submit(unit)
    committee = next(audit.body for audit in site.review_of(unit).audits)
    chair = site.parts.directory.current().holders(committee, "secretary", date(2020, 1, 20))[0]
    scores = {"ballot_score": "80", "superior_score": "80"}
    for trigger, data in (
        ("pass_unit_audit", {}),
        ("present", {}),
        ("score", scores),
        ("give_feedback", {}),
    ):
        assert site.fire(unit, trigger, chair, data=data).outcome == "done"
    assert nothing not in visitor.text("/tasks")
    assert site.fire(unit, "start_rectification").outcome == "done"
    assert nothing in visitor.text("/tasks")  # who heard the report closes the case
    heard = site.parts.directory.current().units[committee].name
    assert f"可办理：{heard}书记、" in visitor.text(f"/cases/{site.review_of(unit).id}")


def test_the_title_says_how_many_are_stuck_and_for_how_long(office: Visitor):
    assert re.search(r"\d+ 件超期未动，最久 6 个工作日", office.text("/stuck"))


def test_each_cell_of_the_matrix_counts_the_list_that_it_opens(office: Visitor):
    text = office.text("/stuck")
    address, count = re.findall(r'<td class="h\d"><a href="([^"]+)"[^>]*>(\d+)</a>', text)[0]
    listed = office.text(address.replace("&amp;", "&"))
    assert f"共 {count} 件" in listed


def test_pages_of_a_list_follow_one_another_without_gap_or_repeat(office: Visitor):
    seen: list[str] = []
    address = "/cases?sort=due_at"
    while address:
        text = office.text(address)
        seen += cases_of(text)
        following = re.search(r'href="([^"]+)" rel="next"', text)
        address = following[1].replace("&amp;", "&") if following else ""
    assert len(seen) == len(set(seen)) == 59


def test_the_matrix_of_very_many_cases_is_counted_only_when_asked_for(
    office: Visitor, monkeypatch: pytest.MonkeyPatch
):
    assert 'class="heat"' in office.text("/stuck")
    monkeypatch.setattr(lists, "HEAT_UNASKED", 0)
    text = office.text("/stuck")
    assert 'class="heat"' not in text
    asked = re.search(r'href="(/stuck[^"]*matrix=1[^"]*)"', text)
    assert asked is not None
    assert 'class="heat"' in office.text(asked[1].replace("&amp;", "&"))


@pytest.mark.parametrize(
    "path", ["/stuck", "/cases", "/tasks", "/cycles", "/texts", "/search?q=示例"]
)
def test_a_list_asks_the_database_the_same_number_of_times_however_long_it_is(
    site: Site, path: str
):
    few = Visitor(site).sign_in(site.review_of("u-hospital-1-05").person)
    many = Visitor(site).sign_in(OFFICE if path != "/tasks" else AUDITOR)
    for visitor in (few, many):
        visitor.get(path)  # caches and the session's time stamp
    with counted() as short:
        few.get(path)
    with counted() as long:
        many.get(path)
    # One for all figures of tiles and rail together; each for itself would be seven more.
    assert 0 < len(long) == len(short) <= 12


def test_a_case_asks_the_database_the_same_number_of_times_however_much_happened(
    site: Site, office: Visitor
):
    plain, rich = (site.review_of(unit).id for unit in ("u-school-02", "u-school-01"))
    for number in range(12):
        site.submit("u-school-01", tasks=f"第{number}稿的任务。")
        site.fire("u-school-01", "recall")
    for case in (plain, rich):
        office.get(f"/cases/{case}")
    with counted() as short:
        office.get(f"/cases/{plain}")
    with counted() as long:
        office.get(f"/cases/{rich}")
    assert len(long) <= len(short) + 1 <= 13  # texts: none are asked for where there are none


@pytest.mark.parametrize(
    "query",
    [
        *("due=never", "sort=name", "after=x", "after=x~y", "unit=%00", "text=" + "长" * 65),
        *("state=nowhere", "tier=D"),
    ],
)
def test_an_address_that_makes_no_sense_is_answered_in_words(office: Visitor, query: str):
    response = office.get(f"/cases?{query}")
    assert response.status_code == 400
    assert "网址不对" in response.get_data(as_text=True)


@pytest.mark.parametrize("path", ["/cases", "/bulk", "/cases.xlsx"])
@pytest.mark.parametrize("query", ["kind=nope", "tier=Z", "state=nowhere"])
def test_a_list_by_words_that_nothing_has_is_refused_in_whatever_order(
    office: Visitor, path: str, query: str
):
    assert office.get(f"{path}?{query}&sort=state").status_code == 400


@pytest.mark.parametrize("path", ["/cases", "/bulk", "/cases.xlsx"])
def test_a_kind_and_a_tier_that_do_not_go_together_have_no_cases(shipped: Site, path: str):
    shipped.password(OFFICE)
    office = Visitor(shipped).sign_in(OFFICE)
    assert office.get(f"{path}?kind=item&tier=A&sort=state").status_code == 200


def test_a_search_finds_number_name_and_unit(site: Site, office: Visitor):
    review = site.review_of("u-hospital-1-07")
    name = site.parts.database.reads.people([review.person])[review.person]["name"]
    for sought in (review.number, name, "骨科"):
        assert review.id in office.text(f"/search?q={sought}")


def test_what_people_write_is_shown_as_they_wrote_it(site: Site, visitor: Visitor):
    visitor.sign_in(AUDITOR)
    case = f"/cases/{site.review_of('u-hospital-1-06').id}"
    nasty = "<script>alert(1)</script> {{7*7}} ${x} \"' &amp; <img src=x onerror=alert(1)>"
    response = visitor.post(f"{case}/notes", shown_at=case, kind="note", text=nasty)
    assert response.status_code == 303
    text = visitor.text(case)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{7*7}} ${x}" in text
    assert "<script>alert" not in text
    assert "<img src=x" not in text


def test_a_refused_act_says_why_and_keeps_what_was_typed(site: Site, visitor: Visitor):
    visitor.sign_in(site.review_of("u-hospital-1-05").person)
    case = f"/cases/{site.review_of('u-hospital-1-05').id}"
    texts = {"achievements": "成" * 3001, "problems": "题", "tasks": "任"}
    typed = {f"documents.report.parts.{name}": text for name, text in texts.items()}
    editor = f"{case}/documents/report"
    response = visitor.post(editor, shown_at=editor, trigger="submit", **typed)
    text = response.get_data(as_text=True)
    assert response.status_code == 422
    assert "没有提交，1 处要改" in text
    assert "成" * 3001 in text


def test_a_stale_page_shows_the_present_state_and_does_nothing(site: Site, visitor: Visitor):
    visitor.sign_in(AUDITOR)
    case = f"/cases/{site.review_of('u-hospital-1-02').id}"
    fields = {"trigger": "pass_unit_audit", "version": "1"}
    response = visitor.post(f"{case}/transitions", shown_at=case, **fields)
    assert response.status_code == 412
    assert "刚才的操作没有执行" in response.get_data(as_text=True)
    assert site.review_of("u-hospital-1-02").state == "unit_audit"


def test_the_same_form_sent_twice_acts_once(site: Site, visitor: Visitor):
    visitor.sign_in(AUDITOR)
    case = f"/cases/{site.review_of('u-hospital-1-03').id}"
    visitor.get(f"{case}/reading")
    fields = {"trigger": "pass_unit_audit", "key": "twice"}
    token = visitor.text(case).split('name="csrf" value="')[1].split('"')[0]
    fields |= {"csrf": token, "version": "2"}
    answers = [
        visitor.send(f"{case}/transitions", fields, Origin="http://localhost") for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert site.review_of("u-hospital-1-03").version == 3


def test_an_act_out_of_sight_is_refused_and_remembered(site: Site, visitor: Visitor):
    visitor.sign_in(site.review_of("u-hospital-1-05").person)
    foreign = site.review_of("u-cdc-03").id
    fields = {"trigger": "submit", "version": "1", "key": "out-of-sight"}
    response = visitor.post(f"/cases/{foreign}/transitions", shown_at="/tasks", **fields)
    assert response.status_code == 404
    stream = site.parts.database.reads.stream(f"review/{foreign}/refusals")
    assert len(stream) == 1


def test_acts_that_are_not_possible_are_shown_with_their_reasons(site: Site, office: Visitor):
    text = office.text(f"/cases/{site.review_of('u-hospital-1-08').id}")
    assert re.search(r"<button class=\"btn\" disabled>提交报告</button>", text)
    assert "由书记本人" in text or 'class="blockers"' in text


def test_the_inbox_shows_a_notice_until_it_is_read(site: Site, visitor: Visitor):
    person = site.review_of("u-hospital-1-05").person
    to = {"person": person, "unit": "u-hospital-1-05", "role": "secretary"}
    told = "示例同志：\n\n案件停留在起草。\n为何现在：逾期未办。"
    site.notify("u-hospital-1-05", "escalation", to, site.parts.now(), text=told)
    visitor.sign_in(person)
    text = visitor.text("/inbox")
    notice = re.search(r"/inbox/([0-9a-f-]+)/read", text)
    assert notice is not None
    assert '<span class="pill late">督办</span> 案件停留在起草。</summary>' in text
    assert "· 未读 · 逾期未办。</span>" in text
    visitor.post(f"/inbox/{notice[1]}/read", shown_at="/inbox")
    assert f"/inbox/{notice[1]}/read" not in visitor.text("/inbox")
    assert "已读" in visitor.text("/inbox")


def test_beside_a_letter_stands_how_its_case_is_by_now_for_who_sees_it(
    site: Site, visitor: Visitor
):
    case, person = site.review_of("u-hospital-1-05"), site.review_of("u-hospital-1-06").person
    site.password(person)
    told = "示例同志：\n\n有一件事。"
    for one, unit in ((case.person, "u-hospital-1-05"), (person, "u-hospital-1-06")):
        to = {"person": one, "unit": unit, "role": "secretary"}
        site.notify("u-hospital-1-05", "reminder", to, site.parts.now(), text=told)
    stands = f"现在：{case.number} 起草"
    visitor.sign_in(case.person)
    mine = visitor.text("/inbox")
    assert stands in mine
    assert "不能退订" in mine
    other = Visitor(site).sign_in(person).text("/inbox")
    assert "有一件事" in other
    assert "现在：" not in other


@pytest.mark.parametrize(
    ("unit", "side", "fact", "data"),
    [
        ("u-hospital-1-05", "/refusals", "trigger_refused", REFUSED),
        ("u-hospital-1-06", "/refusals", "trigger_invented", {}),
        ("u-hospital-1-07", "/notices", "note_added", {"kind": "shout"}),
    ],
)
def test_a_case_with_an_event_that_cannot_be_read_is_shown_and_says_so(
    site: Site, office: Visitor, unit: str, side: str, fact: str, data: dict[str, Any]
):
    case = site.review_of(unit).id
    stream, url = f"review/{case}{side}", site.parts.settings.database_url
    version = len(site.parts.database.reads.stream(stream)) + 1
    store_unchecked(url, stream, fact, site.parts.now(), data, version)
    assert "此条记录无法读取" in office.text(f"/cases/{case}")
    assert office.get("/stuck").status_code == office.get("/cases").status_code == 200


def test_a_case_that_the_notifier_set_aside_says_that_its_reminders_have_stopped(
    site: Site, office: Visitor, monkeypatch: pytest.MonkeyPatch
):
    case, boards = site.review_of("u-hospital-1-05").id, site.parts.boards
    sources = replace(
        boards.sources, next_notices=lambda _: {f"review/{case}": SetAside(position=1234)}
    )
    monkeypatch.setitem(site.parts.__dict__, "boards", replace(boards, sources=sources))
    assert "日志第 1,234 号记录无法读取，本案的提醒和逐级上报已停" in office.text(f"/cases/{case}")
    assert "提醒已停" in office.text("/stuck?unit=u-hospital-1-05")


def test_a_list_without_a_case_counts_none(office: Visitor):
    assert "本页" not in office.text("/search?q=nobodyatall")
    assert "本页" in office.text("/search?q=示例")


def test_a_card_does_not_begin_with_a_dash_and_no_day_is_broken_over_lines(office: Visitor):
    page, style = office.text("/cases"), office.text("/static/look.css")
    parts = TEMPLATES.get_template("parts.html").module
    undue = SimpleNamespace(days_over=None, days_left=None)
    with office.site.app.test_request_context():
        told = parts.lateness(undue)  # type: ignore[attr-defined]
    assert told == '<td class="n blank"><span class="muted">—</span></td>'
    assert "td.n.blank { display: none; }" in style
    assert re.search(r'<span class="when">\d\d-\d\d</span>', page)
    assert re.search(r"\.when \{ white-space: nowrap; \}", style)


def test_what_is_done_on_a_page_and_what_by_a_workbook_is_called_otherwise(office: Visitor):
    links = re.findall(r'<a class="no-print" href="[^"]*">([^<]*)</a>', office.text("/cases"))
    assert {"成批办理和催办…", "用表格成批办理…"} <= {*links}
    assert "成批办理" not in links
