"""C5.3: whom figures are about, and who is below, learns of them by the feedback, on every way."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.http.aftermath import AVERAGE, OFFICE, Aftermath, aftermath
from tests.integration.http.conftest import STORES
from tests.integration.http.test_meetings import texts
from tests.integration.http.test_sights import signed_in

UNIT = "c-b1"
BELOW = f"{UNIT}.sec"


@pytest.fixture(params=STORES)
def after(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Aftermath]:
    yield from aftermath(request.param, tmp_path, request)


def told(after: Aftermath, review: dict[str, Any], by: str) -> list[str]:
    """Return what *by* reads of a review, on every way there is."""
    one, get = f"/v1/cases/{review['id']}", after.service.get
    ways = ("", "/events?limit=200", "/figures", "/consequences", "/transitions")
    pages = (f"/cases/{review['id']}", f"/cases/{review['id']}/figures", "/cases")
    browser = signed_in(after.service, by)
    return [
        *(get(one + way, by).text for way in ways),
        get(f"/v1/cycles/{after.service.cycle}/ranking?tier=B", by).text,
        get(f"/v1/reviews?unit={UNIT}", by).text,
        *(browser.open(page).get_data(as_text=True) for page in pages),
    ]


def test_no_way_tells_figures_or_grade_before_the_feedback(after: Aftermath) -> None:
    review = after.scored(UNIT, AVERAGE)
    after.decided(review)
    for kind in ("interview", "remedy"):
        for person in (BELOW, OFFICE):
            assert after.service.get(f"/v1/cases?kind={kind}", person).json["items"] == []
    made_of = signed_in(after.service, OFFICE).open(f"/cases/{review['id']}/figures").text
    assert f"{AVERAGE} 分" in made_of
    assert "pill ok" not in made_of  # the best grade alone is green
    page = signed_in(after.service, OFFICE).open(f"/cases/{review['id']}").text
    assert page.count("等次告知本人后立案") == 2  # the talk, and the remedy
    for text in told(after, review, BELOW):
        assert AVERAGE not in text
        assert '"grade":' not in text.replace('"grade":null', "")
    assert any(AVERAGE in one for one in told(after, review, OFFICE))
    after.done(review, "give_feedback", OFFICE, data=texts("feedback", "findings", "demands"))
    path = f"/v1/cases/{review['id']}"
    figures = after.service.get(f"{path}/figures", BELOW).json
    assert [one["figure"] for one in figures["gradings"]] == [AVERAGE]
    assert AVERAGE in after.service.get(f"{path}/events?limit=200", BELOW).text
    for kind in ("interview", "remedy"):
        assert len(after.service.get(f"/v1/cases?kind={kind}", BELOW).json["items"]) == 1
