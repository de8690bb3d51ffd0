"""Files that documents name: by the hash of bytes that were brought for that document before."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from schemas.fields import CANONICAL_UUID
from schemas.limits import CODE
from services.workflow.domain.case.sights import Sight

MOST_OF_CASE = 40  # files that one case may have
_HASH = re.compile("[0-9a-f]{64}", re.ASCII)
_NAME = re.compile(CODE, re.ASCII)


def named(documents: object) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield what is given of files: the document, the place in the data, hash and length.

    What is given may be as it was sent: what has not the shape of a file is none.
    """
    for name, one in _mapping(documents).items():
        start, given = f"data.documents.{name}", _mapping(one)
        for index, file in enumerate(_list(given.get("files"))):
            if isinstance(file, Mapping):
                yield name, f"{start}.files[{index}]", file
        for key, row in _rows(given.get("rows")):
            for column, value in _mapping(row).items():
                if isinstance(value, Mapping) and "sha256" in value:
                    yield name, f"{start}.rows{key}.{column}", value


def sights(case_id: str, documents: object) -> frozenset[Sight]:
    """Return what has to be read of the files that are named for a case, as they were sent.

    Of more than a case may have no more is read than that: such an act is refused anyway.
    """
    if CANONICAL_UUID.fullmatch(case_id) is None:
        return frozenset()
    every = dict.fromkeys(
        sight_of(case_id, document, str(file["sha256"]))
        for document, _, file in named(documents)
        if _NAME.fullmatch(document) and _HASH.fullmatch(str(file.get("sha256")))
    )
    return frozenset(islice(every, MOST_OF_CASE))


def sight_of(case_id: str, document: str, sha256: str) -> Sight:
    """Return where a file stands that was brought for a document of a case."""
    return Sight("file", kind=document, name=sha256, of=case_id)


def told(documents: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield document and hash of each file that the *documents* of an event name."""
    for one in documents:
        for file in one.get("files", ()):
            yield one["name"], file["sha256"]
        for row in one.get("rows", ()):
            for value in row.get("values", {}).values():
                if isinstance(value, Mapping) and "sha256" in value:
                    yield one["name"], value["sha256"]


def _rows(rows: object) -> Iterator[tuple[str, object]]:
    if isinstance(rows, Mapping):
        yield from ((f".{name}", row) for name, row in rows.items())
    else:
        yield from ((f"[{index}]", row) for index, row in enumerate(_list(rows)))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
