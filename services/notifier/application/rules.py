"""The rules in force: for each scheme its policies, one calendar, and the timers that follow.

Which policies a scheme has had, and which of its cases went over to a newer one, the log says; the
texts are kept in the database by their hash. So the database alone tells what is in force for each
case, the same to every process that reads it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import orjson

from schemas.calendar import WorkingDays
from schemas.document import Document
from schemas.policy import URGE, Fallback, Place, Policy, Rung
from schemas.policy_reading import read_policy
from services.notifier.application.store_ports import (
    Issue,
    KeptText,
    Store,
    TextIndex,
    Timer,
    Transaction,
)
from services.notifier.domain.case import Case, Readers, Stay
from services.notifier.domain.labels import Labels, read_labels
from services.notifier.domain.notice import Notice, Terms
from services.notifier.domain.organisation import Organisation
from services.notifier.domain.plan import LATE, Timed, begin, go_on, ladder
from services.notifier.domain.sight import Range, Sights, read_sights
from services.notifier.domain.urges import Urge

_BATCH = 500
Track = tuple[str, str]  # the desk it runs on, and its name


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """What decisions about the cases of one scheme are taken under; immutable."""

    policy: Policy
    calendar: WorkingDays
    channels: tuple[str, ...]  # the policy's channels as this installation has them
    fallbacks: tuple[Fallback, ...] = ()  # likewise
    # The channels of some names as this installation has them; one that it has not keeps its name.
    here: Callable[[Iterable[str]], tuple[str, ...]] = tuple

    def timers(self, case: Case, before: Mapping[Track, Timer]) -> list[Timer]:
        """Return the timers a case should have now, where it had those of *before*.

        Rungs that are behind stay behind as long as the deadline is the same one.
        """
        return [timer for stay in case.stays for timer in self._of(stay, before)]

    def terms(self, organisation: Organisation, now: datetime) -> Terms:
        """Return what is decided under at *now*, by what people of *organisation* chose."""

        def wanted(person: str) -> tuple[str, ...] | None:
            chosen = organisation.wanted(person)
            return None if chosen is None else self.here(chosen)

        return Terms(self.policy, self.channels, now, wanted)

    def sends_again(self, notice: Notice, case: Case) -> bool:
        """Tell whether *notice* of *case* is sent once more where its outcome is unknown."""
        if notice.track == URGE:
            return self.policy.urge_again
        rung = rung_of(self.policy, notice, case)
        return bool(rung and rung.send_again)

    def _of(self, stay: Stay, before: Mapping[Track, Timer]) -> list[Timer]:
        found = []
        for track in self.policy.at(stay.case.place).tracks:
            rungs = ladder(stay, track, self.policy, self.calendar)
            old = before.get((stay.desk.name, track.name))
            if old is not None and old.deadline == stay.deadline:
                stood_still = old.at is None and bool(rungs)
                index = go_on(track, old.passed, stay) if stood_still else old.passed
            elif rungs:
                index = begin(stay, track, rungs, self.policy)
            else:
                continue
            found.append(
                Timer(
                    case=stay.case.stream,
                    desk=stay.desk.name,
                    track=track.name,
                    deadline=stay.deadline,
                    passed=index,
                    at=_at(rungs, index, stay),
                )
            )
        return found


def _at(rungs: tuple[Timed, ...], index: int, stay: Stay) -> datetime | None:
    if index == LATE:
        return stay.case.armed_at if rungs else None
    return rungs[index].at if index < len(rungs) else None


@dataclass(frozen=True, slots=True)
class Edition:
    """The rules of one publication of a policy."""

    rules: Rules
    issue: Issue | None = None  # None: this installation's own, which all cases go by

    @property
    def mark(self) -> tuple[str, str]:
        """By what timers are set where this is the latest: policy and calendar.

        An own policy is told from a published one of the same text, which not all cases go by.
        """
        policy, calendar = self.rules.policy.hash, self.rules.calendar.hash
        return policy if self.issue else f"own/{policy}"[: len(policy)], calendar


@dataclass(frozen=True, kw_only=True, slots=True)
class InForce:
    """The rules of every scheme, as one transaction found them."""

    # By the scheme's id, as they were published: only from the last that moved all cases on.
    editions: Mapping[str, tuple[Edition, ...]]
    schemes: Mapping[str, str]  # ids, by the hashes of all texts that are kept
    latest: Mapping[str, str]  # hashes of the texts published last, by the schemes' ids

    def of(self, case: Case) -> Rules | None:
        """Return the rules of *case*; None: its scheme has no policy, and nobody is told.

        It goes by the policy that was the latest when it was opened, unless a later one took all
        cases with it; by the first one, where it was opened before there was any.
        """
        found = self.under(case.scheme)
        governing = (one for one in reversed(found) if one.issue and one.issue.governs(case.opened))
        edition = next(governing, found[0] if found else None)
        return edition.rules if edition else None

    def under(self, scheme: str) -> tuple[Edition, ...]:
        """Return the editions for what says *scheme* of its scheme, a hash or an id; none: ().

        A scheme whose text cannot be had is one of a workflow that serves none yet; such a one
        had one policy for all.
        """
        known = self.editions.get(self.schemes.get(scheme, scheme), ())
        if not known and scheme not in self.schemes and len(self.editions) == 1:
            (known,) = self.editions.values()
        return known

    @property
    def newest(self) -> Mapping[str, Rules]:
        """The rules that a case goes by which is opened now, by the scheme's id."""
        return {scheme: found[-1].rules for scheme, found in self.editions.items()}

    @property
    def marks(self) -> Mapping[str, tuple[str, str]]:
        """By what timers are set, by the scheme's id."""
        return {scheme: found[-1].mark for scheme, found in self.editions.items()}

    def timers(self, case: Case, before: Mapping[Track, Timer]) -> list[Timer]:
        """Return the timers a case should have now, where it had those of *before*."""
        rules = self.of(case)
        return [] if rules is None else rules.timers(case, before)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Scheme:
    """What is read of a scheme; of one whose text cannot be had, nothing."""

    labels: Labels = field(default_factory=Labels)
    sights: Sights = field(default_factory=Sights)


