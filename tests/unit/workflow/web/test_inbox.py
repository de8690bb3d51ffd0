"""The inbox: which notices are shown, and what is said to one on its own page."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from schemas.calendar import local_day
from schemas.envelope import open_envelope
from services.workflow.adapters.web import words
from services.workflow.application.boards import (
    ZONE,
    Answered,
    NextNotice,
    NothingNext,
    SetAside,
    desk,
)
from services.workflow.domain.organisation import Delegation
from services.workflow.domain.organisation.deputising import Wish
from tests.end_to_end.pages.site import OFFICE, Shipped, Site, china
from tests.unit.workflow.web.visitor import Visitor

UNIT, OTHER = "u-hospital-1-05", "u-hospital-1-06"
Asked = Callable[[Sequence[str]], Mapping[str, NextNotice | SetAside | None] | None]
COMING = NextNotice(
    at=china("01-14", "08:30"),
    rung="due_day",
    kind="reminder",
    unit=UNIT,
    role="secretary",
    person=None,
)
# What stands where the next notice does: one of these at a time.
NEXT = (
    *("看不到下一步通知", "第 1,234 号记录", "目前没有排定下一次通知"),
    *("若仍未办，", "计时停，不催办"),
)


@pytest.fixture
def post(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site of its own, whose log other tests do not write."""
    return Shipped(tmp_path_factory.mktemp("post"), china("01-08", "08:30"))


@pytest.fixture
def secretary(post: Site) -> Visitor:
    """Who has the desk of the unit."""
    post.password(post.review_of(UNIT).person)
    return Visitor(post).sign_in(post.review_of(UNIT).person)


def tell(site: Site, kind: str = "reminder", unit: str = UNIT, **others: Any) -> str:
    """Have the notifier tell the secretary of the unit; return the address of the notice."""
    person = site.review_of(UNIT).person
    site.move_to(site.parts.now() + timedelta(minutes=1))
    to = {"person": person, "unit": UNIT, "role": "secretary"}
    site.notify(unit, kind, to, site.parts.now(), **others)
    (row, *_) = site.parts.database.reads.inbox(person, 1, None)
    return f"/inbox/{row['notice']}"


def shown(text: str) -> set[str]:
    """Return the addresses of the notices on a page."""
    return set(re.findall(r'href="(/inbox/[0-9a-f-]{36})"', text))


def beside(site: Site, unit: str = UNIT) -> list[str]:
    stream = site.parts.database.reads.stream(f"{site.review_of(unit).stream}/notices")
    return [open_envelope(row.body).fact for row in stream]


def test_a_promise_is_made_on_the_page_of_its_notice(post: Site, secretary: Visitor):
    at = tell(post)
    text = secretary.text(at)
    assert "不能退订" in text
    answer = secretary.post(f"{at}/promise", shown_at=at, until="2020-01-10")
    assert (answer.status_code, answer.location) == (303, at)
    assert "承诺已登记" in secretary.text(at)
    assert "承诺已登记" not in secretary.text(at), "said once"
    assert beside(post) == ["notice_recorded", "notice_acknowledged"]


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("promise", {"until": "2020-01-17"}),
        ("promise", {"until": "2020-01-10"}),
        ("snooze", {"working_days": "3", "reason": "忙"}),
    ],
)
def test_form_and_answer_say_from_which_day_one_is_reminded_whatever_was_said(
    post: Site, secretary: Visitor, how: str, said: Mapping[str, str]
):
    last = local_day(post.review_of(UNIT).due_at - timedelta(days=1), ZONE)
    until_when = f"最迟从 {last:%m-%d}（期限内最后一个工作日）起照常提醒"
    at = tell(post)
    assert secretary.text(at).count(until_when) == 2, "beside both forms"
    secretary.post(f"{at}/{how}", shown_at=at, **said)
    done = secretary.text(at).partition('role="status"')[2].partition("</div>")[0]
    assert until_when in done


def test_on_the_last_day_form_and_answer_say_that_nothing_is_held_back(
    post: Site, secretary: Visitor
):
    at = tell(post)
    post.move_to(china("01-14", "08:30"))
    assert secretary.text(at).count("答复不再推迟提醒") == 2
    secretary.post(f"{at}/promise", shown_at=at, until="2020-01-15")
    done = secretary.text(at).partition('role="status"')[2].partition("</div>")[0]
    assert "答复不再推迟提醒" in done
    assert "为止不再提醒您" not in done


