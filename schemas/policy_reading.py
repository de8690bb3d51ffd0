"""Reading a policy file: all faults at once, each with its line, before anything is sent.

A setting that is saved and never acted on is worse than none, so every key must be one that the
model reads, and a ladder must climb.

Format 1 is lifted when it is read, see `policy_lifting.py`.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schemas.canonical import canonical_bytes
from schemas.document import Document, Faults
from schemas.limits import PLAIN, is_code
from schemas.policy import (
    ARRIVAL,
    BULLETIN,
    DAYS_OF_REST,
    INAPP,
    KINDS,
    LATE_START,
    URGE,
    Digest,
    Fallback,
    Place,
    Policy,
    Retry,
    Rung,
    Target,
    Track,
    Window,
)
from schemas.policy_lifting import BODIES, Words, lift_target, lift_words
from schemas.reading import CODE, Node, Reading
from schemas.said import said

FORMATS = (1, 2)
IN_DOUBT = {"next": True, "leave": False}
UNKNOWN = {"send_again": True, "leave": False}
OF = ("holder", "case")
MAX_DAYS = 250
MAX_TIMES = 60
MAX_SECONDS = 86_400


def read_policy(document: Document) -> Policy:
    """Return the policy in *document*.

    Raises:
        schemas.document.Faults: everything that is wrong with it.
    """
    reading = Reading(document)
    root = reading.root()
    policy = _policy(root, document)
    reading.finish()
    if reading.faults:
        raise Faults(reading.faults)
    return policy


def _policy(root: Node, document: Document) -> Policy:
    format_ = root.integer("format", *FORMATS)
    id_ = root.identifier("id")
    optional = format_ == 1 and not root.has("scheme")
    words = lift_words(root.node("states")) if format_ == 1 else Words(_acts(root), {})
    canonical = canonical_bytes(document.tree)
    policy = Policy(
        id=id_,
        scheme=id_ if optional else root.identifier("scheme"),
        zone=_zone(root),
        hour=root.integer("hour", 0, 23),
        channels=_channels(root),
        retry=_retry(root.node("retry")),
        tracks=_tracks(root),
        urge_again=_unknown(root.node("urge")),
        arrival=_at_once(root.node(ARRIVAL), ARRIVAL) if root.has(ARRIVAL) else None,
        acts=words.acts,
        labels=words.labels,
        hash=sha256(canonical).hexdigest(),
        canonical=canonical,
    )
    windows = _windows(root, policy) if root.has("windows") else ()
    policy = replace(policy, windows=windows, rests=_rests(root))
    policy = replace(policy, fallbacks=_fallbacks(root, policy))
    if not root.has("digest"):
        return policy
    return replace(policy, digest=_digest(root.node("digest"), policy))


def _windows(root: Node, policy: Policy) -> tuple[Window, ...]:
    """Return the hours in which messages leave; no rung may fall due outside of them."""
    found: list[Window] = []
    for node in _some(root, "windows"):
        window = Window(node.integer("from", 0, 23), node.integer("until", 1, 24))
        if window.end <= window.start:
            node.fault("ends before it begins", "until")
        if found and window.start <= found[-1].end:
            node.fault("is not after the end of the window above it", "from")
        found.append(window)
    if found == [Window(0, 24)] or set(policy.channels) == {INAPP}:
        root.fault("nothing is ever held back by it", "windows")
    _require_open(root, policy.hour, found)
    return tuple(found)


def _require_open(node: Node, hour: int, windows: Sequence[Window]) -> None:
    if windows and node.is_sound("hour") and not any(one.has(hour) for one in windows):
        node.fault("is outside of the hours in which messages leave", "hour")


def _rests(root: Node) -> bool:
    """Tell whether no message leaves on a day of rest."""
    if not root.has("quiet"):
        return False
    days = root.words("quiet", (DAYS_OF_REST,), "day")
    if not days:
        root.fault("at least one entry is expected here", "quiet")
    if not root.has("windows"):
        root.fault("what waits over a quiet day needs windows to leave in", "quiet")
    return bool(days)


def _digest(node: Node, policy: Policy) -> Digest:
    """Return what waits for one letter a day; each word of it must make a difference."""
    hour = node.integer("hour", 0, 23)
    if node.has("hour") and hour <= policy.hour:
        node.fault("its letters leave before the rungs of the day", "hour")
    _require_open(node, hour, policy.windows)
    channels = node.words("channels", None, "channel")
    for index, channel in enumerate(channels):
        if channel == INAPP or channel not in policy.channels:
            node.fault("is none of the channels that send letters", "channels", index)
    rungs = _names(policy)
    at_once = _rungs_named(node, "at_once", rungs)
    if not channels or rungs <= {*at_once}:
        node.fault("nothing waits for it")
    return Digest(hour=hour, channels=channels, at_once=at_once)


def _fallbacks(root: Node, policy: Policy) -> tuple[Fallback, ...]:
    """Return what stands in for a channel; each is tried once, so none may lead back."""
    found: list[Fallback] = []
    for node in _some(root, "fallback") if root.has("fallback") else ():
        one = Fallback(
            channel=node.code("from"),
            to=node.code("to"),
            in_doubt=IN_DOUBT.get(node.choice("when_unknown", tuple(IN_DOUBT), "way"), False),
            rungs=_rungs_named(node, "rungs", _names(policy)) if node.has("rungs") else (),
        )
        if node.has("rungs") and not one.rungs:
            node.fault("at least one entry is expected here", "rungs")
        reached = {*policy.channels} | {other.to for other in found}
        if one.channel == INAPP or one.channel not in reached:
            node.fault("is no channel that anything leaves by before", "from")
        if one.to in {INAPP, one.channel, *policy.channels}:
            node.fault("tells the same people already", "to")
        elif one.to in {other.channel for other in found}:
            node.fault("has a fallback itself, above: its entry comes after this one", "to")
        elif any(_both(one, other) for other in found if other.to == one.to):
            node.fault("stands in for another one already: both would tell the same", "to")
        if any(_both(one, other) for other in found if other.channel == one.channel):
            node.fault("is said twice", "from")
        found.append(one)
    return tuple(found)


def _both(one: Fallback, other: Fallback) -> bool:
    """Tell whether both hold for some rung."""
    return not one.rungs or not other.rungs or bool({*one.rungs} & {*other.rungs})


def _names(policy: Policy) -> set[str]:
    """Return all that a message may be of."""
    rungs = {rung.name for track in policy.tracks for rung in track.rungs if not rung.is_repeat}
    rungs |= {LATE_START for track in policy.tracks if track.late_start}
    return rungs | {URGE, BULLETIN, *([ARRIVAL] if policy.arrival else [])}


def _rungs_named(node: Node, key: str, rungs: set[str]) -> tuple[str, ...]:
    named = node.words(key, None, "rung")
    for index, rung in enumerate(named):
        if rung not in rungs:
            node.fault("is none of the rungs", key, index)
    return named


def _channels(root: Node) -> tuple[str, ...]:
    channels = root.words("channels", None, "channel")
    for index, channel in enumerate(channels):
        if not is_code(channel):
            root.fault(CODE.reason, "channels", index)
    if root.has("channels") and INAPP not in channels:
        root.fault(
            said("{inapp} is missing: it is the only one delivered exactly once", inapp=INAPP),
            "channels",
        )
    return channels


def _retry(node: Node) -> Retry:
    first = node.integer("first_seconds", 1, MAX_SECONDS)
    cap = node.integer("cap_seconds", 1, MAX_SECONDS)
    if cap < first:
        node.fault("the cap is below the first wait", "cap_seconds")
    attempts = node.integer("attempts", 1, 20)
    return Retry(first=timedelta(seconds=first), cap=timedelta(seconds=cap), attempts=attempts)


def _tracks(root: Node) -> tuple[Track, ...]:
    tracks: list[Track] = []
    for node in _some(root, "tracks"):
        name = node.identifier("track")
        if name == URGE:
            node.fault("is the name of reminders by hand", "track")
        if name == ARRIVAL:
            node.fault("is the name of notices that work has come", "track")
        if name in {track.name for track in tracks}:
            node.fault("two tracks have one name", "track")
        late = _at_once(node.node(LATE_START), LATE_START) if node.has(LATE_START) else None
        tracks.append(Track(name=name, rungs=_rungs(node), late_start=late))
    return tuple(tracks)


def _at_once(node: Node, name: str) -> Rung:
    """Return a rung that counts no days: it is told to the holder as soon as it holds."""
    return Rung(
        name=name,
        kind="reminder",
        working_days=0,
        target=Target(),
        send_again=_unknown(node),
    )


def _rungs(track: Node) -> tuple[Rung, ...]:
    nodes = _some(track, "rungs")
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
    if rung.kind == "reminder":
        node.fault("what is not over yet is not repeated", "repeat")
    elif rung.working_days + every * times > MAX_DAYS:
        longest = said("the last time is more than {most} working days over", most=MAX_DAYS)
        node.fault(longest, "repeat")
    return tuple(
        replace(
            rung,
            name=f"{rung.name}/{nth + 1}" if nth else rung.name,
            working_days=rung.working_days + nth * every,
            is_repeat=nth > 0,
        )
        for nth in range(times + 1)
    )


def _rung(node: Node) -> Rung:
    kind = node.choice("kind", KINDS, "kind")
    side, least, sign = ("over", 1, 1) if kind == "escalation" else ("before", 0, -1)
    return Rung(
        name=node.text("rung", PLAIN),
        kind=kind,
        working_days=sign * node.integer(side, least, MAX_DAYS),
        target=_target(node.node("to")),
        send_again=_unknown(node),
    )


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


def _acts(root: Node) -> dict[Place, str]:
    acts: dict[Place, str] = {}
    for node in root.nodes("acts") if root.has("acts") else ():
        tier = node.identifier("tier") if node.has("tier") else ""
        place = Place(node.code("kind"), node.code("state"), tier)
        if place in acts:
            node.fault("is said twice")
        acts[place] = node.text("act", PLAIN)
    return acts


def _unknown(node: Node) -> bool:
    return UNKNOWN.get(node.choice("when_unknown", tuple(UNKNOWN), "way"), False)


def _zone(root: Node) -> ZoneInfo:
    try:
        return ZoneInfo(root.text("zone"))
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of zones
        root.fault("is not a time zone", "zone")
        return ZoneInfo("UTC")


def _some(node: Node, key: str) -> list[Node]:
    found = node.nodes(key)
    if node.has(key) and not found:
        node.fault("at least one entry is expected here", key)
    return found


def _codes(node: Node, key: str) -> tuple[str, ...]:
    words = node.words(key, None, key)
    if node.has(key) and not words:
        node.fault("at least one entry is expected here", key)
    for index, word in enumerate(words):
        if not is_code(word):
            node.fault(CODE.reason, key, index)
    return words
