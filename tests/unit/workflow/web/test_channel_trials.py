"""Channels tried from a page: by who keeps the service running, with the truth and a record."""

import re
from dataclasses import replace
from typing import Any

import pytest

from services.notifier.application import trying
from services.workflow.adapters.web.watched import ADDRESSES, CAME, ON_RECORD, SHUT
from services.workflow.application import channel_trials
from services.workflow.application.channel_trials import BEGUN, Tried
from tests.end_to_end.pages.outside import OPEN, Outside
from tests.end_to_end.pages.site import INSPECTOR, Shipped, Site, china
from tests.parts import QuickParts
from tests.unit.workflow.web.conftest import ADMINISTRATOR
from tests.unit.workflow.web.visitor import Visitor

PATH = "/watch"
AUDIT = "p-0023"  # reads what administrators did


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = Shipped(tmp_path_factory.mktemp("room"), china("01-08", "08:30"))
    for person in (ADMINISTRATOR, AUDIT, INSPECTOR):
        site.password(person)
    return site


@pytest.fixture
def outside(room: Site, monkeypatch: pytest.MonkeyPatch) -> Outside:
    notifier = Outside()
    trials = replace(room.parts.channel_trials, notifier=notifier)
    monkeypatch.setitem(room.parts.__dict__, "channel_trials", trials)
    return notifier


@pytest.fixture
def keeper(room: Site) -> Visitor:
    return Visitor(room).sign_in(ADMINISTRATOR)


def deeds(site: Site) -> list[tuple[str, str, str | None]]:
    found = site.parts.database.identity.deeds(None, 100)
    return [(one.person, one.subject, one.detail) for one in found if one.what == "channel_tried"]


def written_down(channel: str, came: str) -> list[tuple[str, str, str]]:
    return [(ADMINISTRATOR, channel, came), (ADMINISTRATOR, channel, BEGUN)]


class CutOff(BaseException):
    """The process ends here."""


def cut_off(_name: str, _to: str) -> Tried:
    raise CutOff


def told(keeper: Visitor, **fields: Any) -> str:
    """Try a channel; return what the page says of it."""
    answer = keeper.post(PATH, shown_at=PATH, **fields)
    assert (answer.status_code, answer.location) == (303, PATH)
    page = keeper.text(PATH)
    return " ".join(
        re.sub("<[^>]+>", "", page.partition('class="say')[2]).split("\n", 1)[0].split()
    )


def test_a_trial_is_sent_once_told_once_and_written_down(
    room: Site, outside: Outside, keeper: Visitor
):
    before = deeds(room)
    assert "试发邮件：已发出，对方已收下" in told(keeper, channel="email", to=" a@example.org ")
    assert outside.asked == [("email", "a@example.org")]
    assert "试发邮件" not in keeper.text(PATH)
    assert deeds(room) == [*written_down("email", "sent"), *before]
    record = Visitor(room).sign_in(AUDIT).text("/deeds")
    assert "试发通知渠道" in record
    assert "开始试发" in record
    assert "已发出，对方已收下" in record
    assert not [code for code in (">begun<", ">sent<") if code in record]
    assert "a@example.org" not in record


@pytest.mark.parametrize("outcome", ["later", "failed", "refused", "unknown", "shut", "away"])
def test_what_may_have_left_is_told_with_its_code_and_written_down(
    room: Site, outside: Outside, keeper: Visitor, outcome: str
):
    outside.tells, before = Tried(outcome, "wecom_45009"), deeds(room)
    said = told(keeper, channel="wecom_robot", to="")
    assert CAME[outcome] in said
    assert "wecom_45009" in said
    assert deeds(room) == [*written_down("wecom_robot", f"{outcome} wecom_45009"), *before]


@pytest.mark.parametrize("outcome", ["busy", "absent", "no_address", "turned_away", "unreached"])
def test_what_did_not_leave_is_told_and_written_down_as_that(
    room: Site, outside: Outside, keeper: Visitor, outcome: str
):
    outside.tells, before = Tried(outcome), deeds(room)
    assert CAME[outcome] in told(keeper, channel="email", to="")
    assert deeds(room) == [*written_down("email", outcome), *before]


def test_a_trial_that_is_cut_off_was_written_down_before_it_left(
    room: Site, outside: Outside, monkeypatch: pytest.MonkeyPatch
):
    before, actor = deeds(room), room.actor(ADMINISTRATOR)
    monkeypatch.setattr(outside, "try_channel", cut_off)
    with pytest.raises(CutOff):
        room.parts.channel_trials.try_one(actor, "email", "a@example.org")
    assert deeds(room) == [(ADMINISTRATOR, "email", BEGUN), *before]


