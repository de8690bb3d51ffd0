"""A sheet: what one ballot says about everybody, held against the rule as a whole.

The same question is asked on the phone before anything is sent and again where it is written, so
nobody hears of a fault too late.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from schemas.complaints import Fault
from schemas.tally import BLANK
from services.workflow.domain.language.model.scores import Poll, Range

Answers = Mapping[tuple[str, str], str]  # case and question -> value; `BLANK`: on purpose


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a sheet."""

    about: str
    question: str
    value: str


@dataclass(frozen=True, slots=True)
class Comment:
    """What a sheet says of a case in its own words; of it nothing leads to the sheet."""

    about: str
    text: str


def rule_of(poll: Poll) -> dict[str, Any]:
    """Return all that counting needs of *poll*, as plain JSON: whoever has it needs no scheme."""
    points: dict[str, str] | None = None
    scale: dict[str, Any] = {}
    if isinstance(poll.scale, Range):
        scale = {"from": poll.scale.least, "to": poll.scale.most, "step": str(poll.scale.step)}
    else:
        points = {one.grade: str(one.points) for one in poll.scale}
    return {
        "poll": poll.name,
        "questions": [one.name for one in poll.sheet],
        "points": points,
        "range": scale or None,
        "drop_each_end": str(poll.drop_each_end),
        "electorates": [{"name": one.name, "weight": str(one.weight)} for one in poll.electorates],
        "without_ballots": poll.without_ballots,
        "blanks": poll.blanks,
        "at_most": {grade: [*share] for grade, share in poll.at_most.items()},
        "comments": poll.comments,
        # Where people vote under their own names; a rule that says nothing is of slips.
        **({} if poll.secret else {"secret": False}),
    }


def most_of(grade: str, n_covered: int, rule: Mapping[str, Any]) -> int | None:
    """Return how many of *n_covered* may be given *grade* on one sheet; None: any number."""
    share = rule["at_most"].get(grade)
    return None if share is None else n_covered * share[0] // share[1]


def best_first(votes: Mapping[str, int], points: Mapping[str, str] | None) -> dict[str, int]:
    """Return *votes* as a sheet has them: the best grade, or the highest figure, first."""
    worth = points or {}
    order = sorted(votes, key=lambda value: Decimal(worth.get(value, value)), reverse=True)
    return {value: votes[value] for value in order}


def faults(
    answers: Sequence[Answer],
    covered: Sequence[str],
    struck: Collection[str],
    rule: Mapping[str, Any],
) -> Iterator[Fault]:
    """Yield everything that keeps a sheet from being taken; what is struck may be left out."""
    wanted = {(about, question) for about in covered for question in rule["questions"]}
    given: dict[tuple[str, str], str] = {}
    for at, one in enumerate(answers):
        key = (one.about, one.question)
        if key not in wanted:
            yield Fault(field=f"sheet[{at}]", code="not_on_the_sheet")
        elif key in given:
            yield Fault(field=f"sheet[{at}]", code="answered_twice")
        else:
            yield from value_at_fault(f"sheet[{at}].value", one.value, rule)
        given[key] = one.value
    for about, question in sorted(wanted - given.keys()):
        if about not in struck:
            yield Fault(field=f"sheet.{about}.{question}", code="required")
    yield from _too_many(given, len(covered), rule)


def comments_at_fault(
    comments: Sequence[Comment], covered: Sequence[str], rule: Mapping[str, Any]
) -> Iterator[Fault]:
    """Yield each comment that the rule leaves no room for, or that is about nobody it covers."""
    seen = set[str]()
    for at, one in enumerate(comments):
        if not rule.get("comments") or one.about not in covered:
            yield Fault(field=f"comments[{at}]", code="not_on_the_sheet")
        elif one.about in seen:
            yield Fault(field=f"comments[{at}]", code="answered_twice")
        seen.add(one.about)


def value_at_fault(field: str, value: str, rule: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield why *value* answers no question of *rule*, on a phone or on paper."""
    if value == BLANK:
        if rule["blanks"] == "refused":
            yield Fault(field=field, code="required")
        return
    scale = rule["range"]
    if rule["points"] is not None:
        if value not in rule["points"]:
            accepted = ", ".join(rule["points"])
            yield Fault(
                field=field, code="not_a_choice", accepted_zh=accepted, accepted_en=accepted
            )
    elif not _fits(value, scale):
        accepted = f"{scale['from']}–{scale['to']} / {scale['step']}"
        yield Fault(field=field, code="out_of_range", accepted_zh=accepted, accepted_en=accepted)


def _fits(value: str, scale: Mapping[str, Any]) -> bool:
    """Tell whether *value* is a figure of *scale*, in its one spelling."""
    if not value.isascii() or len(value) > 8 or not value.replace(".", "", 1).isdigit():  # noqa: PLR2004
        return False
    figure = Decimal(value)
    if plain(figure) != value or not scale["from"] <= figure <= scale["to"]:
        return False
    return not (figure - scale["from"]) % Decimal(scale["step"])


def plain(figure: Decimal) -> str:
    """Return *figure* in its one spelling: no zeros that say nothing."""
    return f"{figure.normalize():f}"


def _too_many(answers: Answers, n_covered: int, rule: Mapping[str, Any]) -> Iterator[Fault]:
    for question in rule["questions"]:
        for grade in rule["at_most"]:
            most = most_of(grade, n_covered, rule)
            n = sum(value == grade for (_, asked), value in answers.items() if asked == question)
            if most is not None and n > most:
                accepted = f"{grade} \N{LESS-THAN OR EQUAL TO} {most}"
                yield Fault(
                    field=f"sheet.{question}",
                    code="too_many",
                    accepted_zh=accepted,
                    accepted_en=accepted,
                )
