"""What an organisation declares: kinds, attributes, roles and relations, and what is refused."""

from pathlib import Path

import pytest

from schemas.document import Fault, Faults
from schemas.vocabulary import POWERS, Attribute, Role, Vocabulary, default
from services.workflow.adapters.files.organisation_file import load
from services.workflow.domain.organisation import OrganisationFile

SOUND = """\
vocabulary:
  kinds:
    - {name: campus, label: 校区, label_en: Campus}
    - {name: laboratory, label: 实验室}
  attributes:
    founded: day
    certified: {type: flag, label: 已认证, default: false}
    hazard: {type: choice, label: 危险级别, choices: [low, high]}
    seats: number
  roles:
    - {name: director, label: 主任, powers: [act, read_below, note], one: true, stand_in: deputy}
    - {name: deputy, label: 副主任, label_en: Deputy, powers: [act, read_own]}
    - {name: safety, label: 安全员, powers: [read_below, read_refusals]}
  relations:
    - {name: patron, label: 联系领导}
units:
  - {id: c, name: 东校区, kind: campus}
  - {id: l, parent: c, name: 一室, kind: laboratory,
     attributes: {founded: 2019-10-01, seats: 12, hazard: low}}
people:
  - {id: p, name: 甲}
  - {id: q, name: 乙}
posts:
  - {person: p, unit: l, role: director, from: 2020-01-01}
  - {person: q, unit: c, role: audit_administrator, from: 2020-01-01}
relations:
  - {person: q, unit: l, relation: patron, from: 2020-01-01, until: 2020-12-31}
"""


def read(tmp_path: Path, text: str) -> OrganisationFile:
    file = tmp_path / "organisation.yaml"
    file.write_text(text)
    return load(file)


def faults_of(tmp_path: Path, text: str) -> tuple[Fault, ...]:
    with pytest.raises(Faults) as refused:
        read(tmp_path, text)
    return refused.value.faults


def test_a_declared_vocabulary_is_the_one_of_its_units_and_posts(tmp_path: Path):
    file = read(tmp_path, SOUND)
    words = file.vocabulary
    assert (list(words.kinds), list(words.relations)) == (["campus", "laboratory"], ["patron"])
    assert words.attributes["hazard"] == Attribute(
        name="hazard", label="危险级别", type="choice", choices=("low", "high")
    )
    assert words.roles["director"] == Role(
        name="director",
        label="主任",
        powers=frozenset({"act", "read_below", "note"}),
        one=True,
        stand_in="deputy",
    )
    assert words.kinds["campus"].read_in("en") == "Campus"
    assert words.kinds["laboratory"].read_in("en") == "实验室"
    assert Vocabulary.from_data(words.data()) == words


def test_units_tell_attributes_and_people_stand_in_relations(tmp_path: Path):
    file = read(tmp_path, SOUND)
    assert file.units["c"].attributes == {"certified": False}
    assert file.units["l"].attributes == {
        "founded": "2019-10-01",
        "certified": False,
        "hazard": "low",
        "seats": 12,
    }
    (relation,) = file.relations
    assert (relation.person, relation.unit, relation.relation) == ("q", "l", "patron")


def test_what_is_told_of_a_unit_may_stand_among_its_words(tmp_path: Path):
    inline = SOUND.replace("attributes: {founded: 2019-10-01, seats: 12, hazard: low}", "seats: 12")
    assert read(tmp_path, inline).units["l"].attributes == {"certified": False, "seats": 12}


def test_a_file_without_a_vocabulary_is_of_the_default_one(tmp_path: Path):
    text = "units: [{id: w, name: 工委, kind: work_committee, staff: 7}]\npeople: []\nposts: []\n"
    file = read(tmp_path, text)
    assert file.vocabulary is default()
    assert file.units["w"].attributes == {"staff": 7, "public_hospital": False}


