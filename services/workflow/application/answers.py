"""What people say to a notice: that they read it, take it up until a day, or put it off.

The one idea: each is an event beside the case, from which the notifier plans as it does from all
others. A promise and a delay hold reminders back, never what goes to those above; they end by
themselves, and with the state that the notice told of.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from schemas.calendar import OutsideCalendar, WorkingDays
from services.workflow.application.access import Access
from services.workflow.application.answered import Answered
from services.workflow.application.envelopes import Origin, Sealer
from services.workflow.application.firing.commands import Answer
from services.workflow.application.firing.port import Standing, Used
from services.workflow.application.notices import NOTICE_KEYS, Beside, Notices
from services.workflow.application.ports import FINGERPRINT_BYTES, Key, Text
from services.workflow.application.reading_ports import Reads
from services.workflow.application.rulebook import Rulebook
from services.workflow.domain.authority import Actor
from services.workflow.domain.case.head import Case
from services.workflow.domain.refusals import Blocker, NotYours

MOST_READ_AT_ONCE = 200
MOST_PROMISED = 20  # working days
# No token can have this name, so that a notice's id and a client's key never meet.
_READ_KEYS = "urn:shuping:notices:read"
_TO_BE_DONE = frozenset({"reminder", "urge", "arrival"})  # told to those who are to act


@dataclass(frozen=True, kw_only=True, slots=True)
class Asking:
    """Who answers which notice, under which key."""

    actor: Actor
    notice: str
    key: str
    fingerprint: bytes
    correlation: str


@dataclass(frozen=True, kw_only=True)
class Answers:
    """The use cases of those who were told."""

    notices: Notices
    reads: Reads
    access: Access
    sealer: Sealer
    rulebook: Rulebook

    def read(self, actor: Actor, notices: Sequence[str], correlation: str) -> None:
        """Mark notices of one's own as read, each an event, once; again is no harm.

        Raises:
            NotYours: one of them is not.
        """
        self.access.require(actor, "inbox.mark", person=actor.person)
        person = str(actor.person)
        wanted = list(dict.fromkeys(notices))[:MOST_READ_AT_ONCE]
        cases = self.reads.told(person, wanted)
        for notice in wanted:
            if notice not in cases:
                raise NotYours(notice)
        keys = {notice: _read_key(notice) for notice in wanted}
        standing = self.notices.standing([(cases[one], keys[one]) for one in wanted])
        fresh = [
            Beside(
                case=case,
                fact="notice_read",
                data={"notice": one},
                texts=(),
                origin=Origin.of(actor, correlation),
                key=keys[one],
            )
            for one in wanted
            if (_READ_KEYS, one) not in standing.used
            and (case := standing.case(cases[one])) is not None
        ]
        self.notices.write(fresh, standing)
        self.reads.mark_read(person, wanted, self.access.now())

    def acknowledge(self, asking: Asking, until: date) -> Answer:
        """Promise to be done by the end of *until*, a working day.

        Raises:
            NotYours, NotAllowed
        """
        return self._answer(asking, _Said(fact="notice_acknowledged", until=until))

    def snooze(self, asking: Asking, working_days: int, reason: str) -> Answer:
        """Ask not to be reminded for *working_days* after today, for a *reason*.

        Raises:
            NotYours, NotAllowed
        """
        said = _Said(fact="notice_snoozed", working_days=working_days, reason=reason)
        return self._answer(asking, said)

    def _answer(self, asking: Asking, said: "_Said") -> Answer:
        actor = asking.actor
        self.access.require(actor, "inbox.mark", person=actor.person)
        cases = self.reads.told(str(actor.person), [asking.notice])
        if asking.notice not in cases:
            raise NotYours(asking.notice)
        head = self.access.case(actor, cases[asking.notice]).case
        wanted = Key(client=actor.client, key=asking.key, fingerprint=asking.fingerprint)
        recorded = Key(client=NOTICE_KEYS, key=asking.notice, fingerprint=b"")
        standing = self.notices.standing([(head.stream, wanted), (head.stream, recorded)])
        used = standing.used.get((wanted.client, wanted.key))
        if used is not None:
            return Answered(self.reads).again(used, asking.fingerprint)
        told = _told(standing.used.get((NOTICE_KEYS, asking.notice)), asking.notice)
        head = standing.case(head.stream) or head
        if blocker := _stands(head, told, said):
            return Answer(outcome="unfit", case=head, blockers=(blocker,))
        calendar, today = self.rulebook.running(head.cycle).calendar, self.access.today()
        last, blocker = said.last(calendar, today)
        if blocker is not None:
            return Answer(outcome="not_fulfilled", case=head, blockers=(blocker,))
        return self._said(asking, said, told, (head, standing), last, wanted)

    def _said(
        self,
        asking: Asking,
        said: "_Said",
        told: Mapping[str, Any],
        found: tuple[Case, Standing],
        last: date,
        key: Key,
    ) -> Answer:
        data = {name: told[name] for name in ("notice", "desk", "track", "rung") if name in told}
        data |= {"version": told["version"], "until": last.isoformat()}
        texts: tuple[Text, ...] = ()
        if said.reason:
            data["reason"], row = self.sealer.commit(said.reason)
            data["working_days"], texts = said.working_days, (row,)
        head, standing = found
        one = Beside(
            case=head,
            fact=said.fact,
            data=data,
            texts=texts,
            origin=Origin.of(asking.actor, asking.correlation),
            key=key,
        )
        return self.notices.one(one, standing)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Said:
    """An answer as it was given."""

    fact: str
    until: date | None = None
    working_days: int = 0
    reason: str = ""

    def last(self, calendar: WorkingDays, today: date) -> tuple[date, Blocker | None]:
        """Return the last day that it holds, or why it cannot be."""
        if self.until is None:
            try:
                return calendar.add(today, self.working_days), None
            except OutsideCalendar:
                return today, _out_of(today, today)
        try:
            furthest = calendar.add(today, MOST_PROMISED)
            works = calendar.is_working(self.until)
        except OutsideCalendar:
            return today, _out_of(today, today)
        if not today <= self.until <= furthest:
            return today, _out_of(today, furthest)
        return self.until, None if works else Blocker(code="promise_on_a_rest_day", field="until")


def _out_of(first: date, last: date) -> Blocker:
    params = {"first": first.isoformat(), "last": last.isoformat()}
    return Blocker(code="promise_out_of_range", field="until", params=params)


def _stands(head: Case, told: Mapping[str, Any], said: _Said) -> Blocker | None:
    """Return why what the notice told of cannot be answered so; None: it can."""
    names = {holder.desk or "" for holder in head.holders}
    if head.state != told["state"] or told.get("desk", "") not in names:
        return Blocker(code="told_moved_on")
    may_be = _TO_BE_DONE if said.working_days else _TO_BE_DONE | {"escalation"}
    return None if told["kind"] in may_be else Blocker(code="not_to_be_put_off")


def _told(recorded: Used | None, notice: str) -> Mapping[str, Any]:
    if recorded is None:
        raise NotYours(notice)
    told: Mapping[str, Any] = orjson.loads(recorded.body)["data"]
    return told


def _read_key(notice: str) -> Key:
    return Key(client=_READ_KEYS, key=notice, fingerprint=bytes(FINGERPRINT_BYTES))
