"""The page on which rules are tried: what the notifier plans, cut to what its reader sees."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from html import unescape
from io import BytesIO
from urllib.parse import unquote

import pytest
from openpyxl import load_workbook
from werkzeug.datastructures import FileStorage

from services.workflow.application.boards.plans import (
    MovedDeadline,
    NoPlans,
    Planned,
    Plans,
    Said,
    Simulates,
    TextFault,
    UnderWay,
    Words,
)
from services.workflow.domain.authority import authorise
from tests.builders import DAY, organisation, person, post
from tests.end_to_end.pages.site import INSPECTOR, Site, china
from tests.parts import QuickParts
from tests.unit.workflow.web.conftest import ADMINISTRATOR, AUDITOR
from tests.unit.workflow.web.visitor import Visitor

ADMINS = ("system_administrator", "security_administrator", "audit_administrator")
DAYS = {"from": "2020-01-20", "to": "2020-02-14"}
PATH = "/simulation"
HASH = "a" * 64
NOTICE = "00000000-0000-5000-8000-000000000001"


def line(site: Site, unit: str, at: datetime, person: str = AUDITOR, **others: object) -> Planned:
    known = Planned(
        id=f"{unit}/{at}/{person}",
        case=site.review_of(unit).stream,
        state="unit_audit",
        rung="due_day",
        kind="reminder",
        channel="email",
        leaves=True,
        reason="due_today",
        at=at,
        person=person,
        unit="u-hospital-1",
        role="office",
    )
    return replace(known, **others)  # type: ignore[arg-type]


def answer(site: Site, monkeypatch: pytest.MonkeyPatch, simulate: Simulates) -> None:
    boards = replace(site.parts.boards, simulate=simulate)
    monkeypatch.setitem(site.parts.__dict__, "boards", boards)


def told(page: str) -> str:
    lead = page.partition('<p class="lead sentence')[2].partition(">")[2].partition("</p>")[0]
    return unescape(re.sub(r"<[^>]+>", "", lead))


@pytest.fixture
def plans(site: Site) -> Plans:
    """Two letters as things are, for a hospital and for a school; a change moves one of them."""
    hospital, school = (china("01-21", "09:07"), china("01-22", "09:07"))
    kept = line(site, "u-school-01", school, person=ADMINISTRATOR)
    moved = line(site, "u-hospital-1-01", hospital, rung="committee", kind="escalation")
    later = replace(moved, id="later", at=china("02-13", "09:07"), rung="again")
    why_not = line(site, "u-hospital-1-02", hospital, leaves=False, reason="promised")
    return Plans(now=(kept, later, why_not), gone=(moved,), come=(later,))


def test_the_deadlines_that_a_calendar_moves_are_told_of_the_cases_in_sight(
    site: Site, office: Visitor, plans: Plans, monkeypatch: pytest.MonkeyPatch
):
    before, after = china("02-02", "00:00"), china("02-05", "00:00")
    seen, unseen = (
        MovedDeadline(case=case, before=before, after=after)
        for case in (site.review_of("u-hospital-1-02").stream, f"review/{NOTICE}")
    )
    calendar = DAYS | {"calendar": HASH}
    answer(site, monkeypatch, lambda _: replace(plans, deadlines=(seen, unseen)))
    page = office.post(PATH, shown_at=PATH, **calendar).get_data(as_text=True)
    told = page.partition('id="moved"')[2].partition("</section>")[0]
    assert (told.count("<li>"), "02-01 → 02-04" in told) == (1, True)
    person = site.review_of("u-hospital-1-02").person or ""
    assert f">{site.parts.directory.names([person])[person]}</a>" in told
    answer(site, monkeypatch, lambda _: plans)
    assert 'id="moved"' not in office.post(PATH, shown_at=PATH, **calendar).get_data(as_text=True)


def test_what_would_be_sent_is_told_first_in_a_sentence_then_line_by_line(
    site: Site, office: Visitor, plans: Plans, monkeypatch: pytest.MonkeyPatch
):
    asked = list[Mapping[str, object]]()
    as_it_is = replace(plans, gone=(), come=())
    answer(site, monkeypatch, lambda question: asked.append(question) or as_it_is)
    answered = office.post(PATH, shown_at=PATH, **DAYS)
    page = answered.get_data(as_text=True)
    assert (answered.status_code, asked) == (200, [DAYS])
    assert told(page) == "2020-01-20 至 2020-02-14，若无人办理：将发 2 条、到 2 人。"
    assert page.partition('id="each"')[2].count('href="/cases/') == 3
    assert "已承诺完成日" in page.partition('id="unsent"')[2]


def test_a_change_is_told_by_what_it_takes_away_and_brings(
    site: Site, office: Visitor, plans: Plans, monkeypatch: pytest.MonkeyPatch
):
    asked = list[Mapping[str, object]]()
    answer(site, monkeypatch, lambda question: asked.append(question) or plans)
    page = office.post(PATH, shown_at=PATH, policy=HASH, **DAYS).get_data(as_text=True)
    assert asked == [DAYS | {"policy": {"hash": HASH}}]
    assert "现行发 2 条、到 2 人；换了提醒与督办规则，发 2 条、到 2 人，条数不变；2 处不同" in told(
        page
    )
    lines = page.partition('id="each"')[2]
    assert (lines.count("− 不再有"), lines.count("+ 新增")) == (1, 1)
    assert site.review_of("u-school-01").id not in lines  # the same in both


def test_a_rung_is_as_high_as_it_is_in_any_case_though_others_are_in_the_middle_of_theirs(
    site: Site, office: Visitor, monkeypatch: pytest.MonkeyPatch
):
    ladders = {
        "u-school-01": {"21": "dean"},  # late already: what comes before it is behind
        "u-hospital-1-01": {"22": "office", "23": "dean"},
        "u-hospital-1-02": {"21": "top", "20": "dean"},
    }
    lines = tuple(
        line(site, unit, china(f"01-{day}", "09:07"), rung=rung, kind="escalation")
        for unit, rungs in ladders.items()
        for day, rung in rungs.items()
    )
    answer(site, monkeypatch, lambda _: Plans(now=lines, gone=(), come=()))
    page = office.post(PATH, shown_at=PATH, **DAYS).get_data(as_text=True)
    rows = dict(re.findall(r'<tr><th scope="row"><code>(\w+)</code></th>(.*?)</tr>', page))
    levels = {rung: {*re.findall(r"\bl(\d)\b", row)} for rung, row in rows.items()}
    assert levels == {"office": {"1"}, "dean": {"2"}, "top": {"3"}}


def test_what_takes_longer_is_looked_for_again_by_itself_and_shown_when_it_is_there(
    site: Site, office: Visitor, plans: Plans, monkeypatch: pytest.MonkeyPatch
):
    """Without a script; and what was asked, and that a file was brought, is still known then."""
    begun, found = UnderWay(id=NOTICE), list[Plans | NoPlans | UnderWay]()
    asked_for = list[str]()
    boards = replace(
        site.parts.boards,
        simulate=lambda _: begun,
        simulated=lambda id_: asked_for.append(id_) or found[-1],
    )
    monkeypatch.setitem(site.parts.__dict__, "boards", boards)
    file = FileStorage(BytesIO("text: 规则".encode()), "policy.yaml")
    sent = office.post(PATH, shown_at=PATH, **DAYS, calendar=HASH, policy_file=file)
    assert sent.status_code == 303
    place = sent.headers["Location"]
    found.append(begun)
    waiting = office.get(place)
    page = waiting.get_data(as_text=True)
    again = re.search(r'<meta http-equiv="refresh" content="3;url=([^"]+)">', page)
    assert again is not None
    assert unescape(again[1]) == place
    assert f'href="{again[1]}"' in page
    found.append(plans)
    page = office.get(place).get_data(as_text=True)
    assert "换了提醒与督办规则、工作日历，" in told(page)
    assert "http-equiv" not in page
    assert "看原文" not in page, "a file is not kept, so nothing more can be asked about it"
    assert f'value="{DAYS["from"]}"' in page
    found.append(NoPlans(code="gone"))
    gone = office.get(place)
    assert (gone.status_code, "已经不在了" in gone.get_data(as_text=True)) == (404, True)
    assert asked_for == [NOTICE] * 3
    assert office.get(f"{PATH}?begun=1").status_code == 400


def test_days_stand_side_by_side_by_rung_and_by_receiver(
    site: Site, office: Visitor, plans: Plans, monkeypatch: pytest.MonkeyPatch
):
    """As many as one looks at together; of a longer time the list by day is enough."""
    answer(site, monkeypatch, lambda _: plans)
    page = office.post(PATH, shown_at=PATH, policy=HASH, **DAYS).get_data(as_text=True)
    order, load = (cells(page, name) for name in ("order", "load"))
    assert load["days"] == ["01-21", "01-22", "02-13"]
    assert ["1 → 0", "0", "0 → 1", "1"] in load.values(), "and what it comes to"
    # Rungs on every day in between, as marks; days of rest and of work made up for are told apart.
    assert (order["days"][0], order["days"][-1], len(order["days"])) == ("01-21", "02-13", 24)
    assert order["committee"] == ["1 → 0", *[""] * 23]
    assert order["again"] == [*[""] * 23, "0 → 1"]
    assert order["due_day"] == ["", "1", *[""] * 22]
    shown = page.partition('id="order"')[2].partition("</section>")[0]
    heads = shown.partition("</thead>")[0]
    assert heads.count('class="rest') == 12, "from 24 January to 2 February, and a weekend"
    assert [shown.count(f'<span class="dot-n l{level}">') for level in range(4)] == [2, 2, 2, 0]
    shown = page.partition('id="load"')[2].partition("</table>")[0]
    assert shown.count('class="h4"') == 2, "the fullest days, as they would be"
    long = replace(plans, now=(*plans.now, *many_days(plans.now[0])), gone=(), come=())
    answer(site, monkeypatch, lambda _: long)
    page = office.post(PATH, shown_at=PATH, **DAYS).get_data(as_text=True)
    assert 'id="order"' not in page
    assert 'id="by-day"' in page


def many_days(one: Planned) -> list[Planned]:
    return [replace(one, id=f"{nth}", at=one.at + timedelta(days=nth)) for nth in range(1, 40)]


def cells(page: str, name: str) -> dict[str, list[str]]:
    """Return the rows of a table by what they begin with, and its days."""
    table = page.partition(f'id="{name}"')[2].partition("</table>")[0]
    found = {"days": re.findall(r'<th scope="col"[^>]*>(\d\d-\d\d)<', table)}
    for row in table.split("<tr>")[2:]:
        begins = unescape(re.sub(r"<[^>]+>", "", row.partition("</th>")[0])).strip()
        told = re.findall(r"<td[^>]*>(?:<[^>]+>)?([^<]*)", row)
        found[begins] = [unescape(one) for one in told]
    return found


def test_the_words_of_a_line_are_shown_to_who_sees_its_case(
    site: Site, office: Visitor, plans: Plans, monkeypatch: pytest.MonkeyPatch
):
    asked = list[Mapping[str, object]]()
    school = replace(plans.now[0], id=NOTICE)
    said = Said(language="zh", subject="【述评提醒】", text="某同志：\n\n为何通知您：<b>")
    english = Said(language="en", subject="[Appraisal: reminder]", text="Why you: <b>")
    words = Words(notice=NOTICE, said=(said, english))
    answered = Plans(now=(school, *plans.now[1:]), gone=(), come=(), words=words)
    answer(site, monkeypatch, lambda question: asked.append(question) or answered)
    page = office.post(PATH, shown_at=PATH, policy=HASH, words=NOTICE, **DAYS)
    assert asked == [DAYS | {"policy": {"hash": HASH}, "words": NOTICE}]
    shown = page.get_data(as_text=True)
    letter = shown.partition('id="letter"')[2]
    assert "某同志：\n\n为何通知您：&lt;b&gt;" in letter
    assert '<div lang="en"><h3>[Appraisal: reminder]</h3>' in letter, "in both languages"
    assert "Why you: &lt;b&gt;" in letter
    hospital = Visitor(site).sign_in(AUDITOR)
    page = hospital.post(PATH, shown_at=PATH, words=NOTICE, **DAYS).get_data(as_text=True)
    assert "某同志" not in page
    assert "没有这一条" in page


def test_each_line_that_leaves_asks_for_its_words_with_the_same_question(
    site: Site, office: Visitor, plans: Plans, monkeypatch: pytest.MonkeyPatch
):
    answer(site, monkeypatch, lambda _: plans)
    page = office.post(PATH, shown_at=PATH, policy=HASH, **DAYS).get_data(as_text=True)
    form = page.partition('<form id="again"')[2].partition("</form>")[0]
    assert f'name="policy" value="{HASH}"' in form
    assert f'name="from" value="{DAYS["from"]}"' in form
    answer(site, monkeypatch, lambda _: replace(plans, gone=(), come=()))
    page = office.post(PATH, shown_at=PATH, **DAYS).get_data(as_text=True)
    assert page.count('form="again" name="words"') == 2  # the third one does not leave
    file = FileStorage(BytesIO(b"id: x"), filename="x.yaml")
    answer(site, monkeypatch, lambda _: plans)
    page = office.post(PATH, shown_at=PATH, policy_file=file, **DAYS).get_data(as_text=True)
    assert 'name="words"' not in page, "what was brought as a file is not kept"


def test_who_sees_less_is_told_of_less(site: Site, plans: Plans, monkeypatch: pytest.MonkeyPatch):
    answer(site, monkeypatch, lambda _: replace(plans, gone=(), come=()))
    hospital = Visitor(site).sign_in(AUDITOR)
    page = hospital.post(PATH, shown_at=PATH, **DAYS).get_data(as_text=True)
    assert "将发 1 条、到 1 人" in told(page)
    assert site.review_of("u-school-01").id not in page


def test_a_file_is_handed_on_as_it_is_and_its_faults_are_told(
    site: Site, office: Visitor, monkeypatch: pytest.MonkeyPatch
):
    asked = list[Mapping[str, object]]()
    fault = TextFault(field="policy", line=2, zh="应为整数", en="an integer is expected")
    refusal = NoPlans(code="text_refused", faults=(fault,))
    answer(site, monkeypatch, lambda question: asked.append(question) or refusal)
    file = FileStorage(BytesIO("id: 样例".encode()), filename="样例.yaml")
    answered = office.post(PATH, shown_at=PATH, policy="", policy_file=file, **DAYS)
    assert asked == [DAYS | {"policy": {"text": "id: 样例"}}]
    assert answered.status_code == 422
    assert "提醒与督办规则第 2 行：应为整数" in answered.get_data(as_text=True)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"a" * (1024 * 1024 + 1)])
def test_a_file_that_is_no_text_or_too_large_is_told_before_anything_is_asked(
    site: Site, office: Visitor, monkeypatch: pytest.MonkeyPatch, content: bytes
):
    asked = list[Mapping[str, object]]()
    answer(site, monkeypatch, lambda question: asked.append(question) or NoPlans(code="busy"))
    file = FileStorage(BytesIO(content), filename="x.yaml")
    answered = office.post(PATH, shown_at=PATH, scheme_file=file, **DAYS)
    assert (answered.status_code, asked) == (422, [])
    assert 'role="alert"' in answered.get_data(as_text=True)


def test_files_that_are_too_large_together_are_told_before_anything_is_asked(
    site: Site, office: Visitor, monkeypatch: pytest.MonkeyPatch
):
    asked = list[Mapping[str, object]]()
    answer(site, monkeypatch, lambda question: asked.append(question) or NoPlans(code="busy"))
    for last, n_asked in ((b"a", 0), (b"", 1)):
        names = ("policy_file", "scheme_file", "calendar_file", "organisation_file")
        contents = (*[b"a" * (1024 * 1024)] * 3, last)
        files = {
            name: FileStorage(BytesIO(content), filename=name)
            for name, content in zip(names, contents, strict=True)
            if content
        }
        page = office.post(PATH, shown_at=PATH, **files, **DAYS).get_data(as_text=True)
        assert (len(asked), "几个文件合计超过 3 MiB" in page) == (n_asked, not n_asked)


def test_a_single_thread_does_not_wait_for_what_would_wait_for_it(
    site: Site, office: Visitor, monkeypatch: pytest.MonkeyPatch
):
    for threads, sentence in ((1, "只有一个工作线程"), (2, "通知服务没有应答")):
        alone = QuickParts(replace(site.parts.settings, threads=threads))
        answer(site, monkeypatch, alone.boards.simulate)
        answered = office.post(PATH, shown_at=PATH, **DAYS)
        assert (answered.status_code, sentence in answered.get_data(as_text=True)) == (
            503,
            True,
        )


@pytest.mark.parametrize(
    ("code", "status", "sentence"),
    [
        ("unavailable", 503, "通知服务没有应答"),
        ("busy", 503, "一次只算一个"),
        ("takes_too_much", 422, "一分钟内算不完"),
        ("internal", 502, "请管理员看通知服务的日志（simulation_failed）"),
        ("bad_period", 422, "日期不对"),
        ("too_many_notices", 422, "整个系统的提醒超过十万条"),
        ("some_code_of_later", 422, "推演被拒绝：some_code_of_later"),
    ],
)
def test_why_nothing_was_worked_out_is_told(
    site: Site,
    office: Visitor,
    monkeypatch: pytest.MonkeyPatch,
    code: str,
    status: int,
    sentence: str,
):
    answer(site, monkeypatch, lambda _: NoPlans(code=code))
    answered = office.post(PATH, shown_at=PATH, **DAYS)
    assert answered.status_code == status
    assert sentence in answered.get_data(as_text=True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"from": "soon"},
        {"to": ""},
        {"policy": "x"},
        {"other": "1"},
        {"policy_file": "x"},
        {"words": "1"},
    ],
)
def test_what_is_no_form_of_ours_is_refused(office: Visitor, wrong: dict[str, str]):
    assert office.post(PATH, shown_at=PATH, **(DAYS | wrong)).status_code == 400


def test_it_is_for_who_is_signed_in(site: Site):
    assert Visitor(site).get(PATH).status_code == 303
    assert Visitor(site).sign_in(INSPECTOR).get(PATH).status_code == 200


@pytest.mark.parametrize(
    ("role", "reason"),
    [
        ("office", ""),
        ("inspector", ""),
        ("head", "no_post"),
        *((one, "admin_excluded") for one in ADMINS),
    ],
)
def test_it_is_for_who_looks_after_others(role: str, reason: str):
    tree = organisation([post("one", "c.h1", role, date(2019, 1, 1))])
    assert authorise(person("one"), "page.simulation", tree, DAY).reason == reason


def test_it_is_narrowed_to_what_a_search_finds_and_every_sum_with_it(
    site: Site, office: Visitor, plans: Plans, monkeypatch: pytest.MonkeyPatch
):
    asked = list[Mapping[str, object]]()
    answer(site, monkeypatch, lambda question: asked.append(question) or plans)
    number = site.review_of("u-school-01").number
    page = office.post(PATH, shown_at=PATH, about=f" {number} ", policy=HASH, **DAYS).text
    assert asked == [DAYS | {"policy": {"hash": HASH}}]  # the notifier plans for all
    assert "现行发 1 条、到 1 人；换了提醒与督办规则，发 1 条、到 1 人，条数不变" in told(page)
    assert f"只算“{number}”找到的 1 件" in page


@pytest.mark.parametrize(
    ("listed", "signs"), [("differ", (1, 1, 0)), ("now", (1, 0, 2)), ("then", (0, 1, 2))]
)
def test_each_of_both_is_listed_whole_where_that_is_asked_for(
    site: Site,
    office: Visitor,
    plans: Plans,
    monkeypatch: pytest.MonkeyPatch,
    listed: str,
    signs: tuple[int, int, int],
):
    answer(site, monkeypatch, lambda _: plans)
    page = office.post(PATH, shown_at=PATH, listed=listed, policy=HASH, **DAYS).text
    lines = page.partition('id="each"')[2]
    assert tuple(map(lines.count, ("− 不再有", "+ 新增", "照旧"))) == signs
    counts = re.findall(r'name="listed" value="(\w+)".*?<span class="num">(\d+)</span>', lines)
    assert dict(counts) == {"differ": "2", "now": "3", "then": "3"}
    assert f'value="{listed}" aria-pressed="true"' in lines


def test_the_lines_that_are_shown_are_kept_as_a_workbook(
    site: Site, office: Visitor, plans: Plans, monkeypatch: pytest.MonkeyPatch
):
    answer(site, monkeypatch, lambda _: plans)
    form = {"policy": HASH, "listed": "then", "as": "xlsx", **DAYS}
    kept = office.post(PATH, shown_at=PATH, **form)
    assert unquote(kept.headers["Content-Disposition"]).endswith("''推演.xlsx")
    rows = list(load_workbook(BytesIO(kept.data)).worksheets[0].iter_rows(values_only=True))
    assert [row[0] or "" for row in rows[1:]] == ["", "", "+ 新增"]
    assert site.review_of("u-school-01").number in rows[2]
    assert "已承诺完成日，此前不再提醒" in rows[1]


@pytest.mark.parametrize("wrong", [{"listed": "both"}, {"as": "pdf"}, {"about": "x" * 81}])
def test_what_is_no_wish_of_this_page_is_refused(office: Visitor, wrong: dict[str, str]):
    assert office.post(PATH, shown_at=PATH, **DAYS, **wrong).status_code == 400
