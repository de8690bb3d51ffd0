"""The organisation as a workbook: a sheet each for units, people, posts and relations.

The one idea: the workbook is another spelling of the organisation's file. What it says is read by
the very reader of the file, with its sentences; only the place of a fault is a cell and no line.
The words of the organisation, kinds and roles, are no question of the workbook: those that there
are hold.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from schemas.document import Document, Fault, Faults, steps
from schemas.fields import Choice, Code, Day, Identifier, StrictBool, StrictInt, Text
from schemas.limits import UNIT_NAME
from schemas.said import told as said_in
from schemas.vocabulary import Attribute, Vocabulary, Word, administrators
from services.workflow.application.cells import WORDS
from services.workflow.application.described import Column, Described, Path, Row
from services.workflow.application.workbooks import (
    Sheet,
    Table,
    UnfitWorkbook,
    Value,
    at,
    strangers,
    title,
)
from services.workflow.domain.organisation import OrganisationFile, parse
from services.workflow.domain.organisation.entry import ADDRESSES
from services.workflow.domain.organisation.sentences import say
from services.workflow.domain.organisation.spelling import Spelling
from services.workflow.domain.refusals import Blocker

_ATTRIBUTES = "attributes"
_OPTIONAL = frozenset({"relations"})
_SHOWN = 254  # characters of an address at most


@dataclass(frozen=True, kw_only=True, slots=True)
class OrganisationSheets:
    """The sheets of one organisation, by its words."""

    vocabulary: Vocabulary
    spelled: Mapping[str, Any]  # the words as a file has them; empty: the default ones

    def tables(self, tree: Mapping[str, Any]) -> Iterator[Table]:
        """Yield the sheets with what *tree*, a file's, says."""
        for name, sheet in self._sheets().items():
            yield sheet.table(_line(sheet, one) for one in tree.get(name, ()))

    def read(self, sheets: Sequence[Sheet], file: str) -> OrganisationFile:
        """Return the organisation file that a workbook is.

        Raises:
            UnfitWorkbook: a sheet or a heading is lacking, repeated or unknown.
            Faults: everything else that is wrong with it, each at its cell.
        """
        tree: dict[str, Any] = {"vocabulary": dict(self.spelled)} if self.spelled else {}
        blockers, found = list[Blocker](), dict[str, list[Row]]()
        described = self._sheets()
        blockers += strangers(sheets, (one.title for one in described.values()))
        for name, sheet in described.items():
            if name in _OPTIONAL and all(one.name != title(sheet.title) for one in sheets):
                continue
            found[name] = sheet.rows(sheets, blockers)
            tree[name] = [row.values for row in found[name]]
        if blockers:
            raise UnfitWorkbook(blockers)
        try:
            read = parse(Document(tree, file, _lines(found)), _spelling(described))
        except Faults as faults:
            placed = [self._placed(one, found) for one in faults.faults]
            raise Faults(placed) from faults
        return replace(
            read,
            root_place=self._placed(read.root_place, found),
            warnings=tuple(self._placed(one, found) for one in read.warnings),
        )

    def _placed(self, fault: Fault, found: Mapping[str, Sequence[Row]]) -> Fault:
        """Return *fault* with the cell that it is about in place of its path."""
        path = steps(fault.path)
        section = str(path[0]) if path else ""
        if section not in found:
            return fault
        rows = found[section]
        index = path[1] if len(path) > 1 else None
        if not isinstance(index, int):
            return replace(fault, path=at(self._sheets()[section].title, 1, 0))
        row = rows[index]
        return replace(fault, line=row.number, path=row.at(*map(str, path[2:])))

    def _sheets(self) -> dict[str, Described]:
        words = self.vocabulary
        kinds = _closed(words.kinds.values())
        roles = _closed((*words.roles.values(), *administrators().values()))
        relations = _closed(words.relations.values())
        span = (_column("from", Day(required=True)), _column("until", Day()))
        held = (
            _column("person", Identifier(required=True), "person_id"),
            _column("unit", Identifier(required=True), "unit_id"),
        )
        sheets = {
            "units": (
                _column("id", Identifier(required=True)),
                _column("parent", Identifier()),
                _column("name", Text(most=UNIT_NAME, required=True)),
                _column("kind", kinds, "unit_kind"),
                *map(_attribute, words.attributes.values()),
            ),
            "people": (
                _column("id", Identifier(required=True)),
                _column("name", Text(most=UNIT_NAME, required=True), "person_name"),
                *(_column(one, Text(most=_SHOWN)) for one in ADDRESSES),
            ),
            "posts": (*held, _column("role", roles), *span),
        }
        if words.relations:
            sheets["relations"] = (*held, _column("relation", relations), *span)
        return {
            name: Described(title=WORDS[name][0], columns=columns)
            for name, columns in sheets.items()
        }


def _spelling(sheets: Mapping[str, Described]) -> Spelling:
    """Return how who fills in *sheets* spells it: by headings, labels, and yes or no."""
    columns = [
        ((name, one.path[-1]), one) for name, sheet in sheets.items() for one in sheet.columns
    ]
    return Spelling(
        keys={
            **{("", name): sheet.title for name, sheet in sheets.items()},
            **{place: one.heading for place, one in columns},
        },
        words={place: one.field.metadata.get("labels", {}) for place, one in columns},
        no_flag=say("not_yes_or_no"),
    )


def _lines(found: Mapping[str, Sequence[Row]]) -> dict[tuple[str | int, ...], int]:
    """Return the line of each entry, as one fault names that of another."""
    return {(name, n): row.number for name, rows in found.items() for n, row in enumerate(rows)}


def in_words(faults: Faults) -> UnfitWorkbook:
    """Return *faults* as what is wrong with a workbook, in both languages."""
    return UnfitWorkbook(
        Blocker(
            code="file_fault",
            field=one.path,
            params={language: said_in(one.reason, language) for language in ("zh", "en")},
        )
        for one in faults.faults
    )


def _column(name: str, field: Any, word: str = "") -> Column:
    return Column(path=(name,), heading=WORDS[word or name][0], field=field)


def _attribute(one: Attribute) -> Column:
    path: Path = (_ATTRIBUTES, one.name)
    return Column(path=path, heading=one.label or one.name, field=_field(one))


def _field(one: Attribute) -> Any:
    match one.type:
        case "flag":
            return StrictBool()
        case "number":
            return StrictInt()
        case "day":
            return Day()
        case "choice":
            return Choice(one.choices)
    return Code()


def _closed(words: Iterable[Word]) -> Choice:
    """Return the field of one of *words*, by their labels; of two called the same, by name."""
    known = {one.name: one.label or one.name for one in words}
    often = Counter(known.values())
    field = Choice(known)
    labels = {name: label if often[label] == 1 else name for name, label in known.items()}
    field.metadata = {**field.metadata, "labels": labels}
    return field


def _line(sheet: Described, entry: Mapping[str, Any]) -> Sequence[Value]:
    return [_value(one, entry) for one in sheet.columns]


def _value(column: Column, entry: Mapping[str, Any]) -> Value:
    found: Any = entry
    for step in column.path:
        found = found.get(step) if isinstance(found, Mapping) else None
    if isinstance(found, bool):
        return WORDS["yes" if found else "no"][0]
    labels: Mapping[str, str] = column.field.metadata.get("labels", {})
    return labels.get(found, found) if isinstance(found, str) else found
