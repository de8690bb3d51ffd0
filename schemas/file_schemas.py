"""Calendar and policy files as JSON Schema, for editors: keys, types, choices, bounds.

What only the whole can tell (days in order, a ladder that climbs, a known time zone) the import
tells. A test holds both to the readers: what is refused here is refused there, by its shape.
"""

from collections.abc import Mapping
from typing import Any

from schemas.calendar_reading import MOST_DAYS, MOST_YEARS
from schemas.json_schema import DIALECT, one_line
from schemas.ladder_reading import ACKNOWLEDGEMENT, FOR, MAX_DAYS, MAX_TIMES, OF, UNKNOWN, UNTIL
from schemas.limits import CODE, FIRST_YEAR, IDENTIFIER, LAST_YEAR, PLAIN
from schemas.policy import DAYS_OF_REST, KINDS
from schemas.policy_reading import IN_DOUBT, MAX_SECONDS
from schemas.reading import LONGEST, LONGEST_POINT
from schemas.text_reading import LANGUAGES, MOST_LINES, TEXT

Json = dict[str, Any]

ID: Json = {"type": "string", "pattern": f"^{IDENTIFIER}$"}
DAY: Json = {"type": "string", "format": "date"}
FLAG: Json = {"type": "boolean"}
_CODES: Json = {
    "type": "array",
    "minItems": 1,
    "uniqueItems": True,
    "items": {"type": "string", "pattern": f"^{CODE}$"},
}
_CODE: Json = {"type": "string", "pattern": f"^{CODE}$"}


def file_schema(title: str, members: Mapping[str, Json], *optional: str) -> Json:
    """Return the schema of a file of these *members*; all but the *optional* must be there."""
    return {"$schema": DIALECT, "title": title, **entry(members, *optional)}


def entry(members: Mapping[str, Json], *optional: str) -> Json:
    """Return the schema of one mapping, of which no other key is read."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [key for key in members if key not in optional],
        "properties": dict(members),
    }


def several(items: Json, least: int = 0, most: int | None = None) -> Json:
    """Return the schema of a list."""
    bounds = {"minItems": least} | ({} if most is None else {"maxItems": most})
    return {"type": "array", **bounds, "items": items}


def line(most: int) -> Json:
    """Return the schema of a text on one line, in whatever form: no editor knows of composing."""
    return {key: value for key, value in one_line(1, most).items() if key != "format"}


def whole(least: int, most: int) -> Json:
    """Return the schema of a whole number."""
    return {"type": "integer", "minimum": least, "maximum": most}


def calendar_file() -> Json:
    """Return the schema of a calendar file."""
    year = {
        "year": whole(FIRST_YEAR, LAST_YEAR),
        "source": line(LONGEST),
        "published": {"anyOf": [DAY, {"const": ""}]},  # "": nobody has published it yet
        "provisional": FLAG,
        "holidays": several(DAY, most=MOST_DAYS),
        "working_weekends": several(DAY, most=MOST_DAYS),
    }
    members = {"id": ID, "title": line(LONGEST), "version": ID}
    years = several(entry(year), 1, MOST_YEARS)
    return file_schema("calendar", {**members, "years": years})


def policy_file() -> Json:
    """Return the schema of a policy file of format 2."""
    again: Json = {"when_unknown": {"enum": [*UNKNOWN]}}
    own: Json = {**again, ACKNOWLEDGEMENT: {"const": True}, TEXT: _own_text()}
    places = several(entry({"kind": _CODE, "state": _CODE, "tier": ID}, "state", "tier"), 1)
    track = {"track": ID, "late_start": entry(own, ACKNOWLEDGEMENT, TEXT)}
    everywhere = entry({**track, "rungs": several(_rung(), 1)}, "late_start")
    somewhere = entry({**track, FOR: places, "rungs": several(_rung())}, "late_start")
    act = {"kind": _CODE, "state": _CODE, "tier": ID, "act": line(PLAIN)}
    seconds = whole(1, MAX_SECONDS)
    told = {"from": _CODE, "to": _CODE, "when_unknown": {"enum": [*IN_DOUBT]}}
    stands_in = {**told, "rungs": several(line(PLAIN), 1)}
    chosen = {"channels": _CODES, "rungs": several(line(PLAIN), 1)}
    members = {
        "format": {"const": 2},
        "id": ID,
        "scheme": ID,
        "zone": line(LONGEST),
        "hour": whole(0, 23),
        "channels": {**_CODES, "contains": {"const": "inapp"}},
        "retry": entry(
            {"first_seconds": seconds, "cap_seconds": seconds, "attempts": whole(1, 20)}
        ),
        "tracks": several({"anyOf": [everywhere, somewhere]}, 1),
        "urge": entry(again),
        "windows": several(entry({"from": whole(0, 23), "until": whole(1, 24)}), 1),
        "quiet": several({"const": DAYS_OF_REST}, 1, 1),
        "arrival": entry({**own, FOR: places}, FOR, ACKNOWLEDGEMENT, TEXT),
        "digest": entry(
            {"hour": whole(0, 23), "channels": _CODES, "at_once": several(line(PLAIN))}
        ),
        "fallback": several(entry(stands_in, "rungs"), 1),
        "choices": several(entry(chosen, "rungs"), 1),
        "acts": several(entry(act, "tier")),
    }
    optional = ("acts", "arrival", "choices", "digest", "windows", "quiet", "fallback")
    return file_schema("policy", members, *optional)


def _own_text() -> Json:
    lines = {"subject": line(PLAIN), "lines": several(line(LONGEST_POINT), 1, MOST_LINES)}
    return entry({language: entry(lines) for language in LANGUAGES})


def _rung() -> Json:
    """Return the schema of a rung: a reminder stands before the day, an escalation over it."""
    holder, unit = entry({"holder": {"const": True}}), {"nearest": _CODES, "of": {"enum": [*OF]}}
    asks = {ACKNOWLEDGEMENT: {"const": True}}
    to = {"anyOf": [holder, entry({**unit, "roles": _CODES})]}
    sides = zip(KINDS, (("before", 0), ("over", 1)), strict=True)
    times = {"every": whole(1, MAX_DAYS), "times": whole(1, MAX_TIMES)}
    again = entry({**times, "until": {"enum": [*UNTIL]}}, "until")
    return {
        "anyOf": [
            entry(
                {
                    "rung": line(PLAIN),
                    "kind": {"const": kind},
                    side: whole(least, MAX_DAYS),
                    "to": to,
                    "when_unknown": {"enum": [*UNKNOWN]},
                    TEXT: _own_text(),
                    **({"repeat": again} if side == "over" else asks),
                },
                "repeat" if side == "over" else ACKNOWLEDGEMENT,
                TEXT,
            )
            for kind, (side, least) in sides
        ]
    }
