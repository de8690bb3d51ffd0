"""Importing the organisation: what a file changes becomes events, and nothing else does."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from schemas.calendar import local_day
from schemas.document import Fault
from schemas.said import Said
from services.workflow.application.editions import Editions
from services.workflow.application.envelopes import Origin, Sealer
from services.workflow.application.firing.port import CaseStore
from services.workflow.application.firing.rules import ZONE
from services.workflow.application.leaving import left_behind, told_left
from services.workflow.application.organisation_deeds import deeds_of
from services.workflow.application.organisation_events import Telling
from services.workflow.application.ports import Bulk, Text
from services.workflow.application.reading_ports import ListQuery, Reads
from services.workflow.application.rulebook import Directory
from services.workflow.domain.organisation import (
    Absence,
    Delegation,
    Difference,
    Organisation,
    OrganisationFile,
    difference,
    exported,
)
from services.workflow.domain.organisation.deputising import is_void, told_of
from services.workflow.domain.organisation.editing import Edit, edited
from services.workflow.domain.organisation.giving_up import (
    SHOWN,
    Need,
    Word,
    ended_in,
    faults_of,
    given_up,
    named_in,
    needs_of_posts,
    refuse,
)
from services.workflow.domain.organisation.sentences import say
from services.workflow.domain.refusals import Blocker, Conflict

FACT = "organisation_changed"
_NAMES_AT_ONCE = 1000
_NOBODY = {"sha256": "0" * 64, "length": 0}  # names are no matter where only posts are asked for


@dataclass(frozen=True, kw_only=True, slots=True)
class Imports:
    """The use cases of `organisation import` and `organisation export`."""

    store: CaseStore
    reads: Reads
    directory: Directory
    sealer: Sealer
    now: Callable[[], datetime]
    system_now: Callable[[], datetime]  # of what is written down of it
    editions: Editions

    def compare(self, file: OrganisationFile) -> Difference:
        """Return what importing *file* would change.

        Raises:
            Faults: the file is of another organisation, or takes away words that are needed.
        """
        return self._compare(self.directory.current(), file)

    def left_behind(self, file: OrganisationFile, changes: Difference) -> list[Said]:
        """Return in words the open cases that lose their unit, or the last one at their desk."""
        current, today = self.directory.current(), local_day(self.now(), ZONE)
        return [told_left(current, one) for one in left_behind(self.reads, file, changes, today)]

    def falling_away(self, changes: Difference) -> list[Said]:
        """Return in words the deputies and absences, not over, that *changes* make void."""
        current, today = self.directory.current(), local_day(self.now(), ZONE)
        there = current.standing_in
        told: list[Delegation | Absence] = [*there.delegations(), *there.absences()]
        ahead = [one for one in told if one.until is None or one.until >= today]
        if not ahead:
            return []
        after = current.evolve_all(tuple(changes.events(lambda _: _NOBODY)))
        void = [one for one in ahead if is_void(one, after) and not is_void(one, current)]
        people = {who for one in void for who in (one.person, getattr(one, "deputy", one.person))}
        names = self.directory.names(sorted(people))
        return [
            say("falls_away", told=told_of(current, one, lambda person: names.get(person, "")))
            for one in void
        ]

    def taken_from_texts(self, file: OrganisationFile) -> list[Fault]:
        """Return the words that *file* takes away and a scheme or policy in force names.

        Nothing of them runs on that account, so it is told and not refused.
        """
        current = self.directory.current()
        words = given_up(current.vocabulary, file.vocabulary)
        if not words or current.root is None:  # whose words were nobody's yet
            return []
        return faults_of(file, current.vocabulary, self._needs_of_texts(words))

    def export(self) -> dict[str, Any]:
        """Return the tree of the file that, imported now, would change nothing."""
        current = self.directory.current()
        return exported(current, self._people(current))

    def edited(self, edit: Edit) -> OrganisationFile:
        """Return the file of what is known with one entry changed.

        Raises:
            Faults: with what is wrong with the entry.
        """
        current = self.directory.current()
        return edited(current, self._people(current), edit)

    def run(
        self, file: OrganisationFile, origin: Origin | None = None, version: int | None = None
    ) -> Difference:
        """Record what *file* changes, all of it or nothing, and return it.

        *version*: of the organisation that the file was held against; it must still be that one.

        Raises:
            Faults: the file is of another organisation, or takes away words that are needed.
            Conflict: somebody else imported at the same moment.
        """
        current = self.require_version(version)
        changes = self._compare(current, file)
        if changes and not self.store.write(self._bulk(current, changes, file.root, origin)):
            self.require_version(current.version)  # by now it is at another
            raise Conflict(Blocker(code="stale_version"))
        return changes

    def require_version(self, version: int | None) -> Organisation:
        """Return the organisation if it is at *version*, or nobody asks at which.

        Raises:
            Conflict: it is at another.
        """
        current = self.directory.current()
        if version not in (None, current.version):
            params = {"version": current.version, "expected": version or 0}
            raise Conflict(Blocker(code="stale_version", params=params))
        return current

    def _compare(self, current: Organisation, file: OrganisationFile) -> Difference:
        changes = difference(current, self._people(current), file)
        words = given_up(current.vocabulary, file.vocabulary)
        if words:
            day = local_day(self.now(), ZONE)
            needs = (*needs_of_posts(current, words, day), *self._needs_of_cases(words))
            refuse(file, current.vocabulary, needs)
        return changes

    def _needs_of_cases(self, words: Sequence[Word]) -> Iterator[Need]:
        """Yield which of *words* the rules name under which some case is open."""
        total, shown = Counter[Word](), defaultdict[Word, list[str]](list)
        rows = self.reads.cycles()
        documents = self.reads.documents([*{row.scheme_hash for row in rows}])
        for row in rows:
            rules = json.loads(documents[row.scheme_hash].body)
            named = named_in(rules).intersection(words)
            ended = ended_in(rules) if named else ()
            states = {state for _, state in self.reads.count_by_state(row.id)} if named else set()
            if states.difference(ended):
                query = ListQuery(cycle=row.id, states=(*states.difference(ended),), limit=SHOWN)
                page = self.reads.list_cases(query)
                for word in named:
                    total[word] += page.total
                    shown[word] += [case.number for case in page.cases]
        return (
            Need(word, "cases", shown[word][:SHOWN], total[word]) for word in words if total[word]
        )

    def _needs_of_texts(self, words: Sequence[Word]) -> Iterator[Need]:
        schemes, policies = self.editions.in_force("scheme"), self.editions.policies()
        hashes = [one.hash for one in (*schemes.values(), *policies.values())]
        texts = [
            (f"{one.kind}/{one.id}", named_in(json.loads(one.canonical)))
            for one in self.editions.kept(hashes).values()
        ]
        for word in words:
            naming = sorted(name for name, named in texts if word in named)
            if naming:
                yield Need(word, "texts", naming[:SHOWN], len(naming))

    def _people(self, organisation: Organisation) -> Mapping[str, Mapping[str, Any]]:
        ids, known = list(organisation.people), dict[str, Mapping[str, Any]]()
        for start in range(0, len(ids), _NAMES_AT_ONCE):
            known |= self.reads.people(ids[start : start + _NAMES_AT_ONCE])
        return known

    def _bulk(
        self, current: Organisation, changes: Difference, root: str, origin: Origin | None
    ) -> Bulk:
        texts = list[Text]()

        def commit(text: str) -> Mapping[str, Any]:
            commitment, row = self.sealer.commit(text)
            texts.append(row)
            return commitment

        data = tuple(changes.events(commit))
        origin = origin or Origin(client="cli")
        told = Telling(
            reads=self.reads,
            sealer=self.sealer,
            now=self.now,
            root=root,
            origin=origin,
        )
        appends = tuple(told.appends(FACT, current.version, data))
        # All texts hang on the first event: the transaction is whole or not at all.
        first = replace(appends[0], texts=tuple(texts))
        deeds = deeds_of(changes, root, origin, self.system_now(), is_first=current.root is None)
        return Bulk(appends=(first, *appends[1:]), organisation=data, deeds=deeds)
