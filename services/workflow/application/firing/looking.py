"""What commands look at besides their own case, learnt from deciding them.

The first command of a sort finds out, at the price of a reading statement for each thing it finds;
every later one in this process has it all read at once. Nothing is kept but steps from link to
link, for each kind and trigger: a few hundred bytes a scheme. Who asks for a case by its id alone
has all read that a case of any kind looked at under that trigger.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from services.workflow.application.firing.commands import Command, OpenCommand, TallyCommand
from services.workflow.application.firing.port import CaseStore, Standing, Wanted
from services.workflow.application.firing.waves import stream_of
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.sights import Sight, Steps, Unread, step_to, walked, with_way
from services.workflow.domain.data.files import sights

Told = TypeVar("Told")
Sort = tuple[str, str]  # the kind of the case, and what is asked of it
ANY = ""  # kind: who asks by id may not know it


class Lookout:
    """Safe to share between threads: what one learns later than another is learnt again."""

    def __init__(self) -> None:
        self._steps: dict[Sort, Steps] = {}

    def steps(self, command: Command) -> Steps:
        """Return where commands like this one have looked so far, from their case on."""
        return self._steps.get(_sort(command), {})

    def learn(self, command: Command, unread: Unread, standing: Standing) -> frozenset[Sight]:
        """Keep what *command* looked at; return it where no step leads there from its case."""
        begun = standing.case(stream_of(command))
        way = None if begun is None else self._way(command, begun, unread, standing)
        if begun is None or way is None:
            return frozenset({unread.sight})
        for kind in (begun.kind, ANY):
            sort = (kind, _what(command))
            self._steps[sort] = with_way(self._steps.get(sort, {}), way)
        return frozenset()

    def _way(
        self, command: Command, begun: Case, unread: Unread, standing: Standing
    ) -> tuple[str, ...] | None:
        if unread.case is None:
            return None
        step = step_to(unread.case, unread.sight)
        heads, known = (
            standing.heads[begun.cycle],
            self._steps.get((begun.kind, _what(command)), {}),
        )
        for case, way in walked(begun, known, heads.at):
            if case.stream == unread.case.stream and step is not None:
                return (*way, step)
        return None


def looking(store: CaseStore, wanted: Wanted, ask: Callable[[Standing], Told]) -> Told:
    """Return what *ask* says of what stands, read as far as it looks; no hot path.

    What is looked at from one of many is read for all that lie the same way, so that who looks at
    each of them asks once and not once for each.
    """
    while True:
        standing = store.standing([wanted])
        try:
            return ask(standing)
        except Unread as unread:
            way = _way_to(unread, wanted, standing)
            steps = wanted.steps if way is None else with_way(wanted.steps, way)
            if steps == wanted.steps:  # no step leads there
                wanted = replace(wanted, sights=wanted.sights | {unread.sight})
            else:
                wanted = replace(wanted, steps=steps)


def _way_to(unread: Unread, wanted: Wanted, standing: Standing) -> tuple[str, ...] | None:
    """Return the steps to what is unread from the case that is wanted; None: none lead there."""
    begun = standing.case(wanted.case)
    step = None if unread.case is None else step_to(unread.case, unread.sight)
    if begun is None or unread.case is None or step is None:
        return None
    ways = walked(begun, wanted.steps, standing.heads[begun.cycle].at)
    found = next((way for case, way in ways if case.stream == unread.case.stream), None)
    return None if found is None else (*found, step)


def files_of(command: Command) -> frozenset[Sight]:
    """Return what has to be read of files that a command names: nothing of nearly all."""
    if isinstance(command, OpenCommand) or "documents" not in command.data:
        return frozenset()
    return sights(command.case.rpartition("/")[2], command.data["documents"])


def _sort(command: Command) -> Sort:
    kind, _, of_kind = stream_of(command).partition("/")
    return kind if of_kind else ANY, _what(command)


def _what(command: Command) -> str:
    # What an opening or a tally is called cannot be a trigger's name.
    if isinstance(command, OpenCommand):
        return f"+{command.kind}"
    return f"={command.trigger}" if isinstance(command, TallyCommand) else command.trigger