@pytest.mark.parametrize(
    ("how", "said"),
    [("promise", {"until": "2020-01-10"}), ("snooze", {"working_days": "1", "reason": "忙"})],
)
def test_who_answers_a_notice_has_read_it(
    post: Site, secretary: Visitor, how: str, said: Mapping[str, str]
):
    at = tell(post)
    refused = secretary.post(f"{at}/{how}", shown_at=at, **{**said, "until": "2020-01-11"})
    assert refused.status_code in {400, 422}
    assert "· 未读" in secretary.text(at), "nothing was answered"
    secretary.post(f"{at}/{how}", shown_at=at, **said)
    assert "· 已读" in secretary.text(at)
    assert at not in shown(secretary.text("/inbox?unread=1"))


def test_an_answer_shows_no_next_notice_of_before_it(
    post: Site, secretary: Visitor, monkeypatch: pytest.MonkeyPatch
):
    """What is planned by then was planned before the notifier read of the answer."""
    boards = post.parts.boards
    sources = replace(boards.sources, next_notices=lambda streams: dict.fromkeys(streams, COMING))
    monkeypatch.setitem(post.parts.__dict__, "boards", replace(boards, sources=sources))
    at = tell(post)
    secretary.post(f"{at}/promise", shown_at=at, until="2020-01-10")
    done = secretary.text(at)
    assert "正按这次答复重新排定" in done
    assert "若仍未办，" not in done
    assert "若仍未办，" in secretary.text(at)


def test_a_notice_that_is_to_be_acknowledged_says_so_beside_its_form(
    post: Site, secretary: Visitor
):
    asks = "规则请您确认这条通知"
    assert asks not in secretary.text(tell(post))
    assert asks in secretary.text(tell(post, acknowledgement=True))


@pytest.mark.parametrize("reason", ["superseded", "promised", "snoozed"])
def test_a_rung_that_was_not_sent_when_it_was_due_says_when_that_was(post: Site, reason: str):
    at = post.parts.now()
    told = {"outcome": "not_sent", "reason": reason, "planned_at": china("01-06", "09:13")}
    post.notify(UNIT, "escalation", None, at, **told)
    post.password(OFFICE)
    page = Visitor(post).sign_in(OFFICE).text(f"/cases/{post.review_of(UNIT).id}")
    assert "本应于 2020-01-06 发出" in page


def test_a_reminder_is_put_off_for_a_reason_that_stays_beside_the_log(
    post: Site, secretary: Visitor
):
    at = tell(post)
    fields = {"working_days": "2", "reason": "赴京开会\r\n两天"}
    assert secretary.post(f"{at}/snooze", shown_at=at, **fields).status_code == 303
    assert "推后已登记" in secretary.text(at)
    assert beside(post) == ["notice_recorded", "notice_snoozed"]
    assert "赴京开会\n两天" in secretary.text(f"/cases/{post.review_of(UNIT).id}")


@pytest.mark.parametrize(
    ("how", "fields", "status", "said"),
    [
        ("promise", {"until": "2020-01-11"}, 422, "不是工作日"),
        ("promise", {"until": "2020-06-30"}, 422, "不在可选范围内"),
        ("promise", {"until": "soon"}, 400, "没有登记"),
        ("promise", {}, 400, "没有登记"),
        ("snooze", {"working_days": "x", "reason": "忙"}, 400, "没有登记"),
        ("snooze", {"working_days": "6", "reason": "忙"}, 400, "没有登记"),
        ("snooze", {"working_days": "1", "reason": " "}, 400, "没有登记"),
        ("snooze", {"working_days": "1", "reason": "忙", "more": "1"}, 400, "没有登记"),
        ("promise", {"until": "2020-01-10", "key": "\u00e9"}, 400, "没有登记"),
    ],
)
def test_what_cannot_be_promised_is_said_and_what_was_typed_stays(
    post: Site, secretary: Visitor, how: str, fields: dict[str, str], status: int, said: str
):
    at = tell(post)
    answer = secretary.post(f"{at}/{how}", shown_at=at, **fields)
    text = answer.get_data(as_text=True)
    assert answer.status_code == status, text
    assert said in text
    assert 'role="alert"' in text
    assert all(f'value="{v}"' in text for n, v in fields.items() if n in ("until", "working_days"))
    assert beside(post) == ["notice_recorded"]


