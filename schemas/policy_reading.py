"""Reading a policy file: all faults at once, each with its line, before anything is sent.

A setting that is saved and never acted on is worse than none, so every key must be one that the
model reads; of ladders, see `ladder_reading.py`.

What was published once is read for good, since the cases opened under it run by it: a rule that
is stricter than those of a release before is an objection, which is made to new policies alone.

Format 1 is lifted when it is read, see `policy_lifting.py`.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schemas.canonical import canonical_bytes
from schemas.document import Document, Faults
from schemas.ladder_reading import read_arrival, read_tracks, read_unknown
from schemas.limits import PLAIN, is_code
from schemas.policy import (
    ARRIVAL,
    BULLETIN,
    DAYS_OF_REST,
    INAPP,
    LATE_START,
    URGE,
    Choosable,
    Digest,
    Fallback,
    Place,
    Policy,
    Retry,
    Window,
)
from schemas.policy_lifting import Words, lift_words
from schemas.reading import CODE, Node, Reading
from schemas.said import said

FORMATS = (1, 2)
IN_DOUBT = {"next": True, "leave": False}
MAX_SECONDS = 86_400


def read_policy(document: Document) -> Policy:
    """Return the policy in *document*, as any release may have published it.

    Raises:
        schemas.document.Faults: everything that cannot be read in it.
    """
    policy, reading = _read(document)
    if reading.faults:
        raise Faults(reading.faults)
    return policy


def read_new_policy(document: Document) -> Policy:
    """Return the policy in *document*, which is to be published.

    Raises:
        schemas.document.Faults: everything that is wrong with it.
    """
    policy, reading = _read(document)
    if reading.faults or reading.objections:
        raise Faults([*reading.faults, *reading.objections])
    return policy


def _read(document: Document) -> tuple[Policy, Reading]:
    reading = Reading(document)
    policy = _policy(reading.root(), document)
    reading.finish()
    return policy, reading


def _policy(root: Node, document: Document) -> Policy:
    format_ = root.integer("format", *FORMATS)
    if not root.is_sound("format"):
        format_ = FORMATS[-1]  # or what else is said would be of one that nobody meant
    id_ = root.identifier("id")
    optional = format_ == 1 and not root.has("scheme")
    words = lift_words(root.node("states")) if format_ == 1 else Words(_acts(root), {})
    canonical = canonical_bytes(document.tree)
    arrival, arrival_places = read_arrival(root)
    policy = Policy(
        id=id_,
        scheme=id_ if optional else root.identifier("scheme"),
        zone=_zone(root),
        hour=root.integer("hour", 0, 23),
        channels=_channels(root),
        retry=_retry(root.node("retry")),
        tracks=read_tracks(root),
        urge_again=read_unknown(root.node("urge")),
        arrival=arrival,
        arrival_places=arrival_places,
        acts=words.acts,
        labels=words.labels,
        hash=sha256(canonical).hexdigest(),
        canonical=canonical,
    )
    policy = replace(policy, choices=_choices(root, policy))
    windows = _windows(root, policy) if root.has("windows") else ()
    policy = replace(policy, windows=windows, rests=_rests(root))
    policy = replace(policy, fallbacks=_fallbacks(root, policy))
    if not root.has("digest"):
        return policy
    return replace(policy, digest=_digest(root.node("digest"), policy))


def _windows(root: Node, policy: Policy) -> tuple[Window, ...]:
    """Return the hours in which messages leave; no rung may fall due outside of them."""
    found: list[Window] = []
    for node in root.some("windows"):
        window = Window(node.integer("from", 0, 23), node.integer("until", 1, 24))
        if window.end <= window.start:
            node.fault("ends before it begins", "until")
        if found and window.start <= found[-1].end:
            node.fault("is not after the end of the window above it", "from")
        found.append(window)
    always = found == [Window(0, 24)] and not root.has("quiet")
    if always or set(policy.every_channel) == {INAPP}:
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
    if not root.items("quiet"):
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
        if channel == INAPP or channel not in policy.every_channel:
            node.fault("is none of the channels that send letters", "channels", index)
    rungs = _names(policy)
    at_once = _rungs_named(node, "at_once", rungs)
    if not channels or (rungs and rungs <= {*at_once}):
        node.fault("nothing waits for it")
    return Digest(hour=hour, channels=channels, at_once=at_once)


def _choices(root: Node, policy: Policy) -> tuple[Choosable, ...]:
    """Return what people may choose; each rung may be in one entry, which must leave a choice."""
    found: list[Choosable] = []
    for node in root.some("choices") if root.has("choices") else ():
        channels = node.words("channels", None, "channel")
        if node.has("channels") and not channels:
            node.fault("at least one entry is expected here", "channels")
        for index, channel in enumerate(channels):
            if not is_code(channel):
                node.fault(CODE.reason, "channels", index)
            elif channel == INAPP:
                node.fault("keeps its copy whatever anybody chooses", "channels", index)
        rungs = _rungs_named(node, "rungs", _names(policy)) if node.has("rungs") else ()
        if node.has("rungs") and not rungs:
            node.fault("at least one entry is expected here", "rungs")
        one = Choosable(channels=channels, rungs=rungs)
        if any(_both(one, other) for other in found):
            node.fault("another entry is for the same")
        found.append(one)
    return tuple(found)


def _fallbacks(root: Node, policy: Policy) -> tuple[Fallback, ...]:
    """Return what stands in for a channel; each is tried once, so none may lead back."""
    found: list[Fallback] = []
    for node in root.some("fallback") if root.has("fallback") else ():
        one = Fallback(
            channel=node.code("from"),
            to=node.code("to"),
            in_doubt=IN_DOUBT.get(node.choice("when_unknown", tuple(IN_DOUBT), "way"), False),
            rungs=_rungs_named(node, "rungs", _names(policy)) if node.has("rungs") else (),
        )
        if node.has("rungs") and not one.rungs:
            node.fault("at least one entry is expected here", "rungs")
        reached = {*policy.every_channel} | {other.to for other in found}
        if one.channel == INAPP or one.channel not in reached:
            node.fault("is no channel that anything leaves by before", "from")
        if one.to in {INAPP, one.channel, *policy.every_channel}:
            node.fault("tells the same people already", "to")
        elif one.to in {other.channel for other in found}:
            node.fault("has a fallback itself, above: its entry comes after this one", "to")
        elif any(_both(one, other) for other in found if other.to == one.to):
            node.fault("stands in for another one already: both would tell the same", "to")
        if any(_both(one, other) for other in found if other.channel == one.channel):
            node.fault("is said twice", "from")
        for index, rung in enumerate(one.rungs if one.channel in reached else ()):
            if not _leaves_by(one.channel, rung, policy, found):
                node.objection("does not leave by that channel before", "rungs", index)
        found.append(one)
    return tuple(found)


def _leaves_by(channel: str, rung: str, policy: Policy, found: Sequence[Fallback]) -> bool:
    """Tell whether *rung* may be told by *channel*: always, by choice, or in another's place."""
    if channel in policy.channels:
        return True
    by_choice = (one.rungs for one in policy.choices if channel in one.channels)
    in_place = (one.rungs for one in found if one.to == channel)
    return any(not rungs or rung in rungs for rungs in (*by_choice, *in_place))


