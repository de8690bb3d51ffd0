"""What a rung says in words of its own: both languages, known facts, and which case it is."""

from copy import deepcopy

import pytest
import yaml

from schemas.document import Faults, read_document
from schemas.policy import OwnText, Policy
from schemas.policy_reading import read_new_policy
from schemas.text_reading import FACTS
from services.notifier.domain.wording import FIELDS
from services.workflow import schemes
from services.workflow.adapters.files.yaml_nodes import compose

TEXT = schemes.policy("jilin-health-2019").decode()
OWN = {
    "zh": {"subject": "$number 该交了", "lines": ["$name同志：", "$about的$case，$why_now。"]},
    "en": {"subject": "$number is due", "lines": ["$name:", "The $case of $about: $why_now."]},
}


def read(text: object, rung: int = 0) -> Policy:
    tree = yaml.safe_load(TEXT)
    tree["tracks"][0]["rungs"][rung]["text"] = text
    return read_new_policy(read_document(yaml.safe_dump(tree, allow_unicode=True), compose))


def faults(text: object) -> list[str]:
    with pytest.raises(Faults) as caught:
        read(text)
    return [
        f"{one.path.removeprefix('tracks[0].rungs[0].text')}: {one.reason}"
        for one in caught.value.faults
    ]


def changed(language: str, **others: object) -> dict[str, object]:
    return {**OWN, language: {**OWN[language], **others}}


def test_a_rung_says_in_both_languages_what_its_policy_gives_it() -> None:
    first, second, *_ = read(OWN).tracks[0].rungs
    assert first.text("en") == OwnText(
        language="en",
        subject="$number is due",
        lines=("$name:", "The $case of $about: $why_now."),
    )
    assert (first.text("fr"), second.text("zh")) == (None, None)


def test_each_time_of_a_rung_that_is_repeated_says_the_same() -> None:
    last = read(OWN, rung=3).tracks[0].rungs[3:]
    assert len(last) > 1
    assert {one.texts for one in last} == {last[0].texts}
    assert last[0].texts


def test_what_is_told_at_once_may_have_its_own_words_too() -> None:
    tree = yaml.safe_load(TEXT)
    tree["arrival"]["text"] = OWN
    tree["tracks"][0]["late_start"]["text"] = deepcopy(OWN)
    policy = read_new_policy(read_document(yaml.safe_dump(tree, allow_unicode=True), compose))
    (track,) = policy.tracks
    assert policy.arrival is not None
    assert track.late_start is not None
    assert policy.arrival.text("zh") == track.late_start.text("zh") is not None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ({"zh": OWN["zh"]}, ".en: "),
        ({**OWN, "fr": OWN["en"]}, ".fr: "),
        (changed("en", subject="two\nlines of $number"), ".en.subject: "),
        (changed("en", subject="$number " + "x" * 200), ".en.subject: "),
        (changed("en", lines=[]), ".en.lines: from one line"),
        (changed("en", lines=[f"{nth}" for nth in range(31)]), ".en.lines: from one line"),
        (changed("en", lines=["$number", "x" * 999, "x" * 995]), ".en.lines: at most 2000"),
        (changed("en", lines=["$number " * 31]), ".en.lines: at most 30 facts"),
        (changed("en", lines=["one\nand another"]), ".en.lines[0]: "),
        (changed("en", lines=["a $password"]), ".en.lines[0]: unknown fact password"),
        (changed("en", lines=["$Number"]), ".en.lines[0]: unknown fact Number"),
        (changed("en", lines=["$link"]), ".en.lines[0]: unknown fact link"),
        (changed("en", lines=["5 $ each"]), ".en.lines[0]: after $"),
        (changed("en", lines=["${name.__class__}"]), ".en.lines[0]: after $"),
        (changed("zh", lines=["请付 $编号"]), ".zh.lines[0]: after $"),
        (changed("zh", subject="该交了"), ".zh: does not say which case"),
        (changed("zh", body="$number"), ".zh.body: "),
        ("该交了", ": "),
    ],
)
def test_each_fault_of_a_text_is_named_with_its_path(text: object, fault: str) -> None:
    assert any(one.startswith(fault) for one in faults(text)), faults(text)


def test_all_faults_of_both_languages_are_told_at_once() -> None:
    both = {language: {"subject": "$no", "lines": ["$nobody"]} for language in ("zh", "en")}
    assert len(faults(both)) == 6


def test_a_dollar_is_written_twice() -> None:
    text = changed("en", lines=["$$5 for $number"])
    assert read(text).tracks[0].rungs[0].text("en") is not None


def test_what_a_text_may_name_is_filled_for_every_notice() -> None:
    assert {*FACTS} <= FIELDS


def test_of_a_text_that_cannot_be_read_it_is_not_said_what_it_lacks() -> None:
    (fault,) = faults(changed("en", subject="${number!r}", lines=["."]))
    assert fault.startswith(".en.subject: after $")
