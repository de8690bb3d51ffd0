"""Closing a poll, the paper that two people count apart, and the tally that goes into the log.

Closing mixes: the urn becomes counts. The tally is a command like any other, written by the one
loop; before it the poll is held, so that nothing counted changes any more, and the canonical
counts, the rule and the used codes are kept beside the log, under their hashes. What is cut off in
between is told or settled by who sends the tally again.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from schemas.canonical import canonical_bytes
from schemas.tally import (
    Cell,
    Result,
    bytes_of_codes,
    grouped,
    hash_of,
    hash_of_codes,
    results,
    table,
    votes_table,
)
from services.workflow.application.asking import Circumstances
from services.workflow.application.ballots.polls import Polls, used_codes
from services.workflow.application.ballots.ports import BallotStore, KeptPoll, PaperCount
from services.workflow.application.ballots.sight import Here
from services.workflow.application.ballots.times import require_begun, require_secret
from services.workflow.application.firing.commands import Answer, TallyCommand
from services.workflow.application.ports import Document
from services.workflow.domain.authority import Actor
from services.workflow.domain.ballots.reconciling import (
    OnPaper,
    Papers,
    Slips,
    cells,
    is_remarkable,
    line,
    paper_blockers,
    paper_faults,
)
from services.workflow.domain.case.pool import tied_to
from services.workflow.domain.case.tallying import Tally
from services.workflow.domain.refusals import Blocker, Conflict, Invalid, Malformed, NotAllowed

# Kinds of document
COUNTS, RULE, CODES, VOTES = "poll_counts", "poll_rule", "poll_codes", "poll_votes"
_LEFT = ("codes", "counts", "rule", "votes", "reconciliation", "struck")  # of a poll once told


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """A closed poll as far as it is counted: always whether the slips add up."""

    reconciliation: Sequence[Mapping[str, Any]]
    blockers: tuple[Blocker, ...]  # why it cannot be told yet
    counted_by: tuple[str, ...]
    counts: Mapping[str, Any]
    results: Mapping[str, Result]
    entered: Mapping[str, Papers]  # what each counted on paper


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What a poll came to that is told."""

    results: Mapping[str, Result]  # by case
    votes: Sequence[tuple[str, str, Sequence[Sequence[str]]]]  # by name: electorate, who, answers


