"""The agenda of a gathering: its cases in order, each with what was shown and said of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from schemas.envelope import Envelope
from services.workflow.application.boards.acts import quick_acts
from services.workflow.application.boards.history import Entry, opened_together
from services.workflow.application.boards.look import Look, Names, Sources
from services.workflow.application.boards.spoken import Spoken, spoken
from services.workflow.application.boards.versions import Version, versions_of
from services.workflow.application.rulebook import Rules
from services.workflow.application.seeing import SeenCase, seen
from services.workflow.domain.case.agenda import over_at
from services.workflow.domain.case.evolving import OPENED
from services.workflow.domain.case.head import Case, Graded
from services.workflow.domain.case.hearing import (
    not_heard_now,
    was_heard_before,
    was_heard_by_another,
)
from services.workflow.domain.case.verdicts import presentable
from services.workflow.domain.case.where import matches
from services.workflow.domain.case.world import World
from services.workflow.domain.language.model.rosters import Agenda, Roster
from services.workflow.domain.language.model.triggers import Trigger
from services.workflow.domain.refusals import Blocker

MOST_HEARD = 60  # cases of the agenda on one page
_LAST = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """One case of the agenda: what was presented, said of it, and made of it."""

    case: Case
    here: Spoken
    name: str
    version: int | None  # of the document that is shown: the one that passed; None: none did
    draft: int | None  # of one that was handed in, and has not passed
    pinned: str  # the hash of the one that was shown; "": none was yet
    passed_at: datetime | None
    comments: tuple[Version, ...]
    heard: tuple[Entry, ...]  # by what it was presented, and commented on
    lacks_draft: bool
    again: bool  # done again since the meeting was over: what is told is what was made of it there
    graded: Graded | None
    grading: str
    acts: tuple[Trigger, ...]  # by which it is heard, as far as it is who looks' to do
    waits: Mapping[str, Blocker]  # those of them that wait for the meeting, each with why


def agenda_of(
    sources: Sources, case: Case, roster: Roster, world: World, look: Look, first: int | None
) -> tuple[int, list[Case], list[SeenCase]]:
    """Return where what is shown begins, the whole agenda, and what is shown of it.

    That is a page, the last one where *first* lies behind it; None: all.
    """
    found = ordered(sources, case, roster, world)
    last = max(len(found) - 1, 0) // MOST_HEARD * MOST_HEARD
    start = 0 if first is None else min(first, last)
    part = found if first is None else found[start : start + MOST_HEARD]
    shown = (seen(look.actor, one, world) for one in part)
    return start, found, [one for one in shown if isinstance(one, SeenCase)]


def ordered(sources: Sources, case: Case, roster: Roster, world: World) -> list[Case]:
    """Return the cases that are gone through: by their places, then modes, then numbers.

    Those that another meeting heard and voted on are not. Once it was over a meeting keeps those it
    had then, whatever becomes of them.
    """
    agenda = roster.agenda
    if agenda is None:
        return []
    over = over_at(case, agenda, world)
    linked = [one for one in world.heads.linked(case, agenda.link) if _counts(one, over)]
    elsewhere = _heard_elsewhere(sources, linked, case, agenda, world, over)
    modes = {one.name: n for n, one in enumerate(world.scheme.modes)}
    return sorted(
        (one for one in linked if one.stream not in elsewhere),
        key=lambda one: (one.order or _LAST, modes.get(one.mode or "", len(modes)), one.number),
    )


def _heard_elsewhere(
    sources: Sources,
    linked: Sequence[Case],
    meeting: Case,
    agenda: Agenda,
    world: World,
    over: datetime | None,
) -> set[str]:
    """Return the streams of those that another meeting heard before *meeting* was opened.

    Who was done again since it was *over* has forgotten when that was: the log tells.
    """
    found = {one.stream for one in linked if was_heard_before(one, meeting, agenda, world)}
    opened = (one.reached[OPENED].recorded_at for one in world.heads.peers(meeting))
    if over is None or meeting.reached[OPENED].recorded_at <= min(opened):
        return found
    again = [one for one in linked if one.forgot_at is not None and one.forgot_at > over]
    shown = dict[str, datetime | None]()
    for stored, event in opened_together(sources, again) if again else ():
        if event.time >= over:
            continue
        if _forgets(event):
            shown[stored.stream] = None
        elif _shows(event, agenda):
            shown[stored.stream] = event.time
    return found | {
        stream
        for stream, at in shown.items()
        if at is not None and was_heard_by_another(at, meeting, agenda, world, over)
    }


def is_wanted(event: Envelope, case: Case, agenda: Agenda | None) -> bool:
    """Tell whether the page says something of an event: of the agenda's, what was said of each."""
    if event.subject == case.stream:
        return True
    documents = {one["name"] for one in event.data.get("documents", ())}
    said = agenda is not None and not documents.isdisjoint(agenda.comments)
    said = said or "pins" in event.data or _forgets(event)
    return said or event.data.get("verdict", {}).get("result") == "pass"


def _counts(case: Case, over: datetime | None) -> bool:
    """Tell whether *case* is gone through by a meeting, or was one of those until it was *over*."""
    if over is not None and case.reached[OPENED].recorded_at > over:
        return False
    if case.is_open or case.final == "completed":
        return True
    return over is not None and case.reached[case.state].recorded_at > over


