"""The words of a notice: why you, why now, what to do, and what comes next if you do not.

What a text says is so at the moment it leaves, not at that of the decision: a mail that was held up
over the deadline says that it has passed. What things are called, the scheme says and the
organisation; how it is put, a catalogue of phrases, one for each language.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from string import Template
from typing import Final, Protocol

from schemas.calendar import OutsideCalendar, WorkingDays, local_day
from schemas.policy import ARRIVAL, BULLETIN, URGE, OwnText, Place, Policy, at_place
from services.notifier.domain.case import Case, Stay
from services.notifier.domain.labels import Labels
from services.notifier.domain.notice import Notice
from services.notifier.domain.organisation import Organisation
from services.notifier.domain.plan import NextDue
from services.notifier.domain.recipients import Recipient

CHINESE: Final = "zh"  # which is what everybody reads who chose nothing
ENGLISH: Final = "en"
LANGUAGES: Final = (CHINESE, ENGLISH)

# What a template may name.
FIELDS = frozenset(
    {
        *("product", "case", "name", "number", "about", "state", "act", "due", "link"),
        *("why_you", "why_now", "next", "title", "how", "said", "foot", "ask"),
        *("category", "day", "count", "home"),  # of the letter of a day
    }
)


# What a phrase may name; one that is filled where another is said stays there as it is written.
OF_PHRASES = frozenset(
    {
        *("year", "month", "day", "iso", "time", "at", "due", "days", "n"),
        *("unit", "role", "desk", "person", "name", "who", "holder", "passed"),
        *("trigger", "text", "part", "paragraph", "other"),
    }
)


class Phrases:
    """A catalogue of phrases; what is filled in is never looked at again."""

    def __init__(self, phrases: Mapping[str, str]) -> None:
        self._phrases = phrases

    def say(self, phrase: str, **fields: object) -> str:
        """Return *phrase* with *fields* put in; its own form of one day, where it has one."""
        of_one = self._phrases.get(f"{phrase}_one") if fields.get("days") == 1 else None
        # Safely: a letter with a name left in it is ugly, one that fails keeps back all others.
        return Template(of_one or self._phrases[phrase]).safe_substitute(fields)


class Templates(Protocol):
    """The texts of notices."""

    def render(self, name: str, fields: Mapping[str, str]) -> tuple[str, str]:
        """Return subject and text of template *name*."""
        ...

    def render_own(self, own: OwnText, fields: Mapping[str, str]) -> tuple[str, str]:
        """Return subject and text of what a policy says in words of its own."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Tongue:
    """What it takes to write in one language."""

    language: str  # one of LANGUAGES
    templates: Templates
    phrases: Phrases


