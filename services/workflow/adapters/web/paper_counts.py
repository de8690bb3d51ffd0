"""What two people count on paper: the fields of the form, what stands in them, what was typed."""

import re
from collections.abc import Mapping
from typing import Any

from schemas.complaints import Fault
from schemas.tally import BLANK
from services.workflow.adapters.web.browser import Browsers
from services.workflow.adapters.web.languages import _
from services.workflow.adapters.web.poll_words import SUMS
from services.workflow.adapters.web.posted import require_known
from services.workflow.application.ballots.polls import OfPoll
from services.workflow.application.ballots.ports import KeptPoll
from services.workflow.application.ballots.sight import Here
from services.workflow.domain.ballots.reconciling import OnPaper
from services.workflow.domain.language.model.scores import Poll, Range
from services.workflow.domain.refusals import Malformed

_NUMBER = re.compile("[0-9]{1,4}", re.ASCII)


def choices(poll: Poll, here: Here) -> list[dict[str, str]]:
    """Return what paper is counted by; figures are counted over the API alone."""
    if isinstance(poll.scale, Range):
        return []
    gradings = here.world.scheme.gradings.values()
    labels = {grade.name: grade.label for each in gradings for grade in each.grades}
    grades = [
        {"name": one.grade, "label": labels.get(one.grade) or one.grade} for one in poll.scale
    ]
    return grades if poll.blanks == "refused" else [*grades, {"name": "-", "label": _("不评")}]


def entered(
    of_poll: OfPoll, told: Mapping[str, Any], typed: Mapping[str, str] | None
) -> Mapping[str, str | int]:
    """Return what stands in the fields of a count: what was typed, else what was counted before.

    Who mends the one place that two counts differ in would else send zeros for all the others.
    """
    if typed is not None and typed.get("poll") == told["name"]:
        return typed
    nth = {one.stream: n for n, one in enumerate(of_poll.kept.covered if of_poll.kept else ())}
    found: dict[str, str | int] = {}
    for box, paper in (told["own_count"] or {}).items():
        found |= {f"{box}.{name}": paper[name] for name in SUMS}
        for one in paper["counts"]:
            value = "-" if one["value"] == BLANK else one["value"]
            found[f"{box}.{nth[one['about']]}.{one['question']}.{value}"] = one["n"]
    return found


def counted(browsers: Browsers, here: Here, kept: KeptPoll | None) -> Mapping[str, OnPaper]:
    """Return what was counted on paper, as it was typed.

    Raises:
        Malformed: a figure is none, or a field is not of this form.
    """
    papers = dict[str, OnPaper]()
    known = ["poll"]
    for box in kept.electorates if kept else ():
        sums = {one: _figure(browsers, f"{box.name}.{one}", known) for one in SUMS}
        counts = {}
        for n, covered in enumerate(kept.covered if kept else ()):
            for question in here.poll.sheet:
                for choice in choices(here.poll, here):
                    field = f"{box.name}.{n}.{question.name}.{choice['name']}"
                    value = BLANK if choice["name"] == "-" else choice["name"]
                    of = f"{box.name}.{covered.stream}.{question.name}.{choice['name']}"
                    counts[covered.stream, question.name, value] = _figure(
                        browsers, field, known, of
                    )
        papers[box.name] = OnPaper(counts=counts, **sums)
    require_known(browsers.form, known)
    return papers


def _figure(browsers: Browsers, field: str, known: list[str], of: str = "") -> int:
    """Return what was typed into *field*; where it is no figure, that is told *of* whom."""
    known.append(field)
    if field.count(".") == 1 and field not in browsers.form:
        raise Malformed(Fault(field=field, code="required"))  # a sum, which the form has always
    typed = browsers.form.get(field, "").strip() or "0"
    if _NUMBER.fullmatch(typed) is None:
        raise Malformed(Fault(field=of or field, code="not_an_integer"))
    return int(typed)
