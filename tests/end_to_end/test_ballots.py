"""A room votes with the whole system running: what it writes anywhere tells no slip and no score.

Searched are the output of every process, the metrics of all of them, the log, the topic where there
is one, the mails, what the notifier decided, and its files where a file is its database.
"""

import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.client import Answer, Client
from deploy.running import WORKFLOW
from deploy.servers import SmtpSink
from services.workflow.domain.ballots.slips import spelled
from tests.end_to_end.test_made_up_kinds import POLICY
from tests.end_to_end.world import World
from tests.integration.kafka.publishing import Reader
from tests.texts import ROOM

HOST, SCORE = "c.off", "73.5"  # which nobody else gives
_SCORE = re.compile(rb"(?<![\d.=])73\.5(?!\d)")
N_SLIPS = 6
IN_TWO_PROCESSES = ("SHUPING_METRICS_BIND", "SHUPING_NOTIFIER_BIND")
METRICS = (*IN_TWO_PROCESSES, "SHUPING_SEQUENCER_BIND", "SHUPING_RELAY_BIND")
# Much that is open beside it is due then, and its letters have left.
DUE = ("01-14 10:00", "01-14 11:05")


class Room:
    """A poll from its slips to its tally, and everything that was sent by those who voted."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.phones = world, Client(world.running.url)
        policy = folder / "policy.yaml"
        told = POLICY.format(id="rooms").replace("[inapp]", "[inapp, email]")
        policy.write_text(told, encoding="utf-8")
        for kind, file in (("scheme", ROOM), ("policy", policy)):
            world.running.command(WORKFLOW, kind, "import", str(file))
        cycle = self._host("/v1/cycles", {"scheme": "rooms", "unit": "c", "round": "2019"})["id"]
        (case,) = world.api.get("/v1/cases", HOST, cycle=cycle, kind="vote").body["items"]
        self._case = f"/v1/cases/{case['id']}"
        body = {"electorate": "deputies", "n": N_SLIPS}
        self.slips = self._host(f"{self._case}/polls/figures/slips", body)["slips"]
        self.nonces = [secrets.token_urlsafe(24) for _ in self.slips]
        self._host(f"{self._case}/transitions", {"trigger": "start"})

    def vote(self) -> None:
        """Let everybody vote, some of them wrongly first, and once more."""
        for nth in range(N_SLIPS):
            assert self._cast(nth, "not a figure").status == 400
            assert self._cast(nth, SCORE if nth == 2 else "50").status == 200
        again = {"secret": self.slips[0]["secret"], "nonce": secrets.token_urlsafe(24), "sheet": []}
        assert self.phones.call("POST", "/v1/ballots", again).status == 409

    def _cast(self, nth: int, value: str) -> Answer:
        secret = {"secret": self.slips[nth]["secret"]}
        if "lines" not in (sheet := self.phones.call("POST", "/v1/ballots/sheet", secret).body):
            return self.phones.call("POST", "/v1/ballots/sheet", secret)
        answers = [
            {"about": line["about"], "question": "overall", "value": value}
            for line in sheet["lines"]
        ]
        return self.phones.call(
            "POST", "/v1/ballots", secret | {"nonce": self.nonces[nth], "sheet": answers}
        )

    def tell(self) -> None:
        self._host(f"{self._case}/polls/figures/closing", {})
        self._host(f"{self._case}/polls/figures/tally", {})
        self.world.running.settle()

    def _host(self, path: str, body: Any) -> dict[str, Any]:
        answer = self.world.api.post(path, body, HOST)
        assert answer.status in (200, 201), answer.body
        return answer.body


def written(world: World) -> Iterator[tuple[str, bytes]]:
    """Yield what the system wrote, and where."""
    for file in world.running.folder.glob("*.log"):
        yield file.name, file.read_bytes()
    environment = world.running.environment
    for place in METRICS if "SHUPING_KAFKA_BOOTSTRAP" in environment else IN_TWO_PROCESSES:
        metrics = Client(f"http://{environment[place]}").get("/metrics")
        yield place, metrics.body["text"].encode()
    yield "the log", str(world.log()).encode()
    yield "the notices", str(world.ledger(limit="200")).encode()
    kept = environment["SHUPING_NOTIFIER_DATABASE_URL"]
    if kept.startswith("sqlite:///"):
        for file in Path(kept.removeprefix("sqlite:///")).parent.glob("notifier.db*"):
            yield file.name, file.read_bytes()


@pytest.fixture
def published(world: World) -> Reader | None:
    bootstrap = world.running.environment.get("SHUPING_KAFKA_BOOTSTRAP", "")
    return Reader(bootstrap) if bootstrap else None


def test_nothing_that_is_written_tells_a_slip_or_a_score(
    world: World, published: Reader | None, mail: SmtpSink, tmp_path: Path
) -> None:
    room = Room(world, tmp_path)
    room.vote()
    room.tell()
    for moment in DUE:
        world.at(moment)
    found = dict(written(world))
    found["the mails"] = "\n".join(f"{one.message}\n{one.text}" for one in mail.mails).encode()
    assert mail.mails
    assert b"shuping.example" in found["the mails"]
    if published is not None:
        found["the topic"] = b"\n".join(value for _, _, value in published.records())
        assert b"workflow.tally_taken.v1" in found["the topic"]
    assert b"tally_taken" in found["the log"]
    assert b"/v1/cases/<case>/polls/<poll>/closing" in found["serve.log"]
    told = [one["secret"] for one in room.slips] + room.nonces
    sought = [*told, *map(spelled, told), *(one["check"] for one in room.slips)]
    for where, text in found.items():
        assert not [one for one in sought if one.encode() in text], where
        assert not _SCORE.search(text), where
        assert b"/v1/ballots" not in text, where
