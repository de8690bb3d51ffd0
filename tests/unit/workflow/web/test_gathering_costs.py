"""What pages of those who gather ask of the database: the same, however many cases and people."""

import re
from collections.abc import Mapping
from pathlib import Path

from services.workflow.adapters.files import scheme_file
from services.workflow.application.boards.agenda import MOST_HEARD
from services.workflow.application.editions import Publishing
from services.workflow.application.reading_ports import ListQuery
from tests.end_to_end.pages.site import OFFICE, Shipped, china
from tests.texts import publish_schemes, publish_shipped
from tests.unit.workflow.case.played import NOTICE
from tests.unit.workflow.web.conftest import counted
from tests.unit.workflow.web.visitor import Visitor

HOST = "p-host"
PAGES = ("gathering", "roster", "sheet", "code")


class Large(Shipped):
    """One committee over so many branches, whose secretaries all stand on its roster."""

    def __init__(self, folder: Path, n: int) -> None:
        self.organisation = folder / "organisation.yaml"
        self.organisation.write_text("\n".join(_lines(n)), encoding="utf-8")
        super().__init__(folder, china("01-08", "08:30"))
        self.password(HOST)
        query = ListQuery(unit="u-host", kind="meeting", limit=5)
        self.meeting = self.parts.database.reads.list_cases(query).cases[0]
        self.sequence()


def _lines(n: int) -> list[str]:
    units = [
        "  - {id: u-top, name: 上级, kind: work_committee}",
        "  - {id: u-organ, parent: u-top, name: 机关, kind: organ_committee}",
        "  - {id: u-host, parent: u-organ, name: 医院, kind: unit_committee, staff: 900}",
        *(
            f"  - {{id: b-{i}, parent: u-host, name: 支部{i}, kind: grassroots_branch}}"
            for i in range(n)
        ),
    ]
    people = [OFFICE, HOST, *(f"p-{i}" for i in range(n))]
    posts = [(OFFICE, "u-organ", "office"), (HOST, "u-host", "office")]
    posts += [(f"p-{i}", f"b-{i}", "secretary") for i in range(n)]
    return [
        "units:",
        *units,
        "people:",
        *(f"  - {{id: {one}, name: 演示{one}}}" for one in people),
        "posts:",
        *(
            f"  - {{person: {who}, unit: {unit}, role: {role}, from: 2019-01-01}}"
            for who, unit, role in posts
        ),
        "",
    ]


def asked(folder: Path, n: int) -> Mapping[str, int]:
    """Return how many statements each page takes, once all is in memory."""
    site = Large(folder, n)
    visitor = Visitor(site).sign_in(HOST)
    path = f"/cases/{site.meeting.id}"
    told = visitor.post(f"{path}/transitions", path, trigger="list_attendants")
    assert told.status_code == 303, told.get_data(as_text=True)
    found = {}
    for address in (*(f"{path}/{page}" for page in PAGES), "/gatherings"):
        assert visitor.get(address).status_code == 200
        with counted() as statements:
            visitor.get(address)
        found[address.rpartition("/")[2]] = len(statements)
    assert f"{n}）" in visitor.text(f"{path}/gathering")
    return found


def test_each_page_takes_the_same_few_statements_at_20_and_at_2000(tmp_path: Path):
    (few := tmp_path / "few").mkdir()
    (many := tmp_path / "many").mkdir()
    small = asked(few, 20)
    assert asked(many, 1_990) == small
    assert max(small.values()) <= 12, small


def test_an_agenda_of_several_pages_is_there_whole_for_the_minutes(tmp_path: Path):
    site = Large(tmp_path, MOST_HEARD + 10)
    boards, at = site.parts.boards, site.meeting.id
    look = boards.look(site.actor(HOST), site.parts.now())
    shown = {first: boards.gathering(look, at, first) for first in (0, MOST_HEARD, 9_999, "whole")}
    assert [(one.first, len(one.agenda)) for one in shown.values()] == [
        (0, MOST_HEARD),
        (MOST_HEARD, 10),
        (MOST_HEARD, 10),  # behind its end: the last page
        (0, MOST_HEARD + 10),
    ]


def minuted_at_once(publishing: Publishing) -> None:
    """Publish the shipped scheme, but its minutes may be filed at once."""
    text = NOTICE.read_text(encoding="utf-8")
    filed = "label: 提交述评会议纪要\n        from: [held]"
    assert text.count(filed) == 1
    text = text.replace(filed, filed.replace("held", "planning, held"))
    publish_shipped(publishing)
    publish_schemes(publishing, scheme_file.load(text, NOTICE.stem))


class Minuted(Large):
    publish = staticmethod(minuted_at_once)


def test_minutes_begin_with_all_that_is_on_the_agenda_whichever_page_of_it_is_shown(
    tmp_path: Path,
):
    site = Minuted(tmp_path, MOST_HEARD + 10)
    page = Visitor(site).sign_in(HOST).text(f"/cases/{site.meeting.id}/gathering")
    _, outcome = re.findall(r'<textarea[^>]*name="documents\.proceedings\.[^>]*>([^<]*)<', page)[:2]
    numbers = [line.partition(". ")[0] for line in outcome.splitlines()]
    assert numbers == [str(n) for n in range(1, MOST_HEARD + 11)]
