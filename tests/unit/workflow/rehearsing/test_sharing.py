"""What hangs on several cases at once is played, and what is not is told with its true reason."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from services.workflow.application.rehearsing.page import page
from services.workflow.application.rehearsing.rehearsal import Rehearsal
from services.workflow.application.rehearsing.scenes import Played, play
from services.workflow.application.rehearsing.seeking import Seeker
from services.workflow.domain.organisation import Post
from tests.unit.workflow.fitting.test_fitting import organisation
from tests.unit.workflow.rehearsing.test_rehearsal import stage, without

HOW_TO = Path("docs/how-to")
SHARES = Path(__file__).with_name("shares.txt").read_text()
FOLLOWED = {  # by what a poll and a band come to, one is talked to
    "      hazards: {children: hazard}\n": "      talks: {children: talk}\n",
    "  hazard:\n    label: 隐患\n": """  talk:
    label: 约谈
    many_for: inspection
    initial: called
    states:
      - {name: called, label: 待约谈, desk: {party: of.board, roles: [officer]}}
      - {name: held, label: 已约谈, final: completed}
      - {name: lapsed, label: 不再约谈, final: no_longer}
    triggers:
      hold_talk: {label: 约谈, from: [called], to: held, by: [{party: of.board, roles: [officer]}]}
      lapse: {label: 不再约谈, from: [called], to: lapsed, by: [{cause: true}]}
""",
    "modes: [": """consequences:
  - {clause: 八, where: {grade: {of: result, in: [poor]}}, opens: talk}\n""",
}
ASKED = "{name: taken, component: vote}]}"


def changed(*changes: dict[str, str], quota: str = "") -> str:
    """Return the second notice of the how-to, with something put before lines of it."""
    text = (HOW_TO / "laboratories.yaml").read_text()
    for line, more in ((at, more) for one in changes for at, more in one.items()):
        assert text.count(line) == 1
        text = text.replace(line, more + line)
    return (
        text.replace(ASKED, f"{ASKED[:-2]}, {{name: quota_met, quota: {quota}}}]}}")
        if quota
        else text
    )


def played(text: str) -> Played:
    laid = organisation((HOW_TO / "laboratories.organisation.yaml").read_text())
    return play(replace(stage(text), organisation=laid))


def lacking(found: Played) -> list[tuple[str, str, str]]:
    return [(one.what, one.kind, one.name) for one in found.lacking]


def test_what_follows_from_a_grade_that_a_poll_gives_is_played_to_each_of_its_ends():
    found = played(changed(FOLLOWED))
    assert lacking(found) == []
    ends = {one.name for one in found.scenes if (one.what, one.kind) == ("end", "talk")}
    assert ends == {"held", "lapsed"}


@pytest.mark.parametrize("share", ["at_least: [1, 2]", "at_most: [1, 2]"])
def test_a_poll_is_counted_so_that_the_quotas_over_it_hold(share: str):
    grades = "[good, poor]" if "least" in share else "[excellent]"
    quotas = f"quotas: {{few: {{grades: {grades}, {share}, among: board}}}}\n"
    assert lacking(played(changed(FOLLOWED, {"documents:\n": quotas}, quota="few"))) == []


@pytest.mark.parametrize("share", ["at_least: [1, 2]", "at_most: [1, 2]"])
@pytest.mark.parametrize("grade", ["glory", "shame"])
def test_others_are_graded_as_a_quota_asks_before_it_is_asked_for(share: str, grade: str):
    text = SHARES.replace("grades: [shame], at_least: [1, 2]", f"grades: [{grade}], {share}")
    assert lacking(play(stage(text))) == []


@pytest.mark.parametrize(("least", "most"), [("shame", "at_least"), ("glory", "at_most")])
def test_a_cap_meets_a_quota_where_no_figure_is_given_again(least: str, most: str):
    text = SHARES.replace("grades: [shame], at_least", f"grades: [{least}], {most}")
    rehearsal = Rehearsal(stage(text))
    rehearsal.open()
    cases = list(rehearsal.cases("quest"))
    assert all(Seeker(rehearsal).reach(one.stream, "judged") for one in cases)
    assert {rehearsal.case(one.stream).grades["rank"].name for one in cases} == {"glory"}
    assert Seeker(rehearsal).reach(cases[0].stream, "sung")
    assert [rehearsal.case(one.stream).grades["rank"].name for one in cases[:2]].count("glory")
    assert any("fled" in rehearsal.case(one.stream).flags for one in cases[1:])


# --- The reason that is told ---


LATE = "founded: {from: 2026-01-01}"  # of no case: such units are exempt
NO_CASE = "约谈：结局“已约谈”（没有可演的案件：{why}）"


def told(text: str, gone: Callable[[Post], bool] = lambda _: False) -> str:
    """Return the page, where nobody holds the posts that are *gone*."""
    laid = organisation((HOW_TO / "laboratories.organisation.yaml").read_text())
    set_up = without(replace(stage(text), organisation=laid), gone)
    return page(play(set_up), set_up, made_up=False)


def test_what_could_not_be_lifted_is_told_and_not_what_was_lifted_beside_it():
    asked = f"{ASKED[:-2]}, {{name: matches, where: {{{LATE}}}}}]}}"
    shown = told(changed().replace(ASKED, asked))
    assert "操作“定等次”（此操作不适用于本事项）" in shown
    assert "定等次（p-officer）：尚无委员评议" in shown  # which the meeting then gave


def test_a_case_that_nothing_opened_is_told_with_what_stood_in_the_way():
    text = changed(FOLLOWED)
    never = NO_CASE.format(why="没有一件实验室年检出现使其立案的情形")
    assert never in told(text.replace("in: [poor]}}", f"in: [poor]}}, {LATE}}}"))
    nobody = "    opened_by: [{party: board, roles: [none]}]\n"
    at = "    one_for: board\n"
    shown = told(text.replace(f"{at}    links:", f"{at}{nobody}    links:"))
    assert NO_CASE.format(why="尚无委员评议") in shown
    assert "安全会：结局“结束”（没有可演的案件：没有人可以提出）" in shown


def test_a_case_that_does_not_open_with_its_round_is_told_with_why():
    nobody = told(changed(), lambda post: post.role == "head")
    assert "结局“办结”（没有可演的案件：s-acid的职务空缺，无人承办）" in nobody
    nowhere = told(changed().replace("kinds: {laboratory: {}}", "kinds: {ward: {}}"))
    assert "结局“办结”（没有可演的案件：没有单位可立案）" in nowhere


# --- The page on writing a scheme ---

BLOCK = re.compile(r"^```yaml ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = BLOCK.findall((HOW_TO / "write-a-scheme.md").read_text())
LAID_OVER = {  # as the page says: the act that settles the grade asks, and an act sets the flag
    "{name: in_range}]": "{name: in_range}, {name: quota_met, quota: excellent_few}]",
    "      hand_over:": """      mark: {label: 事故, from: open_states, sets: [flag],
        by: [{party: committee, roles: [committee_office]}]}\n      hand_over:""",
}


def test_where_the_best_grade_is_out_of_reach_another_way_is_played():
    """Of two, 30 % is none: the quota and the cap of the page, over its own museum."""
    text = "\n".join(body for name, body in BLOCKS if name in ("curators.yaml", "quotas.yaml"))
    for before, after in LAID_OVER.items():
        assert text.count(before) == 1
        text = text.replace(before, after)
    museum = "\n".join(body for name, body in BLOCKS if name == "museum.yaml")
    assert lacking(play(replace(stage(text), organisation=organisation(museum)))) == []
