"""Voting under one's own name, where the scheme says that a poll is not secret.

Who may is frozen when the poll opens; each votes once, for good, and not on themselves. Nobody's
deputy votes in their stead. What they said is counted when the poll is closed, and shown with the
count to who sees all that it came to.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.workflow.application.ballots.casting import Casting, Sheet
from services.workflow.application.ballots.polls import Polls
from services.workflow.application.ballots.ports import KeptPoll, Vote
from services.workflow.application.ballots.sight import Here
from services.workflow.application.ballots.times import require_open
from services.workflow.domain.authority import Actor, Verdict, authorise
from services.workflow.domain.ballots.sheet import Answer, Comment
from services.workflow.domain.refusals import Blocker, Conflict, NotAllowed


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnSheet:
    """What somebody is asked under their own name, and what they said if they have."""

    sheet: Sheet
    vote: Vote


class Voting:
    """Showing a sheet to who votes by name, and taking it."""

    def __init__(self, polls: Polls, casting: Casting) -> None:
        self._polls = polls
        self._casting = casting

    def sheet(self, actor: Actor, case_id: str, name: str) -> OwnSheet:
        """Return what *actor* is asked; it can be read again once they have voted.

        Raises:
            NotYours, NotAllowed: they have no vote there.
            Conflict: it is voted with slips, or nobody votes now.
        """
        kept, vote, here = self._asked(actor, case_id, name)
        if vote.answers is None:
            require_open(kept, here.case.state)
        return OwnSheet(sheet=self._casting.sheet_of(kept, vote.electorate), vote=vote)

    def cast(
        self,
        actor: Actor,
        case_id: str,
        name: str,
        answers: Sequence[Answer],
        comments: Sequence[Comment],
        *,
        trial: bool = False,
    ) -> None:
        """Take a sheet; whoever sends the same again is told that it is taken.

        *trial*: hold it against the rule alone.

        Raises:
            NotYours, NotAllowed, Conflict: as `sheet`; or they said something else before.
            Malformed: every fault of the sheet.
        """
        kept, vote, here = self._asked(actor, case_id, name)
        if vote.answers is None:
            require_open(kept, here.case.state)
            self._casting.require_sound(kept, answers, comments)
            if trial or self._polls.kept.roll.cast(kept, vote.person, answers, comments):
                return
            vote = self._polls.kept.roll.of_person(kept.id, vote.person) or vote
        if vote.answers is None:
            raise Conflict(Blocker(code="poll_closed"))
        if {*vote.answers} != {*answers}:
            raise Conflict(Blocker(code="voted_already"))

    def _asked(self, actor: Actor, case_id: str, name: str) -> tuple[KeptPoll, Vote, Here]:
        """Return the poll as *actor* is asked: about everybody but themselves."""
        here, kept, vote = self._theirs(actor, case_id, name)
        others = tuple(one for one in kept.covered if one.person != vote.person)
        if kept.covered and not others:
            raise Conflict(Blocker(code="poll_covers_nobody"))
        return replace(kept, covered=others), vote, here

    def _theirs(self, actor: Actor, case_id: str, name: str) -> tuple[Here, KeptPoll, Vote]:
        """Return a poll in which *actor* may vote, whether or not they see its case."""
        here = self._polls.sight.named(actor, case_id, name)
        kept = None if here.poll.secret else self._polls.found(here)
        roll = self._polls.kept.roll
        vote = None if kept is None else roll.of_person(kept.id, actor.person or "")
        verdict = _votes(actor, here, vote)
        if vote is not None and kept is not None and verdict.allowed:
            return here, kept, vote
        self._polls.sight.require(actor, case_id)
        if here.poll.secret:
            raise Conflict(Blocker(code="poll_by_slip"))
        if kept is None:
            raise Conflict(Blocker(code="poll_not_open"))
        require_open(kept, here.case.state)
        code = "not_an_elector" if verdict.reason == "no_post" else verdict.reason
        raise NotAllowed(Blocker(code=code))


def _votes(actor: Actor, here: Here, vote: Vote | None) -> Verdict:
    """Decide whether *actor* votes, who is among those that were frozen, whatever they see."""
    world = here.world
    return authorise(
        actor,
        "poll.cast",
        world.organisation,
        world.day(world.now),
        case=here.case,
        fires=lambda _: "no_post" if vote is None else "",
    )
