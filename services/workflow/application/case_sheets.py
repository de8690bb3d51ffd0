"""One trigger as sheets over many cases: a line for each case, or several, and what it takes.

The one idea: the columns are those of the data that the trigger takes, whatever the scheme calls
them. What stands once in a case's data is one sheet; each list in it is a sheet of its own, whose
lines of one case follow each other. Cases of other tiers may take other things: a column is there
where any of them takes it, and what one does not take is refused of it as it would be typed.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from schemas.fields import (
    Choice,
    Day,
    Instant,
    ListOf,
    ObjectOf,
    Pattern,
    Score,
    StreamName,
    StrictBool,
    StrictInt,
    Text,
)
from schemas.limits import CASE_NUMBER
from services.workflow.application.asking import TRIGGER_BODY
from services.workflow.application.boards import Names
from services.workflow.application.cells import WORDS, said
from services.workflow.application.described import (
    Column,
    Described,
    Path,
    Row,
    columns_of,
    misnamed,
)
from services.workflow.application.workbooks import Sheet, Table, Value, strangers, title
from services.workflow.domain.case.acting import BETWEEN_ROLES
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.rows import open_rows
from services.workflow.domain.case.world import World
from services.workflow.domain.data.kinds import READ, schema, taken, to_name
from services.workflow.domain.language.model.documents import Column as RowColumn
from services.workflow.domain.language.model.documents import Text as Words
from services.workflow.domain.language.model.lives import Life
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.refusals import Blocker

# What no member of any data is called: the columns by which people find their case.
_NUMBER, _UNIT, _PERSON, _ROW = ("=number",), ("=unit",), ("=person",), ("=row",)
_DATA = "data"
_APART = frozenset({"rosters", "presence", "draw"})  # that are brought in ways of their own
_SINGLE = (Text, Pattern, Score, StreamName, Choice, StrictBool, StrictInt, Day, Instant)
_BESIDE = ("reason", "reference", "effective_at")  # of a command: what may be said beside its data
Texts = Mapping[str, Mapping[str, str]]  # by stream: what the row of a case said, by its columns


@dataclass(kw_only=True, slots=True)
class Wanted:
    """What a workbook asks of one case, and where it says so."""

    number: str
    place: str  # of the cell that names the case
    data: dict[str, Any] = field(default_factory=dict)
    beside: dict[str, Any] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)  # path in the body -> cell
    rows: list[Row] = field(default_factory=list)  # that name the case
    lines: list[str] = field(default_factory=list)  # what each of them says, for people

    @property
    def said(self) -> str:
        """What the lines of the case say, as they call it themselves."""
        return "；".join(self.lines)

    def cell(self, path: str) -> str:
        """Return the cell of *path*, what is nearest above it, else the one that names the case."""
        return self.places.get(self._nearest(path), self.place)

    def stands(self, path: str) -> bool:
        """Tell whether *path*, or what is above it, has a cell of its own."""
        return self._nearest(path) in self.places

    def _nearest(self, path: str) -> str:
        while path and path not in self.places:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return path


@dataclass(frozen=True, kw_only=True, slots=True)
class _Shape:
    """What a trigger takes: what stands once, and each list by its path."""

    once: dict[Path, Column] = field(default_factory=dict)
    within: dict[Path, str] = field(default_factory=dict)  # what each of those stands in
    lists: dict[Path, tuple[str, dict[Path, Column]]] = field(default_factory=dict)

    def add(self, of: ObjectOf, path: Path = (), *, needed: bool = True, within: str = "") -> None:
        within = of.metadata.get("title", "") or within
        for name, one in of.schema.fields.items():
            key = one.data_key or name
            if not path and key in _APART:
                continue
            at = (*path, key)
            own, word = one.metadata.get("title", ""), WORDS.get(key, [key])[0]
            called = own or word
            if isinstance(one, ListOf) and isinstance(one.inner, ObjectOf):
                columns = {each.path: each for each in columns_of(one.inner)}
                if columns:  # none of a file, which comes by itself
                    whose = own or of.metadata.get("title", "") or word
                    self.lists.setdefault(at, (whose, {}))[1].update(columns)
            elif isinstance(one, ObjectOf):
                self.add(one, at, needed=needed and bool(one.required), within=within)
            elif isinstance(one, _SINGLE):
                self.once.setdefault(at, Column(path=at, heading=called, field=one, needed=needed))
                self.within.setdefault(at, within)


class CaseSheets:
    """The sheets of one trigger."""

    def __init__(self, trigger: Trigger, cases: Sequence[Case], world: World) -> None:
        self._cases, self._world = cases, world
        shape = _shape(trigger, cases, world)
        beside = [
            Column(path=(name,), heading=WORDS[name][0], field=TRIGGER_BODY.fields[name])
            for name in _BESIDE
        ]
        keys = [*_keys(cases, world)]
        own_names = {one.heading for one in keys}
        once = [
            *_distinct(
                shape.once.values(), own_names | {one.heading for one in beside}, shape.within
            )
        ]
        alone = not shape.lists or once or trigger.reason_required
        own = labels_of(trigger.name, map(world.life, cases))
        lives = world.scheme.kinds[cases[0].kind].lives if cases else ()
        every = labels_of(trigger.name, lives) or (trigger.label,)
        joined = BETWEEN_ROLES.join(every)  # where the lives of its cases do not agree
        self._called = (*every, joined)
        called = own[0] if len(own) == 1 else joined
        self._once = Described(title=called, columns=[*keys, *once, *beside])
        self._lists: list[tuple[Path, Described]] = []
        names = {title(one) for one in self._called} if alone else set[str]()
        for path, (called, columns) in shape.lists.items():
            told = called if title(called) not in names else f"{called} {path[-1]}"
            names.add(title(told))
            its = _distinct(columns.values(), own_names)
            sheet = Described(title=told, columns=[*keys, *its])
            self._lists.append((path, sheet))
        self._sheets = [*([((), self._once)] if alone else []), *self._lists]
        self._n_given = len(keys) + len(beside)

    @property
    def takes(self) -> bool:
        """Whether there is anything to fill in but why it is done."""
        return bool(self._lists) or len(self._once.columns) > self._n_given

    def tables(self, unit_name: Any, name: Any, rows: Texts) -> list[Table]:
        """Return the sheets with a line for each case, to be filled in.

        *rows* are the texts of what each was made from, as far as whoever asks reads them.
        """
        return [sheet.table(self._lines(sheet, unit_name, name, rows)) for _, sheet in self._sheets]

    def _lines(
        self, sheet: Described, unit_name: Any, name: Any, rows: Texts
    ) -> Iterator[Sequence[Value]]:
        for case in self._cases:
            told: dict[Path, Value] = {
                _NUMBER: case.number,
                _UNIT: unit_name(case.unit),
                _PERSON: name(case.person),
                _ROW: _said_of(case, rows, self._world),
            }
            yield [told.get(one.path) or _known(one.path, case) for one in sheet.columns]

    def read(
        self, sheets: Sequence[Sheet], blockers: list[Blocker], stream_of: Callable[[str], str]
    ) -> list[Wanted]:
        """Return what is asked of each case, in the order of the sheets; faults are told.

        Where a case is to be named it may be by its number: *stream_of* tells whose that is.
        """
        found: dict[str, Wanted] = {}
        here = [*self._as_called(sheets)]
        blockers += strangers(sheets, (sheet.title for _, sheet in here))
        for path, sheet in here:
            if path and len(self._sheets) > 1 and not _has(sheets, sheet.title):
                continue  # a list that nobody filled in may be left out
            for row in sheet.rows(sheets, blockers, alone=len(self._sheets) == 1):
                number = row.values.pop(_NUMBER[0], None)
                line = "，".join(_spelled(sheet.columns, row))
                for at in _streams(sheet):
                    row.put(at, stream_of)
                if not _says(row.values):
                    continue
                if number is None:
                    blockers.append(Blocker(code="required", field=row.at(*_NUMBER)))
                    continue
                seen = number in found
                one = found.setdefault(number, Wanted(number=number, place=row.at(*_NUMBER)))
                one.rows.append(row)
                one.lines.append(line)
                if path:
                    _add(one, path, row, self._kept(number, path))
                elif seen:
                    blockers.append(Blocker(code="case_repeated", field=row.at(*_NUMBER)))
                else:
                    _tell(one, row)
        return list(found.values())

    def _as_called(self, sheets: Sequence[Sheet]) -> Iterator[tuple[Path, Described]]:
        """Yield what is read, by the names in *sheets*: a life may call the trigger its own way."""
        known = (one for one in self._called if _has(sheets, one))
        called = next(known, self._once.title)
        for path, sheet in self._sheets:
            yield path, sheet if path else replace(sheet, title=called)

    def _kept(self, number: str, path: Path) -> Sequence[int]:
        """Return the rows at *path* that are open cases, and stay what is told of them there."""
        case = next((one for one in self._cases if one.number == number), None)
        if case is None or path[0] != "documents":
            return ()
        return open_rows(case, path[1], self._world)

    def misnamed(
        self, asked: Iterable[Wanted], unit_name: Any, names: Names, rows: Texts
    ) -> Iterator[Blocker]:
        """Yield where another unit, person or row stands beside a number than its case has.

        Who sorts one column and not the others would do to each case what was meant for another.
        """
        known = {case.number: case for case in self._cases}
        for one in asked:
            case = known[one.number]
            for row in one.rows:
                yield from misnamed(row, _UNIT, case.unit, unit_name(case.unit))
                yield from misnamed(row, _PERSON, *names.spellings(case.person))
                if said := _said_of(case, rows, self._world):  # else nobody can tell
                    yield from misnamed(row, _ROW, said)


def labels_of(trigger: str, lives: Iterable[Life]) -> tuple[str, ...]:
    """Return what *lives* call *trigger*, each label once."""
    return tuple(
        dict.fromkeys(one.triggers[trigger].label for one in lives if trigger in one.triggers)
    )


def _has(sheets: Sequence[Sheet], name: str) -> bool:
    return any(one.name == title(name) for one in sheets)


def _streams(sheet: Described) -> list[Path]:
    """Return where cases are named, beside the one that a line is about."""
    return [one.path for one in sheet.columns if isinstance(one.field, StreamName)]


def _spelled(columns: Iterable[Column], row: Row) -> Iterator[str]:
    """Yield what a line says, each with its heading: closed words by their labels."""
    for column in columns:
        value = row.value(*column.path)
        if value is None or column.path[0] == READ:
            continue
        yield f"{column.heading} {said(column.field, value)}"


def _says(values: Mapping[str, Any]) -> bool:
    """Tell whether a line asks for anything: which version was read says nothing by itself."""
    return bool(values.keys() - {READ})


def _tell(one: Wanted, row: Row) -> None:
    one.beside = {name: row.values.pop(name) for name in _BESIDE if name in row.values}
    one.data.update(row.values)
    for path, place in row.places.items():
        spelled = ".".join(path)
        one.places[spelled if path[0] in _BESIDE else f"{_DATA}.{spelled}"] = place


def _add(one: Wanted, path: Path, row: Row, kept: Sequence[int]) -> None:
    """Add a line to the list at *path*, which begins with what is *kept* of it."""
    inner = one.data
    for step in path[:-1]:
        inner = inner.setdefault(step, {})
    rows = inner.setdefault(path[-1], [{"row": number} for number in kept])
    base = f"{_DATA}.{'.'.join(path)}[{len(rows)}]"
    one.places[base] = row.at(*_NUMBER)
    for at, place in row.places.items():
        one.places[".".join((base, *at))] = place
    rows.append(row.values)


def _keys(cases: Sequence[Case], world: World) -> Iterator[Column]:
    """Yield the columns by which people find a case: those of rows by what their row says, too."""
    number = Pattern(CASE_NUMBER, "not_an_identifier", required=True)
    yield Column(path=_NUMBER, heading=WORDS["number"][0], field=number)
    yield Column(path=_UNIT, heading=WORDS["unit"][0], shown=True)
    yield Column(path=_PERSON, heading=WORDS["person"][0], shown=True)
    made_from = world.scheme.kinds[cases[0].kind].made_from if cases else ()
    labels = [one.label for made in made_from for one in _texts_of(made.document, world)]
    if labels:
        yield Column(path=_ROW, heading=labels[0], shown=True)


def _texts_of(document: str, world: World) -> list[RowColumn]:
    columns = world.scheme.documents[document].columns
    return [one for one in columns if isinstance(one.type, Words)]


def _said_of(case: Case, rows: Texts, world: World) -> str:
    """Return the first that the row says of which *case* was made; "": nothing that is read."""
    said = rows.get(case.stream, {})
    columns = _texts_of(case.row[0], world) if said and case.row else ()
    return next((said[one.name] for one in columns if said.get(one.name)), "")


def _known(path: Path, case: Case) -> Value:
    """Return what is filled in already: which version of a document there is to be read."""
    if path[0] == READ and path[-1] in case.documents:
        return case.documents[path[-1]].version
    return None


def _shape(trigger: Trigger, cases: Iterable[Case], world: World) -> _Shape:
    shape, known = _Shape(), set[Any]()
    for case in cases:
        life = world.life(case)
        own = life.triggers[trigger.name]
        takes, named = taken(own, case, world), to_name(own, case, life, world.scheme)
        if (case.tier, takes, named) not in known:
            known.add((case.tier, takes, named))
            told = schema(world.scheme, case.tier or "", own, takes, named)
            shape.add(ObjectOf(told, required=True))
    return shape


def _distinct(
    columns: Collection[Column],
    others: Collection[str],
    within: Mapping[Path, str] = MappingProxyType({}),
) -> Iterator[Column]:
    """Yield *columns*, no two called the same, nor as the *others* are that stand beside them.

    What a part of something is called may be both's. Those that would be are told apart by what
    they stand *within*, else by numbers.
    """
    taken_names = {*others}
    n_called = Counter(one.heading for one in columns)
    for one in columns:
        is_shared = n_called[one.heading] > 1 or one.heading in others
        above = within.get(one.path, "") if is_shared else ""
        own = called = f"{above} {one.heading}".strip()
        n = 1
        while called in taken_names:
            n += 1
            called = f"{own} {n}"
        taken_names.add(called)
        yield Column(path=one.path, heading=called, field=one.field, needed=one.needed)
