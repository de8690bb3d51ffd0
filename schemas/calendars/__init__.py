"""The calendars that are shipped, as data: every version for good, none edited in place.

What was known when matters: a round of January 2020 was planned before its Spring Festival was
prolonged. A year that is published, or changed, is one more file, named by its version.
"""

from importlib.resources import files

STATE_COUNCIL = "cn-state-council"
_SUFFIX = ".json"


def versions(name: str = STATE_COUNCIL) -> list[str]:
    """Return the shipped versions of the calendar *name*, the oldest first."""
    found = (each.name.removesuffix(_SUFFIX) for each in files(__name__).joinpath(name).iterdir())
    return sorted(found, key=lambda version: [int(part) for part in version.split(".")])


def read(name: str = STATE_COUNCIL, version: str | None = None) -> bytes:
    """Return a shipped calendar as it lies in its file; the newest if no *version* is named."""
    file = f"{version or versions(name)[-1]}{_SUFFIX}"
    return files(__name__).joinpath(name, file).read_bytes()
