"""Whether a policy fits its scheme and the organisation: what it tells of is there, and whom.

An act at a state in which no case lies with anybody, a ladder that never is the nearest one, and a
rung for a role that nobody may hold, would be settings without effect, which nobody notices before
a reminder is missing.
"""

from collections.abc import Callable, Collection, Iterator
from functools import partial

from schemas.document import Path
from schemas.ladder_reading import FOR
from schemas.policy import ARRIVAL, Place, Policy, Rung, nearest_track
from schemas.reading import unknown
from schemas.said import said
from schemas.vocabulary import Vocabulary
from services.workflow.domain.language.model.lives import Kind, Life, State
from services.workflow.domain.language.model.scheme import Scheme

Note = Callable[[Path, str], None]


def check_places(policy: Policy, scheme: Scheme, note: Note) -> None:
    """Note every place named by *policy* where no case of *scheme* lies with anybody.

    And every ladder that holds at none of the places it names, or nowhere.
    """
    for index, place in enumerate(policy.acts):
        _check(place, scheme, policy, partial(_at_act, policy, index), note)
    for index, place in enumerate(policy.arrival_places):
        _check(place, scheme, policy, partial(_at_entry, (ARRIVAL,), index), note)
    unsound = set[tuple[int, Place | None]]()
    for number, track in enumerate(policy.tracks):
        for index, place in enumerate(track.places):
            at = partial(_at_entry, ("tracks", number), index)
            if not _check(place, scheme, policy, at, note):
                unsound.add((number, place))
    for number, idle, reason in _idle(policy, scheme):
        if (number, idle) not in unsound:
            note(_of_ladder(policy, number, idle), reason)


def _check(
    place: Place, scheme: Scheme, policy: Policy, at: Callable[[str], Path], note: Note
) -> bool:
    """Note what is wrong with *place*, whose words stand *at*; tell whether nothing is."""
    kind = scheme.kinds.get(place.kind)
    if kind is None:
        note(at("kind"), unknown("kind", place.kind, scheme.kinds))
    elif place.tier and place.tier not in {life.tier for life in kind.lives}:
        tiers = [life.tier for life in kind.lives if life.tier]
        note(at("tier"), unknown("tier", place.tier, tiers))
    elif place.state and (fault := _fault_of_state(policy, place, kind)):
        note(at("state"), fault)
    else:
        return True
    return False


def _idle(policy: Policy, scheme: Scheme) -> Iterator[tuple[int, Place | None, str]]:
    """Yield each ladder that never is the nearest, by its number, and for which place that is."""
    timed = {
        Place(kind.name, state.name, life.tier)
        for kind, life in scheme.lives()
        for state in life.states.values()
        if _is_timed(life, state)
    }
    nearest = {
        (track, next((one for one in place.around if one in track.places), None))
        for place in timed
        for name in {track.name for track in policy.tracks}
        if (track := nearest_track(policy.tracks, name, place))
    }
    for number, track in enumerate(policy.tracks):
        for place in track.places or (None,):
            if (track, place) in nearest:
                continue
            if place is None or any(place in one.around for one in timed):
                reason = said("everywhere that it is for another track of this name is nearer")
            else:
                reason = said("nothing is ever due there")
            yield number, place, reason


def _is_timed(life: Life, state: State) -> bool:
    """Tell whether a case may have a deadline in *state*."""
    return bool(state.due or any(desk.due for desk in state.desks)) or is_set_by_hand(life, state)


def is_set_by_hand(life: Life, state: State) -> bool:
    """Tell whether somebody may set a deadline of their own in *state*, or as it is entered."""
    setting = [one for one in life.triggers.values() if one.sets_what("deadline")]
    if any(one.to is None and state.name in one.sources for one in setting):
        return True
    return any(
        trigger in setting and target == state.name
        for unit_kind in ("", *life.audits)
        for trigger, _, target in life.edges(unit_kind)
    )


def check_targets(policy: Policy, words: Vocabulary, note: Note) -> None:
    """Note every role and kind of unit of a rung that is none of the organisation's *words*.

    And every repeat that ends when somebody acts, where none whom it tells may do anything.
    """
    for what, word, known, at in _targets(policy, words):
        if word not in known:
            note(at, unknown(what, word, known))
    act = frozenset[str]().union(*map(words.having, ("act", "note", "supervise")))
    for rung, at in _rungs(policy):
        roles = {*rung.target.roles}
        if rung.until_acted and roles <= words.roles.keys() - act:
            note((*at, "repeat", "until"), said("whom it tells may do nothing on a case"))


def _fault_of_state(policy: Policy, place: Place, kind: Kind) -> str:
    """Say what is wrong with the state of *place*; "" if nothing is."""
    lives = [life for life in kind.lives if not place.tier or life.tier == place.tier]
    found = [life.states[place.state] for life in lives if place.state in life.states]
    if not found:
        return unknown("state", place.state, {state for life in lives for state in life.states})
    if not policy.labels and all(state.final for state in found):
        return said("{state} ends a case: nobody has to do anything there", state=place.state)
    return ""


def _of_ladder(policy: Policy, number: int, place: Place | None) -> Path:
    """Return where a ladder says that it is for *place*; None: it is for whatever is left."""
    if place is None:
        return "tracks", number
    return "tracks", number, FOR, policy.tracks[number].places.index(place)


def _at_entry(at: Path, index: int, key: str) -> Path:
    return (*at, FOR, index, key)


def _at_act(policy: Policy, index: int, key: str) -> Path:
    """Return where the act number *index* stands; in format 1, which has labels, by its state."""
    if not policy.labels:
        return "acts", index, key
    place = list(policy.acts)[index]
    return ("states", place.state, *(("tiers", place.tier) if place.tier else ()))


def _targets(policy: Policy, words: Vocabulary) -> Iterator[tuple[str, str, Collection[str], Path]]:
    for rung, at in _rungs(policy):
        # Format 1 names no kinds: it means those of three bodies that are there.
        kinds = () if policy.labels else rung.target.nearest
        for number, kind in enumerate(kinds):
            yield "unit kind", kind, words.kinds, (*at, "to", "nearest", number)
        for number, role in enumerate(rung.target.roles):
            yield "role", role, words.roles, (*at, "to", "roles", number)


def _rungs(policy: Policy) -> Iterator[tuple[Rung, Path]]:
    """Yield each rung that stands in the file, and where."""
    for track_index, track in enumerate(policy.tracks):
        for index, rung in enumerate(one for one in track.rungs if not one.is_repeat):
            yield rung, ("tracks", track_index, "rungs", index)
