"""Rules of days: their marks come before, what is awaited has a day until then, days fit."""

import re
from collections.abc import Iterator
from datetime import date

from schemas.document import Path
from schemas.said import said
from services.workflow.domain.language.model.days import (
    OF,
    OPENED,
    ROUND,
    Counted,
    DayRule,
    Due,
    FieldDay,
    FixedDay,
    Mark,
    Planned,
    marks,
    simple,
)
from services.workflow.domain.language.model.documents import Day
from services.workflow.domain.language.model.lives import Kind, Life, State
from services.workflow.domain.language.model.scheme import Round, Scheme
from services.workflow.domain.language.soundness.linking import check_mark
from services.workflow.domain.language.soundness.noting import Note
from services.workflow.domain.language.soundness.parties import check_field
from services.workflow.domain.language.soundness.reach import closure, unit_kinds
from services.workflow.domain.language.walking import every

_TURNS = ("year", "quarter", "month")  # from the longest
_LABELS = {"year": r"\d{4}", "quarter": r"\d{4}-Q\d", "month": r"\d{4}-\d\d"}
_ENDINGS = {"year": "", "quarter": "-Q1", "month": "-01"}


def check_days(scheme: Scheme, note: Note) -> None:
    """Note every rule of days that can give no day, or one that cannot be meant."""
    _check_round(scheme, note)
    for day in every(scheme, FixedDay):
        _check_fixed(scheme, day, note)
    for kind, life in scheme.lives():
        latest: tuple[FixedDay, str] | None = None
        for state in life.states.values():
            _check_state(scheme, kind, life, state, note)
            latest = _check_order(state, latest, note)
        _check_settable(life, note)
        for rule in every(life.triggers, Counted):
            _check_counted(scheme, kind, life, rule, note)


def _check_round(scheme: Scheme, note: Note) -> None:
    turn = scheme.round
    if turn.label and turn.every and not re.fullmatch(_LABELS.get(turn.every, ""), turn.label):
        note((*turn.at, "for"), _no_round_of(turn))
    if turn.opens and turn.ends and turn.ends < turn.opens:
        note(
            (*turn.at, "ends"),
            said(
                "the round ends on {ends}, before it opens on {opens}",
                ends=turn.ends,
                opens=turn.opens,
            ),
        )
    longer = _TURNS[: _TURNS.index(turn.every) + 1] if turn.every in _TURNS else _TURNS
    for kind in scheme.kinds.values():
        if kind.every in longer:
            note(
                (*kind.at, "every"),
                said("every {every} is no shorter turn than the round's", every=kind.every),
            )


def _no_round_of(turn: Round) -> str:
    if turn.every not in _ENDINGS:
        return said("a round of on_request is of no label: leave for out")
    example = turn.label[: len("2019")] + _ENDINGS[turn.every]
    return said(
        "{label} is no round of every: {every}; one is {example}",
        label=turn.label,
        every=turn.every,
        example=example,
    )


def _check_fixed(scheme: Scheme, rule: FixedDay, note: Note) -> None:
    turn = scheme.round
    if rule.day == date.min:
        return  # no day at all: noted where it was read
    if not turn.once:
        note(
            rule.at,
            said(
                "{day} is a day of one round, and this scheme has more: count from a mark",
                day=rule.day,
            ),
        )
    if turn.opens and rule.day < turn.opens:
        note(
            rule.at,
            said("{day} is before the round opens on {opens}", day=rule.day, opens=turn.opens),
        )
    if turn.ends and rule.day > turn.ends:
        note(rule.at, said("{day} is after the round ends on {ends}", day=rule.day, ends=turn.ends))


def _dues(state: State) -> Iterator[Due]:
    for due in (state.due, *(desk.due for desk in state.desks)):
        if due is not None:
            yield due


def _check_state(scheme: Scheme, kind: Kind, life: Life, state: State, note: Note) -> None:
    for rule in every(state, Counted):
        _check_counted(scheme, kind, life, rule, note)
    for field in every(state, FieldDay):
        check_field(scheme, kind, field.column, Day, (*field.at, "field"), note)
    for mark in state.waits:
        check_mark(scheme, kind, life, mark, (*state.at, "waits"), note)
    for due in _dues(state):
        _check_known(due, note)
        for mark in marks(due.rule):
            _check_before(life, state, mark, due.at, note)
    if state.planned is not None:
        _check_bounds(state.planned, note)


