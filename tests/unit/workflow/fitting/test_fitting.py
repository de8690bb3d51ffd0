"""Laid over an organisation a scheme is sound, or each place where it is not is named."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from schemas.document import read_document
from services.workflow.adapters.files.yaml_nodes import compose
from services.workflow.domain.fitting import Fitting, fit
from services.workflow.domain.language.loading import load
from services.workflow.domain.organisation import Organisation, difference, parse

EXAMPLES = Path("services/workflow/schemes/examples")
DAY = date(2024, 4, 1)
Change = tuple[str, str]  # what is written, and what instead


def read(file: Path, *changes: Change) -> str:
    text = file.read_text()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


def organisation(text: str) -> Organisation:
    nobody = Organisation.empty()
    known = difference(nobody, {}, parse(read_document(text, compose)))
    return nobody.evolve_all(known.events(lambda _: {"sha256": "0" * 64, "length": 0}))


def laid(
    name: str, scheme: tuple[Change, ...] = (), file: tuple[Change, ...] = (), day: date = DAY
) -> Fitting:
    rules = load(read_document(read(EXAMPLES / f"{name}.yaml", *scheme), compose))
    return fit(rules, organisation(read(EXAMPLES / f"{name}.organisation.yaml", *file)), day)


def test_the_examples_fit_their_organisations():
    for name in ("laboratory-safety", "change-approval"):
        assert laid(name).faults == []


def test_cases_to_come_are_counted_and_exempt_units_named_with_their_rule():
    found = laid("laboratory-safety")
    assert found.expected == {"inspection": 3}
    assert [(gap.sort, gap.unit, gap.what) for gap in found.gaps] == [
        ("exempt", "lab-old", "已停用")
    ]


def test_of_posts_everybody_who_holds_one_is_counted_and_a_unit_without_lacks_nobody():
    found = laid(
        "laboratory-safety",
        (("each: unit\n", "each: post\n    person: {roles: [technician, laboratory_head]}\n"),),
    )
    assert found.expected == {"inspection": 4}
    assert not [gap for gap in found.gaps if gap.sort == "post_vacant"]


FAULTS: list[tuple[Change, Change, str, str]] = [
    (
        ("{relation: chemicals_keeper", "{relation: keeper"),
        ("", ""),
        "keepers",
        "unknown relation keeper",
    ),
    (
        ("child: safety_bureau", "child: safety_office"),
        ("", ""),
        "units",
        "unknown unit kind safety_office",
    ),
    (("{in_service: false}", "{in_use: false}"), ("", ""), "where", "unknown attribute in_use"),
    (("{in_service: false}", "{workplaces: false}"), ("", ""), "where", "workplaces is a number"),
    (
        ("{in_service: false}", "{workplaces: {from: 2024-01-01}}"),
        ("", ""),
        "where",
        "this is a day",
    ),
    (
        ("", ""),
        ("powers: [act, read_own], one: true", "powers: [read_own], one: true"),
        "desk",
        "no power to act",
    ),
    (
        ("", ""),
        ("powers: [act, note, open, ", "powers: [act, note, "),
        "opened_by",
        "no power to open",
    ),
    (
        ("", ""),
        ("\npeople:", "\n  - {id: two, parent: nku, name: 二处, kind: safety_bureau}\npeople:"),
        "safety_bureau",
        "safety_bureau is several units for inspection of lab-organic: nku-safety, two",
    ),
    (
        ("", ""),
        ("role: laboratory_head, from: 2020-01-01}", "role: laboratory_head, from: 2025-01-01}"),
        "desk",
        "nobody can hold this desk of inspection of tier hazardous",
    ),
]


@pytest.mark.parametrize(("scheme", "file", "place", "reason"), FAULTS)
def test_what_cannot_be_meant_here_is_a_fault(
    scheme: Change, file: Change, place: str, reason: str
):
    found = laid(
        "laboratory-safety", (scheme,) if scheme[0] else (), (file,) if file[0] else ()
    ).faults
    assert any(reason in why and (place in at or place in str(at)) for at, why in found), found


def test_what_the_organisation_lacks_today_is_a_gap_and_no_fault():
    found = laid(
        "laboratory-safety",
        file=(
            (
                "from: 2020-01-01}\n  - {person: p-analysis",
                "from: 2020-01-01, until: 2020-01-02}\n  - {person: p-analysis",
            ),
            (
                "kind: ordinary_laboratory, attributes: {in_service: true, ",
                "kind: ordinary_laboratory, attributes: {",
            ),
        ),
    )
    assert found.faults == []
    sorts = Counter((gap.sort, gap.unit) for gap in found.gaps)
    assert sorts["vacant", "lab-organic"]
    assert sorts["not_filled_in", "lab-analysis"]


NOTICE = EXAMPLES.parent / "jilin-health-2019.yaml"
NOT_FOUNDED = ("where: {founded: {from: 2019-10-01}}", "where: {staff: {below: 3}}")
POSTS = "roles: [secretary, deputy_secretary, committee_member, discipline_member]}"
NO_SUCH_UNIT = "where: {staff: {from: 100000}}}"
NOBODY = ("{party: colleagues}", f"{{party: own_unit, roles: [secretary], {NO_SUCH_UNIT}")


def demo(*changes: Change) -> Fitting:
    rules = load(read_document(read(NOTICE, NOT_FOUNDED, *changes), compose))
    return fit(
        rules, organisation(Path("deploy/demo/organisation.yaml").read_text()), date(2020, 1, 8)
    )


def test_for_which_units_a_link_is_empty_is_told():
    empty = [(gap.kind, gap.what) for gap in demo().gaps if gap.sort == "link_empty"]
    assert ("meeting", "commission") in empty


def test_an_electorate_that_nobody_belongs_to_is_a_fault():
    large = (POSTS, f"{POSTS[:-1]}, {NO_SUCH_UNIT}")
    faults = demo(NOBODY, large).faults
    assert any("nobody votes in members" in reason for _, reason in faults), faults


def test_a_unit_without_the_body_its_desk_rests_on_is_a_gap():
    other_kind = (
        "name: 西部平台安全组, kind: security_team",
        "name: 西部平台安全组, kind: engineering_team",
    )
    found = laid("change-approval", file=(other_kind,))
    assert found.faults == []
    assert [(gap.sort, gap.unit, gap.what) for gap in found.gaps] == [
        ("party_missing", "west-network", "security_team")
    ]


def test_an_electorate_of_one_person_the_poll_is_about_is_a_fault():
    """Whoever is heard elsewhere is a voter like any other here."""
    alone = (POSTS, "roles: [secretary]}")
    heard_there = (
        "          hearing_body: {nearest: unit_committee, above: true}",
        "          hearing_body: {nearest: unit_committee}",
    )
    own = (
        "hearing_body: {nearest: organ_committee, above: true} #",
        "hearing_body: {nearest: unit_committee} #",
    )
    assert not any("only somebody" in why for _, why in demo(NOBODY, alone).faults)
    faults = demo(NOBODY, alone, heard_there, own).faults
    assert any("only somebody the poll is about votes" in why for _, why in faults), faults


def test_whoever_holds_a_post_votes_on_the_others_who_hold_one():
    there = Path(__file__).parent
    rules = load(read_document((there / "teaching.yaml").read_text(), compose))
    found = fit(rules, organisation((there / "teaching.organisation.yaml").read_text()), DAY)
    assert found.expected == {"appraisal": 7}
    at = dict(found.faults)
    assert at == {("polls", "hall_students", "electorates", 1): "nobody votes in reps of hist"}


def test_a_desk_given_by_role_to_whom_the_case_is_about_is_a_fault():
    """Nobody sits at a desk of their own case for a post: it would lie there and nobody act."""
    theirs = "party: appraised, roles: [secretary, acting_secretary]}"
    by_role = (theirs, "party: own_unit, roles: [secretary]}")
    faults = [why for _, why in demo(by_role).faults]
    assert any("only whom the case is about could hold" in why for why in faults), faults


def test_a_unit_without_a_body_is_not_among_the_cases_that_open():
    of_faculty = (
        "{nearest: university, child: safety_bureau}",
        "{nearest: faculty, child: safety_bureau}",
    )
    found = laid(
        "laboratory-safety",
        (of_faculty,),
        (("nku-safety, parent: nku,", "nku-safety, parent: nku-chem,"),),
    )
    assert ("party_missing", "lab-virus") in {(gap.sort, gap.unit) for gap in found.gaps}
    assert found.expected == {"inspection": 2}
