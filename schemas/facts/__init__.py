"""All facts there are: one file for each family, each of which registers its own.

They are the same for every kind of case, and none bears a kind's name. A version that was released
never changes: what is to look otherwise is another version.
"""

from schemas.facts import (
    acts,
    answers,
    beside,
    choices,
    closing,
    deputies,
    draws,
    first,
    opening,
    organisation,
    tally,
    texts,
)
from schemas.registry import EVENTS

__all__ = [
    "EVENTS",
    "acts",
    "answers",
    "beside",
    "choices",
    "closing",
    "deputies",
    "draws",
    "first",
    "opening",
    "organisation",
    "tally",
    "texts",
]
