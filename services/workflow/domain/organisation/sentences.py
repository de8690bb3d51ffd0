"""What an operator reads about an organisation file: a catalogue, filled in."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


def say(code: str, **told: object) -> str:
    """Return the sentence *code* with what there is *told* filled in."""
    return _sentences()[code].format(**told)


@cache
def _sentences() -> Mapping[str, str]:
    found: Mapping[str, str] = json.loads(
        files(__package__).joinpath("sentences.json").read_bytes()
    )
    return found