@dataclass(kw_only=True, slots=True)
class Book:
    """Reads what is in force, and each text once."""

    calendar: WorkingDays  # until one of its id has been published
    channels: Mapping[str, str]  # by the policy's name of a channel, the one that serves it here
    own: Policy | None = None  # of this installation: in place of its scheme's published one
    _policies: dict[str, Policy] = field(default_factory=dict, init=False)
    _calendars: dict[str, WorkingDays] = field(default_factory=dict, init=False)
    _schemes: dict[str, _Scheme] = field(default_factory=dict, init=False)
    _seen: tuple[TextIndex, InForce] | None = field(default=None, init=False)  # asked last

    def in_force(self, tx: Transaction) -> InForce:
        """Return the rules of every scheme."""
        index = tx.texts.index()
        seen = self._seen  # several threads ask
        if seen is None or seen[0] != index:
            self._seen = seen = index, self._read(tx, index)
        return seen[1]

    def _read(self, tx: Transaction, index: TextIndex) -> InForce:
        calendar = self._calendar(tx, index.latest.get(("calendar", self.calendar.id)))
        editions = {
            scheme: tuple(
                Edition(self._rules(self._policy(tx, one.hash), calendar), one)
                for one in since_last_move(issues)
            )
            for scheme, issues in index.policies.items()
        }
        if self.own is not None:
            editions[self.own.scheme] = (Edition(self._rules(self.own, calendar)),)
        schemes = {id_: hash_ for (kind, id_), hash_ in index.latest.items() if kind == "scheme"}
        return InForce(editions=editions, schemes=index.schemes, latest=schemes)

    def _rules(self, policy: Policy, calendar: WorkingDays) -> Rules:
        digest = policy.digest
        if digest is not None:
            # What stands in for a channel waits for the letter of the day as that one would have.
            digest = replace(digest, channels=self._here(policy, digest.channels))
        choices = tuple(
            replace(one, channels=self._here(policy, one.channels)) for one in policy.choices
        )
        return Rules(
            policy=replace(policy, digest=digest, choices=choices),
            calendar=calendar,
            channels=self._here(policy, policy.channels),
            fallbacks=self._fallbacks(policy),
            here=lambda names: tuple(self._serving(policy, one) or one for one in names),
        )

    def _here(self, policy: Policy, channels: Iterable[str]) -> tuple[str, ...]:
        """Return those of *channels* that are here, those standing in for others included."""
        found = (self._serving(policy, name) for name in channels)
        return tuple(dict.fromkeys(name for name in found if name is not None))

    def _serving(self, policy: Policy, name: str) -> str | None:
        """Return the channel by which those are told whom *name* would tell; None: by none."""
        stands_in = {one.channel: one.to for one in policy.fallbacks if not one.rungs}
        while name not in self.channels and name in stands_in:
            name = stands_in[name]  # no way leads back: the reader sees to it
        return self.channels.get(name)

    def _fallbacks(self, policy: Policy) -> tuple[Fallback, ...]:
        """Return who stands in for whom here; also for a channel that settings have taken away.

        What was decided while it was there bears its name, and finds nobody who serves it.
        """
        return tuple(
            replace(one, channel=name, to=to)
            for one in policy.fallbacks
            if (to := self._serving(policy, one.to)) is not None
            for name in dict.fromkeys((self.channels.get(one.channel, one.channel), one.channel))
            if name != to
        )

    def readers(
        self, tx: Transaction, cases: Mapping[str, Case], in_force: InForce
    ) -> Mapping[str, Readers | None]:
        """Return to whom each of *cases* is left; they are beside those that they belong to."""
        return {
            stream: self._scheme(tx, case, in_force).sights.readers(case, cases)
            for stream, case in cases.items()
        }

    def ranges(
        self, tx: Transaction, urge: Urge, cases: Mapping[str, Case], in_force: InForce
    ) -> Mapping[str, Range]:
        """Return to whom each bulletin that *urge* tells of was published, by name."""
        case = cases[urge.case]
        sights = self._scheme(tx, case, in_force).sights
        return {name: sights.range(case, name, to, cases) for name, to in urge.told.items()}

    def labels(self, tx: Transaction, case: Case, in_force: InForce) -> Labels:
        """Return what the scheme of *case* calls things; nothing if its text cannot be had."""
        return self._scheme(tx, case, in_force).labels

    def _scheme(self, tx: Transaction, case: Case, in_force: InForce) -> _Scheme:
        if case.scheme in in_force.schemes:
            return self._scheme_of(tx, case.scheme)
        # A release of before kept only the id: what the latest text says is the nearest.
        latest = in_force.latest.get(case.scheme)
        return self._scheme_of(tx, latest) if latest else _Scheme()

    def kept(self, tx: Transaction, hashes: Iterable[str]) -> Mapping[str, Policy]:
        """Return the policies that notices were decided under, by their hash, of those kept."""
        return {one: self._policy(tx, one) for one in tx.texts.hashes(hashes)}

    def _policy(self, tx: Transaction, hash_: str) -> Policy:
        if hash_ not in self._policies:
            self._policies[hash_] = policy_of(tx.texts.body(hash_))
        return self._policies[hash_]

    def _calendar(self, tx: Transaction, hash_: str | None) -> WorkingDays:
        if hash_ is None:
            return self.calendar
        if hash_ not in self._calendars:
            self._calendars[hash_] = WorkingDays.from_json(tx.texts.body(hash_))
        return self._calendars[hash_]

    def _scheme_of(self, tx: Transaction, hash_: str) -> _Scheme:
        if hash_ not in self._schemes:
            tree = orjson.loads(tx.texts.body(hash_))
            self._schemes[hash_] = _Scheme(
                labels=replace(read_labels(tree), hash=hash_), sights=read_sights(tree)
            )
        return self._schemes[hash_]


