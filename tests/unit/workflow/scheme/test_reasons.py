"""The registry of reasons: complete, in both languages, and forgiving towards old events."""

import re
import string
from pathlib import Path

import pytest

from schemas.upcast import PARTS
from services.workflow.domain import authority
from services.workflow.domain.organisation.sentences import sentences
from services.workflow.domain.reasons import REASONS, WARNINGS, sentence, warning
from services.workflow.domain.refusals import Blocker

SOURCES = [*Path("services/workflow").rglob("*.py"), *Path("schemas").glob("*.py")]
WRITTEN = [*SOURCES, *Path("schemas").rglob("*.py")]
# What is wrong with an organisation file is told in sentences of its own.
OF_FILES = sentences("zh")
CODE = re.compile(
    r'(?:(?:Blocker|Fault|Problem)\(\s*(?:status=\d+,\s*)?(?:field="[^"]*",\s*)?code='
    r'|Complaint\(\s*|MalformedJson\(|BadInstant\()"([a-z_0-9]+)"'
)


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_every_code_written_anywhere_has_its_sentences(path: Path):
    text = path.read_text()
    codes = {*CODE.findall(text), *re.findall(r'"(not_an?_[a-z_]+)"', text)}
    assert codes <= REASONS.keys() | OF_FILES.keys()


# Said by releases before this one: they stand in logs for good, and no code is ever taken away.
EARLIER = {
    "body_missing",
    "report_list_empty",
    "report_too_long",
    "score_missing",
    "score_out_of_range",
}


def test_every_code_is_said_somewhere_but_those_of_earlier_releases():
    written = set[str]().union(
        *(re.findall(r"[a-z][a-z_0-9]+", one.read_text()) for one in WRITTEN)
    )
    assert REASONS.keys() - written == EARLIER


def test_every_reason_of_authority_is_a_403():
    assert {REASONS[code].status for code in authority.REASONS} == {403}


@pytest.mark.parametrize("code", REASONS)
def test_both_languages_name_the_same_kind_of_thing(code: str):
    reason = REASONS[code]
    assert reason.zh
    assert reason.en
    assert bool(reason.zh_if) == bool(reason.en_if)
    assert 400 <= reason.status <= 503


@pytest.mark.parametrize("code", REASONS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_missing_figure_is_an_ellipsis_and_never_an_error(code: str, language: str):
    why, lifted = sentence(Blocker(code=code), language)
    assert "{" not in why + lifted


def test_a_sentence_names_the_blockers_figures():
    params = {"total": 3001, "limit": 3000, "over": 1}
    blocker = Blocker(code="report_too_long", params=params)
    assert sentence(blocker, "zh") == ("报告共3001字，超过上限3000字", "至少删减1字")
    why, lifted = sentence(blocker, "en")
    assert "3001" in why
    assert "at least 1 characters" in lifted


def test_what_a_sentence_asks_for_is_never_more_than_one_word():
    fields = {
        name
        for reason in REASONS.values()
        for text in (reason.zh, reason.en, reason.zh_if, reason.en_if)
        for _, name, _, _ in string.Formatter().parse(text)
        if name is not None
    }
    assert all(name.isidentifier() for name in fields)


def test_a_code_of_another_release_stands_for_itself():
    assert sentence(Blocker(code="from_the_future"), "zh") == ("from_the_future", "")


def test_every_warning_about_a_report_has_its_sentence():
    codes = {"report_over_limit", *(f"report_{part}_off_third" for part in PARTS)}
    assert set(WARNINGS) == codes
    assert all(warning(code, "en") != warning(code, "zh") for code in codes)


def test_a_sentence_tells_an_instant_by_the_clock_on_the_wall():
    drawn = Blocker(code="number_too_early", params={"at": "2020-01-09T13:15:00.000000Z"})
    assert sentence(drawn, "zh")[0] == "公开号码要到2020-01-09 21:15才产生"
    assert "2020-01-09 21:15 (UTC+8)" in sentence(drawn, "en")[0]
    day = Blocker(code="roles_in_force", params={"since": "2020-01-09"})
    assert "2020-01-09" in sentence(day, "zh")[0]


@pytest.mark.parametrize(
    ("at", "told"),
    [("13:15:42.000001", "21:16"), ("13:15:00.000000", "21:15"), ("13:15:00.000001", "21:16")],
)
def test_the_least_that_is_taken_is_told_as_a_minute_that_is(at: str, told: str):
    params = {"earliest": f"2020-01-09T{at}Z", "case": "述评"}
    blocker = Blocker(code="effective_before_last", params=params)
    assert f"2020-01-09 {told}" in sentence(blocker, "zh")[0]
