"""A file of format 2 becomes a scheme whose lives are resolved, and tells every fault at once."""

from collections.abc import Iterator
from dataclasses import replace
from functools import reduce
from random import Random
from typing import Any

from schemas.canonical import canonical_bytes
from schemas.document import Document, read_document
from services.workflow.adapters.files.yaml_nodes import compose
from services.workflow.domain.language.loading import from_canonical, load
from services.workflow.domain.language.model.days import Counted, FixedDay, Latest, Mark
from services.workflow.domain.language.model.guards import Guard, WithinLimit
from services.workflow.domain.language.model.parties import Desk, Nearest
from services.workflow.domain.language.model.triggers import Fires, NextAudit
from services.workflow.domain.language.model.where import EVERYWHERE
from tests.unit.workflow.language.examples import NOTICE, changed, faults, tree, written

SCHEME = load(read_document(NOTICE.read_text(), compose, NOTICE.name))
REVIEW, MEETING = SCHEME.kinds["review"], SCHEME.kinds["meeting"]


def test_the_notice_of_2019_has_ten_kinds_of_case():
    of_reviews = {"review", "visit", "item", "interview", "remedy", "accountability"}
    for_a_body = {"meeting", "draw", "bulletin", "progress_bulletin"}
    assert set(SCHEME.kinds) == of_reviews | for_a_body


def test_a_scheme_is_known_by_its_bytes_and_rebuilt_from_them():
    assert SCHEME.canonical == canonical_bytes(tree())
    assert from_canonical(SCHEME.canonical) == SCHEME


def test_a_tier_says_again_what_differs_and_takes_the_rest():
    life = REVIEW.life("A")
    assert life.states["scored"].desks == (Desk("hearing_body", ("liaison",)),)
    assert life.states["scored"].label == REVIEW.life("B").states["scored"].label
    assert life.triggers["redo"].sources == ("cleared", "presented", "commented", "scored")
    assert life.parties["hearing_body"] == Nearest("work_committee", above=True)


def test_a_tier_without_states_has_all_of_its_kind():
    assert next(iter(MEETING.life("unit").states)) == "planning"
    assert next(iter(MEETING.life("commission").states)) == "materials_approved"


def test_a_life_begins_in_its_first_state_unless_another_is_named():
    made = tree()
    del made["cases"]["item"]["initial"], made["cases"]["meeting"]["tiers"]["commission"]["initial"]
    kinds = load(Document(made, "f")).kinds
    assert kinds["item"].life("").initial == "open"
    assert kinds["meeting"].life("commission").initial == "materials_approved"


def test_a_kind_without_tiers_has_one_life_for_every_unit():
    item = SCHEME.kinds["item"]
    assert not item.tiered
    assert item.life_of("anything") is item.life("")


def test_every_child_has_a_link_to_its_parent():
    assert SCHEME.kinds["item"].links["of"].kind == "review"
    assert "of" not in REVIEW.links


def test_the_way_through_the_audits_differs_by_kind_of_unit():
    life = REVIEW.life("B")
    assert isinstance(life.triggers["submit"].to, NextAudit)
    ways = {kind: life.stages(kind) for kind in life.unit_kinds}
    assert ways["unit_committee"] == ("unit_audit", "organ_audit")
    assert ("drafting", "organ_audit") in {(a, b) for _, a, b in life.edges("unit_branch")}


def test_days_hang_on_other_cases_with_a_day_until_that_is_known():
    due = REVIEW.life("B").states["cleared"].due
    assert due is not None
    assert due.rule == Counted(0, mark=Mark("held", "meeting"))
    assert isinstance(due.until_known, Latest)  # what passes again after a redo has days of its own
    assert isinstance(due.until_known.rules[0], FixedDay)
    assert isinstance(REVIEW.life("B").states["drafting"].due.rule, Latest)


def test_effects_may_be_one_or_several():
    triggers = REVIEW.life("B").triggers
    assert triggers["submit"].fires == (Fires("visits", "answer_by_report"),)
    assert [one.link for one in triggers["withdraw"].fires] == [
        "items",
        "interviews",
        "remedies",
        "accountabilities",
    ]


