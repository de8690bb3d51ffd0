"""The ledger: every notice decided, sent or not, and what of it still has to be handed over."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from schemas.instants import instant
from schemas.policy import BULLETIN, LATE_START
from services.notifier.adapters.memory.queue import Queue
from services.notifier.application.store_ports import Asked
from services.notifier.domain.notice import FINAL, Notice

_NEVER = datetime(2000, 1, 1, tzinfo=UTC)
_NOT_FINAL = ("pending", "sending", "retry")
_OPEN = frozenset({"pending", "retry"})
_FINAL = frozenset(FINAL)


class MemoryLedger:
    """The ledger; *before* are notices that were decided, and reported, before it began."""

    def __init__(self, before: Iterable[Notice] = ()) -> None:
        self._all: dict[str, Notice] = {}
        self._told: dict[str, dict[str, Notice]] = {}  # to somebody, by case; no bulletins
        self._late: dict[str, dict[str, Notice]] = {}  # late starts, by case
        self._letters: dict[str, set[str]] = {}  # ids, by letter
        self._waiting = Queue[str](self._waits_until)  # open ones that are not to be tried yet
        self._ready: set[str] = set()  # the other open ones
        self._sending: dict[str, int] = {}  # by id, the epoch that began it
        self._reported: set[str] = set()
        self._unreported: set[str] = set()  # final ones
        self._counts = Counter[str]()  # of those that are not final
        for one in before:
            self._put(one, 0)
        self._reported.update(self._unreported)
        self._unreported.clear()
        self._before = frozenset(self._all)

    def _waits_until(self, id_: str) -> datetime | None:
        one = self._all[id_]
        return one.retry_at if one.status in _OPEN else None

    def _put(self, one: Notice, epoch: int) -> None:
        before = self._all.get(one.id)
        if before is None:
            self._index(one)
        elif before.status not in _FINAL:
            self._counts[_counted_as(before)] -= 1
        self._all[one.id] = one
        if one.recipient is not None and one.kind != BULLETIN:
            self._told.setdefault(one.case, {})[one.id] = one
        if one.rung == LATE_START:
            self._late.setdefault(one.case, {})[one.id] = one
        self._ready.discard(one.id)
        self._unreported.discard(one.id)
        if one.status in _FINAL:
            self._unreported.update({one.id} - self._reported)
        else:
            self._counts[_counted_as(one)] += 1
        if one.status in _OPEN and one.retry_at is not None:
            self._waiting.put(one.retry_at, one.id)
        elif one.status in _OPEN:
            self._ready.add(one.id)
        if one.status == "sending":
            self._sending[one.id] = epoch
        else:
            self._sending.pop(one.id, None)

    def _index(self, one: Notice) -> None:
        if one.letter is not None:
            self._letters.setdefault(one.letter, set()).add(one.id)

    def add(self, notices: Iterable[Notice]) -> None:
        """Add decisions; one already taken is left as it is."""
        for one in notices:
            if one.id not in self._all:
                self._put(one, 0)

    def open(self, now: datetime, limit: int, letters_at: datetime | None) -> list[Notice]:
        """Return what is to be handed over at *now*, oldest decision first.

        Of letters those due at *letters_at*, and each whole, however many that makes.
        """
        self._ready.update(self._waiting.take(now))
        letters_at = letters_at or _NEVER

        def is_ready(one: Notice) -> bool:
            at = one.retry_at
            if at is None:
                return one.letter is None
            return at <= now and (one.letter is None or at <= letters_at)

        ready = (self._all[id_] for id_ in self._ready)
        found = sorted(filter(is_ready, ready), key=_in_order)[:limit]
        letters = sorted({one.letter for one in found if one.letter})
        mates = (self._all[id_] for letter in letters for id_ in self._letters[letter])
        return [one for one in found if not one.letter] + [
            one
            for one in mates
            if one.status in _OPEN and one.retry_at is not None and one.retry_at <= letters_at
        ]

    def first_after(self, now: datetime) -> datetime | None:
        """Return when the first of those that wait is tried again after *now*."""
        self._ready.update(self._waiting.take(now))
        return self._waiting.first()

    def save(self, notices: Iterable[Notice], epoch: int) -> None:
        """Keep *notices* as they stand now, as the work of *epoch*."""
        for one in notices:
            if one.id in self._all:
                self._put(one, epoch)

    def orphans(self, epoch: int) -> list[Notice]:
        """Return notices left in `sending` by an earlier epoch."""
        return [self._all[id_] for id_, began in self._sending.items() if began != epoch]

    def called(self, ids: Iterable[str]) -> list[Notice]:
        """Return the notices with these ids, as far as they are known."""
        return [self._all[id_] for id_ in dict.fromkeys(ids) if id_ in self._all]

    def unreported(self, limit: int) -> list[Notice]:
        """Return final notices that the workflow's log does not have, oldest decision first."""
        found = (self._all[id_] for id_ in self._unreported)
        return sorted(found, key=_in_order)[:limit]

    def reported(self, statuses: Mapping[str, int]) -> None:
        """Keep that the workflow has answered for these, {notice id: status}."""
        self._reported.update(statuses.keys() & self._all.keys())
        self._unreported.difference_update(statuses)

    def search(self, asked: Asked) -> list[Notice]:
        """Return one page, newest decision first."""
        found = sorted(
            (one for one in self._all.values() if _is_asked(one, asked)),
            key=_in_order,
            reverse=True,
        )
        return found[: asked.limit]

    def of_cases(self, cases: Iterable[str]) -> list[Notice]:
        """Return every notice to somebody about one of *cases*, but for what was published."""
        return [one for case in cases for one in self._told.get(case, {}).values()]

    def late_starts(self, cases: Iterable[str]) -> Mapping[str, list[Notice]]:
        """Return by case what was decided about telling holders of a late start."""
        found = ((case, self._late.get(case)) for case in cases)
        return {case: [*notices.values()] for case, notices in found if notices}

    def backlog(self) -> Mapping[str, int]:
        """Return {status: n} of everything not final, and `unreported`."""
        counts = {status: self._counts[status] for status in _NOT_FINAL}
        return {**counts, "unreported": len(self._unreported)}

    def decided(self) -> list[Notice]:
        """Return what was decided since it began."""
        return [one for id_, one in self._all.items() if id_ not in self._before]


def _in_order(one: Notice) -> tuple[datetime, str]:
    return one.decided_at, one.id


def _counted_as(one: Notice) -> str:
    # What waits for the letter of a day is no work that is left over.
    waits = one.status == "pending" and one.letter is not None
    return "retry" if waits else one.status


def _is_asked(one: Notice, asked: Asked) -> bool:
    to = one.recipient.person if one.recipient else None
    return (
        (asked.case is None or one.case == asked.case)
        and (asked.recipient is None or to == asked.recipient)
        and (asked.status is None or one.status == asked.status)
        and (asked.after is None or (instant(one.decided_at), one.id) < asked.after)
    )
