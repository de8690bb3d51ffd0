"""Killed in the middle of load and started again: nothing acknowledged is lost, nothing done twice.

What is not started again here has to come back by itself, as it would without an operator.
"""

import os
import signal
from collections import Counter
from pathlib import Path

import pytest

from tests.end_to_end.world import World, until
from tests.faults.conftest import ON_SERVERS, Victim
from tests.faults.load import Load

UNITS = ("h1-1", "h1-2", "h1-3", "h1-4")
KILLS = [
    ("embedded", "a worker"),
    ("embedded", "serve"),
    ("embedded", "the server alone"),
    ("embedded", "notifier"),
    *(
        pytest.param("production", victim, marks=ON_SERVERS)
        for victim in ("a worker", "serve", "the server alone", "sequence", "relay", "notifier")
    ),
    pytest.param("production", "postgres", marks=ON_SERVERS),
]

# The database interrupts many things at once: a few times more find a few moments more.
TIMES = {"postgres": 6}


def workers(world: World) -> list[int]:
    """Return the children of `serve` that run, oldest first."""
    pid = world.running.processes["serve"].pid
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [child for child in map(int, listed) if runs(child)]


def runs(pid: int) -> bool:
    """Tell whether a process runs; one that has ended and waits for its new parent does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):  # gone, or gone while it was read
        return False
    return status.rpartition(") ")[2][0] != "Z"


def kill(system: Victim, victim: str) -> None:
    """Kill *victim*, and start again what a supervisor would."""
    if victim == "a worker":
        # The last child: with the `spawn` method the first is the tracker of resources.
        os.kill(workers(system.world)[-1], signal.SIGKILL)
    elif victim == "the server alone":
        orphans = workers(system.world)
        system.world.running.processes["serve"].kill()
        until(lambda: not any(runs(orphan) for orphan in orphans))
        system.world.running.launch("serve")
    elif victim == "postgres":
        assert system.postgres is not None
        system.postgres.kill()
        system.postgres.restart()
    else:
        system.world.running.kill(victim)
        system.world.running.launch(victim)


@pytest.mark.parametrize(("system", "victim"), KILLS, indirect=["system"])
def test_a_kill_in_the_middle_of_load_loses_nothing_and_repeats_nothing(
    system: Victim, victim: str
) -> None:
    with Load(system.world, UNITS) as load:
        for _ in range(TIMES.get(victim, 2)):
            kill(system, victim)
            load.go_on()
    assert all(process.alive for process in system.world.running.processes.values())
    assert load.faults() == []
    assert {201, 409} <= load.answers.keys()
    require_told_once(system, load)
    system.world.require_whole()


def require_told_once(system: Victim, load: Load) -> None:
    """Hold inbox and mail against the urges: in-app once each, mail at most once more, marked."""
    log = [entry["event"] for entry in system.world.log()]
    urged = [event for event in log if event["correlationid"] in load.urges]
    acknowledged = [id_ for id_, status in load.urges.items() if status == 201]
    assert Counter(event["correlationid"] for event in urged) >= Counter(acknowledged)
    notices = [event["data"] for event in log if "notice_recorded" in event["type"]]
    ids = Counter(notice["notice"] for notice in notices)
    assert set(ids.values()) <= {1}
    mails = Counter(one.message["Message-ID"] for one in system.mail.mails)
    unknown = {notice["notice"] for notice in notices if notice["outcome"] == "unknown"}
    repeated = {id_.strip("<>").partition("@")[0] for id_, n in mails.items() if n > 1}
    assert repeated <= unknown
    assert set(mails.values()) <= {1, 2}
