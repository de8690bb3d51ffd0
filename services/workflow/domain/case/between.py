"""Guards between cases, and how their answers stay true until they are written.

What can never turn false is compared with nothing. For `all_*` whatever moves a linked case counts
on one row, which the write compares: a guard that asked every linked head again in the write let a
case close beside one opened just then. Any other head that was looked at is compared by version.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.workflow.domain.case.head import Case, Link
from services.workflow.domain.case.quorum import too_few
from services.workflow.domain.case.where import matches
from services.workflow.domain.case.world import Looks, Place, Row, World
from services.workflow.domain.language.model.days import Mark
from services.workflow.domain.language.model.guards import (
    AllEnded,
    AllReached,
    Heard,
    Quorum,
    Reached,
)
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.refusals import Blocker


@dataclass(kw_only=True, slots=True)  # one for every command
class Question:
    """Who asks: a case, on the effective time of an act, noting what it looks at."""

    case: Case
    at: datetime
    world: World
    looks: Looks


def reached(guard: Reached, by: Question) -> Iterator[Blocker]:
    """Yield why the linked case has not come to the state."""
    link = by.case.link(guard.link)
    if link is None or link.empty:
        return
    linked = by.world.heads.linked(by.case, guard.link)
    if guard.which in ("first", "last"):
        _note_many(by, link)
        linked = linked[:1] if guard.which == "first" else linked[-1:]
    for one in linked:
        by.looks.at(one)
    holds = _is_still_in if guard.still else has_reached
    there = [one for one in linked if holds(one, guard.state, by)]
    for one in there[:1]:
        if one.final != "completed":
            by.looks.by_version(one)
    if not linked:
        yield _blocker("link_none_yet", guard.link, guard.state, by, link)
    elif not there:
        code = "link_not_there" if guard.still else "link_not_reached"
        # What was given up will never come there: another is waited for, if there is one.
        awaited = [one for one in linked if one.final != "abandoned"] or linked
        yield _blocker(code, guard.link, guard.state, by, link, awaited)


def all_reached(guard: AllReached, by: Question) -> Iterator[Blocker]:
    """Yield why not all linked cases, open or completed, have come to the state."""
    for link, linked in counted(guard.link, by):
        lacking = [one for one in linked if not has_reached(one, guard.state, by)]
        if lacking:
            yield _blocker("link_not_all_reached", guard.link, guard.state, by, link, lacking)
        elif len(linked) < guard.at_least:
            yield _too_few(guard.link, len(linked), guard.at_least)


def all_ended(guard: AllEnded, by: Question) -> Iterator[Blocker]:
    """Yield why linked cases have not all ended."""
    for link, linked in counted(guard.link, by):
        lacking = [one for one in linked if one.is_open]
        if lacking:
            yield _blocker("link_not_all_ended", guard.link, "", by, link, lacking)
        elif len(linked) < guard.at_least:
            yield _too_few(guard.link, len(linked), guard.at_least)


def heard(guard: Heard, by: Question) -> Iterator[Blocker]:
    """Yield why the linked case has not come to this one, or too few are there now."""
    link = by.case.link(guard.link)
    if link is None or link.empty:
        return
    # Without one at all it is waited for by its state.
    for one in by.world.heads.linked(by.case, guard.link):
        by.looks.at(one)
        by.looks.by_version(one)
        if by.case.stream not in one.heard and not _goes_unnamed(guard, by):
            params: dict[str, str | int] = {
                "number": one.number,
                "kind": link.kind,
                "kind_label": by.world.scheme.kinds[link.kind].label,
            }
            yield Blocker(code="not_heard_yet", params=params)
        yield from too_few(one, guard.roster, guard.share, by.world)


def _goes_unnamed(guard: Heard, by: Question) -> bool:
    """Tell whether the asking case is gone through without a point of its own."""
    named = guard.no_point
    return named is not None and matches(named, by.case, by.world.organisation)


def has_reached(one: Case, state: str, by: Question) -> bool:
    """Tell whether *one* counts as having come to *state* for the asking case."""
    entered = one.reached.get(state)
    if entered is None or one.final == "abandoned" or entered.effective_at > by.at:
        return False
    return by.case.forgot_at is None or entered.recorded_at > by.case.forgot_at


def _is_still_in(one: Case, state: str, by: Question) -> bool:
    """Tell whether *one* is in *state* now, and was when the asking act takes effect."""
    return one.state == state and one.entered_at <= by.at


def counted(name: str, by: Question) -> Iterator[tuple[Link, Sequence[Case]]]:
    """Yield a link with the cases it leads to, open or completed: whoever moves there is noted."""
    link = by.case.link(name)
    if link is None or link.empty:
        return
    linked = by.world.heads.linked(by.case, name)
    for one in linked:
        by.looks.at(one)
    _note_many(by, link)
    yield link, [one for one in linked if one.is_open or one.final == "completed"]


def _note_many(by: Question, link: Link) -> None:
    row = row_of(by.case, link)
    by.looks.by_touch(row, by.world.heads.touched_at(row, by.case))


def row_of(case: Case, link: Link) -> Row:
    """Return the row on which the moves of the cases of *link* are counted."""
    if link.way == "children":
        return case.stream
    if link.way == "back":
        return Place(case.cycle, case.kind, case.unit)
    return Place(case.cycle, link.kind, link.unit or "")


def _blocker(
    code: str,
    name: str,
    state: str,
    by: Question,
    link: Link,
    lacking: Sequence[Case] = (),
) -> Blocker:
    params: dict[str, str | int] = {
        "link": name,
        "kind": link.kind,
        "kind_label": by.world.scheme.kinds[link.kind].label,
        "n": len(lacking),
    }
    if state:
        params |= {"state": state, "state_label": label_of(by.world.scheme, link.kind, state)}
    if lacking:
        params["number"] = lacking[0].number
    return Blocker(code=code, params=params)


def _too_few(name: str, given: int, least: int) -> Blocker:
    params: dict[str, str | int] = {"link": name, "given": given, "at_least": least}
    return Blocker(code="link_too_few", params=params)


def day_unknown(mark: Mark, case: Case, scheme: Scheme, field: str = "") -> Blocker:
    """Return the reason that the day of a mark of a linked case is not known yet."""
    kind = scheme.kinds[case.kind].links[mark.link].kind
    params: dict[str, str | int] = {
        "link": mark.link,
        "mark": mark.state,
        "kind": kind,
        "kind_label": scheme.kinds[kind].label,
        "state": mark.state,
        "state_label": label_of(scheme, kind, mark.state),
    }
    return Blocker(code="day_unknown", field=field, params=params)


def label_of(scheme: Scheme, kind: str, state: str) -> str:
    """Return what people read for a state of a kind, as the first of its lives has it."""
    lives = scheme.kinds[kind].lives
    return next((life.states[state].label for life in lives if state in life.states), state)


# --- What a case that moves counts on ---


@dataclass(frozen=True, slots=True)
class _Watch:
    """A link of some kind over which an `all_*` guard looks: who moves there counts."""

    kind: str  # of the cases that look
    name: str  # of their link
    form: str
    back: str
    states: frozenset[str]


def rows_moved(before: Case | None, after: Case, world: World) -> Iterator[Row]:
    """Yield the rows on which this move of a case has to be counted."""
    for watch in _watches(world.scheme, after.kind):
        if before is None or _answers_differ(before, after, watch.states):
            row = _row_watched(after, watch)
            if row is not None and _is_asked(row, after, world):
                yield row


def last_counted_on(before: Case | None, after: Case, world: World) -> datetime | None:
    """Return when the last of the cases was recorded on which this move has to be counted."""
    counted_on = (_asking(row, after, world) for row in rows_moved(before, after, world))
    return max((one.recorded_at for one in counted_on if one is not None), default=None)


def _answers_differ(before: Case, after: Case, states: frozenset[str]) -> bool:
    if before.final != after.final or before.order != after.order:
        return True
    return any(before.reached.get(state) != after.reached.get(state) for state in states)


def _is_asked(row: Row, by: Case, world: World) -> bool:
    """Tell whether anybody may still ask: nothing is counted on a row whose case has ended."""
    asking = _asking(row, by, world)
    return asking is None or asking.is_open


def _asking(row: Row, by: Case, world: World) -> Case | None:
    stream = row if isinstance(row, str) else world.heads.current_at(row, by)
    return None if stream is None else world.heads.case(stream, by)


def _row_watched(case: Case, watch: _Watch) -> Row | None:
    if watch.form == "children":
        is_parent = case.of is not None and case.of.startswith(f"{watch.kind}/")
        return case.of if is_parent else None
    if watch.form == "back":
        link = case.link(watch.back)
        unit = None if link is None else link.unit
        return None if unit is None else Place(case.cycle, watch.kind, unit)
    return Place(case.cycle, case.kind, case.unit)


_WATCHES: dict[tuple[str, str], tuple[_Watch, ...]] = {}


def _watches(scheme: Scheme, moved: str) -> tuple[_Watch, ...]:
    key = (scheme.hash, moved)
    if key not in _WATCHES:
        _WATCHES[key] = tuple(_found(scheme, moved))
    return _WATCHES[key]


def _found(scheme: Scheme, moved: str) -> Iterator[_Watch]:
    for kind in scheme.kinds.values():
        for name, link in kind.links.items():
            states: set[str] = set()
            asked = False
            for guard in _guards(scheme, kind.name):
                asked = asked or _goes_through(guard, name, scheme)
                if isinstance(guard, AllReached | AllEnded | Reached) and guard.link == name:
                    watched = not isinstance(guard, Reached) or guard.which in ("first", "last")
                    asked = asked or watched
                    states |= {guard.state} if isinstance(guard, AllReached) else set()
            # Peers are of the kind itself, and their link need not name it.
            if asked and (link.kind or kind.name) == moved and link.form not in ("slot", "parent"):
                yield _Watch(kind.name, name, link.form, link.back, frozenset(states))


def _goes_through(guard: object, link: str, scheme: Scheme) -> bool:
    """Tell whether *guard* is about a roster's agenda over *link*: its places are asked for."""
    roster = scheme.rosters.get(guard.roster) if isinstance(guard, Quorum) else None
    return roster is not None and roster.agenda is not None and roster.agenda.link == link


def _guards(scheme: Scheme, kind: str) -> Iterator[object]:
    for life in scheme.kinds[kind].lives:
        for trigger in life.triggers.values():
            yield from trigger.guards
