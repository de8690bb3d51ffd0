"""Importing again: what changed, in words and as events, and nothing when nothing did."""

import hashlib
import json
from datetime import date
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from schemas.canonical import canonical_bytes
from schemas.document import Faults, read_document
from schemas.facts import EVENTS
from schemas.limits import ATTRIBUTES_BYTES, EVENT_BYTES
from schemas.vocabulary import default
from services.workflow.adapters.files.organisation_file import written
from services.workflow.adapters.files.yaml_nodes import compose
from services.workflow.domain.organisation import (
    NAME_ERASED,
    Organisation,
    OrganisationFile,
    difference,
    exported,
    lines,
    parse,
)

PEOPLE = [{"id": f"p{n}", "name": f"演示{n}"} for n in range(4)]
UNITS = [
    {"id": "w", "name": "工委", "kind": "work_committee"},
    {"id": "c", "parent": "w", "name": "机关党委", "kind": "organ_committee"},
    {"id": "a", "parent": "c", "name": "甲", "kind": "unit_committee"},
    {"id": "b", "parent": "a", "name": "乙", "kind": "grassroots_branch"},
]
POST = {"person": "p1", "unit": "a", "role": "secretary", "from": "2019-01-01"}


def file(
    units: list[dict[str, Any]] = UNITS,
    people: list[dict[str, Any]] = PEOPLE,
    posts: list[dict[str, Any]] = [POST],  # noqa: B006 - read only
) -> OrganisationFile:
    text = yaml.safe_dump({"units": units, "people": people, "posts": posts}, allow_unicode=True)
    return parse(read_document(text, compose))


class Import:
    """An organisation, and the people's texts kept beside it."""

    def __init__(self) -> None:
        self.organisation = Organisation.empty()
        self.texts: dict[str, str] = {}
        self.events: list[dict[str, Any]] = []

    def people(self) -> dict[str, dict[str, Any]]:
        known = self.organisation.people.items()
        return {person: json.loads(self.texts[sha]) for person, sha in known if sha in self.texts}

    def run(self, new: OrganisationFile) -> list[str]:
        found = difference(self.organisation, self.people(), new)
        self.events = list(found.events(self.commit))
        self.organisation = self.organisation.evolve_all(self.events)
        return list(lines(found))

    def commit(self, text: str) -> dict[str, Any]:
        sha = hashlib.sha256(b"salt" * 8 + text.encode()).hexdigest()
        self.texts[sha] = text
        return {"sha256": sha, "length": len(text.encode())}


@pytest.fixture
def imported() -> Import:
    known = Import()
    known.run(file())
    return known


def test_a_first_import_makes_the_organisation_of_the_file(imported: Import):
    organisation = imported.organisation
    assert (organisation.version, organisation.root) == (1, "w")
    assert dict(organisation.units) == dict(file().units)
    assert tuple(organisation.posts()) == file().posts
    assert imported.people() == file().people


def test_the_same_file_again_changes_nothing(imported: Import):
    assert imported.run(file()) == ["与现有组织一致，没有变化。"]
    assert imported.events == []
    assert imported.organisation.version == 1


def test_events_fit_their_published_schema_and_hold_no_name(imported: Import):
    (event,) = imported.events
    EVENTS.check("workflow.organisation_changed.v2", event)
    assert "演示" not in json.dumps(event, ensure_ascii=False)


def test_a_moved_unit_is_shown_with_both_parents(imported: Import):
    moved = [*UNITS[:3], UNITS[3] | {"parent": "c", "staff": 9}]
    assert "~ 单位 b 乙：上级 a → c；在编人数 0 → 9" in imported.run(file(moved))
    assert imported.organisation.path("b") == ("w", "c", "b")


def test_a_person_whose_address_changed_is_committed_anew(imported: Import):
    people = [PEOPLE[0] | {"email": "ling@example.org"}, *PEOPLE[1:]]
    assert "~ 人员 p0 演示0：电子邮箱 无 → ling@example.org" in imported.run(file(people=people))
    assert [entry["id"] for entry in imported.events[0]["people"]] == ["p0"]


def test_a_person_whose_text_was_erased_is_written_again(imported: Import):
    del imported.texts[imported.organisation.people["p2"]]
    assert "~ 人员 p2 演示2：姓名 无 → 演示2" in imported.run(file())


