"""The fields of a document: a text for each part, or an input for each column of each row.

Nobody needs a script for rows: a form shows those there are and some empty ones, and a button asks
for more, with everything that was typed. A row left empty is no row; one of an earlier version that
was not touched goes back by its number alone, so that a case made of it is not disturbed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any

import orjson

from services.workflow.adapters.web import words
from services.workflow.adapters.web.fields import (
    CALLED,
    MORE,
    REFERENCE,
    Asking,
    Field,
    Group,
    Kind,
    Options,
    person,
    single,
    yes_or_no,
)
from services.workflow.adapters.web.languages import N_, _
from services.workflow.adapters.web.voice import ERASED, Voice
from services.workflow.application.boards import Look, Names
from services.workflow.application.boards.to_answer import Point
from services.workflow.application.boards.versions import Row
from services.workflow.domain.case.answering import Key
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.where import matches
from services.workflow.domain.data.document import MOST_FILES, MOST_ROWS
from services.workflow.domain.language.model import documents as types
from services.workflow.domain.language.model.documents import Area, Column, Document
from services.workflow.domain.language.model.triggers import Take

BLANK_ROWS = 3  # beside those that are there
MORE_ROWS = 5  # each time more are asked for
FILE_HINT = N_("docx 或 pdf，至多 5 MiB")


def document_groups(take: Take, asking: Asking) -> Iterator[Group]:
    document = asking.here.scheme.documents[take.name]
    base, needed = f"documents.{take.name}", not take.optional
    if document.parts:
        yield _parts(document, base, asking, required=needed and not document.file_suffices)
    if document.rows:
        for given in document.rows:
            fields = _columns(document, f"{base}.rows.{given.name}", asking, None, required=needed)
            yield Group(
                label=_("%(label)s：%(label2)s", label=document.label, label2=given.label),
                fields=tuple(fields),
            )
    elif _is_lines(document, asking):
        yield _lines(document, base, required=needed)
    elif document.columns:
        yield from _rows(document, base, asking, required=needed)
    if document.file:
        yield _attached(document, base, asking)
    if document.must_answer:
        yield from _answers(document, base, asking)
    if document.covers:
        yield _covered(document, base, asking)


def _attached(document: Document, base: str, asking: Asking) -> Group:
    """Return the fields of what is attached: a file, as many as the version before had, or more.

    As its texts do, what was attached stays until somebody takes it out; it stands in the open, so
    that nobody files again what they did not see. What is written afresh begins without it.
    """
    last, asked = asking.latest(document.name), document.file == "required"
    afresh = document.single or bool(document.about) or last is None
    known = [] if afresh or last is None else list(last.files)
    label = _("%(label)s附件", label=document.label)
    more = f"{document.name}.files"
    n_shown = _n_shown(f"{base}.files.", asking, max(len(known), 1), MOST_FILES, more, 1)
    known += [{}] * (n_shown - len(known))
    fields = [
        field
        for n, one in enumerate(known[:n_shown])
        for field in _file(
            f"{base}.files.{n}", f"{label} {n + 1}" if n else label, one, required=asked and not n
        )
    ]
    return Group(
        label="",
        fields=tuple(fields),
        folded=not asked and known == [{}],
        more=more if n_shown < MOST_FILES else "",
        more_label=_("再加一个文件"),
    )


def _answers(document: Document, base: str, asking: Asking) -> Iterator[Group]:
    """Yield a text for each point that has to be answered, and for what the form had besides.

    What was typed keeps its place, with the case and the row that it says it answers: what has to
    be answered may have become more, or less, since the form was shown.
    """
    at = f"{base}.answers"
    wanted = {typed_key(one.key): one for one in asking.to_answer.get(document.name, ())}
    sent = dict(sorted(_answered(f"{at}.", asking.typed)))
    more = [key for key in wanted if key not in sent.values()]
    places = sent | dict(enumerate(more, max(sent, default=-1) + 1))
    for index, key in list(places.items())[:MOST_ROWS]:
        point = wanted.get(key)
        yield Group(
            label=_(
                "%(label)s：答复%(point)s",
                label=document.label,
                point=point.number if point else "",
            ),
            fields=(
                Field(name=f"{at}.{index}.case", label="", kind="kept", value=key[0]),
                Field(name=f"{at}.{index}.row", label="", kind="kept", value=key[1]),
                Field(name=f"{at}.{index}.text", label=_("答复"), kind="area", required=True),
            ),
            hint=told_point(point, asking) if point else "",
        )


def typed_key(key: Key) -> tuple[str, str]:
    """Return the case and the row of an answer as a form spells them."""
    stream, row = key
    return stream, "" if row is None else str(row)


def _answered(at: str, typed: Mapping[str, str]) -> Iterator[tuple[int, tuple[str, str]]]:
    """Yield the places of answers that a form has, each with what it says it answers."""
    for index in {name.removeprefix(at).partition(".")[0] for name in typed if name.startswith(at)}:
        if index.isdecimal() and int(index) < MOST_ROWS:
            place = f"{at}{index}"
            yield int(index), (typed.get(f"{place}.case", ""), typed.get(f"{place}.row", ""))


def told_point(point: Point, asking: Asking) -> str:
    """Return what the row says that is to be answered; "" where it is not theirs to read."""
    if point.values is None:
        return ""
    if point.texts is None:
        return _(ERASED)
    names = asking.names or Names(asking.look)
    voice = Voice(here=asking.here, look=asking.look, names=names, numbers=asking.numbers or {})
    columns, values = asking.here.columns(point.document), point.values
    said = _("；").join(point.texts[one.name] for one in columns if one.name in point.texts)
    given = [one for one in columns if one.name in values]
    told = _("，").join(
        _("%(label)s：%(name)s", label=one.label, name=voice.value(one, values[one.name]))
        for one in given
    )
    return _("%(said)s（%(told)s）", said=said, told=told) if said and told else said or told


def _parts(document: Document, base: str, asking: Asking, *, required: bool) -> Group:
    latest = asking.latest(document.name)
    fields = []
    for part in document.parts:
        before = latest.part(part.name) if latest else None
        value = (before.text or "") if before else ""
        name = f"{base}.parts.{part.name}"
        fields.append(
            Field(name=name, label=part.label, kind="area", required=required, value=value)
        )
    hint = _("合计不超过 %(limit)s 字", limit=f"{document.limit:,}") if document.limit else ""
    if document.even_within is not None:
        hint += (_("，") if hint else "") + _("各部分字数大致相当")
    if document.file_suffices:
        hint = _("可不填写，以附件代替")
    return Group(label=document.label, fields=tuple(fields), hint=hint, limit=document.limit)


def _is_lines(document: Document, asking: Asking) -> bool:
    """Tell whether rows are plain texts: a line for each, unless cases are made of them."""
    made = {
        from_.document for kind in asking.here.scheme.kinds.values() for from_ in kind.made_from
    }
    return (
        [type(column.type) for column in document.columns] == [types.Text]
        and not document.single
        and document.name not in made
    )


def _lines(document: Document, base: str, *, required: bool) -> Group:
    column = document.columns[0]
    options = ((column.name, column.label),)
    name = f"{base}.rows"
    label = _("%(label)s（每行一条）", label=document.label)
    return single(Field(name=name, label=label, kind="lines", required=required, options=options))


def _rows(document: Document, base: str, asking: Asking, *, required: bool) -> Iterator[Group]:
    latest = asking.latest(document.name)
    # What is found in one version of a document is found anew in the next.
    afresh = document.single or bool(document.about) or latest is None
    known = [] if afresh or latest is None else list(latest.rows)
    n_shown = n_rows(document, asking, len(known))
    for index in range(n_shown):
        row = known[index] if index < len(known) else None
        at = f"{base}.rows.{index}"
        fields = tuple(_columns(document, at, asking, row, required=required and index == 0))
        if row is not None or f"{at}.row" in asking.typed:
            fields = (*_kept(at, row, fields), *fields)
        last = index == n_shown - 1 and not document.single and n_shown < MOST_ROWS
        yield Group(
            label=document.label if document.single else f"{document.label} {index + 1}",
            fields=fields,
            more=document.name if last else "",
            more_label=_("再加几行"),
        )


def n_rows(document: Document, asking: Asking, n_known: int) -> int:
    """Return how many rows the form has: those that were shown, or those there are and some."""
    if document.single:
        return 1
    start, name = f"documents.{document.name}.rows.", document.name
    return _n_shown(start, asking, n_known + BLANK_ROWS, MOST_ROWS, name, MORE_ROWS)


def _n_shown(start: str, asking: Asking, n_first: int, n_most: int, more: str, n_more: int) -> int:
    """Return how many entries the form has: *n_first*, or those that were sent and *n_more*."""
    sent = [name.removeprefix(start) for name in asking.typed if name.startswith(start)]
    shown = [int(one.partition(".")[0]) for one in sent if one.partition(".")[0].isdecimal()]
    if not shown:
        return min(n_first, n_most)
    return min(max(shown) + 1 + (n_more if asking.typed.get(MORE) == more else 0), n_most)


def _kept(at: str, row: Row | None, fields: Iterable[Field]) -> Iterator[Field]:
    """Yield what says which row of the version before it is, and what stood there."""
    yield Field(name=f"{at}.row", label="", kind="kept", value=str(row.number) if row else "")
    stood = digest(field.value for field in fields if field.kind not in ("file", "file_name"))
    yield Field(name=f"{at}.was", label="", kind="was", value=stood)


def digest(values: Iterable[str]) -> str:
    """Return what tells whether anything in a row was changed."""
    return sha256(orjson.dumps(list(values))).hexdigest()[:16]


def _columns(
    document: Document, at: str, asking: Asking, row: Row | None, *, required: bool
) -> Iterator[Field]:
    for column in document.columns:
        needed = required and not column.optional
        yield from _column(column, f"{at}.{column.name}", asking, row, required=needed)


def _column(
    column: Column, name: str, asking: Asking, row: Row | None, *, required: bool
) -> Iterator[Field]:
    value = _begins(column, row)
    match column.type:
        case types.Text(limit=limit):
            hint = _("至多 %(limit)s 字", limit=limit) if limit else ""
            yield Field(
                name=name,
                label=column.label,
                kind="area",
                required=required,
                hint=hint,
                value=value,
            )
        case types.Span(instants=instants):
            kind: Kind = "instant" if instants else "day"
            for end, label in (("from", _("自")), ("until", _("至"))):
                begun = (row.values.get(column.name, {}) if row else {}).get(end, "")
                yield Field(
                    name=f"{name}.{end}",
                    label=_("%(label)s：%(label2)s", label=column.label, label2=label),
                    kind=kind,
                    required=required,
                    value=begun,
                )
        case types.File():
            known = row.values.get(column.name, {}) if row else {}
            yield from _file(name, column.label, known, required=required)
        case types.Person():
            yield person(name, column.label, asking, required=required, value=value)
        case _:
            yield _simple(column, name, asking, required=required, value=value)


def _simple(column: Column, name: str, asking: Asking, *, required: bool, value: str) -> Field:
    kind, options, hint = _COLUMNS[type(column.type)](column.type, asking)
    return Field(
        name=name,
        label=column.label,
        kind=kind,
        required=required,
        options=options,
        hint=hint,
        value=value,
    )


def _begins(column: Column, row: Row | None) -> str:
    if row is None:
        return ""
    if isinstance(column.type, types.Text):
        return (row.texts or {}).get(column.name, "")
    value = row.values.get(column.name)
    if isinstance(value, bool):
        return "1" if value else "0"
    return value if isinstance(value, str) else ""


def _number(kind: types.Number, _asking: Asking) -> tuple[Kind, Options, str]:
    bounds = [
        f"{sign} {one}" for sign, one in (("≥", kind.least), ("≤", kind.most)) if one is not None
    ]
    places = _("至多 %(places)s 位小数", places=kind.places) if kind.places else _("整数")
    return "decimal", (), _("，").join((*bounds, places))


def _bounds(kind: types.Day, asking: Asking) -> str:
    past = _("不晚于今天") if kind.past else ""
    if not kind.since:
        return past
    since = _("不早于 %(day)s", day=words.long_day(asking.case.opened_at))
    return _("，").join(one for one in (since, past) if one)


_COLUMNS: Mapping[type[Any], Callable[[Any, Asking], tuple[Kind, Options, str]]] = {
    types.Number: _number,
    types.Day: lambda kind, asking: ("day", (), _bounds(kind, asking)),
    types.Flag: lambda *_: ("flag", yes_or_no(), ""),
    types.Choice: lambda kind, _: (
        "choice",
        tuple((one.name, one.label) for one in kind.options),
        "",
    ),
    types.Unit: lambda __, asking: ("known", tuple(_units(asking)), _("单位编号")),
    types.Case: lambda __, asking: ("known", tuple((asking.numbers or {}).items()), _("案号")),
}


def _units(asking: Asking) -> Iterator[tuple[str, str]]:
    for unit in dict.fromkeys((*reversed(asking.case.path), *asking.case.parties.values())):
        yield unit, asking.look.unit_name(unit)


def _file(name: str, label: str, value: Mapping[str, Any], *, required: bool) -> Iterator[Field]:
    """Yield the field in which a file is chosen, and what is said of it once it was brought."""
    known = [str(value.get(one, "")) for one in REFERENCE]
    shown = " ".join(known).strip()
    yield Field(
        name=name, label=label, kind="file", required=required, hint=_(FILE_HINT), value=shown
    )
    for one, begins in zip(REFERENCE, known, strict=True):
        yield Field(name=f"{name}.{one}", label="", kind="reference", value=begins)
    yield Field(name=f"{name}.{CALLED}", label="", kind="file_name")


def areas_for(document: Document | None, case: Case, look: Look) -> list[Area]:
    """Return the areas that *document* may cover in a case like this one."""
    return [
        area
        for area in (document.content_areas if document and document.covers else ())
        if matches(area.where, case, look.organisation)
    ]


def _covered(document: Document, base: str, asking: Asking) -> Group:
    areas = areas_for(document, asking.case, asking.look)
    latest = asking.latest(document.name)
    before = latest.covers if latest else ()
    fields = tuple(
        Field(
            name=f"{base}.covers.{area.number}",
            label=area.title,
            kind="tick",
            required=False,
            value="1" if area.number in before else "",
        )
        for area in areas
    )
    return Group(
        label=_("%(label)s涉及的内容（可不选）", label=document.label), fields=fields, folded=True
    )
