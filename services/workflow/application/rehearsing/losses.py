"""What goes wrong in a round, and what the scheme makes of it.

A post is vacant when the round opens, a desk is left by everybody, a day passes unused, what others
wait for is cancelled, its subject is replaced, work is sent back twice, a grade is corrected after
it has led somewhere. Which of them can happen to a kind is read off its triggers and links.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import partial

from services.workflow.application.rehearsing.offering import Wishes
from services.workflow.application.rehearsing.rehearsal import Rehearsal, Stage
from services.workflow.application.rehearsing.seeking import Seeker
from services.workflow.application.rehearsing.setting import Scene, leads_to, set_scene
from services.workflow.application.rehearsing.ways import way_to
from services.workflow.domain.case.head import Case
from services.workflow.domain.language.model.days import marks
from services.workflow.domain.language.model.guards import AllEnded, AllReached, Reached
from services.workflow.domain.language.model.lives import Kind, Life
from services.workflow.domain.language.model.triggers import Route, Trigger

FAR = timedelta(days=21)  # off, a day is planned at first
NEAR = timedelta(days=3)  # before that it is moved, to as long before then


def losses(stage: Stage, kind: Kind, life: Life) -> Iterator[Scene]:
    """Play every loss that can happen to cases of one kind and tier."""
    if kind.person and kind.origin.form == "each":
        yield _vacant_post(stage, kind, life)
    yield _vacant_desk(stage, kind, life)
    for state in life.states.values():
        if state.planned is not None and not _tells_a_number(life, state.name):
            yield _moved_into_the_past(stage, kind, life, state.name)
        if state.final == "abandoned" and _is_awaited(stage, kind):
            yield _cancelled(stage, kind, life, state.name)
    for trigger in life.triggers.values():
        if not trigger.sources:
            continue
        if trigger.replaces:
            yield _replaced(stage, kind, life, trigger)
        if trigger.verdict == "back" and not {*leads_to(trigger)} <= life.ends.keys():
            yield _sent_back(stage, kind, life, trigger)
        for grading in _corrected_by(stage, life, trigger):
            yield _corrected(stage, kind, life, trigger, grading)


# --- Nobody is there ---


def _vacant_post(stage: Stage, kind: Kind, life: Life) -> Scene:
    """Leave one post empty at the opening: expected, not opened, and opened when it is filled."""
    rehearsal, unit = Rehearsal(stage), _unit_of(stage, kind, life)
    if unit is not None:
        rehearsal.leave(unit, kind.person)
    opening = rehearsal.open()
    mine = tuple(one for one in opening.left_out if (one.kind, one.unit) == (kind.name, unit))
    rehearsal.organisation = stage.organisation
    late = None if unit is None else rehearsal.open_case(kind.name, unit)
    return Scene(
        what="vacancy",
        kind=kind.name,
        tier=life.tier,
        name=unit or "",
        played=bool(mine) is not (kind.origin.of == "post") and late is not None,
        opened=unit is not None,
        left_out=mine,
    )


def _unit_of(stage: Stage, kind: Kind, life: Life) -> str | None:
    """Return a unit where a case opens while its post is held; None: nowhere."""
    rehearsal = Rehearsal(stage)
    rehearsal.open()
    return min((one.unit for one in rehearsal.cases(kind.name, life.tier)), default=None)


def _vacant_desk(stage: Stage, kind: Kind, life: Life) -> Scene:
    """Let everybody leave the first desk: the case lies there, and goes on when it is filled."""

    def leave(seeker: Seeker, case: Case) -> bool:
        for holder in case.holders:
            seeker.play.leave(holder.unit, (holder.role,))
        left = seeker.play.case(case.stream)
        seeker.play.come_back()
        return left.holders == case.holders and seeker.complete(case.stream)

    return set_scene(stage, "vacant_desk", kind, life, life.initial, leave)


def _replaced(stage: Stage, kind: Kind, life: Life, trigger: Trigger) -> Scene:
    """Replace the subject half-way to the end: the same case goes on with the new one."""

    def replace(seeker: Seeker, case: Case) -> bool:
        end = next(one for one in life.ends if life.ends[one] == "completed")
        way = way_to(case, end, seeker.play.world)
        on_the_way = [to for _, to in way[: (len(way) + 1) // 2] if to in trigger.sources]
        if on_the_way and not seeker.reach(case.stream, on_the_way[-1]):
            return False
        seeker.play.shake(lambda: seeker.cause(case.stream, trigger))
        after = seeker.play.case(case.stream)
        return after.person != case.person and seeker.complete(case.stream)

    return set_scene(stage, "replaced", kind, life, trigger.name, replace)


# --- Days and meetings ---


def _moved_into_the_past(stage: Stage, kind: Kind, life: Life, state: str) -> Scene:
    """Move a planned day into the past: it is refused, or who waits is told early enough."""

    def move(seeker: Seeker, case: Case) -> bool:
        seeker.wishes.days[state] = seeker.play.today + FAR
        if not seeker.set_day(case, state):
            return seeker.reach(case.stream, state)  # whose day the file gives
        list(_made_to_wait(seeker, case))
        seeker.play.replan()
        now = seeker.play.case(case.stream)
        if state in now.planned:
            seeker.play.go_to(now.planned[state] - NEAR)
            wishes = Wishes(days={state: seeker.play.today - NEAR})
            seeker.play.shake(lambda: Seeker(seeker.play, wishes=wishes).set_day(now, state))
        return True

    return set_scene(stage, "moved_day", kind, life, state, move)


def _tells_a_number(life: Life, state: str) -> bool:
    """Tell whether the day of *state* is that of a draw's number: nobody moves it afterwards."""
    return any(
        one.draws is not None and one.draws.step == "enter" and state in one.targets(at, ())
        for one in life.triggers.values()
        for at in one.sources
    )


