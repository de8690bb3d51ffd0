"""Whether a policy fits its scheme and the organisation: what it tells of is there, and whom.

An act at a state in which no case lies with anybody, and a rung for a role that nobody may hold,
would be settings without effect, which nobody notices before a reminder is missing.
"""

from collections.abc import Callable, Collection, Iterator

from schemas.document import Path
from schemas.policy import Place, Policy
from schemas.reading import unknown
from schemas.said import said
from schemas.vocabulary import Vocabulary
from services.workflow.domain.language.model.lives import Kind
from services.workflow.domain.language.model.scheme import Scheme

Note = Callable[[Path, str], None]


def check_acts(policy: Policy, scheme: Scheme, note: Note) -> None:
    """Note every act of *policy* at a place where no case of *scheme* lies with anybody."""
    for index, place in enumerate(policy.acts):
        kind = scheme.kinds.get(place.kind)
        if kind is None:
            note(_at(policy, index, "kind"), unknown("kind", place.kind, scheme.kinds))
        elif place.tier and place.tier not in {life.tier for life in kind.lives}:
            tiers = [life.tier for life in kind.lives if life.tier]
            note(_at(policy, index, "tier"), unknown("tier", place.tier, tiers))
        elif fault := _fault_of_state(policy, place, kind):
            note(_at(policy, index, "state"), fault)


def check_targets(policy: Policy, words: Vocabulary, note: Note) -> None:
    """Note every role and kind of unit of a rung that is none of the organisation's *words*."""
    for what, word, known, at in _targets(policy, words):
        if word not in known:
            note(at, unknown(what, word, known))


def _fault_of_state(policy: Policy, place: Place, kind: Kind) -> str:
    """Say what is wrong with the state of *place*; "" if nothing is."""
    lives = [life for life in kind.lives if not place.tier or life.tier == place.tier]
    found = [life.states[place.state] for life in lives if place.state in life.states]
    if not found:
        return unknown("state", place.state, {state for life in lives for state in life.states})
    if not policy.labels and all(state.final for state in found):
        return said("{state} ends a case: nobody has to do anything there", state=place.state)
    return ""


def _at(policy: Policy, index: int, key: str) -> Path:
    """Return where the act number *index* stands; in format 1, which has labels, by its state."""
    if not policy.labels:
        return "acts", index, key
    place = list(policy.acts)[index]
    return ("states", place.state, *(("tiers", place.tier) if place.tier else ()))


def _targets(policy: Policy, words: Vocabulary) -> Iterator[tuple[str, str, Collection[str], Path]]:
    for track_index, track in enumerate(policy.tracks):
        for index, rung in enumerate(one for one in track.rungs if not one.is_repeat):
            to: Path = ("tracks", track_index, "rungs", index, "to")
            # Format 1 names no kinds: it means those of three bodies that are there.
            kinds = () if policy.labels else rung.target.nearest
            for number, kind in enumerate(kinds):
                yield "unit kind", kind, words.kinds, (*to, "nearest", number)
            for number, role in enumerate(rung.target.roles):
                yield "role", role, words.roles, (*to, "roles", number)