def since_last_move(issues: Sequence[Issue]) -> Sequence[Issue]:
    """Return those of *issues* that a case may go by: from the last that took all cases with it."""
    moved = [index for index, one in enumerate(issues) if one.moves]
    return issues[moved[-1] :] if moved else issues


def rung_of(policy: Policy, notice: Notice, case: Case) -> Rung | None:
    """Return the rung of *notice* of *case*; None: it is of none, or *policy* has none such."""
    return policy.at(Place(case.kind, notice.state, case.tier)).rung(notice.track, notice.rung)


def passed(timers: Mapping[Track, Timer], stay: Stay) -> dict[str, int]:
    """Return how many rungs are behind on each track of the desk of *stay*."""
    return {
        track: timer.passed for (desk, track), timer in timers.items() if desk == stay.desk.name
    }


def policy_of(body: bytes) -> Policy:
    """Return the policy in canonical bytes.

    Raises:
        schemas.document.Faults: a format that this program does not know.
    """
    return read_policy(Document(orjson.loads(body)))


def put_in_force(store: Store, epoch: int, book: Book) -> int:
    """Set timers anew where policy or calendar are not those they were set by.

    A rung that has passed stays behind: its notice has been decided, under whichever policy.
    Returns how many cases were looked at; 0 when nothing changed.
    """
    with store.seeing() as tx:
        in_force, before = book.in_force(tx), tx.texts.timers_set_by()
    marks = in_force.marks
    changed = {scheme: mark for scheme, mark in marks.items() if before.get(scheme) != mark}
    if not changed:
        return 0
    n_cases, after = 0, ""
    while True:
        with store.writing(epoch) as tx:
            cases = tx.facts.running(after, _BATCH)
            _set_anew(tx, [case for case in cases if _under(case, in_force) in changed], in_force)
            if len(cases) < _BATCH:
                _keep(tx, [in_force.newest[scheme] for scheme in changed])
                tx.texts.save_timers_set_by(changed)
                return n_cases + len(cases)
        n_cases, after = n_cases + len(cases), cases[-1].stream


