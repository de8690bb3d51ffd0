"""The committed reference pages say what the code does."""

from pathlib import Path

from services.workflow.adapters.http import reference

PAGES = Path(__file__).parents[4] / "docs" / "reference"


def test_the_page_of_problems_is_made_from_the_registry():
    assert (PAGES / reference.PROBLEMS).read_text(encoding="utf-8") == reference.problems_page()


def test_the_description_of_the_api_is_made_from_the_routes():
    made = reference.openapi(reference.described_app())
    assert (PAGES / reference.OPENAPI).read_text(encoding="utf-8") == made


def test_the_schemas_of_events_are_made_from_those_that_check_them():
    kept = {path.name: path.read_text() for path in (PAGES / reference.EVENT_SCHEMAS).iterdir()}
    assert kept == reference.event_schemas()


def test_the_schemas_of_files_are_made_from_what_reads_them():
    kept = {path.name: path.read_text("utf-8") for path in PAGES.glob("*.schema.json")}
    assert kept == reference.files()


def test_what_each_shipped_scheme_says_is_published_in_both_languages():
    folder = PAGES / reference.SCHEMES
    kept = {page.name: page.read_text(encoding="utf-8") for page in folder.iterdir()}
    assert kept == reference.shown_schemes()
