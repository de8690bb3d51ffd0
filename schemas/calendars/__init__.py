"""The calendars that are shipped, as data: a year that is published is a change of a file."""

from importlib.resources import files

STATE_COUNCIL = "cn-state-council"


def read(name: str = STATE_COUNCIL) -> bytes:
    """Return the shipped calendar *name* as it lies in its file."""
    return files(__name__).joinpath(f"{name}.json").read_bytes()
