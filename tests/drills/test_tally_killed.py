"""Power goes while a poll is closed, mixed, told and settled: before each statement in turn.

Whoever asks again gets to the same end: one tally in the log, every ballot in it once, one figure
for each who was judged, and nothing left of the slips.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

from schemas.tally import hash_of_codes
from services.workflow.adapters.database import tables
from services.workflow.adapters.files import scheme_file
from services.workflow.audit import Known
from services.workflow.inspection import inspect
from tests.databases import migrated_on
from tests.drills.test_ballots_cut_off import STORES
from tests.integration.http.service import OPENED, Clock, Service, settings, start
from tests.integration.http.test_polls import HOST, cast, room_of, slips
from tests.integration.http.test_tallies import balloting, tally, told_poll
from tests.killing import killed_before
from tests.parts import QuickParts
from tests.servers import Databases
from tests.unit.workflow.case.played import NOTICE

N_CAST = 11


@dataclass
class Evening:
    """A meeting whose ballots are all cast, kept as it was: each try is made on a copy of it."""

    folder: Path
    url: str
    token: str
    room: str
    codes: list[str]
    databases: Databases | None

    @contextmanager
    def again(self, nth: int) -> Iterator[Callable[[], Service]]:
        """Yield what connects to a fresh copy."""
        copy = self.folder / f"copy-{nth}"
        copy.mkdir()
        shutil.copy(self.folder / "log.key", copy)
        if self.databases is None:
            shutil.copy(self.folder / "workflow.db", copy)
            url, drop = f"sqlite:///{copy}/workflow.db", lambda: None
        else:
            databases = self.databases
            made = databases.fresh(sa.make_url(self.url).database or "")
            url, drop = made.app, lambda: databases.drop(made)
        yield lambda: self._connected(url, copy)
        drop()
        shutil.rmtree(copy)

    def _connected(self, url: str, folder: Path) -> Service:
        parts = QuickParts(settings(url, folder))
        parts.now = Clock(OPENED)
        return Service(parts=parts, app=parts.app(), clock=parts.now, token=self.token)

    def tell(self, service: Service) -> int:
        """Close the poll, and take its tally; return how that was answered."""
        closed = service.call("POST", f"{self.room}/closing", {}, person=HOST, key="closed-once")
        assert closed.status_code == 200, closed.text
        return tally(service, self.room).status_code


@pytest.fixture(params=STORES)
def evening(request: pytest.FixtureRequest, folder: Path) -> Evening:
    shipped = scheme_file.load(NOTICE.read_text(), NOTICE.name)
    owner, app = migrated_on(request.param, folder, request)
    service = start(owner, app, folder, schemes=(shipped,))
    room = room_of(service)
    made = slips(service, room, 6, rehearsal=False)
    made += slips(service, room, 6, rehearsal=False, electorate="invited")
    balloting(service, room)
    for one in made[:N_CAST]:
        assert cast(service, one["secret"]).status_code == 200
    service.parts.database.close()
    databases = None
    if request.param == "postgres":
        databases = request.getfixturevalue("postgres_databases")
    codes = sorted(one["check"] for one in made[:N_CAST])
    return Evening(folder, app or owner, service.token, room, codes, databases)


def test_a_tally_cut_off_at_any_step_is_told_once_and_whole_by_who_asks_again(
    evening: Evening,
) -> None:
    states = set[str]()
    for nth in count():
        with evening.again(nth) as connected:
            killed = killed_before(nth, lambda: evening.tell(connected()))
            service = connected()
            states.add(require_whole(service, evening))
            assert evening.tell(service) == 201
            require_told(service, evening)
            service.parts.database.close()
        if not killed:
            break
    assert states == {"open", "sealed", "counted"}


def require_whole(service: Service, evening: Evening) -> str:
    """What was cast lies in the urn or in the counts, and never in both, nor by half."""
    poll = told_poll(service, evening.room)
    n_covered = poll["n_covered"]
    with service.parts.database._connections.reading() as connection:
        n_urn = connection.execute(sa.select(sa.func.count()).select_from(tables.urn)).scalar()
        n_counted = connection.execute(sa.select(sa.func.sum(tables.counted.c.n))).scalar() or 0
    in_urn = N_CAST * n_covered if poll["state"] == "open" else 0
    in_counts = 0 if poll["state"] == "open" else N_CAST * n_covered
    kept = service.parts.database.ballots.polls.poll(poll["id"])
    if kept is not None and kept.told is not None:
        in_counts = n_counted  # settled: the table may be gone, its hash is in the log
    assert (n_urn, n_counted) == (in_urn, in_counts)
    return str(poll["state"])


def require_told(service: Service, evening: Evening) -> None:
    service.sequence()
    parts = service.parts
    found = inspect(parts, [], str(parts.key.public), Known()).findings
    # The meeting was put where it is by hand.
    assert {one["code"] for one in found} <= {"HEAD_DIFFERS", "ROWS_DIFFER"}, found
    poll = told_poll(service, evening.room)
    assert poll["state"] == "counted"
    assert service.get(f"/v1/polls/{poll['id']}/codes").json == {"codes": evening.codes}
    covered = service.get("/v1/cases?kind=review", HOST).json["items"]
    told = [
        one["event"]["data"]["components"]["ballot"]["figure"]
        for case in covered
        for one in service.get(f"/v1/cases/{case['id']}/events", HOST).json["items"]
        if "components" in one["event"]["data"]
    ]
    assert told == ["95.00"] * poll["n_covered"]
    meeting = evening.room.split("/")[3]
    events = service.get(f"/v1/cases/{meeting}/events?limit=200", HOST).json["items"]
    taken = [one["event"]["data"] for one in events if "tally_taken" in one["event"]["type"]]
    assert [one["codes"] for one in taken] == [hash_of_codes(evening.codes)]
    assert parts.database.ballots.slips.states(poll["id"]) == {}
