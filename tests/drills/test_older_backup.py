"""An older backup in place of the log: nobody writes to it, and verify names what is missing."""

import pytest

from tests.drills.backups import backup
from tests.drills.site import STORES, UNITS, Site
from tests.end_to_end.world import until
from tests.faults.load import Load


@pytest.mark.parametrize("site", STORES, indirect=True)
def test_no_process_writes_to_an_older_backup_and_the_newest_goes_on(site: Site) -> None:
    running = site.world.running
    running.settle()
    running.stop()
    put_older = backup(site)
    running.start()
    with Load(site.world, UNITS) as load:
        load.go_on()
    running.settle()
    running.stop()
    put_newest = backup(site)
    put_older()
    for process in set(site.processes) - {"notifier"}:
        running.launch(process)
        until(lambda name=process: not running.processes[name].alive)
        assert "restore a newer backup" in site.said(process)
        assert "Traceback" not in site.said(process)
    assert "OUTSIDE_AHEAD" in site.world.verify(status=1)
    put_newest()
    running.start()
    with Load(site.world, UNITS) as later:
        later.go_on()
    load.requests += later.requests
    load.urges |= later.urges
    site.require_well(load)
