"""Other schemes of format 1 than that of 2019: what the format carries without other code.

These are the promises of docs/decisions/0002-scheme-format.md, each tried on a changed scheme.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from services.workflow.adapters.files import scheme_file
from services.workflow.domain.case.grading import grades_of
from services.workflow.domain.case.head import Given
from services.workflow.domain.language.loading import from_canonical
from services.workflow.domain.language.model.scheme import Scheme
from tests.unit.workflow.case.played import Play
from tests.unit.workflow.scheme.cases import SCHEME, TEXT, scheme_with

GRADES = TEXT[TEXT.index("  - {name: good,") : TEXT.index("# ---- What a report is about")]
SCORES = TEXT[TEXT.index("  - {name: ballot,") : TEXT.index("grades:")]
BRANCH = "      organ_branch:\n        audits:"
TWO_AUDITS = """          - {stage: unit_audit, body: {unit: own}}
          - {stage: organ_audit, body: {nearest: organ_committee}}
"""
REPORT = {"achievements": "办实事", "problems": "学习少", "tasks": "补学习"}


class Year:
    """A year under *rules*, and the case of one unit in it."""

    def __init__(self, rules: Scheme, unit: str) -> None:
        self.play, self.unit = Play(rules), unit
        self.play.open()
        (self.case,) = (one for one in self.play.cases("review") if one.unit == unit)

    def submit(self, report: dict[str, str] = REPORT) -> str:
        data = {"report": report}
        return self.done("submit", f"secretary.{self.unit}", data=data)

    def done(self, trigger: str, person: str, **more: object) -> str:
        self.case = self.play.done(self.case.number, trigger, person, **more)
        return self.case.state

    def refused(self, trigger: str, person: str, **more: object) -> list[tuple[str, str | None]]:
        answer = self.play.act(self.case.number, trigger, person, **more)
        assert answer.outcome == "not_fulfilled", answer
        return [(one.code, one.field) for one in answer.blockers]

    def graded(self, **figures: str) -> list[tuple[str, str]]:
        given = {name: Given(figure=Decimal(figure)) for name, figure in figures.items()}
        found = grades_of(replace(self.case, components=given), self.play.world).values()
        return [(one.name, str(one.figure)) for one in found]


def test_other_grades():
    five = """  - {name: excellent, label: 优秀, from: "95"}
  - {name: good, label: 良好, from: "85", below: "95"}
  - {name: fair, label: 中等, from: "75", below: "85"}
  - {name: pass, label: 合格, from: "60", below: "75"}
  - {name: fail, label: 不合格, from: "0", below: "60"}

"""
    year = Year(scheme_with((GRADES, five)), "c.o1")
    grades = [year.graded(ballot=n, superior=n)[0][0] for n in ("95", "94.99", "75", "60", "0")]
    assert grades == ["excellent", "good", "fair", "pass", "fail"]


def test_more_components_of_the_score():
    three = """  - {name: ballot, label: 现场评议得分, weight: "0.5"}
  - {name: superior, label: 上级评议得分, weight: "0.3"}
  - {name: inspection, label: 督查得分, weight: "0.2"}

"""
    year = Year(scheme_with((SCORES, three)), "c.o1")
    assert year.graded(ballot="90", superior="80", inspection="70") == [("fair", "83.00")]
    year.submit()
    year.done("pass_organ_audit", "office.c")
    year.done("present", "office.c")
    two = {"ballot_score": "90", "superior_score": "80"}
    told = year.play.act(year.case.number, "score", "office.c", data=two)
    assert [(one.code, one.field) for one in told.faults] == [("required", "data.inspection_score")]


def test_stages_in_another_order():
    reverse = "".join(reversed(TWO_AUDITS.splitlines(keepends=True)))
    year = Year(scheme_with((TWO_AUDITS, reverse)), "c.h1")
    states = [year.submit(), year.done("pass_organ_audit", "office.c")]
    states.append(year.done("pass_unit_audit", "office.c.h1"))
    assert states == ["organ_audit", "unit_audit", "cleared"]


def test_an_audit_of_another_name():
    year = Year(scheme_with((TEXT, TEXT.replace("unit_audit", "city_audit"))), "c.h1.g")
    assert year.submit() == "city_audit"
    assert year.done("pass_city_audit", "office.c.h1") == "cleared"


def test_no_audit_at_all():
    audited = BRANCH + "\n          - {stage: organ_audit, body: {nearest: organ_committee}}\n"
    assert Year(scheme_with((audited, BRANCH + " []\n")), "c.o1").submit() == "cleared"


def test_a_limit_that_only_warns():
    longer = dict.fromkeys(REPORT, "字" * 1001)
    assert Year(SCHEME, "c.o1").refused("submit", "secretary.c.o1", data={"report": longer})
    warned = scheme_with(("over_limit: refuse", "over_limit: warn"))
    assert Year(warned, "c.o1").submit(longer) == "organ_audit"


def test_decisions_that_are_required():
    rules = scheme_with(("- {name: decisions_taken}", "- {name: decisions_given, at_least: 2}"))
    year = Year(rules, "c.o1")
    year.submit()
    year.done("pass_organ_audit", "office.c")
    year.done("present", "office.c")
    year.done("score", "office.c", data={"ballot_score": "90", "superior_score": "80"})
    one = {"decisions": [{"body": "c", "date": "2020-01-08", "minutes": "纪要"}]}
    (told,) = year.play.act(year.case.number, "give_feedback", "office.c", data=one).blockers
    assert (told.params["given"], told.params["at_least"]) == (1, 2)


def test_a_trigger_with_a_first_day():
    guard = "    guards:\n      - {name: not_before_date, day: 2020-01-10}\n"
    year = Year(scheme_with(("    to: presented\n", f"    to: presented\n{guard}")), "c.o1")
    year.submit()
    year.done("pass_organ_audit", "office.c")
    assert [code for code, _ in year.refused("present", "office.c")] == ["too_early"]
    year.play.on(date(2020, 1, 10))
    assert year.done("present", "office.c") == "presented"


def test_a_client_that_may_fire_in_its_own_name():
    assert scheme_with(("clients: []", "clients: [present]")).clients == {"present"}


def test_the_hash_follows_every_change_and_no_rewording_of_comments():
    assert scheme_with(("limit: 3000", "limit: 3001")).hash != SCHEME.hash
    assert scheme_with(("# ---- States", "# States")).hash == SCHEME.hash
    again = from_canonical(SCHEME.canonical)
    assert (again, again.hash) == (scheme_file.load(TEXT, "s.yaml"), SCHEME.hash)
