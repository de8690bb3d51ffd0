"""Playing a scheme before anybody works by it: what is possible is played, what is not is told."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pytest

from services.workflow.adapters.memory.cases import MemoryCases
from services.workflow.application.rehearsing.losses import losses as every_loss
from services.workflow.application.rehearsing.page import page
from services.workflow.application.rehearsing.rehearsal import Stage
from services.workflow.application.rehearsing.scenes import Played, play
from services.workflow.application.rehearsing.setting import Scene
from services.workflow.application.rehearsing.troupe import made_up
from services.workflow.domain.case.turns import next_turn
from services.workflow.domain.fitting import fit
from services.workflow.domain.organisation import Post
from tests.unit.workflow.case.played import CALENDAR, scheme
from tests.unit.workflow.case.test_made_up_kinds import SCHEME, Names
from tests.unit.workflow.fitting.test_fitting import organisation

EXAMPLES = Path("services/workflow/schemes/examples")
NOTICE = "../jilin-health-2019"
FILES = ("change-approval", "laboratory-safety", NOTICE)
NAMES = Names(11)
OF_SOME_UNITS = """
format: 2
id: drills
title: 演练
time_zone: Asia/Shanghai
round: {every: year}
opened_by: [{party: own, roles: [chief]}]
parties: {units: {own: {unit: own}}}
cases:
  drill:
    label: 演练
    each: unit
    exempt: [{where: {founded: {from: 2019-10-01}}}]
    states:
      - {name: planned, label: 待办, desk: {party: own, roles: [chief]}, due: {working_days: 3}}
      - {name: small, label: 小单位已办, final: completed}
      - {name: large, label: 大单位已办, final: completed}
      - {name: shown, label: 公开, final: completed}
    triggers:
      end_small: {label: 小单位办结, from: [planned], to: small, by: [{party: own, roles: [chief]}],
        guards: [{name: matches, where: {staff: {below: 100}}}]}
      end_large: {label: 大单位办结, from: [planned], to: large, by: [{party: own, roles: [chief]}],
        guards: [{name: matches, where: {staff: {from: 100}}}]}
      show: {label: 公开办结, from: [planned], to: shown, by: [{party: own, roles: [chief]}],
        guards: [{name: matches, where: {public: true, sort: ward}}]}
