"""What authority decides is written down, and every reason it gives has a sentence."""

from pathlib import Path

from services.workflow.domain import reasons
from services.workflow.domain.authority import OPERATIONS, REASONS

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "authority.md"


def test_every_operation_and_reason_is_in_the_reference():
    text = REFERENCE.read_text()
    assert [name for name in (*OPERATIONS, *REASONS) if f"`{name}`" not in text] == []


def test_every_reason_has_a_sentence_in_both_languages():
    for reason in REASONS:
        assert reasons.REASONS[reason].zh
        assert reasons.REASONS[reason].en
        assert reasons.REASONS[reason].status == 403
