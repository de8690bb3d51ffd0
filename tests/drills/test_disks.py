"""A disk that is full, whole or in one part; a folder that is gone, or may only be read."""

from pathlib import Path

import pytest

from tests.drills.disks import full, read_only, small_disk
from tests.drills.site import STORES, UNITS, Site, running_site
from tests.end_to_end.systems import Prepared
from tests.end_to_end.world import REPORT, until
from tests.faults.load import Load

MEGABYTES = {"sqlite": 48, "postgres": 256}
REFUSES = ("", "data")  # nothing can be stored while these are full
PARTS = [
    pytest.param("", id="everything"),
    pytest.param("data", id="database"),
    pytest.param("checkpoints", id="checkpoints"),
    pytest.param("output", id="output-and-key"),
]


def trouble(site: Site, part: str) -> bool:
    """Tell whether readiness says that *part* is in trouble, and why."""
    told = site.parts()[part]
    return told["status"] != "ok" and bool(told.get("reason"))


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("store", STORES)
def test_a_full_disk_refuses_and_is_well_again_once_there_is_room(
    store: str, part: str, folder: Path, prepared: Prepared
) -> None:
    with (
        small_disk(folder / part, MEGABYTES[store]) as disk,
        running_site(store, folder, prepared) as site,
        Load(site.world, UNITS) as load,
    ):
        with full(disk):
            if part in REFUSES:
                refused = load.answers[503]
                until(lambda: load.answers[503] > refused + 20)
            else:
                load.go_on()
            if part == "checkpoints":
                until(lambda: trouble(site, "signing"))
        if site.server and not site.server.alive:
            site.server.restart()  # as its supervisor would
        load.go_on()
        load.end()
        site.require_well(load)


@pytest.mark.parametrize("site", STORES, indirect=True)
def test_without_the_folder_of_checkpoints_positions_go_on_and_nothing_is_signed(
    site: Site,
) -> None:
    kept, away = site.folder / "checkpoints", site.folder / "away"
    with Load(site.world, UNITS) as load:
        kept.rename(away)
        load.go_on()
        until(lambda: trouble(site, "signing"))
        load.go_on()
        assert site.parts()["positions"]["status"] == "ok"
        away.rename(kept)
        load.go_on()
    site.require_well(load)


@pytest.mark.parametrize("store", STORES)
def test_a_read_only_folder_of_checkpoints_is_said_and_got_over(
    store: str, folder: Path, prepared: Prepared
) -> None:
    with (
        small_disk(folder / "checkpoints", 4) as disk,
        running_site(store, folder, prepared) as site,
        Load(site.world, UNITS) as load,
    ):
        with read_only(disk):
            load.go_on()
            until(lambda: trouble(site, "signing"))
        load.go_on()
        load.end()
        site.require_well(load)


def test_a_database_that_may_only_be_read_is_said_and_written_again_without_a_restart(
    folder: Path, prepared: Prepared
) -> None:
    with (
        small_disk(folder / "data", MEGABYTES["sqlite"]) as disk,
        running_site("sqlite", folder, prepared) as site,
    ):
        running = site.world.running
        running.stop()
        with read_only(disk):
            running.start()
            refused = site.world.fire("h1-1", "submit", "h1-1.sec", data=REPORT)
            assert (refused.status, refused.body["code"]) == (503, "unavailable")
            assert trouble(site, "database")
        site.world.submit("h1-1")
        until(lambda: site.parts()["database"]["status"] == "ok")
        site.world.require_whole()
