"""Texts to be published: schemes, calendars and policies, read from files and from the package.

A file is YAML, of which JSON is a part. Whatever is wrong with it is told at once; what comes out
could be published as it is.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from schemas import calendars
from schemas.calendar import WorkingDays
from schemas.calendar_reading import read_calendar
from schemas.document import Document, read_document
from schemas.facts.texts import PIN
from schemas.policy import Policy
from schemas.policy_reading import read_new_policy
from services.workflow import schemes
from services.workflow.adapters.files import scheme_file
from services.workflow.adapters.files.file_text import read_text
from services.workflow.adapters.files.yaml_nodes import compose
from services.workflow.application.editions import POLICY, Draft
from services.workflow.domain.language.model.scheme import Scheme

MAX_BYTES = 1024 * 1024  # the longest of ours has a thirtieth of it, and each is sent whole


def load_calendar(text: str, name: str) -> WorkingDays:
    """Make the calendar that *text* says; *name* is its file's in messages. Raises `Faults`."""
    return read_calendar(read_document(text, compose, name))


def load_policy(text: str, name: str) -> Policy:
    """Make the policy that *text* says; *name* is its file's in messages. Raises `Faults`."""
    return read_new_policy(read_document(text, compose, name))


_LOAD: Mapping[str, Callable[[str, str], Scheme | WorkingDays | Policy]] = {
    "scheme": scheme_file.load,
    "calendar": load_calendar,
    "policy": load_policy,
}


def document(file: str) -> Document:
    """Read *file* as it is written, with its lines. Raises `Faults`."""
    return read_document(read_text(Path(file), MAX_BYTES, file), compose, file)


def load(kind: str, file: str) -> Draft:
    """Read the *file* of a text of *kind*; a policy leaves what runs as it is.

    Raises:
        Faults: everything that is wrong with it, or that it cannot be read at all.
    """
    return _draft(kind, read_text(Path(file), MAX_BYTES, file), file)


def shipped(calendar: str | None) -> list[Draft]:
    """Return every scheme of the package, each with its policy, and the *calendar* version."""
    drafts = []
    if calendar is not None:
        table = calendars.read(version=calendar).decode()
        drafts.append(_draft("calendar", table, f"{calendar}.json"))
    for name in schemes.names():
        drafts.append(_draft("scheme", schemes.text(name).decode(), f"{name}.yaml"))
        drafts.append(_draft("policy", schemes.policy(name).decode(), f"{name}.policy.yaml"))
    return drafts


def _draft(kind: str, text: str, name: str) -> Draft:
    read = _LOAD[kind](text, name)
    running = PIN if kind == POLICY else ""
    return Draft(kind=kind, id=read.id, hash=read.hash, canonical=read.canonical, running=running)