def _check_counted(scheme: Scheme, kind: Kind, life: Life, rule: Counted, note: Note) -> None:
    if rule.mark is not None and rule.mark.state:
        check_mark(scheme, kind, life, rule.mark, rule.at, note)


def _check_known(due: Due, note: Note) -> None:
    awaited = [mark for mark in marks(due.rule) if mark.link not in ("", OF, ROUND)]
    if awaited and due.until_known is None:
        note(
            due.at,
            said(
                "until {awaited} is known nothing is due: until_known is missing",
                awaited=awaited[0],
            ),
        )
    if due.until_known is not None:
        if not awaited and not any(mark.link == "" for mark in marks(due.rule)):
            note((*due.at, "until_known"), "the rule is known at entry: until_known says nothing")
        if any(mark.link not in ("", OF, ROUND) for mark in marks(due.until_known)):
            note((*due.at, "until_known"), "what holds until then may wait for nothing itself")


def _check_before(life: Life, state: State, mark: Mark, at: Path, note: Note) -> None:
    """Note a mark of the case itself that need not lie behind whoever comes to *state*."""
    if mark.link or mark.state in ("", OPENED) or mark.state not in life.states:
        return
    if life.states[mark.state].planned is not None:
        return
    if mark.state == state.name:
        note(
            at, said("{state} is counted from its own entry: leave the mark out", state=state.name)
        )
        return
    for unit_kind in unit_kinds(life):
        pairs = [(a, b) for _, a, b in life.edges(unit_kind) if b != mark.state]
        if life.initial != mark.state and state.name in closure({life.initial}, pairs):
            whose = said("a {unit_kind}", unit_kind=unit_kind) if unit_kind else said("a case")
            note(
                at,
                said(
                    "{whose} comes to {state} without {mark}: it is never due",
                    whose=whose,
                    state=state.name,
                    mark=mark.state,
                ),
            )
            return


def _check_order(
    state: State, latest: tuple[FixedDay, str] | None, note: Note
) -> tuple[FixedDay, str] | None:
    """Note fixed days that do not follow each other as the states do."""
    fixed = [
        part for due in _dues(state) for part in simple(due.rule) if isinstance(part, FixedDay)
    ]
    for part in fixed:
        if latest is not None and part.day < latest[0].day:
            before = said("{day}, that of {whose}", day=latest[0].day, whose=latest[1])
            note(
                part.at, said("the deadline {day} is before {before}", day=part.day, before=before)
            )
    last = max(fixed, key=lambda part: part.day, default=None)
    if last is not None and (latest is None or last.day > latest[0].day):
        return last, state.name
    return latest


def _check_bounds(planned: Planned, note: Note) -> None:
    first, last = _fixed(planned.first), _fixed(planned.last)
    if first and last and first.day > last.day:
        note(
            planned.at, said("no day is from {first} and by {last}", first=first.day, last=last.day)
        )
    least, most = planned.first, planned.last
    if isinstance(least, Counted) and isinstance(most, Counted) and _is_beyond(least, most):
        note(planned.at, said("no day is from {first} and by {last}", first=least.n, last=most.n))


def _is_beyond(least: Counted, most: Counted) -> bool:
    """Tell whether *least* is always a later day than *most*, counted alike from one mark."""
    alike = (least.mark, least.working, least.side) == (most.mark, most.working, most.side)
    return alike and (least.n > most.n if least.side == "after" else least.n < most.n)


def _fixed(rule: DayRule | None) -> FixedDay | None:
    return rule if isinstance(rule, FixedDay) else None


def _check_settable(life: Life, note: Note) -> None:
    """Note planned days that neither the file gives nor a trigger sets.

    The freeze of a draw sets that of the state to which its number leads.
    """
    setting = {one.name for each in life.triggers.values() for one in each.sets if each.sources}
    for each in life.triggers.values():
        if each.draws is not None and each.draws.step == "enter":
            setting.update(to for source in each.sources for to in each.targets(source, ()))
    for state in life.states.values():
        if state.planned and state.planned.day is None and state.name not in setting:
            note(
                (*state.at, "planned"),
                said("no trigger sets the planned day of {state}", state=state.name),
            )
