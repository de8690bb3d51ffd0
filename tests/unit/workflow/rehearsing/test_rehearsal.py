"""Playing a scheme before anybody works by it: what is possible is played, what is not is told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pytest

from services.workflow.adapters.memory.cases import MemoryCases
from services.workflow.application.rehearsing.page import page
from services.workflow.application.rehearsing.rehearsal import Stage
from services.workflow.application.rehearsing.scenes import Played, Scene, play
from services.workflow.application.rehearsing.troupe import made_up
from services.workflow.domain.fitting import fit
from services.workflow.domain.organisation import Post
from tests.unit.workflow.case.played import CALENDAR, scheme
from tests.unit.workflow.case.test_made_up_kinds import SCHEME, Names
from tests.unit.workflow.fitting.test_fitting import organisation

EXAMPLES = Path("services/workflow/schemes/examples")
NOTICE = "../jilin-health-2019"
FILES = ("change-approval", "laboratory-safety", NOTICE)
NAMES = Names(11)


def stage(text: str, seed: int = 0) -> Stage:
    rules = scheme(text)
    begins = datetime(2020, 1, 8, 1, tzinfo=UTC)
    return Stage(
        scheme=rules,
        organisation=made_up(rules),
        calendar=CALENDAR,
        store=MemoryCases,
        begins=begins,
        seed=seed,
    )


@cache
def of_file(name: str) -> tuple[Stage, Played]:
    set_up = stage((EXAMPLES / f"{name}.yaml").read_text())
    return set_up, play(set_up)


def seen(played: Played, what: str) -> list[Scene]:
    return [one for one in played.scenes if one.what == what]


@pytest.mark.parametrize("name", FILES)
def test_every_end_of_every_kind_is_reached_and_every_trigger_fired(name: str):
    set_up, played = of_file(name)
    assert [(one.what, one.kind, one.tier, one.name) for one in played.lacking] == []
    fired = {
        (one.kind, one.tier, one.trigger) for x in played.scenes for one in x.diary if one.done
    }
    for kind, life in set_up.scheme.lives():
        carried = {state for state, end in life.ends.items() if end == "carried"}
        for trigger in life.triggers.values():
            to = {to for source in trigger.sources for to in trigger.targets(source, ())}
            effect = trigger.caused and all(grant.cause for grant in trigger.by)
            if trigger.sources and not effect and not to & carried:
                assert (kind.name, life.tier, trigger.name) in fired


def test_names_nobody_knew_are_played_as_any():
    played = play(stage(NAMES.written(SCHEME)))
    assert [(one.what, one.name) for one in played.lacking] == []


def test_losses_are_played_too():
    _, played = of_file(NOTICE)
    (vacancy, *_) = seen(played, "vacancy")
    assert vacancy.left_out[0].reason == "post_vacant"
    assert {one.name for one in seen(played, "moved_day")} == {"held"}
    assert seen(played, "vacant_desk")
    back = next(one for one in played.scenes if one.name == "send_back")
    assert [line.trigger for line in back.diary].count("send_back") == 2


def test_the_same_seed_plays_the_same_and_another_lets_others_come_first():
    text = (EXAMPLES / "change-approval.yaml").read_text()
    pages = [
        page(play(one), one, made_up=True) for one in (stage(text), stage(text), stage(text, 5))
    ]
    assert pages[0] == pages[1]
    assert pages[0] != pages[2]


def test_the_page_says_who_does_what_when_and_what_is_refused_and_why():
    set_up, played = of_file(NOTICE)
    shown = page(played, set_up, made_up=True)
    for said in ("提交报告", "2020-01-15 00:00", "整改事项未结束", "计划日期不得早于", "无人承办"):
        assert said in shown


def without(set_up: Stage, gone: Callable[[Post], bool]) -> Stage:
    """Return the stage when posts of which *gone* is said are held by nobody."""
    dropped = [
        {"person": one.person, "unit": one.unit, "role": one.role, "from": one.since.isoformat()}
        for one in set_up.organisation.posts()
        if gone(one)
    ]
    nothing = {"units": [], "people": [], "posts": [], "relations": []}
    left = set_up.organisation.evolve({**nothing, "dropped": {**nothing, "posts": dropped}})
    return replace(set_up, organisation=left)


def test_what_nobody_may_do_is_told_as_lacking():
    whole = stage((EXAMPLES / "change-approval.yaml").read_text())
    set_up = without(whole, lambda post: post.role == "board_secretary")
    played = play(set_up)
    assert ("end", "done_change") in {(one.what, one.name) for one in played.lacking}
    assert "结局“变更完成”（没有人可以“复盘结束”）" in page(played, set_up, made_up=True)


def test_what_nobody_may_ask_for_is_told_as_that():
    whole = stage((EXAMPLES / "change-approval.yaml").read_text())
    set_up = without(whole, lambda post: post.role in ("engineer", "team_lead"))
    assert "结局“变更完成”（没有可演的案件" in page(play(set_up), set_up, made_up=True)


def test_a_vacancy_is_played_where_there_is_a_post():
    whole = stage((EXAMPLES / f"{NOTICE}.yaml").read_text())
    first = min(whole.organisation.units)
    played = play(without(whole, lambda post: post.unit == first))
    assert [one.name for one in played.lacking if one.what == "vacancy"] == []


def test_long_ways_are_found():
    """A grade is given long before it routes, rows are brought in number, some come again, and
    what is not for the first case is for another."""
    played = play(stage(Path(__file__).with_name("watch.txt").read_text()))
    assert [(one.what, one.kind, one.name) for one in played.lacking] == []
    assert len(seen(played, "vacancy")) == 1


@pytest.mark.parametrize("name", ["credentialing", "defence", "procurement"])
def test_a_scheme_is_played_whole_in_its_own_organisation(name: str):
    """Two bodies out of three beside each other, a meeting whose day is moved, sums by `where`."""
    there = Path(__file__).parent
    text = (there / f"{name}.yaml").read_text()
    laid = organisation((there / f"{name}.organisation.yaml").read_text())
    assert fit(scheme(text), laid, date(2025, 3, 3)).faults == []
    played = play(replace(stage(text), organisation=laid))
    assert [(one.what, one.kind, one.name) for one in played.lacking] == []


def test_what_is_played_would_be_let_into_the_log():
    """A case that a consequence opens is told with its clause, in whatever script that is."""
    text = (EXAMPLES / f"{NOTICE}.yaml").read_text().replace("clause: C6", "clause: 第六条")
    stores: list[MemoryCases] = []

    def store() -> MemoryCases:
        stores.append(MemoryCases())
        return stores[-1]

    play(replace(stage(text), store=store))
    assert "第六条" in {event.after.because for one in stores for event in one.log}
