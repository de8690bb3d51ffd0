"""Tallies counted again from the counts and the rule that are kept beside the log, by hash.

A figure that a poll gave names the tally as its cause, so it is held against what comes out here.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from hashlib import sha256
from typing import Any

import orjson

from schemas.tally import Group, Result, cells_of, results, table

FACT = "workflow.tally_taken.v1"
# In the canonical bytes of every tally, and of every event that gives a case what it came to.
MARKS = (b'"type":"workflow.tally_taken.', b'"n_valid":', b'"counts":', b'"exact":')
_POLLED = {"counts", "exact"}  # which only a tally gives

_UNCOUNTABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)

Documents = Mapping[str, bytes]  # bodies, by the hash they are kept under


class TallyChecker:
    """Looks at tallies, and at the figures they are the cause of, in the order of positions."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._counted: dict[str, Mapping[str, Result]] = {}  # by the tally's id
        self._hashes: dict[str, Mapping[str, str]] = {}  # of counts and rule, by the tally's id

    def check(self, event: Mapping[str, Any]) -> Iterator[str]:
        """Yield what is wrong with an *event*: a tally, or what may have come of one."""
        if event["type"] == FACT:
            yield from self._tallied(event["id"], event["data"])
            return
        cause = event.get("causationid") or ""
        counted, hashes = self._counted.get(cause), self._hashes.get(cause, {})
        for name, given in event["data"].get("components", {}).items():
            # Votes that name no counts may be older than tallies, and have none as their cause.
            polled = "n_valid" in given if counted is not None else given.keys() & _POLLED
            named = all(given.get(one, hash_) == hash_ for one, hash_ in hashes.items())
            if polled and not (named and _follows(given, (counted or {}).get(event["subject"]))):
                yield f"the {name} is not what was counted"

    def _tallied(self, tally: str, data: Mapping[str, Any]) -> Iterator[str]:
        kept = {}
        for name in ("counts", "rule"):
            body = self._documents.get(data[name])
            if body is None:
                yield f"the {name} it was counted by are not kept any more"
                return
            if sha256(body).hexdigest() != data[name]:
                yield f"the {name} are not those that were counted by"
            kept[name] = body
        try:
            counts = orjson.loads(kept["counts"])
            self._counted[tally] = results(counts, orjson.loads(kept["rule"]))
            self._hashes[tally] = {name: data[name] for name in kept}
        except _UNCOUNTABLE as error:
            yield f"it cannot be counted again: {type(error).__name__}"
            return
        if counts["groups"] != data["groups"]:
            yield "its groups are not those that were counted"
        if "votes" in data:
            yield from self._by_name(data["votes"], counts)

    def _by_name(self, hash_: str, counts: Mapping[str, Any]) -> Iterator[str]:
        """Yield what is wrong with the votes of people that *counts* were made of."""
        body = self._documents.get(hash_)
        if body is None:
            yield "the votes it was counted from are not kept any more"
            return
        try:
            cells = [*cells_of(orjson.loads(body))]
            whole = len({one[1] for one in orjson.loads(body)["votes"]})
            groups = [
                Group(tuple(one["electorates"]), one["n_valid"], Fraction())
                for one in counts["groups"]
            ]
            same = table(groups, cells) == counts
        except _UNCOUNTABLE as error:
            yield f"its votes cannot be read: {type(error).__name__}"
            return
        if sha256(body).hexdigest() != hash_ or not same:
            yield "the votes are not those that were counted"
        elif whole != sum(one.n_valid for one in groups):
            yield "its votes are not one of each person"


def _follows(given: Mapping[str, Any], came_out: Result | None) -> bool:
    """Tell whether a case was given what came out for it; votes need not be told."""
    if came_out is None:
        return False
    figure = None if came_out.figure is None else f"{came_out.figure:.2f}"
    votes = given.get("votes", came_out.votes)
    told = given.get("figure"), given.get("n_valid"), votes
    if told != (figure, came_out.n_valid, came_out.votes):
        return False
    exact = given.get("exact", given.get("figure"))
    return exact is None or Fraction(exact) == came_out.exact
