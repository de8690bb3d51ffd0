"""Administration: people and posts one by one, sign-ins, tokens; over HTTP and on pages."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from services.workflow.domain.organisation import Delegation
from services.workflow.domain.organisation.deputising import Wish
from tests.integration.http.administrators import (
    AUDIT,
    NEW_POST,
    PASSWORD,
    PEOPLE,
    RIGHTS,
    SECRETARY,
    erase,
    signed_in,
    staff,
)
from tests.integration.http.afterwards import n_rows
from tests.integration.http.forms import Browser, Form, Page
from tests.integration.http.service import Service


@pytest.fixture
def browsers(service: Service) -> dict[str, Browser]:
    return signed_in(service)


def posts(service: Service, person: str) -> list[dict[str, Any]]:
    return list(service.get(f"/v1/staff?person={person}", PEOPLE).json["posts"])


def asking(page: Page, what: str, field: str = "form") -> Form:
    """Return the form of *page* that asks for *what*, and has a *field*."""
    return next(
        one
        for one in page.forms
        if ("form", what) in [(each.name, each.value) for each in one.inputs]
        and field in [each.name for each in one.inputs]
    )


def test_a_person_and_a_post_are_told_before_they_are_recorded_and_signed_by_who_did_it(
    service: Service,
):
    newcomer = {"person": "new", "name": "新来的", "email": "new@example.org"}
    before = n_rows(service)
    looked = staff(service, "people", **newcomer, dry_run=True)
    assert looked.json["lines"][0] == "+ 人员 new 新来的"
    assert looked.json["changed"]
    assert n_rows(service) == before
    assert staff(service, "people", **newcomer).json["changed"]
    assert not staff(service, "people", **newcomer).json["changed"]
    assert staff(service, "posts", **NEW_POST).json["changed"]
    assert posts(service, "new") == [
        {"unit": "c-h1", "role": "clerk", "from": "2020-01-08", "until": None}
    ]
    assert staff(service, "posts", **NEW_POST, until="2020-06-30").json["changed"]
    assert posts(service, "new")[0]["until"] == "2020-06-30"
    service.sequence()
    told = [one["event"] for one in service.get("/v1/log?limit=200").json["entries"]]
    changes = [one for one in told if "organisation_changed" in one["type"]][-3:]
    assert [one["actor"] for one in changes] == [PEOPLE] * 3
    assert "新来的" not in str(told)


@pytest.mark.parametrize(
    ("what", "body", "code", "field"),
    [
        ("posts", NEW_POST | {"person": "nobody-there"}, "entry_refused", "person"),
        ("posts", NEW_POST | {"person": "nobody", "unit": "no-unit"}, "entry_refused", "unit"),
        ("posts", NEW_POST | {"person": "nobody", "role": "king"}, "entry_refused", "role"),
        (
            "posts",
            NEW_POST | {"person": "nobody", "role": "secretary"},
            "entry_refused",
            "",
        ),
        (
            "posts",
            NEW_POST | {"person": "nobody", "until": "2019-12-31"},
            "entry_refused",
            "until",
        ),
        (
            "posts",
            NEW_POST | {"person": "nobody", "role": "audit_administrator"},
            "administrator_by_file",
            "role",
        ),
        ("people", {"person": "new", "name": "新\u200b来"}, "entry_refused", "name"),
        ("people", {"person": "new", "name": "新", "email": "no mail"}, "entry_refused", "email"),
        ("people", {"person": "C.OFF", "name": "新"}, "entry_refused", "id"),
    ],
)
def test_what_a_file_would_refuse_is_refused_at_its_field_and_nothing_is_written(
    service: Service, what: str, body: dict[str, Any], code: str, field: str
):
    before = n_rows(service)
    answer = staff(service, what, **body)
    assert answer.status_code == 422, answer.text
    assert (code, field) in [(one["code"], one.get("field", "")) for one in answer.json["errors"]]
    assert "见第 0 行" not in answer.text
    assert n_rows(service) == before


def test_nobody_changes_their_own_posts_and_no_other_than_who_keeps_the_people_does(
    service: Service,
):
    answer = staff(service, "posts", **NEW_POST | {"person": PEOPLE})
    assert (answer.status_code, answer.json["code"]) == (403, "own_post")
    for person in (RIGHTS, AUDIT, SECRETARY, "c.off"):
        assert staff(service, "posts", person, **NEW_POST | {"person": "nobody"}).status_code == 403
        assert service.get("/v1/staff?person=c.off", person).status_code == 403


def test_a_post_that_leaves_open_cases_with_nobody_asks_first(service: Service):
    assert service.submit("c-h1-a").status_code == 201
    key = {"person": "c-h1.off", "unit": "c-h1", "role": "office", "from": "2019-01-01"}
    ending = key | {"until": (service.clock.at - timedelta(days=1)).date().isoformat()}
    looked = staff(service, "posts", **ending, dry_run=True).json
    assert "1 件未结案件无人承办" in looked["left"][0]
    asked = staff(service, "posts", **ending)
    assert (asked.status_code, asked.json["errors"][0]["code"]) == (422, "leaves_open_cases")
    assert posts(service, "c-h1.off")[0]["until"] == "2020-12-31"
    assert staff(service, "posts", **ending, leave_open_cases=True).json["changed"]
    assert posts(service, "c-h1.off")[0]["until"] == ending["until"]


def test_a_post_that_ends_tells_who_stands_in_for_it_from_today_on_and_not_who_did(
    service: Service,
):
    today, day = service.clock.at.date(), timedelta(days=1)
    key = {"person": "c-h1.off", "unit": "c-h1"}
    spans = {"c-h1.sec": today, "c-h1.mem": today + day}
    for deputy, until in spans.items():
        entry = Delegation(
            deputy=deputy, roles=frozenset({"office"}), since=today, until=until, **key
        )
        service.parts.deputies.record(None, Wish(entry=entry))
    service.clock.at += day
    ending = key | {"role": "office", "from": "2019-01-01", "until": (today - day).isoformat()}
    told = "".join(staff(service, "posts", **ending, dry_run=True).json["void"])
    assert [deputy for deputy in spans if deputy in told] == ["c-h1.mem"]


def test_what_was_looked_at_is_not_recorded_over_what_somebody_else_changed(service: Service):
    looked = staff(service, "people", person="new", name="新", dry_run=True).json
    for name, status in (("新", 200), ("又新", 412)):
        answer = staff(service, "people", person="new", name=name, version=looked["version"])
        assert answer.status_code == status, answer.text


def test_a_person_who_held_a_post_stays_and_one_who_never_did_may_go(service: Service):
    held = service.call("DELETE", f"/v1/staff/people?person={SECRETARY}", person=PEOPLE)
    assert held.json["errors"][0]["code"] == "person_has_posts"
    assert service.call("DELETE", "/v1/staff/people?person=nobody", person=PEOPLE).json["changed"]
    assert service.get("/v1/staff?person=nobody", PEOPLE).status_code == 404
    gone = service.call("DELETE", "/v1/staff/people?person=nobody", person=PEOPLE)
    assert gone.json["errors"][0]["code"] == "person_absent"


def test_a_post_is_taken_back_before_it_begins_and_not_after(service: Service):
    key = {"person": "nobody", "unit": "c-h1", "role": "clerk"}
    for since, code in (("2020-03-01", None), ("2020-01-08", "post_has_begun")):
        post = key | {"from": since}
        assert service.call("PUT", "/v1/staff/posts", post, person=PEOPLE, key=None).json["changed"]
        answer = service.call("DELETE", f"/v1/staff/posts?{urlencode(post)}", person=PEOPLE)
        found = answer.json["errors"][0]["code"] if answer.status_code != 200 else None
        assert found == code
    absent = key | {"from": "2020-02-02"}
    answer = service.call("DELETE", f"/v1/staff/posts?{urlencode(absent)}", person=PEOPLE)
    assert answer.json["errors"][0]["code"] == "post_absent"


def test_a_change_by_hand_leaves_erased_names_erased(service: Service):
    erase(service, "c.off")
    assert service.get("/v1/staff?person=c.off", PEOPLE).json["details"] == {}
    changed = staff(service, "people", person="new", name="新").json
    assert [line for line in changed["lines"] if "c.off" in line] == []
    assert service.get("/v1/staff?person=c.off", PEOPLE).json["details"] == {}
    assert staff(service, "people", person="c.off", name="又有名").json["changed"]


def test_who_is_locked_out_is_signed_out_and_cannot_come_back(
    service: Service, browsers: dict[str, Browser]
):
    def lock(locked: bool, person: str = SECRETARY, by: str = RIGHTS) -> Any:
        body = {"person": person, "locked": locked}
        return service.call("PUT", "/v1/accounts/lock", body, person=by, key=None)

    assert browsers[SECRETARY].open("/tasks").status_code == 200
    assert lock(True).json == {"changed": True}
    assert lock(True).json == {"changed": False}
    assert browsers[SECRETARY].open("/tasks").status_code == 303
    with pytest.raises(AssertionError):
        Browser(service.app).sign_in(SECRETARY, PASSWORD)
    invited = service.call(
        "POST", "/v1/accounts/invitation", {"person": SECRETARY}, person=RIGHTS, key=None
    )
    assert (invited.status_code, invited.json["code"]) == (409, "locked_already")
    (row,) = service.get("/v1/accounts?locked=true", RIGHTS).json["items"]
    assert (row["person"], row["locked"], row["n_sessions"]) == (SECRETARY, True, 0)
    assert lock(False).json == {"changed": True}
    Browser(service.app).sign_in(SECRETARY, PASSWORD)
    assert lock(True, AUDIT).json["code"] == "administrators_sign_in"
    assert (lock(True, "nobody").status_code, lock(True, "nobody").json["code"]) == (
        409,
        "no_sign_in",
    )
    assert lock(True, "no-such").status_code == 404
    assert (lock(True, RIGHTS).status_code, lock(True, RIGHTS).json["code"]) == (403, "own_sign_in")
    for other in (PEOPLE, AUDIT, SECRETARY):
        assert lock(True, "c.off", other).status_code == 403


def test_an_invitation_is_told_once_and_the_one_before_works_no_more(
    service: Service, browsers: dict[str, Browser]
):
    asked = {"person": "c.off"}
    paths = [
        service.call("POST", "/v1/accounts/invitation", asked, person=RIGHTS, key=None).json["path"]
        for _ in range(2)
    ]
    outside = Browser(service.app)
    assert [outside.open(path).status_code for path in paths] == [404, 200]
    taken = {"person": "c.off", "locked": True}  # who has no password yet has a link alone
    back = service.call("PUT", "/v1/accounts/lock", taken, person=RIGHTS, key=None)
    assert back.json == {"changed": True}
    assert outside.open(paths[1]).status_code == 404
    assert service.get("/v1/deeds?limit=1", AUDIT).json["items"][0]["what"] == "link_withdrawn"
    refused = service.call(
        "POST", "/v1/accounts/invitation", {"person": AUDIT}, person=RIGHTS, key=None
    )
    assert (refused.status_code, refused.json["code"]) == (403, "administrators_sign_in")


def test_a_token_is_listed_without_what_lets_in_and_revoked_by_its_id(service: Service):
    secret = service.parts.accounts.create_token("hr", frozenset({"read"}), "c")
    listed = service.get("/v1/tokens?limit=200", RIGHTS).json["items"]
    (row,) = [one for one in listed if one["client"] == "hr"]
    assert (row["scopes"], row["unit"], row["revoked_at"]) == (["read"], "c", None)
    assert secret not in str(listed)
    assert service.get("/v1/cases?limit=1", token=secret).status_code == 200
    path = f"/v1/tokens?client=hr&id={row['id']}"
    assert service.call("DELETE", path, person=RIGHTS).json == {"changed": True}
    assert service.call("DELETE", path, person=RIGHTS).json == {"changed": False}
    assert service.get("/v1/cases?limit=1", token=secret).status_code == 401
    assert service.get("/v1/tokens", PEOPLE).status_code == 403
    told = service.get("/v1/deeds?limit=2", AUDIT).json["items"]
    assert [one["detail"] for one in told] == [row["id"]] * 2


def test_each_of_the_three_is_shown_who_the_three_are_and_what_is_whose(
    service: Service, browsers: dict[str, Browser]
):
    names = {
        one: service.parts.database.reads.people([one])[one]["name"]
        for one in (PEOPLE, RIGHTS, AUDIT)
    }
    for person, path in ((PEOPLE, "/staff"), (RIGHTS, "/accounts"), (AUDIT, "/deeds")):
        shown = browsers[person].open(path).text.partition("三员分立")[2]
        for role, duty, who in (
            ("系统管理员", "人员与任职", PEOPLE),
            ("安全管理员", "账户与访问令牌", RIGHTS),
            ("审计管理员", "查看前两者", AUDIT),
        ):
            part = shown.partition(f"<dt>{role}")[2].partition("</dd>")[0]
            assert names[who] in part
            assert duty in part


def test_of_a_sign_in_only_what_may_be_done_is_offered_and_an_act_leads_back_to_it(
    service: Service, browsers: dict[str, Browser]
):
    page = browsers[RIGHTS].page("/accounts")
    offered = {one.typed()["person"] for one in page.forms if "person" in one.typed()}
    assert SECRETARY in offered
    acts = [one.typed() for one in page.forms if one.typed().get("person") in (PEOPLE, AUDIT)]
    assert {one["form"] for one in acts} <= {"end"}
    assert "三员的账户由运维人员在命令行办理" in browsers[RIGHTS].open("/accounts").text
    lock = next(
        one
        for one in page.forms
        if one.typed().get("person") == SECRETARY and one.typed()["form"] == "lock"
    )
    done = browsers[RIGHTS].send(lock, urlencode(lock.typed()).encode())
    assert (done.status_code, done.headers["Location"]) == (303, f"/accounts?q={SECRETARY}")


def test_a_newcomer_gets_no_number_that_somebody_has(
    service: Service, browsers: dict[str, Browser]
):
    before = n_rows(service)
    form = asking(browsers[PEOPLE].page("/staff"), "new_person", "id")
    typed = form.typed() | {"id": f" {SECRETARY}", "name": "空白"}
    page = browsers[PEOPLE].send(form, urlencode(typed).encode())
    assert page.status_code == 422
    assert f"编号{SECRETARY}已有人使用" in page.text
    assert 'id="new_person-id"' in page.text
    assert n_rows(service) == before


def test_the_page_of_people_calls_fields_what_stands_beside_them(browsers: dict[str, Browser]):
    browser = browsers[PEOPLE]
    form = asking(browser.page("/staff"), "new_person", "id")
    page = browser.send(form, urlencode(form.typed() | {"id": "p-new", "name": ""}).encode())
    assert page.status_code == 422
    assert "缺少“姓名”" in page.text
    form = asking(browser.page(f"/staff?person={SECRETARY}"), "person", "name")
    addresses = {"email": "gai@example.org", "wecom": "", "dingtalk": "", "feishu": "gai"}
    typed = form.typed() | {"name": "改名"} | addresses
    page = browser.send(form, urlencode(typed).encode())
    told = page.text.split('<ul class="leads">')[1].split("</li>")[0]
    for word in ("姓名 ", "电子邮箱 ", "飞书账号 "):
        assert word in told
    for code in ("name", "email", "feishu"):
        assert f"{code} " not in told


def test_a_post_is_given_by_a_unit_that_is_chosen_by_its_name(browsers: dict[str, Browser]):
    page = browsers[PEOPLE].open(f"/staff?person={SECRETARY}").text
    assert 'name="unit"' in page
    assert 'list="units"' in page
    assert re.search(r'<option value="c-h1">[^<]+</option>', page)


def test_what_a_token_may_do_is_told_in_words(service: Service, browsers: dict[str, Browser]):
    service.parts.accounts.create_token("hr", frozenset({"log", "act-for"}), "c")
    page = browsers[RIGHTS].open("/tokens").text
    assert "代人办理、读事件日志" in page
    assert "act-for" not in page


def test_what_stops_is_told_before_a_token_is_revoked(
    service: Service, browsers: dict[str, Browser]
):
    for client, scope in (("letters", "notify"), ("hr", "read")):
        service.parts.accounts.create_token(client, frozenset({scope}), "c")
        page = browsers[RIGHTS].open("/tokens").text
        asked = page[page.index(f"从下一个请求起，{client} ") :]
        told, act, _ = asked.partition(f'name="client" value="{client}"')
        assert act  # what it asks comes before what does it
        assert ("即停发" in told) == (scope == "notify")


@pytest.mark.parametrize("sought", ["wanggang", "wg", "WANG gang", "王 钢", "王\t钢", "ｎｅｗ"])
def test_administrators_find_people_in_pinyin_as_everybody_finds_cases(
    service: Service, browsers: dict[str, Browser], sought: str
):
    staff(service, "people", person="new", name="王钢")
    for person, path in ((PEOPLE, "/staff"), (RIGHTS, "/accounts")):
        shown = browsers[person].open(f"{path}?{urlencode({'q': sought})}").text
        assert "王钢" in shown, path
        assert "无职" not in shown, path


def test_pages_and_api_are_one_way_in(service: Service, browsers: dict[str, Browser]):
    keeper = browsers[PEOPLE]
    form = next(
        one
        for one in keeper.page("/staff").forms
        if one.method == "post" and one.action == "/staff"
    )
    typed = {**form.typed(), "id": "new", "name": "新来的", "email": ""}
    typed |= dict.fromkeys(("wecom", "dingtalk", "feishu"), "")
    before = n_rows(service)
    looked = keeper.send(form, urlencode(typed).encode())
    assert "+ 人员 new 新来的" in looked.text
    assert n_rows(service) == before
    seen = Page("/staff")
    seen.feed(looked.text)
    sure = asking(seen, "new_person", "step")
    assert keeper.send(sure, urlencode(sure.typed()).encode()).status_code == 303
    assert "已记入机构的事件日志" in keeper.open("/staff?person=new").text
    wrong = keeper.send(form, urlencode(typed | {"id": "newer", "email": "no mail"}).encode())
    assert wrong.status_code == 422
    assert 'aria-invalid="true" aria-describedby="flaw-new_person-email"' in wrong.text
    security = browsers[RIGHTS]
    listed = security.page("/accounts?q=c-h1.sec")
    lock = next(
        one
        for one in listed.forms
        if any(i.value == "lock" for i in one.inputs if i.name == "form")
    )
    assert security.send(lock, urlencode(lock.typed()).encode()).status_code == 303
    assert "已停用，会话和未用的链接一并作废：" in security.open("/accounts").text
    assert "停用" in security.open("/accounts?locked=1").text
    assert security.send(lock, urlencode(lock.typed()).encode()).status_code == 303
    assert "本来就是这样" in security.open("/accounts").text
    assert "停用账户" in browsers[AUDIT].open("/deeds").text
    assert security.open("/tokens").status_code == 200


def test_whoever_revokes_a_token_that_is_none_is_told_so(service: Service):
    service.parts.accounts.create_token("oa9", frozenset({"read"}), "c")
    listed = service.get("/v1/tokens?limit=200", RIGHTS).json["items"]
    (row,) = [one for one in listed if one["client"] == "oa9"]
    for query in ("client=oa9&id=00000000-0000-4000-8000-000000000000", "client=nobody"):
        answer = service.call("DELETE", f"/v1/tokens?{query}", person=RIGHTS, key=None)
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")
    other = service.call("DELETE", f"/v1/tokens?client=notifier&id={row['id']}", person=RIGHTS)
    assert other.status_code == 404
    mine = f"/v1/tokens?client=oa9&id={row['id']}"
    for changed in (True, False):  # what was revoked before is no error
        answer = service.call("DELETE", mine, person=RIGHTS, key=None)
        assert (answer.status_code, answer.json["changed"]) == (200, changed)


def test_the_page_says_that_there_is_no_such_token(service: Service, browsers: dict[str, Browser]):
    service.parts.accounts.create_token("oa9", frozenset({"read"}), "c")
    browser = browsers[RIGHTS]
    form = next(one for one in browser.page("/tokens").forms if one.typed().get("client") == "oa9")
    page = browser.send(form, form.typed() | {"id": "00000000-0000-4000-8000-000000000000"})
    assert page.status_code == 404
    assert "没有这样的令牌" in page.text
    assert "早已作废" not in page.text
