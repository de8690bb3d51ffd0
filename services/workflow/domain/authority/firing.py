"""A person as they stand on the day of an act: the posts they hold, and what these let them do.

Who may fire a trigger of a case is asked of `case.acting`, which turns the parties of a scheme into
units; here a role has to be held there, on the day the act takes effect.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from services.workflow.domain.case.head import Holder
from services.workflow.domain.organisation import Delegation, Organisation, Post
from services.workflow.domain.organisation.parties import nearest_post


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
            for one in self.organisation.standing_in.by(self.person, self.day)
        )
        return tuple(one for one in stood_for if any(post.holds_on(self.day) for post in one.posts))

    @property
    def desks(self) -> tuple[tuple[str, str], ...]:
        """The (unit, role) at which this person sits on the day, or stands in by their own role."""
        roles = self.organisation.vocabulary.roles
        return tuple(
            dict.fromkeys(
                (post.unit, role)
                for post in self.posts
                if post.holds_on(self.day)
                for role in roles
                if self._serves(post.unit, post.role, (role,))
            )
        )

    def has_desk(self, holder: Holder, path: Sequence[str]) -> bool:
        """Tell whether a case on this *path* lies with the person.

        A desk of somebody's own goes to a deputy with the post by which it is theirs.
        """
        if holder.person is None:
            return not self.serves_not((holder.unit,), (holder.role,), path)
        return holder.person == self.person and self.was_handed(holder.unit, holder.role)

    def is_near(self, path: Sequence[str]) -> bool:
        """Tell whether who this person is to a case on *path*, by name and not by post, counts.

        For a deputy it does where the post of the other that is nearest was handed on.
        """
        if self.by is None:
            return True
        nearest = nearest_post(self.organisation, self.person, path, self.day)
        return nearest is not None and self.by.covers(nearest)

    def was_handed(self, unit: str, role: str) -> bool:
        """Tell whether a post of theirs counts: one's own, or one that was handed on."""
        return self.by is None or (unit == self.by.unit and role in self.by.roles)

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
