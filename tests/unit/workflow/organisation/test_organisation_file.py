"""The organisation file: what is refused, on which line, and that everything is told at once."""

from pathlib import Path

import pytest

from schemas.document import Fault, Faults
from services.workflow.adapters.files import yaml_nodes
from services.workflow.adapters.files.organisation_file import load
from services.workflow.domain.organisation import OrganisationFile

SOUND = """\
units:
  - {id: w, name: 工委, kind: work_committee}
  - {id: c, parent: w, name: 机关党委, kind: organ_committee, staff: 20}
  - {id: h, parent: c, name: 第一示例医院党委, kind: unit_committee, public_hospital: true}
people:
  - {id: p1, name: 演示甲, email: jia@example.org}
  - {id: p2, name: 演示乙}
posts:
  - {person: p1, unit: h, role: secretary, from: 2019-01-01, until: 2019-12-31}
  - {person: p2, unit: h, role: secretary, from: 2020-01-01}
"""


def read(tmp_path: Path, text: str | bytes) -> OrganisationFile:
    file = tmp_path / "organisation.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(file)


def faults_of(tmp_path: Path, text: str | bytes) -> tuple[Fault, ...]:
    with pytest.raises(Faults) as refused:
        read(tmp_path, text)
    return refused.value.faults


def test_a_sound_file_is_read_whole(tmp_path: Path):
    file = read(tmp_path, SOUND)
    assert file.root == "w"
    assert list(file.units) == ["w", "c", "h"]
    assert file.units["h"].attributes == {"staff": 0, "public_hospital": True}
    assert file.units["c"].attributes == {"staff": 20, "public_hospital": False}
    assert file.people["p1"] == {"name": "演示甲", "email": "jia@example.org"}
    assert file.people["p2"] == {"name": "演示乙"}
    assert [post.person for post in file.posts] == ["p1", "p2"]


def test_parents_come_before_children_wherever_they_stand_in_the_file(tmp_path: Path):
    head, rest = "units:\n", SOUND.removeprefix("units:\n")
    lines = rest.splitlines(keepends=True)
    upside_down = head + "".join(reversed(lines[:3])) + "".join(lines[3:])
    assert list(read(tmp_path, upside_down).units) == ["w", "c", "h"]


UNIT, PERSON = "  - {id: h, parent: c, ", "  - {id: p2, name: 演示乙}\n"
LAST = "  - {person: p2, unit: h, role: secretary, from: 2020-01-01}\n"


