"""The report of a round as files of the office: a paper that is set, and a workbook.

The one idea: both are made of the same parts, and those of what the page shows to the same reader.
What was counted is a figure in the workbook, and nothing in either is a formula. They are papers of
the office, and so in Chinese, whatever language the pages of their reader are in.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files

from schemas.calendar import local_day
from services.workflow.application.boards import Look, Names
from services.workflow.application.boards.look import Sources
from services.workflow.application.boards.spoken import spoken
from services.workflow.application.firing.rules import ZONE
from services.workflow.application.lacking import Lacking
from services.workflow.application.papers import MEDIA, Layout, Paper, Section
from services.workflow.application.round_report import RoundReport, RoundReports, Sums, is_late
from services.workflow.application.saving import File
from services.workflow.application.workbooks import Office, Table, Value
from services.workflow.domain.case.head import Case
from services.workflow.domain.reasons import sentence
from services.workflow.domain.refusals import Blocker

_WORDS: Mapping[str, str] = json.loads(
    files(__package__).joinpath("round_papers.zh.json").read_bytes()
)
_INSTANT = timedelta(microseconds=1)
_SUMS = (
    *("kind", "expected", "n", "completed", "carried", "abandoned", "open"),
    *("late", "returned", "returns", "grades"),
)
_MODELS = ("about", "unit", "number", "flag", "note", "by", "position")
_LACKING = ("unit", "tier", "reason")
_OPEN = ("about", "unit", "number", "label", "state", "due", "is_late")


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One table of the report."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Value]]


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundPapers:
    """What the report of a round looks like as files."""

    sources: Sources
    reports: RoundReports
    office: Office
    layout: Layout

    def workbook(self, look: Look, cycle: str, *, named: bool = True) -> File:
        """Return the report as a workbook, a sheet for each of its tables.

        Where people are not *named* their ids stand there.

        Raises:
            NotYours: there is none, or its figures are not theirs to read.
        """
        teller = self._teller(look, cycle, named=named)
        content = self.office.write(
            [
                Table(
                    name=_WORDS[part.name],
                    headings=[_WORDS[f"column_{one}"] for one in part.columns],
                    lines=part.rows,
                )
                for part in teller.parts()
            ]
        )
        return File(content=content, plain="outcome.xlsx", called=(teller.title,))

    def paper(self, look: Look, cycle: str, *, named: bool = True) -> File:
        """Return the report as a text document, set by the standard for official papers.

        Raises:
            NotYours: as `workbook`.
        """
        paper = self._teller(look, cycle, named=named).paper()
        content = self.layout.set_paper(paper)
        return File(content=content, plain="outcome.docx", called=(paper.title,), media=MEDIA)

    def _teller(self, look: Look, cycle: str, *, named: bool) -> "_Teller":
        found, names = self.reports.of(look.actor, cycle), Names(look)
        self.sources.watch.keep_export(look.actor, f"outcome/{cycle}", look.day)
        if named:
            models = found.models
            names.want(*(one.case.person for one in models), *(one.by for one in models))
            names.want(*(one.person for one in found.open))
            names.look_up(self.sources.reads)
        return _Teller(found=found, look=look, names=names)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Teller:
    found: RoundReport
    look: Look
    names: Names

    @property
    def title(self) -> str:
        return _WORDS["report"].format(round=self.found.rules.cycle.label)

    def paper(self) -> Paper:
        found = self.found
        cycle, day = found.rules.cycle, local_day(found.at, ZONE)
        signed = self.look.unit_name(cycle.unit)
        told = {"title": found.rules.scheme.title, "day": day.isoformat()}
        sections = [Section(paragraphs=[_WORDS["as_of"].format(**told), self._whole()])]
        for part in self.parts():
            empty = () if part.rows else (_WORDS["none"],)
            columns = [_WORDS[f"column_{one}"] for one in part.columns] if part.rows else ()
            rows = [[_text(value) for value in row] for row in part.rows]
            name = _WORDS[part.name]
            sections.append(Section(heading=name, paragraphs=empty, columns=columns, rows=rows))
        return Paper(
            title=self.title,
            number="",
            sections=sections,
            signed=signed,
            day=day,
        )

    def _whole(self) -> str:
        found = self.found
        expected = sum(one.expected or 0 for one in found.sums)
        missing = sum(not one.is_exempt for one in found.lacking)
        counts = {
            "expected": expected,
            "opened": expected - missing,
            "share": 100 * (expected - missing) // expected if expected else 100,
            "open": found.n_open,
            "late": sum(one.n_late for one in found.sums),
            "escalated": found.n_escalated,
            "models": found.n_models,
        }
        return _WORDS["whole" if found.is_whole else "part"].format(**counts)

    def parts(self) -> Sequence[Part]:
        found = self.found
        return (
            Part(name="sums", columns=_SUMS, rows=[self._sum(one) for one in found.sums]),
            Part(name="models", columns=_MODELS, rows=list(self._models())),
            Part(name="lacking", columns=_LACKING, rows=[*map(self._lacking, found.lacking)]),
            Part(name="open", columns=_OPEN, rows=[self._open(one) for one in found.open]),
        )

    def _sum(self, one: Sums) -> Sequence[Value]:
        tier = (one.life.letter, one.life.label) if one.life.tier else ()
        return (
            " ".join(filter(None, (one.kind.label, *tier))),
            one.expected,
            one.n,
            one.n_completed,
            one.n_carried,
            one.n_abandoned,
            one.n_open,
            one.n_late,
            one.n_returned,
            one.n_returns,
            _WORDS["between"].join(self._grades(one)),
        )

    def _grades(self, one: Sums) -> Iterator[str]:
        """Yield how many have each grade, the best first."""
        for name, counted in one.grades.items():
            for grade in self.found.rules.scheme.gradings[name].of_tier(one.life.tier).grades:
                if counted[grade.name]:
                    yield f"{grade.label or grade.name} {counted[grade.name]}"

    def _models(self) -> Iterator[Sequence[Value]]:
        for one in self.found.models:
            by = self.names(one.by) if one.by else ""
            yield (*self._about(one.case), one.flag, one.note or "", by, one.position)

    def _lacking(self, one: Lacking) -> Sequence[Value]:
        kind, unit = self.found.rules.scheme.kinds[one.kind].label, self.look.unit_name(one.unit)
        params: dict[str, str | int] = {"unit": unit, "kind": kind, "case": kind}
        why = one.rule or sentence(Blocker(code=one.reason, params=params), "zh")[0]
        return unit, one.tier, _WORDS["exempt"].format(why=why) if one.is_exempt else why

    def _open(self, case: Case) -> Sequence[Value]:
        here = spoken(case, self.found.rules.scheme, self.look.organisation.vocabulary)
        due = None if case.due_at is None else local_day(case.due_at - _INSTANT, ZONE)
        late = _WORDS["late"] if is_late(case, self.found.at) else ""
        return (
            *self._about(case),
            self.look.called(case),
            here.state(case.state),
            due,
            late,
        )

    def _about(self, case: Case) -> tuple[str, str, str]:
        unit = self.look.unit_name(case.unit)
        return self.names(case.person) or unit, unit, case.number


def _text(value: Value) -> str:
    return "" if value is None else str(value)
