"""The policy that a notice names: its steps in words, and its text as it was, for who was told."""

import re
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

import orjson
import pytest

from schemas.canonical import canonical_bytes
from schemas.envelope import Envelope, UnreadableEvent, open_envelope
from services.workflow.domain.refusals import NotifierAway
from tests.end_to_end.pages.site import OFFICE, Shipped, Site, china
from tests.unit.workflow.web.test_inbox import COMING, OTHER, UNIT, tell
from tests.unit.workflow.web.visitor import Visitor

ASIDE = "u-school-01"  # whose secretary is told nothing, and sees nothing of the unit


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = Shipped(tmp_path_factory.mktemp("policies"), china("01-08", "08:30"))
    for unit in (UNIT, ASIDE):
        site.password(site.review_of(unit).person)
    site.password(OFFICE)
    return site


@pytest.fixture(scope="module")
def hash_(post: Site) -> str:
    return post.parts.editions.policies()["jilin-health-2019"].hash


@pytest.fixture
def secretary(post: Site) -> Visitor:
    return Visitor(post).sign_in(post.review_of(UNIT).person)


def keep(post: Site, monkeypatch: pytest.MonkeyPatch, ask: Callable[[str], bytes | None]) -> None:
    """Have the notifier keep policies as *ask* says."""
    monkeypatch.setitem(post.parts.__dict__, "told_by", replace(post.parts.told_by, ask=ask))


def away(hash_: str) -> bytes:
    raise NotifierAway(hash_)


def policy_of(post: Site, hash_: str, **changes: object) -> bytes:
    tree = orjson.loads(post.parts.editions.kept([hash_])[hash_].canonical)
    return canonical_bytes(tree | changes)


def linked(page: str) -> set[str]:
    return set(re.findall(r'href="(/(?:cases|inbox)/[^"]*polic[^"]*)"', page))


def test_who_was_told_reads_the_steps_and_which_of_them_it_was(
    post: Site, secretary: Visitor, hash_: str
):
    at = tell(post, policyhash=hash_)
    assert linked(secretary.text(at)) == {f"{at}/policy"}
    page = secretary.text(f"{at}/policy")
    assert "期限当天，提醒，发给<b>办理人</b>" in page
    assert re.findall(r'<tr aria-current="true">.*?<code>(.*?)</code>', page) == [
        "deadline / due_day"
    ]
    for said in ("期限前 2 个工作日", "逾期满 3 个工作日，此后每满 5 个工作日再报", "每天 10 时"):
        assert said in page
    assert hash_ in page


def test_each_step_says_where_it_holds_and_which_of_two_alike_it_was(
    post: Site, secretary: Visitor, hash_: str, monkeypatch: pytest.MonkeyPatch
):
    (track,) = orjson.loads(policy_of(post, hash_))["tracks"]
    own = {**track, "for": [{"kind": "review", "state": "drafting"}]}
    silent = {"track": track["track"], "for": [{"kind": "meeting"}], "rungs": []}
    placed = policy_of(post, hash_, tracks=[track, own, silent])
    keep(post, monkeypatch, lambda _: placed)
    at = tell(post, policyhash=sha256(placed).hexdigest())
    page = secretary.text(f"{at}/policy")
    where = r'<td data-h="在哪里">(.*?)</td>'
    assert re.findall(rf'<tr aria-current="true">{where}', page) == ["述职评议 起草"]
    assert {*re.findall(where, page)} == {
        "其余各处",
        "述职评议 起草",
        "述评会议",
        "各处",
    }
    assert "不提醒" in page
    assert "在哪里" not in secretary.text(f"{tell(post, policyhash=hash_)}/policy")


def test_a_repeated_step_is_the_step_that_it_repeats(post: Site, secretary: Visitor, hash_: str):
    at = tell(post, "escalation", policyhash=hash_, rung="organ_office/3")
    page = secretary.text(f"{at}/policy")
    assert re.findall(r'<tr aria-current="true">.*?<code>(.*?)</code>', page) == [
        "deadline / organ_office"
    ]


def test_the_file_is_the_very_bytes(post: Site, secretary: Visitor, hash_: str):
    at = tell(post, policyhash=hash_)
    case = f"/cases/{post.review_of(UNIT).id}"
    for path in (f"{at}/policy.json", f"{case}/policies/{hash_}/text.json"):
        answer = secretary.get(path)
        assert sha256(answer.data).hexdigest() == hash_
        assert f"policy-{hash_[:8]}.json" in answer.headers["Content-Disposition"]


def test_beside_the_case_each_notice_leads_to_its_policy(post: Site, hash_: str):
    tell(post, policyhash=hash_)
    case = f"/cases/{post.review_of(UNIT).id}"
    office = Visitor(post).sign_in(OFFICE)
    assert f"{case}/policies/{hash_}" in linked(office.text(case))
    page = office.text(f"{case}/policies/{hash_}")
    assert "期限前 2 个工作日" in page
    assert 'aria-current="true"><td' not in page


