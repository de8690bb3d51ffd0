"""The registry of reasons: every code a refusal may carry, and what is said about it.

Published and for good: clients branch on the codes, and events keep them for ever, so a code may be
added, never changed or taken away. A sentence may be worded better at any time. `{names}` stand
for the blocker's own figures; what is missing is shown as an ellipsis, never as an error.
The sentences are data: `reasons.json`, and `warnings.json` for what refuses nothing.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from string import Formatter
from typing import Any, Final

from schemas.calendar import ZONE
from schemas.complaints import Fault
from schemas.draw_number import NotAFormat, read_format, spoken
from schemas.instants import BadInstant, parse_instant
from schemas.said import Said, told
from services.workflow.domain.refusals import Blocker

ENGLISH: Final = "en"
ACCEPTED: Final = "accepted"  # of a blocker's figures: what its field takes, in place of the code's


@dataclass(frozen=True, slots=True)
class Reason:
    """What is said of one code: why not, and what would make it pass."""

    status: int  # of HTTP, where the reason is the whole answer
    zh: str
    en: str
    zh_if: str = ""
    en_if: str = ""


def sentence(blocker: Blocker, language: str) -> tuple[str, str]:
    """Return why *blocker* blocks, and what would make it pass ("" if nothing would).

    *language* is `en` or, anything else, Chinese. An unknown code stands for itself. What a case
    is called is a figure like others: who knows the scheme's word for it says so.
    """
    reason = REASONS.get(blocker.code)
    if reason is None:
        return blocker.code, ""
    said = (reason.en, reason.en_if) if language == ENGLISH else (reason.zh, reason.zh_if)
    words = {name: told.get(language, told["zh"]) for name, told in WORDS.items()}
    params = {name: _in(language, name, value) for name, value in blocker.params.items()}
    if "format" in params:
        params["format"] = _format_in(language, params["format"])
    who = [str(params[name]) for name in ("people", "roles") if name in params]
    if who:
        words["who"] = (", " if language == ENGLISH else "、").join(who)
    figures = _Figures({**words, **params})
    lifted = figures.get(ACCEPTED) or said[1].format_map(figures)
    return said[0].format_map(figures), str(lifted)


def _in(language: str, name: str, value: str | int) -> str | int:
    """Return a figure as a sentence in *language* tells it, an instant by the clock on the wall."""
    if isinstance(value, Said):
        return told(value, language)
    try:
        at = parse_instant(value)  # type: ignore[arg-type]  # what is no text is no instant
    except BadInstant:
        return value
    if name == "earliest":  # what is told is typed, and has to be taken: not the minute before
        at += -timedelta(seconds=at.second, microseconds=at.microsecond) % timedelta(minutes=1)
    return f"{at.astimezone(ZONE):%Y-%m-%d %H:%M}{' (UTC+8)' if language == ENGLISH else ''}"


def _format_in(language: str, value: str | int) -> str | int:
    """Return the format of a number that was stated, as people read it."""
    try:
        return told(spoken(read_format(str(value))), language)
    except NotAFormat:
        return value


def without_figures(code: str, language: str) -> str:
    """Return why, of a reason of which nothing but its *code* is known; "" if that says too little.

    An event keeps of what was left out the code alone.
    """
    reason = REASONS.get(code)
    told = code if reason is None else reason.en if language == ENGLISH else reason.zh
    words = {name: one.get(language, one["zh"]) for name, one in WORDS.items()}
    wanted = {name for _, name, _, _ in Formatter().parse(told) if name}
    return told.format_map(words) if wanted <= words.keys() else ""


def accepted(fault: Fault, language: str) -> str:
    """Return what the field of *fault* takes: as its schema says, else what its code says of it."""
    said = fault.accepted_en if language == ENGLISH else fault.accepted_zh
    return said or sentence(Blocker(code=fault.code, field=fault.field), language)[1]


def blocker_of(fault: Fault) -> Blocker:
    """Return *fault* as a blocker that says what its field takes, with its schema's figures."""
    if not fault.accepted_zh:
        return Blocker(code=fault.code, field=fault.field)
    takes = Said(fault.accepted_en, en=fault.accepted_en, zh=fault.accepted_zh)
    return Blocker(code=fault.code, field=fault.field, params={ACCEPTED: takes})


def warning(code: str, language: str) -> str:
    """Return the sentence of a warning, one of `WARNINGS`; an unknown code stands for itself."""
    zh, en = WARNINGS.get(code, (code, code))
    return en if language == ENGLISH else zh


class _Figures(dict[str, str | int]):
    """A blocker's figures; the page says "…" rather than nothing when an old event lacks one."""

    def __missing__(self, _name: str) -> str:
        return "…"


# The status of HTTP of a command that was refused, by what became of it; on every way in.
REFUSED: Final[Mapping[str, int]] = {
    "unknown_token": 401,
    "not_allowed": 403,
    "absent": 404,
    "unfit": 409,
    "stale": 412,
    "not_fulfilled": 422,
    "unavailable": 503,
}


def _catalogue(name: str) -> dict[str, dict[str, Any]]:
    read: dict[str, dict[str, Any]] = json.loads(files(__package__).joinpath(name).read_bytes())
    return read


REASONS: Final[Mapping[str, Reason]] = {
    code: Reason(**told) for code, told in _catalogue("reasons.json").items()
}

# What is spoken of where no scheme is at hand that has a word for it.
WORDS: Final[Mapping[str, Mapping[str, str]]] = _catalogue("words.json")

# Told to the auditor with the report; they refuse nothing.
WARNINGS: Final[Mapping[str, tuple[str, str]]] = {
    code: (told["zh"], told["en"]) for code, told in _catalogue("warnings.json").items()
}
