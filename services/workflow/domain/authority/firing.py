"""Who may fire a trigger on a case.

A scheme grants a trigger to parties (the person appraised, the auditing body, …) in named roles;
here a party becomes a unit of this case, and a role has to be held there on the day the act takes
effect. What a scheme cannot grant away: nobody audits or decides their own case, and where it asks
for four eyes, not who submitted.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from services.workflow.domain.authority.actor import REASONS
from services.workflow.domain.organisation import Organisation, Post
from services.workflow.domain.review import Review
from services.workflow.domain.scheme.model import APPRAISED_ROLES

PERSONAL = frozenset({"appraised", "submitter"})  # parties that are a person, not a body
PARTIES = PERSONAL | {
    "auditing_body",
    "passing_body",
    "hearing_body",
    "organ_committee",
    "work_committee",
}


class Grant(Protocol):
    """One line of a scheme's "who may fire": a party, in any one of these roles."""

    @property
    def party(self) -> str: ...
    @property
    def roles(self) -> Sequence[str]: ...


class Permission(Protocol):
    """What of a scheme's transition the decision needs."""

    @property
    def sources(self) -> Collection[str]: ...
    @property
    def grants(self) -> Sequence[Grant]: ...
    @property
    def four_eyes(self) -> bool: ...


@dataclass(frozen=True, slots=True)  # shared between requests
class Candidate:
    """A person as they stand on the day of the act."""

    person: str
    organisation: Organisation
    day: date

    @property
    def posts(self) -> tuple[Post, ...]:
        return self.organisation.posts_of_ever(self.person)

    def serves_as(self, post: Post, roles: Collection[str]) -> bool:
        """Tell whether *post* gives one of *roles* on the day.

        Who stands in for another role serves, in both, only while nobody holds that one.
        """
        return post.holds_on(self.day) and self._serves(post.unit, post.role, roles)

    def _serves(self, unit: str, role: str, roles: Collection[str]) -> bool:
        principals = self.organisation.vocabulary.principals(role)
        if not principals:
            return role in roles
        return any(
            role in roles or self._serves(unit, principal, roles)
            for principal in principals
            if not self.organisation.holders(unit, principal, self.day)
        )

    def lacks(self, bodies: Collection[str], roles: Collection[str], path: Sequence[str]) -> str:
        """Return "" if the person may act in one of *roles* at one of *bodies*, else why not.

        What a scheme grants to a role is bounded by what the organisation lets it do.
        """
        able = self.organisation.vocabulary.having("act").intersection(roles)
        return self.serves_not(bodies, able, path)

    def serves_not(
        self, bodies: Collection[str], roles: Collection[str], path: Sequence[str]
    ) -> str:
        """Return "" if the person serves in one of *roles* at one of *bodies*, else why not."""
        means = self.organisation.vocabulary.means
        there = [post for post in self.posts if post.unit in bodies and means(post.role, roles)]
        if any(self.serves_as(post, roles) for post in there):
            return ""
        if any(not post.holds_on(self.day) for post in there):
            return "post_expired"
        elsewhere = [post for post in self.posts if self.serves_as(post, roles)]
        if any(post.unit in path for post in elsewhere):
            return "wrong_tier"
        return "other_tree" if elsewhere else "no_post"


def why_not_fire(candidate: Candidate, review: Review, transition: Permission) -> str:
    """Return "" if the candidate may fire *transition* on *review*, else why not."""
    grants: Sequence[Grant] = transition.grants
    if candidate.person == review.person:
        # On their own case a person has their own part alone, whatever posts they hold above it.
        grants = [grant for grant in grants if grant.party in PERSONAL]
        if not grants:
            return "own_case"
    if transition.four_eyes and candidate.person == review.submitted_by:
        return "four_eyes"
    shortfalls = [_shortfall(candidate, review, transition, grant) for grant in grants]
    if "" in shortfalls:
        return ""
    return min(shortfalls, key=REASONS.index, default="no_post")


def who_may(
    review: Review, transition: Permission, organisation: Organisation
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the units, with the roles in each, of those who may fire *transition*."""
    found: dict[tuple[str, tuple[str, ...]], None] = {}
    for grant in transition.grants:
        personal = grant.party in PERSONAL
        bodies = (
            (review.unit,) if personal else _bodies(grant.party, review, transition, organisation)
        )
        found |= dict.fromkeys((body, tuple(grant.roles or APPRAISED_ROLES)) for body in bodies)
    return tuple(found)


def _shortfall(candidate: Candidate, review: Review, transition: Permission, grant: Grant) -> str:
    roles = grant.roles or APPRAISED_ROLES
    if grant.party == "appraised":
        return _not_appraised(candidate, review, roles)
    if grant.party == "submitter":
        # Before anything was submitted the one who would is asked, so that they are told the true
        # reason, the state, instead of being told that they are somebody else.
        if candidate.person != (review.submitted_by or review.person):
            return "not_submitter"
        return candidate.lacks((review.unit,), roles, review.path)
    bodies = tuple(_bodies(grant.party, review, transition, candidate.organisation))
    return candidate.lacks(bodies, grant.roles, review.path)


def _not_appraised(candidate: Candidate, review: Review, roles: Collection[str]) -> str:
    why = candidate.lacks((review.unit,), roles, review.path)
    if why or candidate.person == review.person:
        return why
    # Somebody else writes in their stead only by standing in, which `lacks` lets nobody do beside
    # a holder.
    words = candidate.organisation.vocabulary
    acting = any(
        post.unit == review.unit
        and post.holds_on(candidate.day)
        and words.principals(post.role)
        and words.means(post.role, roles)
        for post in candidate.posts
    )
    return "" if acting else "no_post"


def _bodies(
    party: str, review: Review, transition: Permission, organisation: Organisation
) -> Iterator[str]:
    if party == "auditing_body":
        here = [audit.body for audit in review.audits if audit.stage in transition.sources]
        # A case without that stage: its other auditors are told "wrong state", not "not yours".
        yield from here or (audit.body for audit in review.audits)
    elif party == "passing_body":
        yield from (audit.body for audit in review.audits[-1:])  # only the last audit clears
    elif party == "hearing_body":
        yield review.hearing_body
    elif party in ("organ_committee", "work_committee"):
        yield from nearest(party, review.path, organisation)


def nearest(kind: str, path: Sequence[str], organisation: Organisation) -> tuple[str, ...]:
    """Return the last unit of *kind* on *path*; nothing where there is none."""
    for unit_id in reversed(path):
        unit = organisation.unit(unit_id)
        if unit is not None and unit.kind == kind:
            return (unit_id,)
    return ()
