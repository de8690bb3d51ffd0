"""Documents that can be filled in, are taken by somebody, and name what is there."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from schemas.said import said
from services.workflow.domain.language.model.documents import (
    CARRIED,
    ITSELF,
    Case,
    Choice,
    Day,
    Document,
    Number,
    Span,
)
from services.workflow.domain.language.model.guards import NoOverlap
from services.workflow.domain.language.model.lives import Kind
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.soundness.noting import Note, note_unknown
from services.workflow.domain.language.walking import every


def check_documents(scheme: Scheme, note: Note, broken: AbstractSet[str]) -> None:
    """Note documents nobody can fill in or takes, and names that nothing bears.

    Of one of those that are *broken* parts or columns were not read: what it lacks is not known.
    """
    _check_spans(scheme, note, broken)
    for document in scheme.documents.values():
        if document.name not in broken:
            _check_shape(document, note)
            _check_needed(document, note)
        _check_columns(scheme, document, note)
        if broken.isdisjoint((document.name, document.about)):
            _check_pointing(scheme, document, note)
        if document.name not in broken:
            _check_answering(document, note)
        if document.about == document.name:
            note(
                (*document.at, "about"), said("{document} is about itself", document=document.name)
            )
        note_unknown("document", document.about, scheme.documents, (*document.at, "about"), note)
        takers = [kind for kind in scheme.kinds.values() if document.name in taken_by(kind)]
        _check_days_of_spans(document, takers, note)
        if not takers:
            note(document.at, said("no trigger takes {document}", document=document.name))
        for kind in takers:
            for link in document.must_answer:
                note_unknown(
                    said("link of {kind}", kind=kind.name),
                    link,
                    {CARRIED, ITSELF, *kind.links},
                    (*document.at, "must_answer"),
                    note,
                )


def _check_pointing(scheme: Scheme, document: Document, note: Note) -> None:
    """Note criteria and paragraphs of a document that is not there, or has none."""
    about = scheme.documents.get(document.about)
    if document.by_criteria and (about is None or not about.audit_criteria):
        told = said("rows: audit_criteria needs about, a document with audit_criteria")
        note((*document.at, "rows"), told)
    if about is not None and len(about.audit_criteria) > len(about.criteria):
        told = said("{n} criteria at most", n=len(about.criteria))
        note((*about.at, "audit_criteria"), told)
    pointing = document.points_at
    if pointing is None:
        return
    part, paragraph = document.column(pointing.part), document.column(pointing.paragraph)
    parts = {one.name for one in about.parts} if about else set()
    of_part = isinstance(part.type, Choice) if part else False
    chosen = {one.name for one in part.type.options} if part and of_part else set()  # type: ignore[union-attr]
    if not chosen or not chosen <= parts:
        told = said(
            "{column} is no choice of parts of {document}",
            column=pointing.part,
            document=document.about,
        )
        note((*pointing.at, "part"), told)
    if paragraph is None or not isinstance(paragraph.type, Number):
        note((*pointing.at, "paragraph"), said("{column} is no number", column=pointing.paragraph))


def _check_answering(document: Document, note: Note) -> None:
    """Note columns by which a row can name no row of a case."""
    answering = document.answers
    if answering is None:
        return
    case, row = document.column(answering.case), document.column(answering.row)
    if case is None or not isinstance(case.type, Case):
        note((*answering.at, "case"), said("{column} is no case", column=answering.case))
    if row is None or not isinstance(row.type, Number):
        note((*answering.at, "row"), said("{column} is no number", column=answering.row))


def _check_spans(scheme: Scheme, note: Note, broken: AbstractSet[str]) -> None:
    """Note guards against overlaps that name no span of a document."""
    for guard in every(scheme.kinds, NoOverlap):
        known = note_unknown("document", guard.document, scheme.documents, guard.at, note)
        if known and guard.document not in broken:
            column = scheme.documents[guard.document].column(guard.column)
            if column is None or not isinstance(column.type, Span):
                note(
                    guard.at,
                    said(
                        "{column} is no span of {document}",
                        column=guard.column,
                        document=guard.document,
                    ),
                )


def _check_days_of_spans(document: Document, takers: Sequence[Kind], note: Note) -> None:
    """Note spans on the day of a state for which no kind that takes them plans one."""
    states = (state for kind in takers for life in kind.lives for state in life.states.values())
    planned = {state.name for state in states if state.planned is not None}
    for span in every(document.columns, Span):
        if takers:
            note_unknown(said("planned state"), span.day_of, planned, (*span.at, "day_of"), note)


def taken_by(kind: Kind, what: str = "document") -> set[str]:
    """Return the names of what triggers of *kind* take of this sort."""
    return {
        take.name
        for life in kind.lives
        for trigger in life.triggers.values()
        for take in trigger.takes
        if take.what == what and not take.strikes  # what is struck off was taken before
    }


def _check_shape(document: Document, note: Note) -> None:
    """Note keys that say nothing beside the others."""
    for key, needs, there in _needs(document):
        if not there:
            note(
                (*document.at, key),
                said("{key} says nothing without {needs}", key=key, needs=needs),
            )
    is_bare = bool(document.must_answer) and not (document.parts or document.columns)
    if bool(document.parts) == bool(document.columns) and not is_bare:
        note(document.at, "a document has either parts or columns, or answers alone")
    if document.single and document.rows:
        note((*document.at, "single"), "a document of one row has no given rows")


def _needs(document: Document) -> Iterator[tuple[str, str, bool]]:
    """Yield each key that is written and needs another: the key, what it needs, is it there."""
    if document.rows or document.by_criteria:
        yield "rows", "columns", bool(document.columns)
    if document.single:
        yield "single", "columns", bool(document.columns)
    if document.over_limit == "warn":
        yield "over_limit", "limit", bool(document.limit)
    if document.limit:
        yield "limit", "parts", bool(document.parts)
    if document.even_within is not None:
        yield "even_within", said("at least two parts"), len(document.parts) > 1
    if document.covers:
        yield "covers", "content_areas", bool(document.content_areas)
    if document.content_areas:
        yield "content_areas", "covers", document.covers


def _check_needed(document: Document, note: Note) -> None:
    """Note columns that are needed with what no row can say, or in any case."""
    for column in document.columns:
        needed = column.needed_with
        if needed is None:
            continue
        if not column.optional:
            told = said("{key} says nothing without {needs}", key="needed_with", needs="optional")
            note(needed.at, told)
        by = document.column(needed.column)
        if by is None or not isinstance(by.type, Choice):
            told = said(
                "{column} is no choice of {document}", column=needed.column, document=document.name
            )
            note((*needed.at, "column"), told)
            continue
        options = {one.name for one in by.type.options}
        for index, name in enumerate(needed.options):
            note_unknown("choice", name, options, (*needed.at, "in", index), note)


def _check_columns(scheme: Scheme, document: Document, note: Note) -> None:
    for case in every(document.columns, Case):
        note_unknown("kind of case", case.kind, scheme.kinds, case.at, note)
    for day in every(document.columns, Day):
        if day.beyond and (day.past or day.since):
            told = said("a day to put a deadline off to is bound by that deadline alone")
            note((*day.at, "beyond"), told)
    for number in every(document.columns, Number):
        least, most = number.least, number.most
        if least is not None and most is not None and least > most:
            note(number.at, said("from {least} to {most} is no range", least=least, most=most))
        for bound in (least, most):
            if bound is not None and -int(bound.as_tuple().exponent) > number.places:
                note(
                    number.at,
                    said(
                        "{bound} has more places than {places}", bound=bound, places=number.places
                    ),
                )
