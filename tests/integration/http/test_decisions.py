"""C5.3 and C6 over HTTP: who decides before the feedback, who corrects, who talks with whom."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from services.workflow.adapters.web.languages import COOKIE
from tests.builders import superior
from tests.integration.http.aftermath import (
    AVERAGE,
    GOOD,
    OFFICE,
    SECRETARY,
    Aftermath,
    aftermath,
    figures,
)
from tests.integration.http.conftest import STORES
from tests.integration.http.test_sights import signed_in

LIAISON, BESIDE = "c.lia", "c-h1.dep"  # of the body that hears; of the unit, and beside it


@pytest.fixture(params=STORES)
def after(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Aftermath]:
    yield from aftermath(request.param, tmp_path, request)


def decided(after: Aftermath, *bodies: str) -> dict[str, Any]:
    whole = after.both()["decisions"]
    return {"decisions": [one for one in whole if one["body"] in bodies]}


def test_c5_3_no_feedback_before_both_bodies_have_decided(after: Aftermath) -> None:
    review = after.scored("c-b1", AVERAGE)
    assert after.codes(review, "give_feedback", OFFICE) == ["decision_lacking"] * 2
    for one in "cg":
        told = after.codes(review, "give_feedback", OFFICE, data=decided(after, one))
        assert told == ["decision_lacking"]
    page = signed_in(after.service, OFFICE).open(f"/cases/{review['id']}").text
    assert 'name="trigger" value="give_feedback"' not in page
    day = after.service.clock.at.date().isoformat()
    first = {"decisions": [{"date": day, "minutes": "机关党委〔2020〕2号"}]}
    after.done(review, "give_opinion", OFFICE, data=first)
    assert after.codes(review, "give_feedback", OFFICE) == ["decision_lacking"]
    after.done(review, "approve_opinion", OFFICE, data=first)
    after.done(review, "give_feedback", OFFICE)


def test_a_figure_is_corrected_by_who_recorded_it_or_by_the_bodys_secretary(
    after: Aftermath,
) -> None:
    review = after.scored("c-b1", AVERAGE)
    low = {"components": {"superior": superior("60")}}
    after.done(review, "correct_score", SECRETARY, data=low, reason="登记有误")
    # From now on the one figure is the secretary's, the other the office's.
    answer = after.ask(review, "correct_score", OFFICE, data=figures(GOOD), reason="登记有误")
    (error,) = answer.json["errors"]
    assert error["code"] == "recorded_by_another"
    assert error["field"] == "data.components.superior"
    assert error["accepted"] == f"由 {SECRETARY}、书记 更正"
    ballot = {"components": {"ballot": GOOD}}
    after.done(review, "correct_score", OFFICE, data=ballot, reason="登记有误")
    refused = after.ask(review, "correct_score", LIAISON, data=ballot, reason="登记有误")
    (why,) = refused.json["errors"]
    assert (refused.status_code, why["code"]) == (403, "not_submitter")
    assert why["accepted"] == f"由 {OFFICE}、{SECRETARY}、书记 办理"


def test_nobody_learns_who_recorded_what_they_do_not_see(after: Aftermath) -> None:
    review = after.scored("c-h1", AVERAGE)

    def told() -> str:
        data = {"components": {"ballot": GOOD}}
        answer = after.ask(review, "correct_score", BESIDE, data=data, reason="登记有误")
        (why,) = answer.json["errors"]
        assert (answer.status_code, why["code"]) == (403, "not_submitter")
        return str(why["accepted"])

    assert told() == "由 书记 办理"
    after.told(review)
    assert told() == f"由 {OFFICE}、书记 办理"


def test_who_recorded_it_is_told_by_name_and_roles_in_the_language_of_the_page(
    after: Aftermath,
) -> None:
    review = after.scored("c-b1", AVERAGE)
    low = {"components": {"superior": superior("60")}}
    after.done(review, "correct_score", SECRETARY, data=low, reason="登记有误")
    (known,) = dict(after.service.parts.database.reads.people([SECRETARY])).values()
    name, browser = known["name"], signed_in(after.service, OFFICE)
    said = {"zh": f"由 {name}、书记 更正", "en": f"{name}, Secretary corrects it"}
    for language, who in said.items():
        browser.client.set_cookie(COOKIE, language)
        page = browser.page(f"/cases/{review['id']}")
        form = next(one for one in page.forms if one.typed().get("trigger") == "correct_score")
        parts = dict.fromkeys(("stars", "yearly", "daily"), "61")
        typed = {f"components.superior.{one}": value for one, value in parts.items()}
        typed = form.typed() | typed | {"reason": "登记有误"}
        answer = browser.send(form, urlencode(typed).encode())
        assert answer.status_code == 422
        assert who in re.sub("<[^>]+>", "", answer.text)


def test_c6_nobody_talks_with_themselves_nor_before_there_was_reason_to(after: Aftermath) -> None:
    review = after.scored("c-b1", AVERAGE)
    after.on("01-15")
    interview = after.opened(after.told(review), "interview")

    def asked(**told: str) -> list[str]:
        row = {"day": "2020-01-15", "interviewer": SECRETARY, "record": "谈了差距"} | told
        data = {"documents": {"interview_record": {"rows": [row]}}}
        return after.codes(interview, "hold", OFFICE, data=data)

    assert asked(interviewer="c-b1.sec") == ["its_own_subject"]
    assert asked(present="c-b1.sec") == ["its_own_subject"]
    for day in ("2019-01-01", "2020-01-14", "2020-01-16"):
        assert asked(day=day) == ["day_outside"]
    page = signed_in(after.service, OFFICE).open(f"/cases/{interview['id']}").text
    assert "不早于 2020-01-15，不晚于今天" in page