def test_the_same_form_sent_twice_is_answered_once(post: Site, secretary: Visitor):
    at = tell(post)
    fields = {"until": "2020-01-10", "key": "once"}
    answers = [secretary.post(f"{at}/promise", shown_at=at, **fields) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    assert beside(post).count("notice_acknowledged") == 1


def test_only_what_is_to_be_done_by_who_has_the_desk_is_answered(post: Site, secretary: Visitor):
    above, foreign = tell(post, "escalation"), tell(post, unit=OTHER)
    for at, why in ((above, "只供知悉"), (foreign, "现在不能：")):
        text = secretary.text(at)
        assert why in text, at
        assert f'action="{at}/promise"' not in text
    for at in (above, foreign):
        answer = secretary.post(f"{at}/promise", shown_at=at, until="2020-01-10", key="k")
        assert answer.status_code in (404, 409), at
    assert "notice_acknowledged" not in beside(post) + beside(post, OTHER)


def test_a_notice_is_a_page_of_whom_it_was_told_alone(post: Site, secretary: Visitor):
    at, other = tell(post), post.review_of(OTHER).person
    post.password(other)
    assert secretary.get(at).status_code == 200
    stranger = Visitor(post).sign_in(other)
    assert stranger.get(at).status_code == 404
    assert stranger.post(f"{at}/promise", shown_at="/inbox", until="2020-01-10").status_code == 404
    for how in ("promise", "snooze", "read"):
        assert secretary.get(f"{at}/{how}").location == at


def test_a_notice_says_why_it_came_by_which_way_and_under_which_rules(
    post: Site, secretary: Visitor
):
    text = secretary.text(tell(post, reason="due_today", policyhash="ab" * 32))
    for said in ("为何是您", "今日到期", "站内通知", "ab" * 32):
        assert said in text, said


def test_unread_ones_and_one_kind_are_lists_that_go_on_over_pages(
    post: Site, secretary: Visitor, monkeypatch: pytest.MonkeyPatch
):
    read, above, mine, last = tell(post), tell(post, "escalation"), tell(post), tell(post)
    secretary.post(f"{read}/read", shown_at=read)
    assert shown(secretary.text("/inbox")) == {read, above, mine, last}
    assert shown(secretary.text("/inbox?unread=1")) == {above, mine, last}
    assert shown(secretary.text("/inbox?kind=escalation")) == {above}
    monkeypatch.setattr(desk, "INBOX_PAGE", 1)
    found, address = list[str](), "/inbox?unread=1&kind=reminder"
    while address:
        text = secretary.text(address)
        assert shown(text)  # no page is empty
        found += shown(text)
        secretary.post(f"{found[-1]}/read", shown_at=found[-1])  # read before the page is turned
        turned = re.search(r'href="([^"]+)" rel="next"', text)
        address = turned[1].replace("&amp;", "&") if turned else ""
    assert found == [last, mine]


@pytest.mark.parametrize("asked", ["unread=x", "kind=none", "unread=1&unread=1", "kind=%00"])
def test_a_filter_that_is_none_is_refused(secretary: Visitor, asked: str):
    assert secretary.get(f"/inbox?{asked}").status_code == 400
    assert secretary.get(f"/inbox.xlsx?{asked}").status_code == 400


def test_what_the_page_showed_is_marked_and_not_what_came_meanwhile(post: Site, secretary: Visitor):
    first, second = tell(post), tell(post)
    page = secretary.text("/inbox?unread=1")
    csrf, ids = (re.search(rf'name="{n}" value="([^"]+)"', page) for n in ("csrf", "notices"))
    meanwhile = tell(post)
    assert csrf is not None
    assert ids is not None
    assert {f"/inbox/{one}" for one in ids[1].split(" ")} == {first, second}
    fields = {"csrf": csrf[1], "notices": ids[1], "unread": "1"}
    answer = secretary.send("/inbox/read", fields, Origin=secretary.base)
    assert (answer.status_code, answer.location) == (303, "/inbox?unread=1")
    assert shown(secretary.text("/inbox?unread=1")) == {meanwhile}
    assert secretary.get("/inbox/read").location == "/inbox"


@pytest.mark.parametrize("notices", ["", "x", "a b", "0" * 36])
def test_marks_of_what_is_no_notice_are_refused(secretary: Visitor, notices: str):
    answer = secretary.post("/inbox/read", shown_at="/inbox", notices=notices)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (lambda _: None, "看不到下一步通知"),
        (lambda streams: dict.fromkeys(streams, SetAside(position=1234)), "第 1,234 号记录"),
        (lambda streams: dict.fromkeys(streams, None), "目前没有排定下一次通知"),
        (lambda streams: dict.fromkeys(streams, COMING), "若仍未办，"),
    ],
)
def test_what_comes_next_is_told_or_why_it_is_not(
    post: Site, secretary: Visitor, monkeypatch: pytest.MonkeyPatch, asked: Asked, said: str
):
    at, boards = tell(post), post.parts.boards
    sources = replace(boards.sources, next_notices=asked)
    monkeypatch.setitem(post.parts.__dict__, "boards", replace(boards, sources=sources))
    assert [one for one in NEXT if one in secretary.text(at)] == [said]