def without_policy(store: Store, book: Book) -> set[str]:
    """Return the schemes of running cases that have no policy: nobody is told of those cases."""
    with store.seeing() as tx:
        in_force, running = book.in_force(tx), tx.facts.schemes_running()
    return {in_force.schemes.get(one, one) for one in running if not in_force.under(one)}


def _keep(tx: Transaction, changed: Iterable[Rules]) -> None:
    """Keep the texts of the rules that timers were set by: notices name them for good."""
    for rules in changed:
        policy, calendar = rules.policy, rules.calendar
        for kind, id_, text in (
            ("policy", policy.scheme, policy),
            ("calendar", calendar.id, calendar),
        ):
            tx.texts.keep(KeptText(hash=text.hash, kind=kind, id=id_, body=text.canonical))


def _under(case: Case, in_force: InForce) -> str:
    rules = in_force.of(case)
    return rules.policy.scheme if rules else ""


def _set_anew(tx: Transaction, cases: list[Case], in_force: InForce) -> None:
    aside = {event.case for event in tx.progress.set_aside(case.stream for case in cases)}
    cases = [case for case in cases if case.stream not in aside]  # their timers stand still
    before = tx.timers.of(case.stream for case in cases)
    fresh = [
        timer for case in cases for timer in in_force.timers(case, before.get(case.stream, {}))
    ]
    tx.timers.replace((case.stream for case in cases), fresh)
