"""What an English page is made of: nothing that is built anew over English words records."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import pytest

from services.workflow.application.envelopes import Sealer
from services.workflow.application.exports import Exports
from services.workflow.application.in_other_words import RulebookInOtherWords
from services.workflow.bootstrap.in_english import InEnglish
from services.workflow.domain.refusals import Blocker, NotAllowed
from tests.end_to_end.pages.site import OFFICE, Site
from tests.unit.workflow.web.visitor import Visitor

ASKED_ALONE = {"looking"}  # it could fire: it is asked what is possible, and nothing else


def names() -> Iterator[str]:
    for one in InEnglish.__mro__:
        yield from (name for name, part in vars(one).items() if isinstance(part, cached_property))


def held(part: object) -> Iterator[Any]:
    yield from vars(part).values() if hasattr(part, "__dict__") else ()
    for one in type(part).__mro__:
        for name in getattr(one, "__slots__", ()):
            yield getattr(part, name, None)


def within(part: object, shared: dict[int, object]) -> Iterator[object]:
    """Yield what *part* is made of, down to what both worlds share: that records by its own."""
    found, waiting = {id(part)}, [part]
    while waiting:
        for one in held(waiting.pop()):
            ours = type(one).__module__.startswith("services.")
            if ours and id(one) not in found:
                found.add(id(one))
                yield one
                if id(one) not in shared:
                    waiting.append(one)


def both(site: Site) -> tuple[dict[str, object], dict[str, object], dict[int, object]]:
    """Return the parts by name of either world, and by identity those that are one for both."""
    found = dict.fromkeys(names())
    outside = {"sequencer", "key", "outside"}  # need what only a server has
    own = {name: getattr(site.parts, name) for name in found if name not in outside}
    english = InEnglish(site.parts)
    other = {name: getattr(english, name) for name in own}
    return own, other, {id(one): one for name, one in own.items() if other[name] is one}


def test_no_part_that_records_is_built_anew_over_english_words(site: Site) -> None:
    _, english, shared = both(site)
    recording = {}
    for name, part in english.items():
        if id(part) not in shared:
            made_of = {type(one) for one in within(part, shared)}
            recording[name] = {RulebookInOtherWords, Sealer} <= made_of
    assert {name for name, records in recording.items() if records} == ASKED_ALONE
    assert not recording["boards"]


def test_what_is_asked_alone_fires_for_nobody(site: Site) -> None:
    own, english, _ = both(site)
    assert english["firing"] is own["firing"]
    for name, part in english.items():
        if name != "looking":
            assert english["looking"] not in [*held(part)], name


def test_a_part_that_records_and_is_not_shared_would_be_found(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(InEnglish, "cycles")
    _, english, shared = both(site)
    assert {RulebookInOtherWords, Sealer} <= {
        type(one) for one in within(english["cycles"], shared)
    }


def test_a_file_that_is_refused_is_refused_in_the_words_of_the_page(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    role = site.parts.directory.current().vocabulary.roles["office"]

    def refused(*_: object) -> None:
        raise NotAllowed(Blocker(code="no_post", params={"roles": role.label}))

    monkeypatch.setattr(Exports, "listed", refused)  # while it is made, which is in Chinese
    visitor = Visitor(site).sign_in(OFFICE)
    answer = visitor.get("/stuck.xlsx", **{"Accept-Language": "en"})
    _, _, main = answer.get_data(as_text=True).partition("<main")
    assert answer.status_code == 403
    assert role.read_in("en") in main
    assert role.label not in main.partition("</section>")[0]
