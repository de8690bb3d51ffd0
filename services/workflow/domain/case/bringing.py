"""Files that an act names as evidence: they were brought for this case and document before."""

from collections.abc import Iterator

from services.workflow.domain.case.acts import Asked
from services.workflow.domain.data.files import named, sight_of
from services.workflow.domain.refusals import Blocker


def files_at_fault(asked: Asked) -> Iterator[Blocker]:
    """Yield the files that nobody brought, and those of another length.

    What another case hands on was brought there, and looked at there.
    """
    heads, case = asked.world.heads, asked.case
    if asked.act.caused or heads.files is None:
        return
    for document, place, file in named(asked.act.given.get("documents")):
        sight = sight_of(case.id, document, file["sha256"])
        length = heads.length_of(sight, asked.world.now)
        if length is None:
            label = asked.world.scheme.documents[document].label
            params: dict[str, str | int] = {"document": document, "label": label}
            yield Blocker(code="file_not_brought", field=f"{place}.sha256", params=params)
        elif length != file["length"]:
            params = {"length": length}
            yield Blocker(code="file_length_differs", field=f"{place}.length", params=params)