def test_the_page_of_a_case_says_by_which_rules_it_is_reminded_of(
    post: Site, secretary: Visitor, monkeypatch: pytest.MonkeyPatch
):
    coming, boards = replace(COMING, policy="ab" * 32), post.parts.boards
    sources = replace(boards.sources, next_notices=lambda streams: dict.fromkeys(streams, coming))
    monkeypatch.setitem(post.parts.__dict__, "boards", replace(boards, sources=sources))
    shown = secretary.text(f"/cases/{post.review_of(UNIT).id}")
    assert re.search(
        r"<dt>提醒规则</dt><dd><a [^>]*/policies/(ab){32}\"><span[^>]*>abababab<", shown
    )


@pytest.mark.parametrize("coming", [COMING, None])
@pytest.mark.parametrize(
    ("days", "reason", "said"),
    [
        (0, "promised", "已承诺 {day} 前完成"),
        (-1, "promised", "承诺的 {day} 已过"),
        (3, "snoozed", "提醒推后到 {day}"),
        (-1, "snoozed", ""),
    ],
)
def test_what_was_promised_stands_where_the_case_and_its_notices_are_shown(
    post: Site,
    secretary: Visitor,
    monkeypatch: pytest.MonkeyPatch,
    coming: NextNotice | None,
    days: int,
    reason: str,
    said: str,
):
    at, boards, review = tell(post), post.parts.boards, post.review_of(UNIT)
    until = local_day(post.parts.now(), ZONE) + timedelta(days=days)
    answered = (Answered(desk="", until=until, reason=reason, person=review.person),)
    one = replace(coming, answered=answered) if coming else NothingNext(answered)
    sources = replace(boards.sources, next_notices=lambda streams: dict.fromkeys(streams, one))
    monkeypatch.setitem(post.parts.__dict__, "boards", replace(boards, sources=sources))
    name = boards.sources.reads.people([review.person])[review.person]["name"]
    told = said.format(day=f"{until:%m-%d}") + f"（{name}）" if said else ""
    for page in (at, "/inbox", f"/cases/{review.id}", "/tasks", "/"):
        text = secretary.text(page)
        if said:
            assert told in text, page
        assert len(re.findall("已承诺 |承诺的 |提醒推后到 ", text)) == bool(said), page


def test_in_a_list_each_case_says_what_was_promised_of_it_and_no_other(
    post: Site, monkeypatch: pytest.MonkeyPatch
):
    boards, review = post.parts.boards, post.review_of(UNIT)
    until = local_day(post.parts.now(), ZONE)
    one = NothingNext((Answered(desk="", until=until, reason="promised", person=review.person),))
    sources = replace(boards.sources, next_notices=lambda _: {review.stream: one})
    monkeypatch.setitem(post.parts.__dict__, "boards", replace(boards, sources=sources))
    post.password(OFFICE)
    office, other = Visitor(post).sign_in(OFFICE), post.review_of(OTHER)
    said = {one.number: office.text(f"/cases?text={one.number}") for one in (review, other)}
    assert [text.count("已承诺 ") for text in said.values()] == [1, 0]
    assert all(number in text for number, text in said.items())


def test_what_waits_for_an_acknowledgement_is_marked_until_one_is_given_and_found_by_it(
    post: Site, secretary: Visitor, monkeypatch: pytest.MonkeyPatch
):
    plain, asking = tell(post), tell(post, acknowledgement=True)
    tell(post, "escalation", OTHER)
    boards, person = post.parts.boards, post.review_of(UNIT).person
    answered = list[Answered]()

    def planned(streams: Sequence[str]) -> Mapping[str, NothingNext]:
        return dict.fromkeys(streams, NothingNext(tuple(answered)))

    sources = replace(boards.sources, next_notices=planned)
    monkeypatch.setitem(post.parts.__dict__, "boards", replace(boards, sources=sources))
    mark = '<span class="pill soon">须确认</span>'
    assert secretary.text("/inbox").count(mark) == 1
    assert shown(secretary.text("/inbox?asks=1")) == {asking}
    assert plain in shown(secretary.text("/inbox"))
    snoozed = Answered(desk="", until=date(2020, 1, 9), reason="snoozed", person=person)
    answered.append(snoozed)
    assert secretary.text("/inbox").count(mark) == 1
    answered[:] = [replace(snoozed, reason="promised")]
    assert mark not in secretary.text("/inbox")
    assert shown(secretary.text("/inbox?asks=1")) == set()
    assert secretary.get("/inbox?asks=2").status_code == 400