@dataclass(frozen=True, kw_only=True, slots=True)
class Telling:
    """What there is to know for putting one notice into words."""

    notice: Notice
    stay: Stay
    names: Mapping[str, str]  # of people, by id
    organisation: Organisation
    policy: Policy
    calendar: WorkingDays
    labels: Labels  # in the words of the language
    tongue: Tongue
    coming: NextDue | None
    now: datetime
    link: str

    @property
    def phrases(self) -> Phrases:
        """How things are put."""
        return self.tongue.phrases

    def fields(self) -> dict[str, str]:
        """Return what the template's fields stand for; plain text, inserted literally."""
        case, notice = self.stay.case, self.notice
        person = notice.recipient.person if notice.recipient else ""
        at = self._place()
        return {
            "product": self.labels.words.get("product") or self._kind(case),  # as pages do
            "case": self._kind(case),
            "name": self.names.get(person, ""),
            "number": case.number,
            "about": self._about(),
            "state": self.labels.state(at) or at_place(self.policy.labels, at) or at.state,
            "act": self._act(),
            "ask": self.phrases.say("ask") if notice.asks else "",
            "due": self._due(),
            "why_you": self._why_you(),
            "why_now": self._why_now(),
            "next": self._next(),
            "how": self._how(),
            "category": self.phrases.say(_category(self.notice)),
            "day": self._spelled(self._today()),
            "link": self.link,
            "title": self.labels.bulletins.get((case.kind, notice.rung), self._kind(case)),
        }

    def _due(self) -> str:
        # That work came is told of whatever deadline it has by now.
        due_at = (self.stay if self.notice.track == ARRIVAL else self.notice).due_at
        if due_at is None:
            return self.phrases.say("no_day")
        day, is_over = self._day(due_at), self._today() > self._local(due_at)
        if self.notice.track not in {ARRIVAL, URGE} or not (is_over and self.stay.runs):
            return day
        # A ladder says so as its reason; these may be the first that tells of it.
        try:
            phrase, days = _distance(self._local(due_at), self._today(), self.calendar)
        except OutsideCalendar:
            return day
        return self.phrases.say(f"day_{phrase}", due=day, days=days)

    def _place(self) -> Place:
        case = self.stay.case
        return Place(case.kind, self.notice.state, case.tier)

    def _kind(self, case: Case) -> str:
        known = self.labels.kinds.get(case.kind)
        own = case.label if self.tongue.language == CHINESE or not known else ""
        told = own or known or self.labels.words.get("case")
        return told or self.phrases.say("case")

    def _act(self) -> str:
        """Return what is to be done: where another case is waited for, it is done there."""
        if self.notice.answer:
            return self.phrases.say("see_answer")
        if self.stay.desk.asked:
            asked = self._trigger(self.stay.desk.asked.trigger)
            return self.phrases.say("replied_by", trigger=asked)
        other = self.stay.awaited
        at = other.place if other else self._place()
        own, of_scheme = (
            at_place(self.policy.acts, at),
            self.phrases.say("and").join(self.labels.act(at)),
        )
        # A policy has words of its own in the one language that it is written in.
        is_read = own is not None and (self.tongue.language == CHINESE or own.isascii())
        known = own if is_read or not of_scheme else of_scheme
        return known or self.phrases.say("act")

    def _about(self) -> str:
        case = self.stay.case
        unit = self.organisation.name(case.unit)
        if case.person is None:
            return self.phrases.say("about_unit", unit=unit)
        name = self.names.get(case.person, self.phrases.say("erased"))
        # Two of one unit may bear one name.
        held = self.organisation.desk_of(case.person, self._today(), case.unit)
        desk = self._desk(case.unit, held[1]) if held else unit
        return self.phrases.say("about_person", desk=desk, person=name)

    def _why_you(self) -> str:
        recipient, holder = self.notice.recipient, self.stay.holder
        if recipient is None:
            return ""
        desk = self._desk(recipient.unit, recipient.role) + self._in_whose_place(recipient)
        if self.notice.kind == BULLETIN:
            return self.phrases.say("in_range", desk=desk)
        if self.notice.answer:
            return self.phrases.say("asked_for", desk=desk)
        if (recipient.unit, recipient.role) == (holder.unit, holder.role):
            other = self.stay.awaited
            if other is None:
                return self.phrases.say("answers" if self.stay.desk.asked else "holds", desk=desk)
            return self.phrases.say(
                "waits_for", other=f"{self._kind(other)} {other.number}", desk=desk
            )
        listed = self.phrases.say("and").join(dict.fromkeys(self._passed_over(recipient)))
        phrase = "climbed" if listed else "watches"
        held = self._desk(holder.unit, holder.role)
        return self.phrases.say(phrase, holder=held, desk=desk, passed=listed)

    def _passed_over(self, to: Recipient) -> Iterator[str]:
        """Yield each desk that was passed over on the way up to them, with why."""
        for one in self.notice.skipped:
            own = (one.unit, one.role) == (to.unit, to.role)
            # What serves in another's place is no vacancy while that other is there.
            filled = one.reason == "vacant" and not self.organisation.is_wanting(
                one.unit, one.role, self._today()
            )
            if not own and not filled and one.reason != "no_such_body":
                yield self.phrases.say(f"passed_{one.reason}", desk=self._desk(one.unit, one.role))

    def _in_whose_place(self, to: Recipient) -> str:
        """Return for whom they are told, where the post is another's."""
        if self.organisation.has_post(to.person, to.unit, to.role, self._today()):
            return ""
        principals = (
            one.person
            for one in self.organisation.stood_in_for(to.person, self._today())
            if one.unit == to.unit and to.role in one.roles
        )
        names = [self.names.get(one, self.phrases.say("erased")) for one in principals]
        who = self.phrases.say("and").join(names)
        return self.phrases.say("in_place_of", person=who) if names else ""

    def _why_now(self) -> str:
        notice, phrases = self.notice, self.phrases
        if notice.kind == URGE:
            person = self.names.get(notice.urged_by or "", phrases.say("above"))
            return phrases.say("urged", who=self._who(notice.urged_by or "", person))
        if notice.track == ARRIVAL:
            return phrases.say(notice.reason)
        if notice.due_at is None:
            return ""
        today = self._today()
        due = self._day(notice.due_at)
        try:
            phrase, days = _distance(self._local(notice.due_at), today, self.calendar)
        except OutsideCalendar:
            return phrases.say("due", due=due)
        return phrases.say(phrase, due=due, days=days)

    def _how(self) -> str:
        """Return by what the case came to its desk, or what was answered: who did what when."""
        came, notice = self.stay.desk.came, self.notice
        if notice.answer:
            return self._done(notice.planned_at, notice.urged_by, notice.answer)
        return self._done(came.at, came.actor, came.trigger) if came else ""

    def _done(self, at: datetime, actor: str | None, trigger: str) -> str:
        when = self.phrases.say("moment", **_moment(at.astimezone(self.policy.zone)))
        if not trigger:
            return self.phrases.say("opened", at=when)
        name = self.names.get(actor, self.phrases.say("erased")) if actor else ""
        who = self._who(actor or "", name)
        phrase = "moved" if who else "moved_by_rule"
        return self.phrases.say(phrase, at=when, who=who, trigger=self._trigger(trigger))

    def _trigger(self, name: str) -> str:
        told = self.labels.triggers.get((self.stay.case.kind, name))
        return told or self.phrases.say("acted")

    def _next(self) -> str:
        if self.coming is None or not self.coming.recipients:
            return self.phrases.say("top")
        at = self.coming.timed.at.astimezone(self.policy.zone)
        to, told = self.coming.recipients[0], self.notice.recipient
        same = told is not None and (told.unit, told.role) == (to.unit, to.role)
        phrase = f"next_{self.coming.timed.rung.kind}{'_you' if same else ''}"
        told_next = self.phrases.say(phrase, **_moment(at), desk=self._desk(to.unit, to.role))
        ends = same and self.coming.timed.rung.is_repeat and self.coming.timed.rung.until_acted
        return told_next + self.phrases.say("until_acted") if ends else told_next

    def _today(self) -> date:
        return local_day(self.now, self.policy.zone)

    def _desk(self, unit: str, role: str) -> str:
        called = self.organisation.role(role, self.tongue.language)
        return self.phrases.say("desk", unit=self.organisation.name(unit), role=called)

    def _who(self, person: str, name: str) -> str:
        """Return *name* with the desk that *person* has, as far as there is either."""
        held = self.organisation.desk_of(person, self._today())
        if held is None or not name:
            return name or (self._desk(*held) if held else "")
        return self.phrases.say("who", desk=self._desk(*held), name=name)

    def _local(self, due_at: datetime) -> date:
        # due_at is the midnight that ends the day.
        return local_day(due_at - timedelta(microseconds=1), self.policy.zone)

    def _day(self, due_at: datetime) -> str:
        return self._spelled(self._local(due_at))

    def _spelled(self, day: date) -> str:
        return self.phrases.say(
            "day", year=day.year, month=day.month, day=day.day, iso=day.isoformat()
        )


def _moment(at: datetime) -> dict[str, object]:
    return {"month": at.month, "day": at.day, "iso": at.date().isoformat(), "time": f"{at:%H:%M}"}


def _category(notice: Notice) -> str:
    return f"of_{ARRIVAL if notice.track == ARRIVAL else notice.kind}"


def _distance(due: date, today: date, calendar: WorkingDays) -> tuple[str, int]:
    """Return how far off *due* is: the phrase for it, and how many working days."""
    if today > due:
        days = calendar.between(due, today - timedelta(days=1))
        return ("over", days) if days else ("just_over", 0)
    if today == due:
        return "today", 0
    days = calendar.between(today, due)
    return ("left", days) if days else ("none_left", 0)
