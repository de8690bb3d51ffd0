"""Copies of a database at rest, and putting one in its place."""

import shutil
from collections.abc import Callable
from pathlib import Path

from tests.drills.site import Site


def backup(site: Site) -> Callable[[], None]:
    """Copy the database of a site at rest; return what puts the copy in its place."""
    if site.databases is None:
        kept = site.folder / f"backup-{len(list(site.folder.glob('backup-*')))}"
        kept.mkdir()
        copy_files(site.folder / "data", kept)
        return lambda: put_files(site, kept)
    kept_urls = site.databases.fresh(_named(site))
    return lambda: put_database(site, kept_urls.name)


def put_database(site: Site, kept: str) -> None:
    """Let the service use a copy of *kept*, which stays as it is."""
    assert site.databases is not None
    copy = site.databases.fresh(kept)
    # A copy takes the tables' rights along, and none of the database itself.
    site.world.running.environment |= {
        "SHUPING_DATABASE_URL": copy.app,
        "SHUPING_MIGRATION_DATABASE_URL": copy.owner,
    }


def _named(site: Site) -> str:
    return site.world.running.environment["SHUPING_DATABASE_URL"].rpartition("/")[2]


def put_files(site: Site, kept: Path) -> None:
    data = site.folder / "data"
    for file in data.glob("workflow.db*"):
        file.unlink()
    copy_files(kept, data)


def copy_files(source: Path, target: Path) -> None:
    """Copy a database that nobody uses: what was not yet taken over from its WAL goes along."""
    for file in source.glob("workflow.db*"):
        shutil.copy(file, target)
