"""What a page does not know of its address it says, and goes on; what it knows it never names."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.end_to_end.pages.whole import OFFICE, Whole
from tests.unit.workflow.web.visitor import Visitor

SAID = "”这里不认识，没有照它办。"
FOLLOWED = "utm_source=mail&from=singlemessage&isappinstalled=0"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    return Whole(tmp_path_factory.mktemp("unknown"))


def test_every_page_tells_a_part_that_it_does_not_know_and_no_other(whole: Whole):
    visitors: dict[str, Visitor] = {}
    for page, person, path in whole.pages():
        if not person or page == "newest_cycle":  # that leads to another page
            continue
        if person not in visitors:
            visitors[person] = Visitor(whole).sign_in(person)
        between = "&" if parse_qsl(urlsplit(path).query) else "?"
        told = visitors[person].get(f"{path}{between}overdue=1&{FOLLOWED}")
        text = told.get_data(as_text=True)
        if told.status_code == 200:
            assert text.count(SAID) == 1, path
            assert f"网址里的“overdue{SAID}" in text, path


def test_a_part_with_marks_of_its_own_is_shown_as_text(whole: Whole):
    text = Visitor(whole).sign_in(OFFICE).text("/cases?%3Cb%3E=1")
    assert f"“&lt;b&gt;{SAID}" in text


def test_a_view_keeps_what_its_list_knows_and_says_that_the_rest_was_left_out(whole: Whole):
    visitor = Visitor(whole).sign_in(OFFICE)
    for name, address, kept, left_out in (
        ("甲", "/cases?due=over&overdue=1", "/cases?due=over", True),
        ("乙", "/cases?due=soon", "/cases?due=soon", False),
        ("丙", "/ledgers/item?by=unit&after=", "/ledgers/item", False),
    ):
        visitor.post("/views", "/views", form="keep", name=name, address=address)
        text = visitor.text("/views")
        assert ("没有存。" in text) == left_out, name
        assert f'<span class="sub proof">{kept}</span>' in text
