"""A kind of datum that no file of the product knows: one file makes it, and the product lives it.

It stands in a file, is drawn and rehearsed, asked for by HTTP and by a form, recorded with its text
committed, folded, told in the history, and comes through a rebuild: nothing but its entry is added.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from schemas.document import Faults
from schemas.fields import Day, ObjectOf, StrictSchema, Text
from services.workflow.adapters.files import scheme_file
from services.workflow.adapters.memory.cases import MemoryCases
from services.workflow.application.auditing import Auditing
from services.workflow.application.rehearsing.rehearsal import Stage
from services.workflow.application.rehearsing.scenes import play
from services.workflow.application.rehearsing.troupe import made_up
from services.workflow.domain.case.acts import Asked
from services.workflow.domain.data import kinds
from services.workflow.domain.data.datum import Datum, Field, Filing, Given, by_name, titled
from services.workflow.domain.data.texts import Words
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.triggers import Take
from services.workflow.domain.language.shapes import Key, Line, Whole
from services.workflow.domain.language.showing import show
from services.workflow.domain.refusals import Blocker
from tests.integration.http.forms import FORM, Browser, Form
from tests.integration.http.service import Service
from tests.integration.http.test_on_request import SECRETARY, TEXT, ask
from tests.texts import publish_schemes
from tests.unit.workflow.case.played import CALENDAR

# --- The kind ---


@dataclass(frozen=True, kw_only=True, slots=True)
class Pledged(Take):
    """`{pledge: handover, label: 交接, within: 40}`: a day within so many, and what by then."""

    label: str
    within: int


def _shape(takes: Sequence[Pledged], _scheme: Scheme, _tier: str) -> Field:
    entries = {}
    for take in takes:
        words = Text(most=200, multiline=True, required=True)
        parts = {"by": titled(Day(required=True), "不迟于"), "words": titled(words, "事项")}
        inner = StrictSchema.from_dict(dict(parts), name="Pledge")
        entries[take.name] = titled(ObjectOf(inner, required=not take.optional), take.label)
    return by_name("Pledges", entries, takes)


def _check(takes: Iterable[Pledged], asked: Asked) -> Iterator[Blocker]:
    for take in takes:
        last = asked.day + timedelta(days=take.within)
        if asked.act.given["pledges"][take.name]["by"] > last:
            place, told = f"data.pledges.{take.name}.by", {"date": last.isoformat()}
            yield Blocker(code="planned_too_late", field=place, params=told)


def _record(takes: Sequence[Pledged], given: Given, _filing: Filing) -> dict[str, Any]:
    told = {take.name: given[take.name] for take in takes if take.name in given}
    return {
        name: {"by": one["by"].isoformat(), "words": Words(one["words"])}
        for name, one in told.items()
    }


PLEDGE = Datum(
    what="pledge",
    member="pledges",
    keys={"label": Key(Line()), "within": Key(Whole(1, 100))},
    made=Pledged,
    unsound=lambda take: "nobody waits so long" if take.within > 90 else "",
    label=lambda take, _scheme, _tier: take.label,
    shape=_shape,
    check=_check,
    record=_record,
)

# --- What becomes of it ---

TAKEN = "takes: [{pledge: handover, label: 交接承诺, within: 40}]"
OPENED = "opens: {case: follow_up, with: [handover]}"
SCHEME = (
    TEXT.replace("to: granted,", f"to: granted, {TAKEN}, {OPENED},")
    + """
  follow_up:
    label: 销假
    many_for: leave
    initial: away
    states:
      - {name: away, label: 休假中, desk: {party: at_home, roles: [secretary]}, due: {days: 3}}
      - {name: back, label: 已销假, final: completed}
    triggers:
      return: {label: 销假, from: [away], to: back, by: [{party: at_home, roles: [secretary]}]}