@pytest.mark.parametrize(
    ("was", "becomes", "line", "path", "reason"),
    [
        # The tree
        ("parent: w,", "parent: h,", 3, "units[1].parent", "成环"),
        ("parent: w,", "parent: c,", 3, "units[1].parent", "成环：c → c"),
        ("parent: c,", "parent: x,", 4, "units[2].parent", "没有编号为“x”的单位"),
        ("parent: c, ", "", 4, "units[2]", "只能有一个没有上级的单位；第 2 行已有“w”"),
        ("{id: w,", "{id: w, parent: c,", 1, "units", "没有根"),
        # Ids
        ("{id: h, parent: c", "{id: c, parent: w", 4, "units[2].id", "“c”已在第 3 行出现"),
        ("{id: h, parent: c", "{id: C, parent: w", 4, "units[2].id", "只有大小写不同"),
        ("{id: p2", "{id: p1", 7, "people[1].id", "“p1”已在第 6 行出现"),
        ("{id: w,", "{id: 'w w',", 2, "units[0].id", "编号只能用"),
        ("{id: w,", "{id: " + "w" * 65 + ",", 2, "units[0].id", "编号只能用"),
        ("{id: w,", "{id: 工委,", 2, "units[0].id", "编号只能用"),
        ("{id: w,", "{id: 7,", 2, "units[0].id", "应为文字"),
        ("{id: w, ", "{", 2, "units[0].id", "缺少“id”"),
        # Fields of a unit
        ("kind: work_committee", "kind: committee", 2, "units[0].kind", "未知的单位类别"),
        ("staff: 20", "staff: -1", 3, "units[1].staff", "应为 0 到 1000000000 的整数"),
        ("staff: 20", "staff: '20'", 3, "units[1].staff", "应为 0 到 1000000000 的整数"),
        ("staff: 20", "staff: true", 3, "units[1].staff", "应为 0 到 1000000000 的整数"),
        ("hospital: true", "hospital: 1", 4, "units[2].public_hospital", "应为 true 或 false"),
        ("staff: 20", "staf: 20", 3, "units[1].staf", "没有规则会读取此项"),
        ("name: 工委", "name: ''", 2, "units[0].name", "不能为空"),
        ("name: 工委", "name: ' 工委'", 2, "units[0].name", "首尾不能有空白"),
        ("name: 工委", 'name: "工\\u200b委"', 2, "units[0].name", "不可见字符"),
        ("name: 工委", 'name: "工\\0委"', 2, "units[0].name", "控制字符"),
        ("name: 工委", 'name: "\\u202e工委"', 2, "units[0].name", "不可见字符"),
        ("name: 工委", "name: " + "工" * 201, 2, "units[0].name", "超过 200 个字符"),
        # People
        ("jia@example.org", "jia", 6, "people[0].email", "不是可用的电子邮箱地址"),
        ("jia@example.org", "a..b@example.org", 6, "people[0].email", "电子邮箱"),
        ("jia@example.org", '"jia@example.org\\r\\nBcc: x"', 6, "people[0].email", "电子邮箱"),
        ("email: jia@example.org", "wecom: '甲'", 6, "people[0].wecom", "不是可用的账号"),
        ("email:", "mail:", 6, "people[0].mail", "没有规则会读取此项"),
        ("name: 演示乙", "email: b@example.org", 7, "people[1].name", "缺少“name”"),
        # Posts
        ("{person: p1", "{person: p9", 9, "posts[0].person", "没有编号为“p9”的人员"),
        ("unit: h, role: secretary, from: 2020", "unit: x, role: secretary, from: 2020",
         10, "posts[1].unit", "没有编号为“x”的单位"),
        (LAST, LAST.replace("secretary", "boss"), 10, "posts[1].role", "未知的职务“boss”"),
        ("until: 2019-12-31", "until: 2018-12-31", 9, "posts[0].until", "早于起始日"),
        ("from: 2020-01-01", "from: 2020-02-30", 10, "posts[1].from", "应为存在的日期"),
        ("from: 2020-01-01", "from: 2020-1-1", 10, "posts[1].from", "应为存在的日期"),
        ("from: 2020-01-01", "from: 2020-01-01T00:00:00Z", 10, "posts[1].from", "应为存在的日期"),
        ("from: 2020-01-01", "from: 1999-12-31", 10, "posts[1].from", "2000 年至 2100 年"),
        (", from: 2020-01-01", "", 10, "posts[1].from", "缺少“from”"),
        ("from: 2020-01-01", "from: 2019-12-31", 10, "posts[1]",
         "单位“h”同时有两位书记（见第 9 行）"),
        (LAST, LAST.replace("2020-01-01", "2019-06-01").replace("p2", "p1"), 10, "posts[1]",
         "同一人在同一单位的同一职务时间重叠（见第 9 行）"),
        (LAST, LAST + "  - {person: p2, unit: w, role: system_administrator, from: 2020-05-01}\n",
         11, "posts[2]", "管理员不得经办案件：书记与系统管理员"),
        # The document
        (PERSON, PERSON + "  - p3\n", 8, "people[2]", "应为键值对"),
        ("people:", "persons:", 5, "persons", "没有规则会读取此项"),
        ("staff: 20", "staff: 1.5", 3, "units[1].staff", "float"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_line_and_path(
    tmp_path: Path, was: str, becomes: str, line: int, path: str, reason: str
):
    assert was in SOUND
    found = faults_of(tmp_path, SOUND.replace(was, becomes, 1))
    assert any((f.line, f.path) == (line, path) and reason in f.reason for f in found), found


@pytest.mark.parametrize("other", ["security_administrator", "audit_administrator"])
def test_the_three_administrators_exclude_each_other(tmp_path: Path, other: str):
    posts = f"""\
  - {{person: p1, unit: w, role: system_administrator, from: 2020-01-01, until: 2020-06-30}}
  - {{person: p1, unit: c, role: {other}, from: 2020-06-30}}
"""
    before_posts = SOUND[: SOUND.index("  - {person: p1, unit")]
    (fault,) = faults_of(tmp_path, before_posts + posts)
    assert (fault.line, fault.path) == (10, "posts[1]")
    assert "三员互斥" in fault.reason
    read(tmp_path, before_posts + posts.replace("until: 2020-06-30", "until: 2020-06-29"))


def test_a_long_post_hides_no_overlap_behind_a_short_one(tmp_path: Path):
    short = "  - {person: p1, unit: c, role: secretary, from: 2019-02-01, until: 2019-03-01}\n"
    late = "  - {person: p1, unit: c, role: secretary, from: 2019-05-01, until: 2019-06-01}\n"
    long = "  - {person: p2, unit: c, role: secretary, from: 2019-01-01}\n"
    assert [f.line for f in faults_of(tmp_path, SOUND + long + short + late)] == [12, 13]


def test_an_acting_secretary_may_stand_beside_the_secretary_but_not_beside_another(tmp_path: Path):
    acting = "  - {person: p1, unit: h, role: acting_secretary, from: 2020-01-01}\n"
    read(tmp_path, SOUND + acting)
    (fault,) = faults_of(tmp_path, SOUND + acting + acting.replace("p1", "p2"))
    assert "同时有两位主持工作负责人" in fault.reason


def test_every_fault_is_told_at_once_in_the_order_of_the_file(tmp_path: Path):
    broken = (
        SOUND.replace("kind: work_committee", "kind: x")
        .replace("jia@example.org", "x")
        .replace("2019-12-31", "2018-12-31")
    )
    assert [fault.line for fault in faults_of(tmp_path, broken)] == [2, 6, 9]


def test_an_entry_at_fault_does_not_make_faults_of_what_names_it(tmp_path: Path):
    (fault,) = faults_of(tmp_path, SOUND.replace("kind: unit_committee", "kind: x"))
    assert fault.path == "units[2].kind"


def test_a_branch_deeper_than_an_event_can_hold_is_told_once(tmp_path: Path):
    chain = "".join(
        f"  - {{id: d{n}, parent: {f'd{n - 1}' if n else 'h'}, name: x, kind: unit_branch}}\n"
        for n in range(40)
    )
    (fault,) = faults_of(tmp_path, SOUND.replace("people:\n", chain + "people:\n"))
    assert (fault.path, fault.reason) == ("units[32].parent", "层级超过 32 层")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "empty"),
        (b"[]", "应为键值对"),
        (b"{units: 7, people: [], posts: []}", "缺少列表“units”"),
        (b"{units: [], people: [], posts: []}", "缺少列表“units”"),
        (b"units: [", "not YAML"),
        (b"[" * 100_000, "levels deep"),
        ("units: 名".encode("gbk"), "not UTF-8"),
        (SOUND.encode() + b"---\n", "another document"),
    ],
)
def test_what_is_no_organisation_file_is_refused_in_words(tmp_path: Path, text: bytes, reason: str):
    assert any(reason in fault.reason for fault in faults_of(tmp_path, text))


