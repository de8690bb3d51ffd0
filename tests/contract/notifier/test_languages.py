"""Who chose English is written to in English; everybody else in Chinese, as ever."""

from pathlib import Path
from shutil import copytree

import pytest

from services.notifier.adapters import templates
from services.notifier.adapters.database import SqlStore
from services.notifier.adapters.templates import tongues
from services.notifier.adapters.workflow import WorkflowClient
from services.notifier.application.ports import Remark, Said
from services.notifier.application.writing import Worded
from services.notifier.changing import Change
from services.notifier.domain.wording import FIELDS, Phrases
from services.notifier.domain.words import words_of
from services.notifier.simulating import Watched
from services.workflow.adapters.files import words_file
from tests.contract.notifier.test_arrivals import CASE, OFFICE, move, send_back
from tests.contract.notifier.test_letters import AFTER_LETTERS, BEFORE_LETTERS, DAILY, REVIEWS
from tests.contract.notifier.test_simulating import UNTIL, simulated, simulator
from tests.contract.notifier.town import Town
from tests.unit.notifier.world import BY_ITSELF, SCHEME, SCHEME_HASH, at

ENGLISH = words_file.read_all(None)[SCHEME]
FOLDER = Path(templates.__file__).parent


def is_chinese(text: str) -> bool:
    return any("\u4e00" <= one <= "\u9fff" for one in text)


def in_english(town: Town, *people: str) -> Town:
    town.workflow.languages = dict.fromkeys(people, "en")
    town.workflow.told_words = {SCHEME_HASH: ENGLISH}
    return town


def simulated_words(town: Town, notice: str) -> tuple[Worded, ...]:
    watched = Watched(notice)
    simulation = simulator(town)
    simulation.run(simulation.taken(), town.clock.now(), UNTIL, Change(), watched)
    return watched.words


def without_names(text: str) -> str:
    """Return *text* without what people and units are called, which is nobody's to translate."""
    for name in ("内科支部", "医院党委", "机关党委", "示例"):
        text = text.replace(name, "")
    return text


def test_a_reminder_is_in_the_language_of_who_is_reminded_by_every_channel(town: Town) -> None:
    in_english(town, "ws").run(at(1, 8, 10))
    (text,), (mail,) = town.workflow.texts(), town.mail.sent
    assert not is_chinese(without_names(text + mail.subject + mail.text))
    assert mail.subject == (
        "[Appraisal of a secretary: reminder] 2019-C-0001 Drafting:"
        " due 2020-01-10, 2 working days left"
    )
    what = "The Appraisal of a secretary (2019-C-0001) of 示例ws (内科支部, Secretary)"
    assert text.splitlines() == [
        "示例ws:",
        "",
        f"{what} stands at “Drafting”.",
        "",
        "Why you: this is with you now (内科支部, Secretary).",
        "Why now: due 2020-01-10, 2 working days left.",
        "What to do: Submit the report.",
        "If nothing is done: you are reminded again on 2020-01-10 at 09:41.",
        "",
        "Where to do it: https://shuping.example.org/cases/" + CASE.partition("/")[2],
    ]
    assert "no way to unsubscribe" in mail.text


def test_two_who_are_told_of_one_case_are_told_each_in_their_own_language(town: Town) -> None:
    in_english(town, "hs").run(at(1, 9, 8))
    for day in (10, 13, 14):
        town.run(at(1, day, 10))
    by_person = {one.name: one for one in town.mail.sent}
    assert "working day overdue" in by_person["示例hs"].text
    assert "Appraisal of a secretary: overdue" in by_person["示例hs"].subject
    assert is_chinese(without_names(by_person["示例ws"].text))


def test_what_the_log_says_of_the_words_is_of_those_that_left(town: Town) -> None:
    in_english(town, "ws").run(at(1, 8, 10))
    (mail,) = town.mail.sent
    (notice,) = [one for one in town.notices() if one.channel == "email"]
    assert notice.words is not None
    assert notice.words == words_of(mail.subject, mail.text, bytes.fromhex(notice.words.salt))
    assert town.workflow.recorded[notice.id]["wordshash"] == notice.words.digest


def test_a_letter_of_a_day_is_in_one_language(store: SqlStore) -> None:
    town = Town(store)
    town.policy = DAILY
    town.restart()
    town.log.organise()
    for review in REVIEWS:
        town.log.open(review)
    in_english(town, "ws").run(BEFORE_LETTERS)
    town.run(AFTER_LETTERS)
    (letter,) = town.mail.sent
    assert letter.subject == "[Appraisal of a secretary] Today's notices, 2020-01-08: 5"
    assert letter.text.count("Reminders: Appraisal of a secretary “Drafting”") == 1
    assert letter.text.count("2 working days left. Submit the report.") == 5
    assert not is_chinese(without_names(letter.text))


