"""Cases in which something was asked for that nobody has answered yet, and what was asked."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from services.workflow.application.boards.look import Look, Sources
from services.workflow.application.reading_ports import ListQuery
from services.workflow.application.rulebook import Rules
from services.workflow.domain.case.head import Case, Filed
from services.workflow.domain.case.requests import Request, requests, unanswered
from services.workflow.domain.language.model.documents import Column

MOST_ASKED = 200  # looked at for what is unanswered: more would be no list that one works off
_NOTHING = Filed(version=0, submitter=None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What somebody asked for in one case."""

    label: str  # of the document
    columns: tuple[Column, ...]
    values: Mapping[str, Any]
    texts: Mapping[str, str]  # empty where they are not the reader's


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


def asked_in(sources: Sources, cases: Sequence[Case], readable: Container[str]) -> dict[str, Asked]:
    """Return by stream what is unanswered in *cases*; at most one statement.

    *readable* are the streams whose texts are the reader's.
    """
    open_ = {one.stream: (one, asks) for one in cases if (asks := _request(sources, one))}
    hashes = {
        stream: bytes.fromhex(told["sha256"])
        for stream, (case, asks) in open_.items()
        if stream in readable and (told := _last(_filed(case, asks).texts))
    }
    kept = sources.reads.texts([*hashes.values()]) if hashes else {}
    found = {}
    for stream, (case, asks) in open_.items():
        document = sources.rulebook.of(case.cycle).scheme.documents[asks.document]
        text = kept.get(hashes.get(stream, b""))
        found[stream] = Asked(
            label=document.label,
            columns=document.columns,
            values=_last(_filed(case, asks).rows),
            texts=orjson.loads(text.content) if text else {},
        )
    return found


def _request(sources: Sources, case: Case) -> Request | None:
    kind = sources.rulebook.of(case.cycle).scheme.kinds[case.kind]
    return unanswered(case, kind.life(case.tier or ""))


def _filed(case: Case, asks: Request) -> Filed:
    return case.documents.get(asks.document, _NOTHING)


def _last(rows: Mapping[int, Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the row of a document that has one: rows are numbered on from version to version."""
    return rows[max(rows)] if rows else {}