def _is_awaited(stage: Stage, kind: Kind) -> bool:
    """Tell whether a link of some kind leads to cases of *kind*."""
    links = (link for one in stage.scheme.kinds.values() for link in one.links.values())
    return any(link.kind == kind.name and link.form != "parent" for link in links)


def _cancelled(stage: Stage, kind: Kind, life: Life, end: str) -> Scene:
    """End a case that others wait for, and let those try what they waited to do."""

    def cancel(seeker: Seeker, case: Case) -> bool:
        _plan(seeker, case, life)  # others may wait for the day
        waiting = list(_made_to_wait(seeker, case))
        return _cancel(seeker, case, life, end) and all(
            seeker.play.try_out(one, trigger) for one, trigger in waiting if trigger is not None
        )

    def cancel_alone(seeker: Seeker, case: Case) -> bool:
        return _cancel(seeker, case, life, end)

    first = set_scene(stage, "abandoned", kind, life, end, cancel)
    # What stands waiting may have brought the case itself past where it can be cancelled.
    return first if first.played else set_scene(stage, "abandoned", kind, life, end, cancel_alone)


def _cancel(seeker: Seeker, case: Case, life: Life, end: str) -> bool:
    _plan(seeker, case, life)
    seeker.play.replan()
    for trigger in life.triggers.values():
        if end not in leads_to(trigger):
            continue
        at = seeker.play.case(case.stream).state
        if at in trigger.sources or any(seeker.reach(case.stream, to) for to in trigger.sources):
            act = partial(seeker.do, case.stream, trigger, end)
            if seeker.play.shake(act) and seeker.play.case(case.stream).state == end:
                return True
    return False


def _plan(seeker: Seeker, case: Case, life: Life) -> None:
    """Have every day set that is planned."""
    now = seeker.play.case(case.stream)
    for state in life.states.values():
        if state.planned is not None and state.name not in now.planned:
            seeker.set_day(now, state.name)


