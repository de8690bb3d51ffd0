"""Rosters in memory, by the hash of their text: under one hash the same people stand for ever."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Lock

from services.workflow.application.ports import Text
from services.workflow.domain.case.listing import Listing, read_listing
from services.workflow.domain.case.world import Heads

MOST = 64  # in memory: one is read again when many others were asked for since

Texts = Callable[[Sequence[bytes]], Mapping[bytes, Text]]


def _none(_hashes: Sequence[bytes]) -> Mapping[bytes, Text]:
    return {}


class Listings:
    """Safe to share between threads: none takes from memory what another decides by.

    Whoever decides keeps the `known` that it asked `unknown` of, joined by what it then learnt.
    """

    def __init__(self, texts: Texts = _none) -> None:
        self._texts = texts
        self._lock = Lock()
        self.known: Mapping[str, Listing] = {}  # never changed, but put in place of the last

    def unknown(self, heads: Iterable[Heads], known: Mapping[str, Listing]) -> list[str]:
        """Return the hashes of rosters of *heads* that are not among *known*."""
        told = (
            one["sha256"]
            for each in heads
            for case in each.cases.values()
            if case.listed and case.is_open
            for one in case.listed.values()
        )
        return [hash_ for hash_ in dict.fromkeys(told) if hash_ not in known]

    def learn(self, hashes: Sequence[str], known: Mapping[str, Listing]) -> Mapping[str, Listing]:
        """Return *known* with the rosters of *hashes*, but for those whose text was erased."""
        found = self._texts([bytes.fromhex(hash_) for hash_ in hashes])
        learnt = {
            text.sha256.hex(): read_listing(text.content, text.salt) for text in found.values()
        }
        with self._lock:
            kept = [*self.known.items()][len(learnt) - MOST :] if len(learnt) < MOST else []
            self.known = dict(kept) | learnt
        return {**known, **learnt}
