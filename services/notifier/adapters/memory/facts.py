"""Cases and organisation as far as the log has been read."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from schemas.vocabulary import Vocabulary
from services.notifier.application.contents import Contents
from services.notifier.domain.case import Case
from services.notifier.domain.organisation import Absence, Delegation, Organisation, Post, Unit

_MOST_EXTRACTS = 10_000  # that are kept: of a province's paths there are fewer
_PostKey = tuple[str, str, date]  # role, person, since


class MemoryFacts:
    """The facts. Extracts are kept until anything of the organisation changes."""

    def __init__(self, begun: Contents) -> None:
        self._cases = {one.stream: one for one in begun.cases}
        self._versions = {**begun.versions}
        self._words = {**begun.vocabularies}
        self._units = {one.id: one for one in begun.units}
        self._posts: dict[str, dict[_PostKey, Post]] = {}  # by unit
        for post in begun.posts:
            self._serve(post)
        self._delegations = {_delegation_key(one): one for one in begun.delegations}
        self._absences = {(one.person, one.since): one for one in begun.absences}
        self._wishes = {**begun.wishes}
        self._changed()

    def _serve(self, post: Post) -> None:
        self._posts.setdefault(post.unit, {})[post.role, post.person, post.since] = post

    def _changed(self) -> None:
        self._extracts: dict[frozenset[str], Organisation] = {}
        self._handed_on: dict[str, list[Delegation]] = {}  # by unit
        for delegation in self._delegations.values():
            self._handed_on.setdefault(delegation.unit, []).append(delegation)
        self._away: dict[str, list[Absence]] = {}  # by person
        for absence in self._absences.values():
            self._away.setdefault(absence.person, []).append(absence)
        self._vocabulary = next(map(Vocabulary.from_data, self._words.values()), None)

    def cases(self, streams: Iterable[str]) -> Mapping[str, Case]:
        """Return the cases known under *streams*."""
        known = self._cases
        return {stream: known[stream] for stream in streams if stream in known}

    def running(self, after: str, limit: int) -> list[Case]:
        """Return cases on somebody's desk in streams above *after*, by stream."""
        found = (one for one in self._cases.values() if one.desks and one.stream > after)
        return sorted(found, key=lambda one: one.stream)[:limit]

    def answered(self) -> set[str]:
        """Return the streams of cases on somebody's desk that something was answered to."""
        return {one.stream for one in self._cases.values() if one.desks and one.answers}

    def lying_in(
        self, units: Collection[str], after: str, limit: int
    ) -> tuple[set[str], str | None]:
        """Return the streams of cases on a desk in *units*, and of those that wait for one.

        Of the first *limit* on any desk in streams above *after* alone; and the last of these,
        None: there are no more.
        """
        lying = self.running(after, limit) if units else []

        def is_there(stream: str | None) -> bool:
            case = self._cases.get(stream or "")
            return case is not None and any(desk.holder.unit in units for desk in case.desks)

        found = {
            one.stream
            for one in lying
            if is_there(one.stream) or any(is_there(desk.awaits) for desk in one.desks)
        }
        return found, lying[-1].stream if len(lying) == limit else None

    def serving(self, people: Collection[str]) -> Mapping[str, set[str]]:
        """Return the units in which each of *people* ever has a post, or stands in for others."""
        found = dict[str, set[str]]()
        posts = (
            (post.person, unit) for unit, held in self._posts.items() for post in held.values()
        )
        handed_on = ((one.deputy, one.unit) for one in self._delegations.values())
        for person, unit in (*posts, *handed_on):
            if person in people:
                found.setdefault(person, set()).add(unit)
        return found

    def schemes_running(self) -> set[str]:
        """Return what the cases on somebody's desk say of their scheme."""
        return {one.scheme for one in self._cases.values() if one.desks}

    def save_cases(self, cases: Iterable[Case]) -> None:
        """Keep *cases* as they stand now."""
        self._cases.update((one.stream, one) for one in cases)

    def organisation_version(self, source: str) -> int:
        """Return the organisation's version read so far; 0: nothing."""
        return self._versions.get(source, 0)

    def apply_organisation(self, source: str, version: int, data: Mapping[str, Any]) -> None:
        """Apply one organisation_changed event. People's details are not kept here."""
        for id_ in data["dropped"]["units"]:
            self._units.pop(id_, None)
        for gone in data["dropped"]["posts"]:
            key = gone["role"], gone["person"], date.fromisoformat(gone["from"])
            self._posts.get(gone["unit"], {}).pop(key, None)
        for one in data["units"]:
            unit = Unit(id=one["id"], parent=one.get("parent"), name=one["name"], kind=one["kind"])
            self._units[unit.id] = unit
        for one in data["posts"]:
            until = one.get("until")
            post = Post(
                person=one["person"],
                unit=one["unit"],
                role=one["role"],
                since=date.fromisoformat(one["from"]),
                until=date.fromisoformat(until) if until else None,
            )
            self._serve(post)
        if "vocabulary" in data:
            self._words[source] = data["vocabulary"]
        self._read_to(source, version)

    def delegate(self, source: str, version: int, data: Mapping[str, Any]) -> None:
        """Apply one `delegated` event: a later one of the same key replaces the earlier."""
        one = Delegation(
            deputy=data["deputy"],
            person=data["person"],
            unit=data["unit"],
            roles=frozenset(data["roles"]),
            since=date.fromisoformat(data["from"]),
            until=date.fromisoformat(data["until"]),
        )
        _keep(self._delegations, _delegation_key(one), one, data)
        self._read_to(source, version)

    def leave(self, source: str, version: int, data: Mapping[str, Any]) -> None:
        """Apply one `absent` event, likewise."""
        since, until = date.fromisoformat(data["from"]), date.fromisoformat(data["until"])
        one = Absence(person=data["person"], since=since, until=until)
        _keep(self._absences, (one.person, one.since), one, data)
        self._read_to(source, version)

    def choose(self, source: str, version: int, data: Mapping[str, Any]) -> None:
        """Apply one `channels_chosen` event, likewise."""
        _keep(self._wishes, data["person"], tuple(data["channels"]), data)
        self._read_to(source, version)

    def _read_to(self, source: str, version: int) -> None:
        self._versions[source] = version
        self._changed()

    def below(self, units: Iterable[str]) -> Mapping[str, str]:
        """Return these units and all below them, each with that of *units* that it is below.

        The lowest come first, those of one level by their id.
        """
        levels = [{one: one for one in sorted(set(units))}]
        found = {**levels[0]}
        while levels[0]:
            fresh = {
                one.id: found[one.parent]
                for one in self._units.values()
                if one.parent in levels[0] and one.parent is not None and one.id not in found
            }
            levels.insert(0, {one: fresh[one] for one in sorted(fresh)})
            found |= fresh
        return {one: above for level in levels for one, above in level.items()}

    def organisation(self, units: Iterable[str]) -> Organisation:
        """Return an extract: these units, those above them, and the posts in all of them."""
        wanted = frozenset(units)
        if wanted not in self._extracts:
            if len(self._extracts) >= _MOST_EXTRACTS:
                self._extracts.clear()
            self._extracts[wanted] = self._extract(wanted)
        return self._extracts[wanted]

    def _extract(self, units: Iterable[str]) -> Organisation:
        known: dict[str, Unit] = {}
        for one in units:
            at = self._units.get(one)
            while at is not None and at.id not in known:
                known[at.id] = at
                at = self._units.get(at.parent or "")
        posts = [post for one in known for post in self._posts.get(one, {}).values()]
        delegations = [each for one in known for each in self._handed_on.get(one, ())]
        people = {post.person for post in posts} | {one.deputy for one in delegations}
        return Organisation(
            known.values(),
            posts,
            self._vocabulary,
            delegations=delegations,
            absences=[each for one in people for each in self._away.get(one, ())],
            wishes={one: self._wishes[one] for one in people if one in self._wishes},
        )


def _delegation_key(one: Delegation) -> tuple[str, str, str, date]:
    return one.unit, one.person, one.deputy, one.since


def _keep(kept: dict[Any, Any], key: object, one: object, data: Mapping[str, Any]) -> None:
    if data.get("revoked"):
        kept.pop(key, None)
    else:
        kept[key] = one