def test_what_was_said_with_a_return_stands_in_an_english_letter_as_it_was_said(
    store: SqlStore,
) -> None:
    town = Town(store)
    town.policy = BY_ITSELF
    town.restart()
    town.log.organise()
    town.log.open()
    remark = Remark(text="请补充数字", part="述职报告", paragraph=3)
    town.workflow.said_of = {CASE: Said(remarks=(remark,), more=2)}
    in_english(town, "ws")
    move(town, "unit_audit", at(1, 8, 8, 2), OFFICE, actor="ws")
    send_back(town, at(1, 8, 8, 4))
    town.run(at(1, 8, 8, 30))
    (mail,) = [one for one in town.mail.sent if "ws@" in one.address]
    assert "Why now: sent back to you (2020-01-08 08:04, 示例ho (医院党委, Office): " in mail.text
    assert "Return by the unit committee" in mail.text
    assert f"· {ENGLISH['述职报告']}, paragraph 3: 请补充数字" in mail.text
    assert "and 2 more" in mail.text


@pytest.mark.parametrize("away", [True, False])
def test_words_that_cannot_be_had_are_the_schemes_own_and_hold_no_letter_back(
    town: Town, *, away: bool
) -> None:
    """As of a workflow of the release before, or a scheme without a catalogue."""
    town.workflow.languages, town.workflow.words_away = {"ws": "en"}, away
    town.run(at(1, 8, 10))
    (mail,) = town.mail.sent
    assert "stands at “起草”" in mail.text
    assert "Why now: due 2020-01-10" in mail.text


def test_the_words_that_are_foretold_come_in_both_languages(town: Town) -> None:
    in_english(town, "ws").run(at(1, 8, 8))
    line = next(one for one in simulated(town) if one.channel == "email")
    watched = simulated_words(town, line.id)
    assert [one.language for one in watched] == ["en", "zh"]
    town.run(at(1, 8, 10))
    (mail,) = town.mail.sent
    assert (watched[0].subject, watched[0].text) == (mail.subject, mail.text)
    assert "【述职评议提醒】" in watched[1].subject
    town.workflow.languages.clear()
    assert [one.language for one in simulated_words(town, simulated(town)[0].id)] == ["zh", "en"]


def test_a_language_nobody_writes_in_is_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    client = WorkflowClient("http://localhost:1", "-")
    items = [
        {"id": "a", "name": "甲", "email": "a@example.org", "language": "en"},
        {"id": "b", "name": "乙", "language": "fr"},
        {"id": "c", "name": "丙", "wecom": "c"},
    ]
    monkeypatch.setattr(client, "_call", lambda *_: {"items": items})
    found = client.people(["a", "b", "c"])
    assert {one.id: one.language for one in found.values()} == {"a": "en", "b": "zh", "c": "zh"}
    assert found["a"].addresses == {"email": "a@example.org"}


@pytest.mark.parametrize(
    ("file", "was", "is_now"),
    [
        ("en/reminder.txt", "$why_now", "$why_nao"),
        ("zh/urge.txt", "${about}", "${about"),
        ("en/phrases.toml", 'and = ", "', ""),
        ("zh/phrases.toml", 'and = "、"', 'and = "、${"'),
        ("en/phrases.toml", 'over_one = "', 'overs_one = "'),
        ("zh/phrases.toml", "${days}", "${day_s}"),
    ],
)
def test_who_edits_a_text_is_told_what_is_wrong_before_anything_leaves(
    tmp_path: Path, file: str, was: str, is_now: str
) -> None:
    folder = copytree(FOLDER, tmp_path / "templates")
    assert tongues(folder).keys() == {"zh", "en"}
    text = (folder / file).read_text(encoding="utf-8")
    assert was in text
    (folder / file).write_text(text.replace(was, is_now), encoding="utf-8")
    with pytest.raises(ValueError, match=r"template|phrase"):
        tongues(folder)


def test_a_phrase_that_names_what_is_filled_elsewhere_keeps_no_letter_back() -> None:
    assert Phrases({"over": "${days} of ${desk}"}).say("over", days=3) == "3 of ${desk}"


def test_a_name_that_looks_like_a_field_stays_a_name_in_either_language(town: Town) -> None:
    for told in tongues().values():
        fields = dict.fromkeys(FIELDS, "$link ${name} {{7*7}}\nBcc: x")
        subject, _ = told.templates.render("reminder", fields)
        assert "\n" not in subject
        assert "$link ${name} {{7*7}} Bcc: x" in subject