def test_where_one_thread_serves_nothing_is_tried(
    room: Site, outside: Outside, keeper: Visitor, monkeypatch: pytest.MonkeyPatch
):
    settings, before = room.parts.settings, deeds(room)
    single, several = (
        QuickParts(replace(settings, threads=n)).channel_trials.one_thread for n in (1, 2)
    )
    assert (single, several) == (True, False)
    trials = replace(room.parts.channel_trials, one_thread=True)
    monkeypatch.setitem(room.parts.__dict__, "channel_trials", trials)
    assert CAME["one_thread"] in told(keeper, channel="email", to="a@example.org")
    assert (outside.asked, deeds(room)) == ([], before)


def test_how_each_channel_stands_is_shown(outside: Outside, keeper: Visitor):
    until = china("01-08", "10:07")
    outside.has = (
        OPEN,
        replace(OPEN, name="wecom_robot", needs_address=False, address="wecom", failures=2),
        replace(OPEN, name="webhook", address="", failures=6, broken=True),
        replace(OPEN, name="dingtalk_robot", shut_until=until, why="pause"),
    )
    page = keeper.text(PATH)
    rows = re.findall(r"<tr><td>(.*?)<span.*?现状\">(.*?)</td>", page, re.DOTALL)
    assert [(name, re.sub("<[^>]+>", "", stands)) for name, stands in rows] == [
        ("邮件", "✓ 开着"),
        ("企业微信群机器人", "◆ 最近失败 2 次"),
        ("业务系统接口", "▲ 连续失败"),
        ("钉钉群机器人", "❚❚ 对方要求暂停 至 01-08 10:07"),
    ]
    assert page.count('type="text" name="to"') == 3, "one takes no address"
    outside.has = None
    assert 'id="channels"' not in keeper.text(PATH)


@pytest.mark.parametrize(
    "wrong",
    [
        {"channel": ""},
        {"channel": "../x"},
        {"channel": "a" * 65},
        {"to": "a\nb"},
        {"to": "a" * 255},
        {"other": "1"},
        {"csrf": "x"},
    ],
)
def test_what_is_no_form_of_ours_sends_nothing(
    outside: Outside, keeper: Visitor, wrong: dict[str, str]
):
    fields = {"channel": "email", "to": "a@example.org"} | wrong
    answer = keeper.post(PATH, shown_at=PATH, **fields)
    assert answer.status_code in (400, 403)
    assert "网址不对" not in answer.get_data(as_text=True), "it is what was typed that is wrong"
    assert outside.asked == []


@pytest.mark.parametrize("to", ["a\r\nBcc: b@example.org", "a" * 255])
def test_an_address_that_is_refused_is_so_at_its_field_and_stays(
    outside: Outside, keeper: Visitor, to: str
):
    answer = keeper.post(PATH, shown_at=PATH, channel="email", to=to)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "网址不对" not in page
    assert 'id="flaw-email"' in page
    assert to.split("\r", maxsplit=1)[0] in page
    assert outside.asked == []


def test_it_is_for_who_keeps_the_service_running(room: Site, outside: Outside):
    for person in (INSPECTOR, AUDIT):
        other = Visitor(room).sign_in(person)
        fields = {"channel": "email", "to": "a@example.org"}
        assert other.post(PATH, shown_at="/inbox", **fields).status_code == 403
    assert outside.asked == []


def test_each_word_of_the_notifiers_has_its_sentence():
    theirs = {trying.SENT, trying.SHUT, trying.UNKNOWN, trying.REFUSED, trying.FAILED, trying.LATER}
    ours = {
        channel_trials.AWAY,
        channel_trials.BUSY,
        channel_trials.ABSENT,
        channel_trials.NO_ADDRESS,
        channel_trials.TURNED_AWAY,
        channel_trials.UNREACHED,
        channel_trials.ONE_THREAD,
    }
    assert set(CAME) == theirs | ours
    # Where one thread serves nothing is tried, and so nothing is on record.
    assert set(ON_RECORD) == (set(CAME) | {BEGUN}) - {channel_trials.ONE_THREAD}
    assert set(SHUT) == {"budget", "pause", "circuit"}
    assert set(ADDRESSES) >= {"email", "wecom", "dingtalk", "feishu"}