"""
)
GIVEN = {"pledges": {"handover": {"by": "2020-01-20", "words": "交清账目"}}}


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(kinds.DATA, PLEDGE.what, PLEDGE)


@pytest.fixture
def case(service: Service) -> tuple[Service, str]:
    publish_schemes(service.parts.publishing, scheme_file.load(SCHEME, "requests.txt"))
    return service, ask(service).json["case"]["id"]


def grant(asked: tuple[Service, str], data: Any) -> Any:
    service, case = asked
    body = {"trigger": "grant", "data": data}
    return service.call("POST", f"/v1/cases/{case}/transitions", body, person=SECRETARY)


def test_what_a_file_says_of_it_is_held_against_its_own_rule(known: None):
    with pytest.raises(Faults, match=r"requests\.txt:\d+: .*takes\[0\]: nobody waits so long"):
        scheme_file.load(SCHEME.replace("within: 40", "within: 99"), "requests.txt")


def test_a_scheme_that_takes_it_is_drawn_and_rehearsed(known: None):
    scheme = scheme_file.load(SCHEME, "requests.txt")
    assert "附“交接承诺”" in show(scheme)
    begins = datetime(2020, 1, 8, 1, tzinfo=UTC)
    played = play(
        Stage(
            scheme=scheme,
            organisation=made_up(scheme),
            calendar=CALENDAR,
            store=MemoryCases,
            begins=begins,
        )
    )
    assert [one.name for one in played.lacking] == []
    assert any(line.trigger == "grant" and line.done for one in played.scenes for line in one.diary)


def test_clients_learn_its_shape_and_are_refused_by_its_rule(case: tuple[Service, str]):
    service, id_ = case
    (told,) = service.get(f"/v1/cases/{id_}/transitions", SECRETARY).json["items"]
    asked = told["data"]["properties"]["pledges"]["properties"]["handover"]
    assert (asked["title"], asked["required"]) == ("交接承诺", ["by", "words"])
    assert grant(case, {"pledges": {}}).json["errors"][0]["field"] == "data.pledges.handover"
    late = {"pledges": {"handover": {"by": "2020-09-01", "words": "x"}}}
    (error,) = grant(case, late).json["errors"]
    assert (error["field"], error["code"]) == ("data.pledges.handover.by", "planned_too_late")


def test_its_event_holds_values_and_commitments_and_is_folded_again(case: tuple[Service, str]):
    answer = grant(case, GIVEN)
    assert answer.status_code == 201, answer.text
    told = answer.json["event"]["data"]["given"]["pledge"]["handover"]
    assert (told["by"], sorted(told["words"])) == ("2020-01-20", ["length", "sha256"])
    service, id_ = case
    before = list(service.parts.database.audit.dump())
    assert sum(b"pledge" in line for line in before) == 2  # of the case, and of the one it opened
    auditing = Auditing(store=service.parts.database.audit, rulebook=service.parts.rulebook)
    assert list(auditing.compare()) == []
    auditing.rebuild()
    assert list(service.parts.database.audit.dump()) == before
    listed = service.get(f"/v1/cases/{id_}/events", SECRETARY).json["items"]
    assert "交清账目" in str(listed[-1])


def test_it_is_filled_in_on_a_page_and_told_in_the_history(case: tuple[Service, str]):
    service, id_ = case
    accounts, password = service.parts.accounts, "correct horse 8 battery"
    accounts.accept_invitation(accounts.invite(SECRETARY), password)
    browser = Browser(service.app).sign_in(SECRETARY, password)
    form = act_form(browser, id_)
    assert [one.name for one in form.inputs if "handover" in one.name] == [
        "pledges.handover.by",
        "pledges.handover.words",
    ]
    typed = {"pledges.handover.by": date(2020, 1, 20), "pledges.handover.words": "交清账目"}
    typed |= {"number": "2020-leave-0001", "reason": "", "reference": "", "effective_at": ""}
    sent = browser.send(form, urlencode(form.typed() | typed).encode(), FORM)
    assert sent.status_code == 303, sent.get_data(as_text=True)
    text = re.sub(r"<[^>]+>", "", browser.open(f"/cases/{id_}").get_data(as_text=True))
    assert "交接承诺：不迟于 2020-01-20" in text
    assert "交清账目" in text


def act_form(browser: Browser, case: str) -> Form:
    forms = browser.page(f"/cases/{case}").forms
    return next(form for form in forms if form.typed().get("trigger") == "grant")
