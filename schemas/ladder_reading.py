"""Reading the ladders of a policy: the rungs of each track, and where each ladder holds.

A ladder must climb. That it is the nearest one somewhere only its scheme can tell; which one is,
`Policy.at` says.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from schemas.limits import PLAIN, is_code
from schemas.policy import (
    ARRIVAL,
    BULLETIN,
    KINDS,
    LATE_START,
    URGE,
    Place,
    Rung,
    Target,
    Track,
    nearest_track,
)
from schemas.policy_lifting import BODIES, lift_target
from schemas.reading import CODE, Node
from schemas.said import said
from schemas.text_reading import read_texts

UNKNOWN = {"send_again": True, "leave": False}
OF = ("holder", "case")
UNTIL = ("acted",)
MAX_DAYS = 250
MAX_TIMES = 60
FOR = "for"
ACKNOWLEDGEMENT = "acknowledgement"


def read_tracks(root: Node) -> tuple[Track, ...]:
    """Return the ladders of a policy, in the order of the file."""
    tracks: list[Track] = []
    nodes = root.some("tracks")
    for node in nodes:
        name = node.identifier("track")
        if name == URGE:
            node.fault("is the name of reminders by hand", "track")
        if name == ARRIVAL:
            node.fault("is the name of notices that work has come", "track")
        named = [track for track in tracks if track.name == name]
        places = read_places(node)
        if not node.has(FOR) and any(not track.places for track in named):
            node.fault("two tracks have one name", "track")
        taken = {place for track in named for place in track.places}
        for index, place in enumerate(places):
            if place in taken:
                node.fault("another track of this name is for the same", FOR, index)
        rungs = _rungs(node)
        if node.has(LATE_START) and not rungs and node.is_sound("rungs"):
            node.fault("there are no rungs that it comes before", LATE_START)
        late = _late_start(node, rungs)
        tracks.append(Track(name=name, rungs=rungs, late_start=late, places=places))
    for node, track in zip(nodes, tracks, strict=True):
        _require_effect(node, track, tracks)
        _require_difference(node, track, tracks)
    return tuple(tracks)


def read_arrival(root: Node) -> tuple[Rung | None, tuple[Place, ...]]:
    """Return how whoever work comes to is told, and where they are; of no place: everywhere."""
    if not root.has(ARRIVAL):
        return None, ()
    node = root.node(ARRIVAL)
    places = read_places(node)
    for index, place in enumerate(places):
        if any(wider in places for wider in place.around[1:]):
            node.fault("another entry is for it already", FOR, index)
    return read_at_once(node, ARRIVAL), places


def read_places(node: Node) -> tuple[Place, ...]:
    """Return the places that what stands in *node* is for; none: it names none."""
    found: list[Place] = []
    for one in node.some(FOR) if node.has(FOR) else ():
        place = Place(
            one.code("kind"),
            one.code("state") if one.has("state") else "",
            one.identifier("tier") if one.has("tier") else "",
        )
        if place in found:
            one.fault("is said twice")
        found.append(place)
    return tuple(found)


def _require_effect(node: Node, own: Track, tracks: Sequence[Track]) -> None:
    """Note a track without rungs that keeps none from anybody."""
    if own.rungs or not node.is_sound("rungs"):
        return
    others = [track for track in tracks if track.name == own.name and track.rungs]
    for index, place in enumerate(own.places):
        if not any(_lies_under(track, place) for track in others):
            node.fault("no rungs are told there without it either", FOR, index)


def _require_difference(node: Node, own: Track, tracks: Sequence[Track]) -> None:
    """Object to each place of *own* at which the same would be told without it."""
    for index, place in enumerate(own.places if own.rungs else ()):
        less = replace(own, places=tuple(one for one in own.places if one != place))
        # A ladder that is for no place would be for all of them.
        without = [less if track is own else track for track in tracks]
        without = [track for track in without if track is not less or less.places]
        there = [at for at in _within(place, tracks) if nearest_track(tracks, own.name, at) is own]
        others = [nearest_track(without, own.name, at) for at in there]
        if others and all(one and _tells_same(one, own) for one in others):
            node.objection("says nothing but what holds there without it", FOR, index)


def _tells_same(one: Track, other: Track) -> bool:
    return (one.rungs, one.late_start) == (other.rungs, other.late_start)


def _within(place: Place, tracks: Sequence[Track]) -> Iterator[Place]:
    """Yield the places in *place* at which *tracks* may differ, and one of which none speaks."""
    named = [one for track in tracks for one in track.places if one.kind == place.kind]
    states = [place.state] if place.state else ["", *{one.state for one in named if one.state}]
    tiers = [place.tier] if place.tier else ["", *{one.tier for one in named if one.tier}]
    yield from (Place(place.kind, state, tier) for state in states for tier in tiers)


def _lies_under(track: Track, place: Place) -> bool:
    """Tell whether *track* would hold somewhere at *place* if nothing nearer were there."""
    return not track.places or any(
        one.kind == place.kind
        and one.state in {"", place.state}
        and (not one.tier or not place.tier or one.tier == place.tier)
        and (bool(one.state), bool(one.tier)) < (bool(place.state), bool(place.tier))
        for one in track.places
    )


def _late_start(node: Node, rungs: Sequence[Rung]) -> Rung | None:
    """Return how the holder is told of what is late, before those above are.

    A policy that does not say so, and escalates, tells it at most once.
    """
    if node.has(LATE_START):
        return read_at_once(node.node(LATE_START), LATE_START)
    if all(rung.kind == "reminder" for rung in rungs):
        return None
    return at_once(LATE_START, send_again=False)


def read_at_once(node: Node, name: str) -> Rung:
    """Read a rung that counts no days, see `at_once`."""
    told = at_once(name, send_again=read_unknown(node))
    return replace(told, asks=_asks(node), texts=read_texts(node))


def at_once(name: str, *, send_again: bool) -> Rung:
    """Return a rung that counts no days: it is told to the holder as soon as it holds."""
    return Rung(name=name, kind="reminder", working_days=0, target=Target(), send_again=send_again)


def _rungs(track: Node) -> tuple[Rung, ...]:
    # Of a ladder that is for some places alone, none means that nothing is told there.
    nodes = track.nodes("rungs") if track.has(FOR) else track.some("rungs")
    rungs = [_rung(node) for node in nodes]
    for (lower, upper), node in zip(pairwise(rungs), nodes[1:], strict=True):
        if upper.working_days <= lower.working_days:
            node.fault("is not later than the rung below it")
    repeated = [*rungs[:-1], *_repeated(rungs[-1], nodes[-1])] if rungs else []
    for node in nodes[:-1]:
        if node.has("repeat"):
            node.fault("the last rung alone is repeated", "repeat")
    names = [rung.name for rung in rungs]
    for index, node in enumerate(nodes):
        if names[index] == LATE_START:
            node.fault("is the name of a key beside the rungs", "rung")
        if names[index] in {ARRIVAL, BULLETIN, URGE}:
            node.objection("is the name of what is told by no ladder", "rung")
        if names[index] in names[:index]:
            node.fault("two rungs have one name", "rung")
        if names[index] in {rung.name for rung in repeated[len(rungs) :]}:
            node.fault("is the name of a rung that is repeated", "rung")
    return tuple(repeated)


def _repeated(rung: Rung, node: Node) -> tuple[Rung, ...]:
    """Return *rung*, and as often again as it says: each time so many working days later."""
    if not node.has("repeat"):
        return (rung,)
    repeat = node.node("repeat")
    every, times = repeat.integer("every", 1, MAX_DAYS), repeat.integer("times", 1, MAX_TIMES)
    until_acted = repeat.has("until") and bool(repeat.choice("until", UNTIL, "end of a repeat"))
    if rung.kind == "reminder":
        node.fault("what is not over yet is not repeated", "repeat")
    elif rung.working_days + every * times > MAX_DAYS:
        longest = said("the last time is more than {most} working days over", most=MAX_DAYS)
        node.fault(longest, "repeat")
    elif until_acted and rung.target.is_holder:
        repeat.fault("who is to act is told: it ends with what they do in any case", "until")
    return tuple(
        replace(
            rung,
            name=f"{rung.name}/{nth + 1}" if nth else rung.name,
            working_days=rung.working_days + nth * every,
            is_repeat=nth > 0,
            until_acted=until_acted,
        )
        for nth in range(times + 1)
    )


def _rung(node: Node) -> Rung:
    kind, target, asks = node.choice("kind", KINDS, "kind"), _target(node.node("to")), _asks(node)
    if asks and not (kind == "reminder" and target.is_holder):
        node.fault("only reminders to whoever has it can be acknowledged", ACKNOWLEDGEMENT)
    side, least, sign = ("over", 1, 1) if kind == "escalation" else ("before", 0, -1)
    return Rung(
        name=node.text("rung", PLAIN),
        kind=kind,
        working_days=sign * node.integer(side, least, MAX_DAYS),
        target=target,
        send_again=read_unknown(node),
        asks=asks,
        texts=read_texts(node),
    )


def _asks(node: Node) -> bool:
    """Tell whether who is told is asked to acknowledge it; what says no is left out."""
    if (
        node.has(ACKNOWLEDGEMENT)
        and not node.flag(ACKNOWLEDGEMENT)
        and node.is_sound(ACKNOWLEDGEMENT)
    ):
        node.fault("leave it out: nothing is asked for without it", ACKNOWLEDGEMENT)
    return node.has(ACKNOWLEDGEMENT) and node.flag(ACKNOWLEDGEMENT)


def _target(node: Node) -> Target:
    if node.has("body"):
        target = lift_target(node.choice("body", tuple(BODIES), "body"))
        return target if target.is_holder else replace(target, roles=_codes(node, "roles"))
    if node.has("holder"):
        if not node.flag("holder"):
            node.fault("leave it out, and name a unit", "holder")
        return Target()
    return Target(
        nearest=_codes(node, "nearest"),
        of_holder=node.choice("of", OF, "unit") == "holder",
        roles=_codes(node, "roles"),
    )


def read_unknown(node: Node) -> bool:
    """Tell whether it is sent again where nobody can say if it arrived."""
    return UNKNOWN.get(node.choice("when_unknown", tuple(UNKNOWN), "way"), False)


def _codes(node: Node, key: str) -> tuple[str, ...]:
    words = node.words(key, None, key)
    if node.has(key) and not words:
        node.fault("at least one entry is expected here", key)
    for index, word in enumerate(words):
        if not is_code(word):
            node.fault(CODE.reason, key, index)
    return words
