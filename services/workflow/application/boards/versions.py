"""What was filed: every version of every document of a case, with the texts that lie beside it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from services.workflow.application.boards.history import Entry
from services.workflow.application.boards.spoken import Spoken
from services.workflow.domain.case.answering import Key
from services.workflow.domain.data.characters import count_characters
from services.workflow.domain.data.document import paragraphs
from services.workflow.domain.language.model.documents import Column, Document

Told = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One text of a document."""

    name: str
    label: str
    text: str | None  # None: erased
    characters: int | None = None

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """Its paragraphs in order: lines with something in them."""
        return paragraphs(self.text or "")


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One row of a document with rows."""

    number: int
    label: str  # of a given row; "" where rows are added freely
    values: Told  # by column, as the event spells them
    texts: Mapping[str, str] | None  # by column; None: erased


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """What was answered to a case that had to be, or to one row of it."""

    case: str  # its stream
    row: int | None
    text: str | None  # None: erased

    @property
    def key(self) -> Key:
        return self.case, self.row


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """One version of one document."""

    document: str
    label: str
    number: int
    at: datetime
    actor: str | None
    deputy_for: str | None = None
    trigger: str = ""  # by which it was filed
    characters: int | None = None
    warnings: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    rows: tuple[Row, ...] = ()
    files: tuple[Told, ...] = ()
    covers: tuple[int, ...] = field(default=())
    answers: tuple[Answered, ...] = ()
    about: int | None = None  # the version that it is about, of the document it is a finding on

    def part(self, name: str) -> Part | None:
        return next((one for one in self.parts if one.name == name), None)

    def filled(self, columns: Iterable[Column]) -> list[Column]:
        """Return those of *columns* in which some row says something, or said it once."""
        if any(row.texts is None for row in self.rows):
            return list(columns)
        said = {name for row in self.rows for name in (*row.values, *(row.texts or ()))}
        return [one for one in columns if one.name in said]


def versions_of(entries: Iterable[Entry], here: Spoken) -> Iterator[Version]:
    """Yield what the *entries* of a case filed, the first version first."""
    before: dict[str, Version] = {}
    for entry in entries:
        for told in entry.event.data.get("documents", ()):
            before[told["name"]] = made = _version(told, entry, here, before.get(told["name"]))
            yield made


def files_before(now: Version, versions: Iterable[Version]) -> Mapping[str, tuple[int, Told]]:
    """Return by hash the files of versions before *now* that it does not have, and in which last.

    What was brought once stays: who judges sees that it is not in the version before them.
    """
    kept = {file["sha256"] for file in now.files}
    return {
        file["sha256"]: (one.number, file)
        for one in versions
        if one.document == now.document and one.number < now.number
        for file in one.files
        if file["sha256"] not in kept
    }


def written(
    document: Document, texts: Mapping[str, str], *, number: int, at: datetime, actor: str | None
) -> Version:
    """Return what is being written of *document* as the version that it would be."""
    return Version(
        document=document.name,
        label=document.label,
        number=number,
        at=at,
        actor=actor,
        characters=sum(count_characters(texts.get(part.name, "")) for part in document.parts),
        parts=tuple(
            Part(name=part.name, label=part.label, text=texts.get(part.name, ""))
            for part in document.parts
        ),
    )


def by_document(versions: Iterable[Version]) -> Mapping[str, Sequence[Version]]:
    """Return *versions* by document, in the order in which the documents were first filed."""
    found: dict[str, list[Version]] = {}
    for version in versions:
        found.setdefault(version.document, []).append(version)
    return found


def _version(told: Told, entry: Entry, here: Spoken, before: Version | None) -> Version:
    name = told["name"]
    return Version(
        document=name,
        label=here.document(name),
        number=told["version"],
        at=entry.effective_at,
        actor=entry.event.actor,
        deputy_for=entry.event.deputyfor,
        trigger=entry.event.data.get("trigger", ""),
        characters=told.get("characters"),
        warnings=tuple(told.get("warnings", ())),
        parts=tuple(
            Part(
                name=one["name"],
                label=here.part(name, one["name"]),
                text=entry.texts.get(one["sha256"]),
                characters=one.get("characters"),
            )
            for one in told.get("parts", ())
        ),
        rows=tuple(_row(one, entry, here, name, before) for one in told.get("rows", ())),
        files=tuple(told.get("files", ())),
        covers=tuple(told.get("covers", ())),
        answers=tuple(
            Answered(
                case=one["case"], row=one.get("row"), text=entry.texts.get(one["text"]["sha256"])
            )
            for one in told.get("answers", ())
        ),
        about=told.get("about", {}).get("version"),
    )


def _row(told: Told, entry: Entry, here: Spoken, name: str, before: Version | None) -> Row:
    texts = texts_of(told, entry)
    if "text" not in told:
        # A row that a later version names by its number alone keeps its texts, and tells none.
        kept = (row for row in before.rows if row.number == told["row"]) if before else iter(())
        found = next((row for row in kept if row.values == told.get("values", {})), None)
        texts = found.texts if found else texts
    label = here.part(name, told["name"]) if "name" in told else ""
    return Row(number=told["row"], label=label, values=told.get("values", {}), texts=texts)


def texts_of(told: Told, entry: Entry) -> Mapping[str, str] | None:
    """Return the texts of a row by column; None where they were erased."""
    if "text" not in told:
        return {}
    found = entry.texts.get(told["text"]["sha256"])
    texts: Mapping[str, str] | None = None if found is None else orjson.loads(found)
    return texts
