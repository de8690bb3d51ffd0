"""A policy speaks of what its scheme and the organisation have; where it does not, it is named."""

from pathlib import Path

import pytest

from schemas.document import Path as Place
from schemas.document import read_document, spell
from schemas.policy_reading import read_policy
from schemas.said import told
from services.workflow.adapters.files.yaml_nodes import compose
from services.workflow.domain.fitting.telling import check_places, check_targets
from services.workflow.domain.language.loading import load
from services.workflow.domain.organisation import parse
from tests.texts import EARLIER, POLICY

SCHEMES = Path("services/workflow/schemes")
LABORATORY = SCHEMES / "examples/laboratory-safety"
FORMAT_1 = Path("tests/unit/schemas/policy-of-format-1.yaml").read_text(encoding="utf-8")
SHIPPED = (SCHEMES / "jilin-health-2019.yaml").read_text(encoding="utf-8")


def misfits(policy: str, scheme: str = SHIPPED, organisation: str = "") -> dict[str, str]:
    """Return what is wrong with *policy*, by where."""
    found: list[tuple[Place, str]] = []
    read = read_policy(read_document(policy, compose))
    rules = load(read_document(scheme, compose))
    check_places(read, rules, lambda *one: found.append(one))
    if organisation:
        words = parse(read_document(organisation, compose)).vocabulary
        check_targets(read, words, lambda *one: found.append(one))
    return {spell(at): reason for at, reason in found}


def test_what_is_shipped_fits():
    for name in ("laboratory-safety", "change-approval"):
        policy, scheme, organisation = (
            (SCHEMES / f"examples/{name}{part}.yaml").read_text(encoding="utf-8")
            for part in (".policy", "", ".organisation")
        )
        assert misfits(policy, scheme, organisation) == {}
    assert misfits(POLICY) == misfits(FORMAT_1) == misfits(FORMAT_1, EARLIER) == {}


@pytest.mark.parametrize(
    ("old", "new", "path", "reason"),
    [
        ("kind: visit, state: planned", "kind: tour, state: planned", "kind", "unknown kind tour"),
        ("state: visited", "state: toured", "state", "unknown state toured; known: "),
        ("state: organ_audit, tier: A", "state: organ_audit, tier: Z", "tier", "unknown tier Z"),
        ("state: organ_audit, tier: A", "state: unit_audit, tier: A", "state", "unknown state"),
        ("state: feedback", "state: closed", "state", "closed ends a case"),
    ],
)
def test_an_act_is_at_a_state_that_the_scheme_has_and_that_does_not_end(
    old: str, new: str, path: str, reason: str
):
    assert old in POLICY
    ((at, why),) = misfits(POLICY.replace(old, new)).items()
    assert at.endswith(f"].{path}")
    assert reason in why


PLACED = """
  - track: deadline
    for: [%s]
    rungs:
      - {rung: gentle, kind: reminder, before: 1, to: {holder: true}, when_unknown: leave}
"""


@pytest.mark.parametrize(
    ("places", "path", "reason"),
    [
        ("{kind: tour}", "for[0].kind", "unknown kind tour"),
        ("{kind: visit, state: toured}", "for[0].state", "unknown state toured"),
        ("{kind: review}, {kind: review, tier: Z}", "for[1].tier", "unknown tier Z"),
        ("{kind: review, state: unit_audit, tier: A}", "for[0].state", "unknown state unit_audit"),
        ("{kind: review, state: closed}", "for[0].state", "closed ends a case"),
        (
            "{kind: review, state: organ_audit}"
            + "".join(f", {{kind: review, state: organ_audit, tier: {tier}}}" for tier in "AB"),
            "for[0]",
            "another track of this name is nearer",
        ),
    ],
)
def test_a_ladder_is_for_what_the_scheme_has_and_holds_somewhere(
    places: str, path: str, reason: str
):
    written = POLICY.replace("\nurge:", PLACED % places + "\nurge:")
    assert written != POLICY
    ((at, why),) = misfits(written).items()
    assert (at, reason in why) == (f"tracks[1].{path}", True), why


def test_a_ladder_that_is_everywhere_further_than_others_is_named():
    kinds = load(read_document(SHIPPED, compose)).kinds
    everywhere = ", ".join(f"{{kind: {name}}}" for name in kinds)
    written = POLICY.replace("\nurge:", PLACED % everywhere + "\nurge:")
    found = misfits(written)
    assert "is nearer" in found["tracks[0]"]


def test_a_ladder_is_not_for_where_nothing_is_ever_due():
    scheme, policy = (
        LABORATORY.with_name(f"laboratory-safety{part}.yaml").read_text(encoding="utf-8")
        for part in ("", ".policy")
    )
    without = scheme.replace("        due: {working_days: 5}\n", "")
    assert without != scheme
    # What is put right again has a day that the one who sent it back sets.
    without = without.replace("        due: {working_days: 20}\n", "")
    written = policy.replace(
        "{kind: inspection, state: reinspecting}",
        "{kind: inspection, state: reinspecting}\n      - {kind: inspection, state: putting_right}",
    )
    assert misfits(written, without) == {"tracks[1].for[1]": "nothing is ever due there"}


def test_work_that_comes_is_told_where_the_scheme_has_it():
    written = POLICY.replace(
        "arrival:\n", "arrival:\n  for: [{kind: review, state: drafting}, {kind: tour}]\n"
    )
    assert {at: why.split(";")[0] for at, why in misfits(written).items()} == {
        "arrival.for[1].kind": "unknown kind tour"
    }


def test_a_rung_is_for_a_role_and_a_kind_of_unit_that_the_organisation_has():
    scheme, policy, organisation = (
        LABORATORY.with_name(f"laboratory-safety{part}.yaml").read_text(encoding="utf-8")
        for part in ("", ".policy", ".organisation")
    )
    written = policy.replace("[faculty]", "[faculty, school]").replace("[dean]", "[dean, rector]")
    found = misfits(written, scheme, organisation)
    assert {at: why.split(";")[0] for at, why in found.items()} == {
        "tracks[0].rungs[2].to.nearest[1]": "unknown unit kind school",
        "tracks[0].rungs[2].to.roles[1]": "unknown role rector",
    }


def test_a_state_of_format_1_is_named_where_it_stands():
    written = FORMAT_1.replace("  cleared: {", "  clearing: {").replace("      A: {", "      Z: {")
    found = misfits(written)
    assert set(found) == {"states.organ_audit.tiers.Z", "states.clearing"}
    assert told(found["states.clearing"], "zh").startswith("未知的状态“clearing”")


def test_in_format_1_a_state_that_ends_is_called_as_any_other():
    ended = FORMAT_1.replace("  feedback: {", "  closed: {")
    assert misfits(ended) == {}


def test_a_repeat_that_ends_with_an_act_tells_somebody_who_may_act():
    scheme, policy, organisation = (
        LABORATORY.with_name(f"laboratory-safety{part}.yaml").read_text(encoding="utf-8")
        for part in ("", ".policy", ".organisation")
    )
    last = "roles: [dean]}\n        when_unknown: send_again\n"
    assert policy.count(last) == 1
    again = last + "        repeat: {every: 5, times: 3, until: acted}\n"
    assert misfits(policy.replace(last, again), scheme, organisation) == {}
    powers = next(one for one in organisation.splitlines() if "name: dean," in one)
    mute = powers[: powers.index("powers: [")] + "powers: [read_own]}"
    found = misfits(policy.replace(last, again), scheme, organisation.replace(powers, mute))
    assert found == {"tracks[0].rungs[2].repeat.until": "whom it tells may do nothing on a case"}
