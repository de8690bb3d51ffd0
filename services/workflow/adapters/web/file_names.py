"""What files of documents are called: by the names they were brought with, beside the log."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Protocol

from services.workflow.adapters.web.browser import Browsers
from services.workflow.application.boards.versions import Version
from services.workflow.domain.case.head import Case


class _Board(Protocol):
    @property
    def case(self) -> Case: ...
    @property
    def versions(self) -> tuple[Version, ...]: ...


def file_names(browsers: Browsers, board: _Board) -> Mapping[tuple[str, str], str]:
    """Return the names of the files of a case, by document and hash; "" for one that has none.

    Where no version of the board names a file nothing is asked for.
    """
    found: defaultdict[tuple[str, str], str] = defaultdict(str)
    if any(_has_files(board.versions)):
        found.update(browsers.uses.attachments.names(board.case.id))
    return found


def _has_files(versions: Iterable[Version]) -> Iterable[bool]:
    for version in versions:
        yield bool(version.files)
        for row in version.rows:
            yield any(isinstance(one, Mapping) and "sha256" in one for one in row.values.values())
