"""Rows of the log damaged behind its back: verify names them, and nothing false is signed."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.running import WORKFLOW
from schemas.checkpoint import split_notes
from tests.databases import as_administrator
from tests.drills.backups import backup
from tests.drills.site import STORES, UNITS, Site
from tests.end_to_end.world import until
from tests.faults.load import Load


@dataclass(frozen=True)
class Damage:
    """A statement, and the codes of which verify tells at least one."""

    do: str
    codes: set[str]


MANY = 64  # entries
OWNER = "SHUPING_MIGRATION_DATABASE_URL"
SPOILT = {"sqlite": "x'00'", "postgres": "'\\x00'::bytea"}
DAMAGES = {
    "event": Damage(
        "UPDATE event SET body = {spoilt} WHERE (stream, version) ="
        " (SELECT stream, version FROM log_entry WHERE position = 3)",
        {"LEAF_MISMATCH", "BODY_NOT_JSON"},
    ),
    "event-gone": Damage(
        "DELETE FROM event WHERE (stream, version) ="
        " (SELECT stream, version FROM log_entry WHERE position = 3)",
        {"LEAF_MISMATCH", "POSITION_GAP", "VERSION_GAP"},
    ),
    "log_entry": Damage(
        "UPDATE log_entry SET leaf_hash = {spoilt} WHERE position = 3", {"LEAF_MISMATCH"}
    ),
    "log_entry-gone": Damage("DELETE FROM log_entry WHERE position = 3", {"POSITION_GAP"}),
    "log_node": Damage("UPDATE log_node SET hash = {spoilt}", {"TREE_DAMAGED"}),
    "checkpoint": Damage(
        "UPDATE checkpoint SET root = {spoilt}", {"SIGNATURE_INVALID", "ROOT_MISMATCH"}
    ),
    "checkpoint-note": Damage("UPDATE checkpoint SET note = 'nothing'", {"SIGNATURE_INVALID"}),
    "checkpoint-gone": Damage("DELETE FROM checkpoint", {"CHECKPOINT_MISSING"}),
    "event_pending": Damage(
        "INSERT INTO event_pending (recorded_at, stream, version)"
        " SELECT recorded_at, stream, version FROM event WHERE (stream, version) ="
        " (SELECT stream, version FROM log_entry WHERE position = 3)",
        {"PENDING_DIFFERS"},
    ),
    "log_metadata": Damage("UPDATE log_metadata SET value = 'md5'", {"METADATA_DIFFERS"}),
    "log_metadata-gone": Damage("DELETE FROM log_metadata", {"METADATA_DIFFERS"}),
    "document": Damage("UPDATE document SET body = {spoilt}", {"DOCUMENT_DIFFERS"}),
}


def signed_size(kept: Path) -> int:
    """Return how many entries the last note covers; the file comes with the first."""
    notes = split_notes(kept.read_text("utf-8")) if kept.exists() else []
    return int(notes[-1].splitlines()[1]) if notes else 0


def damage(site: Site, name: str) -> None:
    """Do to the database of *site* what is called *name*, as somebody who may do anything."""
    environment = site.world.running.environment
    url = environment["SHUPING_DATABASE_URL" if site.databases is None else OWNER]
    as_administrator(url, DAMAGES[name].do.format(spoilt=SPOILT[site.store]))


@pytest.mark.parametrize("site", STORES, indirect=True)
def test_verify_names_the_damage_in_each_table_of_the_log(site: Site) -> None:
    with Load(site.world, UNITS) as load:
        load.go_on()
    site.world.running.settle()
    site.world.running.stop()
    put_whole = backup(site)
    unnamed = {}
    for name, damaged in DAMAGES.items():
        put_whole()
        assert site.world.verify() == []
        damage(site, name)
        found = set(site.world.verify(status=1))
        if not found & damaged.codes:
            unnamed[name] = found
    assert unnamed == {}


@pytest.mark.parametrize("site", STORES, indirect=True)
def test_on_a_damaged_tree_positions_go_on_nothing_is_signed_and_a_rebuild_mends_it(
    site: Site,
) -> None:
    running, kept = site.world.running, site.folder / "checkpoints" / "checkpoints.txt"
    with Load(site.world, UNITS) as load:
        # Nodes of the tree are kept with a checkpoint; the first ones cover next to nothing.
        until(lambda: signed_size(kept) > MANY)
        load.go_on()
        damage(site, "log_node")
        load.go_on(100)
        until(lambda: site.parts()["signing"]["status"] != "ok")
        signed = kept.read_bytes()
        load.go_on()
        assert site.parts()["positions"]["status"] == "ok"
    assert kept.read_bytes() == signed
    running.settle()
    running.command(WORKFLOW, "audit", "rebuild")
    site.require_well(load)
