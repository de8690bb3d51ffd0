"""What a gathering's page says came of it: all slips of a poll, and each decision."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from schemas.vocabulary import default
from services.workflow.application.boards.history import Entry
from services.workflow.application.boards.outcomes import counted_of, decisions_of
from services.workflow.application.boards.spoken import Spoken
from services.workflow.domain.language.showing.phrases import phrases
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
