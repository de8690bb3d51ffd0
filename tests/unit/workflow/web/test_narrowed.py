"""A list that is narrowed says first how many it has; what is counted of all says so."""

import re
from html import unescape

import pytest

from tests.end_to_end.pages.site import INSPECTOR, OFFICE, Site
from tests.end_to_end.pages.whole import SENT_BACK, Whole
from tests.unit.workflow.web.visitor import Visitor

TAGS = re.compile(r"<[^>]+>")
CHIP = re.compile(r'<a class="chip" href="([^"]+)"')
HEAD = re.compile(r'<div class="head">.*?</div>(?:\s*<p class="lead">.*?</p>)?', re.DOTALL)
FOOT = re.compile(r"本页 [\d,]+ [件项]，共 ([\d,]+) [件项]")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    return Whole(tmp_path_factory.mktemp("narrowed"))


def words_of(found: re.Match[str] | None) -> str:
    assert found is not None
    return unescape(TAGS.sub("", found[0]))


@pytest.mark.parametrize("path", ["/cases", "/stuck", "/ledgers/item", "/ledgers/item?by=of"])
def test_the_first_figure_of_a_narrowed_list_is_how_many_are_on_it(whole: Whole, path: str):
    office = Visitor(whole).sign_in(OFFICE)
    narrowed = {f"{path}{'&' if '?' in path else '?'}unit=u-hospital-1"}
    narrowed |= {unescape(one) for one in CHIP.findall(office.text(path))}
    assert len(narrowed) > 1
    for one in narrowed:
        text = office.text(one)
        (total,) = FOOT.findall(text) or ["0"]  # below an empty list nothing is counted
        head = words_of(HEAD.search(text))
        assert re.search(rf"(?:筛出|共) {total} [件项](?:；|$)", head), (one, head)


def test_what_is_unread_of_all_is_not_told_of_one_sort(whole: Whole):
    person = whole.review_of(SENT_BACK).person
    assert person is not None
    inbox = Visitor(whole).sign_in(person)
    assert "1 条未读" in inbox.text("/inbox")
    assert "全部：1 条未读" in words_of(HEAD.search(inbox.text("/inbox?kind=escalation")))
    assert "全部" not in words_of(HEAD.search(inbox.text("/inbox")))


def test_what_is_printed_says_how_it_was_narrowed(whole: Whole):
    office, inspector = (Visitor(whole).sign_in(one) for one in (OFFICE, INSPECTOR))
    for path, said in {
        "/cases?due=over": "筛选：超期；排序：期限",
        "/stuck?unit=u-hospital-1": "筛选：第一示例医院党委；",
        "/ledgers/item?due=soon&by=of": "筛选：三个工作日内到期；按案件",
        "/inbox?unread=1&kind=reminder": "筛选：未读、提醒",
        "/audit?show=refused&on=2020-01-08": "筛选：被拒的操作、2020-01-08",
    }.items():
        text = (inspector if path.startswith("/audit") else office).text(path)
        printed = re.findall(r'<p class="print-only">(.*?)</p>', text, re.DOTALL)
        assert [said in TAGS.sub("", one) for one in printed] == [True], (path, printed)


def test_how_many_units_are_missing_leads_to_their_names(site: Site, office: Visitor):
    sections = []
    for page, told in (("", "缺 1"), ("/outcome", "1 个单位应立未立")):
        text = office.text(f"/cycles/{site.cycle}{page}")
        (place,) = re.findall(rf'<a href="#([\w-]+)">[^<]*{told}</a>', text)
        sections.append(text.partition(f'id="{place}"')[2].partition("</section>")[0])
    of_tiers, of_round = sections
    (name,) = re.findall(r"<tr><td>([^<]+)</td>(?:(?!</tr>).)*▲ 应述未立案", of_tiers)
    assert f"<li>{name}：" in of_round
    units = site.parts.directory.current().units
    (unit,) = (one.id for one in units.values() if one.name == name)
    text = office.text(f"/cases?kind=review&unit={unit}")
    assert "0 件" in words_of(HEAD.search(text))
    assert not FOOT.findall(text)
