"""Cases by their figures, with places: of a round, a tier, a unit, or of what a meeting heard.

The one idea: a place is one among all, so it is told only to who sees every case that it is among.
Heads are read a few thousand at a time, and of each no more is kept than its place rests on: the
number of statements grows with none of the cases.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from services.workflow.application.access import Access
from services.workflow.application.reading_ports import ListQuery, Reads
from services.workflow.application.rulebook import Rulebook, Rules
from services.workflow.application.seeing import whole_extent
from services.workflow.domain.authority import Actor
from services.workflow.domain.case.head import Case, Link
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
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.scores import Grading, Quota
from services.workflow.domain.refusals import Blocker, NotAllowed, NotYours

AT_ONCE = 5_000  # heads of one statement
MOST_QUOTAS = 200  # bodies whose quotas are told, those that are not met first


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """A quota, for one of the bodies among whose cases it holds."""

    quota: Quota
    unit: str
    standing: Standing


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranks:
    """The places under one grading, and how far quotas are met."""

    scheme: Scheme
    kind: Kind
    tier: str
    grading: Grading
    places: Sequence[Place]
    limits: Sequence[Limit]
    about: Case | None = None  # the case that these were ranked for, such as a meeting

    def label(self, grade: str) -> str:
        """Return what a grade is called."""
        labels = {one.name: one.label or one.name for one in self.grading.grades}
        return labels.get(grade, grade)


@dataclass(kw_only=True, slots=True)
class _Group:
    """The cases among which places are given, and those that each quota counts, by body."""

    grading: Grading
    quotas: Sequence[Quota]
    cases: list[Ranked] = field(default_factory=list)
    by_body: dict[tuple[str, str], list[Ranked]] = field(default_factory=dict)

    def add(self, case: Case) -> None:
        self.cases.append(ranked_of(case, self.grading.name))
        for one in self.quotas:
            unit = case.parties.get(one.among, case.unit)
            self.by_body.setdefault((one.name, unit), []).append(ranked_of(case, one.grading))


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
    ) -> Ranks:
        """Return the places of a round's cases, or of those of a tier, or at and below a unit.

        Raises:
            NotYours: no such round or unit, or nothing in it is graded so.
            NotAllowed: they do not see all of these cases.
        """
        self._access.require(actor, "case.list")
        rules = self._rulebook.of(cycle)
        graded = _graded_kind(rules.scheme, kind, tier)
        group = _group(rules.scheme, grading, tier, () if tier or unit else None)
        if graded is None or group is None:
            raise NotYours(cycle)
        asked = ListQuery(
            cycle=cycle, kind=graded.name, tier=tier or None, unit=unit or None, limit=AT_ONCE
        )
        n_whole, n_seen = self._reads.count_cases(asked), 0
        narrowed = self._access.seen_in_lists(actor, self._reads.cycles())
        for cases in pages_of(self._reads, replace(asked, **narrowed)):
            world = self._access.alone(*cases)
            if any(hides_figures(actor, case, group.grading, world) for case in cases):
                break
            n_seen += len(cases)
            for case in filter(counts, cases):
                group.add(case)
        # Who sees all of nothing learns nothing of a round that is not theirs.
        if n_seen < n_whole or not (n_whole or self._access.may_read(actor, rules.cycle)):
            raise self._not_whole(actor, rules)
        if unit and not n_whole and self._access.directory.current().unit(unit) is None:
            raise NotYours(cycle)
        return _ranks(rules.scheme, graded, tier, group)

    def of_case(self, actor: Actor, case_id: str, grading: str = "") -> Ranks:
        """Return the places of the cases that a case, such as a meeting, is about.

        Raises:
            NotYours: no such case, or not theirs, or it is about no others that are graded.
            NotAllowed: they do not see all of these cases.
        """
        case = self._access.case(actor, case_id).case
        rules = self._rulebook.of(case.cycle)
        link = covered_by(case, rules.scheme)
        graded = _graded_kind(rules.scheme, link.kind, "") if link else None
        group = _group(rules.scheme, grading, "", None)
        if link is None or graded is None or group is None:
            raise NotYours(case_id)
        for one, extent in self._access.led_to(actor, case, link.name):
            if extent is None or group.grading.name in extent.gradings:
                raise self._not_whole(actor, rules)
            if counts(one):
                group.add(one)
        return replace(_ranks(rules.scheme, graded, "", group), about=case)

    def _not_whole(self, actor: Actor, rules: Rules) -> NotAllowed | NotYours:
        """Return the refusal; who may not read of the round at all learns nothing of it."""
        if not self._access.may_read(actor, rules.cycle):
            return NotYours(rules.cycle.id)
        return NotAllowed(Blocker(code="ranking_not_whole"))


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
    components = world.scheme.components
    made_of = {grading.of, *grading.weights} & components.keys()
    if not any(components[one].is_left_to_some for one in made_of):
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


def _group(
    scheme: Scheme, grading: str, tier: str, quotas: Sequence[Quota] | None
) -> _Group | None:
    whole = scheme.gradings.get(grading or next(iter(scheme.gradings), ""))
    if whole is None:
        return None
    counted = tuple(scheme.quotas.values()) if quotas is None else quotas
    return _Group(grading=whole.of_tier(tier), quotas=counted)


def _ranks(scheme: Scheme, kind: Kind, tier: str, group: _Group) -> Ranks:
    order = [one.name for one in group.grading.grades]
    return Ranks(
        scheme=scheme,
        kind=kind,
        tier=tier,
        grading=group.grading,
        places=ranked(group.cases, order),
        limits=list(_limits(scheme, tier, group.by_body))[:MOST_QUOTAS],
    )


def _limits(
    scheme: Scheme, tier: str, by_body: Mapping[tuple[str, str], Sequence[Ranked]]
) -> Iterable[Limit]:
    found = [
        Limit(quota=quota, unit=unit, standing=standing(cases, quota, of))
        for (name, unit), cases in by_body.items()
        for quota in (scheme.quotas[name],)
        for of in (grading_of(quota, scheme, tier),)
    ]
    return sorted(found, key=lambda one: not one.standing.next)