def test_it_opens_to_nobody_who_does_not_see_the_notice(post: Site, hash_: str):
    at, case = tell(post, policyhash=hash_), f"/cases/{post.review_of(UNIT).id}"
    office, stranger = (
        Visitor(post).sign_in(one) for one in (OFFICE, post.review_of(ASIDE).person)
    )
    for visitor in (office, stranger):  # the one sees the case; the letter is another's
        assert visitor.get(f"{at}/policy").status_code == 404
        assert visitor.get(f"{at}/policy.json").status_code == 404
    for more in (f"policies/{hash_}", f"policies/{hash_}/text.json"):
        assert stranger.get(f"{case}/{more}").status_code == 404
        assert office.get(f"{case}/{more}").status_code == 200
    assert Visitor(post).get(f"{at}/policy").status_code == 303


@pytest.mark.parametrize("wrong", ["0" * 64, "x", "%00", "A" * 64, "1" * 4000])
def test_what_no_notice_of_the_case_names_is_not_there(post: Site, hash_: str, wrong: str):
    tell(post, policyhash=hash_)
    office, case = Visitor(post).sign_in(OFFICE), f"/cases/{post.review_of(UNIT).id}"
    assert office.get(f"{case}/policies/{wrong}").status_code == 404
    other = f"/cases/{post.review_of(ASIDE).id}"  # kept here, and nobody was told of it there
    assert office.get(f"{other}/policies/{hash_}").status_code == 404


def test_what_cannot_be_read_of_the_log_names_no_policy(
    post: Site, hash_: str, monkeypatch: pytest.MonkeyPatch
):
    tell(post, policyhash=hash_)

    def unread(body: bytes) -> Envelope:
        raise UnreadableEvent(body)

    monkeypatch.setattr("services.workflow.application.told_by.open_envelope", unread)
    office, case = Visitor(post).sign_in(OFFICE), f"/cases/{post.review_of(UNIT).id}"
    assert office.get(f"{case}/policies/{hash_}").status_code == 404


def test_a_hash_that_no_notice_names_has_none_of_them_opened(
    post: Site, hash_: str, monkeypatch: pytest.MonkeyPatch
):
    tell(post, policyhash=hash_)
    opened: list[bytes] = []

    def opening(body: bytes) -> Envelope:
        opened.append(body)
        return open_envelope(body)

    monkeypatch.setattr("services.workflow.application.told_by.open_envelope", opening)
    office, case = Visitor(post).sign_in(OFFICE), f"/cases/{post.review_of(UNIT).id}"
    assert office.get(f"{case}/policies/{'0' * 64}").status_code == 404
    assert opened == []
    assert office.get(f"{case}/policies/{hash_}").status_code == 200
    assert opened != []


def test_what_a_case_will_be_reminded_by_is_read_before_anybody_was(
    post: Site, hash_: str, monkeypatch: pytest.MonkeyPatch
):
    coming = replace(COMING, policy=hash_)
    told_by = replace(post.parts.told_by, next_notices=lambda some: dict.fromkeys(some, coming))
    monkeypatch.setitem(post.parts.__dict__, "told_by", told_by)
    case = f"/cases/{post.review_of(ASIDE).id}"
    assert Visitor(post).sign_in(OFFICE).get(f"{case}/policies/{hash_}").status_code == 200
    other = Visitor(post).sign_in(post.review_of(UNIT).person)
    assert other.get(f"{case}/policies/{hash_}").status_code == 404


def test_a_text_of_another_kind_is_no_policy(post: Site, secretary: Visitor):
    scheme = post.parts.editions.in_force("scheme")["jilin-health-2019"].hash
    at = tell(post, policyhash=scheme)
    assert secretary.get(f"{at}/policy").status_code == 404


def test_what_the_notifier_alone_keeps_is_asked_there_and_checked(
    post: Site, secretary: Visitor, hash_: str, monkeypatch: pytest.MonkeyPatch
):
    own = policy_of(post, hash_, id="own", hour=8)
    at = tell(post, policyhash=sha256(own).hexdigest())
    for kept, status in ((own, 200), (own.replace(b"8", b"7"), 404), (None, 404)):
        keep(post, monkeypatch, lambda _hash, kept=kept: kept)
        assert secretary.get(f"{at}/policy").status_code == status
    keep(post, monkeypatch, away)
    for path in (f"{at}/policy", f"{at}/policy.json"):
        answer = secretary.get(path)
        assert (answer.status_code, "通知服务" in answer.text) == (503, True)


def test_what_another_release_wrote_is_shown_as_it_is(
    post: Site, secretary: Visitor, hash_: str, monkeypatch: pytest.MonkeyPatch
):
    later = policy_of(post, hash_, format=9, soon=["<b>"])
    at = tell(post, policyhash=sha256(later).hexdigest())
    keep(post, monkeypatch, lambda _: later)
    page = secretary.text(f"{at}/policy")
    assert "出自另一个版本" in page
    assert "&lt;b&gt;" in page
    assert secretary.get(f"{at}/policy.json").data == later


def test_who_was_told_reads_it_though_the_case_is_out_of_sight(
    post: Site, secretary: Visitor, hash_: str
):
    at = tell(post, unit=OTHER, policyhash=hash_)  # told of what they do not see
    assert secretary.get(f"{at}/policy").status_code == 200
    case = f"/cases/{post.review_of(OTHER).id}"
    assert secretary.get(f"{case}/policies/{hash_}").status_code == 404
