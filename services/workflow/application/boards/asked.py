"""Cases in which something was asked for that nobody has answered yet, and what was asked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.workflow.application.boards.look import Look, Sources
from services.workflow.application.reading_ports import ListQuery
from services.workflow.application.rulebook import Rules
from services.workflow.domain.case.head import Case, Filed
from services.workflow.domain.case.requests import Request, requests, unanswered
from services.workflow.domain.language.model.documents import Column

MOST_ASKED = 200  # looked at for what is unanswered: more would be no list that one works off
_NOTHING = Filed(version=0, submitter=None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """What somebody asked for in one case."""

    stream: str
    label: str  # of the document
    columns: tuple[Column, ...]
    values: Mapping[str, Any]
    text: bytes  # the hash under which its texts lie; empty: it has none


def asking(sources: Sources, look: Look, cycles: Sequence[Rules], query: ListQuery) -> ListQuery:
    """Return *query* for the cases with an unanswered request; one statement."""
    lives = [life for rules in cycles for _, life in rules.scheme.lives()]
    known = [one for life in lives for one in requests(life)]
    if not known:
        return replace(query, ids=())
    fired = tuple(sorted({name for one in known for name in one.by}))
    states = query.states or tuple(sorted({name for one in known for name in one.states}))
    candidates = replace(
        query, fired=fired, states=states, sort="due_at", after=None, limit=MOST_ASKED
    )
    found = sources.reads.list_cases(look.seen(candidates)).cases
    return replace(query, ids=tuple(one.id for one in found if _request(sources, one)))


def wishes(sources: Sources, cases: Sequence[Case]) -> Iterator[Wish]:
    """Yield what is unanswered in *cases*; no statement."""
    for case in cases:
        if (asks := _request(sources, case)) is not None:
            document = sources.rulebook.of(case.cycle).scheme.documents[asks.document]
            filed = case.documents.get(asks.document, _NOTHING)
            told = _last(filed.texts)
            yield Wish(
                stream=case.stream,
                label=document.label,
                columns=document.columns,
                values=_last(filed.rows),
                text=bytes.fromhex(told["sha256"]) if told else b"",
            )


def _request(sources: Sources, case: Case) -> Request | None:
    kind = sources.rulebook.of(case.cycle).scheme.kinds[case.kind]
    return unanswered(case, kind.life(case.tier or ""))


def _last(rows: Mapping[int, Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the row of a document that has one: rows are numbered on from version to version."""
    return rows[max(rows)] if rows else {}
