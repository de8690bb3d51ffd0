"""Whether a notice is still so as it leaves, which may be days after it was decided.

A mail server was away, or the notifier was: by then the holder may have acted, a later reminder may
have been told, somebody else may sit at the desk. What is no longer so is not said, and the ledger
keeps why; whoever sits there now is told in their place.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from schemas.calendar import local_day
from schemas.instants import instant
from schemas.policy import (
    ARRIVAL,
    BULLETIN,
    CHOSEN,
    INAPP,
    LATE_START,
    NOT_CHOSEN,
    URGE,
    Ladders,
    Target,
)
from services.notifier.application.rules import Rules
from services.notifier.domain.case import Stay
from services.notifier.domain.notice import Notice, addressed, told_anew
from services.notifier.domain.organisation import Organisation
from services.notifier.domain.recipients import LEFT_TO_OTHERS, Reached, Skipped, climb
from services.notifier.domain.sight import is_kept_from

REPLACED = "replaced"
_TOLD = frozenset({"pending", "sending", "retry", "sent", "unknown"})  # or on its way


@dataclass(frozen=True, kw_only=True, slots=True)
class Leaving:
    """A notice about to leave, and what holds now."""

    notice: Notice
    stay: Stay
    rules: Rules
    organisation: Organisation
    beside: Iterable[Notice]  # all of the same case that were told, or are on their way
    now: datetime

    def why_not(self) -> str:
        """Return why there is no sense in sending it any more; empty: there is."""
        notice, stay = self.notice, self.stay
        if _has_gone_on(notice, stay):
            return "overtaken"
        if self._is_superseded():
            return "superseded"
        if self._has_ended():
            return "acted_above"
        person = notice.recipient.person if notice.recipient else ""
        day = local_day(self.now, self.rules.policy.zone)
        if is_kept_from(person, stay, self.organisation, day):
            return LEFT_TO_OTHERS  # they serve elsewhere by now, or a release of before decided
        reached = self._reached()
        if reached is None or any(one.person == person for one in reached.recipients):
            return NOT_CHOSEN if self._does_without() else ""
        return REPLACED

    def _does_without(self) -> bool:
        """Tell whether whom it is for wants nothing by its channel by now, and may."""
        to, ways = self.notice.recipient, self._theirs()
        if to is None or self.notice.channel == INAPP:
            return False
        told = {ways[one] for one in _stood_in_for(self.notice, self.rules) if one in ways}
        return NOT_CHOSEN in told or (not told and self.notice.why_channel == CHOSEN)

    def _theirs(self) -> Mapping[str, str]:
        """Return by which channels whom it is for is told of its rung by now, and why."""
        person = self.notice.recipient.person if self.notice.recipient else ""
        return self.rules.terms(self.organisation, self.now).ways(self.notice.rung, person)

    def by_choice(self) -> list[Notice]:
        """Return the notices to whom it is for by the channels that they want in its place."""
        own, to = self.notice, self.notice.recipient
        if to is None:
            return []
        wanted = {
            name: why for name, why in self._theirs().items() if name != INAPP and why != NOT_CHOSEN
        }
        same = (own.track, own.rung, own.case_version, own.planned_at, own.desk)
        had = {
            one.channel: one
            for one in self.beside
            if same == (one.track, one.rung, one.case_version, one.planned_at, one.desk)
            and one.recipient == to
        }
        found = addressed(self._anew(own.skipped), (to,), lambda *_: wanted, self._cause())
        # What they did without before stands in the ledger under the same id.
        return [
            told_anew(one, self.now) if one.channel in had else one
            for one in (found if wanted else ())
            if one.channel not in had or had[one.channel].reason == NOT_CHOSEN
        ]

    def _anew(self, skipped: tuple[Skipped, ...]) -> Notice:
        return replace(
            self.notice,
            skipped=skipped,
            decided_at=self.now,
            attempts=0,
            n_unknown=0,
            retry_at=None,
            words=None,
            letter=None,
            instead_of=None,
        )

    def _cause(self) -> str:
        # An urge is one of several of its rung: by when it was, all its notices agree on the id.
        return instant(self.notice.planned_at) if self.notice.track == URGE else ""

    def instead(self) -> list[Notice]:
        """Return the notices to those who are reached now, in the place of who is not any more."""
        reached = self._reached()
        if reached is None:
            return []
        blank = self._anew(reached.skipped)
        came, knowing = self.stay.desk.came, self._knowing()
        did = came.actor if came and self.notice.track == ARRIVAL else None
        others = tuple(one for one in reached.recipients if one.person != did)
        if not others:
            return []
        if self.notice.channel != INAPP:
            # One is acknowledged in the inbox, where who takes a message over may have no copy.
            blank = replace(blank, asks=False)
        return [
            one
            for one in addressed(blank, others, self._ways, self._cause())
            if one.recipient
            and one.channel not in knowing.get(one.recipient.person, ())
            and (  # nor is it said once more what they do without
                one.status != "not_sent" or one.recipient.person not in knowing
            )
        ]

    def _ways(self, rung: str, person: str) -> Mapping[str, str]:
        """Return by which channels *person* takes it over: those of their own.

        Of a message the inbox had its copy when it was decided: it has one more only where they
        want no message.
        """
        terms = self.rules.terms(self.organisation, self.now)
        ways = terms.ways(rung, person)
        beside = {name: why for name, why in ways.items() if name != INAPP}
        is_told = any(why != NOT_CHOSEN for why in beside.values())
        return beside if self.notice.channel != INAPP and is_told else ways

    def _knowing(self) -> Mapping[str, set[str]]:
        """Return who is told the very same already, by which channels; of a ladder the id says."""
        own, found = self.notice, dict[str, set[str]]()
        if own.track not in {ARRIVAL, URGE}:
            return found
        for one in self.beside:
            same = (one.track, one.case_version, one.planned_at)
            if (
                same == (own.track, own.case_version, own.planned_at)
                and one.id != own.id
                and one.status in _TOLD
                and one.recipient
            ):
                found.setdefault(one.recipient.person, set()).add(one.channel)
        return found

    def _reached(self) -> Reached | None:
        """Return whom the notice would reach today; None: that does not change with the day."""
        targets = _targets(self.notice, self.stay, self.rules)
        if not targets:
            return None
        day = local_day(self.now, self.rules.policy.zone)
        return climb(targets, self.stay, self.organisation, day)

    def _has_ended(self) -> bool:
        """Tell whether it says again what whom it told before has acted on since."""
        track = self.rules.policy.at(self.stay.case.place).track(self.notice.track)
        if track is None or not self.stay.has_ended(track):
            return False
        return any(one.is_repeat and one.name == self.notice.rung for one in track.rungs)

    def _is_superseded(self) -> bool:
        """Tell whether a later rung of the same ladder and deadline goes to the same person.

        By the same channel; of what stands in for another one, by that one as well.
        """
        own, ladders = self.notice, self.rules.policy.at(self.stay.case.place)
        order = _order(own, ladders)
        channels = _stood_in_for(own, self.rules)
        # Asked of every notice of a case for each that leaves: what differs soonest comes first.
        return bool(order) and any(
            one.rung != own.rung
            and one.channel in channels
            and one.track == own.track
            and one.due_at == own.due_at
            and one.status in _TOLD
            and _order(one, ladders) > order
            and one.desk == own.desk
            and one.recipient == own.recipient
            for one in self.beside
        )


def _stood_in_for(notice: Notice, rules: Rules) -> set[str]:
    """Return the channel of *notice*, and those that it was, or may have been, handed on from."""
    found = {notice.channel}
    if notice.instead_of is not None:
        while before := {one.channel for one in rules.fallbacks if one.to in found} - found:
            found |= before
    return found


def by_case(notices: Iterable[Notice]) -> dict[str, list[Notice]]:
    """Return *notices* by their case."""
    found: dict[str, list[Notice]] = {}
    for one in notices:
        found.setdefault(one.case, []).append(one)
    return found


def urge_targets(stay: Stay, rules: Rules) -> tuple[Target, ...]:
    """Return where a reminder by hand goes: to the holder, and up the first ladder from there."""
    ladders = rules.policy.at(stay.case.place).tracks
    rungs = ladders[0].rungs if ladders else ()
    above = (rung.target for rung in rungs if not rung.target.is_holder)
    return tuple(dict.fromkeys((Target(), *above)))


def _has_gone_on(notice: Notice, stay: Stay) -> bool:
    """Tell whether what *notice* would say is no longer so: they acted, or the deadline moved.

    That work came stays so, whatever is said of its deadline, until it goes on.
    """
    if notice.answer:
        return False
    if notice.track == ARRIVAL:
        return stay.desk.came is None or stay.desk.came.version != notice.case_version
    return stay.desk.since > notice.case_version


def _targets(notice: Notice, stay: Stay, rules: Rules) -> tuple[Target, ...]:
    if notice.answer:
        return ()  # who asked is told, whoever has the case
    if notice.track == BULLETIN:
        return ()  # it was published to who was in its range then
    if notice.track == URGE:
        return urge_targets(stay, rules)
    if notice.track == ARRIVAL or notice.rung == LATE_START:
        return (Target(),)
    ladders = rules.policy.at(stay.case.place)
    track, index = ladders.track(notice.track), _index(notice, ladders)
    if track is None or index is None:
        return ()
    in_their_place = track.rungs[index].is_repeat and notice.kind == "reminder"
    return (Target(),) if in_their_place else track.targets[index]


def _order(notice: Notice, ladders: Ladders) -> tuple[int, ...]:
    """Return what rungs of a ladder are ordered by: a late start follows the last reminder."""
    behind = ladders.behind(notice.track, notice.rung)
    is_late = notice.rung == LATE_START
    return (behind, is_late) if behind or is_late else ()


def _index(notice: Notice, ladders: Ladders) -> int | None:
    """Return which rung of its ladder it is; None: the place has it no more, or it is of none."""
    behind = ladders.behind(notice.track, notice.rung)
    return behind - 1 if behind and notice.rung != LATE_START else None
