"""Wrong codes typed in where people gather: so many of each at each case, then none for a while.

A code has six digits and two of them hold at a time, so what keeps somebody from trying them all is
how often they may. It is counted beside the log, for each person and case alone: no row for a try,
and nobody can shut the door on anybody else. Whoever has used theirs up is told so before the code
is looked at, so that no answer says whether it was right.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Protocol, TypeGuard

from services.workflow.application.firing.commands import Answer, CaseCommand, Command
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.listing import SPENT_FOR, WRONG_CODE

Who = tuple[str, str]  # a case's id, and a person


class TryStore(Protocol):
    """What of it is kept."""

    def spent(self, asking: Sequence[Who], now: datetime) -> frozenset[Who]:
        """Return those of *asking* that have none left, in one statement."""
        ...

    def count(self, who: Who, now: datetime, until: datetime) -> None:
        """Count one more, kept *until* then; what was kept until *now* counts no more."""
        ...


class Tries:
    """Safe to share between threads."""

    def __init__(self, kept: TryStore) -> None:
        self._kept = kept

    def spent(self, asking: Sequence[Who], now: datetime) -> frozenset[Who]:
        """Return those of *asking* that may try no more for now."""
        return self._kept.spent(asking, now)

    def count(self, wrong: Sequence[Who], now: datetime) -> None:
        """Count one more of each."""
        for who in wrong:
            self._kept.count(who, now, now + SPENT_FOR)


def asking(commands: Iterable[Command], case: Callable[[str], Case | None]) -> list[Who]:
    """Return who types a code in, and at which *case*; once each."""
    found = ((case(one.case), one.actor.person) for one in commands if _types_a_code(one))
    return list(dict.fromkeys((at.id, person) for at, person in found if at and person))


def _types_a_code(command: Command) -> TypeGuard[CaseCommand]:
    """Tell whether *command* brings a code, as far as its shape lets anybody say so."""
    presence = command.data.get("presence") if isinstance(command, CaseCommand) else None
    told = presence.values() if isinstance(presence, dict) else ()
    return any(isinstance(one, dict) and "code" in one for one in told)


def wrong(command: Command, answer: Answer) -> Who | None:
    """Return whose wrong code *answer* refused; None where it refused none."""
    case, person = answer.case, command.actor.person
    if case is None or person is None:
        return None
    refused = any(one.code == WRONG_CODE for one in answer.blockers)
    return (case.id, person) if refused else None
