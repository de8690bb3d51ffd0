"""The rules a case runs under, and the organisation as it stands: kept in memory, never stale.

A scheme and a calendar are kept by their hash and never change, so they are read once. A case keeps
the scheme of its opening to its end; a round follows the newest edition of its calendar and is
closed once, and every command reads how many of both there were. The organisation is a value at a
version; every command reads that with its own case, and the value is made anew when it has moved.
"""

import gc
import json
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from schemas.calendar import WorkingDays, local_day
from schemas.envelope import peek, recall
from schemas.streams import Stream
from schemas.upcast import upcast
from services.workflow.application.firing.rules import RoundRules
from services.workflow.application.ports import CycleRow
from services.workflow.application.reading_ports import Reads
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.world import Round
from services.workflow.domain.language.loading import from_canonical
from services.workflow.domain.language.model.lives import Kind, Life
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.organisation import Organisation
from services.workflow.domain.refusals import NotYours

CALENDARS = str(Stream("text", "calendar"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """The scheme a cycle was opened with, for good, and the calendar it follows now."""

    cycle: CycleRow
    scheme: Scheme
    calendar: WorkingDays

    @property
    def running(self) -> RoundRules:
        """The same as a decision needs it."""
        row = self.cycle
        closed = None if row.closed_at is None else local_day(row.closed_at, self.scheme.zone)
        round_ = Round(
            id=row.id,
            label=row.label,
            unit=row.unit,
            begins=local_day(row.opened_at, self.scheme.zone),
            ends=self.scheme.round.ends or closed,
            is_closed=closed is not None,
        )
        return RoundRules(round=round_, scheme=self.scheme, calendar=self.calendar)

    def kind(self, case: Case) -> Kind:
        """Return what the scheme says of cases of this kind."""
        return self.scheme.kinds[case.kind]

    def life(self, case: Case) -> Life:
        """Return what cases like *case* go through."""
        return self.kind(case).life(case.tier or "")


class Rulebook:
    """Rules by cycle; safe to share between threads."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self._rules: dict[str, Rules] = {}
        self._running: dict[str, RoundRules] = {}
        self._schemes: dict[str, Scheme] = {}  # one shared machine per scheme, however many cycles
        self._calendars: dict[str, WorkingDays] = {}
        self._lock = threading.Lock()
        self._in_force: dict[str, str] | None = None  # hash of the newest edition, by id
        self._n_rulings = 0  # editions of calendars and closed rounds that are known here

    def of(self, cycle: str) -> Rules:
        """Return the rules of *cycle*.

        Raises:
            NotYours: there is no such cycle.
        """
        rules = self._rules.get(cycle)
        if rules is None:
            if self._in_force is None:
                self.follow()
            with self._lock:  # before it is read: who closes it meanwhile would be passed over
                row = self._reads.cycle(cycle)
                if row is None:
                    raise NotYours(cycle)
                rules = self._keep(row)
        return rules

    def is_behind(self, rulings: int) -> bool:
        """Tell whether *rulings* are more than are known here."""
        return rulings > self._n_rulings

    def at_least(self, rulings: int) -> None:
        """Have *rulings* been followed, or more; mostly no statement."""
        if self.is_behind(rulings):
            self.follow()

    def follow(self) -> None:
        """Have every round follow its calendar, and know whether it is closed; two statements."""
        with self._lock:
            editions = [peek(row.body).data for row in self._reads.stream(CALENDARS)]
            rows = self._reads.cycles()
            self._in_force = {edition["id"]: edition["hash"] for edition in editions}
            # In place, never emptied: who decides meanwhile must not find a round unknown.
            for row in rows:
                if row.id in self._rules:
                    self._keep(row)
            self._n_rulings = len(editions) + sum(row.closed_at is not None for row in rows)

    def _keep(self, row: CycleRow) -> Rules:
        opened_with = self.calendar(row.calendar_hash)
        newest = (self._in_force or {}).get(opened_with.id, row.calendar_hash)
        rules = Rules(
            cycle=row, scheme=self.scheme(row.scheme_hash), calendar=self.calendar(newest)
        )
        self._rules[row.id], self._running[row.id] = rules, rules.running
        return rules

    def running(self, cycle: str) -> RoundRules:
        """Return the rules of *cycle* as a decision needs them; raises `NotYours`."""
        if cycle not in self._running:
            self.of(cycle)
        return self._running[cycle]

    def unknown(self, cycles: Iterable[str]) -> set[str]:
        """Return which of *cycles* must still be read before `of` answers from memory."""
        return {cycle for cycle in cycles if cycle not in self._running}

    def scheme(self, hash_: str) -> Scheme:
        """Return the scheme kept under *hash_*."""
        scheme = self._schemes.get(hash_)
        if scheme is None:
            scheme = self._schemes.setdefault(hash_, from_canonical(self._document(hash_)))
        return scheme

    def word(self, scheme: str, text: str) -> str:  # noqa: ARG002 - another has other words
        """Return what is shown for *text*, a word that was recorded of the *scheme* of this id."""
        return text

    def schemes(self) -> list[Scheme]:
        """Return the schemes that cycles were opened with; one statement."""
        return [self.scheme(hash_) for hash_ in {row.scheme_hash for row in self._reads.cycles()}]

    def calendar(self, hash_: str) -> WorkingDays:
        """Return the calendar kept under *hash_*."""
        calendar = self._calendars.get(hash_)
        if calendar is None:
            calendar = self._calendars.setdefault(
                hash_, WorkingDays.from_json(self._document(hash_))
            )
        return calendar

    def _document(self, hash_: str) -> bytes:
        document = self._reads.documents([hash_]).get(hash_)
        if document is None:
            raise LookupError(f"no document {hash_}: the store is damaged")
        if sha256(document.body).hexdigest() != hash_:
            # Nobody is judged by rules that are not those of the cycle's opening.
            raise LookupError(f"the document kept as {hash_} is another: the store is damaged")
        return document.body


_NAMES_AT_ONCE = 1000


class Directory:
    """The organisation, brought up to date whenever its version has moved.

    Who only reads asks here first; *seen* is told how many rulings there are with the same
    statement, so that they are followed without another one.
    """

    def __init__(self, reads: Reads, seen: Callable[[int], None] = lambda _: None) -> None:
        self._reads = reads
        self._seen = seen
        self._lock = threading.Lock()
        self._organisation = Organisation.empty()
        self._namesakes: tuple[int, frozenset[str]] = (0, frozenset())

    def known(self, version: int) -> Organisation | None:
        """Return the organisation at *version* or a later one, if memory has it."""
        return self._organisation if self._organisation.version >= version else None

    def at_least(self, version: int) -> Organisation:
        """Return the organisation at *version* or a later one."""
        if self._organisation.version < version:
            with self._lock:
                if self._organisation.version < version:
                    known = self._organisation
                    self._organisation = self._load(known)
                    # It lives until the next import, and the collector would look at all of it,
                    # a hundred thousand objects, again and again, while commands wait. What is
                    # garbage by then would stay for good; of a start, what was loaded is all used.
                    if known.version:
                        gc.collect()
                    gc.freeze()
        return self._organisation

    def current(self) -> Organisation:
        """Return the organisation as it stands; one statement."""
        organisation, rulings = self._reads.versions()
        self._seen(rulings)
        return self.at_least(organisation)

    def _load(self, known: Organisation) -> Organisation:
        _, bodies = self._reads.organisation(known.version)
        # Held against their schemas when they were written: to do so again took most of a start.
        return known.evolve_all(upcast(recall(body)).data for body in bodies)

    def namesakes(self, organisation: Organisation) -> frozenset[str]:
        """Return those whose name somebody else bears too; looked up once for each version."""
        version, found = self._namesakes
        if version != organisation.version:
            bearers: dict[str, list[str]] = {}
            ids = list(organisation.people)
            for start in range(0, len(ids), _NAMES_AT_ONCE):
                for person, name in self.names(ids[start : start + _NAMES_AT_ONCE]).items():
                    bearers.setdefault(name, []).append(person)
            for person, name in self._former_names(organisation).items():
                bearers.setdefault(name, []).append(person)
            shared = (of_one for of_one in bearers.values() if len(of_one) > 1)
            found = frozenset(person for of_one in shared for person in of_one)
            self._namesakes = (organisation.version, found)
        return found

    def _former_names(self, organisation: Organisation) -> Mapping[str, str]:
        """Return the names of those taken out of the file; histories still tell of them."""
        hashes = {bytes.fromhex(sha): one for one, sha in organisation.former_people.items()}
        found: dict[str, str] = {}
        for start in range(0, len(hashes), _NAMES_AT_ONCE):
            texts = self._reads.texts([*hashes][start : start + _NAMES_AT_ONCE])
            found |= {hashes[sha]: json.loads(one.content)["name"] for sha, one in texts.items()}
        return found

    def names(self, people: Sequence[str]) -> Mapping[str, str]:
        """Return names by person id; erased people are missing."""
        details = self._reads.people(people)
        return {person: found["name"] for person, found in details.items() if "name" in found}