class Counting:
    """From a closed poll to its tally."""

    def __init__(
        self, polls: Polls, kept: BallotStore, fire: Callable[[TallyCommand], Answer]
    ) -> None:
        self._polls = polls
        self._kept = kept.polls
        self._slips = kept.slips
        self._roll = kept.roll
        self._urn = kept.urn
        self._counts = kept.counts
        self._fire = fire

    def close(self, actor: Actor, case_id: str, name: str, *, rehearsal: bool = False) -> KeptPoll:
        """Take no more ballots, and mix; what was closed stays so.

        Raises:
            NotYours, NotAllowed: not theirs to close. Conflict: it has not begun, or never will.
        """
        here = self._polls.sight.held(actor, case_id, name)
        kept = self._polls.found(here, rehearsal=rehearsal)
        if kept is None or kept.state not in ("sealed", "counted"):
            kept = require_begun(here.case, kept)
            self._urn.close(kept.id)
        self._urn.scrub()  # again, where it was cut off before
        return self._kept.poll(kept.id) or kept

    def to_count(self, actor: Actor, case_id: str, name: str) -> tuple[Here, KeptPoll]:
        """Return a poll of which *actor* may count the paper now.

        Raises:
            NotYours, NotAllowed: not theirs to count. Conflict: it is not closed, or all is told.
        """
        here = self._polls.sight.held(actor, case_id, name)
        kept = self._closed(here)
        require_secret(kept)
        return here, kept

    def count_paper(
        self, actor: Actor, case_id: str, name: str, papers: Papers, *, dry_run: bool = False
    ) -> list[str]:
        """Keep what *actor* counted on paper; return who has counted so far.

        With *dry_run* nothing is kept, and what would be refused is.

        Raises:
            NotYours, NotAllowed: not theirs to count.
            Conflict: it is not closed, or all is told; or two others have counted.
            NotAllowed: their deputy, or whose deputy they are, has counted.
            Malformed: a sheet that does not answer everything, or an unknown name.
        """
        here, kept = self.to_count(actor, case_id, name)
        faults = [*paper_faults(papers, [one.stream for one in kept.covered], kept.rule)]
        if faults:
            raise Malformed(*faults)
        person = actor.person or ""
        tied = tied_to(person, here.case, here.world)
        if dry_run:
            self._require_room(kept, person, tied)
        elif not self._counts.keep_paper(
            kept.id, PaperCount(person=person, body=_put(papers)), tied
        ):
            self._closed(self._polls.sight.held(actor, case_id, name))
            self._require_room(kept, person, tied)
            raise Conflict(Blocker(code="paper_counted_by_two"))  # and taken back since
        return self._counted_by(kept)

    def _counted_by(self, kept: KeptPoll) -> list[str]:
        return [one.person for one in self._counts.papers(kept.id)[kept.id]]

    def _require_room(self, kept: KeptPoll, person: str, tied: Collection[str]) -> None:
        """Refuse a third count, and that of whose deputy, or who as a deputy, has counted."""
        others = {*self._counted_by(kept)} - {person}
        if not others.isdisjoint(tied):
            other = next(one for one in sorted(others) if one in tied)
            raise NotAllowed(Blocker(code="counted_by_the_same", params={"person": other}))
        if len(others) > 1:
            raise Conflict(Blocker(code="paper_counted_by_two"))

    def standing(self, kept: KeptPoll) -> Standing:
        """Return how far a closed poll is counted."""
        return self.standings([kept], self._polls.sums(kept))[kept.id]

    def standings(
        self, closed: Sequence[KeptPoll], sums: Mapping[str, Sequence[Slips]]
    ) -> dict[str, Standing]:
        """Return how far closed polls are counted, by their ids, read once for all."""
        ids = [one.id for one in closed]
        papers = self._counts.papers(*ids) if ids else {}
        counts = self._urn.counts(*ids) if ids else {}
        return {
            one.id: self._standing(one, sums[one.id], papers[one.id], counts[one.id])
            for one in closed
        }

    def _standing(
        self,
        kept: KeptPoll,
        slips: Sequence[Slips],
        entered: Sequence[PaperCount],
        mixed: Sequence[Cell],
    ) -> Standing:
        counted = [_get(one.body) for one in entered]
        blockers = [*paper_blockers(counted, slips)]
        papers: Papers = counted[0] if len(counted) > 1 else {}
        order = [one["name"] for one in kept.rule["electorates"]]
        lines = [
            line(one, papers.get(one.electorate, OnPaper()) if papers else None)
            for one in sorted(slips, key=lambda one: order.index(one.electorate))
        ]
        n_valid = {
            one.electorate: one.n_phone + papers.get(one.electorate, OnPaper()).n_paper
            for one in slips
        }
        if not blockers:  # else nobody knows yet who is without ballots
            blockers += _without_ballots(n_valid, kept.rule)
        counts = table(grouped(n_valid, kept.rule), (*mixed, *cells(papers)))
        return Standing(
            reconciliation=lines,
            blockers=tuple(blockers),
            counted_by=tuple(one.person for one in entered),
            counts=counts,
            results=results(counts, kept.rule),
            entered={one.person: _get(one.body) for one in entered},
        )

    def told(self, kept: Iterable[KeptPoll]) -> dict[str, Told]:
        """Return what polls came to that are told, by their ids, read once for all.

        It is counted again from what lies beside the log.
        """
        # Of a poll that was told before that was kept with it nothing is.
        told = {one.id: one.told for one in kept if one.told and "counts" in one.told}
        beside = ("counts", "rule", "votes")
        hashes = {each[one] for each in told.values() for one in beside if one in each}
        bodies = self._counts.documents(hashes) if hashes else {}
        return {
            poll: Told(
                results=results(*(orjson.loads(bodies[each[one]]) for one in ("counts", "rule"))),
                votes=orjson.loads(bodies[each["votes"]])["votes"] if "votes" in each else (),
            )
            for poll, each in told.items()
        }

    def tally(
        self,
        by: Circumstances,
        case_id: str,
        name: str,
        reason: str | None,
        key: str,
        fingerprint: bytes,
    ) -> Answer:
        """Tell what was counted, to the log and to every case that was covered.

        Raises:
            NotYours, NotAllowed: not theirs to tell. Conflict: it is not closed.
            Invalid: it does not add up, or the paper is not counted by two.
        """
        here = self._polls.sight.held(by.actor, case_id, name)
        told = name in here.case.tallies
        kept = self._polls.found(here) if told else self._closed(here)
        if kept is None:
            raise Conflict(Blocker(code="poll_not_closed"))
        if not told:
            self._sound(kept, reason)
        held = self._counts.hold(kept.id)
        try:
            tally = self._told_before(here) if told else self._tally(here, kept, reason)
            answer = self._fire(
                TallyCommand(
                    case=here.case.stream,
                    trigger=name,
                    actor=by.actor,
                    reason=reason,
                    key=key,
                    fingerprint=fingerprint,
                    correlation=by.correlation,
                    tally=tally,
                )
            )
        except Invalid:
            if held:
                self._counts.release(kept.id)
            raise
        if answer.is_accepted:
            left: dict[str, Any] = {**(tally.told or self._account(kept))}
            left["struck"] = _struck(answer)
            self._counts.settle(kept.id, {one: left[one] for one in _LEFT if one in left})
        elif held:
            self._counts.release(kept.id)
        return answer

    def _told_before(self, here: Here) -> Tally:
        """Return a tally for who sends the same again: it is answered from the event."""
        return Tally(poll=here.poll.name, link=here.poll.covers, covered=(), told={}, results={})

    def _sound(self, kept: KeptPoll, reason: str | None) -> Standing:
        now = self.standing(kept)
        differs = next((one for one in now.reconciliation if one["difference"]), None)
        blockers = list(now.blockers)
        if differs is not None and not reason:
            params: dict[str, str | int] = {
                "electorate": differs["electorate"],
                "n": differs["difference"],
            }
            blockers.append(Blocker(code="slips_differ", field="reason", params=params))
        if blockers:
            raise Invalid(tuple(blockers))
        return now

    def _account(self, kept: KeptPoll) -> dict[str, Any]:
        """Return what a tally that was cut off has told: all is as it was."""
        now = self.standing(kept)
        return {name: hash_ for name, _, hash_, _ in self._beside(kept, now)} | {
            "reconciliation": list(now.reconciliation)
        }

    def _beside(self, kept: KeptPoll, now: Standing) -> Iterator[tuple[str, str, str, bytes]]:
        """Yield what is kept beside the log of a tally: member, kind, hash, and bytes."""
        codes = used_codes(self._slips.states(kept.id))
        yield "counts", COUNTS, hash_of(now.counts), canonical_bytes(now.counts)
        yield "rule", RULE, hash_of(kept.rule), canonical_bytes(kept.rule)
        yield "codes", CODES, hash_of_codes(codes), bytes_of_codes(codes)
        if not kept.is_secret:
            said = votes_table(
                (
                    vote.electorate,
                    vote.person,
                    [(one.about, one.question, one.value) for one in vote.answers],
                )
                for vote in self._roll.votes(kept.id)
                if vote.answers is not None
            )
            yield "votes", VOTES, hash_of(said), canonical_bytes(said)

    def _tally(self, here: Here, kept: KeptPoll, reason: str | None) -> Tally:
        now = self._sound(kept, reason)
        beside = [*self._beside(kept, now)]
        told: dict[str, Any] = {
            **{name: hash_ for name, _, hash_, _ in beside},
            "n_codes": sum(body.count(b"\n") for name, _, _, body in beside if name == "codes"),
            "groups": now.counts["groups"],
            "reconciliation": list(now.reconciliation),
        }
        if len(now.counted_by) > 1:
            told["counted_by"] = list(now.counted_by)
        empty = [
            one["electorate"] for one in now.reconciliation if not one["n_phone"] + one["n_paper"]
        ]
        if empty:
            told["without_ballots"] = empty
        self._urn.scrub()
        self._counts.keep_documents(
            [Document(hash=hash_, kind=kind, body=body) for _, kind, hash_, body in beside]
        )
        return Tally(
            poll=kept.name,
            link=here.poll.covers,
            covered=kept.covered,
            told=told,
            results=now.results,
            reason=reason if any(map(is_remarkable, now.reconciliation)) else None,
        )

    def _closed(self, here: Here) -> KeptPoll:
        kept = require_begun(here.case, self._polls.found(here))
        if kept.state != "sealed":
            raise Conflict(Blocker(code="poll_not_closed"))
        return kept


