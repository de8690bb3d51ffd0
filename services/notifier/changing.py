"""What a simulation has otherwise than it is: read from files, with all that is wrong in them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

import yaml

from schemas.calendar import WorkingDays
from schemas.calendar_reading import read_calendar
from schemas.canonical import canonical_bytes
from schemas.document import Document, Fault, Faults, read_document
from schemas.policy import Policy
from schemas.policy_reading import read_new_policy
from schemas.reading import Node, unknown
from schemas.reading import Reading as FileReading
from schemas.said import said
from services.notifier.bootstrap import own_policy
from services.notifier.domain.labels import read_labels

_LONGEST_NAME = 200
_Read = TypeVar("_Read")


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What is to be otherwise than it is; nothing: nothing."""

    policy: Policy | None = None
    calendar: WorkingDays | None = None
    scheme: bytes | None = None  # canonical text
    organisation: Mapping[str, Any] | None = None
    # The policy that all of it is held against, in place of the one in force.
    against: Policy | None = None

    @classmethod
    def read(
        cls,
        policy: Path | None = None,
        calendar: Path | None = None,
        scheme: Path | None = None,
        organisation: Path | None = None,
        against: Path | None = None,
    ) -> Self:
        """Return the change that files hold.

        Raises:
            schemas.document.Faults
        """
        faults: list[Fault] = []

        def read(file: Path | None, reads: Callable[[Path], _Read]) -> _Read | None:
            try:
                return reads(file) if file else None
            except Faults as found:
                faults.extend(found.faults)
                return None

        change = cls(
            policy=read(policy, lambda file: own_policy(file, read_new_policy)),
            calendar=read(calendar, lambda file: read_calendar(_document(file))),
            scheme=read(scheme, lambda file: _scheme(_document(file))),
            organisation=read(organisation, lambda file: _organisation(_document(file))),
            against=read(against, own_policy),
        )
        new, other = change.policy, change.against
        if against and new and other and new.scheme != other.scheme:
            reason = said(
                "is for the scheme {scheme}, and so not to be held against one for {other}",
                scheme=other.scheme,
                other=new.scheme,
            )
            faults.append(Fault(file=against.name, line=0, path="", reason=reason))
        if faults:
            raise Faults(faults)
        return change

    @property
    def other(self) -> "Change":
        """What it is held against: things as they are, but for the policy that is named for it."""
        return Change(policy=self.against)

    @property
    def is_any(self) -> bool:
        """Whether anything is to be otherwise."""
        return self != Change()


def _document(file: Path) -> Document:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = said("cannot be read as UTF-8 text: {problem}", problem=error)
        raise Faults([Fault(file=file.name, line=0, path="", reason=reason)]) from error
    return read_document(text, yaml.compose, file.name)


def _scheme(document: Document) -> bytes:
    """Return the canonical text; whether the rules are sound, `scheme check` says."""
    reading = FileReading(document)
    reading.root().identifier("id")
    if not reading.faults:
        try:
            read_labels(document.tree)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            reading.fault((), said("is no scheme: {problem}", problem=error))
    _require_none(reading)
    return canonical_bytes(document.tree)


def _organisation(document: Document) -> Mapping[str, Any]:
    """Return units and posts; whether they fit the rules, `organisation import --dry-run` says."""
    reading = FileReading(document)
    root = reading.root()
    units: dict[str, dict[str, Any]] = {}
    children: list[tuple[Node, dict[str, Any]]] = []
    posts: dict[tuple[str, ...], dict[str, Any]] = {}
    for node in root.nodes("units"):
        unit: dict[str, Any] = {
            "id": node.identifier("id"),
            "parent": node.identifier("parent") if node.has("parent") else None,
            "name": node.text("name", _LONGEST_NAME),
            "kind": node.identifier("kind"),
        }
        if units.setdefault(unit["id"], unit) is not unit:
            node.fault(said("{word} is repeated", word=unit["id"]), "id")
        children.append((node, unit))
    for node, unit in children:
        if unit["parent"] and not _ends(unit, units):
            node.fault(said("its line of parents does not end at a unit of this file"), "parent")
    for node in root.nodes("posts"):
        post: dict[str, Any] = {
            "unit": node.identifier("unit"),
            "role": node.identifier("role"),
            "person": node.identifier("person"),
            "since": node.day("from").isoformat(),
            "until": node.day("until").isoformat() if node.has("until") else None,
        }
        if post["unit"] and post["unit"] not in units:
            node.fault(unknown("unit", post["unit"], units), "unit")
        key = (post["unit"], post["role"], post["person"], post["since"])
        if posts.setdefault(key, post) is not post:
            node.fault(said("{word} is repeated", word=post["person"]), "person")
    _require_none(reading)
    return {"units": [*units.values()], "posts": [*posts.values()]}


def _ends(unit: Mapping[str, Any], units: Mapping[str, Mapping[str, Any]]) -> bool:
    """Tell whether the line of parents above *unit* comes to an end among *units*."""
    for _ in units:
        if unit["parent"] is None:
            return True
        if unit["parent"] not in units:
            return False
        unit = units[unit["parent"]]
    return False


def _require_none(reading: FileReading) -> None:
    if reading.faults:
        raise Faults(reading.faults)