def test_the_fact_follows_from_what_a_trigger_does():
    facts = {name: each.fact for name, each in REVIEW.life("B").triggers.items()}
    assert facts["replace_secretary"] == "subject_replaced"
    assert facts["correct_score"] == "corrected"
    assert facts["submit"] == "state_changed"
    assert facts["suspend"] == "suspended"
    assert facts["set_mode"] == "case_changed"
    assert facts["add_items"] == "document_filed"
    move_day = MEETING.life("unit").triggers["move_day"]
    assert move_day.fact == "document_filed"  # which says when on its day, too
    assert replace(move_day, takes=()).fact == "planned_day_set"


def test_a_fault_has_file_line_path_and_reason():
    (fault,) = written("        from: [presented]\n", "        from: [presentd]\n")
    assert fault.startswith("f:")
    assert "cases.review.triggers.comment.from[0]: unknown state presentd; known:" in fault


def test_every_fault_is_told_at_once():
    def change(made: dict[str, Any]) -> None:
        made["tittle"] = made.pop("title")
        made["round"]["every"] = "decade"
        made["cases"]["item"]["states"][0]["due"] = {"working_days": 3, "day": "2020-01-01"}
        made["cases"]["review"]["tiers"]["B"]["states"].append({"name": "gone"})

    found = dict(changed(change))
    assert set(found) == {
        "title",
        "tittle",
        "round.every",
        "cases.item.states[0].due",
        "cases.item.states[0].due.working_days",
        "cases.review.tiers.B.states[16]",
    }


def test_a_key_or_a_number_without_canonical_bytes_is_a_fault_and_no_crash():
    assert [path for path, _ in changed(lambda made: made.update(述=1))] == ["述"]
    assert [path for path, _ in changed(lambda made: made.update(least_notice=2**60))] == [
        "least_notice"
    ]


def test_a_round_is_a_year_a_quarter_or_a_month():
    for turn, label in (("year", 2019), ("quarter", "2019-Q3"), ("month", "2019-07")):
        said = {"every": turn, "for": label}
        assert not changed(lambda made, said=said: made["round"].update(said))
    assert changed(lambda made: made["round"].update({"for": "2019-13"}))


def test_a_name_that_yaml_reads_as_a_truth_value_names_nothing():
    state = {"name": "on", "label": "x", "final": "completed"}
    found = changed(lambda made: made["cases"]["draw"]["states"].append(state))
    assert [path for path, _ in found] == ["cases.draw.states[5].name"]


def test_a_file_may_hold_anything_anywhere_and_is_told_what_is_wrong():
    """Each place of the notice in its turn holds what nobody meant, or nothing."""
    chance = Random(20200108)  # noqa: S311 - a choice that is the same each time
    for place in chance.sample(list(places(tree())), 30):
        made = tree()
        *way, last = place
        there = reduce(lambda node, step: node[step], way, made)
        there[last] = chance.choice([None, 7, "", "on", True, [], {}, [7], {"a": {}}, [{}], ["a"]])
        assert isinstance(faults(Document(made, "f")), list)


def places(node: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inside = node.items() if isinstance(node, dict) else enumerate(node)
    for step, below in inside:
        yield (*at, step)
        if isinstance(below, dict | list):
            yield from places(below, (*at, step))


def limits(made: Any) -> list[Guard]:
    guards = load(Document(made, "f")).kinds["review"].life("A").triggers["submit"].guards
    return [guard for guard in guards if isinstance(guard, WithinLimit)]


def test_a_limit_that_refuses_is_asked_of_what_brings_the_document_though_no_guard_says_so():
    made = tree()
    del made["cases"]["review"]["triggers"]["submit"]["guards"]
    (implied,) = limits(made)
    assert (implied.document, implied.where) == ("report", EVERYWHERE)
    made["documents"]["report"]["over_limit"] = "warn"
    assert limits(made) == []


def test_a_guard_of_its_own_narrows_the_limit():
    made = tree()
    own = {"name": "within_limit", "document": "report", "where": {"mode": "on_site"}}
    made["cases"]["review"]["triggers"]["submit"]["guards"] = [own]
    (guard,) = limits(made)
    assert guard.where != EVERYWHERE
