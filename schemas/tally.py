"""From the counts of a poll to its figures: anybody comes to the same, with pen and paper.

A figure is the mean of what was given, by electorate and question, with a share of the highest and
lowest dropped, and the electorates weighted. All of it is exact fractions, rounded half up to two
places once, at the end. Counts and rule are plain JSON, known by the SHA-256 of their canonical
bytes; single ballots are nowhere, so nothing here asks for one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from typing import Any, NamedTuple

from schemas.canonical import canonical_bytes
from schemas.scoring import rounded, weighed

APART_FROM = 5  # valid ballots: fewer are never shown, nor weighed, by themselves
BLANK = ""  # the value of an answer that was left out on purpose


class Cell(NamedTuple):
    """How often a value was given in an electorate to one question about one case."""

    electorate: str
    about: str  # the stream of the case
    question: str
    value: str  # a grade, a figure, or `BLANK`
    n: int


@dataclass(frozen=True, slots=True)
class Group:
    """Electorates that are counted together, because apart they would be too few."""

    electorates: tuple[str, ...]
    n_valid: int  # ballots
    weight: Fraction

    @property
    def name(self) -> str:
        return "+".join(self.electorates)


class Asked(NamedTuple):
    """What one group answered to one question."""

    question: str
    votes: Mapping[str, int]  # valid answers by value
    dropped: int  # at each end
    mean: Fraction | None  # None: nobody gave anything


class Mean(NamedTuple):
    """What one group gave a case."""

    electorates: tuple[str, ...]
    weight: Fraction
    questions: tuple[Asked, ...]
    mean: Fraction | None  # of its questions that anybody answered, each the same


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What came out for one case; *exact* is None where nobody gave anything."""

    exact: Fraction | None
    votes: Mapping[str, int]  # valid answers by value
    n_valid: int
    n_blank: int
    means: tuple[Mean, ...] = ()  # by group

    @property
    def figure(self) -> Decimal | None:
        """What is read of it: nothing is computed from this, or it would be rounded twice."""
        return None if self.exact is None else rounded(self.exact)


def grouped(n_valid: Mapping[str, int], rule: Mapping[str, Any]) -> list[Group]:
    """Return the electorates as they are counted: apart only from five valid ballots on.

    The smallest is joined to the next smallest until none is too small, or one is left. One without
    a valid ballot stands alone: whether the others take its weight is the rule's to say. Where
    people vote under their own names nothing is to be hidden, and each is counted apart.
    """
    order = [one["name"] for one in rule["electorates"]]
    weights = {one["name"]: Fraction(one["weight"]) for one in rule["electorates"]}
    groups = [Group((name,), n_valid.get(name, 0), weights[name]) for name in order]
    voted = [one for one in groups if one.n_valid]
    least = APART_FROM if rule.get("secret", True) else 1
    while len(voted) > 1 and min(one.n_valid for one in voted) < least:
        voted.sort(key=lambda one: (one.n_valid, order.index(one.electorates[0])))
        voted[:2] = [_joined(voted[0], voted[1], order)]
    voted.sort(key=lambda one: order.index(one.electorates[0]))
    return voted


def _joined(one: Group, other: Group, order: Sequence[str]) -> Group:
    names = tuple(sorted((*one.electorates, *other.electorates), key=order.index))
    return Group(names, one.n_valid + other.n_valid, one.weight + other.weight)


def table(groups: Iterable[Group], cells: Iterable[Cell]) -> dict[str, Any]:
    """Return the counts as they are kept and hashed: by group, case, question and value."""
    groups = list(groups)
    place = {name: at for at, one in enumerate(groups) for name in one.electorates}
    sums: dict[tuple[int, str, str, str], int] = {}
    for cell in cells:
        key = (place[cell.electorate], cell.about, cell.question, cell.value)
        sums[key] = sums.get(key, 0) + cell.n
    return {
        "groups": [{"electorates": list(g.electorates), "n_valid": g.n_valid} for g in groups],
        "counts": [[*key, n] for key, n in sorted(sums.items()) if n],
    }


def votes_table(votes: Iterable[tuple[str, str, Iterable[Sequence[str]]]]) -> dict[str, Any]:
    """Return votes under people's own names as they are kept and hashed: electorate, person, sheet.

    A sheet is a list of case, question and value.
    """
    rows = ([name, person, sorted(map(list, sheet))] for name, person, sheet in votes)
    return {"votes": sorted(rows)}