def test_a_post_that_ends_keeps_its_history(imported: Import):
    shown = imported.run(file(posts=[POST | {"until": "2020-01-31"}]))
    assert "~ 任职 p1 任 a 书记（2019-01-01 起）：截止日 无 → 2020-01-31" in shown
    assert len(imported.organisation.posts_of_ever("p1")) == 1


def test_what_the_file_no_longer_holds_is_dropped(imported: Import):
    shown = imported.run(file(UNITS[:2], PEOPLE[:1], []))
    assert "- 单位 a 甲（直属单位党委，上级 c）" in shown
    assert "- 任职 p1 任 a 书记（2019-01-01 起）" in shown
    assert shown[-1] == (
        "单位 新增 0、变更 0、移除 2；人员 新增 0、变更 0、移除 3；任职 新增 0、变更 0、移除 1"
    )
    assert imported.events[0]["dropped"]["units"] == ["b", "a"]
    assert list(imported.organisation.units) == ["w", "c"]


def test_a_successor_follows_in_one_event_and_never_beside(imported: Import):
    next_one = POST | {"person": "p2", "from": "2020-02-01"}
    imported.run(file(posts=[next_one, POST | {"until": "2020-01-31"}]))
    assert [post["person"] for post in imported.events[0]["posts"]] == ["p1", "p2"]


def test_the_root_stays_what_it_was(imported: Import):
    units = [{"id": "new", "name": "新", "kind": "work_committee"}, UNITS[0] | {"parent": "new"}]
    with pytest.raises(Faults, match="根单位一经导入不可更换：现为“w”"):
        imported.run(file([*units, *UNITS[1:]]))


def test_a_large_import_comes_in_bounded_events_each_a_sound_tree():
    branches = [
        {"id": f"x{n}", "parent": "c", "name": "支部", "kind": "unit_branch"} for n in range(1200)
    ]
    known = Import()
    known.run(file([*UNITS, *reversed(branches)]))
    sizes = [sum(len(event[key]) for key in ("units", "people", "posts")) for event in known.events]
    assert sizes == [500, 500, 209]
    on_the_way = Organisation.empty()
    for event in known.events:
        on_the_way = on_the_way.evolve(event)
        assert all(on_the_way.path(unit)[0] == "w" for unit in on_the_way.units)


def test_an_import_of_long_names_comes_in_events_bounded_in_bytes():
    branches = [
        {"id": f"x{n}", "parent": "c", "name": "𠮷" * 200, "kind": "unit_branch"}
        for n in range(400)
    ]
    known = Import()
    known.run(file([*UNITS, *branches]))
    sizes = [len(canonical_bytes(event)) for event in known.events]
    assert max(sizes) < EVENT_BYTES - ATTRIBUTES_BYTES // 2
    assert len(known.organisation.units) == 404


WORDS = {
    "kinds": [{"name": "work_committee", "label": "工委"}, {"name": "lab", "label": "实验室"}],
    "attributes": {
        "founded": "day",
        "safe": {"type": "flag", "default": False},
        "size": {"type": "choice", "choices": ["small", "large"], "label_en": "Size"},
        "seats": "number",
    },
    "roles": [
        {"name": "head", "label": "主任", "powers": ["act", "open"], "stand_in": "second"},
        {"name": "second", "label": "副主任", "label_en": "Second", "powers": [], "one": True},
    ],
    "relations": [{"name": "patron", "label": "联系领导"}],
}


def test_words_that_change_are_shown_and_told_whole_before_what_is_made_of_them(imported: Import):
    units = [UNITS[0], {"id": "n", "parent": "w", "name": "新", "kind": "lab"}]
    shown = imported.run(said(WORDS, units))
    assert {"+ 单位类别 lab 实验室", "+ 职务 second 副主任", "+ 关系类别 patron 联系领导"} <= {
        *shown
    }
    assert "- 职务 office 办公室" in shown
    assert "~ 职务 head 主任：名称 行政负责人 → 主任；" in "".join(shown)
    assert "+ 单位 n 新（实验室，上级 w）" in shown
    assert shown[-1].startswith("词表有变更；单位 新增 1")
    assert [word["name"] for word in imported.events[0]["vocabulary"]["roles"]] == [
        "head",
        "second",
    ]
    assert imported.run(said(WORDS, units)) == ["与现有组织一致，没有变化。"]


def test_another_order_of_the_same_words_is_a_change(imported: Import):
    imported.run(said(WORDS, UNITS[:1]))
    turned = WORDS | {"roles": WORDS["roles"][::-1]}
    assert "~ 职务 的顺序：second、head" in imported.run(said(turned, UNITS[:1]))