"""


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


class Stores:
    """Makes a store for each scene, and keeps them."""

    def __init__(self) -> None:
        self.made: list[MemoryCases] = []

    def __call__(self) -> MemoryCases:
        self.made.append(MemoryCases())
        return self.made[-1]


@cache  # the notice's takes longer than all the others
def of_file(name: str) -> tuple[Stage, Played]:
    text = (EXAMPLES / f"{name}.yaml").read_text().replace("clause: C6", "clause: 第六条")
    set_up = replace(stage(text), store=Stores())
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


def test_what_hangs_on_attributes_of_units_is_reached_in_the_organisation_that_is_made_up():
    played = play(stage(OF_SOME_UNITS))
    assert [(one.what, one.name) for one in played.lacking] == []
    assert {one.reason for scene in played.scenes for one in scene.left_out} >= {"exempt"}


def shaken(scene: Scene) -> dict[str, str]:
    """Return where the cases stand that a loss touched, by kind."""
    return {after.kind: after.state for _, after in scene.shaken.cases}


def losses(played: Played, what: str) -> dict[tuple[str, str, str], Scene]:
    return {(one.kind, one.tier, one.name): one for one in seen(played, what) if one.played}


def test_a_vacant_post_is_expected_and_opened_when_it_is_filled():
    _, played = of_file(NOTICE)
    vacant = seen(played, "vacancy")
    assert [one.left_out[0].reason for one in vacant] == ["post_vacant"] * 3  # of each tier
    assert all(one.played for one in vacant)


@pytest.mark.parametrize("name", FILES)
def test_a_desk_that_everybody_left_goes_on_when_it_is_filled(name: str):
    set_up, played = of_file(name)
    lives = [(kind.name, life.tier, life.initial) for kind, life in set_up.scheme.lives()]
    assert [*losses(played, "vacant_desk")] == lives


@pytest.mark.parametrize("tier", ["provincial", "commission", "unit"])
def test_a_meeting_cancelled_opens_another(tier: str):
    _, played = of_file(NOTICE)
    scene = losses(played, "abandoned")["meeting", tier, "cancelled"]
    ended = [(before and before.final, after.final) for before, after in scene.shaken.cases]
    assert ("", "abandoned") in ended
    assert (None, "") in ended


def test_what_waited_for_a_meeting_cancelled_is_due_by_what_stands_in_and_is_told_to_wait():
    _, played = of_file(NOTICE)
    scene = losses(played, "abandoned")["meeting", "commission", "cancelled"]
    (review,) = [after for _, after in scene.shaken.cases if after.kind == "review"]
    assert review.due.waits_for is not None
    told = {(line.kind, line.blockers[0].code) for line in scene.afterwards}
    assert told == {("meeting", "link_not_reached"), ("review", "link_not_there")}


def test_a_secretary_replaced_goes_on_in_the_same_case_to_its_end():
    _, played = of_file(NOTICE)
    for tier in "ABC":
        scene = losses(played, "replaced")["review", tier, "replace_secretary"]
        ((before, after),) = scene.shaken.cases
        assert before is not None
        assert before.documents  # the report of the one before
        assert (after.id, after.past_subjects) == (before.id, (before.person,))
        assert scene.diary[-1].target == "closed"


@pytest.mark.parametrize(
    ("name", "acts"),
    [
        (NOTICE, {"send_back", "return_plan", "return_unit_audit"}),
        ("change-approval", {"refuse_change", "object_afterwards"}),
        ("laboratory-safety", {"refuse_evidence", "fail_reinspection"}),
    ],
)
def test_what_is_sent_back_twice_comes_again_and_is_done_in_the_end(name: str, acts: set[str]):
    set_up, played = of_file(name)
    scenes = losses(played, "sent_back")
    assert acts <= {trigger for _, _, trigger in scenes}
    for (kind, tier, trigger), scene in scenes.items():
        fired = [line.trigger for line in scene.diary if line.done and line.kind == kind]
        assert fired.count(trigger) >= 2
        last = [line.target for line in scene.diary if line.kind == kind][-1]
        assert set_up.scheme.kinds[kind].life(tier).ends[last] == "completed"


def test_a_grade_corrected_after_it_led_somewhere_takes_back_what_followed():
    _, played = of_file(NOTICE)
    for tier in "ABC":
        scene = losses(played, "corrected")["review", tier, "correct_score"]
        followed = {"interview": "lapsed", "remedy": "lapsed"}
        assert shaken(scene) == {"review": "rectified", **followed}


def test_a_grade_corrected_after_it_routed_leads_elsewhere():
    there = Path(__file__).parent
    laid = organisation((there / "defence.organisation.yaml").read_text())
    played = play(replace(stage((there / "defence.yaml").read_text()), organisation=laid))
    (scene,) = seen(played, "corrected")
    ((before, after), *_) = scene.shaken.cases
    assert before is not None
    assert (before.state, after.state) == ("revising", "degree")


def test_a_day_moved_into_the_past_raises_what_waits_for_it():
    _, played = of_file(NOTICE)
    scenes = losses(played, "moved_day")
    assert {tier for _, tier, _ in scenes} == {"provincial", "commission", "unit"}
    for scene in scenes.values():
        assert any(after.due.raised_from for _, after in scene.shaken.cases)


def test_the_page_tells_each_loss_and_what_came_of_it():
    set_up, played = of_file(NOTICE)
    shown = page(played, set_up, made_up=True)
    for said in (
        "职务空缺：应办未办",
        "承办人全部离任",
        "“取消”，等它的事项：\n  - 述职评议 2019-B-0001：期限由",
        "等待述评会议已召开",
        "  - 开会（liaison.2.unit-committee）：述评会议（2019-commission-0002）尚未进入“已召开”",
        "由 secretary.1.unit-committee 换为 secretary.2.unit-committee",
        "两次“退回”：每次重新办理后再来，最终办完",
        "述职评议等次由“差”更正为“好”",
        "由“待约谈”到“不再约谈”",
        "“已召开”的日期改到过去：",
        "已来不及，顺延",
    ):
        assert said in shown


BESIDE = re.compile(r"(?<=        desks:\n)(          - .*\n)+")
LED = "{name: leading, party: division, roles: [division_manager], due: {working_days: 2}}"
ON_CALL = "{name: on_call, party: on_duty, due: {working_days: 3}}"


@pytest.mark.parametrize(
    "desks",
    [
        [LED, LED.replace("leading", "second"), LED.replace("leading", "third")],
        # Whoever is on call may sign at the other desk too, and signs one of them only.
        ["{name: any_lead, party: centre, roles: [board_secretary]}", ON_CALL],
        [ON_CALL, "{name: any_lead, party: centre, roles: [board_secretary]}"],
    ],
)
def test_every_desk_beside_others_finds_somebody_of_its_own(desks: list[str]):
    text = (EXAMPLES / "change-approval.yaml").read_text()
    told = "".join(f"          - {desk}\n" for desk in desks)
    played = play(stage(BESIDE.sub(told, text)))
    assert [(one.what, one.name) for one in played.lacking] == []


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
    set_up = without(whole, lambda post: post.unit == first)
    scenes = [next(every_loss(set_up, *one)) for one in set_up.scheme.lives() if one[0].person]
    assert [(one.what, one.played) for one in scenes] == [("vacancy", True)] * 3


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


def test_what_a_poll_gives_and_what_a_draw_fires_are_played_though_nobody_does_them_by_hand():
    text = Path("docs/how-to/laboratories.yaml").read_text()
    laid = organisation(Path("docs/how-to/laboratories.organisation.yaml").read_text())
    assert fit(scheme(text), laid, date(2026, 1, 5)).faults == []
    set_up = replace(stage(text), organisation=laid)
    played = play(set_up)
    assert [(one.what, one.kind, one.name) for one in played.lacking] == []
    told = page(played, set_up, made_up=False)
    for line in ("委员评议 | 投票 |", "| 定等次 | 办结 |", "- 更正得分：由“整改中”到“办结”"):
        assert line in told


def test_cases_of_units_with_a_shorter_turn_and_a_grade_by_decision_are_played():
    text = Path("docs/how-to/schools.yaml").read_text()
    laid = organisation(Path("docs/how-to/schools.organisation.yaml").read_text())
    assert fit(scheme(text), laid, date(2026, 1, 5)).faults == []
    played = play(replace(stage(text), organisation=laid))
    assert [(one.what, one.kind, one.name) for one in played.lacking] == []


def test_a_kind_with_a_shorter_turn_is_opened_again_in_the_next_one_and_led_to_its_end():
    text = Path("docs/how-to/schools.yaml").read_text()
    laid = organisation(Path("docs/how-to/schools.organisation.yaml").read_text())
    set_up = replace(stage(text), organisation=laid)
    (scene,) = seen(play(set_up), "next_turn")
    (kind,) = (one for one in set_up.scheme.kinds.values() if one.every)
    assert (scene.kind, scene.played) == (kind.name, True)
    first, last = scene.diary[0], scene.diary[-1]
    assert first.at.date() >= next_turn(kind, set_up.begins.date())
    assert (kind.life(scene.tier).ends[last.target], last.number) == ("completed", first.number)
    told = page(Played(scenes=[scene]), set_up, made_up=False)
    assert f"到了下一期，另立 {first.number}，办到结束" in told


# A draw's number is entered in another tier alone; or it leads to one state or another.
TIERS = {
    "      - {name: drawn,": """
      - {name: elsewhere, label: 别处, desk: {party: board, roles: [officer]},
         due: {working_days: 5}}
      - {name: drawn,""",
    "      end: {label: 结束,": """
      early: {label: 别处录入, from: [elsewhere], to: drawn,
        by: [{party: board, roles: [officer]}], takes: [{draw: tenth, step: enter}]}
      end: {label: 结束,""",
    "  meeting:\n": """
    tiers:
      here: {label: 此处, kinds: {board: {}},
        states: [{name: preparing}, {name: fixed}, {name: drawn}, {name: done}, {name: void}]}
      there:
        label: 别处
        kinds: {laboratory: {}}
        states: [{name: preparing}, {name: elsewhere}, {name: drawn}, {name: done}, {name: void}]
        triggers: {fix: {to: elsewhere}, give_up: {from: [elsewhere]}, attest: {from: [elsewhere]}}
  meeting:\n""",
}
ROUTES = {
    "to: drawn,": "to: {by: luck, routes: {good: drawn}, else: done},",
    "      give_up:": """
      judge: {label: 定, from: [preparing], by: [{party: board, roles: [officer]}],
        takes: [{grade: luck}]}
      again: {label: 更正, from: [drawn], to: {by: luck, routes: {good: drawn}, else: done},
        by: [{party: board, roles: [officer]}], corrects: [{grade: luck}]}
      give_up:""",
    "gradings:\n": """gradings:
  luck: {label: 运气, by: decision, grades: [{name: good, label: 好}, {name: bad, label: 坏}]}\n""",
}  # fmt: skip


@pytest.mark.parametrize("changes", [TIERS, ROUTES], ids=["tiers", "routes"])
def test_a_draw_is_brought_about_in_whatever_tier_and_wherever_it_leads(changes: dict[str, str]):
    text = Path("docs/how-to/laboratories.yaml").read_text()
    for before, after in changes.items():
        assert text.count(before) >= 1
        head, _, rest = text.partition("  draw:\n    label: 抽签\n")
        text = f"{head}  draw:\n    label: 抽签\n" + rest.replace(before, after.lstrip("\n"), 1)
    laid = organisation(Path("docs/how-to/laboratories.organisation.yaml").read_text())
    played = play(replace(stage(text), organisation=laid))
    assert ("trigger", "inspection", "choose") not in {
        (one.what, one.kind, one.name) for one in played.lacking
    }


def test_what_is_played_would_be_let_into_the_log():
    """A case that a consequence opens is told with its clause, in whatever script that is."""
    set_up, _ = of_file(NOTICE)
    assert isinstance(set_up.store, Stores)
    assert "第六条" in {event.after.because for one in set_up.store.made for event in one.log}
