"""What may be typed for a document before it is handed in: its places, and what is unfinished."""

import pytest

from services.workflow.domain.data.unfinished import flaws
from tests.unit.workflow.case.played import NOTICE, scheme

DOCUMENTS = scheme(NOTICE.read_text()).documents


@pytest.mark.parametrize(
    ("document", "place", "text"),
    [
        ("report", "parts.problems", "写到一半\n"),
        ("report", "covers.10", "1"),
        ("report", "answers.0.text", ""),
        ("report", "answers.199.case", "visit/018f"),
        ("report", "files.0.sha256", "00ff"),
        ("lists", "rows.199.due", "2020-0"),
        ("lists", "rows.0.owner", "张"),
        ("lists", "rows.3.row", "12"),
        ("findings", "rows.0.place", ""),
        ("findings", "rows.0.paragraph", "一"),
        ("assessment", "rows.criterion_a.verdict", "met"),
    ],
)
def test_what_is_unfinished_is_a_draft(document: str, place: str, text: str):
    assert list(flaws(DOCUMENTS[document], {place: text})) == []


@pytest.mark.parametrize(
    ("document", "place", "text", "code"),
    [
        ("report", "parts.successes", "", "unknown_field"),
        ("report", "parts", "", "unknown_field"),
        ("report", "rows.0.due", "", "unknown_field"),
        ("report", "covers.11", "1", "too_many"),
        ("report", "covers.0", "1", "too_many"),
        ("report", "covers.3", "yes", "not_a_choice"),
        ("report", "answers.200.text", "", "too_many"),
        ("report", "files.20.sha256", "", "too_many"),
        ("report", "files.0.sha256", "x", "not_a_hash"),
        ("lists", "rows.200.due", "", "too_many"),
        ("lists", "rows.0.deu", "", "unknown_field"),
        ("lists", "rows.00.due", "", "unknown_field"),
        ("lists", "rows.0.row", "first", "not_an_integer"),
        ("lists", "rows.0.owner", "a\nb", "too_long"),
        ("findings", "rows.0.place", "elsewhere", "not_a_choice"),
        ("assessment", "rows.0.verdict", "met", "unknown_field"),
    ],
)
def test_what_the_document_has_no_place_for_is_no_draft(
    document: str, place: str, text: str, code: str
):
    (flaw,) = flaws(DOCUMENTS[document], {place: text})
    assert (flaw.field, flaw.code) == (f"typed.{place}", code)
