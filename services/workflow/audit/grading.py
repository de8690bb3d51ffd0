"""Grades worked out again, from the figures of a case and the scheme that is kept by its hash.

What a case was given stands in its own events, first to last; the scheme says what each figure
weighs and where each grade begins, and a figure is held against its parts, or its exact mean.
Whether a limit rightly took a grade down is asked of the organisation, and so of replay: here it
may only have taken it down. Left to replay are grades by votes or by decision too, and a grade that
an event ought to tell and does not; what a poll gave is held against its tally by `tallying`.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import orjson

from schemas.document import Document
from schemas.scheme_lifting import is_format_1, lift
from schemas.scoring import band, of_parts, rounded, weighed

_OPENED = ("workflow.case_opened.", "workflow.review_opened.")
# In the canonical bytes of every event that opens a case, or moves what its grades are made of.
MARKS = (
    *(b'"type":"workflow.case_opened.', b'"type":"workflow.review_opened.'),
    *(b'"components":', b'"grades":', b'"scores"'),
)
UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)

Told = Mapping[str, Any]
Documents = Mapping[str, bytes]  # bodies, by the hash they are kept under


class GradeChecker:
    """Looks at what cases were given, and at their grades, in the order of positions."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._schemes: dict[str, Told] = {}  # by hash
        self._given: dict[str, dict[str, Told]] = {}  # components in force, by case
        self._waived: dict[str, frozenset[str]] = {}
        self._tiers: dict[str, str] = {}

    def check(self, event: Told) -> Iterator[str]:
        """Yield what is wrong with the grades that an *event* tells."""
        case, data = event["subject"], event["data"]
        if event["type"].startswith(_OPENED):
            self._tiers[case] = data.get("tier", "")
        if "scores" in data.get("forgets", ()):
            self._given.pop(case, None)
            self._waived.pop(case, None)
        if isinstance(data.get("scores"), Mapping):  # of the first version of the fact
            self._given[case] = {name: {"figure": one} for name, one in data["scores"].items()}
        if isinstance(data.get("components"), Mapping):
            self._given[case] = {**self._given.get(case, {}), **data["components"]}
        if "waived" in data:
            self._waived[case] = self._waived.get(case, frozenset()).union(data["waived"])
        if isinstance(data.get("grades"), Mapping):
            yield from self._graded(case, event)

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

    def _follows(self, case: str, told: Told, grading: Told, scheme: Told) -> bool:
        given, tier = self._given.get(case, {}), self._tiers.get(case, "")
        components = {one["name"]: _of_tier(one, tier) for one in scheme["components"]}
        counting = [name for name in grading["of"] if name not in self._waived.get(case, ())]
        made_of = {name: _exact(given[name], components[name]) for name in counting}
        exact = weighed((made_of[name], grading["of"][name]) for name in counting)
        if exact is None or any(
            Fraction(given[name]["figure"]) != rounded(one) for name, one in made_of.items()
        ):
            return False
        shown = rounded(exact)
        order = [one["name"] for one in grading["grades"]]  # best first
        made = band(shown, [(one["name"], one.get("from")) for one in grading["grades"]])
        if told.get("figure") != f"{shown:.2f}" or told.get("uncapped", told["grade"]) != made:
            return False
        return order.index(told["grade"]) >= order.index(made)


def _of_tier(told: Told, tier: str) -> Told:
    return {**told, **told.get("tiers", {}).get(tier, {})}


def _exact(given: Told, component: Told) -> Fraction:
    """Return a figure before any rounding: of its parts, or as the poll that gave it came to."""
    parts = component.get("parts")
    if parts:
        return of_parts((given["parts"][one["name"]], one["weight"]) for one in parts)
    return Fraction(given.get("exact", given["figure"]))
