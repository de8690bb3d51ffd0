"""What commands say: a line for people, or JSON for machines; and with which exit status."""

import argparse
import json
import sys
from collections.abc import Iterable
from typing import Any

Arguments = argparse.Namespace


class Misuse(Exception):
    """What was given is not what the command is for (exit 2)."""


def say(arguments: Arguments, answer: dict[str, Any], told: Iterable[str]) -> int:
    """Say what was done; return the exit status."""
    if arguments.json:
        print(json.dumps(answer, ensure_ascii=False, default=str))
    else:
        for line in told:
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