def cells_of(votes: Mapping[str, Any]) -> Iterator[Cell]:
    """Yield what stands in a table of votes, answer by answer."""
    for electorate, _, sheet in votes["votes"]:
        for about, question, value in sheet:
            yield Cell(electorate, about, question, value, 1)


def results(counts: Mapping[str, Any], rule: Mapping[str, Any]) -> dict[str, Result]:
    """Return what came out for each case that *counts* are about."""
    by_case: dict[str, list[list[Any]]] = {}
    for group, about, *rest in counts["counts"]:
        by_case.setdefault(about, []).append([group, *rest])
    groups = counts["groups"]
    return {about: _result(rows, groups, rule) for about, rows in sorted(by_case.items())}


def _result(
    rows: Sequence[Sequence[Any]], groups: Sequence[Mapping[str, Any]], rule: Mapping[str, Any]
) -> Result:
    means = tuple(
        _mean(one["electorates"], [row[1:] for row in rows if row[0] == group], rule)
        for group, one in enumerate(groups)
    )
    votes = _votes(row[1:] for row in rows)
    lacking = any(one.mean is None for one in means)
    told = not (lacking and rule["without_ballots"] == "refuse")
    there = [(one.mean, one.weight) for one in means if one.mean is not None]
    return Result(
        exact=weighed(there) if told else None,
        votes=votes,
        n_valid=sum(votes.values()),
        n_blank=sum(n for _, _, value, n in rows if value == BLANK),
        means=means,
    )


def _mean(
    electorates: Sequence[str], rows: Sequence[Sequence[Any]], rule: Mapping[str, Any]
) -> Mean:
    weights = {one["name"]: Fraction(one["weight"]) for one in rule["electorates"]}
    weight = sum((weights[name] for name in electorates), Fraction())
    asked = tuple(_asked(question, rows, rule) for question in rule["questions"])
    means = [one.mean for one in asked if one.mean is not None]
    mean = sum(means, Fraction()) / len(means) if means else None
    return Mean(tuple(electorates), weight, asked, mean)


def _asked(question: str, rows: Sequence[Sequence[Any]], rule: Mapping[str, Any]) -> Asked:
    votes = _votes(row for row in rows if row[0] == question)
    given = [(point, n) for value, n in votes.items() if (point := points(value, rule)) is not None]
    share = rule["drop_each_end"]
    dropped = int(sum(votes.values()) * Fraction(share))
    return Asked(question, votes, dropped, trimmed_mean(given, share))


def _votes(rows: Iterable[Sequence[Any]]) -> dict[str, int]:
    votes: dict[str, int] = {}
    for _, value, n in rows:
        if value != BLANK:
            votes[value] = votes.get(value, 0) + n
    return votes


def trimmed_mean(given: Iterable[tuple[Fraction, int]], drop_each_end: str) -> Fraction | None:
    """Return the mean of points given so and so often, without a share of both ends.

    Of n answers ⌊n × share⌋ are dropped at each end; None where there are none.
    """
    ordered = sorted(given)
    n = sum(times for _, times in ordered)
    if not n:
        return None
    dropped = int(n * Fraction(drop_each_end))
    left, skipped, total = n - 2 * dropped, dropped, Fraction()
    for value, times in ordered:
        passed = min(skipped, times)
        taken = min(times - passed, left)
        skipped, left = skipped - passed, left - taken
        total += value * taken
    return total / (n - 2 * dropped)


def points(value: str, rule: Mapping[str, Any]) -> Fraction | None:
    """Return what an answer counts; None: it was left out on purpose."""
    if value == BLANK:
        return None
    scale = rule["points"]
    return Fraction(value) if scale is None else Fraction(scale[value])


def hash_of(value: Any) -> str:
    """Return the name of counts or of a rule: the SHA-256 of their canonical bytes."""
    return sha256(canonical_bytes(value)).hexdigest()


def hash_of_codes(codes: Iterable[str]) -> str:
    """Return the SHA-256 of check codes as they are published."""
    return sha256(bytes_of_codes(codes)).hexdigest()


def bytes_of_codes(codes: Iterable[str]) -> bytes:
    """Return check codes as they are published: in order, one a line."""
    return "".join(f"{code}\n" for code in sorted(codes)).encode("ascii")
