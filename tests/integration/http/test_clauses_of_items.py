"""Items, their ledger and the round's report, C1, C7 and C9, over HTTP and on the pages."""

import re
from collections.abc import Iterator
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from docx import Document
from openpyxl import load_workbook

from services.workflow.application.workbooks import MEDIA
from tests.integration.http.aftermath import AVERAGE, GOOD, OFFICE, Aftermath, aftermath
from tests.integration.http.conftest import STORES
from tests.integration.http.forms import Browser
from tests.integration.http.test_bulletins import fed_back
from tests.integration.http.test_meetings import texts

PASSWORD = "correct horse 8 battery"
OWNER = "c-b1.sec"


@pytest.fixture(params=STORES)
def after(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Aftermath]:
    yield from aftermath(request.param, tmp_path, request)


def row(problem: str, due: str) -> dict[str, str]:
    told = {"problem": problem, "found_by": "oneself", "measure": "补齐", "pace": "standing"}
    return told | {"owner": OWNER, "lead": "c.sec", "due": due}


def items(after: Aftermath, *rows: dict[str, str]) -> list[dict[str, Any]]:
    review = fed_back(after, "c-b1", AVERAGE)
    lists = {"documents": {"lists": {"rows": list(rows)}}}
    after.done(review, "start_rectification", OWNER, data=lists)
    found = after.service.get("/v1/cases?kind=item&sort=number", OFFICE).json["items"]
    return [review, *found]


def page(after: Aftermath, path: str, by: str = OFFICE) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", shown(after, path, by)))