def over_since(meeting: Case, roster: Roster, world: World) -> datetime | None:
    """Return since when a meeting hears nothing more of its agenda; None: it may yet."""
    return over_at(meeting, roster.agenda, world) if roster.agenda else None


def heard_of(
    found: SeenCase,
    meeting: Case,
    world: World,
    over: datetime | None,
    agenda: Agenda | None,
    entries: Sequence[Entry],
    rules: Rules,
    names: Names,
    look: Look,
) -> Heard:
    assert agenda is not None  # noqa: S101 - without one nothing is heard
    case, told = found.case, found.extent.figures_of(found.case)
    there = spoken(case, rules.scheme, look.organisation.vocabulary, look.say)
    own, again = _own(case, over, entries)
    if again:  # figures and grade are those of what came after
        told = replace(told, components={}, grades={})
    passed = [one for one in own if one.event.data.get("verdict", {}).get("result") == "pass"]
    filed, version = case.documents.get(agenda.pins), presentable(case, agenda.pins)
    if again:
        version = _last_shown(own, agenda.pins)
    comments = [one for one in versions_of(own, there) if one.document in agenda.comments]
    grading, graded = next(iter(told.grades.items()), ("", None))
    acts = () if again else _open_to(look, case, rules, agenda)
    waits = {one.name: not_heard_now(case, one, meeting, world) for one in acts}
    return Heard(
        case=told,
        here=there,
        name=names(case.person) or look.unit_name(case.unit),
        version=version,
        draft=filed.version if filed and version is None else None,
        pinned=_pinned(own, agenda.pins, version) if version else "",
        passed_at=passed[-1].effective_at if passed and version else None,
        comments=tuple(comments),
        heard=tuple(
            one for one in own if _tells(one, agenda) and _took_place_at(meeting, one, world)
        ),
        lacks_draft=not again and _lacks_draft(case, agenda, there, look),
        again=again,
        graded=graded,
        grading=grading,
        acts=acts,
        waits={name: why for name, why in waits.items() if why is not None},
    )


def _own(case: Case, over: datetime | None, entries: Sequence[Entry]) -> tuple[list[Entry], bool]:
    """Return what was done of *case* for a meeting, and whether it was done again since.

    A meeting keeps what was so when it was *over*, however often it is done again.
    """
    events = [one for one in entries if one.event.subject == case.stream]
    begins, ends = 0, None
    for place, one in enumerate(events):
        if _forgets(one.event) and (over is None or one.event.time < over):
            begins = place + 1
        elif _forgets(one.event):
            ends = place if ends is None else ends
    return events[begins:ends], ends is not None


def _took_place_at(meeting: Case, entry: Entry, world: World) -> bool:
    """Tell whether it was done after *meeting* was opened, and before the next at its place was."""
    opened = (one.reached[OPENED].recorded_at for one in (meeting, *world.heads.peers(meeting)))
    before = max((at for at in opened if at <= entry.event.time), default=None)
    return before == meeting.reached[OPENED].recorded_at


def _forgets(event: Envelope) -> bool:
    """Tell whether a case was ordered by it to be done again."""
    return "reached" in event.data.get("forgets", ())


def _last_shown(own: Sequence[Entry], document: str) -> int | None:
    shown = [
        int(one["version"])
        for entry in own
        for one in entry.event.data.get("pins", ())
        if one["document"] == document
    ]
    return shown[-1] if shown else None


def _tells(entry: Entry, agenda: Agenda) -> bool:
    """Tell whether a case of the agenda was presented by this, or commented on."""
    said = {one["name"] for one in entry.event.data.get("documents", ())}
    return _shows(entry.event, agenda) or not said.isdisjoint(agenda.comments)


def _shows(event: Envelope, agenda: Agenda) -> bool:
    """Tell whether a case of the agenda was presented by it. Who passes a text pins it too."""
    pinned = {one["document"] for one in event.data.get("pins", ())}
    return agenda.pins in pinned and "verdict" not in event.data


def _pinned(own: Sequence[Entry], document: str, version: int) -> str:
    """Return the hash of the *version* that was shown; "": this one was not, yet."""
    # Who passes a text pins it too: it was read then, and is shown later.
    heard = (entry.event.data for entry in own if "verdict" not in entry.event.data)
    told = (one for data in heard for one in data.get("pins", ()))
    shown = (one for one in told if (one["document"], one["version"]) == (document, version))
    return next((str(one["sha256"]) for one in shown), "")


def _open_to(look: Look, case: Case, rules: Rules, agenda: Agenda) -> tuple[Trigger, ...]:
    return tuple(one for one in quick_acts(look, case, rules) if _hears(one, agenda))


def _hears(trigger: Trigger, agenda: Agenda) -> bool:
    """Tell whether a case of the agenda is shown by *trigger*, or commented on."""
    takes = {one.name for one in trigger.takes if one.what == "document"}
    return trigger.presents == agenda.pins or not takes.isdisjoint(agenda.comments)


def _lacks_draft(case: Case, agenda: Agenda, there: Spoken, look: Look) -> bool:
    """Tell whether something is to be prepared of cases like this one, and was not."""
    wanted = {
        take.name
        for trigger in there.life.triggers.values()
        for take in trigger.takes
        if take.name in agenda.drafts
        and take.where.conditions
        and matches(take.where, case, look.organisation)
    }
    return not wanted <= case.documents.keys()
