"""Cases by their figures, with places: of a round, a tier, a unit, or of what a meeting heard.

The one idea: a place is one among all, so it is told only to who sees every case that it is among.
The read model ranks and hands over a page. Of the cases that are alike in what it rests on who
learns of their figures, one is asked about: so a page costs its rows, not the round. The first of a
round tells quotas as well, for which the grades of the whole round are read, once for each quota.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from services.workflow.application.access import Access
from services.workflow.application.places import BadPlace
from services.workflow.application.reading_ports import Alike, ListQuery, Placed, RankQuery, Reads
from services.workflow.application.rulebook import Rulebook, Rules
from services.workflow.application.seeing import whole_extent
from services.workflow.domain.authority import Actor
from services.workflow.domain.authority.firing import Candidate
from services.workflow.domain.case.head import OPEN, Case, Link
from services.workflow.domain.case.parties import may_be_on_path
from services.workflow.domain.case.ranking import (
    Place,
    Ranked,
    Standing,
    counts,
    grading_of,
    ranked,
    ranked_of,
    standing,
)
from services.workflow.domain.case.sights import Unread
from services.workflow.domain.case.world import World
from services.workflow.domain.language.model.lives import Kind, Life
from services.workflow.domain.language.model.parties import Subject, UnitRule
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.scores import Component, Grading, Quota
from services.workflow.domain.refusals import Blocker, NotAllowed, NotYours

AT_ONCE = 5_000  # heads of one statement
MOST_QUOTAS = 200  # bodies whose quotas are told, those that are not met first


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """Which of all places are asked for: so many, after so many others or after a case."""

    first: int = 0  # beyond the last page: that one
    after: str | None = None
    limit: int = 100


FIRST, WHOLE = Stretch(), Stretch(limit=2**31 - 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """A quota, for one of the bodies among whose cases it holds."""

    quota: Quota
    unit: str
    standing: Standing


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranks:
    """A stretch of the places under one grading, and how far quotas are met."""

    scheme: Scheme
    kind: Kind
    tier: str
    grading: Grading
    page: Placed
    limits: Sequence[Limit] = ()  # with the first of them
    about: Case | None = None  # the case that these were ranked for, such as a meeting

    @property
    def places(self) -> Sequence[Place]:
        return self.page.places

    @property
    def has_more(self) -> bool:
        """Whether others come after these."""
        return self.page.first + len(self.page.places) < self.page.total

    def label(self, grade: str) -> str:
        """Return what a grade is called."""
        labels = {one.name: one.label or one.name for one in self.grading.grades}
        return labels.get(grade, grade)


class Ranking:
    """The use cases of who asks who stands where."""

    def __init__(self, *, access: Access, reads: Reads, rulebook: Rulebook) -> None:
        self._access = access
        self._reads = reads
        self._rulebook = rulebook

    def of_round(
        self,
        actor: Actor,
        cycle: str,
        *,
        kind: str = "",
        tier: str = "",
        unit: str = "",
        grading: str = "",
        stretch: Stretch = FIRST,
    ) -> Ranks:
        """Return places of a round's cases, or of those of a tier, or at and below a unit.

        Raises:
            NotYours: no such round or unit, or nothing in it is graded so.
            NotAllowed: they do not see all of these cases.
            BadPlace: what the stretch comes after is none of them.
        """
        self._access.require(actor, "case.list")
        rules = self._rulebook.of(cycle)
        scheme = rules.scheme
        graded, by = _graded_kind(scheme, kind, tier), _grading(scheme, grading, tier)
        if graded is None or by is None:
            raise NotYours(cycle)
        asked = ListQuery(
            cycle=cycle, kind=graded.name, tier=tier or None, unit=unit or None, limit=AT_ONCE
        )
        n_whole = self._reads.count_cases(asked)
        seen = replace(asked, **self._access.seen_in_lists(actor, self._reads.cycles()))
        lives = [life for life in graded.lives if tier in ("", life.tier)]
        # Who sees all of nothing learns nothing of a round that is not theirs.
        if not self._sees_all(actor, seen, n_whole, by, _left_to_some(scheme, by), lives) or not (
            n_whole or self._access.may_read(actor, rules.cycle)
        ):
            raise self._not_whole(actor, rules)
        if unit and not n_whole and self._access.directory.current().unit(unit) is None:
            raise NotYours(cycle)
        wanted = RankQuery(
            cases=seen,
            grading=by.name,
            order=tuple(one.name for one in by.grades),
            counting=tuple((life.tier, _counting(life)) for life in lives),
            first=stretch.first,
            after=stretch.after,
            limit=stretch.limit,
        )
        page, limits = self._page(wanted), list[Limit]()
        if not (tier or unit or page.first):
            limits = [*self._limits(wanted, scheme)][:MOST_QUOTAS]
        return Ranks(scheme=scheme, kind=graded, tier=tier, grading=by, page=page, limits=limits)

    def _sees_all(
        self,
        actor: Actor,
        seen: ListQuery,
        n_whole: int,
        grading: Grading,
        left: Sequence[Component],
        lives: Sequence[Life],
    ) -> bool:
        """Tell whether *actor* sees *n_whole* cases by *seen*, and the figures of each."""
        if not left or actor.person is None:
            return self._reads.count_cases(seen) >= n_whole
        candidate = Candidate(actor.person, self._access.asked_about, self._access.today())
        parties = _parties(left, lives, candidate)
        if parties is None or candidate.principals:
            return self._sees_each(actor, seen, n_whole, grading)
        units = tuple(dict.fromkeys(post.unit for post in candidate.posts))
        alike = Alike(person=actor.person, units=units, parties=parties)
        sorts = self._reads.one_of_each(seen, alike)
        if sum(n for _, n in sorts) < n_whole:
            return False
        shown_from = {one.until for one in left if one.until}
        by_history = False
        for cases in pages_of(self._reads, replace(seen, ids=tuple(one for one, _ in sorts))):
            world = self._access.alone(*cases)
            for case in cases:
                if hides_figures(actor, case, grading, world):
                    return False
                # What another of the sort has been through may be less.
                if not shown_from.isdisjoint(case.reached):
                    anew = replace(case, reached={})
                    by_history = by_history or hides_figures(actor, anew, grading, world)
        return not by_history or self._sees_each(actor, seen, n_whole, grading)

    def _sees_each(self, actor: Actor, seen: ListQuery, n_whole: int, grading: Grading) -> bool:
        """Tell the same by asking about every case."""
        n_seen = 0
        for cases in pages_of(self._reads, seen):
            world = self._access.alone(*cases)
            if any(hides_figures(actor, case, grading, world) for case in cases):
                return False
            n_seen += len(cases)
        return n_seen >= n_whole

    def _page(self, wanted: RankQuery) -> Placed:
        found = self._reads.places(wanted)
        if found.places or not (wanted.first or wanted.after):
            return found
        whole = self._reads.places(replace(wanted, first=0, after=None, limit=1))
        if wanted.after is None:
            return self._reads.places(replace(wanted, first=_last_page(whole.total, wanted.limit)))
        last = replace(wanted.cases, ids=(wanted.after,))
        if not self._reads.places(replace(wanted, cases=last, first=0, after=None, limit=1)).total:
            raise BadPlace  # it is among them no more: what came after it nobody can tell
        return replace(whole, places=(), first=whole.total)

    def _limits(self, wanted: RankQuery, scheme: Scheme) -> Iterable[Limit]:
        found = list[Limit]()
        for quota in scheme.quotas.values():
            by, by_body = grading_of(quota, scheme, ""), dict[str, list[Ranked]]()
            if by is not None:
                for unit, one in self._reads.graded(replace(wanted, grading=by.name), quota.among):
                    by_body.setdefault(unit, []).append(one)
            found += (
                Limit(quota=quota, unit=unit, standing=standing(cases, quota, by))
                for unit, cases in by_body.items()
            )
        return sorted(found, key=lambda one: (not one.standing.next, one.quota.name, one.unit))

    def of_case(
        self, actor: Actor, case_id: str, grading: str = "", stretch: Stretch = FIRST
    ) -> Ranks:
        """Return places of the cases that a case, such as a meeting, is about.

        Raises:
            NotYours: no such case, or not theirs, or it is about no others that are graded.
            NotAllowed: they do not see all of these cases.
            BadPlace: what the stretch comes after is none of them.
        """
        case = self._access.case(actor, case_id).case
        rules = self._rulebook.of(case.cycle)
        link = covered_by(case, rules.scheme)
        graded = _graded_kind(rules.scheme, link.kind, "") if link else None
        by = _grading(rules.scheme, grading, "")
        if link is None or graded is None or by is None:
            raise NotYours(case_id)
        heard = list[Ranked]()
        for one, extent in self._access.led_to(actor, case, link.name):
            if extent is None or by.name in extent.gradings:
                raise self._not_whole(actor, rules)
            if counts(one):
                heard.append(ranked_of(one, by.name))
        page = _cut(ranked(heard, [one.name for one in by.grades]), stretch)
        return Ranks(scheme=rules.scheme, kind=graded, tier="", grading=by, page=page, about=case)

    def _not_whole(self, actor: Actor, rules: Rules) -> NotAllowed | NotYours:
        """Return the refusal; who may not read of the round at all learns nothing of it."""
        if not self._access.may_read(actor, rules.cycle):
            return NotYours(rules.cycle.id)
        return NotAllowed(Blocker(code="ranking_not_whole"))


def _last_page(total: int, limit: int) -> int:
    return max(0, total - 1) // limit * limit


def _cut(places: Sequence[Place], stretch: Stretch) -> Placed:
    first = min(stretch.first, _last_page(len(places), stretch.limit))
    if stretch.after is not None:
        ids = [one.case.id for one in places]
        if stretch.after not in ids:
            raise BadPlace
        first = ids.index(stretch.after) + 1
    return Placed(
        places=tuple(places[first : first + stretch.limit]),
        first=first,
        total=len(places),
        n_graded=sum(one.place is not None for one in places),
    )


def _counting(life: Life) -> tuple[str, ...]:
    """Return the states of the cases that are compared, as `counts` tells it of each."""
    ends = (OPEN, None, "completed")
    return tuple(one.name for one in life.states.values() if one.final in ends)


def _left_to_some(scheme: Scheme, grading: Grading) -> list[Component]:
    """Return what *grading* is made of that not everybody sees who sees a case."""
    made_of = {grading.of, *grading.weights}
    whole = (one for name, one in scheme.components.items() if name in made_of)
    return [one for one in whole if one.is_left_to_some]


def _parties(
    left: Sequence[Component], lives: Sequence[Life], candidate: Candidate
) -> tuple[tuple[str, tuple[str, ...]], ...] | None:
    """Return the units on which it rests who learns of figures; None: on more than units.

    Each with those of the candidate's that a case which does not name it may have on its path. Of
    whom a case is about it is asked apart.
    """
    found = dict[str, set[str]]()
    for life in lives:
        for grant in (each for one in left for each in one.of_tier(life.tier).seen_by):
            rule = life.parties.get(grant.party)
            if isinstance(rule, UnitRule):
                found.setdefault(grant.party, set()).update(_near(rule, candidate))
            elif not isinstance(rule, Subject):
                return None
    return tuple((party, tuple(sorted(near))) for party, near in found.items())


def _near(rule: UnitRule, candidate: Candidate) -> Iterator[str]:
    units = candidate.organisation.units
    for post in candidate.posts:
        unit = units.get(post.unit)
        if unit is not None and may_be_on_path(rule, unit.kind):
            yield post.unit


def pages_of(reads: Reads, query: ListQuery) -> Iterator[Sequence[Case]]:
    """Yield all cases of *query*, as many at once as it says; none is an empty page."""
    page = reads.list_cases(query)
    while page.cases:
        yield page.cases
        if page.next is None:
            return
        page = reads.list_cases(replace(query, after=page.next))


def hides_figures(actor: Actor, case: Case, grading: Grading, world: World) -> bool:
    """Tell whether a scheme leaves the figures of *case* to others than *actor*."""
    if not _left_to_some(world.scheme, grading):
        return False
    with suppress(Unread):
        extent = whole_extent(actor, case, world)
        return extent is None or grading.name in extent.gradings
    return True


def covered_by(case: Case, scheme: Scheme) -> Link | None:
    """Return the link to what *case* is about: what its poll covers, or its agenda."""
    polls = (one.covers for one in scheme.polls.values() if one.held_by == case.kind)
    agendas = (one.agenda.link for one in scheme.rosters.values() if one.agenda is not None)
    found = (case.link(name) for name in (*polls, *agendas))
    return next((one for one in found if one is not None), None)


def graded_tiers(scheme: Scheme) -> list[str]:
    """Return the tiers of which there are places: their cases are given figures or grades."""
    return [
        life.tier
        for _, life in scheme.lives()
        if _graded_kind(scheme, "", life.tier) and _grading(scheme, "", life.tier)
    ]


def _graded_kind(scheme: Scheme, name: str, tier: str) -> Kind | None:
    """Return the kind of that name, if its cases are graded; "": the first that is."""
    return next(
        (
            kind
            for kind in scheme.kinds.values()
            if name in ("", kind.name)
            and any(_is_graded(life) for life in kind.lives if tier in ("", life.tier))
        ),
        None,
    )


def _is_graded(life: Life) -> bool:
    taken = (take.what for one in life.triggers.values() for take in (*one.takes, *one.corrects))
    return not {"component", "grade"}.isdisjoint(taken)


def _grading(scheme: Scheme, name: str, tier: str) -> Grading | None:
    whole = scheme.gradings.get(name or next(iter(scheme.gradings), ""))
    return None if whole is None else whole.of_tier(tier)
