"""How the figures and grades of a case came about: from the counts of a poll to the grade.

The one idea: nothing is told that was not worked out again now, from the case's own events, the
counts and the rule that are kept beside the log by hash, and the scheme. Whoever reads it comes to
the same with pen and paper, so every step stands there as an exact fraction.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from itertools import pairwise
from typing import Any

import orjson

from schemas.envelope import Envelope, UnreadableEvent, open_envelope
from schemas.instants import instant, parse_instant
from schemas.scoring import rounded, spelled
from schemas.tally import Mean, Result, results
from services.workflow.application.access import Access
from services.workflow.application.boards.spoken import lifted
from services.workflow.application.reading_ports import Reads
from services.workflow.application.rulebook import Rulebook
from services.workflow.application.watch import Watch
from services.workflow.domain.authority import Actor
from services.workflow.domain.ballots.sheet import best_first
from services.workflow.domain.case.grading import Term, caps_on, gradings_of, terms_of, weighted
from services.workflow.domain.case.head import Case
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.scores import Grading
from services.workflow.domain.organisation import Organisation
from services.workflow.domain.refusals import NotYours

Told = Mapping[str, Any]
Counted = Mapping[str, tuple[Result, Told]]
HISTORY = "case.events.read"
_HIGHEST = "100.00"


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """An event that gave, corrected, took out or forgot figures, or changed a grade."""

    event: Envelope
    position: int | None

    @property
    def gives(self) -> Mapping[str, Told]:
        return dict(self.event.data.get("components", {}))


class ScoredReading:
    """The use case of who asks where a figure comes from."""

    def __init__(self, *, access: Access, reads: Reads, rulebook: Rulebook, watch: Watch) -> None:
        self._access = access
        self._reads = reads
        self._rulebook = rulebook
        self._watch = watch

    def view(self, actor: Actor, case_id: str) -> tuple[Case, dict[str, Any]]:
        """Return a case, and the table of its figures; four statements, however they came about.

        What a scheme leaves to others of components, and the grades made of them, is left out.

        Raises:
            NotYours: no such case, or not theirs, or its history is not.
        """
        seen = self._access.case(actor, case_id)
        case, hidden = seen.case, seen.extent
        # Who is shown one document of a case sees no more of it.
        if hidden.shown is not None or not self._watch.opens(actor, HISTORY, seen):
            raise NotYours(case_id)
        scheme = self._rulebook.of(case.cycle).scheme
        steps = [one for one in self._steps(case) if not hidden.withholds(one.event.data)]
        given = dict(_in_force(steps))
        counted = dict(_in_force(steps, "counts"))
        polls = self._polls(case, counted)
        ground = _Ground(scheme, given, counted, polls, self._reasons(given))
        gradings = [
            _grading(case, one, seen.organisation, ground)
            for one in gradings_of(case, scheme, seen.organisation)
            if one.name not in hidden.gradings
        ]
        told = {
            "case": case.stream,
            "number": case.number,
            "scheme": case.scheme,
            "gradings": gradings,
            "steps": [_told_step(one, given) for one in steps],
        }
        return case, told

    def _steps(self, case: Case) -> Iterator[Step]:
        for stored in self._reads.stream(case.stream):
            try:
                event = lifted(open_envelope(stored.body), case)
            except UnreadableEvent:  # stored before every event was held against its schema
                continue
            data = event.data
            forgets = "scores" in data.get("forgets", ())
            if forgets or not data.keys().isdisjoint(("components", "waived", "grades")):
                yield Step(event=event, position=stored.position)

    def _reasons(self, given: Mapping[str, Step]) -> Mapping[str, str]:
        """Return why figures in force were given as they are, where it is said, by component."""
        hashes = {
            name: bytes.fromhex(told["sha256"])
            for name, step in given.items()
            if (told := step.event.data.get("reason"))
        }
        texts = self._reads.texts([*hashes.values()]) if hashes else {}
        return {
            name: texts[hash_].content.decode() for name, hash_ in hashes.items() if hash_ in texts
        }

    def _polls(self, case: Case, counted: Mapping[str, Step]) -> Counted:
        """Return what polls came to, counted again, and by which rule; by the hash of counts."""
        told = [step.gives[name] for name, step in counted.items()]
        wanted = [(one["counts"], one["rule"]) for one in told]
        hashes = sorted({hash_ for pair in wanted for hash_ in pair})
        kept = self._reads.documents(hashes) if hashes else {}
        whole = {
            hash_: orjson.loads(one.body)
            for hash_, one in kept.items()
            if sha256(one.body).hexdigest() == hash_
        }
        return {
            counts: (came_out, whole[rule])
            for counts, rule in wanted
            if counts in whole and rule in whole
            for came_out in _of_case(case, whole[counts], whole[rule])
        }


def _of_case(case: Case, counts: Told, rule: Told) -> Iterable[Result]:
    own = [row for row in counts["counts"] if row[1] == case.stream]
    return results({**counts, "counts": own}, rule).values()


def _in_force(steps: Iterable[Step], having: str = "") -> Iterator[tuple[str, Step]]:
    """Yield each component with the event that gave it last; *having*: that member with it.

    So what a poll came to is found beside what was put in its place by hand.
    """
    found: dict[str, Step] = {}
    for step in steps:
        if "scores" in step.event.data.get("forgets", ()):
            found = {}
        names = (name for name, one in step.gives.items() if not having or having in one)
        found |= dict.fromkeys(names, step)
    yield from found.items()


# --- From components to a grade ---


@dataclass(frozen=True, slots=True)
class _Ground:
    """What a table of figures is made of."""

    scheme: Scheme
    given: Mapping[str, Step]  # in force, by component
    counted: Mapping[str, Step]  # that a poll gave last, whether or not it is in force
    polls: Counted
    reasons: Mapping[str, str]


def _grading(
    case: Case, grading: Grading, organisation: Organisation, ground: _Ground
) -> dict[str, Any]:
    scheme = ground.scheme
    terms = terms_of(case, grading, scheme)
    total = weighted(terms)
    whole = sum((Fraction(one.weight) for one in terms if not one.waived), Fraction())
    graded = case.grades.get(grading.name)
    labels = {one.name: one.label or one.name for one in grading.grades}
    return {
        "name": grading.name,
        "label": grading.label or grading.name,
        "clause": grading.clause or None,
        "by": grading.by,
        "of": grading.of or None,
        "components": [_component(one, whole, ground) for one in terms],
        "sum": None if total is None else spelled(total),
        "figure": None if total is None else f"{rounded(total):.2f}",
        "grade": None if graded is None else graded.name,
        "grade_label": None if graded is None else labels[graded.name],
        "uncapped": None if graded is None else graded.uncapped,
        "uncapped_label": graded and graded.uncapped and labels[graded.uncapped],
        "caps": [
            {"at_best": cap.at_best, "label": labels[cap.at_best], "clause": cap.clause or None}
            for cap in caps_on(case, grading, scheme, organisation)
        ],
        "bands": list(_bands(grading)) if grading.by == "bands" else [],
    }


def _bands(grading: Grading) -> Iterator[dict[str, Any]]:
    """Yield the grades, best first, each with where it begins and where the one above does."""
    ends = [None, *(f"{one.least:.2f}" for one in grading.grades if one.least is not None)]
    for grade, (below, least) in zip(grading.grades, pairwise([*ends, "0.00"]), strict=False):
        told = {"name": grade.name, "label": grade.label or grade.name}
        yield told | {"from": least, "below": below, "to": _HIGHEST if below is None else None}


def _component(term: Term, whole: Fraction, ground: _Ground) -> dict[str, Any]:
    component, exact = term.component, term.exact
    step = ground.given.get(component.name)
    counted = ground.counted.get(component.name)
    share = None if term.waived or not whole else Fraction(term.weight) / whole
    told = {} if step is None else step.gives[component.name]
    return {
        "name": component.name,
        "label": component.label,
        "clause": component.clause or None,
        "weight": str(term.weight),
        "waived": term.waived,
        "share": None if share is None else spelled(share),
        "exact": None if exact is None else spelled(exact),
        "figure": told.get("figure"),
        "product": None if share is None or exact is None else spelled(share * exact),
        # What only a poll gives was typed in where no counts are told with it, corrected or not.
        "by_hand": bool(told.get("by_hand"))
        or bool(told and component.poll and "counts" not in told),
        "reason": ground.reasons.get(component.name),
        "event": None if step is None else step.event.streamversion,
        "parts": [
            {
                "name": one.name,
                "label": one.label or one.name,
                "weight": str(one.weight),
                "figure": told.get("parts", {}).get(one.name),
            }
            for one in component.parts
        ],
        "poll": counted
        and _poll(component.poll, counted.gives[component.name], ground.scheme, ground.polls),
    }


# --- From the counts of a poll to its mean ---


def _poll(name: str, told: Told, scheme: Scheme, polls: Counted) -> dict[str, Any]:
    exact = told.get("exact", told.get("figure"))
    counted, rule = polls.get(told["counts"], (None, {}))
    means = () if counted is None else counted.means
    there = sum((one.weight for one in means if one.mean is not None), Fraction())
    poll = scheme.polls.get(name)
    electorates = {} if poll is None else {one.name: one.label for one in poll.electorates}
    return {
        "name": name,
        "counts": told["counts"],
        "rule": told["rule"],
        "figure": told.get("figure"),
        "n_valid": told["n_valid"],
        "points": rule.get("points"),
        # Null: what it was counted from is not kept any more, or was changed.
        "follows": None
        if counted is None
        else counted.exact == (None if exact is None else Fraction(exact)),
        "groups": [_group(one, there, electorates, rule.get("points")) for one in means],
    }


def _group(
    mean: Mean, there: Fraction, labels: Mapping[str, str], points: Mapping[str, str] | None
) -> dict[str, Any]:
    share = mean.weight / there if mean.mean is not None and there else None
    return {
        "electorates": list(mean.electorates),
        "labels": [labels.get(one) or one for one in mean.electorates],
        "weight": spelled(mean.weight),
        "share": None if share is None else spelled(share),
        "mean": None if mean.mean is None else spelled(mean.mean),
        "questions": [
            {
                "name": one.question,
                "votes": best_first(one.votes, points),
                "n_valid": sum(one.votes.values()),
                "dropped": one.dropped,
                "mean": None if one.mean is None else spelled(one.mean),
            }
            for one in mean.questions
        ],
    }


# --- Who gave what, and when ---


def _told_step(step: Step, given: Mapping[str, Step]) -> dict[str, Any]:
    event, data = step.event, step.event.data
    return {
        "event": event.streamversion,
        "position": step.position,
        "type": event.type,
        "trigger": data.get("trigger"),
        "at": instant(parse_instant(data["effective_at"])),
        "recorded_at": instant(event.time),
        "person": event.actor,
        "deputy_for": event.deputyfor,
        "figures": {name: one.get("figure") for name, one in step.gives.items()},
        "in_force": sorted(name for name in step.gives if given.get(name) is step),
        "forgets": "scores" in data.get("forgets", ()),
        "waives": list(data.get("waived", ())),
        "grades": {
            name: {"grade": one["grade"], "figure": one.get("figure")}
            for name, one in data.get("grades", {}).items()
        },
    }
