"""A process that hangs for twenty seconds, under load: what waits goes on when it wakes up."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.drills.site import STORES, UNITS, Site
from tests.faults.load import Load

HANGS_S = 20.0


@contextmanager
def stopped(site: Site, victim: str) -> Iterator[None]:
    """Stop *victim* with all its children, and let them go on at the end."""
    if victim != "postgres":
        site.world.running.pause(victim)
        yield
        site.world.running.go_on(victim)
        return
    assert site.server is not None
    main = site.server.pid
    children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
    stopped = [main, *map(int, children)]
    for number in (signal.SIGSTOP, signal.SIGCONT):
        for pid in stopped:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue  # a connection's process that had just ended
        if number is signal.SIGSTOP:
            yield


@pytest.mark.parametrize("site", STORES, indirect=True)
def test_a_stop_of_twenty_seconds_loses_nothing_and_repeats_nothing(site: Site) -> None:
    victims = [*site.processes, *(["postgres"] if site.server else [])]
    with Load(site.world, UNITS) as load:
        for victim in victims:
            with stopped(site, victim):
                time.sleep(HANGS_S)  # the fault itself, not a wait for something
            load.go_on()
    site.require_well(load)
