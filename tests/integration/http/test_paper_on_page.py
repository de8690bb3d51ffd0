"""Paper counted on the page of a poll: nothing typed is lost, what is wrong is named."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from werkzeug.test import TestResponse

from services.workflow.domain.ballots.slips import spelled
from tests.integration.http.forms import Browser, Form
from tests.integration.http.service import Service
from tests.integration.http.test_polls import HOST, as_shipped, room_of, slips
from tests.integration.http.test_sights import signed_in
from tests.integration.http.test_tallies import balloting


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    yield from as_shipped(tmp_path)


class Hall:
    """The page of a poll that takes ballots, and who holds it."""

    def __init__(self, service: Service) -> None:
        self.room = room_of(service)
        made = slips(service, self.room, 3, rehearsal=False)
        self.codes = [spelled(one["check"]) for one in made]
        balloting(service, self.room)
        self.browser: Browser = signed_in(service, HOST)
        self.at = self.room.removeprefix("/v1").rpartition("/")[0]

    def form(self, action: str) -> Form:
        forms = self.browser.page(self.at).forms
        return next(one for one in forms if one.action.endswith(action))

    def send(self, action: str, **typed: str) -> TestResponse:
        form = self.form(action)
        return self.browser.send(form, urlencode(form.typed() | typed).encode())


@pytest.fixture
def hall(service: Service) -> Hall:
    return Hall(service)


def sealed(service: Service, hall: Hall) -> dict[str, str]:
    """Close the poll; return the form of the paper count as it is shown."""
    service.call("POST", f"{hall.room}/closing", {}, person=HOST)
    return hall.form("/paper").typed()


def all_good(form: dict[str, str], n: str) -> dict[str, str]:
    """Return a count in which *n* sheets of members said good of everybody."""
    figures = {name: n for name in form if re.fullmatch(r"members[.][0-9]+[.][a-z_]+[.]good", name)}
    return figures | {"members.n_paper": n}


def test_what_somebody_counted_stands_in_their_form_and_in_nobody_elses(
    service: Service, hall: Hall
):
    typed = all_good(sealed(service, hall), "2")
    assert hall.send("/paper", **typed).status_code == 303
    again = hall.form("/paper").typed()
    assert {name: again[name] for name in typed} == typed
    assert (
        hall.send("/paper", **{"members.n_returned": "1"}).status_code == 303
    )  # one figure mended
    again = hall.form("/paper").typed()
    assert {name: again[name] for name in typed} == typed
    office = signed_in(service, "c.sec")
    other = next(one for one in office.page(hall.at).forms if one.action.endswith("/paper")).typed()
    assert {other[name] for name in typed} == {"", "0"}
    told = [service.get(hall.room.rpartition("/")[0], who).json for who in (HOST, "c.sec")]
    mine, others = (one["items"][0]["own_count"] for one in told)
    assert (mine["members"]["n_paper"], mine["members"]["n_returned"], others) == (2, 1, None)


def test_a_sum_that_does_not_add_up_is_named_and_nothing_typed_is_lost(
    service: Service, hall: Hall
):
    typed = all_good(sealed(service, hall), "2")
    spoilt = next(name for name in typed if name.endswith(".good"))
    refused = hall.send("/paper", **typed | {spoilt: "1"})
    assert refused.status_code == 422
    assert "2（现为 1）" in refused.text
    assert "review/" not in re.sub("<[^>]*>", "", refused.text)  # by name and not by id
    for name, value in (typed | {spoilt: "1"}).items():
        assert f'name="{name}" value="{value}"' in refused.text


def test_a_code_that_was_entered_as_the_other_is_told_as_that(hall: Hall):
    code = hall.codes[0]
    assert "已登记" in hall.send("/codes", codes=code, **{"as": "spoilt"}).text
    told = hall.send("/codes", codes=code, **{"as": "paper"}).text
    assert f"先前已按污损换发登记，不作纸质票计：{code}" in told
    assert f"先前已登记：{code}" in hall.send("/codes", codes=code, **{"as": "spoilt"}).text


def test_a_form_without_codes_comes_back_with_why(hall: Hall):
    refused = hall.send("/codes", codes="  ", **{"as": "paper"})
    assert refused.status_code == 422
    assert "核验码：" in refused.text
    assert "登记纸质票" in refused.text


def test_of_many_codes_the_unfit_line_is_named_and_all_of_them_stay(hall: Hall):
    typed = [hall.codes[0], "x" * 61, hall.codes[1]]
    refused = hall.send("/codes", codes="\r\n".join(typed), **{"as": "paper"})
    assert refused.status_code == 422
    assert "核验码第 2 行：" in refused.text
    assert "\n".join(typed) in refused.text


def test_a_figure_that_is_none_is_told_with_whom_it_is_about(service: Service, hall: Hall):
    typed = sealed(service, hall)
    (wrong,) = (one for one in typed if re.fullmatch("members[.]1[.][a-z_]+[.]good", one))
    refused = hall.send("/paper", **{wrong: "x"})
    assert refused.status_code == 422
    (label,) = re.findall(f'name="{re.escape(wrong)}"[^>]*aria-label="([^"]+)"', refused.text)
    assert label.count(" ") == 2  # whom it is about, what was asked, and what was said
    assert f" {label}：" in refused.text
