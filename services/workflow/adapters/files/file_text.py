"""The text of a file that somebody wrote, or the one reason why it has none."""

from pathlib import Path

from schemas.document import Fault, Faults
from schemas.said import said


def read_text(path: Path, most_bytes: int, name: str = "") -> str:
    """Return the text of the file at *path*; *name* is what messages call it.

    Raises:
        Faults: it cannot be read, is longer than *most_bytes*, or is not UTF-8.
    """
    data = read_bytes(path, most_bytes, name)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise _unreadable(name or path.name, "this line is not UTF-8", line) from error


def read_bytes(path: Path, most_bytes: int, name: str = "") -> bytes:
    """Return the bytes of the file at *path*; *name* is what messages call it.

    Raises:
        Faults: it cannot be read, or is longer than *most_bytes*.
    """
    name = name or path.name
    try:
        with path.open("rb") as file:
            data = file.read(most_bytes + 1)  # not its size: a device has none
    except OSError as error:
        raise _unreadable(
            name, said("cannot be read: {problem}", problem=error.strerror)
        ) from error
    if len(data) > most_bytes:
        raise _unreadable(name, said("the file is larger than {most} KiB", most=most_bytes // 1024))
    return data


def _unreadable(name: str, reason: str, line: int = 0) -> Faults:
    return Faults([Fault(file=name, line=line, path="", reason=reason)])
