"""What people say to a notice: that they read it, take it up until a day, or put it off.

The one idea: each is an event beside the case, from which the notifier plans as it does from all
others. A promise and a delay hold reminders back, never what goes to those above; they end by
themselves, with the stay that the notice told of, and with whom the desk belongs to. So only who
has the desk answers, and what is escalated is not put off by those it was escalated to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from schemas.calendar import ZONE, OutsideCalendar, WorkingDays, local_day
from schemas.envelope import open_envelope
from schemas.policy import BULLETIN
from schemas.upcast import upcast
from services.workflow.application.access import Access
from services.workflow.application.answered import Answered
from services.workflow.application.envelopes import Origin, Sealer
from services.workflow.application.firing.commands import Answer
from services.workflow.application.firing.port import Standing, Used
from services.workflow.application.gate import UnfitEvent
from services.workflow.application.notices import NOTICE_KEYS, Beside, Notices
from services.workflow.application.ports import FINGERPRINT_BYTES, Key, Text
from services.workflow.application.reading_ports import Reads
from services.workflow.application.rulebook import Rulebook
from services.workflow.application.seeing import SeenCase
from services.workflow.domain.authority import Actor
from services.workflow.domain.authority.firing import Candidate
from services.workflow.domain.case.head import Case
from services.workflow.domain.refusals import Blocker, NotYours, StoreUnavailable

MOST_READ_AT_ONCE = 200
MOST_PROMISED = 20  # working days
_BARELY = timedelta(microseconds=1)
# No token can have this name, so that a notice's id and a client's key never meet.
_READ_KEYS = "urn:shuping:notices:read"
_TO_BE_DONE = frozenset({"reminder", "urge"})  # told to those who are to act


@dataclass(frozen=True, kw_only=True, slots=True)
class Asking:
    """Who answers which notice, under which key."""

    actor: Actor
    notice: str
    key: str
    fingerprint: bytes
    correlation: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Recorded:
    """A notice as it was recorded, and whether who was told may promise or put off by now."""

    data: Mapping[str, Any]
    is_to_be_done: bool  # it was told to those who are to act
    blocker: Blocker | None  # why it is not to be answered so; None: it is
    furthest: date  # the last day that can be promised
    # The last working day of its deadline: from then on nothing holds a reminder back. None: no
    # deadline runs at its desk.
    last_day: date | None


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

        What was published is marked, and no event: a whole range reads it in the same hours, all
        beside one case, and nothing follows from who did.

        Raises:
            NotYours: one of them is not.
            StoreUnavailable: some could not be written now; those that were are marked.
            UnfitEvent: see there.
        """
        self.access.require(actor, "inbox.mark", person=actor.person)
        person = str(actor.person)
        wanted = list(dict.fromkeys(notices))[:MOST_READ_AT_ONCE]
        told = self.reads.told(person, wanted)
        for notice in wanted:
            if notice not in told:
                raise NotYours(notice)
        cases = {one: told[one].case_id for one in wanted if told[one].kind != BULLETIN}
        failed = self._record_read(actor, cases, correlation) if cases else {}
        done = [one for one in wanted if one not in failed]
        self.reads.mark_read(person, done, self.access.now())
        for failure in failed.values():
            raise failure or StoreUnavailable("not every notice was marked")

    def _record_read(
        self, actor: Actor, cases: Mapping[str, str], correlation: str
    ) -> dict[str, UnfitEvent | None]:
        """Record that notices, of those *cases*, were read; return why each that is not is not."""
        keys = {notice: _read_key(notice) for notice in cases}
        standing = self.notices.standing([(cases[one], keys[one]) for one in cases])
        fresh = [
            Beside(
                case=case,
                fact="notice_read",
                data={"notice": one},
                texts=(),
                origin=Origin.of(actor, correlation),
                key=keys[one],
            )
            for one in cases
            if (_READ_KEYS, one) not in standing.used
            and (case := standing.case(cases[one])) is not None
        ]
        written, standing = self.notices.write(fresh, standing)
        return {
            one.key.key: body
            for one, body in zip(fresh, written, strict=True)
            if not isinstance(body, bytes) and (_READ_KEYS, one.key.key) not in standing.used
        }

    def recorded(self, actor: Actor, notice: str) -> Recorded:
        """Return what was recorded of a notice of one's own.

        Raises:
            NotYours: it is not.
        """
        self.access.require(actor, "inbox.read", person=actor.person)
        row = self.reads.told(str(actor.person), [notice]).get(notice)
        if row is None:
            raise NotYours(notice)
        key = Key(client=NOTICE_KEYS, key=notice, fingerprint=b"")
        standing = self.notices.standing([(row.case_id, key)])
        told = _told(standing.used.get((NOTICE_KEYS, notice)), notice)
        head, today = standing.case(row.case_id), self.access.today()
        if head is None:
            raise NotYours(notice)
        calendar = self.rulebook.running(head.cycle).calendar
        return Recorded(
            data=told,
            is_to_be_done=told["kind"] in _TO_BE_DONE,
            blocker=self._closed(actor, head, told),
            furthest=_furthest(calendar, today),
            last_day=_last_day(head, told, calendar),
        )

    def _closed(self, actor: Actor, head: Case, told: Mapping[str, Any]) -> Blocker | None:
        """Return why a notice cannot be answered by now; None: it can."""
        if told["kind"] not in _TO_BE_DONE:
            return Blocker(code="not_to_be_put_off")
        try:
            found = self.access.case(actor, head.id)
        except NotYours:  # they were told of it, and see it no more
            return Blocker(code="told_moved_on")
        return self._stands(replace(found, case=head), told, str(actor.person))

    def acknowledge(self, asking: Asking, until: date) -> Answer:
        """Promise to be done by the end of *until*, a working day; who does has read the notice.

        Raises:
            NotYours, NotAllowed
        """
        return self._answer(asking, Said(fact="notice_acknowledged", until=until))

    def snooze(self, asking: Asking, working_days: int, reason: str) -> Answer:
        """Ask not to be reminded for *working_days* after today, for a *reason*: it was read.

        Raises:
            NotYours, NotAllowed
        """
        said = Said(fact="notice_snoozed", working_days=working_days, reason=reason)
        return self._answer(asking, said)

    def _answer(self, asking: Asking, said: "Said") -> Answer:
        outcome = self._answer_to(asking, said)
        if outcome.is_accepted:
            person, now = str(asking.actor.person), self.access.now()
            self.reads.mark_read(person, [asking.notice], now)
        return outcome

    def _answer_to(self, asking: Asking, said: "Said") -> Answer:
        actor = asking.actor
        self.access.require(actor, "inbox.mark", person=actor.person)
        told_of = self.reads.told(str(actor.person), [asking.notice])
        if asking.notice not in told_of:
            raise NotYours(asking.notice)
        found = self.access.case(actor, told_of[asking.notice].case_id)
        head = found.case
        wanted = Key(client=actor.client, key=asking.key, fingerprint=asking.fingerprint)
        recorded = Key(client=NOTICE_KEYS, key=asking.notice, fingerprint=b"")
        standing = self.notices.standing([(head.stream, wanted), (head.stream, recorded)])
        used = standing.used.get((wanted.client, wanted.key))
        if used is not None:
            return Answered(self.reads).again(used, asking.fingerprint)
        told = _told(standing.used.get((NOTICE_KEYS, asking.notice)), asking.notice)
        head = standing.case(head.stream) or head
        if blocker := self._stands(replace(found, case=head), told, str(actor.person)):
            return Answer(outcome="unfit", case=head, blockers=(blocker,))
        calendar, today = self.rulebook.running(head.cycle).calendar, self.access.today()
        last, blocker = said.last(calendar, today)
        if blocker is not None:
            return Answer(outcome="not_fulfilled", case=head, blockers=(blocker,))
        return self._said(asking, said, told, (head, standing), last, wanted)

    def _stands(self, found: SeenCase, told: Mapping[str, Any], person: str) -> Blocker | None:
        """Return why what a notice told of cannot be answered so; None: it can."""
        head = found.case
        desk = next((one for one in head.holders if one.desk == told.get("desk", "")), None)
        if desk is None or head.state != told["state"] or self._has_come_again(head, told):
            return Blocker(code="told_moved_on")
        voices = found.asking["voices"](Candidate(person, found.organisation, found.day))
        theirs = any(voice.has_desk(desk, head.path) for voice in voices)
        return None if theirs and told["kind"] in _TO_BE_DONE else Blocker(code="not_to_be_put_off")

    def _has_come_again(self, head: Case, told: Mapping[str, Any]) -> bool:
        """Tell whether the state was entered anew after the case's version that was told of."""
        if head.version == told["version"]:
            return False
        since = (row for row in self.reads.stream(head.stream) if row.version > told["version"])
        return any("to" in open_envelope(row.body).data for row in since)

    def _said(
        self,
        asking: Asking,
        said: "Said",
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
class Said:
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
                return today, _out_of("working_days", today, _last_known(calendar))
        furthest = _furthest(calendar, today)
        if not today <= self.until <= furthest:
            return today, _out_of("until", today, furthest)
        if not calendar.is_working(self.until):
            return today, Blocker(code="promise_on_a_rest_day", field="until")
        return self.until, None


def _last_day(head: Case, told: Mapping[str, Any], calendar: WorkingDays) -> date | None:
    """Return the last working day of the deadline at the desk that was *told*, as far as known."""
    desk = next((one for one in head.holders if one.desk == told.get("desk", "")), None)
    if desk is None or desk.due_at is None:
        return None
    day = local_day(desk.due_at - _BARELY, ZONE)  # due at the midnight that ends it
    try:
        return day if calendar.is_working(day) else calendar.previous_working(day)
    except OutsideCalendar:
        return None


def _furthest(calendar: WorkingDays, today: date) -> date:
    try:
        return calendar.add(today, MOST_PROMISED)
    except OutsideCalendar:  # the next year is not published yet
        return _last_known(calendar)


def _last_known(calendar: WorkingDays) -> date:
    last = calendar.last
    return last if calendar.is_working(last) else calendar.previous_working(last)


def _out_of(field: str, first: date, last: date) -> Blocker:
    params = {"first": first.isoformat(), "last": last.isoformat()}
    return Blocker(code="promise_out_of_range", field=field, params=params)


def _told(recorded: Used | None, notice: str) -> Mapping[str, Any]:
    if recorded is None:
        raise NotYours(notice)
    return upcast(open_envelope(recorded.body)).data


def _read_key(notice: str) -> Key:
    return Key(client=_READ_KEYS, key=notice, fingerprint=bytes(FINGERPRINT_BYTES))
