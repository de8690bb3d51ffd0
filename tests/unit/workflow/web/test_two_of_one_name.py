"""Names on pages: told apart where two bear one, and kept where people and units go."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.said import Said
from services.workflow.adapters.files import organisation_file
from services.workflow.domain.organisation import Delegation
from services.workflow.domain.organisation.deputising import Wish
from tests.end_to_end.pages.site import OFFICE, ORGANISATION, Site, china
from tests.unit.workflow.web.conftest import AUDITOR
from tests.unit.workflow.web.visitor import Visitor

Tree = dict[str, Any]
UNIT, DEPUTY = "u-hospital-1-01", "p-0035"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A report that was returned by a deputy of the secretary's own name."""
    site = Site(tmp_path_factory.mktemp("names"), china("01-08", "08:30"))
    site.submit(UNIT)
    site.fire(UNIT, "return_unit_audit", DEPUTY, data={"findings": ["空泛。"]})
    site.password(OFFICE)
    return site


def imported(site: Site, folder: Path, change: Callable[[Tree], object]) -> list[Said]:
    """Import the demo's file with a *change*; return what that leaves behind."""
    tree = yaml.safe_load(ORGANISATION.read_text())
    change(tree)
    path = folder / "organisation.yaml"
    path.write_text(yaml.safe_dump(tree, allow_unicode=True))
    file = organisation_file.load(path)
    left = site.parts.imports.left_behind(file, site.parts.imports.compare(file))
    site.parts.imports.run(file)
    return left


def named(tree: Tree, person: str, name: str) -> None:
    next(one for one in tree["people"] if one["id"] == person)["name"] = name


def shown(site: Site) -> str:
    return Visitor(site).sign_in(OFFICE).text(f"/cases/{site.review_of(UNIT).id}")


def test_unit_and_role_stand_beside_a_name_that_two_bear(site: Site, tmp_path: Path):
    secretary = site.review_of(UNIT).person
    assert secretary is not None
    imported(
        site, tmp_path, lambda tree: [named(tree, one, "示范某") for one in (secretary, DEPUTY)]
    )
    text = shown(site)
    assert "示范某（第一示例医院党委副书记） 单位党委退回" in text
    assert "示范某（第一示例医院机关第一党支部书记）" in text
    imported(site, tmp_path, lambda tree: named(tree, DEPUTY, "另一人"))
    assert "另一人 单位党委退回" in shown(site)


def test_a_unit_keeps_the_name_in_history_that_it_had_then(site: Site, tmp_path: Path):
    site.fire(
        UNIT, "submit", data={"report": dict.fromkeys(("achievements", "problems", "tasks"), "文")}
    )
    committee = {"person": DEPUTY, "unit": "u-hospital-1", "role": "deputy_secretary"}
    site.notify(UNIT, "escalation", committee, site.parts.now())

    def renamed(tree: Tree) -> None:
        next(one for one in tree["units"] if one["id"] == "u-hospital-1")["name"] = "新名医院党委"

    imported(site, tmp_path, renamed)
    text = shown(site)
    assert "督办 → 第一示例医院党委副书记" in text
    assert "新名医院党委办公室" in text


def test_who_was_taken_out_of_the_file_keeps_the_name_in_history(site: Site, tmp_path: Path):
    def gone(tree: Tree) -> None:
        named(tree, DEPUTY, "离任某")

    imported(site, tmp_path, gone)

    def out(tree: Tree) -> None:
        for section in ("people", "posts"):
            tree[section] = [one for one in tree[section] if DEPUTY not in one.values()]

    imported(site, tmp_path, out)
    assert "离任某 单位党委退回" in shown(site)


def test_an_import_names_the_open_cases_that_lose_their_unit_or_their_desk(
    site: Site, tmp_path: Path
):
    number = site.review_of(UNIT).number

    def without_office(tree: Tree) -> None:
        tree["posts"] = [one for one in tree["posts"] if one["person"] != AUDITOR]

    (left,) = imported(site, tmp_path, without_office)
    assert ("第一示例医院党委办公室无人接任，1 件" in left, number in left) == (True, True)
    assert imported(site, tmp_path, lambda _: None) == []

    def without_unit(tree: Tree) -> None:
        for section, name in (("units", "id"), ("posts", "unit")):
            tree[section] = [one for one in tree[section] if one[name] != UNIT]

    (left,) = imported(site, tmp_path, without_unit)
    assert ("撤去后，1 件未结案件失去所属单位" in left, number in left) == (True, True)


def test_an_import_names_the_open_cases_of_who_goes_and_whose_own_desk_they_lie_on(
    site: Site, tmp_path: Path
):
    case = site.review_of("u-hospital-1-05")

    def out(tree: Tree) -> None:
        for section in ("people", "posts"):
            tree[section] = [one for one in tree[section] if case.person not in one.values()]

    (left,) = imported(site, tmp_path, out)
    assert ("仍是 1 件未结案件的承办人本人" in left, case.number in left) == (True, True)
    assert imported(site, tmp_path, lambda _: None) == []