def _without_ballots(n_valid: Mapping[str, int], rule: Mapping[str, Any]) -> Iterator[Blocker]:
    if not any(n_valid.values()):
        yield Blocker(code="no_ballots")
    elif rule["without_ballots"] == "refuse":
        for name in (name for name, n in n_valid.items() if not n):
            yield Blocker(code="electorate_without_ballots", params={"electorate": name})


def _struck(answer: Answer) -> list[str]:
    """Return the cases that the event of a tally leaves out of what was counted."""
    told = orjson.loads(answer.event)["data"] if answer.event else {}
    return [one["case"] for one in told.get("struck", ())]


def _put(papers: Papers) -> dict[str, Any]:
    return {
        name: [
            one.n_paper,
            one.n_void,
            one.n_returned,
            one.n_not_returned,
            [[*cell, n] for cell, n in sorted(one.counts.items()) if n],
        ]
        for name, one in papers.items()
    }


def _get(body: Mapping[str, Any]) -> Papers:
    return {
        name: OnPaper(
            n_paper=n_paper,
            n_void=n_void,
            n_returned=n_returned,
            n_not_returned=n_not_returned,
            counts={(about, question, value): n for about, question, value, n in counts},
        )
        for name, (n_paper, n_void, n_returned, n_not_returned, counts) in body.items()
    }
