"""Cases of every kind on the pages, in the words of their scheme: played in memory, shown as is."""

import pytest

from tests.builders import changed, post
from tests.end_to_end.pages.site import Site
from tests.unit.workflow.case.played import NOTICE, Play, everybody, scheme, text_of
from tests.unit.workflow.case.test_examples import changes as changes  # noqa: PLC0414 - a fixture
from tests.unit.workflow.web.staged import VIEWER, Stage

NOTICE_2019 = scheme(NOTICE.read_text())
REPORT = {"documents": {"report": text_of("achievements", "problems", "tasks")}}
B = "2019-B-0003"


@pytest.fixture
def play() -> Play:
    seen = changed(people=[VIEWER], posts=[post(VIEWER, "w", "inspector")])
    made = Play(NOTICE_2019, everybody().evolve(seen))
    made.open()
    return made


@pytest.fixture
def stage(play: Play, site: Site, monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(play, site, monkeypatch)


def test_a_case_of_the_notice_is_told_in_its_words(stage: Stage):
    play = stage.play
    play.done(B, "submit", "secretary.c.h1", data=REPORT)
    text = stage.page(stage.visitor(), B)
    for said in ("述职评议开启", "述职报告第 1 稿", "成绩清单"):
        assert said in text