def asked_of(post: Site, monkeypatch: pytest.MonkeyPatch, promised: Sequence[str]) -> Visitor:
    """Return the office, told of two cases, of which these were *promised*; a page holds one."""

    def planned(streams: Sequence[str]) -> Mapping[str, NothingNext]:
        said = Answered(desk="", until=date(2020, 1, 9), reason="promised", person=OFFICE)
        return {one: NothingNext((said,) if one in promised else ()) for one in streams}

    boards = post.parts.boards
    sources = replace(boards.sources, next_notices=planned)
    monkeypatch.setitem(post.parts.__dict__, "boards", replace(boards, sources=sources))
    monkeypatch.setattr(desk, "INBOX_PAGE", 1)
    post.password(OFFICE)
    return Visitor(post).sign_in(OFFICE)


def tell_office(post: Site, unit: str, **others: Any) -> str:
    post.move_to(post.parts.now() + timedelta(minutes=1))
    to = {"person": OFFICE, "unit": unit, "role": "office"}
    post.notify(unit, "reminder", to, post.parts.now(), **others)
    (row, *_) = post.parts.database.reads.inbox(OFFICE, 1, None)
    return f"/inbox/{row['notice']}"


def test_pages_of_what_waits_for_an_acknowledgement_are_full_whatever_lies_between(
    post: Site, monkeypatch: pytest.MonkeyPatch
):
    first = tell_office(post, OTHER, acknowledgement=True)
    for _ in range(3):
        tell_office(post, OTHER)
    second = tell_office(post, OTHER, acknowledgement=True)
    tell_office(post, UNIT, acknowledgement=True)
    office = asked_of(post, monkeypatch, [post.review_of(UNIT).stream])
    text = office.text("/inbox?asks=1")
    assert shown(text) == {second}
    turned = re.search(r'href="([^"]+)" rel="next"', text)
    assert turned
    text = office.text(turned[1].replace("&amp;", "&"))
    assert shown(text) == {first}
    assert 'rel="next"' not in text


def test_so_many_pages_are_looked_through_at_once_and_the_next_link_goes_on(
    post: Site, monkeypatch: pytest.MonkeyPatch
):
    waits = tell_office(post, OTHER, acknowledgement=True)
    for _ in range(desk.MOST_PAGES):
        tell_office(post, UNIT, acknowledgement=True)
    office = asked_of(post, monkeypatch, [post.review_of(UNIT).stream])
    text = office.text("/inbox?asks=1")
    assert (shown(text), "这一页没有，往下看。" in text) == (set(), True)
    turned = re.search(r'href="([^"]+)" rel="next"', text)
    assert turned
    assert shown(office.text(turned[1].replace("&amp;", "&"))) == {waits}


def test_while_promises_cannot_be_asked_what_asked_is_found_and_said_of_none(
    post: Site, monkeypatch: pytest.MonkeyPatch
):
    asking, _ = tell_office(post, OTHER, acknowledgement=True), tell_office(post, OTHER)
    office = asked_of(post, monkeypatch, [])
    boards = post.parts.boards
    sources = replace(boards.sources, next_notices=lambda _: None)
    monkeypatch.setitem(post.parts.__dict__, "boards", replace(boards, sources=sources))
    text = office.text("/inbox?asks=1")
    assert shown(text) == {asking}
    assert '<span class="pill soon">须确认</span>' not in text


def test_of_a_case_whose_clock_is_stopped_nothing_is_missing(
    post: Site, secretary: Visitor, monkeypatch: pytest.MonkeyPatch
):
    at = tell(post)
    row_of = desk.row_of

    def stopped(*args: Any) -> Any:
        row = row_of(*args)
        return replace(row, case=replace(row.case, suspended_at=post.parts.now()))

    monkeypatch.setattr(desk, "row_of", stopped)
    assert [one for one in NEXT if one in secretary.text(at)] == ["计时停，不催办"]


