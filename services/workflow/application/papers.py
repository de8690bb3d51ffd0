"""Papers as they go out: the bulletin of a range, and what was filed of a case, laid out as files.

The one idea: a paper says what its page says to the same reader, and nothing else. What is put
together here is text alone; how it is set is the layout's, by the standard for official papers.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any, Protocol

from schemas.calendar import local_day
from services.workflow.application.boards.versions import Version
from services.workflow.application.bulletins import Bulletin
from services.workflow.application.exports import headings
from services.workflow.application.firing.rules import ZONE

MEDIA = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SENTENCES: Mapping[str, str] = json.loads(
    files(__package__).joinpath("papers.zh.json").read_bytes()
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """A heading, the paragraphs below it, and a table; each may be lacking.

    Of one that says *to_whom* the paper is, GB/T 9704 sets the line without an indent.
    """

    to_whom: bool = False
    heading: str = ""
    paragraphs: Sequence[str] = ()
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Paper:
    """What is set: who signs it stands below, with the day."""

    title: str
    number: str  # of the case; "": it is about none
    reference: str = ""  # the number that the office gives a paper; "": none is known
    sections: Sequence[Section]
    signed: str
    day: date


class Layout(Protocol):
    """What sets papers."""

    def set_paper(self, paper: Paper) -> bytes:
        """Return a text document of an office suite."""
        ...


def of_version(
    version: Version,
    *,
    number: str,
    signed: str,
    before: Sequence[Section] = (),
    after: Sequence[Section] = (),
) -> Paper:
    """Return what was filed as a paper, *before* and *after* it what is known besides.

    Parts whose text was erased say so.
    """
    several = len(version.parts) > 1
    sections = [
        Section(
            heading=part.label if several else "",
            paragraphs=(SENTENCES["erased"] if part.text is None else part.text).splitlines(),
        )
        for part in version.parts
    ]
    return Paper(
        title=version.label,
        number=number,
        sections=[*before, *sections, *after],
        signed=signed,
        day=local_day(version.at, ZONE),
    )


def of_bulletin(told: Bulletin) -> Paper:
    """Return a bulletin as a paper, as its range reads it."""
    found = told.found
    return Paper(
        title=found.take.label,
        number=found.case.number,
        reference=told.reference,
        sections=list(_sections(told)),
        signed=told.units.get(found.case.unit, found.case.unit),
        day=local_day(told.at, ZONE),
    )


def _sections(told: Bulletin) -> Iterator[Section]:
    content = told.content
    if content is None:
        yield Section(paragraphs=[SENTENCES["erased"]])
        return
    yield Section(paragraphs=list(_summary(told, content)))
    rows = content.get("rows", ())
    if rows:
        shown = told.found.range.shows
        yield Section(
            columns=headings(shown, "zh"),
            rows=[[_said(told, name, row[name]) for name in shown] for row in rows],
        )


def _summary(told: Bulletin, content: Mapping[str, Any]) -> Iterator[str]:
    here = told.found.here
    yield SENTENCES["range"].format(range=told.found.range.label)
    yield SENTENCES["n"].format(n=content["n"])
    for grading, counted in content.get("grades", {}).items():
        each = [f"{here.grade(grading, name)} {n}" for name, n in counted.items()]
        grades = SENTENCES["between"].join(each)
        yield SENTENCES["grades"].format(grading=here.grading(grading), grades=grades)
    for one in told.corrected:
        position = one.position or ""
        key = "one_corrected" if one.row is None else "corrected"
        yield SENTENCES[key].format(row=one.row, position=position)


def _said(told: Bulletin, name: str, value: Any) -> str:
    here = told.found.here
    match name:
        case "unit":
            return told.units.get(value, value)
        case "person":
            return told.people.get(value, value) or ""
        case "state":
            return here.at(here.scheme.kinds.get(told.found.take.about)).state(value)
        case "mode":
            return here.mode(value) if value else ""
        case "grade":
            return " ".join(here.grade(grading, one) for grading, one in value.items())
        case "figure":
            return " ".join(map(str, value.values()))
        case "listed":
            return " ".join(map(here.flag, value))
        case "progress":
            return f"{value['n_done']} / {value['n']}"
    return str(value)
