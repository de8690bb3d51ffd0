"""A draw over HTTP: read with every byte that is hashed, taken away, and decided again offline."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest
from werkzeug.test import TestResponse

from schemas.commitments import commit
from schemas.draw import seed_of, tickets_of
from schemas.draw_file import digest, file_of
from services.workflow.__main__ import main
from services.workflow.application.firing.port import Wanted
from services.workflow.audit import Known
from services.workflow.audit.draw_file import NotADraw, verify_draw
from services.workflow.audit.ed25519 import load_verifier
from services.workflow.inspection import inspect
from tests.integration.http.conftest import STORES
from tests.integration.http.forms import Browser
from tests.integration.http.service import Service, begin, start
from tests.integration.http.test_bad_input import require_problem
from tests.integration.http.test_files import SHIPPED

DRAWN_AT = datetime(2020, 1, 9, 13, 15, tzinfo=UTC)
NUMBER = "02 05 11 18 24 33 + 09"
OFFICE, SECRETARY = "c.off", "c.sec"
TERMS = {"number": "two_colours", "issue": "2020004", "drawn_at": "2020-01-09T21:15:00+08:00"}


class Signing:
    """A service whose log is signed up to its end when it is told to be."""

    def __init__(self, service: Service) -> None:
        self.service = service

    def signed(self) -> None:
        parts = self.service.parts
        parts.sequencer.sequence()
        while parts.database.sequencing.tree_size() != self.n_signed():
            parts.sequencer._signed_at = None
            parts.sequencer.sign_if_due()

    def n_signed(self) -> int:
        last = self.service.parts.database.sequencing.last_checkpoint()
        return 0 if last is None else last.size


class Drawing(Signing):
    """A service, and the draw that is run in it."""

    def __init__(self, service: Service) -> None:
        super().__init__(service)
        body = {"kind": "draw", "cycle": service.cycle, "unit": "c"}
        opened = service.call("POST", "/v1/cases", body, person=OFFICE)
        assert opened.status_code == 201, opened.text
        self.case = opened.json["case"]["id"]

    def fire(self, trigger: str, person: str, **draw: Any) -> TestResponse:
        path = f"/v1/cases/{self.case}/transitions"
        reason = draw.pop("reason", None)
        body = {"trigger": trigger, "data": {"draw": {"on_site": draw}}} | (
            {"reason": reason} if reason else {}
        )
        return self.service.call("POST", path, body, person=person)

    def view(self) -> Any:
        found = self.service.get(f"/v1/cases/{self.case}/draw", OFFICE)
        assert found.status_code == 200, found.text
        return found.json

    def file(self) -> TestResponse:
        return self.service.get(f"/v1/cases/{self.case}/draw/file", OFFICE)

    def run(self) -> None:
        """Take every step up to the result."""
        self.attested()
        for person in (OFFICE, SECRETARY):
            assert self.fire("enter_number", person, number=NUMBER).status_code == 201
        self.signed()

    def attested(self) -> None:
        """Take every step up to the time of the number."""
        assert self.fire("freeze", OFFICE, **TERMS).status_code == 201
        self.signed()
        printed = sha256(self.view()["checkpoint"].encode()).hexdigest()
        for person in (OFFICE, SECRETARY):
            assert self.fire("attest", person, checkpoint=printed).status_code == 201
        self.service.clock.at = DRAWN_AT


@pytest.fixture(params=STORES, scope="module")
def drawing(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Drawing]:
    folder = tmp_path_factory.mktemp("drawing")
    service = begin(request.param, folder, request, schemes=[SHIPPED])
    made = Drawing(service)
    made.signed()
    made.run()
    yield made
    service.parts.database.close()


def test_everything_that_is_hashed_is_shown(drawing: Drawing) -> None:
    told = drawing.view()
    assert sha256(told["statement"].encode()).hexdigest() == told["sha256"]
    assert told["statement"].splitlines()[-len(told["units"]) :] == told["units"]
    result = told["result"]
    seed = seed_of(told["sha256"], bytes.fromhex(result["root"]), NUMBER)
    assert [(one["ticket"], one["unit"]) for one in result["tickets"]] == [
        *tickets_of(seed, told["units"])
    ]
    assert [*result["drawn"], *result["reserves"]] == [one["unit"] for one in result["tickets"]]


def test_the_mode_of_each_follows_from_its_ticket(drawing: Drawing) -> None:
    told, modes = drawing.view()["result"], dict[str, str]()
    for unit in (*told["drawn"], *told["reserves"]):
        review = drawing.service.reviews[unit]
        case = drawing.service.parts.database.store.standing([Wanted(case=review)]).case(review)
        assert case is not None
        modes[unit] = case.mode or ""
    assert {modes[unit] for unit in told["drawn"]} == {"on_site"}
    assert {modes[unit] for unit in told["reserves"]} == {"written"}


def test_a_number_that_was_entered_is_in_no_history(drawing: Drawing) -> None:
    events = drawing.service.get(f"/v1/cases/{drawing.case}/events", OFFICE).json["items"]
    (entered,) = (one for one in events if one["event"]["type"].endswith("number_entered.v1"))
    assert entered["texts"] == {}


def test_the_audit_finds_nothing(drawing: Drawing) -> None:
    parts = drawing.service.parts
    report = inspect(parts, [], str(parts.key.public), Known())
    assert [one for one in report.findings if one["code"] != "OUTSIDE_INVALID"] == []
    assert report.summary.n_erased == 0  # what both entered was compared


def test_the_file_is_decided_again_offline(
    drawing: Drawing, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (file := tmp_path / "draw.json").write_bytes(drawing.file().data)
    assert main(["draw", "verify", str(file)]) == 0
    assert "未核对是谁签发了检查点" in capsys.readouterr().out
    key = str(drawing.service.parts.key.public)
    assert main(["draw", "verify", str(file), "--key", key, "--json"]) == 0
    told = orjson.loads(capsys.readouterr().out)
    assert told["drawn"] == drawing.view()["result"]["drawn"]
    assert (told["signature"], told["entered"]) == ("checked", "compared")


def test_a_file_without_the_numbers_that_were_entered_says_that_none_were_compared(
    drawing: Drawing, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = orjson.loads(drawing.file().data)
    assert [one["text"] for one in told["entered"]] == [NUMBER, NUMBER]
    told["entered"].pop()
    (file := tmp_path / "draw.json").write_bytes(orjson.dumps(told | {"sha256": digest(told)}))
    assert main(["draw", "verify", str(file)]) == 0
    assert "未核对两人所录是否相同" in capsys.readouterr().out
    assert main(["draw", "verify", str(file), "--json"]) == 0
    assert orjson.loads(capsys.readouterr().out)["entered"] == "not compared"


def test_a_file_with_a_number_that_nobody_entered_is_refused(drawing: Drawing) -> None:
    told = orjson.loads(drawing.file().data)
    beside = {"sha256": commit(NUMBER, b"s" * 32)["sha256"], "salt": b"s" * 32, "text": NUMBER}
    made = told | {"entered": [*told["entered"], beside | {"salt": (b"s" * 32).hex()}]}
    assert not is_accepted(orjson.dumps(made | {"sha256": digest(made)}).decode())


def test_a_file_with_any_one_character_changed_is_refused(drawing: Drawing) -> None:
    text = drawing.file().data.decode()
    for at, character in enumerate(text):
        if not character.isspace():
            changed = text[:at] + ("x" if character != "x" else "y") + text[at + 1 :]
            assert not is_accepted(changed), f"{at}: {text[at - 20 : at + 20]}"


def test_a_character_changed_with_the_hash_made_anew_is_refused_by_what_it_contradicts(
    drawing: Drawing,
) -> None:
    told = orjson.loads(drawing.file().data)
    key = load_verifier(str(drawing.service.parts.key.public))
    for changed in changes(told):
        text = orjson.dumps(changed | {"sha256": digest(changed)}).decode()
        assert not is_accepted(text, key)


def changes(told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the file with each character of each text of it changed."""
    for name in ("statement", "number"):
        yield from (told | {name: spoilt} for spoilt in spoilt_texts(told[name]))
    for member in ("entries", "entered"):
        for nth, entry in enumerate(told[member]):
            for name, text in entry.items():
                for spoilt in spoilt_texts(text):
                    entries = [*told[member]]
                    entries[nth] = entry | {name: spoilt}
                    yield told | {member: entries}


