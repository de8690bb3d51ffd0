"""Commands that are all done or none: what a workbook over many cases asks for.

The one idea: each is decided as if it came alone, on one reading, and what they write goes into one
transaction. So none of them may rest on what another of them moves: one that does is told so, and
then nothing is done. Where the key of the first was used, all of it was done, and each is answered
by its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.workflow.application.firing.commands import Answer, CaseCommand
from services.workflow.application.firing.loop import MOST_ROUNDS, Firing
from services.workflow.application.firing.port import CaseStore, Write
from services.workflow.application.firing.waves import Asked, asked
from services.workflow.application.rounds import Blocking, at_once
from services.workflow.domain.case.world import Row
from services.workflow.domain.refusals import Blocker, StoreUnavailable


@dataclass(frozen=True, kw_only=True, slots=True)
class Together:
    """The use case of firing many triggers, all or nothing."""

    firing: Firing
    store: CaseStore

    def fire(self, commands: Sequence[CaseCommand], *, rehearsed: bool = False) -> list[Answer]:
        """Do all that *commands* ask, or nothing; return the answer of each.

        Where one is refused the others are answered as if rehearsed, and nothing is written, no
        refusal either: it was asked of all of them. So it is where all is to be *rehearsed*: it is
        judged as if for good, since one may stand in the way of another.

        Raises:
            OutcomeUnknown, StoreUnavailable, UnfitEvent: nothing was written, as far as is known.
        """
        for _ in range(MOST_ROUNDS):
            all_asked = list(asked(commands))
            writes = self._decided(all_asked)
            first = all_asked[0].answer if all_asked else None
            if first is not None and first.replayed:
                return [one.answer or first for one in all_asked]
            if all(one.write is not None for one in all_asked):
                clash = _clash(writes)
                if clash is not None:
                    all_asked[clash].answer = _waits()
                elif not rehearsed:
                    if self.store.append_all(writes):
                        return [_answer(one) for one in all_asked]
                    continue
            return [_answer(one, "rehearsed") for one in all_asked]
        raise StoreUnavailable("the cases were written to by others, again and again")

    def _decided(self, all_asked: Sequence[Asked]) -> list[Write]:
        store, waiting = Blocking(self.store), [*all_asked]
        while waiting:
            at_once(self.firing.decide(all_asked, store))
            waiting = [
                one
                for one in all_asked
                if one.answer is None and one.rejected is None and one.write is None
            ]
        return [one.write for one in all_asked if one.write is not None]


def _clash(writes: Sequence[Write]) -> int | None:
    """Return the first that rests on what one before it moves; None: none does."""
    moved, counted = set[Row](), set[Row]()
    for nth, one in enumerate(writes):
        looked_at = {*one.looked_at()}
        if not looked_at.isdisjoint(moved | counted) or not moved.isdisjoint(one.touches):
            return nth
        moved.update(one.sets())
        counted.update(one.touches)
    return None


def _waits() -> Answer:
    return Answer(outcome="not_fulfilled", blockers=(Blocker(code="waits_for_another"),))


def _answer(one: Asked, done: str = "done") -> Answer:
    if one.answer is not None:
        return one.answer
    if one.rejected is not None:
        return one.rejected.answer
    answer = one.done()
    return replace(answer, outcome="rehearsed", event=None) if done == "rehearsed" else answer
