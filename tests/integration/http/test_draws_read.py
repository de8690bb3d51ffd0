"""Who reads a draw, and what they are told at every step: before, while it hangs, and after."""

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest

from schemas.draw_file import digest
from services.workflow.__main__ import main
from tests.integration.http.conftest import STORES
from tests.integration.http.service import begin
from tests.integration.http.test_draws import (
    DRAWN_AT,
    NUMBER,
    OFFICE,
    SECRETARY,
    TERMS,
    Drawing,
    browsing,
)
from tests.integration.http.test_files import SHIPPED

SLIP = "02 05 11 18 24 33 + 08"
LISTED, EXEMPT, NOT_LISTED = "c-h1.sec", "c-h2.sec", "c-h1-a.sec"
AGAIN = {"number": "two_colours", "issue": "2020005", "drawn_at": "2020-01-14T21:15:00+08:00"}
WHY = "名单有误，重新抽签"


class Story(Drawing):
    """A draw that comes to different numbers first, and is followed by a second one."""

    def reads(self, person: str, file: str = "") -> Any:
        found = self.service.get(f"/v1/cases/{self.case}/draw{file}", person)
        return found.json if found.status_code == 200 else found.status_code

    def due_on(self) -> str:
        told: str = self.service.get(f"/v1/cases/{self.case}", OFFICE).json["due_on"]
        return told

    def signed_by_two(self) -> None:
        self.signed()
        printed = sha256(self.view()["checkpoint"].encode()).hexdigest()
        for person in (OFFICE, SECRETARY):
            assert self.fire("attest", person, checkpoint=printed).status_code == 201


@pytest.fixture(params=STORES)
def story(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("story")
    service = begin(request.param, folder, request, schemes=[SHIPPED])
    made = Story(service)
    made.signed()
    yield made
    service.parts.database.close()


def test_who_is_on_the_list_reads_the_draw_and_is_told_how_it_stands(
    story: Story, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    before = story.reads(OFFICE)
    assert (before["terms"], before["would_hold"]["take"]) == (None, 1)
    assert before["would_hold"]["units"] == ["c-b1", "c-h1", "c-h2"]
    assert [story.reads(one) for one in (LISTED, NOT_LISTED)] == [404, 404]
    left_out = [{"unit": "c-h2", "reason": "merged"}]
    assert story.fire("freeze", OFFICE, **TERMS, left_out=left_out).status_code == 201
    # The number is drawn on the evening of the 9th: nobody can enter it before.
    assert story.due_on() == "2020-01-10"
    told = [story.reads(one) for one in (LISTED, "c-h1.clerk", EXEMPT, OFFICE)]
    assert [one["units"] for one in told] == [["c-b1", "c-h1"]] * 4
    assert [story.reads(one) for one in (NOT_LISTED, "c-h2-a.sec")] == [404, 404]
    assert story.service.get(f"/v1/cases/{story.case}", LISTED).status_code == 404
    _differing(story)
    for person in (LISTED, EXEMPT):
        assert story.reads(person)["result"]["number"] == NUMBER
        assert story.reads(person, "/file")["number"] == NUMBER
    assert story.reads(NOT_LISTED, "/file") == 404
    _exempted(story, capsys, tmp_path)
    _drawn_again(story)


def _differing(story: Story) -> None:
    story.signed_by_two()
    story.service.clock.at = DRAWN_AT
    alone = story.fire("enter_number", OFFICE, number=NUMBER)
    assert "numbers_differ" not in alone.json
    differs = story.fire("enter_number", SECRETARY, number=SLIP)
    assert (differs.status_code, differs.json["numbers_differ"]) == (201, True)
    told = story.view()
    assert (told["numbers_differ"], told["result"]) == (True, None)
    assert NUMBER not in str(told) and SLIP not in str(told)  # noqa: PT018 - it says *that* alone
    browser = browsing(story.service)
    said = {f"/cases/{story.case}": "已有两人登记号码，但没有抽定"}
    for page, sentence in (said | {f"/cases/{story.case}/draw": "所录还不一致"}).items():
        text = browser.open(page).get_data(as_text=True)
        assert sentence in text
        assert SLIP not in text
    form = browser.open(f"/cases/{story.case}").get_data(as_text=True)
    assert "如 01 02 03 04 05 06 + 01" in form
    assert story.fire("enter_number", SECRETARY, number=NUMBER).status_code == 201
    told = story.view()
    assert (told["numbers_differ"], told["result"]["number"]) == (False, NUMBER)
    story.signed()


def _exempted(story: Story, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """A file says how far it goes: that the last of it is gone, nothing else could tell."""
    drawn = story.view()["result"]["drawn"]
    for unit in drawn:
        brought = {"unit": unit, "reason": "ill"}
        path = f"/v1/cases/{story.case}/transitions"
        body = {"trigger": "exempt_unit", "data": {"draw": {"on_site": brought}}, "reason": "病假"}
        assert story.service.call("POST", path, body, person=OFFICE).status_code == 201
    story.signed()
    whole = orjson.loads(story.service.get(f"/v1/cases/{story.case}/draw/file", OFFICE).data)
    told = list[dict[str, Any]]()
    for left_out in ([], [len(whole["entries"]) - 1], [4]):
        entries = [one for nth, one in enumerate(whole["entries"]) if nth not in left_out]
        made = whole | {"entries": entries}
        (file := folder / "draw.json").write_bytes(orjson.dumps(made | {"sha256": digest(made)}))
        capsys.readouterr()
        main(["draw", "verify", str(file), "--json"])
        told.append(orjson.loads(capsys.readouterr().out))
    main(["draw", "verify", str(file)])
    assert "不在文件中" in capsys.readouterr().out
    events = story.service.get(f"/v1/cases/{story.case}/events", OFFICE).json["items"]
    last = events[-1]
    assert told[0]["version"] == last["event"]["streamversion"]
    assert told[1]["version"] == told[0]["version"] - 1
    assert told[1]["position"] < told[0]["position"] <= told[0]["signed"]
    assert [len(one["lacking"]) for one in told] == [0, 0, 1]


def _drawn_again(story: Story) -> None:
    first, service = story.case, story.service
    closing = {"trigger": "close"}
    path = f"/v1/cases/{first}/transitions"
    assert service.call("POST", path, closing, person=OFFICE).status_code == 201
    service.clock.at = datetime(2020, 1, 10, 3, tzinfo=UTC)
    second = Story(service)
    assert second.fire("freeze", OFFICE, **AGAIN, reason=WHY).status_code == 201
    (later,), (earlier,) = story.view()["others"], second.view()["others"]
    assert (later["case"], later["reason"]) == (f"draw/{second.case}", WHY)
    assert (earlier["case"], earlier["reason"]) == (f"draw/{first}", None)
    assert later["follows"] == earlier["case"]
    assert story.reads(EXEMPT)["others"] == [later]
    browser = browsing(service)
    shown = browser.open(f"/cases/{first}/draw").get_data(as_text=True)
    assert WHY in shown and "以最后抽定的为准" in shown  # noqa: PT018 - one page
    shown = browser.open(f"/cases/{second.case}/draw").get_data(as_text=True)
    assert f"/cases/{first}/draw" in shown and "以最后抽定的为准" not in shown  # noqa: PT018