def _made_to_wait(seeker: Seeker, case: Case) -> Iterator[tuple[Case, Trigger | None]]:
    """Bring cases to where *case* is waited for: by an act of theirs, or by a deadline (None).

    The case itself stays where it is: they go no further than to where they wait for it.
    """
    still = Seeker(seeker.play, avoid=seeker.avoid, still=frozenset({case.stream}))
    for kind, life in seeker.play.stage.scheme.lives():
        for links, sources, trigger in _waits(life):
            waiting = next(_leading_to(seeker, case, kind, life, links), None)
            if waiting and any(still.reach(waiting.stream, one) for one in sources):
                yield waiting, trigger


def _waits(life: Life) -> Iterator[tuple[set[str], Iterable[str], Trigger | None]]:
    """Yield the links by which a life waits for others, and the states in which it does."""
    for state in life.states.values():
        if state.due is not None:
            yield {one.link for one in marks(state.due.rule) if one.link}, (state.name,), None
    for trigger in life.triggers.values():
        looks = (one for one in trigger.guards if isinstance(one, Reached | AllReached | AllEnded))
        yield {one.link for one in looks}, trigger.sources, trigger


def _leading_to(
    seeker: Seeker, case: Case, kind: Kind, life: Life, links: Iterable[str]
) -> Iterator[Case]:
    """Yield the open cases of a kind from which one of *links* leads to *case*."""
    for one in seeker.play.cases(kind.name, life.tier):
        for link in links:
            linked = () if one.link(link) is None else seeker.play.world.heads.linked(one, link)
            if case.stream in {to.stream for to in linked}:
                yield one


# --- Work and grades ---


def _sent_back(stage: Stage, kind: Kind, life: Life, trigger: Trigger) -> Scene:
    """Send work back twice: it comes again each time, and is done in the end."""

    def send_back(seeker: Seeker, case: Case) -> bool:
        twice = all(seeker.cause(case.stream, trigger) for _ in range(2))
        return twice and seeker.complete(case.stream)

    return set_scene(stage, "sent_back", kind, life, trigger.name, send_back)


def _corrected_by(stage: Stage, life: Life, trigger: Trigger) -> Iterator[str]:
    """Yield the gradings whose grade *trigger* corrects: itself, or a figure it is made of."""
    corrected = {(one.what, one.name) for one in trigger.corrects}
    for name, whole in stage.scheme.gradings.items():
        grading = whole.of_tier(life.tier)
        figures = {("component", one) for one in (*grading.weights, grading.of)}
        if len(grading.grades) > 1 and corrected & (figures | {("grade", name)}):
            yield name


def _corrected(stage: Stage, kind: Kind, life: Life, trigger: Trigger, grading: str) -> Scene:
    """Correct a grade where it has led to already: what follows from it follows again."""
    routed = {
        to
        for one in life.triggers.values()
        if isinstance(one.to, Route) and one.to.grading == grading
        for to in leads_to(one)
    }
    # Where a route has led first, then as far on as a correction is possible.
    furthest = trigger.sources[::-1]
    sources = (*(one for one in furthest if one in routed), *furthest)
    grades = [one.name for one in stage.scheme.gradings[grading].of_tier(life.tier).grades]

    def correct(seeker: Seeker, case: Case) -> bool:
        wished = Wishes(grades={} if routed else {grading: grades[-1]})
        for source in sources:
            if not Seeker(seeker.play, wishes=wished, avoid=seeker.avoid).reach(
                case.stream, source
            ):
                continue
            before = seeker.play.case(case.stream).grades.get(grading)
            other = grades[0] if before is None or before.name != grades[0] else grades[-1]
            again = Seeker(seeker.play, wishes=Wishes(grades={grading: other}))
            seeker.play.shake(partial(again.do, case.stream, trigger))
            if before != seeker.play.case(case.stream).grades.get(grading):
                return True
        return False

    return set_scene(stage, "corrected", kind, life, trigger.name, correct)
