"""Writing notices: facts from the database, names from the workflow, words from the templates.

Names are fetched for each batch and forgotten with it. They are never asked for while planning: a
workflow that is away delays a message, it does not change who is told.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from time import monotonic

from schemas.policy import ARRIVAL, BULLETIN, NOT_CHOSEN, Policy, Rung
from services.notifier.application.leaving import REPLACED, Leaving, by_case
from services.notifier.application.ports import Person, Said, Way, Workflow
from services.notifier.application.rules import Book, Rules, Track, passed, rung_of
from services.notifier.application.store_ports import Store, Timer, Transaction
from services.notifier.application.sweep import units_of, with_awaited
from services.notifier.domain.case import Case, Readers, Stay, published, stays
from services.notifier.domain.errors import WorkflowRefused, WorkflowUnavailable
from services.notifier.domain.labels import Labels
from services.notifier.domain.late_starts import late_starts
from services.notifier.domain.notice import Notice
from services.notifier.domain.organisation import Organisation
from services.notifier.domain.plan import NextDue, plan
from services.notifier.domain.urges import CAME_BACK
from services.notifier.domain.wording import CHINESE, Telling, Tongue

# As many as the workflow answers for in one call.
_PEOPLE = 200
_CASES = 50
# For what was said and for words in another language, of all messages of a batch: a lease lives for
# ten, and whoever is asked last may take two more.
_ASKING_S = 2.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Worded:
    """What a notice says in one language."""

    language: str
    subject: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """A notice and what it says; *reason* is set when there is no sense in sending it."""

    notice: Notice
    rules: Rules | None = None  # None only where it makes no sense any more
    name: str = ""
    address: str = ""
    subject: str = ""
    text: str = ""
    language: str = CHINESE  # of these words, the one that they read
    others: Callable[[], Sequence[Worded]] = list  # the same in every other language, on demand
    sends_again: bool = False  # once more, where nobody can say whether it arrived
    reason: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)  # what templates may name
    instead: tuple[Notice, ...] = ()  # to others: who is told in the place of who is not any more


@dataclass(frozen=True, kw_only=True, slots=True)
class _Known:
    """What the database and the workflow say of one batch."""

    cases: Mapping[str, Case]
    readers: Mapping[str, Readers | None]  # by case, as the next ones
    set_aside: frozenset[str]
    rules: Mapping[str, Rules | None]
    policies: Mapping[str, Policy]  # that they were decided under, by hash
    labels: Mapping[str, Labels]
    timers: Mapping[str, Mapping[Track, Timer]]
    told: Mapping[str, Sequence[Notice]]
    organisation: Organisation
    people: Mapping[str, Person]
    said: Mapping[tuple[str, str], Said]  # by whom it was said to and case
    beside: Mapping[str, Sequence[Notice]]  # by case, all that was told of it to somebody
    now: datetime
    # What is said for words of a scheme, by its hash and the language; filled as it is asked for.
    words: dict[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)
    until_s: float = 0.0  # when nothing more is asked for that a letter can do without

    def leaving(self, notice: Notice, stay: Stay, rules: Rules) -> Leaving:
        return Leaving(
            notice=notice,
            stay=stay,
            rules=rules,
            organisation=self.organisation,
            beside=self.beside.get(notice.case, ()),
            now=self.now,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Writing:
    """What it takes to put a notice into words."""

    store: Store
    workflow: Workflow
    tongues: Mapping[str, Tongue]
    book: Book
    ways: Mapping[str, Way]
    public_url: str
    monotonic_s: Callable[[], float] = monotonic
    # Whether a notice is put into words: who runs a year ahead reads those of one at most.
    is_read: Callable[[Notice], bool] = lambda _: True
    # Shown every notice in words, each before it is put into the letter of a day.
    show: Callable[[Sequence[Written]], None] = lambda _: None

    def write(self, notices: Sequence[Notice], now: datetime) -> list[Written]:
        """Return *notices* in words, as things stand at *now*.

        Raises:
            WorkflowUnavailable, WorkflowRefused: names cannot be had now.
            StoreUnavailable
        """
        with self.store.seeing() as tx:
            known = self._look(tx, notices, now)
        known = replace(known, people=self._people(notices, known))
        known = replace(known, until_s=self.monotonic_s() + _ASKING_S)
        known = replace(known, said=self._said(notices, known))
        written = [self._one(notice, known) for notice in notices]
        self.show(written)
        return written

    def _look(self, tx: Transaction, notices: Sequence[Notice], now: datetime) -> _Known:
        streams = {notice.case for notice in notices}
        cases = with_awaited(tx, streams)
        in_force = self.book.in_force(tx)
        return _Known(
            cases=cases,
            readers=self.book.readers(tx, cases, in_force),
            set_aside=frozenset(event.case for event in tx.progress.set_aside(streams)),
            rules={stream: in_force.of(cases[stream]) for stream in streams},
            policies=self.book.kept(tx, {notice.policy for notice in notices}),
            labels={stream: self.book.labels(tx, cases[stream], in_force) for stream in streams},
            timers=tx.timers.of(streams),
            told=tx.ledger.late_starts(streams),
            organisation=tx.facts.organisation(
                units_of(cases.values()) | {one.recipient.unit for one in notices if one.recipient}
            ),
            people={},
            said={},
            beside=by_case(tx.ledger.of_cases(streams)),
            now=now,
        )

    def _one(self, notice: Notice, known: _Known) -> Written:
        case, rules = known.cases[notice.case], known.rules[notice.case]
        lying = stays(case, known.cases, known.readers[notice.case])
        stay = next((one for one in lying if one.desk.name == notice.desk), None)
        if notice.kind == BULLETIN:  # it is for its range, wherever its case lies by now
            stay = published(case)
        to = known.people.get(notice.recipient.person) if notice.recipient else None
        address = self._address(notice, to)
        if rules is None:
            return Written(notice=notice, reason="no_policy")
        leaving = None if stay is None else known.leaving(notice, stay, rules)
        reason = self._pointless(notice, leaving, to, address)
        if notice.case in known.set_aside:
            reason = "stream_set_aside"
        if reason or stay is None or leaving is None or to is None:
            instead: list[Notice] = []
            if leaving and reason == REPLACED:
                instead = leaving.instead()
            elif leaving and reason == NOT_CHOSEN:
                instead = leaving.by_choice()
            return Written(notice=notice, rules=rules, reason=reason, instead=tuple(instead))
        if not self.is_read(notice):
            return Written(
                notice=notice,
                rules=rules,
                name=to.name,
                address=address,
                language=to.language,
                sends_again=rules.sends_again(notice, case),
            )
        words = partial(self._fields, notice, stay, rules, known)
        fields = words(self.tongues[to.language])
        # In the words of the policy that the notice names, whichever is in force as it leaves.
        policy = known.policies.get(notice.policy)
        rung = rung_of(policy, notice, case) if policy else None
        worded = _worded(self.tongues[to.language], notice, rung, fields)
        return Written(
            notice=notice,
            rules=rules,
            name=to.name,
            address=address,
            subject=worded.subject,
            text=worded.text,
            language=worded.language,
            sends_again=rules.sends_again(notice, case),
            others=lambda: [
                _worded(tongue, notice, rung, words(tongue))
                for tongue in self.tongues.values()
                if tongue.language != to.language
            ],
            fields=fields,
        )

    def _fields(
        self, notice: Notice, stay: Stay, rules: Rules, known: _Known, tongue: Tongue
    ) -> dict[str, str]:
        """Return what templates may name, in the words of *tongue*."""
        labels = known.labels[notice.case]
        words = self._words(labels, known, tongue.language)
        telling = Telling(
            notice=notice,
            stay=stay,
            names={id_: person.name for id_, person in known.people.items()},
            organisation=known.organisation,
            policy=rules.policy,
            calendar=rules.calendar,
            labels=labels.told(words),
            tongue=tongue,
            coming=None if notice.kind == BULLETIN else _coming(notice, stay, rules, known),
            now=known.now,
            link=self.public_url + _page(notice, stay.case),
        )
        said = ""
        if notice.recipient and self._says(notice):
            told = known.said.get((notice.recipient.person, notice.case))
            said = _in_words(told, tongue, words)
        more = {"home": self.public_url, "said": said, "foot": self._foot(notice, tongue)}
        return telling.fields() | more

    def _words(self, labels: Labels, known: _Known, language: str) -> Mapping[str, str]:
        """Return what *language* says for the words of a scheme; where it cannot be had, nothing.

        They are then the scheme's own: no reason to keep a letter back.
        """
        if language == CHINESE or not labels.hash:
            return {}
        place = labels.hash, language
        if place not in known.words:
            known.words[place] = {}
            if self.monotonic_s() < known.until_s:
                with suppress(WorkflowUnavailable, WorkflowRefused):
                    known.words[place] = self.workflow.words(*place)
        return known.words[place]

    def _address(self, notice: Notice, to: Person | None) -> str:
        way = self.ways.get(notice.channel)
        return to.addresses.get(way.address, "") if way and to else ""

    def _pointless(
        self, notice: Notice, leaving: Leaving | None, to: Person | None, address: str
    ) -> str:
        """Return why there is no sense in sending it; empty: there is."""
        reason = "overtaken" if leaving is None else leaving.why_not()
        if reason:
            return reason
        if to is None:
            return "no_such_person"
        way = self.ways.get(notice.channel)
        # One that takes no address at all, as one of the house's own, waits for none.
        lacks = way is not None and way.address and way.must_have and not address
        return "no_address" if lacks else ""

    def _says(self, notice: Notice) -> bool:
        """Tell whether its message has what was said: to one person alone, and never kept here.

        The inbox shows it beside the letter, as it is when somebody looks.
        """
        way = self.ways.get(notice.channel)
        return notice.reason == CAME_BACK and way is not None and way.is_of_one_person

    def _foot(self, notice: Notice, tongue: Tongue) -> str:
        """Return what a mail ends with: that there is no way out of a duty.

        The inbox says so beside its letters, and to a robot's group nobody subscribes.
        """
        way = self.ways.get(notice.channel)
        if notice.kind == BULLETIN or way is None or way.address != "email":
            return ""
        return "\n" + tongue.phrases.say("duty")

    def _said(self, notices: Sequence[Notice], known: _Known) -> Mapping[tuple[str, str], Said]:
        """Return what was said where cases came back; no longer asked for than `_ASKING_S`."""
        wanted: dict[str, dict[str, int]] = {}
        for one in notices:
            if one.recipient and self._says(one) and one.recipient.person in known.people:
                came = wanted.setdefault(one.recipient.person, {})
                if len(came) < _CASES:
                    came[one.case] = one.case_version
        found: dict[tuple[str, str], Said] = {}
        try:
            for person, came in wanted.items():
                if self.monotonic_s() >= known.until_s:
                    break  # slow answers to many would outlast the lease
                told = self.workflow.said(person, came)
                found |= {(person, case): said for case, said in told.items()}
        except (WorkflowUnavailable, WorkflowRefused):
            pass  # then messages say where to read it
        return found

    def _people(self, notices: Sequence[Notice], known: _Known) -> Mapping[str, Person]:
        ids = {case.person for case in known.cases.values() if case.person}
        told = {notice.recipient.person for notice in notices if notice.recipient}
        ids |= told | {one for deputy in told for one in known.organisation.principals(deputy)}
        acted = (known.cases[notice.case].desks for notice in notices)
        ids.update(d.came.actor for desks in acted for d in desks if d.came and d.came.actor)
        ids.update(notice.urged_by for notice in notices if notice.urged_by)
        wanted = sorted(ids)
        found: dict[str, Person] = {}
        for start in range(0, len(wanted), _PEOPLE):
            found.update(self.workflow.people(wanted[start : start + _PEOPLE]))
        return found


def _in_words(said: Said | None, tongue: Tongue, words: Mapping[str, str]) -> str:
    """Return what was said, a line for each; where it cannot be had, where to read it."""
    say = tongue.phrases.say
    if said is None or not said.remarks:
        return "\n" + say("said_there")
    lines = [say("said")]
    for one in said.remarks:
        at = say(
            "said_at_paragraph" if one.paragraph else "said_at" if one.part else "said_so",
            part=words.get(one.part, one.part),
            paragraph=one.paragraph,
            text=" ".join(one.text.split()),
        )
        lines.append(at)
    if said.more:
        lines.append(say("said_more", n=said.more))
    return "\n" + "\n".join(lines)


def _worded(tongue: Tongue, notice: Notice, rung: Rung | None, fields: Mapping[str, str]) -> Worded:
    """Return what *notice* says: in the words of its rung, where the policy gives it some."""
    # What is repeated to the holder is not said in the words for those above.
    own = rung.text(tongue.language) if rung and rung.kind == notice.kind else None
    subject, text = (
        tongue.templates.render_own(own, fields)
        if own
        else tongue.templates.render(_template(notice), fields)
    )
    return Worded(language=tongue.language, subject=subject, text=text)


def _template(notice: Notice) -> str:
    return ARRIVAL if notice.track == ARRIVAL else notice.kind


def _page(notice: Notice, case: Case) -> str:
    if notice.kind == BULLETIN:
        return f"/bulletins/{case.id}?name={notice.rung}"
    return f"/cases/{case.id}"


def _coming(notice: Notice, stay: Stay, rules: Rules, known: _Known) -> NextDue | None:
    """Return what comes after *notice* if nothing happens."""
    policy, now = rules.policy, known.now
    ladders = policy.at(stay.case.place)
    behind = passed(known.timers.get(notice.case, {}), stay)
    if ladders.track(notice.track):  # else it is none of a ladder
        own = ladders.behind(notice.track, notice.rung)
        behind[notice.track] = max(own, behind.get(notice.track, own))
    late = late_starts(stay, known.told.get(notice.case, ()))
    while True:
        coming = plan(stay, behind, policy, rules.calendar, known.organisation, now, late)
        been = [one.timed for one in coming if one.timed.at <= now]
        if not been:
            return min(coming, key=lambda due: due.timed.at, default=None)
        # Due by now, and decided with the next sweep: nothing that is yet to come.
        behind |= {one.track: ladders.behind(one.track, one.rung.name) for one in been}