def test_without_a_vocabulary_the_default_one_is_back(imported: Import):
    imported.run(said(WORDS, UNITS[:1]))
    imported.run(file(UNITS[:1], posts=[]))
    assert imported.organisation.vocabulary == default()
    assert imported.events[0]["vocabulary"] == default().data()


def test_words_that_apply_already_are_told_by_no_event(imported: Import):
    assert "vocabulary" not in imported.events[0]


def said(words: dict[str, Any], units: list[dict[str, Any]], **others: Any) -> OrganisationFile:
    tree = {"vocabulary": words, "units": units, "people": PEOPLE, "posts": [], **others}
    return parse(read_document(yaml.safe_dump(tree, allow_unicode=True), compose))


DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31)).map(str)
TOLD = st.fixed_dictionaries(
    {},
    optional={
        "founded": DAYS,
        "safe": st.booleans(),
        "size": st.sampled_from(["small", "large"]),
        "seats": st.integers(0, 10**9),
    },
)


@st.composite
def organisations(draw: st.DrawFn) -> OrganisationFile:
    n = draw(st.integers(0, 5))
    below = [
        {
            "id": f"u{i}",
            "parent": draw(st.sampled_from(["w", *(f"u{j}" for j in range(i))])),
            "name": draw(st.sampled_from(["实验室", "no", "'1'", "a: b", "#x"])),
            "kind": "lab",
            "attributes": draw(TOLD),
        }
        for i in range(n)
    ]
    spans = [
        {"person": f"p{i}", "unit": "w", "from": draw(DAYS)} for i in range(draw(st.integers(0, 4)))
    ]
    posts = [
        span | {"role": draw(st.sampled_from(["head", "audit_administrator"]))} for span in spans
    ]
    relations = [span | {"relation": "patron", "until": "2100-12-31"} for span in spans]
    return said(WORDS, [UNITS[0], *below], posts=posts, relations=relations)


@given(organisations())
def test_what_is_exported_changes_nothing_when_imported(any_file: OrganisationFile):
    known = Import()
    known.run(any_file)
    text = written(exported(known.organisation, known.people()))
    assert known.run(parse(read_document(text, compose))) == ["与现有组织一致，没有变化。"]


def test_what_was_known_before_there_were_vocabularies_is_exported_too(imported: Import):
    text = written(exported(imported.organisation, imported.people()))
    assert imported.run(parse(read_document(text, compose))) == ["与现有组织一致，没有变化。"]


def test_whose_text_was_erased_is_exported_as_such(imported: Import):
    (person, *_) = exported(imported.organisation, {})["people"]
    assert person == {"id": "p0", "name": NAME_ERASED}


SHAPES = st.lists(st.integers(0, 5), min_size=1, max_size=6).map(
    lambda parents: [
        UNITS[0],
        *(
            {
                "id": f"u{n}",
                "parent": "w" if parent >= n else f"u{parent}",
                "name": "单位",
                "kind": "unit_branch",
            }
            for n, parent in enumerate(parents)
        ),
    ]
)


@given(first=SHAPES, second=SHAPES, shuffle=st.randoms())
def test_any_file_after_any_other_leads_to_that_file(first: Any, second: Any, shuffle: Any):
    # The second tree's ids change places, so that parents and children do too.
    names = [unit["id"] for unit in second[1:]]
    renamed = dict(zip(names, shuffle.sample(names, len(names)), strict=True)) | {"w": "w"}
    second = [
        {**unit, "id": renamed[unit["id"]], "parent": renamed[unit["parent"]]}
        if "parent" in unit
        else unit
        for unit in second
    ]
    known = Import()
    known.run(file(first, posts=[]))
    known.run(file(second, posts=[]))
    assert dict(known.organisation.units) == dict(file(second, posts=[]).units)
    assert known.run(file(second, posts=[])) == ["与现有组织一致，没有变化。"]


def test_no_version_on_the_way_has_a_circle_when_parent_and_child_change_places():
    """With one entry per event, the unit that moves up has to move first."""
    known = Import()
    known.run(file())
    swapped = [*UNITS[:2], UNITS[2] | {"parent": "b"}, UNITS[3] | {"parent": "c"}]
    known.run(file(swapped))
    assert [entry["id"] for entry in known.events[0]["units"]] == ["b", "a"]
