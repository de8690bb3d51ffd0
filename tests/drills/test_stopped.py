"""A process that hangs for twenty seconds, under load: what waits goes on when it wakes up."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from tests.drills.site import STORES, UNITS, Site
from tests.faults.load import Load

HANGS_S = 20.0


@contextmanager
def stopped(site: Site, victim: str) -> Iterator[None]:
    """Stop *victim* with all its children, and let them go on at the end."""
    running = site.world.running
    if victim == "postgres":
        assert site.server is not None
        pause, go_on = site.server.pause, site.server.go_on
    else:
        pause, go_on = partial(running.pause, victim), partial(running.go_on, victim)
    pause()
    try:
        yield
    finally:
        go_on()


@pytest.mark.parametrize("site", STORES, indirect=True)
def test_a_stop_of_twenty_seconds_loses_nothing_and_repeats_nothing(site: Site) -> None:
    victims = [*site.processes, *(["postgres"] if site.server else [])]
    with Load(site.world, UNITS) as load:
        for victim in victims:
            with stopped(site, victim):
                time.sleep(HANGS_S)  # the fault itself, not a wait for something
            load.go_on()
    site.require_well(load)