def _both(one: Fallback | Choosable, other: Fallback | Choosable) -> bool:
    """Tell whether both hold for some rung."""
    return not one.rungs or not other.rungs or bool({*one.rungs} & {*other.rungs})


def _names(policy: Policy) -> set[str]:
    """Return all that a message may be of; nothing where no ladder could be read."""
    if not policy.tracks:
        return set()
    rungs = {rung.name for track in policy.tracks for rung in track.rungs if not rung.is_repeat}
    rungs |= {LATE_START for track in policy.tracks if track.late_start}
    return rungs | {URGE, BULLETIN, *([ARRIVAL] if policy.arrival else [])}


def _rungs_named(node: Node, key: str, rungs: set[str]) -> tuple[str, ...]:
    named = node.words(key, None, "rung")
    for index, rung in enumerate(named):
        if rungs and rung not in rungs:
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


def _acts(root: Node) -> dict[Place, str]:
    acts, places = dict[Place, str](), list[Place]()
    nodes = root.nodes("acts") if root.has("acts") else []
    for node in nodes:
        tier = node.identifier("tier") if node.has("tier") else ""
        place = Place(node.code("kind"), node.code("state"), tier)
        if place in acts:
            node.fault("is said twice")
        acts[place] = node.text("act", PLAIN)
        places.append(place)
    for node, place in zip(nodes, places, strict=True):
        if place.tier and acts[place] == acts.get(Place(place.kind, place.state)):
            node.objection("says nothing but what holds there without it", "act")
    return acts


def _zone(root: Node) -> ZoneInfo:
    try:
        return ZoneInfo(root.text("zone"))
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of zones
        root.fault("is not a time zone", "zone")
        return ZoneInfo("UTC")
