"""A person as they stand on the day of an act: the posts they hold, and what these let them do.

Who may fire a trigger of a case is asked of `case.acting`, which turns the parties of a scheme into
units; here a role has to be held there, on the day the act takes effect.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from services.workflow.domain.organisation import Delegation, Organisation, Post


@dataclass(frozen=True, slots=True)  # shared between requests
class Candidate:
    """A person as they stand on the day of the act."""

    person: str
    organisation: Organisation
    day: date
    by: Delegation | None = None  # asked about through a deputy: what was handed on, and no more

    @property
    def posts(self) -> tuple[Post, ...]:
        posts = self.organisation.posts_of_ever(self.person)
        return posts if self.by is None else tuple(one for one in posts if self.by.covers(one))

    @property
    def principals(self) -> tuple["Candidate", ...]:
        """Those whose deputy this person is on the day, each with what was handed on.

        Nobody hands on what is not theirs that day, nor what was handed to them.
        """
        if self.by is not None:
            return ()
        stood_for = (
            Candidate(one.person, self.organisation, self.day, one)
            for one in self.organisation.stands_in(self.person, self.day)
        )
        return tuple(one for one in stood_for if any(post.holds_on(self.day) for post in one.posts))

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
