"""What several learn at the same time is known afterwards, and each decides by its own."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

import pytest

from services.workflow.application import draws_at_hand, listings
from services.workflow.application.draws_at_hand import DrawsAtHand
from services.workflow.application.listings import Listings
from services.workflow.application.ports import Text
from services.workflow.domain.case.world import NOTHING

TEXTS = {
    sha256(content).digest(): Text(sha256=sha256(content).digest(), salt=b"", content=content)
    for content in (b"[]", b" []")
}
ONE, OTHER = (hash_.hex() for hash_ in TEXTS)


class Meanwhile(dict[bytes, Text]):
    """Texts while which are taken in, somebody else does something too."""

    def __init__(self, texts: dict[bytes, Text], act: Any) -> None:
        super().__init__(texts)
        self.act = act

    def values(self) -> Any:
        self.act()
        return super().values()


def drawn(roster: str) -> Any:
    """A case of a draw on *roster*, that is not sealed yet."""
    return SimpleNamespace(
        drawing=SimpleNamespace(terms={"roster": {"sha256": roster}}, entered=(), size=0)
    )


def read(hashes: Sequence[bytes]) -> dict[bytes, Text]:
    return {hash_: TEXTS[hash_] for hash_ in hashes}


def reading(meanwhile: Callable[[], Any]) -> Callable[[Sequence[bytes]], dict[bytes, Text]]:
    """Read texts; while the first is taken in, *meanwhile* happens."""
    other = [bytes.fromhex(OTHER)]
    return lambda hashes: read(hashes) if hashes == other else Meanwhile(read(hashes), meanwhile)


def test_of_two_who_learn_rosters_neither_takes_from_memory_what_the_other_learnt():
    at_hand = Listings(reading(lambda: at_hand.learn([OTHER], {})))
    assert at_hand.learn([ONE], {}).keys() == {ONE}
    assert at_hand.known.keys() == {ONE, OTHER}


def test_of_two_who_learn_of_draws_neither_takes_from_memory_what_the_other_learnt():
    at_hand = DrawsAtHand(reading(lambda: at_hand.learn([drawn(OTHER)], NOTHING)))
    assert at_hand.learn([drawn(ONE)], NOTHING).texts.keys() == {ONE}
    assert at_hand.known.texts.keys() == {ONE, OTHER}


def test_who_learns_keeps_what_it_knew_when_others_have_it_forgotten(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(listings, "MOST", 1)
    monkeypatch.setattr(draws_at_hand, "MOST", 0)
    rosters, draws = Listings(read), DrawsAtHand(read)
    known, drawn_from = rosters.learn([ONE], {}), draws.learn([drawn(ONE)], NOTHING)
    assert rosters.learn([OTHER], known).keys() == {ONE, OTHER}
    assert draws.learn([drawn(OTHER)], drawn_from).texts.keys() == {ONE, OTHER}
    assert rosters.known.keys() == draws.known.texts.keys() == {OTHER}
