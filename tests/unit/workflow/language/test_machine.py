"""Where triggers lead: one machine for each life, on which every act is tried."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from schemas.document import Document
from services.workflow.domain.language.loading import load
from services.workflow.domain.language.model.lives import Life, State
from services.workflow.domain.language.model.triggers import Route, Trigger
from tests.unit.workflow.language.examples import tree

SCHEME = load(Document(tree(), "f"))
UNIT_AUDIT, ORGAN_AUDIT = "unit_audit", "organ_audit"


def review(tier: str) -> Life:
    return SCHEME.kinds["review"].life(tier)


@pytest.mark.parametrize(
    ("audits", "ends"),
    [((UNIT_AUDIT, ORGAN_AUDIT), UNIT_AUDIT), ((ORGAN_AUDIT,), ORGAN_AUDIT)],
)
def test_a_case_goes_on_to_the_next_of_its_own_audits(audits: tuple[str, ...], ends: str):
    assert review("B").ways.lead("submit", "drafting", audits) == ends
    assert review("B").ways.lead("pass_organ_audit", ORGAN_AUDIT, audits) == "cleared"


ROUTE = Route("person", {"poor": "interview", "average": "interview"}, "closed")


@pytest.mark.parametrize(
    ("grade", "to"), [("poor", "interview"), ("good", "closed"), (None, "closed")]
)
def test_a_route_is_chosen_by_the_grade_in_force(grade: str | None, to: str):
    life = made(Trigger(name="close", label="close", sources=("open",), to=ROUTE))
    assert life.ways.lead("close", "open", grade=grade) == to


def test_a_trigger_may_have_the_name_of_whatever_the_library_calls_its_own():
    for name in ("state", "trigger", "model", "to_open", "may_close", "audits"):
        life = made(Trigger(name=name, label=name, sources=("open",), to=ROUTE))
        assert life.ways.lead(name, "open", grade="poor") == "interview"


def test_a_trigger_of_another_state_or_life_is_not_allowed():
    life = made(Trigger(name="close", label="close", sources=("open",), to=ROUTE))
    assert life.ways.allow("close", "open")
    assert not life.ways.allow("close", "closed")
    assert not made(Trigger(name="close", label="close", sources=())).ways.allow("close", "open")


def test_one_machine_serves_many_threads():
    ways = review("B").ways
    courses = [(UNIT_AUDIT, ORGAN_AUDIT)[n % 2 :] for n in range(2_000)]
    with ThreadPoolExecutor(8) as threads:
        led = list(threads.map(lambda one: ways._try("submit", "drafting", one, None), courses))
    assert led == [one[0] for one in courses]


def made(trigger: Trigger) -> Life:
    """Return a life in which *trigger* may be fired."""
    names = ("open", "interview", "closed")
    return Life(
        tier="",
        label="",
        unit_kinds=(),
        initial="open",
        states={name: State(name=name, label=name) for name in names},
        triggers={trigger.name: trigger},
        audits={},
        parties={},
    )
