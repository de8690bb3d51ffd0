"""What a gathering's page says came of it: all slips of a poll, and each decision."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from schemas.vocabulary import default
from services.workflow.adapters.web.minutes import stands
from services.workflow.application.boards.history import Entry
from services.workflow.application.boards.outcomes import (
    approved,
    approving,
    counted_of,
    decisions_of,
    undoing,
)
from services.workflow.application.boards.spoken import Spoken
from services.workflow.domain.language.showing.phrases import phrases
from tests.unit.workflow.case.played import NOTICE, scheme
from tests.unit.workflow.case.test_notice_2019 import SCHEME

KIND = SCHEME.kinds["meeting"]
HERE = Spoken(SCHEME, KIND, KIND.life("commission"), phrases(), default())
AT = datetime(2020, 1, 21, 9, tzinfo=UTC)
SLIPS = {"n_phone": 26, "n_paper": 3, "n_void": 1, "n_spoilt": 1, "n_returned": 0}


def entry(fact: str, texts: dict[str, str | None] | None = None, **data: Any) -> Entry:
    event: Any = SimpleNamespace(fact=fact, data=data, actor="p-0016")
    return Entry(event=event, texts=texts or {}, position=7, effective_at=AT)


def test_the_slips_of_all_electorates_are_told_together():
    lines = [
        {"electorate": "members", "n_issued": 32, "n_not_returned": 1, "difference": 0, **SLIPS},
        {"electorate": "invited", "n_issued": 32, "n_not_returned": 0, "difference": 1, **SLIPS},
    ]
    told = entry("tally_taken", poll="hall", n_covered=9, reconciliation=lines)
    (one,) = counted_of([entry("state_changed"), told], HERE)
    assert (one.label, one.n_covered, one.n_issued, one.n_valid) == ("现场测评", 9, 64, 58)
    assert (one.n_void, one.n_replaced, one.n_unused, one.n_lost, one.difference) == (2, 2, 0, 1, 1)
    assert one.is_secret
    (named,) = counted_of(
        [entry("tally_taken", poll="hall", n_covered=9, votes="a", reconciliation=lines)], HERE
    )
    assert not named.is_secret


def test_each_decision_is_told_with_its_number_unless_that_was_erased():
    known = {"body": "u-organ", "date": "2020-02-20", "minutes": {"sha256": "a"}}
    gone = {"body": "u-group", "date": "2020-02-24", "minutes": {"sha256": "b"}}
    told = entry("case_changed", {"a": "3 号"}, trigger="give_opinions", decisions=[known, gone])
    first, second = decisions_of([told], HERE)
    assert (first.label, first.body, first.minutes) == ("登记党委会议总体意见", "u-organ", "3 号")
    assert (second.body, second.date, second.minutes) == ("u-group", "2020-02-24", None)


EYES = "        four_eyes: file_minutes\n"
AFTER = "        guards: [{name: taken, document: proceedings}]\n"
BACK = """      return_minutes:
        label: 退回述评会议纪要
        from: [held]
        by: [{party: own_unit, roles: [secretary]}]
        four_eyes: file_minutes
        verdict: back
        takes: [{document: remarks}]
"""


@pytest.mark.parametrize(
    ("others", "lets"),
    [
        (EYES, {"approve_minutes"}),
        ("        four_eyes: true\n", {"approve_minutes"}),  # as most acts of a notice say it
        ("", set()),  # nobody has to let them stand
    ],
)
def test_minutes_are_let_stand_by_other_eyes_and_not_by_who_sends_them_back(
    others: str, lets: set[str]
):
    text = NOTICE.read_text(encoding="utf-8")
    assert text.count(EYES + AFTER) == 1
    meeting = scheme(text.replace(EYES + AFTER, others + AFTER + BACK)).kinds["meeting"]
    assert meeting.lives
    for life in meeting.lives:
        assert approving(life, "proceedings") == lets
        assert undoing(life, "proceedings") == {"file_minutes", "return_minutes"}
        assert approving(life, "") == set()


@pytest.mark.parametrize(
    ("acts", "nth"),
    [
        (["file_minutes"], None),
        (["file_minutes", "approve_minutes"], 1),
        (["file_minutes", "approve_minutes", "correct_minutes"], 1),  # an annex undoes nothing
        (["file_minutes", "approve_minutes", "file_minutes"], None),
        (["file_minutes", "approve_minutes", "file_minutes", "approve_minutes"], 3),
    ],
)
def test_minutes_stand_by_the_last_approval_since_they_were_filed(acts: list[str], nth: int | None):
    entries = [entry("case_changed", trigger=act) for act in acts]
    assert approved(entries, HERE.life, "proceedings") is (None if nth is None else entries[nth])


@pytest.mark.parametrize(
    ("approving", "lines"),
    [({"approve"}, ["提交：某人。", "审定：尚未审定。"]), (set(), ["提交：某人。"])],
)
def test_a_paper_lacks_no_approval_where_nobody_has_to_approve(
    approving: set[str], lines: list[str]
):
    filed: Any = SimpleNamespace(document="m", number=2, actor="p", deputy_for=None, at=AT)
    earlier: Any = SimpleNamespace(document="m", number=1)
    board: Any = SimpleNamespace(
        approving=approving,
        approved=None,
        annexes=(),
        latest=lambda _: filed,
        names=SimpleNamespace(by=lambda *_: "某人"),
    )
    (section,) = stands(board, filed)
    assert section.paragraphs == lines
    (before,) = stands(board, earlier)  # which may have been approved in its day
    assert before.paragraphs == ["此稿已有后稿。"]
