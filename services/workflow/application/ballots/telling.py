"""Polls and sheets as they are told, by the API and the pages alike: nothing before its time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.tally import Result
from services.workflow.application.ballots.casting import Sheet
from services.workflow.application.ballots.counting import Counting, Standing, Told
from services.workflow.application.ballots.polls import OfPoll, Polls
from services.workflow.application.ballots.ports import KeptPoll
from services.workflow.application.ballots.sight import Here
from services.workflow.application.ballots.voting import OwnSheet
from services.workflow.domain.ballots.reconciling import Papers, Slips
from services.workflow.domain.ballots.sheet import best_first, most_of
from services.workflow.domain.case.polling import counters, counts_apart
from services.workflow.domain.language.model.scores import Poll, Range


@dataclass(frozen=True, slots=True)
class _Counted:
    """What was counted of polls, by their ids."""

    sums: Mapping[str, Sequence[Slips]]  # of those whose slips are there yet
    standings: Mapping[str, Standing]  # of those that are closed
    told: Mapping[str, Told]


def told_polls(all_: Sequence[OfPoll], polls: Polls, counting: Counting) -> list[dict[str, Any]]:
    """Return polls of a case: how many slips there are; how many came back, once it is closed."""
    kept = [one for each in all_ for one in (each.kept, each.rehearsal) if one is not None]
    sums = polls.sums(*(one for one in kept if one.told is None or one.state == "sealed"))
    standings = counting.standings([one for one in kept if one.state == "sealed"], sums)
    counted = _Counted(sums, standings, counting.told(kept))
    return [_told_poll(one, polls, counted) for one in all_]


def _told_poll(of_poll: OfPoll, polls: Polls, counted: _Counted) -> dict[str, Any]:
    here, kept, rehearsal = of_poll.here, of_poll.kept, of_poll.rehearsal
    vote = None
    if kept is not None and not kept.is_secret:
        vote = polls.kept.roll.of_person(kept.id, here.person or "")
    # Who holds a poll has to know before it is handed out whether paper could be counted.
    people = counters(here.case, here.poll, here.world) if here.holds else ()
    told: dict[str, Any] = {
        "name": here.poll.name,
        "label": here.poll.label,
        "holds": here.holds,
        "counters": list(people),
        "counts_apart": counts_apart(people, here.case, here.world),
        "secret": here.poll.secret,
        "yours": vote is not None,
        "voted": vote is not None and vote.answers is not None,
        "state": "waiting" if kept is None else kept.state,
        **_told_kept(here, kept, polls, counted),
        "rehearsal": None,
    }
    if rehearsal is not None:
        told["rehearsal"] = {
            "state": rehearsal.state,
            **_told_kept(here, rehearsal, polls, counted),
        }
    return told


def _told_kept(
    here: Here, kept: KeptPoll | None, polls: Polls, counted: _Counted
) -> dict[str, Any]:
    labels = {one.name: one.label or one.name for one in here.poll.electorates}
    told: dict[str, Any] = {
        "id": None,
        "n_covered": 0,
        "electorates": [_told_box(name, label, 0, None) for name, label in labels.items()],
        "reconciliation": None,
        "counted_by": None,
        "blockers": None,
        "results": None,
        "votes": None,
        "comments": None,
        "struck": [],
        "own_count": None,
    }
    if kept is None:
        return told
    issued = {one.electorate: one.n_issued for one in counted.sums.get(kept.id, ())}
    if kept.told is not None:  # the slips are gone, where they were is left
        told["reconciliation"] = kept.told["reconciliation"]
        issued = {one["electorate"]: one["n_issued"] for one in kept.told["reconciliation"]}
        if not kept.rehearsal:
            told |= _told_count(kept, here, counted.told.get(kept.id))
    told["id"] = kept.id
    told["n_covered"] = len(kept.covered)
    told["electorates"] = [
        _told_box(one.name, labels.get(one.name, one.name), issued[one.name], one.n_eligible)
        for one in kept.electorates
    ]
    if kept.state in ("sealed", "counted") and kept.rule.get("comments"):
        told["comments"] = [
            {"about": one.about, "text": one.text}
            for one in polls.kept.urn.comments(kept.id).values()
        ]
    if kept.state == "sealed":  # how many came, and nothing of what they said
        now = counted.standings[kept.id]
        told["reconciliation"] = list(now.reconciliation)
        told["counted_by"] = list(now.counted_by)
        told["blockers"] = now.blockers
        own = now.entered.get(here.person or "")
        told["own_count"] = None if own is None else told_papers(own)
        if kept.rehearsal:
            told["results"] = _told_results(now.results, kept)
    return told


def _told_count(kept: KeptPoll, here: Here, counted: Told | None) -> dict[str, Any]:
    """Return what a poll that is told came to, of the cases whose results are theirs to see.

    Who said what under their own name is told to who sees all of it.
    """
    results = counted.results if counted else {}
    shown = {about: one for about, one in results.items() if about in here.sees}
    told: dict[str, Any] = {"results": None, "votes": None, "struck": []}
    # Their counts stay in the table that is hashed; beside those that count they would count, too.
    struck = frozenset((kept.told or {}).get("struck", ()))
    told["struck"] = [one.stream for one in kept.covered if one.stream in struck & here.sees]
    shown = {about: one for about, one in shown.items() if about not in struck}
    if shown:
        told["results"] = _told_results(shown, kept)
    if counted and not kept.is_secret and all(one.stream in here.sees for one in kept.covered):
        told["votes"] = [
            {"electorate": electorate, "person": person, "sheet": told_answers(sheet)}
            for electorate, person, sheet in counted.votes
        ]
    return told


def _told_results(results: Mapping[str, Result], kept: KeptPoll) -> dict[str, dict[str, Any]]:
    """Return results in the order of the sheet, by which people look for a name."""
    nth = {one.stream: n for n, one in enumerate(kept.covered)}
    order = sorted(results, key=lambda about: nth.get(about, len(nth)))
    return {about: _told_result(results[about], kept.rule.get("points")) for about in order}


def told_papers(papers: Papers) -> dict[str, dict[str, Any]]:
    """Return what somebody counted on paper, as it is sent."""
    return {
        name: {
            "n_paper": paper.n_paper,
            "n_void": paper.n_void,
            "n_returned": paper.n_returned,
            "n_not_returned": paper.n_not_returned,
            "counts": [
                {"about": about, "question": question, "value": value, "n": n}
                for (about, question, value), n in paper.counts.items()
                if n
            ],
        }
        for name, paper in papers.items()
    }


def told_answers(sheet: Iterable[Sequence[str]]) -> list[dict[str, str]]:
    """Return answers as they are sent."""
    return [
        {"about": about, "question": question, "value": value} for about, question, value in sheet
    ]


def _told_result(result: Result, points: Mapping[str, str] | None) -> dict[str, Any]:
    """Return what a poll came to for one case: its counts by who was counted together."""
    return {
        "figure": None if result.figure is None else f"{result.figure:.2f}",
        "n_valid": result.n_valid,
        "n_blank": result.n_blank,
        "groups": [
            {
                "electorates": list(one.electorates),
                "questions": [
                    {"name": asked.question, "votes": best_first(asked.votes, points)}
                    for asked in one.questions
                ],
            }
            for one in result.means
        ],
    }


def _told_box(name: str, label: str, n_issued: int, n_eligible: int | None) -> dict[str, Any]:
    return {"name": name, "label": label, "n_issued": n_issued, "n_eligible": n_eligible}


def told_sheet(sheet: Sheet) -> dict[str, Any]:
    """Return what a slip asks, with every rule a phone can try before it sends."""
    rule, n_covered = sheet.kept.rule, len(sheet.lines)
    return {
        "poll": sheet.kept.id,
        "label": sheet.poll.label,
        "body": sheet.body,
        "number": sheet.case.number,
        "rehearsal": sheet.kept.rehearsal,
        "electorate": sheet.electorate,
        "check": sheet.check,
        "questions": [{"name": one.name, "label": one.label} for one in sheet.poll.sheet],
        "grades": grades_of(sheet.poll, sheet),
        "range": rule["range"],
        "blanks": rule["blanks"],
        "at_most": {grade: most_of(grade, n_covered, rule) for grade in rule["at_most"]},
        "comments": bool(rule.get("comments")),
        "lines": [
            {
                "about": one.about,
                "person": one.person,
                "unit": one.unit,
                "mode": one.mode,
                "struck": one.struck,
            }
            for one in sheet.lines
        ],
    }


def told_own_sheet(own: OwnSheet) -> dict[str, Any]:
    """Return what somebody is asked under their own name, and what they said if they have."""
    told = told_sheet(own.sheet)
    del told["check"]
    answers = own.vote.answers
    told["cast"] = None
    if answers is not None:
        told["cast"] = told_answers((one.about, one.question, one.value) for one in answers)
    return told


def grades_of(poll: Poll, sheet: Sheet) -> list[dict[str, str]]:
    """Return the grades one chooses from, best first; none where figures are given."""
    if isinstance(poll.scale, Range):
        return []
    return [
        {
            "name": one.grade,
            "label": sheet.labels.get(one.grade) or one.grade,
            "points": str(one.points),
        }
        for one in poll.scale
    ]
