"""Polls as they are rehearsed: nobody votes, and what is counted leads where it is wished to."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

from schemas.tally import Result
from services.workflow.application.rehearsing.offering import Offer, figure_of, grade_of
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.polling import covered_by
from services.workflow.domain.case.tallying import Tally
from services.workflow.domain.case.world import World
from services.workflow.domain.language.model.scores import Poll

_HASH = "0" * 64  # of tables that nobody keeps


def poll_for(case: Case, component: str, world: World) -> Poll | None:
    """Return the poll that gives *case* its figure; None: it comes from no poll."""
    whole = world.scheme.components[component]
    return world.scheme.polls.get(whole.of_tier(case.tier or "").poll)


def holders(case: Case, poll: Poll, world: World) -> Iterator[Case]:
    """Yield the open cases that hold *poll* about *case*."""
    for one in world.heads.cases.values():
        if one.kind == poll.held_by and one.is_open:
            covered = world.heads.linked(one, poll.covers)
            if any(each.stream == case.stream for each in covered):
                yield one


def counted(case: Case, poll: Poll, component: str, offer: Offer) -> Tally:
    """Return what *poll*, held by *case*, would come to if all voted for what *offer* wishes."""
    figure, votes = figure_of(component, offer), _votes(component, offer)
    result = Result(exact=Fraction(figure), votes=votes, n_valid=1, n_blank=0)
    covered = covered_by(case, poll, offer.world)
    return Tally(
        poll=poll.name,
        link=poll.covers,
        covered=covered,
        told=_told(poll),
        results={one.stream: result for one in covered},
    )


def _votes(component: str, offer: Offer) -> dict[str, int]:
    for name, whole in offer.world.scheme.gradings.items():
        if whole.of_tier(offer.case.tier or "").of == component:
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