@pytest.mark.parametrize("until", ["2020-01-07", "2020-01-08", None])
def test_an_import_names_the_open_cases_of_whose_own_desk_they_lie_on_as_their_post_ends(
    site: Site, tmp_path: Path, until: str | None
):
    """Ended yesterday, today as its last day, or taken out: the person stays in any case."""
    case = site.review_of("u-hospital-1-05")

    def ended(tree: Tree) -> None:
        theirs = [one for one in tree["posts"] if one["person"] == case.person]
        for one in theirs:
            one |= {"until": until}
        if until is None:
            tree["posts"] = [one for one in tree["posts"] if one not in theirs]

    told = imported(site, tmp_path, ended)
    assert any("本人承办的 1 件未结案件无人承办" in one and case.number in one for one in told)
    assert imported(site, tmp_path, lambda _: None) == []


def test_a_unit_of_another_tier_under_another_committee_keeps_its_open_case_where_it_is(
    site: Site, tmp_path: Path
):
    unit = "u-hospital-1-03"
    site.submit(unit)
    before = site.review_of(unit)

    def moved(tree: Tree) -> None:
        at = next(one for one in tree["units"] if one["id"] == unit)
        at |= {"parent": "u-hospital-2", "kind": "unit_committee"}

    assert imported(site, tmp_path, moved) == []
    after = site.review_of(unit)
    assert (after.tier, after.holders, after.parties) == ("C", before.holders, before.parties)
    # Who has its desk has its act, and nobody of where the unit is now.
    finding = {"findings": ["空泛。"]}
    assert site.fire(unit, "return_unit_audit", "p-0067", data=finding).outcome == "absent"
    assert site.fire(unit, "return_unit_audit", AUDITOR, data=finding).outcome == "done"
    imported(site, tmp_path, lambda _: None)


def test_who_was_taken_out_is_still_told_from_their_namesake(site: Site, tmp_path: Path):
    secretary = site.review_of(UNIT).person
    assert secretary is not None
    imported(
        site, tmp_path, lambda tree: [named(tree, one, "同名某") for one in (secretary, DEPUTY)]
    )

    def out(tree: Tree) -> None:
        named(tree, secretary, "同名某")
        for section in ("people", "posts"):
            tree[section] = [one for one in tree[section] if DEPUTY not in one.values()]

    imported(site, tmp_path, out)
    assert "同名某（第一示例医院党委副书记） 单位党委退回" in shown(site)


def test_a_deputys_act_and_task_name_whom_they_stand_in_for(site: Site, tmp_path: Path):
    imported(site, tmp_path, lambda tree: [named(tree, DEPUTY, "被代某")])
    unit, day = "u-hospital-1-02", site.parts.now().date()
    entry = Delegation(
        deputy=OFFICE,
        person=AUDITOR,
        unit="u-hospital-1",
        roles=frozenset({"office"}),
        since=day,
        until=day,
    )
    site.submit(unit)
    site.parts.deputies.record(None, Wish(entry=entry))
    name = site.parts.directory.names([AUDITOR])[AUDITOR]
    stands_for = f"代 {name}（办公室，第一示例医院党委）"
    visitor, case = Visitor(site).sign_in(OFFICE), site.review_of(unit).id
    assert stands_for in visitor.text("/tasks")
    assert stands_for in visitor.text(f"/cases/{case}")
    marked = visitor.get("/tasks", **{"Accept-Language": "en"}).get_data(as_text=True)
    english = re.sub("</?bdi[^>]*>", "", marked)
    assert stands_for not in english
    assert f"for {name} (Office, 第一示例医院党委)" in english
    site.fire(unit, "return_unit_audit", OFFICE, data={"findings": ["空泛。"]})
    assert f"{stands_for} 单位党委退回" in visitor.text(f"/cases/{case}")
    assert stands_for in visitor.text(f"/cases?unit={unit}")


def test_beside_a_name_stands_what_they_were_on_the_day_of_the_act(site: Site, tmp_path: Path):
    secretary = site.review_of(UNIT).person
    assert secretary is not None

    def moved_on(tree: Tree) -> None:
        for one in (secretary, DEPUTY):
            named(tree, one, "示范某")
        held = next(one for one in tree["posts"] if one["person"] == DEPUTY)
        held["until"] = "2020-01-08"
        tree["posts"].append({**held, "role": "committee_member", "from": "2020-01-09"})
        del tree["posts"][-1]["until"]

    imported(site, tmp_path, moved_on)
    site.move_to(china("01-09", "08:30"))
    assert "示范某（第一示例医院党委副书记） 单位党委退回" in shown(site)
