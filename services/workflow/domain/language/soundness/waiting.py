"""What cases wait for in each other comes about: nothing waits in a ring, or for what never is.

The idea: begin with what can be opened, and let everything happen that need not wait for anything
else; repeat with what has become possible. What can be come to when waiting is left aside, and
is not reached so, waits for itself in the end.
"""

from collections.abc import Collection, Iterator

from schemas.said import said
from services.workflow.domain.language.model.guards import (
    AllEnded,
    AllReached,
    BetweenCases,
    Reached,
)
from services.workflow.domain.language.model.lives import Kind, Life
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.language.soundness.leading import led_to
from services.workflow.domain.language.soundness.noting import Note
from services.workflow.domain.language.soundness.reach import unit_kinds

Point = tuple[str, str, str]  # kind, tier, state


def check_waiting(scheme: Scheme, note: Note) -> None:
    """Note each guard that no history of this scheme could ever let through."""
    free = _World(scheme, expected=None)
    world = _World(scheme, expected=free.opened)
    for kind in scheme.kinds.values():
        if kind.name not in world.opened:
            note(kind.at, said("no {kind} is ever opened", kind=kind.name))
    for kind, life in scheme.lives():
        for trigger in life.triggers.values():
            for guard in world.barriers(kind, life, trigger):
                whose = (
                    said("tier {tier} of {kind}", tier=life.tier, kind=kind.name)
                    if life.tier
                    else kind.name
                )
                note(
                    guard.at,
                    said(
                        "{whose} waits for ever: {awaited} never comes before",
                        whose=whose,
                        awaited=_awaited(guard),
                    ),
                )
    _check_ways_on(scheme, note)


class _World:
    """What is possible so far."""

    def __init__(self, scheme: Scheme, expected: Collection[str] | None) -> None:
        """Let everything happen; *expected* are the kinds opened at all (None: ask no guard)."""
        self._scheme = scheme
        self._expected = expected
        self.opened: set[str] = set()
        self._reached: set[Point] = set()
        self._fired: set[tuple[str, str]] = set()  # kind, trigger: may be fired
        while self._advance():
            pass

    def _advance(self) -> bool:
        """Let happen what has become possible; tell whether anything did."""
        before = (len(self.opened), len(self._reached), len(self._fired))
        for kind in self._scheme.kinds.values():
            if kind.name not in self.opened and self._can_open(kind):
                self.opened.add(kind.name)
        for kind, life in self._scheme.lives():
            if kind.name in self.opened:
                self._reached.add((kind.name, life.tier, life.initial))
                self._move(kind, life)
        return before != (len(self.opened), len(self._reached), len(self._fired))

    def barriers(self, kind: Kind, life: Life, trigger: Trigger) -> Iterator[BetweenCases]:
        """Yield the guards that keep *trigger* from where it could be fired."""
        if any((kind.name, life.tier, source) in self._reached for source in trigger.sources):
            for guard in trigger.guards:
                if isinstance(guard, BetweenCases) and not self._holds(kind, life, guard):
                    yield guard

    def _move(self, kind: Kind, life: Life) -> None:
        for trigger in life.triggers.values():
            if any(True for _ in self.barriers(kind, life, trigger)):
                continue
            for source in trigger.sources:
                if (kind.name, life.tier, source) in self._reached:
                    self._fired.add((kind.name, trigger.name))
                    for unit_kind in unit_kinds(life):
                        for target in trigger.targets(source, life.stages(unit_kind)):
                            self._reached.add((kind.name, life.tier, target))

    def _can_open(self, kind: Kind) -> bool:
        scheme, form = self._scheme, kind.origin.form
        if form in ("each", "on_request") or kind.opened_by:
            return not kind.origin.parent or kind.origin.parent in self.opened
        if any((kind.origin.parent, made.by) in self._fired for made in kind.made_from):
            return True
        if any(each.opens == kind.name for each in scheme.consequences):
            return kind.origin.parent in self.opened
        if form == "one_for" and any(
            link.form == "slot" and link.kind == kind.name
            for other in scheme.kinds.values()
            if other.name in self.opened
            for link in other.links.values()
        ):
            return True
        return any(
            effect.kind == kind.name and (other.name, trigger.name) in self._fired
            for other, life in scheme.lives()
            for trigger in life.triggers.values()
            for effect in trigger.opens
        )

    def _holds(self, kind: Kind, life: Life, guard: BetweenCases) -> bool:
        link = kind.links.get(guard.link)
        if link is None or self._expected is None:
            return True  # noted elsewhere, or not asked
        lives = led_to(self._scheme, kind, life, link)
        if not lives:
            return True
        if isinstance(guard, AllEnded):
            return all(self._may_complete(*each) for each in lives)
        if guard.state not in {state for _, other in lives for state in other.states}:
            return True  # noted elsewhere
        return any((other.name, each.tier, guard.state) in self._reached for other, each in lives)

    def _may_complete(self, kind: Kind, life: Life) -> bool:
        """Tell whether such a case, if there is one, comes to its proper end."""
        completed = [name for name, end in life.ends.items() if end == "completed"]
        return kind.name not in (self._expected or ()) or any(
            (kind.name, life.tier, end) in self._reached for end in completed
        )


def _awaited(guard: BetweenCases) -> str:
    match guard:
        case Reached(link=link, state=state) | AllReached(link=link, state=state):
            return f"{link}.{state}"
        case AllEnded(link=link):
            return said("the end of {link}", link=link)


def _check_ways_on(scheme: Scheme, note: Note) -> None:
    """Note a wait for what may be broken off, with no other to come and no other way."""
    for kind, life in scheme.lives():
        for trigger in life.triggers.values():
            for guard in trigger.guards:
                if isinstance(guard, Reached) and guard.link in kind.links:
                    lives = led_to(scheme, kind, life, kind.links[guard.link])
                    lost = [each for each in lives if _may_be_lost(*each)]
                    if lost and not _has_other_way(life, trigger):
                        other = lost[0][0].name
                        note(
                            guard.at,
                            said("where the {other} is broken off there is no way on", other=other),
                        )


def _may_be_lost(kind: Kind, life: Life) -> bool:
    """Tell whether such a case may end unfinished with no other to come in its place."""
    if kind.opened_by:
        return False
    return any(
        life.states[target].final not in (None, "completed")
        and not any(effect.kind == kind.name for effect in trigger.opens)
        for unit_kind in unit_kinds(life)
        for trigger, _, target in life.edges(unit_kind)
        if target in life.states
    )


def _has_other_way(life: Life, trigger: Trigger) -> bool:
    """Tell whether each state *trigger* leaves can be left without its guards."""
    return all(
        any(
            other.name != trigger.name
            and other.to is not None
            and not any(isinstance(guard, Reached) for guard in other.guards)
            for other in life.triggers_from(source)
        )
        for source in trigger.sources
    )
