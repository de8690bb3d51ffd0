"""What commands say: a line for people, or JSON for machines; and with which exit status."""

import argparse
import gc
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from typing import Any

from schemas.said import told
from services.workflow.domain.organisation.sentences import say as say_of

Arguments = argparse.Namespace


class Misuse(Exception):
    """What was given is not what the command is for (exit 2)."""


def as_day(text: str) -> date | str:
    """Read a day; what is none stays as it was typed: `untold_days` tells of all at once."""
    with suppress(ValueError):
        day = date.fromisoformat(text)
        if day.isoformat() == text:
            return day
    return text


def untold_days(arguments: Arguments) -> list[str]:
    """Return which days of the command line are none."""
    given = {"--from": "since", "--until": "until", "--day": "day"}
    typed = {name: getattr(arguments, place, None) for name, place in given.items()}
    reason = told(say_of("not_a_day"), arguments.reader)
    return [f"{name} {one}: {reason}" for name, one in typed.items() if isinstance(one, str)]


def say(arguments: Arguments, answer: dict[str, Any], lines: Iterable[str]) -> int:
    """Say what was done; return the exit status."""
    if arguments.json:
        print(json.dumps(answer, ensure_ascii=False, default=str))
    else:
        for line in lines:
            print(line)
    return 0


def warn(arguments: Arguments, warned: Iterable[str]) -> None:
    """Say what is taken and may not be what was meant; with JSON the answer says it."""
    if not arguments.json:
        for line in warned:
            print(line, file=sys.stderr)


def refused(arguments: Arguments, faults: list[str], status: int = 1) -> int:
    """Say why nothing was done; return the exit *status*."""
    if arguments.json:
        print(json.dumps({"faults": faults}, ensure_ascii=False))
    else:
        for fault in faults:
            print(fault, file=sys.stderr)
    return status


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the collector of garbage away from what is read.

    Events, cases and rows hold each other in no circle, so they are freed as they are let go; it
    would look at all that is in hand again and again, for a tenth to a fifth of the time.
    """
    collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collected:
            gc.enable()
