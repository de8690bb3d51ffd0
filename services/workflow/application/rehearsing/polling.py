"""Polls as they are rehearsed: nobody votes, and what is counted leads where it is wished to."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from schemas.tally import Result
from services.workflow.application.rehearsing.offering import Offer, Wishes, figure_of, grade_of
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.polling import covered_by
from services.workflow.domain.case.ranking import grading_of
from services.workflow.domain.case.shares import rounded_down, rounded_up
from services.workflow.domain.case.tallying import Tally
from services.workflow.domain.case.world import World
from services.workflow.domain.language.model.scores import Grading, Poll

_HASH = "0" * 64  # of tables that nobody keeps


def poll_for(case: Case, component: str, world: World) -> Poll | None:
    """Return the poll that gives *case* its figure; None: it comes from no poll."""
    whole = world.scheme.components[component]
    return world.scheme.polls.get(whole.of_tier(case.tier).poll)


def holders(case: Case, poll: Poll, world: World) -> Iterator[Case]:
    """Yield the open cases that hold *poll* about *case*."""
    for one in world.heads.cases.values():
        if one.kind == poll.held_by and one.is_open:
            covered = world.heads.linked(one, poll.covers)
            if any(each.stream == case.stream for each in covered):
                yield one


def counted(case: Case, poll: Poll, component: str, offer: Offer) -> Tally:
    """Return what *poll*, held by *case*, would come to if all voted for what *offer* wishes."""
    covered = covered_by(case, poll, offer.world)
    cases = [offer.world.heads.cases[one.stream] for one in covered]
    return Tally(
        poll=poll.name,
        link=poll.covers,
        covered=covered,
        told=_told(poll),
        results={
            one.case.stream: Result(
                exact=Fraction(figure_of(component, one)),
                votes=_votes(component, one),
                n_valid=1,
                n_blank=0,
            )
            for one in _offers(cases, component, offer)
        },
    )


def _offers(cases: Sequence[Case], component: str, offer: Offer) -> Iterator[Offer]:
    """Yield *offer* for its own case, and for each other one what quotas leave of the same."""
    tier = offer.case.tier or ""
    shares = {
        name: _shared_out(cases, offer, grading)
        for name, grading in offer.world.scheme.gradings.items()
        if component in (grading.of_tier(tier).of, *grading.of_tier(tier).weights)
    }
    for one in cases:
        if one.stream == offer.case.stream:
            yield offer
        else:
            grades = {name: given[one.stream] for name, given in shares.items()}
            yield replace(offer, case=one, wishes=Wishes(grades=grades))


def _shared_out(cases: Sequence[Case], offer: Offer, grading: Grading) -> dict[str, str]:
    """Return a grade for each case, by stream: that of *offer*, or what a quota asks of others."""
    world, own = offer.world, offer.case.stream
    given = {one.stream: grade_of(grading.name, offer) for one in cases}
    for quota in world.scheme.quotas.values():
        counted = grading_of(quota, world.scheme, offer.case.tier or "")
        if counted is None or counted.name != grading.name:
            continue
        inside = [one.name for one in counted.grades if one.name in quota.grades]
        outside = [one.name for one in counted.grades if one.name not in quota.grades]
        n = len(list(world.heads.sharing(offer.case, quota.among)))
        least = rounded_up(n, quota.at_least) if quota.at_least else 0
        most = rounded_down(n, quota.at_most) if quota.at_most else n
        for stream in sorted(given.keys() - {own}):
            n_having = sum(one in inside for one in given.values())
            if n_having < least and given[stream] in outside:
                given[stream] = inside[0]
            elif n_having > most and given[stream] in inside:
                given[stream] = outside[0]
    return given


def _votes(component: str, offer: Offer) -> dict[str, int]:
    for name, whole in offer.world.scheme.gradings.items():
        if whole.of_tier(offer.case.tier).of == component:
            return {grade_of(name, offer): 1}
    return {str(Decimal(100)): 1}


def _told(poll: Poll) -> dict[str, Any]:
    names = [one.name for one in poll.electorates]
    nothing = dict.fromkeys(("n_void", "n_spoilt", "n_returned", "n_not_returned", "n_paper"), 0)
    slips = {**nothing, "n_issued": 1, "n_phone": 1, "difference": 0}
    return {
        **dict.fromkeys(("counts", "rule", "codes"), _HASH),
        "n_codes": len(names),
        "groups": [{"electorates": names, "n_valid": len(names)}],
        "reconciliation": [{"electorate": name, **slips} for name in names],
    }