@pytest.mark.parametrize(
    ("was", "becomes", "line", "path", "reason"),
    [
        # Names
        ("name: campus", "name: Campus", 3, "vocabulary.kinds[0].name", "小写字母"),
        ("name: campus", f"name: {'a' * 41}", 3, "vocabulary.kinds[0].name", "1 到 40 个"),
        ("{name: campus, label", "{label", 3, "vocabulary.kinds[0].name", "缺少“name”"),
        ("name: laboratory", "name: campus", 4, "vocabulary.kinds[1].name", "“campus”在此处重复"),
        ("founded: day", "Founded: day", 6, "vocabulary.attributes.Founded", "小写字母"),
        ("founded: day", "mode: day", 6, "vocabulary.attributes.mode", "另有含义"),
        ("founded: day", "kind: day", 6, "vocabulary.attributes.kind", "另有含义"),
        ("name: safety", "name: audit_administrator", 13, "vocabulary.roles[2].name", "三员之一"),
        ("name: patron", "name: safety", 15, "vocabulary.relations[0].name", "已是职务的名称"),
        # Labels, powers, types
        (", label: 实验室", "", 4, "vocabulary.kinds[1].label", "缺少“label”"),
        ("label: 实验室", f"label: {'室' * 101}", 4, "vocabulary.kinds[1].label",
         "超过 100 个字符"),
        ("founded: day", "founded: date", 6, "vocabulary.attributes.founded", "未知的类型“date”"),
        ("founded: day", "founded: choice", 6, "vocabulary.attributes.founded", "未知的类型"),
        ("type: flag", "type: bool", 7, "vocabulary.attributes.certified.type", "未知的类型“bool”"),
        ("default: false", "default: 0", 7, "vocabulary.attributes.certified.default", "true 或"),
        (", choices: [low, high]", "", 8, "vocabulary.attributes.hazard.choices", "类型 choice"),
        ("[low, high]", "[low, low]", 8, "vocabulary.attributes.hazard.choices[1]", "重复"),
        ("[low, high]", "[低]", 8, "vocabulary.attributes.hazard.choices[0]", "小写字母"),
        ("read_below, note]", "read_all, note]", 11, "vocabulary.roles[0].powers[1]", "read_below"),
        ("read_below, note]", "act, note]", 11, "vocabulary.roles[0].powers[1]", "重复"),
        ("one: true", "one: 1", 11, "vocabulary.roles[0].one", "true 或 false"),
        ("one: true", "ones: true", 11, "vocabulary.roles[0].ones", "没有规则会读取此项"),
        # Standing in
        ("stand_in: deputy", "stand_in: nobody", 11, "vocabulary.roles[0].stand_in", "“nobody”"),
        ("stand_in: deputy", "stand_in: director", 11, "vocabulary.roles[0].stand_in", "成环"),
        ("stand_in: deputy", "stand_in: system_administrator", 11, "vocabulary.roles[0].stand_in",
         "没有名为“system_administrator”的职务"),
        ("[act, read_own]}", "[act], stand_in: director}", 11, "vocabulary.roles[0].stand_in",
         "director → deputy → director"),
        # What is made of the words
        ("kind: campus}", "kind: works}", 17, "units[0].kind", "未知的单位类别“works”"),
        ("seats: 12", "seats: '12'", 19, "units[1].attributes.seats", "整数"),
        ("seats: 12", "chairs: 12", 19, "units[1].attributes.chairs", "没有规则会读取此项"),
        ("founded: 2019", "founded: 1019", 19, "units[1].attributes.founded", "2000 年至"),
        ("hazard: low", "hazard: middling", 19, "units[1].attributes.hazard", "未知的选项"),
        ("hazard: low}", "hazard: low}, seats: 3", 19, "units[1].attributes.seats", "写了两次"),
        ("hazard: low}", "hazard: low}, chairs: 3", 19, "units[1].chairs", "没有规则会读取此项"),
        ("role: director", "role: boss", 24, "posts[0].role", "未知的职务“boss”"),
        ("relation: patron", "relation: friend", 27, "relations[0].relation", "未知的关系“friend”"),
        ("person: q, unit: l", "person: x, unit: l", 27, "relations[0].person", "没有编号为“x”"),
        # The whole
        ("  kinds:\n", "  types:\n", 2, "vocabulary.types", "没有规则会读取此项"),
        ("  kinds:\n", "  types:\n", 1, "vocabulary.kinds", "缺少列表“kinds”"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_line_and_path(
    tmp_path: Path, was: str, becomes: str, line: int, path: str, reason: str
):
    assert was in SOUND
    found = faults_of(tmp_path, SOUND.replace(was, becomes, 1))
    assert any((f.line, f.path) == (line, path) and reason in f.reason for f in found), found


def test_every_fault_is_told_at_once(tmp_path: Path):
    broken = SOUND.replace("founded: day", "founded: date").replace("one: true", "one: 1")
    broken = broken.replace("kind: campus}", "kind: works}").replace("role: director", "role: x")
    assert [fault.line for fault in faults_of(tmp_path, broken)] == [6, 11, 17, 24]


def test_a_relation_is_told_once_for_a_day(tmp_path: Path):
    again = "  - {person: q, unit: l, relation: patron, from: 2020-12-31}\n"
    (fault,) = faults_of(tmp_path, SOUND + again)
    assert (fault.line, "时间重叠（见第 27 行）" in fault.reason) == (28, True)
    read(tmp_path, SOUND + again.replace("2020-12-31", "2021-01-01"))


def test_a_role_declared_for_one_is_held_by_one_at_a_time(tmp_path: Path):
    beside = "  - {person: q, unit: l, role: director, from: 2020-05-01}\nrelations:\n"
    text = SOUND.replace("person: q, unit: c, role: audit", "person: p, unit: c, role: audit")
    found = faults_of(tmp_path, text.replace("relations:\n  - {person", beside + "  - {person"))
    assert any("单位“l”同时有两位主任" in fault.reason for fault in found)


def test_a_vocabulary_travels_whole_so_it_is_bounded(tmp_path: Path):
    kinds = "".join(f"    - {{name: k_{'x' * n}, label: {'级' * 100}}}\n" for n in range(1, 39))
    roles = "".join(
        f"    - {{name: r_{'x' * n}, label: {'职' * 100}, label_en: {'级' * 100}, powers: []}}\n"
        for n in range(1, 39)
    )
    text = SOUND.replace("  kinds:\n", "  kinds:\n" + kinds).replace(
        "  roles:\n", "  roles:\n" + roles
    )
    (fault,) = faults_of(tmp_path, text)
    assert (fault.path, "30000 字节" in fault.reason) == ("vocabulary", True)


def test_the_default_vocabulary_gives_powers_that_there_are():
    assert {power for role in default().roles.values() for power in role.powers} == {*POWERS}
    assert default().observers == {"inspector", "discipline_member"}
