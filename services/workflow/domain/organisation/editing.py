"""One entry of the organisation changed by hand: judged as the whole file would be.

The one idea: there is one judge of how an organisation may be, and it reads files. So what is known
is written as its file, the entry put into it, and the file read again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from schemas.document import Document, Fault, Faults
from services.workflow.domain.organisation.exporting import exported
from services.workflow.domain.organisation.file import OrganisationFile, parse
from services.workflow.domain.organisation.spelling import BY_HAND
from services.workflow.domain.organisation.tree import Organisation

Section = Literal["people", "posts"]
_KEYS: Mapping[Section, tuple[str, ...]] = {
    "people": ("id",),
    "posts": ("person", "unit", "role", "from"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """One entry of a file that is written anew, or dropped."""

    section: Section
    entry: Mapping[str, str]  # as it stands in the file; of what is dropped its key
    dropped: bool = False

    @property
    def key(self) -> tuple[str, ...]:
        """What tells the entry from all others."""
        return _key(self.section, self.entry)


def edited(
    organisation: Organisation, people: Mapping[str, Mapping[str, str]], edit: Edit
) -> OrganisationFile:
    """Return the file of *organisation* with *edit* in it; *people* are the texts beside the log.

    Whose text was erased stays so.

    Raises:
        Faults: what is wrong with the entry, each with the key it is about as its path; "" where
            it is about no single one.
    """
    tree = exported(organisation, people)
    others = [one for one in tree[edit.section] if _key(edit.section, one) != edit.key]
    entries = others if edit.dropped else [*others, dict(edit.entry)]
    try:
        file = parse(Document({**tree, edit.section: entries}), BY_HAND)
    except Faults as error:
        raise Faults([*_of_entry(error.faults, edit.section, len(others))]) from error
    erased = {one for one in organisation.people if one not in people}
    if edit.section == "people":
        erased.discard(edit.entry["id"])
    return replace(file, people={**file.people, **dict.fromkeys(erased)})


def _key(section: Section, entry: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(entry.get(name, "") for name in _KEYS[section])


def _of_entry(faults: tuple[Fault, ...], section: Section, index: int) -> Iterator[Fault]:
    here = f"{section}[{index}]."
    for fault in faults:
        key = fault.path.removeprefix(here) if fault.path.startswith(here) else ""
        yield replace(fault, path=key)
