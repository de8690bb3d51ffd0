"""Reading a policy file: all faults at once, each with its line, before anything is sent.

A setting that is saved and never acted on is worse than none, so every key must be one that the
model reads, and a ladder must climb.
"""

from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schemas.canonical import canonical_bytes
from schemas.document import Document, Fault, Faults
from schemas.limits import PLAIN, is_code, is_identifier, is_line
from schemas.policy import (
    BODIES,
    CHANNELS,
    KINDS,
    LATE_START,
    URGE,
    Duty,
    Policy,
    Retry,
    Rung,
    Target,
    Track,
)

FORMAT = 1
ROLES = (
    "secretary",
    "acting_secretary",
    "deputy_secretary",
    "committee_member",
    "discipline_member",
    "head",
    "office",
    "clerk",
    "liaison",
    "inspector",
)
UNKNOWN = {"send_again": True, "leave": False}
_MAX_DAYS = 250
_MAX_SECONDS = 86_400


def read_policy(document: Document) -> Policy:
    """Return the policy in *document*.

    Raises:
        schemas.document.Faults: everything that is wrong with it.
    """
    reader = _Reader(document)
    policy = reader.policy()
    if reader.faults:
        raise Faults(reader.faults)
    return policy


class _Reader:
    """One pass over the tree; goes on after a fault with a value that fits the type."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self.faults: list[Fault] = []

    def policy(self) -> Policy:
        keys = (
            *("format", "id", "scheme", "zone", "hour", "channels"),
            *("retry", "tracks", "urge", "states"),
        )
        tree = self._mapping(self._document.tree, "", keys, optional=("scheme",))
        self._integer(tree.get("format"), "format", FORMAT, FORMAT)
        channels = self._list(tree.get("channels"), "channels")
        for index, channel in enumerate(channels):
            self._choice(channel, f"channels[{index}]", CHANNELS)
        if "inapp" not in channels:
            self._fault("channels", "inapp is missing: it is the only one delivered exactly once")
        if len(set(map(str, channels))) != len(channels):
            self._fault("channels", "a channel is repeated")
        urge = self._mapping(tree.get("urge"), "urge", ("when_unknown",))
        canonical = b"" if self.faults else canonical_bytes(self._document.tree)
        name = self._identifier(tree.get("id"), "id")
        return Policy(
            id=name,
            scheme=self._identifier(tree.get("scheme", name), "scheme"),
            zone=self._zone(tree.get("zone")),
            hour=self._integer(tree.get("hour"), "hour", 0, 23),
            channels=tuple(map(str, channels)),
            retry=self._retry(tree.get("retry")),
            tracks=self._tracks(tree.get("tracks")),
            urge_again=self._unknown(urge, "urge"),
            duties=self._duties(tree.get("states")),
            hash=sha256(canonical).hexdigest(),
            canonical=canonical,
        )

    def _retry(self, value: Any) -> Retry:
        tree = self._mapping(value, "retry", ("first_seconds", "cap_seconds", "attempts"))
        first = self._integer(tree.get("first_seconds"), "retry.first_seconds", 1, _MAX_SECONDS)
        cap = self._integer(tree.get("cap_seconds"), "retry.cap_seconds", 1, _MAX_SECONDS)
        if cap < first:
            self._fault("retry.cap_seconds", "the cap is below the first wait")
        attempts = self._integer(tree.get("attempts"), "retry.attempts", 1, 20)
        return Retry(first=timedelta(seconds=first), cap=timedelta(seconds=cap), attempts=attempts)

    def _tracks(self, value: Any) -> tuple[Track, ...]:
        tracks = []
        for index, entry in enumerate(self._list(value, "tracks")):
            path = f"tracks[{index}]"
            keys = ("track", LATE_START, "rungs")
            tree = self._mapping(entry, path, keys, optional=(LATE_START,))
            name = self._identifier(tree.get("track"), f"{path}.track")
            if name == URGE:
                self._fault(f"{path}.track", "is the name of reminders by hand")
            rungs = self._rungs(tree.get("rungs"), f"{path}.rungs")
            late_start = self._late_start(tree[LATE_START], path) if LATE_START in tree else None
            tracks.append(Track(name=name, rungs=rungs, late_start=late_start))
        if len({track.name for track in tracks}) != len(tracks):
            self._fault("tracks", "two tracks have one name")
        return tuple(tracks)

    def _late_start(self, value: Any, track: str) -> Rung:
        path = f"{track}.{LATE_START}"
        return Rung(
            name=LATE_START,
            kind="reminder",
            working_days=0,
            target=Target(body="holder"),
            send_again=self._unknown(self._mapping(value, path, ("when_unknown",)), path),
        )

    def _rungs(self, value: Any, path: str) -> tuple[Rung, ...]:
        entries = self._list(value, path)
        rungs = [self._rung(entry, f"{path}[{index}]") for index, entry in enumerate(entries)]
        for index, (lower, upper) in enumerate(pairwise(rungs), start=1):
            if upper.working_days <= lower.working_days:
                self._fault(f"{path}[{index}]", "is not later than the rung below it")
        for index, rung in enumerate(rungs):
            if rung.name == LATE_START:
                self._fault(f"{path}[{index}].rung", "is the name of a key beside the rungs")
        if len({rung.name for rung in rungs}) != len(rungs):
            self._fault(path, "two rungs have one name")
        return tuple(rungs)

    def _rung(self, value: Any, path: str) -> Rung:
        keys = ("rung", "kind", "before", "over", "to", "when_unknown")
        tree = self._mapping(value, path, keys, optional=("before", "over"))
        kind = self._choice(tree.get("kind"), f"{path}.kind", KINDS)
        side = "before" if kind == "reminder" else "over"
        other = "over" if kind == "reminder" else "before"
        if other in tree:
            self._fault(f"{path}.{other}", f"a rung of kind {kind} has {side!r}, not {other!r}")
        least = 0 if side == "before" else 1
        days = self._integer(tree.get(side), f"{path}.{side}", least, _MAX_DAYS)
        return Rung(
            name=self._text(tree.get("rung"), f"{path}.rung"),
            kind=kind,
            working_days=-days if side == "before" else days,
            target=self._target(tree.get("to"), f"{path}.to"),
            send_again=self._unknown(tree, path),
        )

    def _target(self, value: Any, path: str) -> Target:
        tree = self._mapping(value, path, ("body", "roles"), optional=("roles",))
        body = self._choice(tree.get("body"), f"{path}.body", BODIES)
        if body == "holder":
            if "roles" in tree:
                self._fault(f"{path}.roles", "the holder's desk already has its role")
            return Target(body=body)
        roles = self._list(tree.get("roles"), f"{path}.roles")
        for index, role in enumerate(roles):
            self._choice(role, f"{path}.roles[{index}]", ROLES)
        return Target(body=body, roles=tuple(map(str, roles)))

    def _duties(self, value: Any) -> dict[str, Duty]:
        if not isinstance(value, dict) or not value:
            self._fault("states", "is missing or not a mapping with entries")
            return {}
        duties = {}
        for state, words in value.items():
            path = f"states.{state}"
            if not is_code(state):
                self._fault(path, "is not the name of a state")
            keys = ("label", "act", "tiers")
            entry = self._mapping(words, path, keys, optional=("tiers",))
            duties[state] = self._duty(entry, path)
            tiers = entry.get("tiers", {})
            if not isinstance(tiers, dict):
                self._fault(f"{path}.tiers", "is not a mapping")
                continue
            for tier, own in tiers.items():
                below = f"{path}.tiers.{tier}"
                duties[f"{state}/{tier}"] = self._duty(
                    self._mapping(own, below, ("label", "act")), below
                )
        return duties

    def _duty(self, tree: Mapping[str, Any], path: str) -> Duty:
        return Duty(
            label=self._text(tree.get("label"), f"{path}.label"),
            act=self._text(tree.get("act"), f"{path}.act"),
        )

    def _unknown(self, tree: Mapping[str, Any], path: str) -> bool:
        written = self._choice(tree.get("when_unknown"), f"{path}.when_unknown", tuple(UNKNOWN))
        return UNKNOWN.get(written, False)

    def _zone(self, value: Any) -> ZoneInfo:
        try:
            return ZoneInfo(self._text(value, "zone"))
        except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of zones
            self._fault("zone", f"{value} is not a time zone")
            return ZoneInfo("UTC")

    def _mapping(
        self, value: Any, path: str, keys: tuple[str, ...], optional: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        if not isinstance(value, dict):
            self._fault(path, "is missing or not a mapping")
            return {}
        for key in value:
            if key not in keys:
                self._fault(f"{path}.{key}" if path else key, "nothing reads this key")
        for key in keys:
            if key not in value and key not in optional:
                self._fault(f"{path}.{key}" if path else key, "is missing")
        return {key: value[key] for key in keys if key in value}

    def _list(self, value: Any, path: str) -> list[Any]:
        if not isinstance(value, list) or not value:
            self._fault(path, "is missing or not a list with entries")
            return []
        return value

    def _text(self, value: Any, path: str) -> str:
        if not isinstance(value, str) or not is_line(value, PLAIN):
            self._fault(
                path, f"is missing or not a text on one line, of at most {PLAIN} characters"
            )
            return ""
        return value

    def _identifier(self, value: Any, path: str) -> str:
        text = self._text(value, path)
        if text and not is_identifier(text):
            self._fault(path, "is not 1–64 of A–Z a–z 0–9 . _ -")
        return text

    def _integer(self, value: Any, path: str, least: int, most: int) -> int:
        if type(value) is not int or not least <= value <= most:
            self._fault(path, f"is not an integer from {least} to {most}")
            return least
        return value

    def _choice(self, value: Any, path: str, choices: tuple[str, ...]) -> str:
        if value not in choices:
            self._fault(path, f"is not one of {', '.join(choices)}")
            return choices[0]
        return str(value)

    def _fault(self, path: str, reason: str) -> None:
        self.faults.append(self._document.fault(path, reason))