def spoilt_texts(text: str) -> Iterator[str]:
    for at, character in enumerate(text):
        yield text[:at] + ("0" if character != "0" else "1") + text[at + 1 :]


def is_accepted(text: str, key: Any = None) -> bool:
    with suppress(NotADraw):
        return not verify_draw(text, key)[0]
    return False


def test_entries_left_out_or_in_another_order_are_refused(drawing: Drawing) -> None:
    told = orjson.loads(drawing.file().data)
    entries = told["entries"]
    others = [entries[:nth] + entries[nth + 1 :] for nth in range(len(entries))]
    for changed in (*others, entries[::-1], [], [*entries, entries[-1]]):
        made = told | {"entries": changed}
        assert not is_accepted(orjson.dumps(made | {"sha256": digest(made)}).decode())


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", "\x00", '{"format": 1}', "9" * 5_000])
def test_what_is_no_draw_is_refused_and_told(text: str, tmp_path: Path) -> None:
    (file := tmp_path / "draw.json").write_text(text)
    assert main(["draw", "verify", str(file)]) == 1


@pytest.mark.parametrize("event", [1, [], {}, None])
def test_a_file_whose_event_is_none_is_refused_and_told(event: Any, tmp_path: Path) -> None:
    (made := file_of("s", "n", [], []))["entries"] = [{"event": event, "proof": "p"}]
    (file := tmp_path / "draw.json").write_bytes(orjson.dumps(made | {"sha256": digest(made)}))
    assert main(["draw", "verify", str(file)]) == 1


