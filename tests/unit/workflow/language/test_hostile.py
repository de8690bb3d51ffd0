"""Whatever a scheme file holds, every fault is told with its line, at once and in bounded time."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.document import Document, Fault, Faults, read_document
from services.workflow.adapters.files.yaml_nodes import compose
from services.workflow.domain.language.loading import load
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.soundness.following import check_followed
from tests.texts import faults_in
from tests.unit.workflow.language.examples import EXAMPLES, NOTICE, tree
from tests.unit.workflow.language.test_schema import SHIPPED

LABORATORY = (EXAMPLES / "laboratory-safety.yaml").read_text()


def faults(*changes: tuple[str, str]) -> list[Fault]:
    text = LABORATORY
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    found = faults_in(text, "f")
    assert [fault for fault in found if not fault.line] == []
    return found


def told(*changes: tuple[str, str]) -> list[str]:
    return [f"{fault.path}: {fault.reason}" for fault in faults(*changes)]


def rows(count: int) -> tuple[str, str]:
    names = (f"r_{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(count))
    return (
        "    rows:\n",
        "    rows:\n" + "".join(f"      - {{name: {one}, label: x}}\n" for one in names),
    )


def test_two_hundred_rows_are_the_most():
    assert told(rows(196)) == []  # four are there already
    assert told(rows(197)) == ["documents.checklist.rows: at most 200 are possible"]


def test_a_mapping_where_order_would_count_is_refused():
    """Canonical bytes sort keys: the order would be lost."""
    found = told(
        (
            "    states:\n      - name: awaited\n",
            "    states:\n      awaited:\n        name: awaited\n",
        )
    )
    assert any("not YAML" in one or "a list is expected" in one for one in found)
    plain = "flags:\n  - {name: grave_hazard, label: 重大隐患}\n  - {name: exemplary"
    assert "flags: a list is expected" in told(
        (plain, "flags:\n  first: {name: grave_hazard, label: x}\n  second: {name: exemplary")
    )


def test_names_that_collide_are_told_at_the_later_place():
    again = (
        "    laboratory: {unit: own}\n",
        "    laboratory: {unit: own}\n    keepers: {unit: own}\n",
    )
    assert any("parties.people.keepers" in one for one in told(again))
    twice = (
        "  hazard_proof:\n",
        "  checklist: {label: x, parts: [{name: a, label: x}]}\n  hazard_proof:\n",
    )
    assert "documents.checklist: the key checklist is repeated" in told(twice)
    state = ("      - name: putting_right\n", "      - name: awaited\n")
    assert "cases.inspection.states[2].name: awaited is repeated" in told(state)


def test_a_name_of_the_language_or_of_a_stream_is_none_of_a_scheme():
    for word in ("grade", "final", "organisation", "text"):
        kind = ("  hazard:\n    label: 隐患\n", f"  {word}:\n    label: 隐患\n")
        assert any(one.startswith(f"cases.{word}: a name has") for one in told(kind)), word
    assert any("opened" in one for one in told(("- name: awaited", "- name: opened")))


def test_days_that_contradict_are_told():
    def change(made: Any) -> None:
        made["round"] |= {"opens": "2020-03-01", "ends": "2020-01-01"}

    made = tree()
    change(made)
    found = scheme_faults(made)
    assert any(path == "round.ends" for path, _ in found), found[:3]
    assert any("before the round opens" in reason for _, reason in found)


def test_cases_that_wait_for_each_other_are_told():
    made = tree()
    guard = {"name": "reached", "link": "meeting", "state": "held"}  # held only after all comments
    made["cases"]["review"]["triggers"]["comment"]["guards"] = [guard]
    assert any("waits for ever" in reason for _, reason in scheme_faults(made))


def scheme_faults(made: Any) -> list[tuple[str, str]]:
    text = yaml.safe_dump(made, allow_unicode=True, sort_keys=False)
    return [(fault.path, fault.reason) for fault in faults_in(text, "f")]


def test_a_file_with_faults_of_every_sort_tells_them_all():
    found = told(
        ("format: 2", "format: 2\nnothing: 1"),
        ("time_zone: Asia/Shanghai", "time_zone: Asia/Nowhere"),
        ("severity, label: 等级, choice", "severity, label: 等级, choise"),
        ("four_eyes: give_evidence", "four_eyes: give_proof"),
        ("max_backdating_days: 5", "max_backdating_days: 0.5"),
        ("party: laboratory, roles: [laboratory_head]", "party: lab, roles: [laboratory_head]"),
    )
    for part in ("nothing", "time_zone", "choise", "four_eyes", "max_backdating_days", "party"):
        assert any(part in one for one in found), (part, found)


def test_a_folder_of_time_zones_is_none():
    (fault,) = told(("time_zone: Asia/Shanghai", "time_zone: Asia"))
    assert fault == "time_zone: unknown time zone Asia"


def many(count: int, line: str) -> str:
    return "".join(line.format(n=n) for n in range(count))


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "text",
    [
        LABORATORY + many(1_000_000, "# row {n}\n"),
        LABORATORY.replace(
            "    rows:\n", "    rows:\n" + many(8_000, "      - {{name: r, label: x}}\n")
        ),
        LABORATORY + many(20_000, "k{n}: 1\n"),
        "[" * 100_000,
        "\n".join(
            [
                "format: 2",
                "a0: &a0 [x, x]",
                *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 20)),
            ]
        ),
    ],
    ids=["a million rows", "thousands of faults", "thousands of keys", "depth", "aliases"],
)
def test_a_file_of_any_size_is_refused_in_bounded_time(text: str):
    assert faults_in(text, "f")


@pytest.mark.timeout(60)
def test_a_small_file_that_says_very_much_is_refused_before_it_is_walked():
    name = [f"{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(100)]
    states = [
        {"name": f"s{one}", "label": "x", "desk": {"party": "of.laboratory", "roles": ["r"]}}
        for one in name[:50]
    ]
    triggers = {
        f"t{one}": {
            "label": "x",
            "from": "open_states",
            "to": f"s{name[0]}",
            "by": [{"cause": True}],
        }
        for one in name
    }
    tiers = {one: {"label": "x", "kinds": {f"u{one}": {}}} for one in name[:10]}
    kind = {
        "label": "x",
        "many_for": "review",
        "initial": f"s{name[0]}",
        "states": states,
        "triggers": triggers,
        "tiers": tiers,
    }
    made = tree()
    made["cases"]["swarm"] = kind
    (fault,) = scheme_faults(made)
    assert fault == ("cases", "over all tiers, at most 20000 moves are possible")


@pytest.mark.parametrize(
    "given", ["", "format: 3\n", "format: true\n", 'format: "2"\n', "format: 2.0\n"]
)
def test_of_a_file_of_no_known_format_nothing_but_that_is_told(given: str):
    text = LABORATORY.replace("format: 2\n", given, 1)
    (fault,) = faults_in(text, "f")
    assert (fault.path, bool(fault.line)) == ("format", True)
    for document in ("[1, 2]", "x"):
        (fault,) = faults_in(document, "f")
        assert (fault.line, fault.path) == (1, "")


# --- Schemes that follow each other ---

CARRY = {
    "case": "item",
    "in": ["open", "reported"],
    "ends": "carried",
    "as": "item",
    "columns": {"problem": "problem"},
}


def following(
    name: str, before: str, change: Callable[[dict[str, Any]], object] | None = None
) -> Scheme:
    made = tree()
    carry = dict(CARRY)
    if change:
        change(carry)
    made |= {"id": name, "follows": {"scheme": before, "carries": [carry]}}
    return load(Document(made, "f"))


def noted(scheme: Scheme, *others: Scheme) -> list[str]:
    found: list[str] = []
    known = {one.id: one for one in others}
    check_followed(scheme, known.get, lambda at, reason: found.append(f"{at[-1]}: {reason}"))
    return found


def first() -> Scheme:
    return load(Document(tree() | {"id": "first"}, "f"))


def test_a_scheme_fits_the_one_it_follows():
    assert noted(following("second", "first"), first()) == []


def test_a_scheme_that_is_not_there_cannot_be_followed():
    assert noted(following("second", "first")) == ["scheme: there is no scheme first to follow"]


def test_schemes_that_follow_each_other_in_a_ring_are_told():
    one, two, three = following("a", "c"), following("b", "a"), following("c", "b")
    assert "scheme: the schemes follow each other in a ring: a → c → b → a" in noted(
        one, two, three
    )


MISFITS = [
    ({"case": "thing"}, "case: unknown kind of case thing"),
    ({"in": ["verified"]}, "in: verified is an end"),
    ({"ends": "verified"}, "ends: verified is no end of item that says carried"),
    ({"columns": {"problem": "thing"}}, "problem: unknown column of the scheme before thing"),
    ({"columns": {"problem": "due"}}, "problem: problem is of another type than due was"),
]


@pytest.mark.parametrize(("carried", "reason"), MISFITS)
def test_what_is_carried_over_fits_on_both_sides(carried: dict[str, Any], reason: str):
    scheme = following("second", "first", lambda one: one.update(carried))
    assert any(one.startswith(reason) for one in noted(scheme, first())), noted(scheme, first())


def mappings(value: Any, at: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every mapping in *value*, with its path as faults tell it."""
    if isinstance(value, dict):
        yield at, value
        for key, below in list(value.items()):
            yield from mappings(below, f"{at}.{key}" if at else key)
    if isinstance(value, list):
        for index, below in enumerate(value):
            yield from mappings(below, f"{at}[{index}]")


@pytest.mark.parametrize("file", [*SHIPPED, NOTICE], ids=lambda file: file.stem)
def test_a_key_that_nothing_reads_is_refused_in_every_mapping_of_a_scheme(file: Path):
    made = read_document(file.read_text(), compose).tree
    places = list(mappings(made))
    for at, mapping in places:  # a text might be asked of a unit: that is known by its vocabulary
        mapping["unread"] = 1 if at.endswith("no_point") or "where" in at else "unread"
    with pytest.raises(Faults) as broken:
        load(Document(made, "f"))
    told = [fault.path for fault in broken.value.faults]
    wanted = [f"{at}.unread" if at else "unread" for at, _ in places]
    assert [one for one in wanted if not any(path.startswith(one) for path in told)] == []
