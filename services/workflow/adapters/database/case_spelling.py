"""How each field of a case that is no column is put into JSON, and read from it again.

Short, because heads are written at every transition: members of desks and links have no names,
instants are microseconds, and what a field mostly says is left out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import zip_longest
from typing import Any

from services.workflow.domain.case.head import (
    NO_DUE,
    Attested,
    Audit,
    Awaited,
    Drawing,
    Due,
    Entered,
    Filed,
    Given,
    Graded,
    Holder,
    Link,
    Reached,
    Signature,
    Source,
    Verdict,
)

Plain = Any  # what JSON can say

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@lru_cache(4096)  # one instant stands in many heads, and in one head for all its life
def _micros(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


@lru_cache(4096)
def _at(micros: int) -> datetime:
    return _EPOCH + micros * _MICROSECOND


def same(value: Plain) -> Plain:
    return value


def put_been(reached: Mapping[str, Reached], fired: Mapping[str, tuple[str, ...]]) -> Plain:
    """Put what a case has been through as steps, the newest first: a state entered, who fired what.

    A move adds a step before the others, whose bytes stay as they are. Both times of a state are
    put as one where they are the same, as they nearly always are.
    """
    entered = [[state, _put_times(one)] for state, one in reversed([*reached.items()])]
    acts = [[trigger, *people] for trigger, people in reversed([*fired.items()])]
    return [[*step] for step in zip_longest(entered, acts)]


def get_been(put: Sequence[Plain]) -> tuple[dict[str, Reached], dict[str, tuple[str, ...]]]:
    """Return what `put_been` was given."""
    reached = {state: _get_times(times) for state, times in _steps(put, 0)}
    return reached, {trigger: tuple(people) for trigger, *people in _steps(put, 1)}


def _steps(put: Sequence[Plain], which: int) -> Iterator[Plain]:
    return (step[which] for step in reversed(put) if step[which] is not None)


def _put_times(one: Reached) -> Plain:
    if one.effective_at == one.recorded_at:
        return _micros(one.effective_at)
    return [_micros(one.effective_at), _micros(one.recorded_at)]


def _get_times(times: Plain) -> Reached:
    effective, recorded = times if type(times) is list else (times, times)
    return Reached(effective_at=_at(effective), recorded_at=_at(recorded))


def _put_figure(figure: Decimal | None) -> str | None:
    return None if figure is None else str(figure)


def _get_figure(put: str | None) -> Decimal | None:
    return None if put is None else Decimal(put)


def _put_filed(one: Filed) -> Plain:
    rows = {str(number): dict(values) for number, values in one.rows.items()}
    texts = {str(number): [text["sha256"], text["length"]] for number, text in one.texts.items()}
    put = [f"={one.sha256}", one.version, one.submitter, rows, texts, dict(one.paragraphs)]
    while not put[-1]:
        put.pop()
    return put


def _get_filed(put: Sequence[Plain]) -> Filed:
    told = [*put, *_UNFILED[len(put) :]]
    hash_, version, submitter, rows, texts, paragraphs = told
    return Filed(
        hash=hash_[1:],
        version=version,
        submitter=submitter,
        rows={int(number): values for number, values in rows.items()},
        texts={
            int(number): {"sha256": sha256, "length": length}
            for number, (sha256, length) in texts.items()
        },
        paragraphs=paragraphs,
    )


_UNFILED: list[Plain] = ["=", 0, None, {}, {}, {}]


def _put_given(one: Given) -> Plain:
    parts = {name: str(part) for name, part in one.parts.items()}
    put = [_put_figure(one.figure), parts, dict(one.votes), one.n_valid, one.by]
    return put if one.exact is None else [*put, str(one.exact)]


def _get_given(put: Plain) -> Given:
    figure, parts, votes, n_valid, by, *exact = put
    return Given(
        figure=_get_figure(figure),
        exact=Fraction(exact[0]) if exact else None,
        parts={name: Decimal(part) for name, part in parts.items()},
        votes=votes,
        n_valid=n_valid,
        by=by,
    )


def _put_verdict(one: Verdict) -> Plain:
    return [one.passed, one.person, one.body, *([dict(one.about)] if one.about else [])]


def _get_verdict(put: Plain) -> Verdict:
    passed, person, body, *about = put
    return Verdict(passed=passed, person=person, body=body, about=about[0] if about else {})


def _put_grade(one: Graded) -> Plain:
    return [one.name, _put_figure(one.figure), one.uncapped]


def _get_grade(put: Plain) -> Graded:
    name, figure, uncapped = put
    return Graded(name=name, figure=_get_figure(figure), uncapped=uncapped)


def _put_due(due: Due) -> Plain:
    put = [
        due.at and _micros(due.at),
        due.rule and dict(due.rule),
        due.calendar and list(due.calendar),
        [[one.link, one.stream, one.version] for one in due.sources] or None,
        due.by_hand or None,
        due.waits_for and [due.waits_for.link, due.waits_for.mark],
        due.raised_from and due.raised_from.isoformat(),
    ]
    while put and put[-1] is None:
        put.pop()
    return put


def _get_due(put: Sequence[Plain]) -> Due:
    if not put:
        return NO_DUE
    at, rule, calendar, sources, by_hand, awaited, raised = [*put, *_NOTHING[len(put) :]]
    return Due(
        at=None if at is None else _at(at),
        rule=rule,
        calendar=None if calendar is None else (calendar[0], calendar[1]),
        sources=tuple(Source(link=link, stream=stream, version=n) for link, stream, n in sources)
        if sources
        else (),
        by_hand=bool(by_hand),
        waits_for=None if awaited is None else Awaited(link=awaited[0], mark=awaited[1]),
        raised_from=None if raised is None else date.fromisoformat(raised),
    )


_NOTHING: list[Plain] = [None] * 7  # of what a deadline may have


def _put_holders(holders: Sequence[Holder]) -> Plain:
    """Put desks without the names of their members: they are in every head, written every time.

    Of one that has no name, for its state has no other, the columns tell the rest. Beside the desk
    of a request it stands there without one: a release of before spelled it as empty where it was
    alone, and by that heads of that release are known.
    """
    if len(holders) == 1 and not holders[0].desk:
        (lone,) = holders
        return [[int(lone.vacant), *_put_due(lone.due)[1:]]]
    return [
        [one.unit, one.role, one.person, one.desk or None, int(one.vacant), *_put_due(one.due)]
        for one in holders
    ]


def get_holders(
    put: Plain, unit: str, role: str, person: str | None, at: datetime | None
) -> tuple[Holder, ...]:
    """Return the desks that were put; the rest is what the columns tell of the one due first."""
    if type(put[0][0]) is int:
        ((vacant, *due),) = put
        told = _get_due([at and _micros(at), *due]) if at or due else NO_DUE
        return (Holder(unit=unit, role=role, person=person, due=told, vacant=bool(vacant)),)
    return tuple(
        Holder(
            unit=unit,
            role=role,
            person=person,
            desk=desk or "",
            vacant=bool(vacant),
            due=_get_due(due),
        )
        for unit, role, person, desk, vacant, *due in put
    )


def _each(convert: Callable[[Any], Any]) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    return lambda named: {name: convert(one) for name, one in named.items()}


def _put_value(value: Any) -> Plain:
    """Put one value of a datum; a commitment may still be what a text left behind."""
    return dict(value) if isinstance(value, Mapping) else value


def _put_links(links: Sequence[Link]) -> Plain:
    """Put links as the reading statement takes them apart: see `postgres_cases.LINKED`."""
    return [[one.name, one.kind, one.way, one.unit, one.back] for one in links]


def _get_links(put: Plain) -> tuple[Link, ...]:
    return tuple(
        Link(name=name, kind=kind, way=way, unit=unit, back=back)
        for name, kind, way, unit, back in put
    )


def _put_drawing(one: Drawing) -> Plain:
    return [
        {**one.terms, "roster": dict(one.terms["roster"])},
        one.size,
        one.statement,
        [[each.person, _micros(each.recorded_at), each.root] for each in one.attested],
        [[each.person, dict(each.commitment)] for each in one.entered],
        list(one.order),
        list(one.out),
    ]


def _get_drawing(put: Plain) -> Drawing:
    terms, size, statement, attested, entered, order, out = put
    return Drawing(
        terms=terms,
        size=size,
        statement=statement,
        attested=tuple(
            Attested(person=person, recorded_at=_at(micros), root=root)
            for person, micros, root in attested
        ),
        entered=tuple(Entered(person=person, commitment=told) for person, told in entered),
        order=tuple(order),
        out=tuple(out),
    )


def _get_pairs(put: Plain) -> tuple[tuple[Any, ...], ...]:
    return tuple(tuple(pair) for pair in put)


Codec = tuple[Callable[[Any], Plain], Callable[[Plain], Any]]
_PLAIN: Codec = (same, same)
_INSTANT: Codec = (_micros, _at)
_PAIR: Codec = (list, tuple)
PINNED: Mapping[str, Codec] = {
    "scheme": _PLAIN,
    "label": _PLAIN,
    "unit_kind": _PLAIN,
    "opened_at": _INSTANT,
    "initial": _PLAIN,
    "parties": (dict, same),
    "audits": (
        lambda audits: [[one.stage, one.body] for one in audits],
        lambda put: tuple(Audit(stage=stage, body=body) for stage, body in put),
    ),
    "links": (_put_links, _get_links),
    "values": (dict, same),
    "row": _PAIR,
    "because": _PLAIN,
    "carried_from": _PLAIN,
}
# In the order in which they stand in a row: what every move changes first, before all it has been.
MOVED: Mapping[str, Codec] = {
    "final": _PLAIN,
    "holders": (_put_holders, same),  # see `get_holders`
    "signatures": (
        lambda signed: [[one.desk, one.person] for one in signed],
        lambda put: tuple(Signature(desk=desk, person=person) for desk, person in put),
    ),
    "verdicts": (
        _each(_put_verdict),
        _each(_get_verdict),
    ),
}
BEEN = "steps"
KEPT: Mapping[str, Codec] = {
    "planned": (_each(date.isoformat), _each(date.fromisoformat)),
    "grades": (_each(_put_grade), _each(_get_grade)),
    "components": (_each(_put_given), _each(_get_given)),
    "waived": (sorted, frozenset),
    "flags": (sorted, frozenset),
    "mode": _PLAIN,
    "order": _PLAIN,
    "decisions": (list, _get_pairs),
    "numbers": (dict, same),
    "rosters": (dict, same),
    "listed": (_each(dict), same),
    "there": (_each(hex), _each(lambda put: int(put, 16))),
    "moved": (_each(hex), _each(lambda put: int(put, 16))),
    "heard": (sorted, frozenset),
    "tallies": (sorted, frozenset),
    "n_filed": (dict, same),
    "n_rows": (dict, same),
    "documents": (_each(_put_filed), _each(_get_filed)),
    "drawing": (_put_drawing, _get_drawing),
    "forgot_at": _INSTANT,
    "paused_days": _PLAIN,
    "past_subjects": _PAIR,
    "given": (_each(_each(_each(_put_value))), same),
}
