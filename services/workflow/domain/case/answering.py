"""What a document must answer: the cases of some links, those that were carried over, or its own.

Where something was listed in such a case, each row of it is answered by itself; a case without rows
is answered as a whole. Only what whoever files it sees is asked for: an unannounced visit does not
give itself away.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from services.workflow.domain.authority.firing import Candidate
from services.workflow.domain.case.acts import Asked
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.rows import placed
from services.workflow.domain.case.seeing import is_left_to_others
from services.workflow.domain.case.world import World
from services.workflow.domain.language.model.documents import CARRIED, ITSELF, Document
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.refusals import Blocker

_GONE = ("abandoned", "no_longer")  # ends of what never came to anything
Key = tuple[str, int | None]  # a case's stream, and one of its rows


@dataclass(frozen=True, kw_only=True, slots=True)
class ToAnswer:
    """A case that has to be answered, or one row of a document of it."""

    case: Case
    document: str = ""
    row: int | None = None

    @property
    def key(self) -> Key:
        return self.case.stream, self.row

    @property
    def number(self) -> str:
        """What people call it."""
        return self.case.number if self.row is None else f"{self.case.number} #{self.row}"


def to_answer(document: Document, case: Case, world: World, person: str | None) -> list[ToAnswer]:
    """Return what *document* has to answer, as *person* sees it."""
    found = {one.stream: one for name in document.must_answer for one in _of(name, case, world)}
    candidate = Candidate(person or "", world.organisation, world.day(world.now))
    wanted = (one for one in found.values() if _asks(one, world))
    return [
        each
        for one in wanted
        if person is None or not is_left_to_others(candidate, one, world)
        for each in _each(one, world)
    ]


def _asks(one: Case, world: World) -> bool:
    return one.final not in _GONE and not world.life(one).states[one.state].asks_nothing


def _of(name: str, case: Case, world: World) -> Iterator[Case]:
    if name == ITSELF:
        yield case
        return
    if name != CARRIED:
        yield from world.heads.linked(case, name)
        return
    for kind in world.scheme.kinds.values():
        if kind.origin.parent == case.kind:
            yield from (one for one in world.heads.children(case, kind.name) if one.carried_from)


def _each(case: Case, world: World) -> Iterator[ToAnswer]:
    """Yield each row of *case*; it as a whole where it has none.

    A document of one row is a form of its own, and one of given rows a questionnaire.
    """
    lists = (
        name
        for name in case.documents
        if not (world.scheme.documents[name].single or world.scheme.documents[name].rows)
    )
    rows = [(name, row) for name in lists for row in sorted(case.documents[name].rows)]
    for name, row in rows:
        yield ToAnswer(case=case, document=name, row=row)
    if not rows:
        yield ToAnswer(case=case)


def not_left_open(
    linked: Sequence[Case], trigger: Trigger, case: Case, world: World
) -> Sequence[Case]:
    """Return those of *linked* in which *trigger* may do something.

    Where rows of what it takes answer rows listed elsewhere, a case is not done with before each of
    its rows is answered by those in force.
    """
    names = (one.name for one in trigger.takes if one.what == "document")
    documents = [one for one in map(world.scheme.documents.get, names) if one and one.answers]
    if not documents:
        return linked
    named = {key for document in documents for key in _named(document, case)}
    return tuple(one for one in linked if all(each.key in named for each in _each(one, world)))


def _named(document: Document, case: Case) -> Iterator[Key]:
    filed, answering = case.documents.get(document.name), document.answers
    for row in filed.rows.values() if filed and answering else ():
        if answering is not None and answering.case in row:
            yield row[answering.case], _number(row.get(answering.row))


def rows_answer_nothing(asked: Asked) -> Iterator[Blocker]:
    """Yield the rows that say they answer what is listed nowhere, as far as who acts sees it."""
    for name, given in asked.act.given.get("documents", {}).items():
        answering = asked.world.scheme.documents[name].answers
        named = [
            (place, row)
            for place, row in placed(name, given)
            if answering is not None and row.get(answering.row) is not None
        ]
        if answering is None or not named:
            continue
        known = set(_fired_at(asked))
        for place, row in named:
            case = row.get(answering.case)
            if case is None:
                yield Blocker(code="required", field=f"{place}.{answering.case}")
            elif (case, _number(row[answering.row])) not in known:
                yield Blocker(code="not_to_answer", field=f"{place}.{answering.row}")


def _fired_at(asked: Asked) -> Iterator[Key]:
    """Yield what is listed in the cases in which the act may fire a trigger, and that are seen."""
    world, person = asked.world, asked.act.person
    candidate = Candidate(person or "", world.organisation, world.day(world.now))
    for fires in asked.trigger.fires:
        for one in world.heads.linked(asked.case, fires.link):
            if person is None or not is_left_to_others(candidate, one, world):
                yield from (each.key for each in _each(one, world))


def _number(told: str | None) -> int | None:
    """Return the number of a row as a column of numbers spells it."""
    return None if told is None else int(told.partition(".")[0])


def answers_at_fault(asked: Asked) -> Iterator[Blocker]:
    """Yield what is not answered, and what answers nothing that was asked."""
    for name, given in asked.act.given.get("documents", {}).items():
        document = asked.world.scheme.documents[name]
        if document.must_answer:
            yield from _at_fault(document, given.get("answers", ()), asked)


def _at_fault(document: Document, answers: Any, asked: Asked) -> Iterator[Blocker]:
    place = f"data.documents.{document.name}.answers"
    wanted = to_answer(document, asked.case, asked.world, asked.act.person)
    left, told = {one.key: one for one in wanted}, set[Key]()
    cases = {one.case.stream for one in wanted}
    for index, answer in enumerate(answers):
        key, at = (answer["case"], answer.get("row")), f"{place}[{index}]"
        if key in told:
            yield Blocker(code="answered_twice", field=f"{at}.case")
        elif key not in left and key[0] in cases and key[1] is None:
            yield Blocker(code="required", field=f"{at}.row")
        elif key not in left:
            yield Blocker(code="not_to_answer", field=f"{at}.case")
        told.add(key)
    for key, one in left.items():
        if key not in told:
            yield Blocker(code="not_answered", field=place, params={"number": one.number})
