"""Every word of the language is in some scheme that is played to all its ends."""

from dataclasses import replace
from pathlib import Path

from services.workflow.application.rehearsing.scenes import play
from tests.unit.workflow.case.test_made_up_kinds import SCHEME
from tests.unit.workflow.fitting.test_fitting import organisation
from tests.unit.workflow.language.test_reference import OWN, parsed, words_at
from tests.unit.workflow.rehearsing.test_rehearsal import EXAMPLES, FILES, NAMES, stage

HERE, HOW_TO = Path(__file__).parent, Path("docs/how-to")
PLAYED = (  # each is played whole by a test of its own
    *(EXAMPLES / f"{name}.yaml" for name in FILES),
    *(HERE / f"{name}.yaml" for name in ("credentialing", "defence", "procurement")),
    *(HERE / name for name in ("watch.txt", "shares.txt")),
    *(HOW_TO / f"{name}.yaml" for name in ("laboratories", "schools")),
)
CARRIED = {"follows", "scheme", "carries", "as"}  # by the opening of the round that follows
SELDOM = {
    "over_limit: refuse": "over_limit: warn",
    "    secret: true\n": """    secret: true
    drop_each_end: "0.05"
    blanks: counted
    without_ballots: redistribute\n""",
    "    among: {case: inspection}\n": """    among: {case: inspection}
    always: [{founded: {below: 2000-01-02}}]\n""",
    "documents:\n": """quotas: {few: {grades: [excellent], at_most: [1, 2], among: board}}
documents:\n""",
    "      close: {label": """      spare: {label: 不计, from: [improving], waives: [vote],
        by: [{party: board, roles: [bureau]}], reason_required: true}
      close: {label""",
    "      end: {label: 结束, from: [drawn], to: done, by: [{party: board, roles: [officer]}]}": """
      end: {label: 结束, from: [drawn], to: done, by: [{party: board, roles: [officer]}],
        takes: [{decision: true}], guards: [{name: decisions_given, at_least: 1}]}""",
    "{name: all_ended, link: hazards}": """{name: all_ended, link: hazards},
        {name: quota_met, quota: few}""",
    "due: {working_days: 30}": """due: {days: 1, after: {last: hazards.solved},
          until_known: {working_days: 30}}""",
    "  hazard:\n    label": """  check:
    label: 巡查
    each: unit
    person: {roles: [head]}
    every: month
    initial: due
    states:
      - {name: due, label: 待查, desk: {party: board, roles: [officer]}}
      - {name: seen, label: 已查, final: completed}
    triggers:
      see: {label: 查, from: [due], to: seen, by: [{party: board, roles: [officer]}]}
    tiers: {room: {label: 房间, kinds: {laboratory: {}}}}
  hazard:
    label""",
}


def seldom() -> str:
    """Return the second notice of the how-to with what no other scheme here says."""
    text = (HOW_TO / "laboratories.yaml").read_text()
    for before, after in SELDOM.items():
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return text


def test_what_is_seldom_said_is_played_to_all_its_ends():
    laid = organisation((HOW_TO / "laboratories.organisation.yaml").read_text())
    found = play(replace(stage(seldom()), organisation=laid))
    assert [(one.what, one.kind, one.name) for one in found.lacking] == []


def test_every_word_that_a_round_can_come_to_is_in_a_scheme_that_is_played():
    texts = [*(file.read_text() for file in PLAYED), NAMES.written(SCHEME), seldom()]
    walked = {word for text in texts for word, _ in words_at(parsed(text))}
    assert OWN - walked == CARRIED
