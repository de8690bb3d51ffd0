"""What English pages say for the words of schemes: beside them, and never part of them."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from deploy.demo.next_round import rules_of_next
from schemas.document import Faults
from services.workflow import schemes
from services.workflow.adapters.files import scheme_file, words_file
from services.workflow.application.in_other_words import Catalogues, RulebookInOtherWords, said_for
from services.workflow.domain.language.loading import in_other_words, words_below, words_of
from services.workflow.domain.language.model.documents import Choice
from services.workflow.domain.language.model.scheme import Scheme

FOLDER = Path(schemes.__file__).parent
FILES = [
    "jilin-health-2019.yaml",
    "earlier/jilin-health-2019.yaml",
    "examples/change-approval.yaml",
    "examples/laboratory-safety.yaml",
]


def scheme(file: str) -> Scheme:
    return scheme_file.load((FOLDER / file).read_text(encoding="utf-8"), file)


@pytest.mark.parametrize("file", FILES)
def test_every_shipped_scheme_has_english_for_all_it_says_but_its_notices_number(file: str):
    own = scheme(file)
    told = words_file.read_all(None)[own.id]
    assert [word for word in words_of(own) if word not in told] == [own.notice]


def test_every_scheme_that_is_shipped_is_held_to_have_english():
    found = {str(one.relative_to(FOLDER)) for one in FOLDER.rglob("*.yaml")}
    others = {one for one in found if one.startswith("english/") or one.count(".") > 1}
    assert found - others == {*FILES}


def test_the_rules_of_the_year_after_are_in_english_by_those_they_follow():
    own = scheme_file.load(rules_of_next(), "next.yaml")
    told = said_for(own, words_file.read_all(None))
    assert [word for word in words_of(own) if word not in told] == [own.notice]
    shown_as = rulebook_of(own, words_file.read_all(None), []).scheme("")
    assert [word for word in shown(shown_as) if not word.isascii()] == []


def rules_of_the_third_year() -> Scheme:
    text = rules_of_next().replace("{scheme: jilin-health-2019", "{scheme: jilin-health-2020")
    return scheme_file.load(
        text.replace("id: jilin-health-2020", "id: jilin-health-2021"), "3.yaml"
    )


def test_the_rules_of_the_third_year_are_in_english_by_those_of_the_first():
    own = rules_of_the_third_year()
    assert (own.id, own.follows and own.follows.scheme) == (
        "jilin-health-2021",
        "jilin-health-2020",
    )
    shown_as = rulebook_of(own, words_file.read_all(None), []).scheme("")
    assert [word for word in shown(shown_as) if not word.isascii()] == []


def test_of_each_word_the_nearest_along_the_line_of_catalogues_is_said(tmp_path: Path):
    for id_, more in (("a", "follows: c\n"), ("b", "follows: a\n"), ("c", "follows: b\n")):
        text = f"scheme: {id_}\n{more}words: {{{id_}: of {id_}, all: of {id_}}}\n"
        (tmp_path / f"{id_}.yaml").write_text(text, encoding="utf-8")
    told = words_file.read_all(tmp_path)
    assert told["c"] == {"a": "of a", "b": "of b", "c": "of c", "all": "of c"}


def test_a_catalogue_that_follows_no_name_is_refused():
    with pytest.raises(Faults, match="follows"):
        words_file.read("scheme: a\nfollows: [b]\nwords: {}\n", "a.yaml")


def test_a_word_is_called_the_same_whoever_asked_for_its_scheme_before():
    own, said = scheme_file.load(rules_of_next(), "next.yaml"), {"jilin-health-2019": {"起草": "D"}}
    first, second = (rulebook_of(own, said, []) for _ in range(2))
    second.scheme("")
    assert first.word(own.id, "起草") == second.word(own.id, "起草") == "D"


def test_what_was_recorded_under_rules_that_follow_others_is_told_in_their_words():
    own = scheme_file.load(rules_of_next(), "next.yaml")
    rulebook = rulebook_of(
        own, {"jilin-health-2019": {"起草": "Drafting"}, own.id: {"评": "E"}}, []
    )
    rulebook.scheme("")
    assert [rulebook.word(own.id, word) for word in ("起草", "评", "别的")] == [
        "Drafting",
        "E",
        "别的",
    ]


@pytest.mark.parametrize("file", FILES)
def test_in_other_words_a_scheme_is_the_same(file: str):
    own = scheme(file)
    other = in_other_words(own, words_file.read_all(None)[own.id])
    assert (other.hash, other.canonical, other.id) == (own.hash, own.canonical, own.id)
    assert [word for word in shown(other) if not word.isascii()] == []
    assert [(kind.name, life.tier) for kind, life in other.lives()] == [
        (kind.name, life.tier) for kind, life in own.lives()
    ]
    for (_, there), (_, here) in zip(other.lives(), own.lives(), strict=True):
        assert [*there.states] == [*here.states]
        assert [(one.name, one.sources, one.to) for one in there.triggers.values()] == [
            (one.name, one.sources, one.to) for one in here.triggers.values()
        ]


def shown(one: Scheme) -> list[str]:
    lives = [life for _, life in one.lives()]
    labels = [state.label for life in lives for state in life.states.values()]
    labels += [trigger.label for life in lives for trigger in life.triggers.values()]
    labels += [kind.label for kind in one.kinds.values()]
    return [*labels, *(document.label for document in one.documents.values())]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("scheme: s\nwords: {起草: Drafting}\nmore: 1\n", ""),
        ("scheme: 1\nwords: {起草: Drafting}\n", "scheme"),
        ("scheme: s\nwords: 起草\n", "words"),
        ("scheme: s\nwords: {起草: 1}\n", "words.起草"),
        ('scheme: s\nwords: {起草: ""}\n', "words.起草"),
        (f"scheme: s\nwords: {{起草: {'x' * 1001}}}\n", "words.起草"),
        ("- a\n", ""),
    ],
)
def test_what_is_no_catalogue_is_said_where(text: str, where: str):
    with pytest.raises(Faults) as broken:
        words_file.read(text, "w.yaml")
    assert [fault.path for fault in broken.value.faults] == [where]


def test_ones_own_catalogues_stand_before_those_that_are_shipped(tmp_path: Path):
    (tmp_path / "mine.yaml").write_text("scheme: change-approval\nwords: {准备: Getting ready}\n")
    found = words_file.read_all(tmp_path)
    assert found["change-approval"] == {"准备": "Getting ready"}
    assert found["laboratory-safety"]
    with pytest.raises(Faults):
        words_file.read_all(tmp_path / "none")


def rulebook_of(own: Scheme, said: Catalogues, told: list[Any]) -> RulebookInOtherWords:
    return RulebookInOtherWords(
        SimpleNamespace(scheme=lambda _: own, schemes=lambda: [own]),  # type: ignore[arg-type]
        said,
        lambda one, words: told.append((one, words)),
    )


def test_a_word_that_would_make_a_scheme_none_stands_and_is_told_by_name_once():
    own, told = scheme("examples/change-approval.yaml"), list[Any]()
    said = {**words_file.read_all(None)[own.id], "变更审批": "x" * 101}
    rulebook = rulebook_of(own, {own.id: said}, told)
    shown_ = [rulebook.scheme(own.hash) for _ in range(2)]
    assert shown_[0] is shown_[1]
    assert [word for word in shown(shown_[0]) if not word.isascii()] == []
    assert shown_[0].words["product"] == "变更审批"
    assert shown_[0].hash == own.hash
    ((which, words),) = told
    assert which is own
    assert [*words] == ["变更审批"]
    assert all("at most 100 characters" in str(one.told("en")) for one in words["变更审批"])
    assert rulebook.word(own.id, "变更审批") == "变更审批"
    assert rulebook.word(own.id, "准备") == said["准备"]


def test_two_states_that_would_be_called_alike_keep_their_names_and_the_rest_is_said():
    own, told = scheme("examples/change-approval.yaml"), list[Any]()
    _, life = next(own.lives())
    first, second, *others = life.states.values()
    said = {**words_file.read_all(None)[own.id], first.label: "Same", second.label: "Same"}
    (_, there), *_ = rulebook_of(own, {own.id: said}, told).scheme(own.hash).lives()
    labels = [one.label for one in there.states.values()]
    assert labels[2:] == [said[one.label] for one in others]


def points(one: Scheme) -> list[str]:
    documents = one.documents.values()
    return [point for each in documents for area in each.content_areas for point in area.points]


def test_a_point_is_said_at_the_length_that_schemes_allow():
    own, said = scheme("jilin-health-2019.yaml"), "x" * 1_000
    document = words_file.read(f"scheme: {own.id}\nwords: {{{points(own)[0]}: {said}}}\n", "w.yaml")
    assert points(in_other_words(own, words_file.catalogue(document)[1]))[0] == said


def test_a_word_of_two_meanings_is_said_as_what_it_stands_below_means():
    own = scheme("jilin-health-2019.yaml")
    other = in_other_words(own, words_file.read_all(None)[own.id])
    grades = [one.label for one in other.gradings["person"].grades]
    assert grades == ["Good", "Fair", "Average", "Poor"]
    columns = {one.name: one.type for one in other.documents["visit_report"].columns}
    severity = columns["severity"]
    assert isinstance(severity, Choice)
    assert [one.label for one in severity.options] == ["Minor", "Notable", "Grave"]
    (life,) = other.kinds["interview"].lives
    assert life.states["withdrawn"].label == "Withdrawn"
    assert life.triggers["withdraw"].label == "Withdraw"


@pytest.mark.parametrize("file", FILES)
def test_nothing_that_is_done_is_called_in_english_as_the_state_it_leads_to(file: str):
    own = scheme(file)
    other = in_other_words(own, words_file.read_all(None)[own.id])
    alike = {
        trigger.label
        for _, life in other.lives()
        for trigger in life.triggers.values()
        if trigger.label in {state.label for state in life.states.values()}
    }
    assert alike == set()


def test_nothing_is_said_for_a_word_below_a_name_that_it_does_not_stand_under():
    told = words_file.read_all(None)
    for id_, files in (
        ("jilin-health-2019", FILES[:2]),
        ("change-approval", FILES[2:3]),
        ("laboratory-safety", FILES[3:]),
    ):
        known = {word for file in files for word in words_below(scheme(file))}
        assert {word for word in told[id_] if "/" in word} <= known


def test_a_word_below_a_name_that_makes_a_scheme_none_stands_as_it_was():
    own, told = scheme("examples/change-approval.yaml"), list[Any]()
    said = {**words_file.read_all(None)[own.id], "triggers/放弃": "x" * 101}
    (_, life), *_ = rulebook_of(own, {own.id: said}, told).scheme(own.hash).lives()
    assert [one.label for one in (life.triggers["give_up"], life.states["given_up"])] == [
        "Given up",
        "Given up",
    ]
    ((_, words),) = told
    assert [*words] == ["triggers/放弃"]
