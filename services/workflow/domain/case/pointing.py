"""What a row points at: a paragraph that stands in the version it is about."""

from collections.abc import Iterator, Mapping
from typing import Any

from services.workflow.domain.case.acts import Asked
from services.workflow.domain.case.rows import placed
from services.workflow.domain.language.model.documents import Column, Document, Pointing
from services.workflow.domain.refusals import Blocker


def pointers_at_fault(asked: Asked) -> Iterator[Blocker]:
    """Yield the rows that point at no paragraph of the document in force that they are about."""
    for name, given in asked.act.given.get("documents", {}).items():
        document = asked.world.scheme.documents[name]
        if document.points_at is None:
            continue
        for place, row in placed(name, given):
            yield from _at_fault(document, document.points_at, row, place, asked)


def _at_fault(
    document: Document, pointing: Pointing, row: Mapping[str, Any], place: str, asked: Asked
) -> Iterator[Blocker]:
    part, told = row.get(pointing.part), row.get(pointing.paragraph)
    if told is None:
        return
    if part is None:
        yield Blocker(code="required", field=f"{place}.{pointing.part}")
        return
    filed = asked.case.documents.get(document.about)
    if filed is not None and not filed.paragraphs:
        return  # filed by a release before, which did not count them
    n_there = filed.paragraphs.get(part, 0) if filed else 0
    if not 1 <= int(told.partition(".")[0]) <= n_there:
        params: dict[str, str | int] = {"paragraph": told, "n": n_there}
        params["label"] = _label(document.column(pointing.part), part)
        at = f"{place}.{pointing.paragraph}"
        yield Blocker(code="paragraph_lacking", field=at, params=params)


def _label(column: Column | None, part: str) -> str:
    options = getattr(column.type, "options", ()) if column else ()
    return next((one.label for one in options if one.name == part), part)
