"""The numbers that one command gives to the cases it opens: a counter gives each once, for good."""

from services.workflow.domain.case.head import Case
from services.workflow.domain.case.world import World
from services.workflow.domain.language.model.lives import Kind


class Numbers:
    """How far each counter had come before the command, and how far it has with it."""

    def __init__(self) -> None:
        self.counted: dict[str, tuple[int, int]] = {}

    def following(self, kind: Kind, unit: str, parent: Case | None, world: World) -> str:
        """Return the number that a case opened now would have; a child's is its parent's."""
        counter = _counter(kind, unit, parent, world)
        n = self._last(counter, world) + 1
        return f"{parent.number}/{n:02d}" if parent else f"{counter.replace('/', '-')}-{n:04d}"

    def count(self, kind: Kind, unit: str, parent: Case | None, world: World) -> None:
        """Keep that it was given."""
        counter = _counter(kind, unit, parent, world)
        last = self._last(counter, world)
        before, _ = self.counted.get(counter, (last, last))
        self.counted[counter] = (before, last + 1)

    def _last(self, counter: str, world: World) -> int:
        if counter in self.counted:
            return self.counted[counter][1]
        return world.heads.last_number(counter, world.round.root)


def _counter(kind: Kind, unit: str, parent: Case | None, world: World) -> str:
    if parent is not None:
        return parent.stream
    life = kind.life_of(world.organisation.units[unit].kind)
    return f"{world.round.label}/{(life.tier if life else '') or kind.name}"
