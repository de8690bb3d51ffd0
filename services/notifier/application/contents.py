"""All that the notifier knows at one moment, as values: what a simulation begins from.

A change that is tried out is made here, and so seen by the very engine that would meet it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Protocol

from schemas.vocabulary import Vocabulary
from services.notifier.application.store_ports import (
    Issue,
    KeptText,
    Parked,
    SetAside,
    Store,
    Timer,
)
from services.notifier.domain.case import Case, end_answers
from services.notifier.domain.notice import Notice
from services.notifier.domain.organisation import (
    Absence,
    Delegation,
    Organisation,
    Post,
    Unit,
)
from services.notifier.domain.reading import Reading
from services.notifier.domain.turns import Turn, turns_of
from services.notifier.domain.urges import Urge


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """A text that is kept, and the version of its stream that published it last."""

    text: KeptText
    published: int | None = None  # None: nobody did


@dataclass(frozen=True, kw_only=True, slots=True)
class Contents:
    """The notifier's database, without what is over and done with."""

    readings: Mapping[str, Reading]  # by feed
    parked: Sequence[Parked] = ()
    set_aside: Sequence[SetAside] = ()
    cases: Sequence[Case] = ()
    versions: Mapping[str, int]  # of organisations, by source
    vocabularies: Mapping[str, Mapping[str, Any]]  # likewise, where one was told
    units: Sequence[Unit] = ()
    posts: Sequence[Post] = ()
    delegations: Sequence[Delegation] = ()
    absences: Sequence[Absence] = ()
    wishes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # channels, by person
    texts: Sequence[Kept] = ()
    issues: Sequence[Issue] = ()
    timers_set_by: Mapping[str, tuple[str, str]]
    timers: Sequence[Timer] = ()
    urges: Sequence[Urge] = ()  # not decided yet
    turns: Sequence[Turn] = ()
    # Of what can still speak: open ones, and all of cases on somebody's desk.
    notices: Sequence[Notice] = ()

    @property
    def vocabulary(self) -> Vocabulary | None:
        """The organisation's words; None: none were told, the default applies."""
        return next(map(Vocabulary.from_data, self.vocabularies.values()), None)

    def publishing(self, kind: str, id_: str, hash_: str, body: bytes) -> "Contents":
        """Return these, *body* the text of its kind that was published last.

        A policy is one for all cases.
        """
        version = 1 + max((one.published or 0 for one in self.texts), default=0)
        new = Kept(text=KeptText(hash=hash_, kind=kind, id=id_, body=body), published=version)
        texts = (*(one for one in self.texts if one.text.hash != hash_), new)
        if kind != "policy":
            return replace(self, texts=texts)
        issue = Issue(version=version, hash=hash_, position=0, moves=True)
        issues = (*(one for one in self.issues if one.version != version), issue)
        set_by = {scheme: by for scheme, by in self.timers_set_by.items() if scheme != id_}
        return replace(self, texts=texts, issues=issues, timers_set_by=set_by)

    def under(self, id_: str, hash_: str) -> "Contents":
        """Return these, every case of the scheme *id_* under its text *hash_*."""
        texts = (one.text for one in self.texts)
        of_it = {id_} | {one.hash for one in texts if (one.kind, one.id) == ("scheme", id_)}
        cases = [replace(one, scheme=hash_) if one.scheme in of_it else one for one in self.cases]
        return replace(self, cases=cases)

    def organised(
        self,
        units: Iterable[Mapping[str, Any]],
        posts: Iterable[Mapping[str, Any]],
        now: datetime,
    ) -> "Contents":
        """Return these with another organisation in the place of the one that is there *now*.

        What people answered ends with their posts in it, so timers are to be set anew; and whoever
        comes to a desk by it is told what lies there.
        """
        there = tuple(Unit(**one) for one in units)
        serving = tuple(_post(one) for one in posts)
        organisation = Organisation(
            there,
            serving,
            self.vocabulary,
            delegations=self.delegations,
            absences=self.absences,
        )
        cases = [
            end_answers(one, organisation) if one.desks and one.answers else one
            for one in self.cases
        ]
        changed = {*self.posts} ^ {*serving}
        turns = {turn for one in changed for turn in turns_of(one.unit, one.since, one.until, now)}
        return replace(
            self,
            units=there,
            posts=serving,
            cases=cases,
            timers_set_by={},
            turns=sorted({*self.turns, *turns}),
        )


NOTHING = Contents(readings={}, versions={}, vocabularies={}, timers_set_by={})


def _post(one: Mapping[str, Any]) -> Post:
    since, until = one["since"], one["until"]
    return Post(
        person=one["person"],
        unit=one["unit"],
        role=one["role"],
        since=date.fromisoformat(since),
        until=date.fromisoformat(until) if until else None,
    )


class Ahead(Store, Protocol):
    """A store that is run ahead in and thrown away."""

    def next_after(self, now: datetime) -> datetime | None:
        """Return the first instant after *now* at which anything falls due or is tried again."""
        ...

    def decided(self) -> list[Notice]:
        """Return what was decided in it, in no order."""
        ...