def shown(after: Aftermath, path: str, by: str = OFFICE) -> str:
    accounts = after.service.parts.accounts
    accounts.accept_invitation(accounts.invite(by), PASSWORD)
    answer = Browser(after.service.app).sign_in(by, PASSWORD).open(path)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_c7_the_ledger_counts_items_and_lists_the_late_ones_first(
    after: Aftermath, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, first, second = items(after, row("甲题", "2020-03-31"), row("乙题", "2020-01-10"))
    after.done(first, "report", OWNER, data=texts("evidence", "done"))
    after.done(first, "verify", OFFICE, data=looked("sample"))
    after.service.clock.at = after.service.clock.at.replace(month=2)
    told = page(after, "/ledgers/item")
    assert "完成 1 / 2 项（50%）" in told
    assert "1 项 超期" in told
    assert told.index("乙题") < told.index("甲题")
    assert "整改类型：长期坚持" in told
    assert second["number"] in told
    monkeypatch.setattr("services.workflow.application.boards.ledger.PER_PAGE", 1)
    following = re.search(r'href="([^"]+)" rel="next">下一页', shown(after, "/ledgers/item?by=of"))
    assert following is not None
    told = page(after, unescape(following[1]))
    assert ("甲题" in told, "乙题" in told) == (True, False)
    back = re.search(r'href="([^"]+)" rel="prev">← 上一页', shown(after, unescape(following[1])))
    assert back is not None
    told = page(after, unescape(back[1]))
    assert ("甲题" in told, "乙题" in told) == (False, True)


def test_c7_my_tasks_offer_an_item_s_next_step_to_who_holds_it_and_no_other_s(
    after: Aftermath,
) -> None:
    """What grows out of a case is judged by that case, too: whose it is, and who may not."""
    _, one = items(after, row("甲题", "2020-03-31"))
    owner = page(after, "/tasks", OWNER)
    assert "报告完成" in owner
    assert "没有您可办的步骤" not in owner
    assert "核验通过" not in owner
    assert f'href="/cases/{one["id"]}#act-report"' in shown(after, "/tasks", OWNER)
    after.done(one, "report", OWNER, data=texts("evidence", "done"))
    office = page(after, "/tasks")
    assert one["number"] in office
    assert "没有您可办的步骤" not in office


def test_c7_items_of_one_day_stand_by_number_among_tasks_each_with_what_it_is_about(
    after: Aftermath,
) -> None:
    problems = [f"第{n}个问题" for n in range(1, 8)]
    items(after, *(row(one, "2020-03-31") for one in problems))
    tasks = page(after, "/tasks", OWNER)
    assert re.findall("第[0-9]个问题", tasks) == problems


def test_c7_a_list_on_its_case_has_no_column_in_which_nothing_stands(after: Aftermath) -> None:
    review, _ = items(after, row("甲题", "2020-03-31"))
    heads = re.findall(r'<th scope="col">([^<]+)</th>', shown(after, f"/cases/{review['id']}"))
    assert {"问题", "责任人"} <= {*heads}
    assert {"来源", "原整改事项"}.isdisjoint(heads)


def test_c7_each_head_orders_the_ledger_and_says_which_way_and_a_kept_view_keeps_it(
    after: Aftermath,
) -> None:
    _, first, _ = items(after, row("甲题", "2020-03-31"), row("乙题", "2020-01-10"))
    after.done(first, "report", OWNER, data=texts("evidence", "done"))
    after.done(first, "verify", OFFICE, data=looked("sample"))

    def told(sort: str) -> tuple[list[str], list[str]]:
        text = shown(after, f"/ledgers/item?by=of&sort={sort}")
        heads = re.findall(r'aria-sort="(\w+)"><a href="([^"]+)"', text)
        assert heads == [(heads[0][0], f"/ledgers/item?{turned(sort)}by=of")]
        return re.findall("[甲乙]题", text), [heads[0][0]]

    def turned(sort: str) -> str:
        back = sort[1:] if sort.startswith("-") else f"-{sort}"
        return "" if back == "due_at" else f"sort={back}&amp;"

    a, b = ["甲题"], ["乙题"]
    up, down = ["ascending"], ["descending"]
    assert [told(sort) for sort in ("number", "-number")] == [(a + b, up), (b + a, down)]
    # The one that is done is in the last stage, and nobody holds it.
    for name in ("state", "holder"):
        assert [told(sort) for sort in (name, f"-{name}")] == [(b + a, up), (a + b, down)]
    # Who is latest has the most days over: the column falls where deadlines rise.
    assert [told(sort) for sort in ("due_at", "-due_at")] == [(b + a, down), (a + b, up)]
    assert 'name="address" value="/ledgers/item?sort=-holder&amp;by=of"' in shown(
        after, "/ledgers/item?by=of&sort=-holder"
    )


def brought(after: Aftermath, review: dict[str, Any], *lines: dict[str, str]) -> Any:
    """Fill in the workbook of further items of a review, and have it read."""
    return sent_filled(after, f"/v1/cases/{review['id']}/workbook?trigger=add_items", *lines)


def sent_filled(
    after: Aftermath,
    path: str,
    *lines: dict[str, str],
    key: str | None = None,
    heading: str = "期限",
) -> Any:
    """Fill in a workbook of items, by its headings, in place of what stands there.

    Its deadlines stand under *heading*.
    """
    book = load_workbook(BytesIO(after.service.get(path, OWNER).data))
    told = {"问题": "丙题", "发现途径": "自己查摆", "措施": "补齐", "整改类型": "长期坚持"}
    told |= {"责任人": OWNER, "牵头负责人": "c.sec", "期限": "2020-03-31"}
    headings = [cell.value for cell in book.active[1]]
    book.active.delete_rows(2, book.active.max_row)
    for line in lines:
        book.active.append([(told | line).get(one, "") for one in headings])
    book.active.cell(1, headings.index("期限") + 1, heading)
    out = BytesIO()
    book.save(out)
    headers, content = {"Content-Type": MEDIA}, out.getvalue()
    return after.service.call("POST", path, raw=content, person=OWNER, headers=headers, key=key)


def test_c7_items_of_a_workbook_name_what_they_take_up_by_its_number(after: Aftermath) -> None:
    review, first = items(after, row("甲题", "2020-03-31"))
    after.done(first, "report", OWNER, data=texts("evidence", "done"))
    after.done(first, "verify", OFFICE, data=looked("sample"))
    read = brought(after, review, {"原整改事项": first["number"]})
    assert read.status_code == 200, read.text
    (told,) = read.json["data"]["documents"]["lists"]["rows"]
    assert f"item/{first['id']}" in told.values()
    wrong = brought(after, review, {"原整改事项": "2019-B-9999/01"}, {"原整改事项": "不知道"})
    codes = [(one["field"][-1], one["code"]) for one in wrong.json["errors"]]
    assert codes == [("2", "number_unknown"), ("3", "number_unknown")]
    (wrong,) = brought(after, review, {"原整改事项": review["number"]}).json["errors"]
    assert (wrong["field"][-1], wrong["code"]) == ("2", "another_kind")
    assert "这不是整改事项" in wrong["reason"]


def test_c7_a_formula_among_items_does_not_hide_what_is_wrong_with_the_others(
    after: Aftermath,
) -> None:
    review, _ = items(after, row("甲题", "2020-03-31"))
    wrong = brought(after, review, {"问题": "=A1"}, {"期限": "昨天"}, {"责任人": "无此人"})
    codes = {(one["field"][-1], one["code"]) for one in wrong.json["errors"]}
    assert codes == {("2", "cell_formula"), ("3", "not_a_day"), ("4", "not_an_identifier")}


def test_c7_a_cell_that_cannot_be_read_hides_nothing_that_is_ruled_of_the_others(
    after: Aftermath,
) -> None:
    review, _ = items(after, row("甲题", "2020-03-31"))
    lines = {"期限": ""}, {"整改类型": "立即", "发现途径": ""}, {"期限": "2019-12-31"}
    wrong = brought(after, review, *lines)
    assert sorted((one["field"][-1], one["code"]) for one in wrong.json["errors"]) == [
        ("2", "required"), ("3", "not_a_choice"), ("3", "required"), ("4", "due_in_the_past"),
    ]  # fmt: skip
    path = f"/v1/cases/{review['id']}/workbook?trigger=add_items"
    lines = {"期限": "2019-12-31"}, {"责任人": "无此人"}
    wrong = sent_filled(after, path, *lines, heading="期限日")
    assert [(one["field"][-1], one["code"]) for one in wrong.json["errors"]] == [
        ("1", "heading_unknown"), ("3", "not_an_identifier"),
    ]  # fmt: skip


def test_c7_further_items_come_by_a_workbook_beside_those_that_are_open(after: Aftermath) -> None:
    review, first = items(after, row("甲题", "2020-01-10"))
    after.service.clock.at = after.service.clock.at.replace(month=2)  # which is late by now
    read = brought(after, review, {"问题": "乙题"}, {"问题": "丙题"})
    assert (read.status_code, read.json["n_lines"]) == (200, 2), read.text
    after.done(review, "add_items", OWNER, data=read.json["data"])
    found = after.service.get("/v1/cases?kind=item&sort=number", OFFICE).json["items"]
    assert found[0]["id"] == first["id"]
    assert (len(found), found[0]["version"]) == (3, first["version"])
    (wrong,) = brought(after, review, {"期限": "2020-01-10"}).json["errors"]
    assert (wrong["code"], wrong["field"][-1]) == ("due_in_the_past", "2")


def test_c7_further_items_of_many_come_by_a_workbook_beside_those_that_are_open(
    after: Aftermath,
) -> None:
    review, first = items(after, row("甲题", "2020-01-10"))
    after.service.clock.at = after.service.clock.at.replace(month=2)
    path = f"/v1/cycles/{after.service.cycle}/workbook?kind=review&trigger=add_items"
    done = sent_filled(after, path, {"问题": "乙题", "案号": review["number"]}, key="many")
    assert done.status_code == 200, done.text
    found = after.service.get("/v1/cases?kind=item&sort=number", OFFICE).json["items"]
    assert found[0]["id"] == first["id"]
    assert len(found) == 2


def test_c7_a_list_that_is_too_long_is_refused_at_its_first_line_too_many(
    after: Aftermath,
) -> None:
    review, _ = items(after, row("甲题", "2020-03-31"))
    answer = brought(after, review, *({"问题": f"{one}"} for one in range(201)))
    (told,) = answer.json["errors"]
    assert (told["code"], told["field"].partition("!")[2]) == ("lines_too_many", "A201")
    assert "至多 199 行" in told["reason"]


def test_c7_the_workbook_of_the_ledger_has_what_stood_in_the_rows(after: Aftermath) -> None:
    _, *found = items(after, row("甲题", "2020-03-31"), row("乙题", "2020-01-10"))
    accounts = after.service.parts.accounts
    accounts.accept_invitation(accounts.invite(OFFICE), PASSWORD)
    answer = Browser(after.service.app).sign_in(OFFICE, PASSWORD).open("/ledgers/item.xlsx")
    lines = [*load_workbook(BytesIO(answer.data)).active.iter_rows(min_row=2, values_only=True)]
    problems = {one["number"]: said for one, said in zip(found, ("甲题", "乙题"), strict=True)}
    assert len(lines) == len(problems)
    assert all(
        any({number, said} <= {*line} for line in lines) for number, said in problems.items()
    )


def looked(how: str) -> dict[str, Any]:
    return {"documents": {"verification": {"rows": [{"how": how}]}}}


def test_c9_the_report_of_a_round_names_models_returns_and_what_is_open(after: Aftermath) -> None:
    review, first, _ = items(after, row("甲题", "2020-03-31"), row("乙题", "2020-01-10"))
    after.done(first, "report", OWNER, data=texts("evidence", "done"))
    back = texts("remarks", "remark") | {"due_at": "2020-04-10T16:00:00Z"}
    written = shown(after, f"/cases/{first['id']}/documents/remarks")  # with a day beside it
    assert 'name="due_at' in written
    after.done(first, "send_back", OFFICE, data=back)
    after.done(first, "mark", OFFICE, reason="值得推广")
    after.done(review, "mark", OFFICE, data={"flags": {"model": True}}, reason="一以贯之")
    path = f"/cycles/{after.service.cycle}/outcome"
    told = after.service.get(f"/v1{path}", OFFICE).json
    sums = {(one["kind"], one["tier"]): one for one in told["sums"]}
    assert (sums["item", None]["n_open"], sums["item", None]["n_returns"]) == (2, 1)
    assert sums["review", "B"]["grades"] == {"person": {"average": 1}}
    assert sorted(one["note"] for one in told["models"]) == ["一以贯之", "值得推广"]
    assert first["number"] in [one["number"] for one in told["open"]]
    assert "值得推广" in page(after, path)


def test_c9_the_report_is_taken_as_a_paper_and_as_a_workbook_that_say_the_same(
    after: Aftermath,
) -> None:
    review, first, second = items(after, row("甲题", "2020-03-31"), row("乙题", "2020-01-10"))
    after.done(first, "mark", OFFICE, reason="=值得推广")
    after.done(second, "withdraw", OFFICE, reason="重复立项")
    path = f"/v1/cycles/{after.service.cycle}/outcome"
    told = after.service.get(path, OFFICE).json
    book = load_workbook(BytesIO(after.service.get(f"{path}.xlsx", OFFICE).data))
    assert book.sheetnames == ["办理情况", "典型", "没有立案的单位", "没有结束的"]
    sums = {one[0]: one for one in book["办理情况"].values}
    assert sums["整改事项"][2:7] == (2, 0, 0, 1, 1)  # all, completed, carried, given up, open
    assert {"述职评议 B 委机关党支部书记、委直属单位党委（支部）书记", "述评会议 委述评会议"} <= {
        *sums
    }
    assert "述职评议" in {one[3] for one in book["没有结束的"].values}
    note = book["典型"]["E2"]
    assert (note.value, note.data_type) == ("=值得推广", "s")
    listed = [one[2] for one in book["没有结束的"].iter_rows(min_row=2, values_only=True)]
    assert listed == [one["number"] for one in told["open"]]
    paper = Document(BytesIO(after.service.get(f"{path}.docx", OFFICE).data))
    said = "\n".join(one.text for one in paper.paragraphs)
    assert "2019年度情况报告" in said
    assert f"尚有{told['n_open']}件没有结束" in said
    assert [one.rows[1].cells[2].text for one in paper.tables][1] == first["number"]
    assert review["number"] in [one.cells[2].text for one in paper.tables[-1].rows]
    for form in ("xlsx", "docx"):
        assert after.service.get(f"{path}.{form}", OWNER).status_code == 404


def test_who_may_not_read_a_round_gets_no_report_of_it(after: Aftermath) -> None:
    fed_back(after, "c-b1", GOOD)
    path = f"/v1/cycles/{after.service.cycle}/outcome"
    assert after.service.get(path, OWNER).status_code == 404


def test_c7_who_works_late_is_told_apart_from_who_judges_late_as_links_that_open_what_they_count(
    after: Aftermath,
) -> None:
    told = [row("甲题", "2020-01-10"), row("乙题", "2020-01-10"), row("丙题", "2020-12-31")]
    _, first, second, third = items(after, *told)
    after.done(second, "report", OWNER, data=texts("evidence", "done"))
    after.service.clock.at = after.service.clock.at.replace(month=4)
    text = shown(after, "/ledgers/item")
    counted = re.findall(r'href="([^"]+)">(?:<b>)?(..超期) <b>(\d)</b> 项（([^）]+)）', text)
    assert [one[1:] for one in counted] == [
        ("办理超期", "1", "整改中"),
        ("审核超期", "1", "待核验"),
    ]
    for (to, said, *_), number in zip(counted, (first, second), strict=True):
        listed = page(after, unescape(to))
        assert "共 1 项" in listed
        assert number["number"] in listed
        assert listed.count(said) == 2  # in the sentence and in the row
    assert third["number"] not in page(after, "/ledgers/item?due=over")


def test_c7_a_request_is_told_until_it_is_answered_whatever_is_noted_after_it(
    after: Aftermath,
) -> None:
    _, first, second = items(after, row("甲题", "2020-12-30"), row("乙题", "2020-12-31"))

    def ask(until: str) -> None:
        asked = {"until": until, "grounds": "集中授课推迟"}
        data = {"documents": {"extension_request": {"rows": [asked]}}}
        after.done(first, "ask_extension", OWNER, data=data)

    def waiting() -> str:
        return shown(after, "/ledgers/item?asks=1")

    assert first["number"] not in waiting()
    ask("2021-01-29")
    after.done(first, "note_progress", OWNER, data=texts("progress_note", "progress"))
    told = page(after, "/ledgers/item")
    assert "1 项 的申请待答复" in told
    assert "申请延至：2021-01-29" in told
    assert "理由：集中授课推迟" in told
    assert first["number"] in waiting()
    assert second["number"] not in waiting()
    assert first["number"] in shown(after, "/cases?asks=1")
    after.done(first, "refuse_extension", OFFICE, data=texts("extension_answer", "answer"))
    assert first["number"] not in waiting()
    ask("2021-01-30")  # again, after it was refused
    assert "申请延至：2021-01-30" in re.sub(r"<[^>]+>", "", waiting())
    until = {"due_at": "2021-01-30T16:00:00Z"}
    after.done(first, "change_deadline", OFFICE, data=until, reason="疫情")
    assert first["number"] not in waiting()
    assert "待答复" not in page(after, "/ledgers/item")


def signed_in(after: Aftermath, person: str) -> Browser:
    accounts = after.service.parts.accounts
    accounts.accept_invitation(accounts.invite(person), PASSWORD)
    return Browser(after.service.app).sign_in(person, PASSWORD)


def told(browser: Browser, path: str) -> str:
    """Return what a page says, but for the time of day."""
    plain = re.sub(r"<[^>]+>", " ", browser.open(path).text)
    return " ".join(re.sub(r"\d\d:\d\d", "", plain).split())


def test_c7_a_refused_return_keeps_what_was_typed_once_and_speaks_of_items(
    after: Aftermath,
) -> None:
    _, one = items(after, row("甲题", "2020-03-31"))
    after.done(one, "report", OWNER, data=texts("evidence", "done"))
    office = signed_in(after, OFFICE)
    forms = office.page(f"/cases/{one['id']}/reading").forms
    form = next(each for each in forms if "send_back" in each.what)
    written = {each.name: "附照片再报" for each in form.inputs if each.name.endswith(".remark")}
    refused = office.send(
        form, urlencode(form.typed() | written | {"due_at": "2020-01-02"}).encode()
    )
    assert refused.status_code == 422
    assert "没有执行，整改事项没有变化" in refused.text
    assert "可从这里取回" not in refused.text
    assert refused.text.count("附照片再报") == 1
    assert "不得办理本人的整改事项" in page(after, f"/cases/{one['id']}", OWNER)


def test_c7_a_request_lies_with_who_may_answer_it_until_it_is_answered(after: Aftermath) -> None:
    _, one = items(after, row("甲题", "2020-03-31"))
    office = signed_in(after, OFFICE)
    wish = {"rows": [{"until": "2020-04-30", "grounds": "集中授课推迟"}]}
    asked, number = {"documents": {"extension_request": wish}}, one["number"]
    until = {"due_at": "2020-04-30T16:00:00Z"}
    refusal = texts("extension_answer", "answer")
    for answer in (("refuse_extension", refusal, None), ("change_deadline", until, "疫情")):
        before = told(office, "/tasks")
        assert number not in before
        after.done(one, "ask_extension", OWNER, data=asked)
        tasks = office.open("/tasks").text
        line = next(each for each in tasks.split("<tr>") if number in each)
        assert "◆ 延期申请待您答复" in line
        assert '申请延至：<span class="nowrap">2020-04-30<' in line
        assert f"/cases/{one['id']}#act-change_deadline" in line
        assert "◆ 延期申请待答复" in told(office, "/morning")
        assert "答复“延期申请”" in told(office, f"/cases/{one['id']}")
        trigger, data, reason = answer
        after.done(one, trigger, OFFICE, data=data, reason=reason)
        assert told(office, "/tasks") == before
        assert "答复“延期申请”" not in told(office, f"/cases/{one['id']}")


def test_c7_a_request_is_answered_by_a_workbook_of_those_alone_in_which_one_waits(
    after: Aftermath,
) -> None:
    _, one, _another = items(after, row("甲题", "2020-03-31"), row("乙题", "2020-03-31"))
    office, page_ = signed_in(after, OFFICE), f"/cycles/{after.service.cycle}/workbooks"
    template = f"/cycles/{after.service.cycle}/workbook.xlsx?kind=item&trigger=refuse_extension"
    wish = {"rows": [{"until": "2020-04-30", "grounds": "集中授课推迟"}]}
    assert "不予延期" not in told(office, page_)
    assert office.open(template).status_code == 422
    after.done(one, "ask_extension", OWNER, data={"documents": {"extension_request": wish}})
    assert "不予延期" in told(office, page_)
    heads, *lines = load_workbook(BytesIO(office.open(template).data)).active.values
    assert [line[0] for line in lines] == [one["number"]]
    assert {"不予延期 理由", "理由"} <= {*heads}
    after.done(one, "refuse_extension", OFFICE, data=texts("extension_answer", "answer"))
    assert "不予延期" not in told(office, page_)


def test_c7_what_could_not_be_granted_is_refused_as_it_is_asked_at_its_field(
    after: Aftermath,
) -> None:
    _, one = items(after, row("甲题", "2020-03-31"))
    accounts = after.service.parts.accounts
    accounts.accept_invitation(accounts.invite(OWNER), PASSWORD)
    browser = Browser(after.service.app).sign_in(OWNER, PASSWORD)
    path = f"/cases/{one['id']}"
    forms = (form for form in browser.page(path).forms if "ask_extension" in form.what)
    form = next(forms)
    field = next(each.name for each in form.inputs if each.name.endswith("until"))
    for day, why in (("2020-03-30", "deadline_not_ahead"), ("2099-01-01", "outside_calendar")):
        data = {"documents": {"extension_request": {"rows": [{"until": day, "grounds": "因"}]}}}
        refused = after.ask(one, "ask_extension", OWNER, data=data)
        place = "data.documents.extension_request.rows[0].until"
        assert [(e["code"], e["field"]) for e in refused.json["errors"]] == [(why, place)]
        typed = form.typed() | {field: day}
        told = browser.send(form, urlencode(typed).encode())
        assert told.status_code == 422
        assert f'id="flaw-ask_extension-{field}"' in told.text
        assert f'value="{day}"' in told.text


def test_c7_a_request_that_was_granted_is_not_refused_afterwards(after: Aftermath) -> None:
    _, one = items(after, row("甲题", "2020-03-31"))
    wish = {"rows": [{"until": "2020-04-30", "grounds": "因"}]}
    asked = {"documents": {"extension_request": wish}}
    answer = (one, "refuse_extension", OFFICE)
    after.done(one, "ask_extension", OWNER, data=asked)
    until = {"due_at": "2020-04-30T16:00:00Z"}
    after.done(one, "change_deadline", OFFICE, data=until, reason="疫情")
    told, offered = "“延期申请”已经答复，或尚未提出新的", "写不予延期"
    before = page(after, f"/cases/{one['id']}")
    assert (told in before, offered in before) == (True, False)
    assert after.codes(*answer, data=texts("extension_answer", "answer")) == ["request_answered"]
    wish["rows"][0]["until"] = "2020-05-29"
    after.done(one, "ask_extension", OWNER, data=asked)
    assert offered in page(after, f"/cases/{one['id']}")
    after.done(*answer, data=texts("extension_answer", "answer"))
