"""A rung says what its policy gives it, in whatever language is read; what it must say stands."""

from datetime import date
from typing import Any

import pytest

from schemas.canonical import parse_strict
from schemas.document import Document
from schemas.policy import Policy
from schemas.policy_reading import read_policy
from services.notifier.adapters.database import SqlStore
from services.notifier.domain.errors import TemporaryFailure
from services.notifier.domain.words import words_of
from services.notifier.simulating import Watched
from tests.contract.notifier.test_simulating import Change, simulated, simulator
from tests.contract.notifier.town import Town
from tests.unit.notifier.world import SHIPPED, at
from tests.unit.schemas.test_own_texts import OWN

DUTY = "不能退订"


def saying(rung: int = 0, *, asks: bool = False) -> Policy:
    """Return the shipped policy, one rung of it in words of its own, each mail by itself."""
    tree: dict[str, Any] = parse_strict(SHIPPED.canonical)
    for word in ("digest", "windows", "quiet", "arrival", "choices"):
        del tree[word]
    tree["tracks"][0]["rungs"][rung]["text"] = OWN
    if asks:
        tree["tracks"][0]["rungs"][rung]["acknowledgement"] = True
    return read_policy(Document(tree))


def in_town(store: SqlStore, policy: Policy) -> Town:
    town = Town(store)
    town.policy = policy
    town.restart()
    town.log.organise()
    town.log.open()
    return town


@pytest.fixture
def told(store: SqlStore) -> Town:
    town = in_town(store, saying())
    town.run(at(1, 8, 10))
    return town


def test_it_says_so_by_mail_and_in_the_inbox(told: Town) -> None:
    (mail,) = told.mail.sent
    (text,) = told.workflow.texts()
    assert mail.subject == "2019-C-0001 该交了"
    for one in (mail.text, text):
        assert one.startswith("示例ws同志：\n")
        assert "还有 2 个工作日" in one


def test_how_to_get_there_and_that_it_is_a_duty_stand_below_it(told: Town) -> None:
    (mail,) = told.mail.sent
    assert "\n办理页面：https://shuping.example.org/cases/" in mail.text
    assert mail.text.count(DUTY) == 1


def test_that_it_is_to_be_acknowledged_stands_below_it_too(store: SqlStore) -> None:
    town = in_town(store, saying(asks=True))
    town.run(at(1, 8, 10))
    (mail,) = town.mail.sent
    assert "请在收件箱里确认这条通知" in mail.text


def test_every_other_rung_says_what_its_kind_says(told: Town) -> None:
    told.run(at(1, 10, 10))
    assert told.mail.sent[-1].subject.startswith("【述职评议提醒】")


def test_whoever_reads_english_has_the_english_text(store: SqlStore) -> None:
    town = in_town(store, saying())
    town.workflow.languages["ws"] = "en"
    town.run(at(1, 8, 10))
    (mail,) = town.mail.sent
    assert mail.subject == "2019-C-0001 is due"
    assert "Where to do it: https://shuping.example.org/cases/" in mail.text


def test_the_words_are_kept_by_digest_and_the_text_by_the_hash_of_its_policy(told: Town) -> None:
    (mail,) = told.mail.sent
    (one,) = [one for one in told.notices() if one.channel == "email"]
    assert one.words is not None
    assert one.words == words_of(mail.subject, mail.text, bytes.fromhex(one.words.salt))
    assert one.policy == saying().hash != SHIPPED.hash


def test_what_a_person_is_called_is_never_read_as_a_text(store: SqlStore) -> None:
    town = in_town(store, saying())
    town.workflow.names = {"ws": "$number {{7*7}}\r\nBcc: x@example.org"}
    town.run(at(1, 8, 10))
    (mail,) = town.mail.sent
    assert mail.text.startswith("$number {{7*7}}  Bcc: x@example.org同志：\n")


def test_it_is_read_beforehand_with_a_real_case(store: SqlStore) -> None:
    town = in_town(store, saying())
    town.run(at(1, 7, 10))
    (foretold,) = [one for one in simulated(town) if (one.rung, one.channel) == ("before", "email")]
    watched = Watched(foretold.id)
    simulation = simulator(town)
    simulation.run(simulation.taken(), town.clock.now(), date(2020, 1, 10), Change(), watched)
    town.run(at(1, 8, 10))
    (mail,) = town.mail.sent
    own, other = watched.words
    assert (own.subject, own.text) == (mail.subject, mail.text)
    assert (other.language, other.subject) == ("en", "2019-C-0001 is due")


def test_what_leaves_late_is_in_the_words_of_the_policy_that_it_names(store: SqlStore) -> None:
    town = in_town(store, saying())
    town.mail.failures = [TemporaryFailure("smtp_451")]
    town.run(at(1, 8, 10))
    assert town.mail.sent == []
    town.policy = saying(2)
    town.restart()
    town.run(at(1, 8, 12))
    (mail,) = town.mail.sent
    (one,) = [one for one in town.notices() if one.channel == "email"]
    assert (one.status, one.policy) == ("sent", saying().hash)
    assert mail.subject == "2019-C-0001 该交了"
