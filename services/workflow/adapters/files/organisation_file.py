"""Organisation files: YAML on disk, made into an `OrganisationFile`, or into a list of faults."""

from pathlib import Path

from schemas.document import Fault, Faults, read_document
from services.workflow.adapters.files.yaml_nodes import compose
from services.workflow.domain.organisation import OrganisationFile, parse

MAX_BYTES = 128 * 1024 * 1024  # a province: some 200,000 units with their people and posts


def load(path: Path) -> OrganisationFile:
    """Read the organisation file at *path*.

    Raises:
        Faults: everything that is wrong with it, or that it cannot be read at all.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _unreadable(path, f"文件超过 {MAX_BYTES // 1024 // 1024} MiB")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise _unreadable(path, f"无法读取：{error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise _unreadable(path, "此行不是 UTF-8 编码", line) from error
    return parse(read_document(text, compose, path.name))


def _unreadable(path: Path, reason: str, line: int = 0) -> Faults:
    return Faults([Fault(file=path.name, line=line, path="", reason=reason)])