def test_what_was_published_is_opened_though_its_case_is_not_to_be_seen(
    post: Site, secretary: Visitor
):
    mine = tell(post, "bulletin", OTHER, track="bulletin", rung="results & more")
    case, text = post.review_of(OTHER).id, secretary.text(mine)
    assert "不对您公开" not in text
    assert "打开通报" in text
    assert "打开通报" in secretary.text("/inbox")
    answer = secretary.post(f"{mine}/read", shown_at=mine, to=case, bulletin="results & more")
    assert answer.location == f"/bulletins/{case}?name=results+%26+more"
    assert f'href="{answer.location}"' in secretary.text(mine)
    assert f'href="/bulletins/{case}"' in secretary.text("/inbox")
    answer = secretary.post(f"{mine}/read", shown_at="/inbox", to=case, bulletin="")
    assert answer.location == f"/bulletins/{case}"


def test_another_notice_of_what_is_not_to_be_seen_says_so(post: Site, secretary: Visitor):
    assert "不对您公开" in secretary.text(tell(post, unit=OTHER))


@pytest.mark.parametrize("kind", ["reminder", "escalation", "bulletin"])
def test_a_notice_has_one_main_act(post: Site, secretary: Visitor, kind: str):
    at = tell(post, kind)
    before = secretary.text(at)
    secretary.post(f"{at}/read", shown_at=at)
    for text in (before, secretary.text(at)):
        assert len(re.findall(r'class="btn main"', text)) == 1


def test_why_one_was_told_names_who_was_passed_over_and_the_other_ways(
    post: Site, secretary: Visitor
):
    planned = post.parts.now()
    vacant = {"unit": "u-hospital-1", "role": "secretary", "reason": "vacant"}
    at = tell(post, "escalation", skipped=[vacant], planned_at=planned)
    person = post.review_of(UNIT).person
    to = {"person": person, "unit": UNIT, "role": "secretary"}
    failed = {"channel": "wecom_app", "outcome": "failed", "reason": "no_address"}
    for who, others in (
        (to, {"settled_at": china("01-09", "10:07")}),
        (to, {"planned_at": china("01-07")}),  # of other news
        (to | {"person": OFFICE}, {}),
        (to, failed),
    ):
        told = {"channel": "email", "planned_at": planned, **others}
        post.notify(UNIT, "escalation", who, post.parts.now(), **told)
    page = secretary.text(at)
    assert "办理人逾期，按规则上报：" in page
    assert re.findall(r'<span class="sub">([^<]*：岗位空缺，跳过)</span>', page)
    ways = re.findall(r'<span class="sub">另经(.*?)</span>(.*?)</span>', page)
    assert ways == [
        ('邮件：已发出 <span class="num">01-09 10:07', ""),
        (
            f'企业微信应用消息：未送达 <span class="num">{words.clock(post.parts.now())}',
            "，没有可用地址",
        ),
    ]


def test_the_other_ways_of_the_latest_news_are_told_though_the_case_has_more_than_is_looked_through(
    post: Site, secretary: Visitor, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("services.workflow.application.told_by.MOST_LOOKED_THROUGH", 3)
    for _ in range(4):
        tell(post)
    planned = post.parts.now()
    at = tell(post, planned_at=planned)
    to = {"person": post.review_of(UNIT).person, "unit": UNIT, "role": "secretary"}
    for channel in ("email", "wecom_app"):
        post.notify(UNIT, "reminder", to, post.parts.now(), channel=channel, planned_at=planned)
    ways = re.findall(r'<span class="sub">另经(.*?)：', secretary.text(at))
    assert ways == ["邮件", "企业微信应用消息"]


def test_who_stands_in_is_told_so(post: Site, secretary: Visitor):
    at, person = tell(post), post.review_of(UNIT).person
    assert "由您代理" not in secretary.text(at)
    day = post.parts.now().date()
    handed = Delegation(
        person=person,
        deputy="p-0035",
        unit=UNIT,
        roles=frozenset({"secretary"}),
        since=day,
        until=day,
    )
    post.parts.deputies.record(None, Wish(entry=handed))
    to = {"person": "p-0035", "unit": UNIT, "role": "secretary"}
    post.notify(UNIT, "reminder", to, post.parts.now())
    post.password("p-0035")
    (row, *_) = post.parts.database.reads.inbox("p-0035", 1, None)
    deputy = Visitor(post).sign_in("p-0035").text(f"/inbox/{row['notice']}")
    assert "事项在等您这一岗位：" in deputy
    assert "（由您代理）" in deputy
