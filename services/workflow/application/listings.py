"""Rosters in memory, by the hash of their text: under one hash the same people stand for ever."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from services.workflow.application.ports import Text
from services.workflow.domain.case.listing import Listing, read_listing
from services.workflow.domain.case.world import Heads

MOST = 64  # in memory: one is read again when many others were asked for since

Texts = Callable[[Sequence[bytes]], Mapping[bytes, Text]]


def _none(_hashes: Sequence[bytes]) -> Mapping[bytes, Text]:
    return {}


class Listings:
    """Safe to share between threads: what one learns later than another is learnt again."""

    def __init__(self, texts: Texts = _none) -> None:
        self._texts = texts
        self._known: dict[str, Listing] = {}

    @property
    def known(self) -> Mapping[str, Listing]:
        return self._known

    def unknown(self, heads: Iterable[Heads]) -> list[str]:
        """Return the hashes of rosters of *heads* that are not in memory."""
        told = (
            one["sha256"]
            for each in heads
            for case in each.cases.values()
            if case.listed and case.is_open
            for one in case.listed.values()
        )
        return [hash_ for hash_ in dict.fromkeys(told) if hash_ not in self._known]

    def learn(self, hashes: Sequence[str]) -> None:
        """Read rosters; one whose text was erased is not known afterwards either."""
        found = self._texts([bytes.fromhex(hash_) for hash_ in hashes])
        kept = dict(list(self._known.items())[len(found) - MOST :] if len(found) < MOST else ())
        self._known = kept | {
            text.sha256.hex(): read_listing(text.content, text.salt) for text in found.values()
        }
