"""Grades worked out again, from the figures of a case and the scheme that is kept by its hash.

What a case was given stands in its own events, first to last; the scheme says what each figure
weighs and where each grade begins, and a figure is held against its parts, or its exact mean.
Whether a limit rightly took a grade down is asked of the organisation, and so of replay: here it
may only have taken it down. A grade that an event ought to tell, and does not, is missed: by bands
and by votes where its figures are there, by decision where the act takes it from everybody. Left to
replay is which grade votes come to, and what a scheme asks of the organisation; what a poll gave is
held against its tally by `tallying`.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from fractions import Fraction
from typing import Any

import orjson

from schemas.document import Document
from schemas.scheme_lifting import is_format_1, lift
from schemas.scoring import band, of_parts, rounded, weighed

TALLY = "workflow.tally_taken.v1"
_OPENED = ("workflow.case_opened.", "workflow.review_opened.")
_CORRECTED = "workflow.corrected."
# In the canonical bytes of every event that opens a case, or moves what its grades are made of.
MARKS = (
    b'"type":"workflow.tally_taken.',
    *(b'"type":"workflow.case_opened.', b'"type":"workflow.review_opened.'),
    *(b'"components":', b'"grades":', b'"scores"'),
)
UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)

Told = Mapping[str, Any]
Documents = Mapping[str, bytes]  # bodies, by the hash they are kept under


class GradeChecker:
    """Looks at what cases were given, and at their grades, in the order of positions."""

    def __init__(self, documents: Documents) -> None:
        self.marks = [*MARKS]  # with those of acts that decide a grade, once their scheme is met
        self._documents = documents
        self._schemes: dict[str, Told] = {}  # by hash
        self._given: dict[str, dict[str, Told]] = {}  # components in force, by case
        self._waived: dict[str, frozenset[str]] = {}
        self._tiers: dict[str, str] = {}
        self._grades: dict[str, dict[str, Told]] = {}  # in force, by case
        self._polled: dict[str, set[str]] = {}  # which polls counted votes on it, by case

    def check(self, event: Told) -> Iterator[str]:
        """Yield what is wrong with the figures and grades that an *event* tells, or does not."""
        case, data = event["subject"], event["data"]
        if event["type"] == TALLY:
            self._tallied(data)
            return
        if event["type"].startswith(_OPENED):
            self._tiers[case] = data.get("tier", "")
            self._learn(event)
        if "scores" in data.get("forgets", ()):
            self._given.pop(case, None)
            self._waived.pop(case, None)
            self._polled.pop(case, None)
        if "grade" in data.get("forgets", ()):
            self._grades.pop(case, None)
        if isinstance(data.get("scores"), Mapping):  # of the first version of the fact
            self._given[case] = {name: {"figure": one} for name, one in data["scores"].items()}
        if isinstance(data.get("components"), Mapping):
            self._given[case] = {**self._given.get(case, {}), **data["components"]}
            yield from self._typed_in(case, event)
        if "waived" in data:
            self._waived[case] = self._waived.get(case, frozenset()).union(data["waived"])
        if isinstance(data.get("grades"), Mapping):
            yield from self._graded(case, event)
            self._grades[case] = {**self._grades.get(case, {}), **data["grades"]}
        yield from self._missed(case, event)

    # --- What was typed in ---

    def _tallied(self, data: Told) -> None:
        with suppress(*UNREADABLE):  # of tallies themselves `tallying` tells
            counts = orjson.loads(self._documents[data["counts"]])["counts"]
            for row in counts:
                self._polled.setdefault(row[1], set()).add(data["poll"])

    def _typed_in(self, case: str, event: Told) -> Iterator[str]:
        """Yield the figures that stand in place of counts, and say of themselves that they do not.

        Who types one in says so, and a correction is an event of its own kind.
        """
        if event["type"].startswith(_CORRECTED):
            return
        with suppress(*UNREADABLE):  # of a scheme that is not kept the grades tell
            scheme, tier = self._scheme(event["schemehash"]), self._tiers.get(case, "")
            polls = {one["name"]: _of_tier(one, tier).get("poll") for one in scheme["components"]}
            for name, given in event["data"]["components"].items():
                bare = "n_valid" not in given and not given.get("by_hand")
                if bare and polls.get(name) in self._polled.get(case, ()):
                    yield f"the {name} was typed in where a poll was counted, and does not say so"

    # --- Grades that are missing ---

    def _learn(self, event: Told) -> None:
        """Have the acts looked at that decide a grade: they may tell of nothing else."""
        with suppress(*UNREADABLE):
            for kind in self._scheme(event["schemehash"])["cases"].values():
                for life in (kind, *kind.get("tiers", {}).values()):
                    for name, trigger in life.get("triggers", {}).items():
                        mark = b'"trigger":"%s"' % name.encode()
                        if mark not in self.marks and [*_decided(trigger)]:
                            self.marks.append(mark)

    def _missed(self, case: str, event: Told) -> Iterator[str]:
        """Yield the grades that an *event* ought to have told, as far as figures and scheme say."""
        data = event["data"]
        with suppress(*UNREADABLE):
            scheme, tier = self._scheme(event["schemehash"]), self._tiers.get(case, "")
            kind = scheme["cases"].get(case.partition("/")[0], {})
            acts = _of_tier(kind, tier).get("triggers", {}), kind.get("triggers", {})
            for name in _decided(_joined(data.get("trigger", ""), *acts)):
                if name not in data.get("grades", {}):
                    yield f"the grade {name} is missing, which this act decides"
            if data.keys().isdisjoint(("components", "waived")):
                return
            for name, whole in scheme["gradings"].items():
                grading = _of_tier(whole, tier)
                # What is asked of the organisation beside it is left to replay.
                if "where" not in grading and self._lacks(case, name, grading, scheme):
                    yield f"the grade {name} is missing, though its figures are there"

    def _lacks(self, case: str, name: str, grading: Told, scheme: Told) -> bool:
        told, given = self._grades.get(case, {}).get(name), self._given.get(case, {})
        if grading["by"] == "votes":
            return told is None and bool(given.get(grading["of"], {}).get("n_valid"))
        if grading["by"] != "bands":
            return False
        try:
            shown, made = self._made(case, grading, scheme)
        except LookupError:  # a figure is not there yet
            return False
        return told is None or (told.get("figure"), told.get("uncapped", told["grade"])) != (
            f"{shown:.2f}",
            made,
        )

    # --- Grades that are told ---

    def _graded(self, case: str, event: Told) -> Iterator[str]:
        try:
            scheme = self._scheme(event["schemehash"])
            for name, told in event["data"]["grades"].items():
                grading = _of_tier(scheme["gradings"][name], self._tiers.get(case, ""))
                if grading["by"] == "bands" and not self._follows(case, told, grading, scheme):
                    yield f"the grade {name} does not follow from the figures and the scheme"
        except UNREADABLE as error:
            yield f"its grades cannot be worked out again: {type(error).__name__}"

    def _scheme(self, hash_: str) -> Told:
        if hash_ not in self._schemes:
            document = Document(orjson.loads(self._documents[hash_]), hash_)
            told = lift(document) if is_format_1(document) else document
            self._schemes[hash_] = told.tree
        return self._schemes[hash_]

    def _made(self, case: str, grading: Told, scheme: Told) -> tuple[Any, str]:
        """Return figure and grade that a case's figures come to, before any limit.

        Raises:
            LookupError: a figure is missing.
            ValueError: one is not what its parts come to.
        """
        given, tier = self._given.get(case, {}), self._tiers.get(case, "")
        components = {one["name"]: _of_tier(one, tier) for one in scheme["components"]}
        counting = [name for name in grading["of"] if name not in self._waived.get(case, ())]
        made_of = {name: _exact(given[name], components[name]) for name in counting}
        exact = weighed((made_of[name], grading["of"][name]) for name in counting)
        if exact is None:
            raise LookupError("all of it was taken out")
        if any(Fraction(given[name]["figure"]) != rounded(one) for name, one in made_of.items()):
            raise ValueError("a figure is not what its parts come to")
        shown = rounded(exact)
        return shown, band(shown, [(one["name"], one.get("from")) for one in grading["grades"]])

    def _follows(self, case: str, told: Told, grading: Told, scheme: Told) -> bool:
        try:
            shown, made = self._made(case, grading, scheme)
        except ValueError:
            return False
        order = [one["name"] for one in grading["grades"]]  # best first
        if told.get("figure") != f"{shown:.2f}" or told.get("uncapped", told["grade"]) != made:
            return False
        return order.index(told["grade"]) >= order.index(made)


def _decided(trigger: Told) -> Iterator[str]:
    """Yield the gradings whose grade *trigger* takes from everybody, for every case."""
    for take in trigger.get("takes", ()):
        if "grade" in take and not take.get("optional") and "where" not in take:
            yield take["grade"]


def _joined(trigger: str, *of: Told) -> Told:
    """Return what is said of *trigger*, the first that says a thing first."""
    joined: dict[str, Any] = {}
    for one in reversed(of):
        joined |= one.get(trigger, {})
    return joined


def _of_tier(told: Told, tier: str) -> Told:
    return {**told, **told.get("tiers", {}).get(tier, {})}


def _exact(given: Told, component: Told) -> Fraction:
    """Return a figure before any rounding: of its parts, or as the poll that gave it came to."""
    parts = component.get("parts")
    if parts:
        return of_parts((given["parts"][one["name"]], one["weight"]) for one in parts)
    return Fraction(given.get("exact", given["figure"]))
