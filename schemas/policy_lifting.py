"""What policies of format 1 meant, in the newest words.

Format 1 knew one kind of case and three bodies by name, and it called the states itself. What it
calls them is kept, for cases whose scheme cannot be had.
"""

from dataclasses import dataclass, field

from schemas.limits import PLAIN, is_identifier
from schemas.policy import Place, Target
from schemas.reading import Naming, Node
from schemas.upcast import KIND

BODIES = {
    "holder": Target(),
    "holders_committee": Target(
        nearest=("unit_committee", "organ_committee", "work_committee"), of_holder=True
    ),
    "organ_committee": Target(nearest=("organ_committee",)),
}
_TIER = Naming(is_identifier, "a tier's name has letters, digits, dots, dashes and underscores")


@dataclass(frozen=True, slots=True)
class Words:
    """What is said of places: what the holder has to do, and what a state is called."""

    acts: dict[Place, str] = field(default_factory=dict)
    labels: dict[Place, str] = field(default_factory=dict)


def lift_words(states: Node) -> Words:
    """Return what a policy says of its *states*, by their bare names."""
    words = Words()
    for state, node in states.entries():
        _note(node, Place(KIND, state), words)
        if node.has("tiers"):
            for tier, own in node.node("tiers").entries(_TIER):
                _note(own, Place(KIND, state, tier), words)
    return words


def _note(node: Node, place: Place, words: Words) -> None:
    words.labels[place], words.acts[place] = node.text("label", PLAIN), node.text("act", PLAIN)


def lift_target(body: str) -> Target:
    """Return whom a rung for *body* is for, but for its roles."""
    return BODIES.get(body, Target())
