"""What a document must answer: the cases of some links, and those that were carried over.

Only what whoever files it sees is asked for: an unannounced visit does not give itself away.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from services.workflow.domain.authority.firing import Candidate
from services.workflow.domain.case.acts import Asked
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.seeing import is_left_to_others
from services.workflow.domain.case.world import World
from services.workflow.domain.language.model.documents import CARRIED, Document
from services.workflow.domain.refusals import Blocker

_GONE = ("abandoned", "no_longer")  # ends of what never came to anything


def unanswered(document: Document, case: Case, world: World, person: str | None) -> list[Case]:
    """Return the cases that *document* has to answer, as *person* sees them."""
    found = {one.stream: one for name in document.must_answer for one in _of(name, case, world)}
    candidate = Candidate(person or "", world.organisation, world.day(world.now))
    wanted = (one for one in found.values() if one.final not in _GONE)
    return [one for one in wanted if person is None or not is_left_to_others(candidate, one, world)]


def _of(name: str, case: Case, world: World) -> Iterator[Case]:
    if name != CARRIED:
        yield from world.heads.linked(case, name)
        return
    for kind in world.scheme.kinds.values():
        if kind.origin.parent == case.kind:
            yield from (one for one in world.heads.children(case, kind.name) if one.carried_from)


def answers_at_fault(asked: Asked) -> Iterator[Blocker]:
    """Yield what is not answered, and what answers nothing that was asked."""
    for name, given in asked.act.given.get("documents", {}).items():
        document = asked.world.scheme.documents[name]
        if document.must_answer:
            yield from _at_fault(document, given.get("answers", ()), asked)


def _at_fault(document: Document, answers: Any, asked: Asked) -> Iterator[Blocker]:
    place = f"data.documents.{document.name}.answers"
    wanted = {
        one.stream: one for one in unanswered(document, asked.case, asked.world, asked.act.person)
    }
    told = set[tuple[str, int | None]]()
    for index, answer in enumerate(answers):
        key = (answer["case"], answer.get("row"))
        if answer["case"] not in wanted or not _has_row(wanted[answer["case"]], answer):
            yield Blocker(code="not_to_answer", field=f"{place}[{index}].case")
        elif key in told:
            yield Blocker(code="answered_twice", field=f"{place}[{index}].case")
        told.add(key)
    for one in wanted.values():
        for number in _left(one, told):
            yield Blocker(code="not_answered", field=place, params={"number": number})


def _left(case: Case, told: AbstractSet[tuple[str, int | None]]) -> Iterator[str]:
    """Yield what of *case* no answer is given to: it as a whole, or each row that is left.

    An answer that names no row answers all of it; where rows are named, each has to be.
    """
    if (case.stream, None) in told:
        return
    rows = sorted({row for filed in case.documents.values() for row in filed.rows})
    left = [row for row in rows if (case.stream, row) not in told]
    if left == rows:
        yield case.number
    else:
        yield from (f"{case.number} #{row}" for row in left)


def _has_row(case: Case, answer: Mapping[str, Any]) -> bool:
    row = answer.get("row")
    return row is None or any(row in filed.rows for filed in case.documents.values())