def test_a_file_that_cannot_be_read_or_a_bad_key_is_misuse(tmp_path: Path) -> None:
    assert main(["draw", "verify", str(tmp_path / "none.json")]) == 2
    (file := tmp_path / "draw.json").write_text("{}")
    assert main(["draw", "verify", str(file), "--key", "none"]) == 2


def test_a_case_without_a_draw_has_none_to_read(drawing: Drawing) -> None:
    review = next(iter(drawing.service.reviews.values()))
    for path in (f"/v1/cases/{review}/draw", f"/v1/cases/{review}/draw/file"):
        found = drawing.service.get(path, OFFICE)
        require_problem(found, path)
        assert found.status_code == 404


BAD = [
    {},
    {**TERMS, "number": "lottery"},
    {**TERMS, "issue": "二〇二〇"},
    {**TERMS, "drawn_at": "2020-01-09"},
    {**TERMS, "left_out": [{"unit": "c.h1", "reason": "lazy"}]},
    {**TERMS, "left_out": [{"unit": "c.h1"}]},
    {**TERMS, "seed": "0"},
]


@pytest.mark.parametrize("draw", BAD)
def test_what_is_brought_wrongly_is_told_at_its_place(drawing: Drawing, draw: Any) -> None:
    found = drawing.fire("freeze", OFFICE, **draw)
    assert found.status_code in (409, 422)


def browsing(service: Service) -> Browser:
    password = "correct horse 8 battery"
    service.parts.accounts.accept_invitation(service.parts.accounts.invite(OFFICE), password)
    return Browser(service.app).sign_in(OFFICE, password)


def test_the_page_of_a_draw_tells_its_steps(drawing: Drawing) -> None:
    page = browsing(drawing.service).open(f"/cases/{drawing.case}")
    assert page.status_code == 200
    assert "2020004" in page.get_data(as_text=True)


def test_the_page_of_a_draw_asks_for_what_its_step_brings(tmp_path: Path) -> None:
    service = start(f"sqlite:///{tmp_path}/workflow.db", None, tmp_path, schemes=[SHIPPED])
    drawing = Drawing(service)
    drawing.signed()
    forms = browsing(service).page(f"/cases/{drawing.case}").forms
    names = {one.name for form in forms for one in form.inputs}
    assert {f"draw.on_site.{name}" for name in ("number", "issue", "drawn_at")} <= names
    service.parts.database.close()


def test_the_page_of_a_draw_says_that_two_entered_different_numbers(tmp_path: Path) -> None:
    service = start(f"sqlite:///{tmp_path}/workflow.db", None, tmp_path, schemes=[SHIPPED])
    drawing = Drawing(service)
    drawing.signed()
    drawing.attested()
    browser, at = browsing(service), f"/cases/{drawing.case}/draw"
    assert drawing.fire("enter_number", OFFICE, number=NUMBER).status_code == 201
    assert "等另一人登记" in browser.open(at).text
    another = NUMBER.replace("09", "10")
    assert drawing.fire("enter_number", SECRETARY, number=another).status_code == 201
    assert "所录还不一致" in browser.open(at).text
    assert drawing.fire("enter_number", SECRETARY, number=NUMBER).status_code == 201
    assert "所录还不一致" not in browser.open(at).text
    service.parts.database.close()
