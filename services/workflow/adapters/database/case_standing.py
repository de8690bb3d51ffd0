"""What `standing` reads of cases, made of the rows either database answers with."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson

from services.workflow.adapters.database.case_rows import case_of
from services.workflow.adapters.database.rows import moment
from services.workflow.application.firing.port import Standing, Used, Wanted
from services.workflow.application.ports import Key
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.sights import WHOLE, Sight, Steps
from services.workflow.domain.case.sights import sight_of as sight_of_step
from services.workflow.domain.case.world import Heads, Place, Row
from services.workflow.domain.data.files import sight_of


class Found:
    """The rows of a reading as they come in."""

    def __init__(self) -> None:
        self.cases: dict[str, Case] = {}  # by stream
        self._by_id: dict[str, Case] = {}
        self._counted: dict[str, tuple[int | None, int | None]] = {}
        self._current: dict[Place, str] = {}
        self._touched: dict[Row, int] = {}
        self._numbered: dict[Sight, int] = {}
        self._files: dict[Sight, tuple[int, datetime | None]] = {}
        self._used: dict[tuple[str, str], Used] = {}
        self._organisation_version = self._identity_version = self._rulings = 0

    def stands(self, row: Any) -> None:
        """Take the versions that every reading tells."""
        self._organisation_version = row.organisation_version or 0
        self._identity_version = row.identity_version
        self._rulings = row.rulings or 0

    def head_and_key(self, row: Any) -> None:
        """Take what a row has of the versions, a head and a key."""
        self.stands(row)
        if row.id is not None:
            self.case(row)
        if row.client is not None:
            self.key(row)

    def case(self, row: Any) -> Case:
        """Take the head of a case, once."""
        case = self._by_id.get(row.id)
        if case is None:
            case = self._by_id[row.id] = case_of(row)
            self.cases[case.stream] = case
            self._counted[case.stream] = (row.touched, row.n_children)
        return case

    def place(self, row: Any) -> None:
        """Take a slot, if there is one."""
        if row.place_cycle is None:
            return
        place = Place(row.place_cycle, row.place_kind, row.place_unit)
        self._touched[place] = row.place_touched or 0
        if row.place_current is not None:
            self._current[place] = f"{place.kind}/{row.place_current}"

    def number(self, row: Any) -> None:
        """Take the last number of a counter."""
        counter = f"{row.label}/{row.letter}"
        self._numbered[Sight("counter", unit=row.number_unit, name=counter)] = row.last

    def file(self, row: Any) -> None:
        """Take a file that was brought."""
        sight = sight_of(row.file_case, row.file_document, row.file_hash)
        self._files[sight] = (row.file_length, moment(row.file_gone_at))

    def key(self, row: Any) -> None:
        """Take a key that was used, and its event."""
        left_open = orjson.loads(row.left_open) if row.left_open else {}
        key = Key(client=row.client, key=row.key, fingerprint=row.fingerprint, left_open=left_open)
        self._used[row.client, row.key] = Used(
            key=key, stream=row.stream, version=row.key_version, body=row.body
        )

    def cycle_of(self, name: str) -> str:
        """Return the round of a case by its stream or its id; "": it was not found."""
        case = self.cases.get(self._stream(name))
        return "" if case is None else case.cycle

    def standing(self, wanted: Sequence[Wanted]) -> Standing:
        """Return everything that was found, and say what was looked for."""
        cycles = {one.cycle for one in wanted if one.cycle}
        cycles |= {case.cycle for case in self.cases.values()}
        return Standing(
            heads={cycle: self._heads(cycle, wanted) for cycle in cycles},
            used=self._used,
            organisation_version=self._organisation_version,
            identity_version=self._identity_version,
            rulings=self._rulings,
        )

    def _heads(self, cycle: str, wanted: Sequence[Wanted]) -> Heads:
        cases = {stream: case for stream, case in self.cases.items() if case.cycle == cycle}
        counted = {stream: self._counted[stream] for stream in cases}
        heads = Heads(
            cases=cases,
            current={at: stream for at, stream in self._current.items() if at.cycle == cycle},
            touched=self._touched | {stream: n or 0 for stream, (n, _) in counted.items()},
            numbered={sight.name: n for sight, n in self._numbered.items()}
            | {stream: n or 0 for stream, (_, n) in counted.items()},
            files=self._files,
        )
        begun = ((one, cases.get(self._stream(one.case))) for one in wanted)
        return Heads(**vars(heads) | {"seen": frozenset(_seen(heads, cycle, begun))})

    def _stream(self, name: str) -> str:
        case = self._by_id.get(name)  # it may have been asked for by its id
        return name if case is None else case.stream


def standing_of(rows: Iterable[Any], wanted: Sequence[Wanted]) -> Standing:
    """Return what the rows of a statement that reads no links say; there is always one."""
    found = Found()
    for row in rows:
        found.head_and_key(row)
    return found.standing(wanted)


def linked_of(rows: Iterable[Any], wanted: Sequence[Wanted]) -> Standing:
    """Return what the rows of a statement that follows links say; there is always one."""
    found = Found()
    for row in rows:
        found.head_and_key(row)
        found.place(row)
    return found.standing(wanted)


def sighted_of(rows: Iterable[Any], wanted: Sequence[Wanted]) -> Standing:
    """Return what the rows of a statement that looks anywhere say; there is always one."""
    found = Found()
    for row in rows:
        found.head_and_key(row)
        found.place(row)
        if row.last is not None:
            found.number(row)
        if row.file_length is not None:
            found.file(row)
    return found.standing(wanted)


def _seen(heads: Heads, cycle: str, begun: Iterable[tuple[Wanted, Case | None]]) -> Iterable[Sight]:
    for one, case in begun:
        if case is not None:
            yield from _stepped(case, one.steps, heads)
        if one.cycle == cycle or case is not None:
            yield from one.sights
            if one.whole:
                yield WHOLE


def _stepped(case: Case, steps: Steps, heads: Heads) -> Iterable[Sight]:
    for step, further in steps.items():
        sight = sight_of_step(case, step)
        if sight is None:
            continue
        yield sight
        if further:
            for one in heads.at(sight, case):
                yield from _stepped(one, further, heads)


def sights_wanted(wanted: Sequence[Wanted]) -> dict[tuple[str, str], set[Sight]]:
    """Return what is looked at besides: in a round that is named, or "" and in that of a case.

    The case may be named by its id alone, which looks like a round's.
    """
    sights: dict[tuple[str, str], set[Sight]] = defaultdict(set)
    for one in wanted:
        begun = (one.cycle, "") if one.cycle else ("", one.case)
        sights[begun] |= one.sights
        if one.whole:
            sights[begun].add(WHOLE)
    return sights
