"""What commands look at besides their own case, learnt from deciding them.

The first command of a sort finds out, at the price of a reading statement for each thing it finds;
every later one in this process has it all read at once. Nothing is kept but steps from link to
link, for each kind and trigger: a few hundred bytes a scheme.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from services.workflow.application.firing.commands import CaseCommand, OpenCommand
from services.workflow.application.firing.port import CaseStore, Standing, Wanted
from services.workflow.domain.case.sights import Sight, Steps, Unread, step_to, walked, with_way

Told = TypeVar("Told")
Sort = tuple[str, str]  # the kind of the case, and what is asked of it


class Lookout:
    """Safe to share between threads: what one learns later than another is learnt again."""

    def __init__(self) -> None:
        self._steps: dict[Sort, Steps] = {}

    def steps(self, command: CaseCommand | OpenCommand) -> Steps:
        """Return where commands like this one have looked so far, from their case on."""
        return self._steps.get(_sort(command), {})

    def learn(
        self, command: CaseCommand | OpenCommand, unread: Unread, standing: Standing
    ) -> frozenset[Sight]:
        """Keep what *command* looked at; return it where no step leads there from its case."""
        way = self._way(command, unread, standing)
        if way is None:
            return frozenset({unread.sight})
        self._steps[_sort(command)] = with_way(self.steps(command), way)
        return frozenset()

    def _way(
        self, command: CaseCommand | OpenCommand, unread: Unread, standing: Standing
    ) -> tuple[str, ...] | None:
        begun = standing.case(_case(command))
        if begun is None or unread.case is None:
            return None
        step = step_to(unread.case, unread.sight)
        heads = standing.heads[begun.cycle]
        for case, way in walked(begun, self.steps(command), heads.at):
            if case.stream == unread.case.stream and step is not None:
                return (*way, step)
        return None


def looking(store: CaseStore, wanted: Wanted, ask: Callable[[Standing], Told]) -> Told:
    """Return what *ask* says of what stands, read as far as it looks; no hot path."""
    while True:
        try:
            return ask(store.standing([wanted]))
        except Unread as unread:
            wanted = replace(wanted, sights=wanted.sights | {unread.sight})


def _case(command: CaseCommand | OpenCommand) -> str:
    return command.parent if isinstance(command, OpenCommand) else command.case


def _sort(command: CaseCommand | OpenCommand) -> Sort:
    kind, _, of_kind = _case(command).partition("/")
    # What an opening is called cannot be a trigger's name.
    what = f"+{command.kind}" if isinstance(command, OpenCommand) else command.trigger
    return kind if of_kind else "", what
