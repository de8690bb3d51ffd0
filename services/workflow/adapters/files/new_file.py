"""Files that are there whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_beside(file: Path, text: str, mode: int) -> Iterator[Path]:
    """Write *text* to a new file beside *file*; it is gone afterwards, unless it was renamed.

    Raises:
        OSError: it cannot be written there.
    """
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as written:
            written.write(text)
            written.flush()
            os.fsync(written.fileno())
        yield beside
    finally:
        beside.unlink(missing_ok=True)


def write_secret(file: Path, text: str) -> None:
    """Write *file*, which its owner alone can read; never over another.

    Raises:
        OSError: there is one, or it cannot be written there; nothing was left behind.
    """
    if file.exists():  # said first: a folder may not even let us try
        raise FileExistsError(17, "is there already, and is never overwritten", str(file))
    with written_beside(file, text, 0o600) as beside:
        try:
            file.hardlink_to(beside)  # unlike a rename, never over one that came meanwhile
        except PermissionError:  # some file systems have no links
            beside.rename(file)
