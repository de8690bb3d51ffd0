"""The machine that the cases of one life are tried on: which trigger leads where from which state.

It is shared by all threads and knows no case: each attempt brings what the ways depend on (the
audits a case passes, the grade in force), and only that is moved. Of several ways the first counts
whose condition holds.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from transitions import Machine

from services.workflow.domain.language.model.triggers import NextAudit, Route, Trigger

Audits = tuple[str, ...]  # the states of a case's audits, in order

_ANSWERS = 1_024


@dataclass(slots=True)
class Attempt:
    """A case as far as it matters to where a trigger leads; the machine moves it."""

    _state: str  # no name of a scheme begins so, and the machine lets no trigger be called alike
    audits: Audits
    grade: str | None  # of the grading by which the trigger routes


Condition = Callable[[Attempt], bool]


class Ways:
    """All the ways of one life, for cases that pass one of *courses* of audits."""

    def __init__(
        self,
        states: Iterable[str],
        initial: str,
        triggers: Iterable[Trigger],
        courses: Iterable[Audits],
    ) -> None:
        ways = list(_transitions(triggers, tuple(courses)))
        self._allowed = frozenset((one["trigger"], one["source"]) for one in ways)
        self._machine = Machine(
            model=None,  # add_model would keep every case alive as long as the machine
            states=list(states),
            initial=initial,
            transitions=ways,
            auto_transitions=False,  # to_<state>() would let any case jump anywhere
            model_attribute="_state",
        )
        # The cases of a round ask the same, over and over.
        self._tried = lru_cache(_ANSWERS)(self._try)

    def allow(self, trigger: str, state: str) -> bool:
        """Tell whether any way leads on by *trigger* from *state*."""
        return (trigger, state) in self._allowed

    def lead(self, trigger: str, state: str, audits: Audits = (), grade: str | None = None) -> str:
        """Return the state to which *trigger* leads from *state*, which allows it."""
        return self._tried(trigger, state, audits, grade)

    def _try(self, trigger: str, state: str, audits: Audits, grade: str | None) -> str:
        attempt = Attempt(state, audits, grade)
        self._machine.events[trigger].trigger(attempt, attempt)
        return attempt._state  # noqa: SLF001 - so that no trigger's name is taken


def _transitions(
    triggers: Iterable[Trigger], courses: tuple[Audits, ...]
) -> Iterator[dict[str, object]]:
    for trigger in triggers:
        for source in trigger.sources:
            for target, condition in _ways(trigger, source, courses):
                way = {"trigger": trigger.name, "source": source, "dest": target}
                yield way | {"conditions": condition}


def _ways(
    trigger: Trigger, source: str, courses: tuple[Audits, ...]
) -> Iterator[tuple[str | None, Condition | None]]:
    """Yield where *trigger* leads from *source*, each with what has to hold; None: it stays."""
    match trigger.to:
        case NextAudit():
            for audits in courses:
                for target in trigger.targets(source, audits):
                    yield target, _passes(audits)
        case Route(_, routes, otherwise):
            for grade, target in routes.items():
                yield target, _graded(grade)
            yield otherwise, None
        case _:
            yield next(trigger.targets(source, ()), None), None


def _passes(audits: Audits) -> Condition:
    def holds(attempt: Attempt) -> bool:
        return attempt.audits == audits

    return holds


def _graded(grade: str) -> Condition:
    def holds(attempt: Attempt) -> bool:
        return attempt.grade == grade

    return holds