def test_more_values_than_memory_is_kept_for_are_refused_where_they_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A million rows of nothing are some fourteen megabytes as a file, and two gigabytes read."""
    monkeypatch.setattr(yaml_nodes, "MAX_NODES", 100)
    (fault,) = faults_of(tmp_path, "units:\n" + "- {a: b}\n" * 1_000)
    assert (fault.line, fault.reason) == (34, "not YAML: more than 100 values")


def test_a_file_that_is_not_there_is_a_fault(tmp_path: Path):
    with pytest.raises(Faults, match="cannot be read"):
        load(tmp_path / "nowhere.yaml")


@pytest.mark.parametrize(
    "name", ["\U000323b0", "\U0002ebf5", "\U00031350", "〇", "𠮷", "\U0003fffd"]
)
@pytest.mark.parametrize("old", ["第一示例医院党委", "演示甲"])
def test_a_name_may_hold_any_han_character_however_new(tmp_path: Path, old: str, name: str):
    file = read(tmp_path, SOUND.replace(old, f"张{name}"))
    names = {file.units["h"].name, file.people["p1"]["name"]}
    assert f"张{name}" in names
    assert file.warnings == ()


def test_a_private_use_character_is_taken_with_a_warning(tmp_path: Path):
    file = read(tmp_path, SOUND.replace("演示甲", "张\ue863").replace("工委", "工\U000f0001委"))
    assert file.people["p1"]["name"] == "张\ue863"
    assert [(one.line, one.path) for one in file.warnings] == [
        (2, "units[0].name"),
        (6, "people[0].name"),
    ]
    assert "U+E863" in file.warnings[1].reason


def test_a_name_is_as_long_as_it_is_kept(tmp_path: Path):
    """Its composed form may be longer than what was written."""
    (fault,) = faults_of(tmp_path, SOUND.replace("工委", "\u0958" * 150))
    assert (fault.path, "超过 200 个字符" in fault.reason) == ("units[0].name", True)


def test_bytes_that_are_no_utf8_are_named_by_their_line(tmp_path: Path):
    spoilt = SOUND.encode().replace("演示乙".encode(), "演示乙".encode("gbk"))
    (fault,) = faults_of(tmp_path, spoilt)
    assert (fault.line, "UTF-8" in fault.reason) == (7, True)
